"""The agenda of a meeting: which item is on the table, their order, the time given and taken, pauses."""

from dataclasses import replace
from datetime import datetime, timedelta

from governance.errors import IllegalStep
from governance.rules.room import Item, Room, RoomStage
from governance.rules.session import Step
from governance.rules.speaking import hush

__all__ = ["accounted", "add_item", "check_notice", "go_to_item", "move_item", "pause", "resume", "set_budget"]


def accounted(room: Room, at: datetime) -> Room:
    """Return the room with what the current visit of an item took added up, and no visit running."""
    if room.current is None:
        return room
    return replace(room, spent={**room.spent, room.current: room.spent_on(room.current, at)}, item_since=None)


def check_notice(item: Item, convened_at: datetime, notice: timedelta, at: datetime) -> None:
    """Nothing is decided before those invited have known of it for so long: a meeting may open before its hour, and an
    election come later than the notice. Raises IllegalStep `notice_runs`."""
    until = (item.added_at or convened_at) + notice
    if (item.proposal is not None or item.election is not None) and at < until:
        raise IllegalStep("notice_runs", until=until)


def go_to_item(room: Room, step: Step) -> Room:
    """Put an item on the table; the floor is free again, and what waited for a confirmation is void."""
    number = int(step.payload["item"])  # type: ignore[call-overload]
    if room.item(number) is None:
        raise IllegalStep("item_unknown", item=number)
    if number == room.current:
        raise IllegalStep("already_there")
    if room.speech.round is not None:
        raise IllegalStep("round_open")
    visited = room.visited if number in room.visited else (*room.visited, number)
    changes = {"current": number, "visited": visited, "speech": room.speech.cleared(step.at), **_about(room, step)}
    return replace(accounted(room, step.at), item_since=step.at, entries=(), **changes)


def _about(room: Room, step: Step) -> dict[str, object]:
    """Return whom the decision is about, as the house added it; who stood to lead an item about somebody did so for
    that item."""
    person = step.payload.get("concerns")
    cases = room.cases if person is None else room.cases | {person}
    return {"concerned": person, "cases": cases, "volunteers": () if room.concerned is not None else room.volunteers}


def add_item(room: Room, step: Step) -> Room:
    """Add an item at the end: discussed only, since the notice did not name it."""
    number = max((item.id for item in room.items), default=0) + 1
    minutes = int(step.payload.get("minutes", 0))  # type: ignore[call-overload]
    return replace(room, items=(*room.items, Item(number, str(step.payload["title"]), minutes=minutes)))


def move_item(room: Room, step: Step) -> Room:
    """Put an item at another place, from 1; past the end is the end."""
    moved = _item(room, step)
    others = [each for each in room.items if each is not moved]
    others.insert(int(step.payload["position"]) - 1, moved)  # type: ignore[call-overload]
    if tuple(others) == room.items:
        raise IllegalStep("already_there")
    return replace(room, items=tuple(others))


def set_budget(room: Room, step: Step) -> Room:
    """Say how many minutes an item is given."""
    item, minutes = _item(room, step), int(step.payload["minutes"])  # type: ignore[call-overload]
    return replace(room, items=tuple(replace(i, minutes=minutes) if i is item else i for i in room.items))


def _item(room: Room, step: Step) -> Item:
    number = int(step.payload["item"])  # type: ignore[call-overload]
    found = room.item(number)
    if found is None:
        raise IllegalStep("item_unknown", item=number)
    return found


def pause(room: Room, step: Step) -> Room:
    """Pause, and say why: the running turn ends, the clocks of item and timer stand still."""
    speech, timer = hush(room.speech, step.at), room.speech.timer
    if timer is not None and timer.paused_at is None:
        speech = replace(speech, timer=replace(timer, paused_at=step.at))
    why = str(step.payload.get("reason", ""))
    return replace(
        accounted(room, step.at), stage=RoomStage.SUSPENDED, speech=speech, paused_at=step.at, pause_reason=why
    )


def resume(room: Room, step: Step) -> Room:
    """Go on after a pause."""
    since = step.at if room.current is not None else None
    return replace(room, stage=RoomStage.OPEN, item_since=since, paused_at=None, pause_reason="")
