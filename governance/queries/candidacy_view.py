"""One candidacy as one reader may know it: the person concerned, a member of the collective, or somebody else here."""

import json
from dataclasses import dataclass
from datetime import datetime

from governance.models import Assembly, Candidacy, CandidacyStep, CandidacyText, Proposal
from governance.queries.candidacies import expected_of, person_of, reader_of
from governance.queries.candidacy_shapes import (
    CandidacyView,
    DrawView,
    FlagView,
    Note,
    ObjectionView,
    Reader,
    SponsorView,
    Today,
    ValueView,
)
from governance.queries.candidacy_states import evaluations_of, figures, row_of, state_of, texts_of
from governance.queries.candidacy_votes import vote_on
from governance.queries.consent_shapes import somebody
from governance.queries.remote import candidacy_signatures
from governance.queries.shapes import ArticleView, Person
from governance.queries.states import names_of
from governance.rules.admitting import decision_from
from governance.rules.assemblies import RoomStage
from governance.rules.candidacy import Candidacy as State
from governance.rules.candidacy import Stage
from governance.rules.candidacy_acts import CANDIDACY_ACTS
from governance.rules.cooptation import may
from governance.rules.cooptation_terms import CooptationTerms, evaluations_needed
from governance.rules.remote import told_of_candidacy
from network.models import Member, Membership, MembershipState

__all__ = ["candidacy_view"]

HIDDEN_STEPS = frozenset({"evaluate", "keep"})  # who evaluates is nobody's business but theirs


@dataclass(frozen=True)
class _Read:
    """Everything read once for one view."""

    row: Candidacy
    state: State
    terms: CooptationTerms
    viewer: Member
    reader: Reader
    texts: list[CandidacyText]
    names: dict[int, str]

    def who(self, person: int | None) -> Person | None:
        return somebody(person, self.names.get(person)) if person else None

    def notes(self, *roles: str, named: bool = False) -> tuple[Note, ...]:
        found = [each for each in self.texts if each.role in roles]
        return tuple(Note(each.text, each.at, self.who(each.author_id) if named else None) for each in found)

    def word(self, commitment: str) -> str:
        return next((each.text for each in self.texts if each.commitment == commitment), "")


def candidacy_view(candidacy_id: int, *, viewer: Member | None) -> CandidacyView:
    """Return one candidacy as this person may know it; raises NotFound.

    Before the reveal nobody learns a mark; the candidate never learns who evaluated, nor how many have.
    """
    row = row_of(candidacy_id)
    state = state_of(row)
    reader = reader_of(row, state, viewer)
    assert viewer is not None  # noqa: S101  reader_of refuses nobody's view
    texts = [each for each in texts_of(row, *ROLES) if each.role != "evaluation"]
    people = {row.person_id, *state.asked, *state.electorate, *state.panel, *(each.person for each in state.sponsors)}
    people |= {each.author for each in state.objections} | {each.author for each in state.flags}
    people |= {each.author_id for each in texts}
    read = _Read(row, state, figures(row.charter), viewer, reader, texts, names_of(each for each in people if each))
    return _view(read)


ROLES = ("answers", "synthesis", "conditions", "answer", "objection", "flag", "appeal", "panel")


