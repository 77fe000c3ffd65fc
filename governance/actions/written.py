"""Deciding in writing: opening it, and what the clock does there. Idempotent, and safe with several workers."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.actions.consent import open_session, record, take
from governance.actions.journal import locked_assembly, locked_session, save_assembly, sync_written
from governance.actions.reminders import let_mails_wait
from governance.errors import NotEntitled, NotFound, WrongState
from governance.models import Assembly, ConsentSession, Proposal
from governance.permissions import can_follow, check_standing, in_circle
from governance.queries.shapes import Receipt
from governance.queries.states import consent_terms_for, session_state
from governance.queries.written import on_table
from governance.rules.clock import due_step, next_due
from network.clock import now
from network.models import Member

__all__ = ["act_on_proposal", "decide_in_writing", "due_sessions", "take_due_step"]


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
    """Return the decisions in which the clock has something to do."""
    return list(ConsentSession.objects.filter(due_at__lte=now()).order_by("due_at").values_list("pk", flat=True))


def take_due_step(*, session_id: int) -> bool:
    """Take the step that is due in a decision, if it still is; return whether there was one.

    A transaction of its own, under the locks of `record`: of two workers, one finds nothing left to do.
    """
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
    step = due_step(state, at, terms)
    if step is None:
        ConsentSession.objects.filter(pk=session.pk).update(due_at=next_due(state, terms))
        return False
    take(session=session, assembly=assembly, step=step)
    if step.kind == "remind":
        let_mails_wait(session, step)
    if assembly:
        save_assembly(assembly)
    return True
