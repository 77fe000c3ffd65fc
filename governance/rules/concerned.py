"""The person whom the decision on the table is about (R10): heard, and nothing else while it is there.

They neither lead, nor keep the record, nor confirm or relay what others say. Where they facilitate, the deputy leads
that item; with none there, two others agree on who does. `go_to_item` says who it is: a journal written before it did
so reads as it always has.
"""

from typing import TYPE_CHECKING

from governance.errors import NotEntitled
from governance.rules.session import Step

if TYPE_CHECKING:
    from governance.rules.room import Room

__all__ = ["check", "refusal", "set_aside"]

HEARD = frozenset(
    {"check_in", "leave", "observe", "ask_to_speak", "withdraw_request", "end_turn", "pass_round", "note_incident"}
)
AWAY_FROM_IT = frozenset({"go_to_item", "close"})  # with nobody to lead, the room must not stay locked on their case
GIVEN = {  # the part that an act would give to somebody
    "hand_over": "person",
    "second_facilitator": "person",
    "name_deputy": "person",
    "name_secretary": "person",
    "enter_position": "second",
}


def check(room: "Room", step: Step) -> None:
    """Raise NotEntitled for what the person concerned may not do, or may not be given."""
    code = refusal(room, step.actor, step.kind)
    if code:
        raise NotEntitled(code)
    given = step.payload.get(GIVEN[step.kind]) if step.kind in GIVEN else None
    if given is not None and given == room.concerned:
        raise NotEntitled("about_that_person")


def refusal(room: "Room", actor: int | None, kind: str) -> str:
    """Return the code with which an act of this person is refused, empty if it is not for this reason."""
    if actor is None:
        return ""
    if kind == "amend_minutes":
        return "minutes_about_you" if actor in room.cases else ""
    if actor != room.concerned or kind in HEARD or (kind in AWAY_FROM_IT and not room.led()):
        return ""
    return "" if kind == "undo" and _takes_back_speech(room, actor) else "person_concerned"


def _takes_back_speech(room: "Room", actor: int) -> bool:
    return all(each.kind in HEARD for each in room.undos if each.actor == actor)


def set_aside(room: "Room") -> tuple[str, ...]:
    """Return the roles of the meeting that rest while its decision is about whoever holds them."""
    if room.concerned is None:
        return ()
    return tuple(role for role in ("facilitator", "deputy", "secretary") if getattr(room, role) == room.concerned)
