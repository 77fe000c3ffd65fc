"""Votes as people read them: what is voted on, under which rules, who may vote, and the count once it is closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import F, Q

from governance.errors import Invalid, NotFound
from governance.models import NamedBallot, Poll, Proposal, RollEntry
from governance.permissions import can_follow, is_suspended
from governance.queries.candidacy_states import ended_for
from governance.queries.consent import is_about
from governance.queries.consent_shapes import Person, somebody
from governance.queries.proxies import no_longer
from governance.queries.states import seated
from governance.queries.waiting import Waiting
from governance.rules.charter import Terms, fraction
from governance.rules.polls import PollTerms, Tier, asks_proof
from network.clock import now
from network.models import Member, Membership, MembershipState

__all__ = [
    "ENTERED",
    "MyBallot",
    "PlaceView",
    "PollView",
    "entered_at",
    "may_read_poll",
    "poll_of",
    "poll_view",
    "polls_waiting",
]
__all__ += ["roll_of", "terms_of_poll", "waiting_for_ballot"]

COLLECTIVE = "poll__session__proposal__circle__collective"
ENTERED = "entered"  # in the session of a member of another node: when they came in, in seconds


@dataclass(frozen=True)
class PlaceView:
    """Somebody's place on the roll. `choice`: of a named vote, once closed; `voted`: None where it is not told."""

    person: Person
    holder: Person | None
    voted: bool | None
    choice: str
    by_holder: bool


@dataclass(frozen=True)
class MyBallot:
    """A ballot that the reader may cast: their own, or of somebody whose proxy they hold.

    `choice`: what they chose last, in a named vote; `allowed`: whether they may cast it now, else `refusal` says why.
    """

    person: Person
    own: bool
    voted: bool
    choice: str
    allowed: bool
    refusal: str


@dataclass(frozen=True)
class PollView:
    """One vote. Count and outcome are empty until it is closed, for everybody."""

    id: int
    proposal_id: int
    circle: Person
    collective: Person
    title: str
    text: str
    driver: str
    version: int
    decision_class: str
    charter_version: int
    tier: str
    terms: PollTerms
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    extended: bool
    outcome: str
    electorate: int
    voted: int | None  # in a secret vote: only once it is closed, and never if it is withheld
    count: dict[str, int]
    share: str  # "n/d" of those for or against
    quorum_reached: bool | None
    roll: tuple[PlaceView, ...]
    mine: tuple[MyBallot, ...]
    opening_seq: int
    entry_seq: int | None
    effect_refused: str
    moot: bool  # whatever comes of it, it changes nothing any more
    proof: str  # what this reader's ballot asks for besides: "", "password", or "entry" (their node, minutes ago)


def roll_of(proposal: Proposal, terms: Terms) -> list[int]:
    """Return who may vote on a proposal: the members of the circle or of the collective, as its class says.

    Raises TermMissing, Invalid `term_malformed`.
    """
    place, electorate = proposal.decision_class, terms.of_class(proposal.decision_class, "electorate")
    if electorate == "circle":
        return seated(proposal.circle)
    if electorate != "collective":
        raise Invalid("term_malformed", term=f"classes.{place}.electorate")
    active = Membership.objects.filter(collective=proposal.circle.collective_id, state=MembershipState.ACTIVE)
    return sorted(active.filter(member__gone_at=None).values_list("member_id", flat=True))


def terms_of_poll(poll: Poll) -> PollTerms:
    """Return the figures that were frozen at the opening."""
    kept = poll.terms
    return PollTerms(
        hours=kept["hours"],
        tier=Tier(kept["tier"]),
        quorum=fraction("quorum", kept["quorum"]),
        threshold=fraction("threshold", kept["threshold"]),
        threshold_reached=kept["threshold_rule"] == "reached",
        proxies=kept["proxies"],
        floor=kept["floor"],
    )


def poll_of(proposal_id: int) -> int | None:
    """Return the vote that a decision was sent to, None if it was not."""
    return Poll.objects.filter(session__proposal_id=proposal_id).values_list("pk", flat=True).first()


def may_read_poll(viewer: Member | None, poll: Poll) -> bool:
    """Members of the collective may, but whom the vote is about: who said what of them is not theirs to read."""
    proposal = poll.session.proposal
    return viewer is not None and can_follow(viewer, proposal.circle) and not is_about(proposal, viewer)


def poll_view(poll_id: int, *, viewer: Member | None) -> PollView:
    """Return one vote. For members of the collective; others get NotFound."""
    rows = Poll.objects.select_related(
        "charter", "opening", "entry", "session__proposal__circle__collective", "session__charter"
    )
    poll = rows.filter(pk=poll_id).first()
    if poll is None or not may_read_poll(viewer, poll):
        raise NotFound("poll_unknown")
    proposal, closed = poll.session.proposal, poll.closed_at is not None
    places = list(poll.roll.select_related("member", "holder").order_by("member__name", "pk"))
    chosen = _chosen(poll, places)
    result = poll.result
    named = poll.tier == Tier.OPEN
    told = named or bool(result.get("participation"))
    return PollView(
        id=poll.pk,
        proposal_id=proposal.pk,
        circle=Person(proposal.circle_id, proposal.circle.name),
        collective=Person(proposal.circle.collective_id, proposal.circle.collective.name),
        title=poll.title,
        text=poll.text,
        driver=proposal.driver,
        version=poll.version,
        decision_class=proposal.decision_class,
        charter_version=poll.charter.version,
        tier=poll.tier,
        terms=terms_of_poll(poll),
        opened_at=poll.opened_at,
        closes_at=poll.closes_at,
        closed_at=poll.closed_at,
        extended=poll.extended,
        outcome=poll.outcome,
        electorate=len(places),
        voted=result["voted"] if closed else sum(each.has_voted for each in places) if named else None,
        count=result["count"] if closed else {},
        share=result["share"] or "" if closed else "",
        quorum_reached=result["quorum_reached"] if closed else None,
        roll=tuple(_line(poll, each, chosen if closed else {}, viewer, told=told) for each in places),
        mine=_mine(poll, places, chosen, viewer) if viewer and not closed else (),
        opening_seq=poll.opening.seq,
        entry_seq=poll.entry.seq if poll.entry else None,
        effect_refused=str(poll.entry.body.get("effect_refused", "")) if poll.entry else "",
        moot=not closed and bool(ended_for([proposal])),
        proof=_proof(poll, viewer) if viewer and not closed else "",
    )


