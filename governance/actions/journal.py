"""Writing steps: the lock, the receipt of a repeated act, the row. Shared by the meeting and by decisions."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Model
from django.utils.crypto import salted_hmac

from governance import signals
from governance.actions import effects
from governance.errors import Invalid, NotFound, WrongState
from governance.models import Assembly, ConsentSession, ElectionStep, LotStep, RoomStep
from governance.models import Step as StepRow
from governance.models.journal import JournalRow
from governance.queries.shapes import Receipt
from governance.queries.states import consent_terms_for, seated, session_on, session_state, terms_of
from governance.rules.assemblies import Room, RoomStage, advance_room
from governance.rules.clock import next_due
from governance.rules.consent import advance
from governance.rules.discretion import covered
from governance.rules.exercise import is_simulated, written
from governance.rules.register import canonical, instant_text, plain
from governance.rules.session import FINAL, Session, Step
from network.models import Member
from network.signals import announce

AT_THE_DOOR = frozenset({"enter_position", "refuse_position", "relay"})


def key_of(key: object) -> UUID:
    """Return the key of an act; raises Invalid `key_malformed`."""
    try:
        return key if isinstance(key, UUID) else UUID(str(key))
    except ValueError:
        raise Invalid("key_malformed", field="key") from None


def body_digest(place: str, kind: str, values: Mapping[str, object]) -> str:
    """Return what tells two bodies under one key apart."""
    return hashlib.sha256(canonical({"place": place, "kind": kind, "payload": plain(dict(values))})).hexdigest()


def locked_assembly(assembly_id: int) -> Assembly:
    """Return the assembly, its row locked until the transaction ends; raises NotFound."""
    rows = Assembly.everything.select_for_update(of=("self",)).select_related(
        "circle__collective", "charter", "convened_by"
    )
    found = rows.filter(pk=assembly_id).first()
    if found is None:
        raise NotFound("assembly_unknown")
    return found


def locked_session(session_id: int) -> ConsentSession:
    """Return the decision, its row locked. Where there is an assembly, its lock comes first."""
    rows = ConsentSession.everything.select_for_update(of=("self",)).select_related("charter", "proposal__circle")
    found = rows.filter(pk=session_id).first()
    if found is None:
        raise NotFound("session_unknown")
    return found


def earlier(actor: Member, key: UUID, body: str) -> Receipt | None:
    """Return the receipt of the same act done before; raises WrongState `key_reused` if it was another act."""
    for table in (RoomStep, StepRow, ElectionStep, LotStep):
        rows = table.objects.filter(actor=actor, key=key).values_list("body_digest", "receipt")[:1]
        for digest, receipt in rows:
            if digest not in {body, _wordless(body)}:
                raise WrongState("key_reused")
            return _receipt(receipt)
    return None


def _wordless(body: str) -> str:
    """Return a body digest against which nobody can try words that were erased: it takes our secret."""
    return salted_hmac("act", body, algorithm="sha256").hexdigest() if body else ""


def _receipt(kept: dict[str, object]) -> Receipt:
    return Receipt(**{**kept, "at": datetime.fromisoformat(str(kept["at"]))})  # type: ignore[arg-type]


def append(
    table: type[JournalRow], seq: int, step: Step, receipt: Receipt, key: UUID | None, body: str, **of: Model
) -> None:
    """Write one step in a journal; `of` names what the journal belongs to. Of simulated people no row points at one."""
    table.objects.create(
        **of,
        seq=seq,
        actor_id=None if is_simulated(step.actor) else step.actor,
        kind=step.kind,
        payload=plain(written(step)),
        at=step.at,
        key=key,
        body_digest=body,
        receipt={**receipt.__dict__, "at": instant_text(receipt.at)},
    )


def write_room(
    assembly: Assembly, room: Room, step: Step, key: UUID | None = None, body: str = ""
) -> tuple[Room, Receipt]:
    """Take a step of the meeting: decide, store, count; return the room after and the receipt. Under the lock."""
    after = advance_room(room, replace(step, seq=room.seq + 1), terms_of(assembly.charter))
    assembly.seq += 1
    code = after.stage.value if after.stage is not room.stage else "recorded"
    undone = next((each.kind for each in room.undos if each.actor == step.actor), "") if step.kind == "undo" else ""
    receipt = Receipt(assembly.seq, step.at, code, step.kind, {"undone": undone} if undone else {})
    kept, body = _room_kept(room, step, body)
    append(RoomStep, after.seq, kept, receipt, key, body, assembly=assembly)
    assembly.stage = after.stage.value
    return after, receipt


def _room_kept(room: Room, step: Step, body: str) -> tuple[Step, str]:
    """Return a step of the meeting as its journal holds it: what is said at the door belongs to the decision."""
    session = session_on(room) if step.kind in AT_THE_DOOR else None
    if session is None:
        return step, body
    person = int(str(step.payload.get("person", step.actor)))  # whose words they are
    kept, body = _kept(session, replace(step, actor=person), body)
    return replace(kept, actor=step.actor), body


def _kept(session: ConsentSession, step: Step, body: str) -> tuple[Step, str]:
    """Return a step and its digest as the journal holds them: without words about somebody, which must be erasable."""
    keep = effects.kept_beside(session.proposal)
    return (covered(step, keep), _wordless(body)) if keep else (step, body)


def write_session(
    session: ConsentSession, assembly: Assembly | None, step: Step, key: UUID | None = None, body: str = ""
) -> tuple[Session, Session, Receipt]:
    """Take a step of a decision; return the state before and after, and the receipt. Under both locks."""
    before = session_state(session)
    terms = consent_terms_for(session.charter, session.proposal.decision_class)
    after = advance(before, replace(step, seq=before.seq + 1), terms)
    if assembly is not None:
        assembly.seq += 1
    code = after.stage.value if after.stage is not before.stage else "recorded"
    receipt = Receipt(assembly.seq if assembly else after.seq, step.at, code, step.kind)
    kept, body = _kept(session, step, body)
    append(StepRow, after.seq, kept, receipt, key, body, session=session)
    session.stage, session.seq, session.changed_at = after.stage.value, after.seq, step.at
    session.written, session.due_at = after.written, next_due(after, terms)
    session.save(update_fields=["stage", "seq", "changed_at", "assembly", "written", "due_at"])
    announce(signals.session_advanced, session_id=session.pk, stage=session.stage)
    return before, after, receipt


def sync_presence(session: ConsentSession, assembly: Assembly, room: Room, at: datetime) -> None:
    """Tell the decision who is present and who facilitates, if that changed. Nobody is, unless it is on the table.

    A decision that goes on in writing is on no table.
    """
    state = session_state(session)
    if state.written:
        return
    item = room.item(room.current)
    on_table = room.stage is RoomStage.OPEN and item is not None and item.proposal == session.proposal_id
    present, facilitator = (sorted(room.present), room.leading()) if on_table else ([], None)
    if state.stage in FINAL or (state.present, state.facilitator) == (frozenset(present), facilitator):
        return
    write_session(session, assembly, Step("presence", None, at, {"present": present, "facilitator": facilitator}))


def sync_written(session: ConsentSession, at: datetime) -> None:
    """Tell a decision in writing who of its electorate still sits in the circle: they count as present."""
    state = session_state(session)
    present = sorted(state.electorate & frozenset(seated(session.proposal.circle))) if state.written else []
    if not state.written or state.stage in FINAL or state.present == frozenset(present):
        return
    write_session(session, None, Step("presence", None, at, {"present": present, "facilitator": state.facilitator}))


def save_assembly(assembly: Assembly) -> None:
    """Store the copies of the journal's state, and tell the room once the transaction holds."""
    assembly.save(update_fields=["seq", "stage"])
    announce(signals.room_changed, assembly_id=assembly.pk, seq=assembly.seq)
