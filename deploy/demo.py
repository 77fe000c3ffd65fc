"""A small believable collective, made by the same actions that people use. Everything in it is invented.

Shared by `manage.py demo`, the journeys and the benches. Dates lie in the past because the clock is told so
(`network/clock.py`): the facts are written in the order in which they would have happened.
"""

import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from deploy.demo_data import NEEDS, OPEN_PROPOSALS, PAST_DECISIONS, SERVICES, Half, Person, Service
from deploy.demo_events import publish_events
from federation import nodes
from governance.actions import assemblies, candidacies, charter, circles, proposals
from governance.models import Assembly, Charter, Circle
from network.actions import members, offers, trust
from network.clock import now
from network.errors import DomainError, WrongState
from network.models import Account, Collective, Member, MembershipState, NodeProfile, Offer, OfferState
from network.queries.places import PlaceHit, find_place
from network.rules.offers import OfferDraft

FIRST_DAY = -300  # the collective was founded that many days ago
LOGINS = "demo-logins.txt"


@dataclass(frozen=True)
class Login:
    """A demo login: random, printed, kept in the data folder."""

    username: str
    password: str
    name: str


def set_clock(days: float) -> None:
    """Tell this process that it is `days` from today; needs the test allowlist, as the demo sets it."""
    Path(settings.CLOCK_OFFSET_FILE).write_text(str(days * 86_400))


def is_filled() -> bool:
    """Say whether this node already holds its demo data."""
    return NodeProfile.objects.exists()


def fill(half: Half) -> list[Login]:
    """Fill an empty node with `half`; return the logins. All or nothing."""
    with transaction.atomic():
        logins = _fill(half)
    path = settings.DATA / LOGINS
    path.touch(mode=0o600)
    path.write_text("".join(f"{login.username} {login.password} {login.name}\n" for login in logins))
    return logins


def read_logins(data: Path) -> list[Login]:
    """Return the logins that `fill` kept in the folder `data`."""
    return [Login(*line.split(" ", 2)) for line in (data / LOGINS).read_text().splitlines()]


def _fill(half: Half) -> list[Login]:
    set_clock(FIRST_DAY)
    founder, logins = _found(half)
    people = [founder, *_join(half, founder, logins)]
    collective = founder.memberships.get().collective
    circle = _circle(collective, people)
    set_clock(-5)
    candidates = list(_candidates(half, people))
    _vouch_each_other(people, candidates)
    _publish(half, people)
    for number, decision in enumerate(PAST_DECISIONS):
        set_clock(-120 + 60 * number)
        _decide(circle, people[number : number + 4], *decision)
    set_clock(0)
    _prepare_assembly(circle, people)
    publish_events(people)
    return logins


def _password() -> str:
    return secrets.token_urlsafe(9)


def _place(name: str) -> PlaceHit | None:
    answer = find_place(name)
    return answer.place or (answer.others[0] if answer.others else None)


def _found(half: Half) -> tuple[Member, list[Login]]:
    person = next(p for p in half.people if p.handle == half.founder)
    login = Login(person.handle, _password(), person.name)
    account = members.set_up_node(
        node_name=half.node,
        collective_name=half.collective,
        username=login.username,
        password=login.password,
        display_name=person.name,
        kind=person.kind,
        place=_place(person.place),
    )
    charter.adopt_template(collective=account.member.memberships.get().collective, template="six_values")
    _describe(account.member, person)
    return account.member, [login]


def _join(half: Half, founder: Member, logins: list[Login]) -> Iterator[Member]:
    for day, person in enumerate(p for p in half.people if p.handle != half.founder):
        set_clock(FIRST_DAY + 2 + 3 * day)
        _, token = members.create_invitation(actor=founder)
        login = Login(person.handle, _password(), person.name)
        account = members.accept_invitation(
            token=token, username=login.username, password=login.password, display_name=person.name, kind=person.kind
        )
        logins.append(login)
        _describe(account.member, person)
        yield account.member


