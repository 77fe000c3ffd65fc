"""Proxies as votes and people read them: which run, who votes for whom on a roll, and one circle's list.

A proxy ends by itself: with its day, and with the seat or the membership of either person. Nothing is written then,
and coming back brings none back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.errors import DomainError, NotFound, TermMissing, WrongState
from governance.models import Circle, CircleMember, Poll, Proxy, RollEntry
from governance.permissions import can_follow, check_gives_proxy, is_suspended
from governance.queries.consent_shapes import Person, somebody
from governance.queries.states import charter_of, seated, terms_of
from governance.queries.waiting import Waiting
from governance.rules.charter import Terms
from governance.rules.polls import Tier
from governance.rules.proxies import Given, allows, check_gift, check_giver, last_day, represented
from network.clock import day_of, now
from network.models import Member, Membership, MembershipState

__all__ = [
    "ProxiesPage", "ProxyLine", "check_no_vote_open", "given_in", "holders_at", "no_longer", "proxies_page",
    "proxies_waiting", "proxy_line", "running", "why_no_proxy", "withdrawn_in",
]  # fmt: skip


@dataclass(frozen=True)
class ProxyLine:
    """One proxy that runs. `may_end`: whether the reader gave it, or holds it."""

    id: int
    giver: Person
    holder: Person
    given_at: datetime
    ends_on: date
    may_end: bool


@dataclass(frozen=True)
class ProxiesPage:
    """The proxies of a circle as a member of its collective reads them.

    `refusal` and `facts`: why the reader can give none now; empty if they can, to one of `candidates`. `most`, `months`
    and `longest` (the last day of one given today) are None if the charter does not say.
    """

    circle: Person
    mine: bool
    given: ProxyLine | None
    held: tuple[ProxyLine, ...]
    every: tuple[ProxyLine, ...]
    candidates: tuple[Person, ...]
    refusal: str
    facts: dict[str, object]
    classes: tuple[str, ...]  # in whose votes one may be represented
    most: int | None
    months: int | None
    longest: date | None


def running(today: date) -> QuerySet[Proxy]:
    """Return the proxies that are worth something on that day, oldest first."""
    found = Proxy.objects.filter(ended_at=None, ends_on__gte=today)
    for who in ("giver", "holder"):
        found = found.filter(Exists(_sitting(who)), ~Exists(_left_since(who)), ~Exists(_admitted_since(who)))
    return found.order_by("given_at", "pk")


def _seats(who: str) -> QuerySet[CircleMember]:
    return CircleMember.objects.filter(circle=OuterRef("circle"), member=OuterRef(who))


def _memberships(who: str) -> QuerySet[Membership]:
    return Membership.objects.filter(collective=OuterRef("circle__collective"), member=OuterRef(who))


def _sitting(who: str) -> QuerySet[CircleMember]:
    active = Membership.objects.filter(
        collective=OuterRef("circle__collective"), member=OuterRef("member"), state=MembershipState.ACTIVE
    )
    return _seats(who).filter(Exists(active), until=None)


def _left_since(who: str) -> QuerySet[CircleMember]:
    return _seats(who).filter(until__gte=OuterRef("given_at"))


def _admitted_since(who: str) -> QuerySet[Membership]:
    """Those who were admitted anew while their seat waited for them."""
    waited = CircleMember.objects.filter(
        circle__collective=OuterRef("collective"), member=OuterRef("member"), until=None, since__lt=OuterRef("since")
    )
    return _memberships(who).filter(Exists(waited), since__gt=OuterRef("given_at"))


def given_in(circle: Circle, today: date) -> list[Given]:
    """Return the proxies that run in a circle, oldest first."""
    rows = running(today).filter(circle=circle).values_list("giver_id", "holder_id")
    return [Given(giver, holder) for giver, holder in rows]


def holders_at(circle: Circle, roll: Iterable[int], at: datetime, terms: Terms) -> dict[int, int]:
    """Return who holds whose proxy (holder by giver) where a vote opens, of people who are both on its roll."""
    here = frozenset(roll)
    given = [each for each in given_in(circle, day_of(at)) if {each.giver, each.holder} <= here]
    return represented(given, terms.whole("poll.proxies_max")) if given else {}


def why_no_proxy(poll: Poll, actor: int, giver: int) -> str:
    """Return why this person votes for nobody of that number here: the code of the refusal."""
    rows = Proxy.objects.filter(circle=poll.session.proposal.circle_id, giver=giver, holder=actor)
    last = rows.order_by("-given_at", "-pk").first()
    if last is None:
        return "no_proxy"
    if not poll.terms["proxies"]:
        return "proxy_not_here"
    if last.ended_at is not None:
        return "proxy_withdrawn"
    return "proxy_late" if last.given_at >= poll.opened_at else "no_proxy"


def no_longer(poll: Poll, place: RollEntry) -> str:
    """Return why the holder on a roll may vote for somebody no longer, empty if they may.

    `proxy_withdrawn`: after their ballot was cast, which stands; `person_suspended`: nobody acts for who may not act.
    """
    rows = Proxy.objects.filter(circle=poll.session.proposal.circle_id, giver=place.member_id, holder=place.holder_id)
    if place.has_voted and rows.filter(ended_at__gte=poll.opened_at).exists():
        return "proxy_withdrawn"
    return "person_suspended" if is_suspended(place.member, poll.session.proposal.circle.collective_id) else ""


def withdrawn_in(poll: Poll) -> list[object]:
    """Return the proxies that the opening of a vote names and that were withdrawn unused, as that entry has them."""
    opened = poll.opening.body.get("vote", {}).get("proxies", [])
    left = poll.roll.filter(holder=None).values("member")
    collective = poll.opening.collective_id
    numbers = set(Membership.objects.filter(collective=collective, member__in=left).values_list("number", flat=True))
    return [each for each in opened if each["giver"]["number"] in numbers]


def check_no_vote_open(circle: Circle, giver: int, at: datetime) -> None:
    """Refuse a proxy while a vote waits for the giver's own ballot: it would be worth nothing there. Of a secret vote
    always, or that one may give it would tell everybody that one has voted.

    Raises WrongState `proxy_vote_open`, naming the vote.
    """
    waits = Q(has_voted=False) | Q(poll__tier=Tier.SECRET.value)
    places = RollEntry.objects.filter(waits, member=giver, poll__closed_at=None)
    for poll in Poll.objects.filter(roll__in=places, session__proposal__circle=circle).order_by("pk"):
        if poll.terms["proxies"]:
            raise WrongState("proxy_vote_open", poll=poll.pk, title=poll.title, until=poll.closes_at)


def proxies_page(circle_id: int, *, viewer: Member | None) -> ProxiesPage:
    """Return the proxies of a circle, for members of its collective; others get NotFound."""
    circle = Circle.objects.select_related("collective").filter(pk=circle_id).first()
    if circle is None or viewer is None or not can_follow(viewer, circle):
        raise NotFound("circle_unknown")
    at, sitting = now(), seated(circle)
    lines = _lines(circle, viewer, day_of(at))
    terms = _terms(circle)
    most, months = _figure(terms, "poll.proxies_max"), _figure(terms, "poll.proxy_months")
    here = [Given(each.giver.id, each.holder.id) for each in lines]
    candidates = _candidates(viewer, sitting, here, most or 0)
    refusal, facts = _refusal(circle, viewer, terms, here, candidates, at)
    return ProxiesPage(
        circle=Person(circle.pk, circle.name),
        mine=viewer.pk in sitting,
        given=next((each for each in lines if each.giver.id == viewer.pk), None),
        held=tuple(each for each in lines if each.holder.id == viewer.pk),
        every=lines,
        candidates=() if refusal else candidates,
        refusal=refusal,
        facts=facts,
        classes=tuple(sorted(name for name, each in terms.classes.items() if each.get("proxies") is True)),
        most=most,
        months=months,
        longest=last_day(day_of(at), terms) if months else None,
    )


def proxy_line(circle_id: int, proxy_id: int, *, viewer: Member | None) -> ProxyLine:
    """Return a proxy of a circle that the reader gave, or holds, and that nobody has ended; others get NotFound."""
    rows = Proxy.objects.filter(pk=proxy_id, circle=circle_id, ended_at=None).select_related("giver", "holder")
    found = rows.first()
    if found is None or viewer is None or viewer.pk not in {found.giver_id, found.holder_id}:
        raise NotFound("proxy_unknown")
    return _line(found, viewer)


def _lines(circle: Circle, viewer: Member, today: date) -> tuple[ProxyLine, ...]:
    rows = running(today).filter(circle=circle).select_related("giver", "holder")
    return tuple(_line(each, viewer) for each in rows)


def _line(row: Proxy, viewer: Member) -> ProxyLine:
    return ProxyLine(
        row.pk,
        somebody(row.giver_id, row.giver.name),
        somebody(row.holder_id, row.holder.name),
        row.given_at,
        row.ends_on,
        viewer.pk in {row.giver_id, row.holder_id},
    )


def _terms(circle: Circle) -> Terms:
    try:
        return terms_of(charter_of(circle.collective))
    except TermMissing:
        return Terms({}, {})


def _figure(terms: Terms, name: str) -> int | None:
    try:
        return terms.whole(name)
    except DomainError:
        return None


def _candidates(viewer: Member, sitting: list[int], here: list[Given], most: int) -> tuple[Person, ...]:
    """Return who may hold one more, by name."""
    able = [each for each in sitting if each != viewer.pk and _may_hold(each, here, most)]
    names = Member.objects.filter(pk__in=able).order_by("name", "pk").values_list("pk", "name")
    return tuple(somebody(pk, name) for pk, name in names)


def _may_hold(person: int, here: list[Given], most: int) -> bool:
    try:
        check_gift(Given(0, person), here, most)  # nobody has the number 0
    except DomainError:
        return False
    return True


def _refusal(
    circle: Circle, viewer: Member, terms: Terms, here: list[Given], candidates: tuple[Person, ...], at: datetime
) -> tuple[str, dict[str, object]]:
    """Return why the reader gives none now, in the order in which the action asks."""
    try:
        check_gives_proxy(viewer, circle)
        if not allows(terms):
            raise WrongState("proxies_not_allowed")
        for name in ("poll.proxies_max", "poll.proxy_months"):
            terms.whole(name)
        check_giver(viewer.pk, here)
        check_no_vote_open(circle, viewer.pk, at)
        if not candidates:
            raise WrongState("proxy_nobody")
    except DomainError as refusal:
        return refusal.code, dict(refusal.facts)
    return "", {}


def proxies_waiting(member: Member, at: datetime) -> list[Waiting]:
    """Return a line for each proxy that this person holds: they are counted on. One seen is put aside, as any line."""
    rows = running(day_of(at)).filter(holder=member).select_related("circle", "giver")
    return [_waiting(each) for each in rows]


def _waiting(row: Proxy) -> Waiting:
    title = f"{row.giver.name}, {row.circle.name}"
    where = ("circle_proxy", (row.circle_id, row.pk))
    return Waiting("proxy_received", row.circle.collective_id, title, *where, row.given_at)
