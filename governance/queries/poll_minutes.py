"""What the minutes of a meeting tell of a vote that it opened: nothing of what came after the meeting."""

from datetime import datetime

from governance.models import ConsentSession, Entry, NamedBallot, Poll, SealedName
from governance.queries.names import commitments
from governance.queries.polls import terms_of_poll
from governance.rules.minutes_vote import Count, Vote
from governance.rules.polls import CHOICES, Tier

__all__ = ["vote_told"]


def vote_told(session: ConsentSession, ended_at: datetime | None) -> tuple[Vote, Entry] | None:
    """Return the vote to which a decision was sent and the entry that opened it, as things stood at an instant.

    Its end is the one announced at the opening. None if there was no vote by then.
    """
    poll = Poll.objects.select_related("opening", "entry").filter(session=session).first()
    if poll is None or (ended_at and poll.opened_at > ended_at):
        return None
    told = poll.opening.body["vote"]  # not the roll as it is now: a place may have lost its holder since
    who = _behind(poll.opening)
    vote = Vote(
        terms=terms_of_poll(poll),
        opened_at=poll.opened_at,
        closes_at=datetime.fromisoformat(told["closes_at"]),
        roll=tuple(who.get(each["name"]) for each in told["roll"]),
        proxies=tuple((who.get(each["giver"]["name"]), who.get(each["holder"]["name"])) for each in told["proxies"]),
        result=_result(poll) if poll.closed_at and (not ended_at or poll.closed_at <= ended_at) else None,
    )
    return vote, poll.opening


def _behind(entry: Entry) -> dict[str, int | None]:
    """Return whom the commitments of an entry stand for; those whose name was forgotten are missing."""
    rows = SealedName.objects.filter(collective=entry.collective_id, commitment__in=set(commitments(entry.body)))
    return dict(rows.values_list("commitment", "member_id"))


def _result(poll: Poll) -> Count:
    kept = poll.result
    return Count(
        at=poll.closed_at or poll.closes_at,
        outcome=poll.outcome,
        electorate=poll.roll.count(),
        voted=kept.get("voted"),
        count=kept.get("count") or {},
        share=kept.get("share") or "",
        quorum_reached=kept.get("quorum_reached"),
        entry=(poll.entry.seq, poll.entry.head) if poll.entry else None,
        chosen=_chosen(poll) if poll.tier == Tier.OPEN else {},
        refused=bool(poll.entry and poll.entry.body.get("effect_refused")),
    )


def _chosen(poll: Poll) -> dict[str, tuple[int, ...]]:
    """Return who chose what in a named vote: the last ballot of each place counts."""
    rows = NamedBallot.objects.filter(place__poll=poll).order_by("pk").values_list("place__member_id", "choice")
    last = dict(rows)
    return {choice: tuple(sorted(person for person, said in last.items() if said == choice)) for choice in CHOICES}