def _proof(poll: Poll, viewer: Member) -> str:
    if not asks_proof(Tier(poll.tier), poll.session.proposal.decision_class):
        return ""
    return "password" if viewer.local else "entry"


def entered_at(session: Mapping[str, object]) -> datetime | None:
    """Return when their own node let somebody in, from the session of a request; None of members of this node."""
    at = session.get(ENTERED)
    return datetime.fromtimestamp(at, UTC) if isinstance(at, int | float) else None


def _chosen(poll: Poll, places: list[RollEntry]) -> dict[int, str]:
    """Return the last choice by place of a named vote; nothing of a secret one."""
    if poll.tier != Tier.OPEN:
        return {}
    rows = NamedBallot.objects.filter(place__in=places).order_by("pk")
    return dict(rows.values_list("place_id", "choice"))


def _line(poll: Poll, place: RollEntry, chosen: dict[int, str], viewer: Member | None, *, told: bool) -> PlaceView:
    """Of a secret vote others do not read who holds a proxy now: one taken back leaves the roll only if it was unused.
    The opening in the register names those given. Which of them were used nobody reads: who holds one knows a choice.
    """
    theirs = viewer is not None and viewer.pk in {place.member_id, place.holder_id}
    return PlaceView(
        person=somebody(place.member_id, place.member.name),
        holder=somebody(place.holder_id, place.holder.name) if place.holder and (told or theirs) else None,
        voted=place.has_voted if told else None,
        choice=chosen.get(place.pk, ""),
        by_holder=place.by_holder and poll.tier == Tier.OPEN,
    )


def _mine(poll: Poll, places: list[RollEntry], chosen: dict[int, str], viewer: Member) -> tuple[MyBallot, ...]:
    """Return the ballots of this person, their own first."""
    mine = [each for each in places if viewer.pk in {each.member_id, each.holder_id}]
    barred = "membership_suspended" if is_suspended(viewer, poll.session.proposal.circle.collective_id) else ""
    found = [_ballot(poll, each, chosen, viewer, barred) for each in mine]
    return tuple(sorted(found, key=lambda ballot: not ballot.own))


def _ballot(poll: Poll, place: RollEntry, chosen: dict[int, str], viewer: Member, barred: str) -> MyBallot:
    own = place.member_id == viewer.pk
    secret = poll.tier == Tier.SECRET
    over = "poll_over" if now() >= poll.closes_at else ""
    refusal = barred or over or ("already_voted" if secret and place.has_voted else "")
    refusal = refusal or ("giver_voted" if not own and place.has_voted and not place.by_holder else "")
    refusal = refusal or ("" if own else no_longer(poll, place))
    seen = chosen.get(place.pk, "") if own or place.by_holder else ""
    return MyBallot(
        person=somebody(place.member_id, place.member.name),
        own=own,
        voted=place.has_voted,
        choice=seen,
        allowed=not refusal,
        refusal=refusal,
    )


def polls_waiting(member: Member, at: datetime) -> list[Waiting]:
    """Return the votes that wait for this person's ballot, or for one that they cast for somebody."""
    return [_waiting(poll) for poll in waiting_for_ballot(member, at) if _belongs(member, poll)]


def waiting_for_ballot(member: Member, at: datetime) -> list[Poll]:
    """Return the votes in which this person could still vote, for themself or for somebody here whose proxy they hold,
    and that can still change something: a candidacy may have ended meanwhile.
    """
    here = Q(member__memberships__collective=F(COLLECTIVE), member__memberships__state=MembershipState.ACTIVE)
    places = RollEntry.objects.filter(here, Q(member=member) | Q(holder=member), has_voted=False)
    open_still = places.filter(poll__closed_at=None, poll__closes_at__gt=at)
    polls = {row.poll_id: row.poll for row in open_still.select_related("poll__session__proposal__circle")}
    over = ended_for(poll.session.proposal for poll in polls.values())
    return [poll for poll in polls.values() if poll.session.proposal_id not in over]


def _belongs(member: Member, poll: Poll) -> bool:
    collective = poll.session.proposal.circle.collective_id
    return Membership.objects.filter(member=member, collective=collective, state=MembershipState.ACTIVE).exists()


def _waiting(poll: Poll) -> Waiting:
    return Waiting(
        kind="poll_vote",
        collective_id=poll.session.proposal.circle.collective_id,
        title=poll.title,
        page="poll",
        args=(poll.pk,),
        since=poll.opened_at,
        due_at=poll.closes_at,
    )
