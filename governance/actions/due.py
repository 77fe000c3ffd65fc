"""Reviews whose day has come: a new draft, linked to the decision, carrying its concerns and criteria."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from governance.actions import effects
from governance.actions.journal import locked_session, write_session
from governance.errors import IllegalStep
from governance.models import Assembly, ConsentSession, Decision, Proposal
from governance.queries.states import session_state
from governance.rules.assemblies import RoomStage
from governance.rules.calling import concerns_heard
from governance.rules.session import Session, Stage, Step
from network.clock import now


def due_assemblies() -> list[int]:
    """Return the meetings in which presence can lapse."""
    stages = (RoomStage.CONVENED.value, RoomStage.OPEN.value, RoomStage.SUSPENDED.value)
    return list(
        Assembly.everything.filter(stage__in=stages, attendances__expected=True).distinct().values_list("pk", flat=True)
    )


def due_reviews() -> list[int]:
    """Return the closed decisions whose review date has come and whose review is not open yet.

    A decision about somebody has none: it would publish what was said of them, and renewal is asked every year.
    """
    later = Decision.objects.filter(session=OuterRef("session"), entry__seq__gt=OuterRef("entry__seq"))
    due = Decision.objects.filter(review_on__lte=now().date(), session__stage=Stage.CLOSED.value, followers=None)
    about = Proposal.objects.filter(effect__kind__in=effects.covered_kinds())
    return list(due.filter(~Exists(later)).exclude(session__proposal__in=about).values_list("session_id", flat=True))


@transaction.atomic
def review_due(*, session_id: int) -> bool:
    """Open the review of a decision as a draft of the same proposer; return False if it was done already."""
    session, at = locked_session(session_id), now()
    state = session_state(session)
    if effects.cover_of(session.proposal) is not None:
        return False
    try:
        write_session(session, None, Step("review", None, at))
    except IllegalStep:
        return False
    _draft(session, state, at)
    return True


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
    """The reason to act, with the concerns heard since, one a line."""
    return "\n".join([driver, *(f"- {each.text}" for each in concerns_heard(state))])
