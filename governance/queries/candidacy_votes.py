"""The vote on a candidacy, as the page of the candidacy tells it: that it is held, until when, and what it came to."""

from governance.models import Candidacy, CandidacyStep, Poll
from governance.queries.candidacy_shapes import Reader, VoteView
from governance.rules.candidacy import Candidacy as State
from governance.rules.candidacy import Stage

__all__ = ["vote_on"]


def vote_on(row: Candidacy, state: State, reader: Reader) -> VoteView | None:
    """Return the vote under way or the last one; None where there was none, and for who is neither member nor
    concerned."""
    if reader == "outside" or not (state.vote or state.stage is Stage.VOTE):
        return None
    if state.vote == "too_few":
        return VoteView(None, None, None, "", True, _could_have(row))
    about = {"session__proposal__effect__kind": "candidacy", "session__proposal__effect__candidacy": row.pk}
    poll = Poll.objects.filter(**about).order_by("-pk").first()
    if poll is None:
        return None
    seen = poll.pk if reader == "member" else None
    return VoteView(seen, poll.closes_at, poll.closed_at, poll.outcome, False, poll.roll.count())


def _could_have(row: Candidacy) -> int:
    step = CandidacyStep.objects.filter(candidacy=row, kind="decided").order_by("-seq").first()
    return len(step.payload.get("roll", ())) if step else 0
