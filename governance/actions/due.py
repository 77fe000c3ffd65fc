"""Reviews whose day has come: a new draft, linked to the decision, carrying its concerns and criteria.

What a vote decided is reviewed likewise, and carries the objections that the vote left standing. Its session has ended
where consent was not reached: no step is written there, the draft itself says that the review is open.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from governance.actions import effects
from governance.actions.journal import locked_session, write_session
from governance.errors import IllegalStep
from governance.models import Assembly, ConsentSession, Decision, Proposal
from governance.queries.states import session_state
from governance.rules.assemblies import RoomStage
from governance.rules.calling import heard_against
from governance.rules.session import Session, Stage, Step
from network.clock import now

RESTING = (Stage.CLOSED.value, Stage.FALLBACK.value)  # where decisions wait for their review


def due_assemblies() -> list[int]:
    """Return the meetings in which presence can lapse."""
    stages = (RoomStage.CONVENED.value, RoomStage.OPEN.value, RoomStage.SUSPENDED.value)
    return list(
        Assembly.everything.filter(stage__in=stages, attendances__expected=True).distinct().values_list("pk", flat=True)
    )


def due_reviews() -> list[int]:
    """Return the closed or voted decisions whose review date has come and whose review is not open yet.

    A decision about somebody has none: it would publish what was said of them, and renewal is asked every year.
    """
    later = Decision.objects.filter(session=OuterRef("session"), entry__seq__gt=OuterRef("entry__seq"))
    due = Decision.objects.filter(review_on__lte=now().date(), session__stage__in=RESTING, followers=None)
    about = Proposal.objects.filter(effect__kind__in=effects.covered_kinds())
    return list(due.filter(~Exists(later)).exclude(session__proposal__in=about).values_list("session_id", flat=True))


@transaction.atomic
def review_due(*, session_id: int) -> bool:
    """Open the review of a decision as a draft of the same proposer; return False if it was done already."""
    session, at = locked_session(session_id), now()
    state = session_state(session)
    if effects.cover_of(session.proposal) is not None:
        return False
    if not (_voted_and_due(session, at) if state.stage is Stage.FALLBACK else _noted(session, at)):
        return False
    _draft(session, state, at)
    return True


def _noted(session: ConsentSession, at: datetime) -> bool:
    """Write down that the review begins; False if it has begun already."""
    try:
        write_session(session, None, Step("review", None, at))
    except IllegalStep:
        return False
    return True


def _voted_and_due(session: ConsentSession, at: datetime) -> bool:
    """Whether a vote carried this text, its review is due, and no draft reviews it yet; under the session's lock."""
    return Decision.objects.filter(session=session, review_on__lte=at.date(), followers=None).exists()


def _draft(session: ConsentSession, state: Session, at: datetime) -> Proposal:
    before, version = session.proposal, state.agreed or state.version
    decision = session.decisions.order_by("-entry__seq").first()
    return Proposal.objects.create(
        circle=before.circle,
        proposer=before.proposer,
        title=version.title,
        driver=_driver(state, version.driver),
        text=version.text,
        decision_class=before.decision_class,
        responsible_id=version.responsible,
        criteria=version.criteria,
        created_at=at,
        changed_at=at,
        follows=decision,
    )


def _driver(state: Session, driver: str) -> str:
    """The reason to act, with what was said against it and stands, one a line."""
    return "\n".join([driver, *(f"- {each}" for each in heard_against(state))])
