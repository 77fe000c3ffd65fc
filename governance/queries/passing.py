"""What passes in a room, for everybody: raised hands by sign, and how the mood is."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from governance import gestures
from governance.queries.consent_shapes import Person, somebody
from governance.queries.room_shapes import MoodView, PassingView, SignalView
from governance.rules.assemblies import Room, RoomStage
from governance.rules.charter import Terms
from governance.rules.moods import MoodResult, mood_result

__all__ = ["mood_of", "passing_view"]


def mood_of(assembly_id: int, room: Room, at: datetime, *, floor: int) -> MoodResult | None:
    """Return the result of the last question about the mood as it stands; None if none was asked.

    Once told it stays as it is, whoever comes, goes or comes back: one answer more would be its author's.
    """
    if not room.moods:
        return None
    mood = room.moods[-1]
    opened = gestures.opened_mood(assembly_id, mood.number)
    if opened is not None:
        return opened
    given = gestures.answers(assembly_id, mood.number, {*room.came, *room.present})
    found = mood_result(mood, given, frozenset(room.present) - room.door, at, floor)
    if found.open and found.counts is None:
        return replace(found, open=at >= mood.ends_at)  # too few yet to be told: whoever comes in time may still answer
    return gestures.open_mood(assembly_id, mood.number, found) if found.open else found


def passing_view(assembly_id: int, room: Room, names: Mapping[int, str], terms: Terms, at: datetime) -> PassingView:
    """Return hands and mood at an instant, and when they change without anybody's act. Reads the cache, no table."""
    up = gestures.raised(assembly_id, room.present, at) if room.stage is RoomStage.OPEN else ()
    signs = dict.fromkeys(each.sign for each in up)
    by_sign = {sign: tuple(_person(names, each.person) for each in up if each.sign == sign) for sign in signs}
    views = tuple(SignalView(sign, len(people), people) for sign, people in by_sign.items())
    mood = _mood(assembly_id, room, terms, at)
    ends = [each.until for each in up] + ([mood.ends_at] if mood and not mood.open else [])
    return PassingView(int(at.timestamp() * 1000), views, mood, min(ends, default=None))


def _mood(assembly_id: int, room: Room, terms: Terms, at: datetime) -> MoodView | None:
    if not room.moods or room.stage is not RoomStage.OPEN:
        return None
    mood, found = room.moods[-1], mood_of(assembly_id, room, at, floor=terms.whole("room.mood_floor"))
    if found is None:
        return None
    about = (mood.number, mood.moment, mood.question, mood.words)
    return MoodView(*about, found.answered, found.asked, found.open, mood.ends_at, found.counts)


def _person(names: Mapping[int, str], number: int) -> Person:
    return somebody(number, names.get(number))
