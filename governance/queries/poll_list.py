"""The votes of somebody's collectives, those that are open first."""

from dataclasses import dataclass
from datetime import datetime

from governance.models import Poll, RollEntry
from governance.permissions import FOLLOWING
from network.models import Member

__all__ = ["PollRow", "polls"]


@dataclass(frozen=True)
class PollRow:
    """One vote in a list. `waits`: whether it is open and waits for a ballot of the reader's."""

    id: int
    title: str
    circle: str
    tier: str
    closes_at: datetime
    closed_at: datetime | None
    outcome: str
    waits: bool


def polls(*, viewer: Member | None) -> tuple[PollRow, ...]:
    """Return the votes that somebody may read: open ones, the first to end first; then closed ones, the last first."""
    if viewer is None or viewer.gone_at is not None:
        return ()
    mine = viewer.memberships.filter(state__in=FOLLOWING).values_list("collective_id", flat=True)
    rows = Poll.objects.filter(session__proposal__circle__collective__in=list(mine))
    rows = rows.select_related("session__proposal__circle")
    unsaid = _unsaid(viewer)
    still = [_row(each, unsaid) for each in rows.filter(closed_at=None).order_by("closes_at", "pk")]
    over = [_row(each, unsaid) for each in rows.exclude(closed_at=None).order_by("-closed_at", "-pk")]
    return (*still, *over)


def _unsaid(viewer: Member) -> frozenset[int]:
    """Return the open votes in which this person, or somebody whom they represent, has not voted."""
    places = RollEntry.objects.filter(poll__closed_at=None, has_voted=False)
    places = places.filter(member=viewer) | places.filter(holder=viewer)
    return frozenset(places.values_list("poll_id", flat=True))


def _row(poll: Poll, unsaid: frozenset[int]) -> PollRow:
    return PollRow(
        id=poll.pk,
        title=poll.title,
        circle=poll.session.proposal.circle.name,
        tier=poll.tier,
        closes_at=poll.closes_at,
        closed_at=poll.closed_at,
        outcome=poll.outcome,
        waits=poll.pk in unsaid,
    )