def _candidates(half: Half, people: list[Member]) -> Iterator[Member]:
    """Let people ask to join; the first is sponsored and announced, the others still look for sponsors."""
    collective = people[0].memberships.get().collective
    for number, person in enumerate(half.candidates):
        _, token = members.create_invitation(actor=people[0], as_candidate=True)
        account = members.accept_invitation(
            token=token, username=person.handle, password=_password(), display_name=person.name, kind=person.kind
        )
        _describe(account.member, person)
        _ask_to_join(account.member, collective, people[:2] if number == 0 else [])
        yield account.member


def _ask_to_join(member: Member, collective: Collective, sponsors: list[Member]) -> None:
    charter = Charter.objects.filter(collective=collective).latest("version")
    answers = {each["id"]: {"fact": "Un atelier ouvert, à l’automne."} for each in charter.document["articles"]}
    row = candidacies.express(
        actor=member, collective_id=collective.pk, signed=charter.digest, answers=answers, organisation=member.name,
        key=uuid.uuid4(),
    )  # fmt: skip

    def act(actor: Member, kind: str, **payload: object) -> None:
        candidacies.act_on(candidacy_id=row.pk, actor=actor, kind=kind, payload=payload, key=uuid.uuid4())

    for sponsor in sponsors:
        act(member, "ask_sponsor", person=sponsor.pk)
        act(sponsor, "confirm_sponsor", organisation=sponsor.name)
    if sponsors:
        act(sponsors[0], "announce")


def _describe(member: Member, person: Person) -> None:
    members.update_profile(
        actor=member,
        place=_place(person.place),
        languages=person.languages.split(),
        opening=person.opening,
        summary=f"{person.name} est une invention : une donnée de démonstration.",
        skills=sorted({SERVICES[key].skill for key in person.services.split()}),
    )
    Member.objects.filter(pk=member.pk).update(demo=True)
    member.refresh_from_db()


def _circle(collective: Collective, people: list[Member]) -> Circle:
    circle = circles.open_circle(
        actor=people[0],
        collective=collective,
        name="Cercle Accueil",
        purpose="Accueillir, tenir les permanences, décider de ce qui nous engage toutes et tous.",
        members=people[:7],
    )
    for member, role in ((people[1], "facilitator"), (people[2], "secretary")):
        circles.assign_mandate(actor=people[0], circle_id=circle.pk, member=member, role=role, starts_on=now().date())
    return circle


def _vouch_each_other(people: list[Member], candidates: list[Member]) -> None:
    """Each vouches for four or five others along two rings and a few chords, as neighbours would."""
    sentences = ("Nous avons travaillé ensemble.", "On se connaît depuis longtemps.", "Du soin, et le sens du partage.")
    for i, issuer in enumerate(people):
        for step in (1, 2, 5, -1, *([7] if i % 3 == 0 else [])):
            subject = people[(i + step) % len(people)]
            set_clock(-220 + 8 * i + step)
            trust.vouch(actor=issuer, subject_id=subject.pk, level=1 + (i + step) % 3, statement=sentences[i % 3])
    set_clock(-20)
    for i, candidate in enumerate(candidates):
        for issuer in people[3 * i : 3 * i + 2]:
            trust.vouch(actor=issuer, subject_id=candidate.pk, level=2, statement="Une candidature que je soutiens.")


def _publish(half: Half, people: list[Member]) -> None:
    by_handle = {p.handle: p for p in half.people}
    for i, member in enumerate(people):
        for n, key in enumerate(by_handle[member.handle].services.split()):
            set_clock(-90 + (7 * i + 11 * n) % 88)
            offers.publish_offer(actor=member, draft=_draft(member, SERVICES[key]))
    for i, (skill, title, text, price) in enumerate(NEEDS):
        set_clock(-15 + i)
        need = Service(skill, title, text, price, None, 30, True, "")
        owner = people[(3 * i + 1) % len(people)]
        offers.publish_offer(actor=owner, draft=_draft(owner, need, purpose="request"))


def _draft(member: Member, service: Service, purpose: str = "offer") -> OfferDraft:
    return OfferDraft(
        purpose=purpose,
        title=service.title,
        description=service.text,
        skill=service.skill,
        place=_place(member.place_name),
        area="circle",
        area_km=service.km,
        remote=service.remote,
        availability=service.availability,
        price=service.price,
        amount_cents=service.cents,
    )


