"""Deciding in writing: opening it, and what the clock does there. Idempotent, and safe with several workers."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from governance.actions import effects
from governance.actions.consent import open_session, record, take
from governance.actions.journal import locked_assembly, locked_session, save_assembly, sync_written
from governance.actions.reminders import let_mails_wait
from governance.errors import DomainError, NotEntitled, NotFound, WrongState
from governance.models import Assembly, ConsentSession, Proposal
from governance.permissions import can_follow, check_standing, in_circle
from governance.queries.shapes import Receipt
from governance.queries.states import consent_terms_for, session_state
from governance.queries.written import on_table
from governance.rules.clock import due_step, next_due
from governance.rules.session import FINAL, Stage, Step
from network.clock import now
from network.models import Member

__all__ = ["act_on_proposal", "decide_in_writing", "due_sessions", "take_due_step"]

log = logging.getLogger("toile.clock")
SOON, LATEST = timedelta(minutes=10), timedelta(days=1)  # when a step that was refused is tried again
OVER = [each.value for each in (*FINAL, Stage.ADOPTED, Stage.CLOSED, Stage.REOPENED)]


@transaction.atomic
def decide_in_writing(
    *, actor: Member, proposal_id: int, key: UUID | str, facilitator_id: int | None = None
) -> Receipt:
    """Open the decision on a proposal in writing, or let it go on in writing; for members of the circle.

    Raises NotFound, NotEntitled `not_in_circle`, TermMissing, Invalid `facilitator_needed` or `facilitator_unfit`,
    WrongState `item_on_table`, `inside_stage`, `already_written`.
    """
    proposal = Proposal.objects.select_related("circle__collective").filter(pk=proposal_id).first()
    if proposal is None or not can_follow(actor, proposal.circle):
        raise NotFound("proposal_unknown")
    check_standing(actor, proposal.circle.collective_id)
    if not in_circle(actor, proposal.circle):
        raise NotEntitled("not_in_circle")
    session = ConsentSession.objects.filter(proposal=proposal).first() or _opened(proposal)
    payload = {"facilitator": facilitator_id} if facilitator_id else {}
    return record(session_id=session.pk, actor=actor, kind="go_written", payload=payload, key=key)


def _opened(proposal: Proposal) -> ConsentSession:
    """Open the decision under the proposal's lock: nobody edits it, or opens it in a room, in the meantime."""
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("circle__collective")
    locked = rows.get(pk=proposal.pk)
    if ConsentSession.objects.filter(proposal=locked).exists():
        raise WrongState("session_open")
    return open_session(proposal=locked, assembly=None, at=now())


def act_on_proposal(
    *, proposal_id: int, actor: Member, kind: str, payload: Mapping[str, object], key: UUID | str
) -> Receipt:
    """Do one act in the decision on a proposal, outside any room: the door of its page and of the API.

    Raises NotFound for who may not know of it, WrongState `item_on_table` while a room holds it, and as `record`.
    """
    session = ConsentSession.objects.select_related("proposal__circle").filter(proposal_id=proposal_id).first()
    if session is None or not can_follow(actor, session.proposal.circle):
        raise NotFound("proposal_unknown")
    if on_table(session):
        raise WrongState("item_on_table", assembly=session.assembly_id)
    return record(session_id=session.pk, actor=actor, kind=kind, payload=payload, key=key)


def due_sessions() -> list[int]:
    """Return the decisions in which the clock has something to do: a step is due, or nothing is left to decide."""
    at = now()
    due = ConsentSession.objects.filter(due_at__lte=at).order_by("due_at").values_list("pk", flat=True)
    open_still = ConsentSession.objects.filter(proposal__effect__kind__in=effects.may_be_moot()).exclude(stage__in=OVER)
    moot = [row.pk for row in open_still.select_related("proposal").order_by("pk") if effects.moot(row, at)]
    return [*due, *(pk for pk in moot if pk not in set(due))]


def take_due_step(*, session_id: int) -> bool:
    """Take the step that is due in a decision, if it still is; return whether there was one.

    A step that is refused is set aside, for longer each time, until something changes: what cannot be done now keeps
    nothing else waiting.
    """
    try:
        return _take_due(session_id)
    except DomainError as refusal:
        log.warning("decision %s waits: %s", session_id, refusal.code)
        _set_aside(session_id)
    except Exception:
        _set_aside(session_id)
        raise
    return False


def _set_aside(session_id: int) -> None:
    at = now()
    changed = ConsentSession.objects.filter(pk=session_id).values_list("changed_at", flat=True).first() or at
    again = at + min(max(at - changed, SOON), LATEST)
    ConsentSession.objects.filter(pk=session_id, due_at__lte=at).update(due_at=again)


def _take_due(session_id: int) -> bool:
    """Take it in a transaction of its own, under the locks of `record`: of two workers, one finds nothing left."""
    found = list(ConsentSession.objects.filter(pk=session_id).values_list("assembly_id", flat=True))
    if not found:
        return False
    with transaction.atomic():
        assembly = locked_assembly(found[0]) if found[0] else None
        session, at = locked_session(session_id), now()
        if session.assembly_id != found[0]:
            return False  # it changed rooms in between: next time
        return _due_now(session, assembly, at)


def _due_now(session: ConsentSession, assembly: Assembly | None, at: datetime) -> bool:
    sync_written(session, at)
    state = session_state(session)
    terms = consent_terms_for(session.charter, session.proposal.decision_class)
    step = _ending(session, at) or due_step(state, at, terms)
    if step is None:
        ConsentSession.objects.filter(pk=session.pk).update(due_at=next_due(state, terms))
        return False
    take(session=session, assembly=assembly, step=step)
    if step.kind == "remind":
        let_mails_wait(session, step)
    if assembly:
        save_assembly(assembly)
    return True


def _ending(session: ConsentSession, at: datetime) -> Step | None:
    """Return what ends a decision that has lost its object; None for all others."""
    why = effects.moot(session, at) if session.stage not in OVER else ""
    return Step("withdraw", None, at, {"reason": why}) if why else None
