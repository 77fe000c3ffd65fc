"""What the register says of a vote: its rules and its roll when it opens, its count and who voted when it closes."""

from datetime import datetime
from typing import Any

from governance.actions.register import enter, sealed
from governance.models import Entry, Poll
from governance.queries.poll_signatures import poll_citations, poll_marks
from governance.rules.polls import PollTerms, Result, Tier
from governance.rules.register import instant_text, text_digest
from governance.rules.session import Session
from network.models import Member

__all__ = ["STATEMENT", "record_count", "rules_of"]

STATEMENT = "decided by vote after consent was not reached"


def rules_of(terms: PollTerms) -> dict[str, object]:
    """Return the rules of a vote as entries hold them: shares as exact fractions."""
    return {
        "method": "for or against",
        "tier": terms.tier.value,
        "quorum": terms.quorum,
        "threshold": terms.threshold,
        "threshold_rule": "reached" if terms.threshold_reached else "exceeded",
        "tie": "not adopted",
        "proxies": terms.proxies,
        "floor": terms.floor,
    }


def record_count(
    *, poll: Poll, state: Session, terms: PollTerms, result: Result, at: datetime, refused: str = ""
) -> Entry:
    """Enter what came of a vote; in the transaction of its closing.

    `refused`: the code by which what the text would have changed is refused by now.
    """
    session, version = poll.session, state.version
    collective = session.proposal.circle.collective
    who = lambda person: sealed(collective, person)  # noqa: E731
    earlier = session.proposal.follows
    body: dict[str, object] = {
        "title": poll.title,
        "statement": STATEMENT,
        "outcome": result.outcome.value,
        "driver": version.driver,
        "text": poll.text,
        "text_digest": text_digest(poll.text),
        "version": poll.version,
        "effect": session.proposal.effect,
        "effect_refused": refused,
        "decision_class": session.proposal.decision_class,
        "charter": {"version": poll.charter.version, "digest": poll.charter.digest},
        "circle": session.proposal.circle.name,
        "proposer": who(state.proposer),
        "opening": poll.opening.seq,
        "cites": earlier.entry.seq if earlier else None,
        "opened_at": instant_text(poll.opened_at),
        "closed_at": instant_text(at),
        "rules": rules_of(terms),
        "electorate": result.electorate,
        "voted": result.voted,
        "count": dict(result.chosen),
        "share": result.share,
        "quorum_reached": result.quorum_reached,
        "follow_up": {
            "review_on": version.review_on,
            "responsible": who(version.responsible),
            "criteria": version.criteria,
            "ends_on": version.ends_on,
        },
    }
    if poll.tier == Tier.OPEN:
        body["ballots"] = _ballots(poll, who)
        signed = poll_citations(poll, who)
        body |= {"signatures": signed} if signed else {}
    else:
        body["sealed_signatures"] = poll_marks(poll)
    return enter(collective=collective, kind="vote", body=body, terms=poll.charter.digest, at=at)


def _ballots(poll: Poll, who: Any) -> list[dict[str, object]]:
    """Who voted what, and by whom; in the order of the roll. Who did not vote has an empty choice."""
    found = []
    for place in poll.roll.prefetch_related("ballots").order_by("member_id"):
        last = place.ballots.all()[len(place.ballots.all()) - 1] if place.has_voted else None
        by: Member | int | None = last.cast_by_id if last and place.by_holder else None
        found.append({"person": who(place.member_id), "choice": last.choice if last else "", "by": who(by)})
    return found
