"""Votes on a text that consent did not settle: what one would open with, as told before it does, and its opening."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from governance.actions import effects
from governance.actions.poll_record import rules_of
from governance.actions.register import sealed
from governance.errors import DomainError, IllegalStep
from governance.models import Circle, ConsentSession, Entry, Poll, RollEntry
from governance.queries.election_states import locked_circle
from governance.queries.polls import roll_of
from governance.queries.proxies import holders_at
from governance.queries.states import consent_terms_for, session_state, terms_of
from governance.rules.polls import PollTerms, Tier, check_secret, poll_terms
from governance.rules.register import instant_text, plain
from governance.rules.session import Session, Step
from network.clock import now

__all__ = ["Announced", "SecretAhead", "announced", "open_poll", "rules_body", "secret_ahead"]


@dataclass(frozen=True)
class Announced:
    """What a vote opens with: its figures, its roll, who holds whose proxy (holder by giver), its end."""

    terms: PollTerms
    roll: list[int]
    holders: dict[int, int]
    closes_at: datetime


@dataclass(frozen=True)
class SecretAhead:
    """A secret vote that is not open yet: how many are on its roll, how many people would cast all those ballots if
    every proxy is used, and the fewest that are counted.
    """

    electorate: int
    hands: int
    floor: int


def announced(session: ConsentSession, at: datetime) -> Announced:
    """Return what a vote on this decision opens with; in the transaction of the step that ends the decision.

    Raises TermMissing or Invalid for a figure at fault, IllegalStep `too_few_for_secrecy`, `nobody_to_vote`.
    """
    return _announced(session, locked_circle(session.proposal.circle_id), at)  # no proxy changes meanwhile


def _announced(session: ConsentSession, circle: Circle, at: datetime) -> Announced:
    about, figures = effects.concerned(session.proposal), terms_of(session.charter)
    terms, called = effects.vote(session) or (
        poll_terms(figures, session.proposal.decision_class),
        roll_of(session.proposal, figures),
    )
    roll = [each for each in called if each != about]
    if not roll:
        raise IllegalStep("nobody_to_vote")
    check_secret(len(roll), terms)
    holders = holders_at(circle, roll, at, figures) if terms.proxies else {}
    return Announced(terms, roll, holders, at + timedelta(hours=terms.hours))


def secret_ahead(proposal_id: int) -> SecretAhead | None:
    """Return the secret vote that leaving the integration of this decision may open now; None if none may."""
    rows = ConsentSession.objects.select_related("charter", "proposal__circle__collective")
    session, at = rows.filter(proposal_id=proposal_id).first(), now()
    if session is None or not _may_vote(session, at):
        return None
    try:
        found = _announced(session, session.proposal.circle, at)
    except DomainError:
        return None  # it could not open, and choosing it says why
    if found.terms.tier is not Tier.SECRET:
        return None
    hands = {found.holders.get(person, person) for person in found.roll}
    return SecretAhead(len(found.roll), len(hands), found.terms.floor)


def _may_vote(session: ConsentSession, at: datetime) -> bool:
    """Whether the class of the decision, or what it would change, lets a vote take the place of consent."""
    try:
        effects.before(session, Step("choose_exit", None, at, {"exit": "fallback"}))
        if effects.vote(session):
            return True
    except DomainError:
        return False
    terms = consent_terms_for(session.charter, session.proposal.decision_class)
    offered = terms.exits is None or "fallback" in terms.exits
    return terms.fallback and offered and not session_state(session).revising


def rules_body(session: ConsentSession, vote: Announced) -> dict[str, object]:
    """Return what the entry that opens a vote says of it: rules, end, roll and proxies."""
    collective = session.proposal.circle.collective
    return {
        "rules": rules_of(vote.terms),
        "closes_at": instant_text(vote.closes_at),
        "roll": [sealed(collective, person) for person in vote.roll],
        "proxies": [
            {"giver": sealed(collective, giver), "holder": sealed(collective, holder)}
            for giver, holder in sorted(vote.holders.items())
        ],
    }


def open_poll(*, session: ConsentSession, state: Session, vote: Announced, opening: Entry, at: datetime) -> Poll:
    """Open the vote that takes the place of consent; in the transaction of the step that ended the decision.

    Everything that its result depends on is frozen here.
    """
    terms = vote.terms
    poll = Poll.objects.create(
        session=session,
        charter=session.charter,
        version=state.version.number,
        title=state.version.title,
        text=state.version.text,
        terms=plain({**rules_of(terms), "hours": terms.hours}),
        tier=terms.tier.value,
        opened_at=at,
        closes_at=vote.closes_at,
        opening=opening,
    )
    RollEntry.objects.bulk_create(
        RollEntry(poll=poll, member_id=person, holder_id=vote.holders.get(person)) for person in vote.roll
    )
    return poll