def _view(read: _Read) -> CandidacyView:
    row, state, terms, reader = read.row, read.state, read.terms, read.reader
    inside, member = reader != "outside", reader == "member"
    synthesis = read.notes("synthesis") if inside else ()
    conditions = read.notes("conditions") if inside else ()
    expected, until = expected_of(row, state, read.viewer, terms)
    suspension = Proposal.objects.filter(effect__kind="suspension", effect__candidacy=row.pk).order_by("-pk").first()
    return CandidacyView(
        id=row.pk,
        reader=reader,
        person=person_of(row.person),
        collective=Person(row.collective_id, row.collective.name),
        circle_id=row.circle_id,
        stage=state.stage.value,
        cause=state.cause,
        remembered=state.remembered.value if state.remembered else "",
        charter_version=row.charter.version,
        charter_digest=row.charter.digest,
        signed=state.signed,
        organisation=state.organisation if inside else "",
        opened_at=row.opened_at,
        announced_at=state.frozen_at,
        evaluations_until=state.evaluations_until if inside else None,
        evaluated=len(state.evaluators) if member else None,
        evaluations_needed=evaluations_needed(len(state.electorate), terms) if member and state.electorate else None,
        electorate=len(state.electorate),
        small=len(state.electorate) < terms.eval_small_circle,
        mine=_mine(read) if member else {},
        sponsors=tuple(
            SponsorView(somebody(s.person, read.names.get(s.person)), s.organisation) for s in state.sponsors
        ),
        asked=tuple(somebody(each, read.names.get(each)) for each in sorted(state.asked)) if inside else (),
        values=_values(read) if inside else (),
        articles=tuple(
            ArticleView(each["id"], each["title"], each["text"]) for each in row.charter.document["articles"]
        ),
        synthesis=synthesis[-1] if synthesis else None,
        heard_at=state.heard_at if inside else None,
        decision_from=decision_from(state, terms) if inside and state.stage is Stage.DECISION else None,
        proposal_id=state.proposal if member else None,
        suspension_id=suspension.pk if member and suspension and state.cause == "exclusion" else None,
        conditions=conditions[-1] if conditions else None,
        answers=read.notes("answer") if inside else (),
        adjournments=state.adjournments,
        adjournments_left=max(0, terms.adjourn_max - state.adjournments),
        vote=vote_on(row, state, reader),
        companion=read.who(state.companion) if inside else None,
        probation_until=state.probation_until if inside else None,
        notice_at=state.notice_at if inside else None,
        renewal_on=state.renewal_on if inside else None,
        suspended=state.suspended,
        suspended_at=state.suspended_at if inside else None,
        meetings=_meetings(read) if inside and state.suspended else (),
        objections=_objections(read) if inside else (),
        flags=_flags(read),
        appeals=read.notes("appeal") if inside else (),
        panel=tuple(somebody(each, read.names.get(each)) for each in state.panel) if member else (),
        draw=_draw(read) if member else None,
        reasons=read.notes("panel") if inside else (),
        today=Today(_acts(read), expected, until),
        choices=_choices(read),
        assemblies=_assemblies(read) if member else (),
        history=_history(read) if inside else (),
        signatures=candidacy_signatures(row, state, read.viewer),
    )


def _mine(read: _Read) -> dict[str, dict[str, object]]:
    found = CandidacyText.objects.filter(candidacy=read.row, role="evaluation", author=read.viewer).first()
    return json.loads(found.text) if found else {}


def _values(read: _Read) -> tuple[ValueView, ...]:
    answers = {each.article: each.text for each in read.texts if each.role == "answers"}
    shown = read.reader == "member" and read.state.revealed_at is not None
    given = evaluations_of(read.row) if shown else []
    counts = read.state.counts if shown else {}
    return tuple(
        ValueView(
            ArticleView(each["id"], each["title"], each["text"]),
            answers.get(each["id"], ""),
            counts.get(each["id"], {}),
            _facts(given, each["id"]),
        )
        for each in read.row.charter.document["articles"]
    )


def _facts(given: list[dict[str, dict[str, object]]], article: str) -> tuple[tuple[str, str, str], ...]:
    """Return the dated facts of one value, ordered by themselves so that no evaluation can be put together again."""
    said = (each.get(article, {}) for each in given)
    return tuple(sorted((str(s["mark"]), str(s.get("fact", "")), str(s.get("on", ""))) for s in said if s.get("fact")))


def _objections(read: _Read) -> tuple[ObjectionView, ...]:
    """The person concerned learns the article and the fact, not who wrote them."""
    member = read.reader == "member"
    return tuple(
        ObjectionView(
            o.id, o.article, read.word(o.commitment), read.who(o.author) if member else None, o.at, o.standing
        )
        for o in read.state.objections
    )


