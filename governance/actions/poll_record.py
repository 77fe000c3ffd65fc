"""What the register says of a vote: its rules and its roll when it opens, its count and who voted when it closes.

Of a secret vote no entry speaks of one ballot, nor of who voted unless enough did.
"""

from datetime import datetime
from typing import Any

from governance.actions.register import enter, sealed
from governance.models import Entry, Poll
from governance.queries.poll_signatures import poll_citations, poll_marks
from governance.queries.proxies import withdrawn_in
from governance.rules.polls import Outcome, PollTerms, Result, Tier
from governance.rules.register import instant_text, text_digest
from governance.rules.session import Session
from network.models import Member

__all__ = ["STATEMENT", "record_count", "record_extension", "record_withheld", "rules_of"]

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
    *, poll: Poll, state: Session, terms: PollTerms, result: Result, told: bool, at: datetime, refused: str = ""
) -> Entry:
    """Enter what came of a vote; in the transaction of its closing.

    `told`: whether it is told who took part. `refused`: the code by which what the text would have changed is refused
    by now.
    """
    counted: dict[str, object] = {
        "outcome": result.outcome.value,
        "effect_refused": refused,
        "electorate": result.electorate,
        "voted": result.voted,
        "count": dict(result.chosen),
        "share": result.share,
        "quorum_reached": result.quorum_reached,
    }
    return _enter(poll, state, terms, counted, at, told=told)


def record_withheld(*, poll: Poll, state: Session, terms: PollTerms, at: datetime) -> Entry:
    """Enter that a secret vote cannot be counted; neither how many took part nor what they chose."""
    counted: dict[str, object] = {
        "outcome": Outcome.WITHHELD.value,
        "effect_refused": "",
        "electorate": poll.roll.count(),
        "voted": None,
        "count": {},
        "share": None,
        "quorum_reached": None,
    }
    return _enter(poll, state, terms, counted, at, told=False)


def record_extension(*, poll: Poll, before: datetime, at: datetime) -> Entry:
    """Enter that a secret vote stays open, once, because too few took part to count it; never how many."""
    body: dict[str, object] = {
        "title": poll.title,
        "version": poll.version,
        "text_digest": text_digest(poll.text),
        "opening": poll.opening.seq,
        "reason": "too few secret ballots to count without telling whose they are",
        "closed_at": instant_text(before),
        "closes_at": instant_text(poll.closes_at),
    }
    collective = poll.session.proposal.circle.collective
    return enter(collective=collective, kind="vote_extended", body=body, terms=poll.charter.digest, at=at)


def _enter(
    poll: Poll, state: Session, terms: PollTerms, counted: dict[str, object], at: datetime, *, told: bool
) -> Entry:
    collective = poll.session.proposal.circle.collective
    who = lambda person: sealed(collective, person)  # noqa: E731
    body = {**_text(poll, state, who), **counted}
    body |= {"rules": rules_of(terms), "opened_at": instant_text(poll.opened_at), "closed_at": instant_text(at)}
    withdrawn = withdrawn_in(poll) if told else []  # of a secret vote it hints at who had not been voted for yet
    body |= {"proxies_withdrawn": withdrawn} if withdrawn else {}
    if poll.tier == Tier.SECRET:
        body["participants"] = _participants(poll, who) if told else None
        body["sealed_signatures"] = poll_marks(poll)
    else:
        body["ballots"] = _ballots(poll, who)
        signed = poll_citations(poll, who)
        body |= {"signatures": signed} if signed else {}
    return enter(collective=collective, kind="vote", body=body, terms=poll.charter.digest, at=at)


def _text(poll: Poll, state: Session, who: Any) -> dict[str, object]:
    """What was voted on, under which charter, and what is to follow."""
    session, version = poll.session, state.version
    earlier = session.proposal.follows
    return {
        "title": poll.title,
        "statement": STATEMENT,
        "driver": version.driver,
        "text": poll.text,
        "text_digest": text_digest(poll.text),
        "version": poll.version,
        "effect": session.proposal.effect,
        "decision_class": session.proposal.decision_class,
        "charter": {"version": poll.charter.version, "digest": poll.charter.digest},
        "circle": session.proposal.circle.name,
        "proposer": who(state.proposer),
        "opening": poll.opening.seq,
        "cites": earlier.entry.seq if earlier else None,
        "follow_up": {
            "review_on": version.review_on,
            "responsible": who(version.responsible),
            "criteria": version.criteria,
            "ends_on": version.ends_on,
        },
    }


def _participants(poll: Poll, who: Any) -> list[object]:
    """Who took part, in the order of the roll: so that nobody's place is filled who left it empty."""
    places = poll.roll.filter(has_voted=True).order_by("member_id")
    return [who(each.member_id) for each in places]


def _ballots(poll: Poll, who: Any) -> list[dict[str, object]]:
    """Who voted what, and by whom; in the order of the roll. Who did not vote has an empty choice."""
    found = []
    for place in poll.roll.prefetch_related("ballots").order_by("member_id"):
        last = place.ballots.all()[len(place.ballots.all()) - 1] if place.has_voted else None
        by: Member | int | None = last.cast_by_id if last and place.by_holder else None
        found.append({"person": who(place.member_id), "choice": last.choice if last else "", "by": who(by)})
    return found
