"""What waits for whom: proposals, circles, the charter in force."""

from datetime import date

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, When

from governance.errors import TermMissing
from governance.models import Circle, CircleMember, ConsentSession, Poll, Proposal, RollEntry
from governance.queries.circles import running
from governance.queries.consent_shapes import somebody
from governance.queries.shapes import ArticleView, CharterView, CircleView, Person, ProposalRow
from governance.queries.states import charter_of, session_state
from governance.queries.words import choice_label
from governance.rules.awaiting import awaited, expected_and_answered
from governance.rules.session import LIVE, Stage
from network.clock import day_of, now
from network.models import Collective, Member
from network.queries.collectives import home_collective

DECIDED = frozenset({Stage.ADOPTED, Stage.CLOSED, Stage.REFERRED, Stage.WITHDRAWN, Stage.FALLBACK})


def propositions_for(viewer: Member | None) -> tuple[ProposalRow, ...]:
    """Return the proposals of the collectives of this person, what waits for them first, then by last change."""
    if viewer is None:
        return ()
    collectives = viewer.memberships.filter(state="active").values_list("collective_id", flat=True)
    rows = Proposal.objects.filter(circle__collective_id__in=list(collectives))
    rows = rows.select_related("circle", "proposer", "session__charter").order_by("-changed_at")
    votes = _votes(list(collectives), viewer)
    found = [_row(proposal, viewer, votes.get(proposal.pk)) for proposal in rows]
    return tuple(sorted(found, key=lambda row: row.group != "for_me"))


def _votes(collectives: list[int], viewer: Member) -> dict[int, bool]:
    """Return the proposals that are being voted on, and whether a ballot of this person is awaited."""
    mine = RollEntry.objects.filter(Q(member=viewer) | Q(holder=viewer), poll=OuterRef("pk"), has_voted=False)
    polls = Poll.objects.filter(closed_at=None, session__proposal__circle__collective_id__in=collectives)
    waits = Case(When(Exists(mine), closes_at__gt=now(), then=True), default=False, output_field=BooleanField())
    return dict(polls.annotate(waits=waits).values_list("session__proposal_id", "waits"))


def _row(proposal: Proposal, viewer: Member, vote: bool | None) -> ProposalRow:
    """`vote`: whether a vote on it waits for the viewer, None if none is open."""
    session = ConsentSession.objects.select_related("charter", "proposal").filter(proposal=proposal).first()
    stage = Stage(session.stage) if session else Stage.DRAFT
    why = "vote" if vote else _why(proposal, session, stage, viewer)
    group = "for_me" if why else "consulting" if vote is not None else _group(proposal, stage, session)
    changed_at = session.changed_at if session else proposal.changed_at
    proposer = somebody(proposal.proposer_id, proposal.proposer.name)
    return ProposalRow(proposal.pk, proposal.title, proposer, proposal.circle.name, stage.value, group, why, changed_at)


def _group(proposal: Proposal, stage: Stage, session: ConsentSession | None) -> str:
    if stage in DECIDED:
        return "decided"
    if stage in {Stage.DEFERRED, Stage.DELEGATED} or (session and session.written):
        return "consulting"
    return "assembly" if session or proposal.agenda_items.exists() else "preparing"


def _why(proposal: Proposal, session: ConsentSession | None, stage: Stage, viewer: Member) -> str:
    if session is None:
        incomplete = not (proposal.text and proposal.driver)
        if proposal.proposer_id != viewer.pk:
            return ""
        return "complete_draft" if incomplete else "review_due" if proposal.follows_id else ""
    if session.written:
        return stage.value if viewer.pk in awaited(session_state(session)) else ""
    if stage not in LIVE:
        return ""
    expected, answered = expected_and_answered(session_state(session))
    return stage.value if viewer.pk in expected - answered else ""


def circles(*, viewer: Member | None, collective: Collective | None = None) -> tuple[CircleView, ...]:
    """Return the circles of the collective (this node's own by default), with members and mandates of today."""
    owner = collective or home_collective()
    found = Circle.objects.filter(collective=owner, closed_at=None).order_by("name") if owner else Circle.objects.none()
    return tuple(_circle(circle, viewer, day_of(now())) for circle in found)


def _circle(circle: Circle, viewer: Member | None, today: date) -> CircleView:
    seats = CircleMember.objects.filter(circle=circle, until=None).select_related("member").order_by("member__name")
    members = tuple(somebody(seat.member_id, seat.member.name) for seat in seats)
    mandates = tuple(
        (each.role, somebody(each.member_id, each.member.name), each.ends_on)
        for each in running(today).filter(circle=circle).select_related("member").order_by("starts_on", "pk")
    )
    mine = viewer is not None and any(each.id == viewer.pk for each in members)
    return CircleView(circle.pk, circle.name, circle.purpose, members, mandates, mine)


def charter_in_force(collective: Collective | None = None) -> CharterView | None:
    """Return the charter in force; None before there is one."""
    owner = collective or home_collective()
    if owner is None:
        return None
    try:
        charter = charter_of(owner)
    except TermMissing:
        return None
    text = charter.document
    articles = tuple(ArticleView(a["id"], a["title"], a["text"]) for a in text["articles"])
    figures = tuple(sorted((name, _figure(value)) for name, value in _flat(text)))
    who = Person(owner.pk, owner.name)
    return CharterView(
        charter.version, charter.digest, text["title"], text["preamble"], articles, figures, charter.adopted_at, who
    )


def _flat(document: dict[str, dict[str, object]]) -> list[tuple[str, object]]:
    classes = document["classes"]
    of_classes = [(f"classes.{c}.{n}", v) for c, names in classes.items() for n, v in names.items()]  # type: ignore[attr-defined]
    return [*document["figures"].items(), *of_classes]


def _figure(value: object) -> str:
    return str(choice_label("yes" if value else "no")) if isinstance(value, bool) else str(value)
