"""Waving, and saying how one feels: acts that leave no step, no row and no trace in a record."""

from collections.abc import Mapping
from uuid import UUID

from governance import gestures, signals
from governance.errors import Invalid, NotEntitled, NotFound, WrongState
from governance.permissions import can_follow
from governance.queries.passing import mood_of
from governance.queries.shapes import Receipt
from governance.queries.states import assembly_row, room_of, terms_of
from governance.rules.assemblies import Room, RoomStage
from governance.rules.room_terms import signals_of
from network.clock import now
from network.models import Member
from network.signals import announce

__all__ = ["pass_by"]


def pass_by(*, assembly_id: int, actor: Member, kind: str, values: Mapping[str, object], key: UUID) -> Receipt:
    """Do one passing act and return its receipt; rooms that show it are told. Reads rows, writes none, takes no lock.

    Raises NotFound, NotEntitled `not_present`, WrongState `room_not_open`, `no_mood` or `mood_over`, Invalid.
    """
    assembly = assembly_row(assembly_id)
    if not can_follow(actor, assembly.circle):
        raise NotFound("assembly_unknown")
    room = room_of(assembly)
    if room.stage is not RoomStage.OPEN:
        raise WrongState("room_not_open", stage=room.stage.value)
    if actor.pk not in room.present:
        raise NotEntitled("not_present")
    at = now()
    if kind == "signal":
        sign, terms = str(values["sign"]), terms_of(assembly.charter)
        if sign not in signals_of(terms):
            raise Invalid("field_malformed", field="sign")
        at = gestures.wave(assembly_id, actor.pk, sign, at, terms.whole("room.signal_seconds"), str(key)).at
    elif kind == "lower_signal":
        gestures.lower(assembly_id, actor.pk)
    else:
        floor = terms_of(assembly.charter).whole("room.mood_floor")
        _answer_mood(assembly_id, room, actor, values, str(key), floor=floor)
    announce(signals.room_stirred, assembly_id=assembly_id)
    return Receipt(assembly.seq, at, "passing", kind)


def _answer_mood(
    assembly_id: int, room: Room, actor: Member, values: Mapping[str, object], key: str, *, floor: int
) -> None:
    mood = room.moods[-1] if room.moods else None
    if mood is None or mood.number != values["mood"]:
        raise WrongState("no_mood")
    word, at = int(values["word"]), now()  # type: ignore[call-overload]
    if word >= len(mood.words):
        raise Invalid("field_malformed", field="word")
    result = mood_of(assembly_id, room, at, floor=floor)
    if result is not None and result.open:
        raise WrongState("mood_over")
    gestures.answer(assembly_id, mood.number, actor.pk, word, at, key)
