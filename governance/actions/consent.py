"""Decisions by consent: opening one, the one way to record a step, and what follows an adoption."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from governance.actions import effects, remote
from governance.actions.journal import (
    body_digest,
    earlier,
    key_of,
    locked_assembly,
    locked_session,
    save_assembly,
    sync_presence,
    sync_written,
    write_session,
)
from governance.actions.poll_opening import announced, open_poll, rules_body
from governance.actions.presence import sweep
from governance.actions.recording import record_adoption, record_concern, record_fallback, record_lapse
from governance.errors import Invalid, NotFound, WrongState
from governance.models import Assembly, ConsentSession, Proposal
from governance.permissions import check_standing, is_suspended
from governance.queries.shapes import Receipt
from governance.queries.states import cast_of, charter_of, consent_terms_for, room_of, seated
from governance.queries.written import on_table, who_facilitates
from governance.rules.acts import CONSENT_ACTS, clean_act
from governance.rules.session import Session, Stage, Step, Version
from network.clock import now
from network.models import Member


def open_session(*, proposal: Proposal, assembly: Assembly | None, at: datetime) -> ConsentSession:
    """Open the decision on a proposal: charter in force and electorate are frozen here.

    Inside the caller's transaction, under the assembly's lock. Raises TermMissing for a figure left open.
    """
    special = effects.opening(proposal, at)
    charter = special.charter if special else charter_of(proposal.circle.collective)
    consent_terms_for(charter, proposal.decision_class)
    cast = cast_of(assembly) if assembly else None
    electorate = special.electorate if special else seated(proposal.circle)
    if assembly and cast:
        electorate = sorted(room_of(assembly).present)
    session = ConsentSession.everything.create(
        proposal=proposal, assembly=assembly, charter=charter, electorate=electorate, opened_at=at
    )
    payload = {
        "electorate": electorate,
        "proposer": cast.proposer if cast else proposal.proposer_id,
        "decision_class": proposal.decision_class,
        "title": proposal.title,
        "text": proposal.text,
        "driver": proposal.driver,
        "review_on": proposal.review_on.isoformat() if proposal.review_on else "",
        "responsible": cast.proposer if cast else proposal.responsible_id,
        "criteria": proposal.criteria,
    }
    if special and special.objections:
        payload["objections"] = special.objections
    _, state, _ = write_session(session, assembly, Step("prepare", None, at, payload))
    effects.check_text(proposal, state.version)
    return session


def take(
    *, session: ConsentSession, assembly: Assembly | None, step: Step, key: UUID | None = None, body: str = ""
) -> Receipt:
    """Record one step and write what follows from it, in the caller's transaction and under its locks."""
    effects.before(session, step)
    if step.kind == "draw_jury":
        step = Step(step.kind, step.actor, step.at, {**step.payload, "seed": secrets.token_hex(16)})
    if step.kind == "go_written":
        step = _leaving_the_room(session, step)
    before, after, receipt = write_session(session, assembly, step, key, body)
    effects.noted(session, step)
    _follow(session, assembly, before, after, step)
    return receipt


def _leaving_the_room(session: ConsentSession, step: Step) -> Step:
    """Return the step with who is there and who facilitates; from here on no room holds the decision."""
    if on_table(session):
        raise WrongState("item_on_table", assembly=session.assembly_id)
    circle, electorate = session.proposal.circle, set(session.electorate)
    asked = step.payload.get("facilitator")
    facilitator = who_facilitates(
        circle=circle,
        proposer=session.proposal.proposer_id,
        convener=step.actor or 0,
        electorate=electorate,
        asked=int(asked) if asked else None,  # type: ignore[call-overload]
        at=step.at,
    )
    session.assembly = None
    present = sorted(electorate & set(seated(circle)))
    return Step(step.kind, step.actor, step.at, {"present": present, "facilitator": facilitator})


def _follow(session: ConsentSession, assembly: Assembly | None, before: Session, after: Session, step: Step) -> None:
    if session.proposal.exercise:
        return  # nothing of an exercise is registered, and it changes nothing
    for version in _new_texts(before, after):
        effects.check_text(session.proposal, version)
    if after.stage is Stage.ADOPTED and before.stage is not Stage.ADOPTED:
        record_adoption(session=session, assembly=assembly, state=after, at=step.at)
    if after.stage is not before.stage:
        effects.ended(session, after.stage, step.at)
    if len(after.concerns) > len(before.concerns):
        record_concern(session=session, concern=after.concerns[-1], at=step.at)
    if after.lapsed_at and not before.lapsed_at:
        record_lapse(session=session, state=after, at=step.at)
    if after.stage is Stage.FALLBACK:
        vote = announced(session, step.at)
        opening = record_fallback(session=session, state=after, vote=rules_body(session, vote), at=step.at)
        open_poll(session=session, state=after, vote=vote, opening=opening, at=step.at)


def _new_texts(before: Session, after: Session) -> list[Version]:
    """Return the texts that a step put on the table: new versions, and a change that is offered."""
    offers = [after.amendment.version] if after.amendment else []
    known = before.amendment.version if before.amendment else None
    return [*after.versions[len(before.versions) :], *(each for each in offers if each != known)]


def record(*, session_id: int, actor: Member, kind: str, payload: Mapping[str, object], key: UUID | str) -> Receipt:
    """Record somebody's step in a decision and return the receipt; the same act under the same key gets it again.

    Every right is checked again here. Locks the assembly's row, then the decision's.
    Raises Invalid, NotEntitled, WrongState (`key_reused`, `stale_version`, …), NotFound.
    """
    if kind not in CONSENT_ACTS:
        raise Invalid("unknown_act", field="kind")
    values, key = clean_act(kind, payload), key_of(key)
    found = list(ConsentSession.everything.filter(pk=session_id).values_list("assembly_id", flat=True))
    if not found:
        raise NotFound("session_unknown")
    if found[0]:
        sweep(assembly_id=found[0])  # who lapsed counts no more, whatever comes of the act
    signed = _signature(session_id, actor, kind, values, key)
    with transaction.atomic():
        assembly = locked_assembly(found[0]) if found[0] else None
        session, at = locked_session(session_id), now()
        if session.assembly_id != found[0]:  # it changed rooms in between: the lock we hold is the wrong one
            raise WrongState("item_elsewhere", assembly=session.assembly_id)
        body = body_digest(f"session:{session_id}", kind, values)
        repeated = earlier(actor, key, body)
        if repeated:
            return repeated
        check_standing(actor, session.proposal.circle.collective_id)
        if assembly:
            sync_presence(session, assembly, room_of(assembly), at)
        sync_written(session, at)
        step = Step(kind, actor.pk, at, values)
        receipt = take(session=session, assembly=assembly, step=step, key=key, body=body)
        about = remote.about_decision(session, assembly)
        remote.keep(signed, actor=actor, kind=kind, key=key, about=about)
        if assembly:
            save_assembly(assembly)
    return receipt


def _signature(
    session_id: int, actor: Member, kind: str, values: Mapping[str, object], key: UUID
) -> remote.Prepared | None:
    """Return the signature that an act of a member of another node needs; asks their node, so before any lock."""
    if actor.local:
        return None
    session = ConsentSession.objects.select_related("charter", "proposal__circle__collective").get(pk=session_id)
    if is_suspended(actor, session.proposal.circle.collective_id):
        return None  # refused here, so their node is not asked
    about = remote.about_decision(session, None)
    return remote.prepare(actor=actor, kind=kind, payload=values, key=key, about=about)
