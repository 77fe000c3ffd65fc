"""The vote on an admission that consent did not settle (R6), where the charter allows one: always secret, by those of
the electorate frozen at the announcement who are still here, never by the candidate.

It opens once the adjournments are spent, or as soon as the circle refuses to adjourn (the exit `fallback`, where the
class of decisions on persons has it). Where so few could vote that their votes would not stay secret, none opens: once
the adjournments are spent the candidacy is then declined, as it would be without a vote, and the page says why; until
then the exit is refused, and adjourning is what is left. Carried, it opens the probation. Rejected, void or withheld,
it adopts nothing and the candidacy is declined: nobody is left waiting without end, and the appeal stays open.
Whoever withdraws meanwhile is let in by no count: the vote runs to its end, waits for nobody, and decides nothing.
"""

from datetime import datetime

from governance.actions.candidacy_follow import follow
from governance.actions.candidacy_journal import locked_candidacy, write_step
from governance.actions.consent import take
from governance.actions.effects import Vote
from governance.errors import IllegalStep
from governance.models import Candidacy, ConsentSession, Poll, Proposal
from governance.queries.candidacy_states import figures, row_of, state_of, still_members
from governance.queries.states import session_state
from governance.rules.candidacy import Candidacy as State
from governance.rules.candidacy import Stage
from governance.rules.polls import check_secret
from governance.rules.session import Session, Step, Version

__all__ = ["check_live", "check_way_out", "closing", "counted", "give_way", "roll_of_candidacy", "vote_of"]


def roll_of_candidacy(row: Candidacy, consent: Session) -> list[int]:
    """Return who may vote: the electorate of the decision, without who has left or is suspended since."""
    return sorted(still_members(row.collective_id, consent.electorate - {row.person_id}))


def vote_of(session: ConsentSession) -> Vote:
    """Return figures and roll of the vote on a candidacy; raises IllegalStep `fallback_not_allowed`."""
    row = row_of(int(session.proposal.effect["candidacy"]))
    terms = figures(row.charter).vote
    if terms is None:
        raise IllegalStep("fallback_not_allowed", decision_class=session.proposal.decision_class)
    return terms, roll_of_candidacy(row, session_state(session))


def check_way_out(session: ConsentSession, step: Step, state: State | None) -> None:
    """Refuse to leave the integration for a vote that could not open. `state`: of a candidacy; None for a suspension,
    on which nobody votes, no more than on an exclusion or on the end of a probation.

    Raises IllegalStep `fallback_not_allowed`, `too_few_for_secrecy`.
    """
    if step.kind != "choose_exit" or step.payload.get("exit") != "fallback":
        return
    if state is None or state.cause != "admission":
        raise IllegalStep("fallback_not_allowed", decision_class=session.proposal.decision_class)
    terms, roll = vote_of(session)
    check_secret(len(roll), terms)


def give_way(session: ConsentSession, after: State, at: datetime) -> None:
    """Let a consent that was parked for good give way to the vote; under the locks of the step that parked it."""
    if after.stage is Stage.VOTE and after.proposal == session.proposal_id:
        take(session=session, assembly=None, step=Step("to_vote", None, at))


def check_live(proposal: Proposal, version: Version) -> None:
    """Refuse a text about a candidacy that has ended meanwhile: voted or not, it admits nobody.

    Raises IllegalStep `candidacy_not_decided_now`.
    """
    stage = state_of(row_of(int(proposal.effect["candidacy"]))).stage
    if stage not in {Stage.DECISION, Stage.VOTE}:
        raise IllegalStep("candidacy_not_decided_now", stage=stage.value)


def closing(poll: Poll) -> None:
    """Lock the candidacy before the register: who withdraws takes the two in this order."""
    locked_candidacy(int(poll.session.proposal.effect["candidacy"]))


def counted(poll: Poll, at: datetime) -> None:
    """Write what the vote came to in the candidacy, and what follows from it; nothing where it has ended meanwhile."""
    row = locked_candidacy(int(poll.session.proposal.effect["candidacy"]))
    state = state_of(row)
    if row.person.gone_at is not None:
        return  # the clock ends the candidacy of who has left the node; no count lets them in
    if state.stage is not Stage.VOTE or state.proposal != poll.session.proposal_id:
        return
    payload = {"outcome": poll.outcome, "proposal": poll.session.proposal_id}
    before, after, _ = write_step(row, Step("counted", None, at, payload))
    follow(row, before, after, "counted", at)
