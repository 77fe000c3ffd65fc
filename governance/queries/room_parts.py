"""Parts of a room's shared state beside its decision: the round, who held the floor how long, roles, the door."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from governance.queries.consent import person
from governance.queries.consent_shapes import somebody
from governance.queries.room_shapes import AirtimeView, EntryForMe, RoleLine, RoundView
from governance.rules.assemblies import Room

__all__ = ["airtime", "entries_for", "people_in", "role_lines", "round_view"]

Names = Mapping[int, str]


def round_view(room: Room, names: Names) -> RoundView | None:
    """Return the round that goes round, if any."""
    held = room.speech.round
    if held is None:
        return None
    some = {each: somebody(each, names.get(each)) for each in held.order}
    waiting = tuple(some[each] for each in held.to_come(room.present) if each != room.speech.speaker)
    done = tuple((some[each], held.done[each]) for each in held.order if each in held.done)
    return RoundView(held.question, waiting, done, tuple(some[each] for each in held.away(room.present)))


def airtime(room: Room, names: Names, at: datetime) -> tuple[AirtimeView, ...]:
    """Return who has held the floor how long, the longest first, with their part in a hundred."""
    held = {each: seconds for each, seconds in room.speech.airtime(at).items() if seconds}
    total = sum(held.values())
    lines = (
        AirtimeView(somebody(p, names.get(p)), s, int(Fraction(100 * s, total) + Fraction(1, 2)))
        for p, s in held.items()
    )
    return tuple(sorted(lines, key=lambda line: (-line.seconds, line.person.name)))


def role_lines(room: Room, names: Names) -> tuple[RoleLine, ...]:
    """Return every hand-over of a role, in order."""
    notes = [(at, "facilitator", giver, taker) for at, giver, taker in room.handovers]
    notes += [(each.at, each.role, each.giver, each.receiver) for each in room.role_log]
    lines = (
        RoleLine(at, role, person(names, giver), somebody(taker, names.get(taker))) for at, role, giver, taker in notes
    )
    return tuple(sorted(lines, key=lambda line: line.at))


def entries_for(room: Room, names: Names, viewer: int) -> tuple[EntryForMe, ...]:
    """Return the positions that this person wrote down or is asked to confirm; nobody else sees a word of them."""
    return tuple(
        EntryForMe(
            each.id,
            somebody(each.person, names.get(each.person)),
            each.means,
            str(each.payload.get("choice", "")),
            str(each.payload.get("text", "")),
            str(each.payload.get("consequence", "")),
            each.second == viewer,
            **{name: str(each.payload.get(name, "")) for name in ("ground", "article", "fact", "nature")},
        )
        for each in room.entries
        if viewer in {each.by, each.second}
    )


def people_in(room: Room) -> set[int]:
    """Return everybody whose name a view of the meeting may show."""
    roles = {room.facilitator, room.deputy, room.secretary, room.timekeeper, *room.tellers, *room.observers}
    noted = {each for _, giver, taker in room.handovers for each in (giver, taker)}
    noted |= {each for note in room.role_log for each in (note.giver, note.receiver)}
    return {each for each in (*room.invited, *room.came, *roles, *noted) if each is not None}
