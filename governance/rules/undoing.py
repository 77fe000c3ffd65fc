"""Taking back an act of speech or facilitation: what it changed is put back, if nothing has changed it since.

Acts of others in between do not matter unless they touched the same thing, so that ten seconds are ten seconds even
in a hall where everybody asks to speak.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from governance.errors import IllegalStep

if TYPE_CHECKING:
    from governance.rules.room import Room

__all__ = ["Change", "Undo", "changes", "undo_of", "undone", "with_undo"]

OF_ROOM = ("items", "deputy", "secretary", "timekeeper", "tellers")
OF_SPEECH = ("speaker", "since", "turns", "heard", "timer", "round")


@dataclass(frozen=True)
class Change:
    """One thing that an act changed. `person`: whose place in the queue it is, else None."""

    name: str
    before: object
    after: object
    person: int | None = None


@dataclass(frozen=True)
class Undo:
    """What one person may take back, and until when."""

    kind: str
    actor: int
    until: datetime
    changes: tuple[Change, ...]


def changes(before: "Room", after: "Room") -> tuple[Change, ...]:
    """Return what differs between two rooms, of what can be taken back."""
    room = [Change(name, getattr(before, name), getattr(after, name)) for name in OF_ROOM]
    floor = [Change(name, getattr(before.speech, name), getattr(after.speech, name)) for name in OF_SPEECH]
    people = {each.person for each in (*before.speech.queue, *after.speech.queue)}
    queue = [Change("queue", _request(before, each), _request(after, each), each) for each in sorted(people)]
    return tuple(each for each in (*room, *floor, *queue) if each.before != each.after)


def _request(room: "Room", person: int) -> object:
    return next((each for each in room.speech.queue if each.person == person), None)


def with_undo(room: "Room", undo: Undo) -> "Room":
    """Return the room remembering what this person may take back, instead of what they might before."""
    others = tuple(each for each in room.undos if each.actor != undo.actor)
    return replace(room, undos=(*others, undo))


def undo_of(room: "Room", person: int | None, at: datetime) -> Undo | None:
    """Return what this person may still take back now."""
    found = next((each for each in room.undos if each.actor == person and at <= each.until), None)
    return found if found and _untouched(room, found) else None


def undone(room: "Room", actor: int | None, at: datetime) -> "Room":
    """Take back the last act of this person; raises `nothing_to_undo`, `undo_too_late` or `undo_overtaken`."""
    found = next((each for each in room.undos if each.actor == actor), None)
    if found is None:
        raise IllegalStep("nothing_to_undo")
    if at > found.until:
        raise IllegalStep("undo_too_late")
    if not _untouched(room, found):
        raise IllegalStep("undo_overtaken")
    for change in found.changes:
        room = _put_back(room, change)
    return replace(room, undos=tuple(each for each in room.undos if each is not found))


def _untouched(room: "Room", undo: Undo) -> bool:
    kept = {each.id for change in undo.changes if change.name == "items" for each in change.before}  # type: ignore[attr-defined]
    opened = any(change.name == "items" for change in undo.changes) and not kept.issuperset(room.visited)
    return not opened and all(_now(room, change) == change.after for change in undo.changes)


def _now(room: "Room", change: Change) -> object:
    if change.person is not None:
        return _request(room, change.person)
    return getattr(room if change.name in OF_ROOM else room.speech, change.name)


def _put_back(room: "Room", change: Change) -> "Room":
    if change.person is not None:
        others = tuple(each for each in room.speech.queue if each.person != change.person)
        queue = others if change.before is None else (*others, change.before)
        return replace(room, speech=replace(room.speech, queue=queue))  # type: ignore[arg-type]
    if change.name in OF_ROOM:
        return replace(room, **{change.name: change.before})  # type: ignore[arg-type]
    return replace(room, speech=replace(room.speech, **{change.name: change.before}))  # type: ignore[arg-type]
