"""The list of votes that somebody may follow, with those that wait for their ballot told apart."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models.fields.json import KeyTextTransform

from governance.models import Poll
from governance.permissions import FOLLOWING
from governance.queries.consent import is_about
from governance.queries.polls import waiting_for_ballot
from network.clock import now
from network.models import Member

__all__ = ["PollRow", "polls"]


@dataclass(frozen=True)
class PollRow:
    """One line of the list of votes. `outcome`: empty until it is closed; `effect_refused`: why what it carried took no
    effect, by the code of the refusal; `waits`: for a ballot of the reader.
    """

    id: int
    title: str
    circle: str
    collective: str
    tier: str
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    outcome: str
    effect_refused: str
    waits: bool


def polls(*, viewer: Member | None) -> tuple[PollRow, ...]:
    """Return the votes that somebody may read: open ones, the first to end first; then closed ones, the last first."""
    if viewer is None or viewer.gone_at is not None:
        return ()
    mine = viewer.memberships.filter(state__in=FOLLOWING).values_list("collective_id", flat=True)
    rows = Poll.objects.filter(session__proposal__circle__collective_id__in=list(mine))
    rows = rows.select_related("session__proposal__circle__collective")
    rows = rows.annotate(refused=KeyTextTransform("effect_refused", "entry__body"))
    still = list(rows.filter(closed_at=None).order_by("closes_at", "pk"))
    over = list(rows.exclude(closed_at=None).order_by("-closed_at", "-pk"))
    waiting = {poll.pk for poll in waiting_for_ballot(viewer, now())}
    mine_to_read = (poll for poll in (*still, *over) if not is_about(poll.session.proposal, viewer))
    return tuple(_row(poll, waits=poll.pk in waiting) for poll in mine_to_read)


def _row(poll: Poll, *, waits: bool) -> PollRow:
    circle = poll.session.proposal.circle
    return PollRow(
        id=poll.pk,
        title=poll.title,
        circle=circle.name,
        collective=circle.collective.name,
        tier=poll.tier,
        opened_at=poll.opened_at,
        closes_at=poll.closes_at,
        closed_at=poll.closed_at,
        outcome=poll.outcome,
        effect_refused=poll.refused or "",  # type: ignore[attr-defined]
        waits=waits,
    )