def _draw(read: _Read) -> DrawView | None:
    draw = read.state.draw
    if draw is None:
        return None
    pool = tuple((name, somebody(who, read.names.get(who))) for name, who in sorted(draw.pool.items()))
    return DrawView(draw.identifier, (draw.secret,), draw.beacon, draw.seed, pool, draw.order)


def _flags(read: _Read) -> tuple[FlagView, ...]:
    own = read.viewer.pk
    return tuple(
        FlagView(f.id, f.article, read.word(f.commitment), read.who(f.author), f.taken_up_by is not None)
        for f in read.state.flags
        if read.reader == "member" or f.author == own
    )


def _acts(read: _Read) -> tuple[str, ...]:
    """Return the acts that the table lets this person take now (a guard may still refuse, and says why)."""
    found = [kind for kind in CANDIDACY_ACTS if not may(read.state, kind, read.viewer.pk)]
    if not _from_elsewhere(read.viewer):
        found = [kind for kind in found if kind != "flag"]
    if read.reader != "member":
        found = [kind for kind in found if kind != "propose_exclusion"]
    if read.state.cause != "exclusion":
        found = [kind for kind in found if kind not in {"drop_exclusion", "decide_again"}]
    if read.state.cause == "exclusion" and read.state.proposer != read.viewer.pk:
        found = [kind for kind in found if kind != "drop_exclusion"]
    if read.state.proposal is not None:
        found = [kind for kind in found if kind not in {"open_decision", "drop_exclusion", "take_up_flag"}]
    if read.state.appealed:
        found = [kind for kind in found if kind != "appeal"]
    return tuple(found)


def _from_elsewhere(viewer: Member) -> bool:
    elsewhere = Membership.objects.filter(member=viewer, state=MembershipState.ACTIVE, collective__local=False)
    return not viewer.local and elsewhere.exists()


def _choices(read: _Read) -> tuple[Person, ...]:
    """Return the members who may be asked to sponsor, for the candidate; or be named as companion."""
    if read.reader == "outside":
        return ()
    active = Membership.objects.filter(
        collective=read.row.collective, state=MembershipState.ACTIVE, member__gone_at=None
    )
    taken = {read.row.person_id, *read.state.asked, *(each.person for each in read.state.sponsors)}
    if read.state.stage is Stage.PROBATION:
        taken = {read.row.person_id}
    found = active.exclude(member__in=taken).order_by("member__name").values_list("member_id", "member__name")
    return tuple(Person(pk, name) for pk, name in found)


def _meetings(read: _Read) -> tuple[tuple[Person, datetime], ...]:
    coming = [RoomStage.CONVENED.value, RoomStage.OPEN.value, RoomStage.SUSPENDED.value]
    rows = Assembly.objects.filter(circle=read.row.circle_id, stage__in=coming).order_by("starts_at", "pk")
    return tuple((Person(row.pk, row.title), row.starts_at) for row in rows[:10])


def _assemblies(read: _Read) -> tuple[Person, ...]:
    held = Assembly.objects.filter(circle__collective=read.row.collective).exclude(stage=RoomStage.CONVENED.value)
    return tuple(Person(pk, title) for pk, title in held.order_by("-starts_at").values_list("pk", "title")[:10])


def _history(read: _Read) -> tuple[tuple[datetime, str, Person | None], ...]:
    """Return what happened, oldest first, without evaluations. Members learn who; others, who acted as their sponsor:
    a sponsor too may object, evaluate or decide, and is then named no more than anybody."""
    rows = CandidacyStep.objects.filter(candidacy=read.row).exclude(kind__in=HIDDEN_STEPS).order_by("seq")
    steps = list(rows.values_list("at", "kind", "actor_id"))
    names = names_of(actor for _, _, actor in steps if actor)
    told = [(at, kind, actor if _is_named(read, kind, actor) else None) for at, kind, actor in steps]
    return tuple((at, kind, somebody(actor, names.get(actor)) if actor else None) for at, kind, actor in told)


def _is_named(read: _Read, kind: str, actor: int | None) -> bool:
    if read.reader == "member" or actor == read.row.person_id:
        return True
    return told_of_candidacy(kind, candidate=False, sponsor=read.state.sponsor(actor) is not None)