class Room:
    """An assembly, and people acting in it one after the other."""

    def __init__(self, assembly: Assembly) -> None:
        self.assembly = assembly

    def act(self, actor: Member, kind: str, **payload: object) -> None:
        """Let `actor` do `kind`, with a fresh key."""
        assemblies.act(assembly_id=self.assembly.pk, actor=actor, kind=kind, payload=payload, key=uuid.uuid4())

    def each(self, people: list[Member], kind: str, **payload: object) -> None:
        """Let everybody do the same, one by one."""
        for person in people:
            self.act(person, kind, **payload)


def _proposal(circle: Circle, author: Member, title: str, driver: str, text: str):
    return proposals.draft_proposal(
        actor=author,
        circle_id=circle.pk,
        title=title,
        driver=driver,
        text=text,
        review_on=(now() + timedelta(days=240)).date(),
        responsible_id=author.pk,
        criteria="Est-ce que cela sert encore, et à combien de personnes ?",
    )


def _decide(circle: Circle, people: list[Member], title: str, driver: str, text: str) -> None:
    """Hold one whole assembly of the past, with a concern, down to approved minutes."""
    facilitator, author, *others = people
    proposal = _proposal(circle, author, title, driver, text)
    assembly = assemblies.convene(
        actor=facilitator,
        circle_id=circle.pk,
        title=f"Assemblée : {title.lower()}",
        starts_at=now(),
        place="Salle de démonstration",
        agenda=[(title, proposal.pk)],
    )
    room, present = Room(assembly), [facilitator, author, *others]
    room.each(present, "check_in")
    room.act(facilitator, "open")
    room.act(facilitator, "go_to_item", item=1)
    room.act(author, "submit", version=1)
    room.each(present, "answer_driver", version=1, answer="clear")
    room.act(facilitator, "accept_driver", version=1)
    room.act(facilitator, "start", version=1)
    room.each(present, "pass_turn", round=1)
    room.act(facilitator, "close_round", round=1)
    room.each(present, "take_turn", round=2, text="Cela me paraît juste, et à notre mesure.")
    room.act(facilitator, "close_round", round=2)
    room.act(author, "keep", version=1)
    room.each(present[:-1], "position", version=1, call=1, choice="consent")
    room.act(present[-1], "position", version=1, call=1, choice="concern", text="Veillons à ne pas nous épuiser.")
    room.act(facilitator, "reveal", version=1, call=1)
    room.act(facilitator, "close_decision")
    room.act(facilitator, "close")


def _prepare_assembly(circle: Circle, people: list[Member]) -> None:
    """Leave two proposals in draft and an assembly that is ready to open."""
    drafts = [_proposal(circle, people[i], *words) for i, words in enumerate(OPEN_PROPOSALS)]
    assemblies.convene(
        actor=people[3],
        circle_id=circle.pk,
        title="Assemblée d’hiver",
        starts_at=now() + timedelta(hours=1),
        place="Salle de démonstration, ou en ligne",
        agenda=[(proposal.title, proposal.pk) for proposal in drafts],
    )


def link(origin: str, *, say: Callable[[str], None]) -> None:
    """Follow the node at `origin`, wait until its offers are here, then attest for people over there."""
    operator = Account.objects.get(operator=True)
    with suppress(WrongState):  # already followed, from an earlier run
        nodes.follow_node(origin_or_handle=origin, actor=operator)
    people = _wait_for_people(origin)
    say(f"{settings.ORIGIN} follows {origin}: {Offer.objects.filter(owner__origin=origin).count()} offers received.")
    ours = Member.objects.filter(local=True, memberships__state=MembershipState.ACTIVE).order_by("pk")
    for issuer, subject in zip(ours[:8], people, strict=False):
        with suppress(DomainError):  # attested in an earlier run
            trust.vouch(actor=issuer, subject_id=subject.pk, level=2, statement="Rencontre entre nos deux nœuds.")


def _wait_for_people(origin: str) -> list[Member]:
    """Return remote members with offers here, once the catching up has come to rest."""
    limit, before = time.monotonic() + 120, -1
    while time.monotonic() < limit:
        count = Offer.objects.filter(owner__origin=origin, state=OfferState.LIVE).count()
        if count and count == before:
            break
        before = count
        time.sleep(3)
    return list(Member.objects.filter(origin=origin, offers__isnull=False).distinct().order_by("uri"))
