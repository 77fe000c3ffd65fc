"""Decisions by consent: opening one, the one way to record a step, and what follows an adoption."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.actions.journal import (
    body_digest,
    earlier,
    key_of,
    locked_assembly,
    locked_session,
    save_assembly,
    sync_presence,
    write_session,
)
from governance.actions.presence import sweep
from governance.actions.recording import record_adoption, record_concern
from governance.errors import Invalid, NotFound, WrongState
from governance.models import Assembly, ConsentSession, Proposal
from governance.queries.shapes import Receipt
from governance.queries.states import charter_of, consent_terms_for, room_of, seated
from governance.rules.acts import CONSENT_ACTS, clean_act
from governance.rules.session import Session, Stage, Step
from network.clock import now
from network.models import Member


def open_session(*, proposal: Proposal, assembly: Assembly | None, at: datetime) -> ConsentSession:
    """Open the decision on a proposal: charter in force and electorate are frozen here.

    Inside the caller's transaction, under the assembly's lock. Raises TermMissing for a figure left open.
    """
    charter = charter_of(proposal.circle.collective)
    consent_terms_for(charter, proposal.decision_class)
    electorate = seated(proposal.circle)
    session = ConsentSession.objects.create(
        proposal=proposal, assembly=assembly, charter=charter, electorate=electorate, opened_at=at
    )
    payload = {
        "electorate": electorate,
        "proposer": proposal.proposer_id,
        "decision_class": proposal.decision_class,
        "title": proposal.title,
        "text": proposal.text,
        "driver": proposal.driver,
        "review_on": proposal.review_on.isoformat() if proposal.review_on else "",
        "responsible": proposal.responsible_id,
        "criteria": proposal.criteria,
    }
    write_session(session, assembly, Step("prepare", None, at, payload))
    return session


def take(
    *, session: ConsentSession, assembly: Assembly | None, step: Step, key: UUID | None = None, body: str = ""
) -> Receipt:
    """Record one step and write what follows from it, in the caller's transaction and under its locks."""
    if step.kind == "draw_jury":
        step = Step(step.kind, step.actor, step.at, {**step.payload, "seed": secrets.token_hex(16)})
    before, after, receipt = write_session(session, assembly, step, key, body)
    _follow(session, assembly, before, after, step)
    return receipt


def _follow(session: ConsentSession, assembly: Assembly | None, before: Session, after: Session, step: Step) -> None:
    if after.stage is Stage.ADOPTED and before.stage is not Stage.ADOPTED:
        record_adoption(session=session, assembly=assembly, state=after, at=step.at)
    if len(after.concerns) > len(before.concerns):
        record_concern(session=session, concern=after.concerns[-1], at=step.at)


def record(*, session_id: int, actor: Member, kind: str, payload: Mapping[str, object], key: UUID | str) -> Receipt:
    """Record somebody's step in a decision and return the receipt; the same act under the same key gets it again.

    Every right is checked again here. Locks the assembly's row, then the decision's.
    Raises Invalid, NotEntitled, WrongState (`key_reused`, `stale_version`, …), NotFound.
    """
    if kind not in CONSENT_ACTS:
        raise Invalid("unknown_act", field="kind")
    values, key = clean_act(kind, payload), key_of(key)
    found = list(ConsentSession.objects.filter(pk=session_id).values_list("assembly_id", flat=True))
    if not found:
        raise NotFound("session_unknown")
    if found[0]:
        sweep(assembly_id=found[0])  # who lapsed counts no more, whatever comes of the act
    with transaction.atomic():
        assembly = locked_assembly(found[0]) if found[0] else None
        session, at = locked_session(session_id), now()
        if session.assembly_id != found[0]:  # it changed rooms in between: the lock we hold is the wrong one
            raise WrongState("item_elsewhere", assembly=session.assembly_id)
        body = body_digest(f"session:{session_id}", kind, values)
        repeated = earlier(actor, key, body)
        if repeated:
            return repeated
        if assembly:
            sync_presence(session, assembly, room_of(assembly), at)
        step = Step(kind, actor.pk, at, values)
        receipt = take(session=session, assembly=assembly, step=step, key=key, body=body)
        if assembly:
            save_assembly(assembly)
    return receipt
