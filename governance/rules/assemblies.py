"""An assembly as a machine of its own: who is there, who facilitates, who speaks, which item, what time is left.

CONVENED → OPEN ⇄ SUSPENDED → CLOSED → MINUTES_DRAFT → MINUTES_ADOPTED. Pure, like consent: `advance_room`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from governance.errors import DomainError, IllegalStep, Invalid, NotEntitled
from governance.rules import agenda, approving, concerned, door, roles, rounds
from governance.rules import speaking as s
from governance.rules.acts import UNDOABLE
from governance.rules.moods import MOMENTS, Mood
from governance.rules.room import Item, Room, RoomStage
from governance.rules.room_terms import words_of
from governance.rules.session import Step
from governance.rules.undoing import Undo, changes, undone, with_undo

if TYPE_CHECKING:
    from governance.rules.charter import Terms

__all__ = ["Item", "Room", "RoomStage", "advance_room", "replay_room", "room_acts"]


Who = Callable[[Room, int | None], None]
Apply = Callable[[Room, Step, "Terms"], Room]


def _anyone(room: Room, actor: int | None) -> None:
    if actor not in room.invited:
        raise NotEntitled("not_invited")


def _present(room: Room, actor: int | None) -> None:
    _anyone(room, actor)
    if actor not in room.present:
        raise NotEntitled("not_present")


def _present_or_observing(room: Room, actor: int | None) -> None:
    if actor not in room.observers:
        _present(room, actor)


def _whoever(room: Room, actor: int | None) -> None:
    """The door of the room has checked that they may be here."""
    if actor is None:
        raise NotEntitled("not_invited")


def _keeps_time(room: Room, actor: int | None) -> None:
    """Whoever facilitates, or keeps the time."""
    if actor is None or actor != room.timekeeper:
        _leads(room, actor)
    _present(room, actor)


def _leads(room: Room, actor: int | None) -> None:
    if actor is None or actor not in {room.facilitator, room.leading()}:
        raise NotEntitled("not_facilitator")


def _leads_here(room: Room, actor: int | None) -> None:
    _leads(room, actor)
    _present(room, actor)


def _leads_or_writes(room: Room, actor: int | None) -> None:
    """Whoever facilitates or keeps the record; the deputy too, where a decision was about one of the two."""
    writers = {room.facilitator, room.secretary}
    if actor is None or actor not in (writers | {room.deputy} if writers & room.cases else writers):
        raise NotEntitled("not_facilitator")


def _system(room: Room, actor: int | None) -> None:
    if actor is not None:
        raise NotEntitled("only_the_clock")


def _practises(room: Room, actor: int | None) -> None:
    """Somebody who came to an exercise."""
    if not room.exercise:
        raise IllegalStep("no_exercise")
    _attended(room, actor)


def _attended(room: Room, actor: int | None) -> None:
    if actor not in room.came:
        raise NotEntitled("not_attended")


def _check_in(room: Room, step: Step, terms: "Terms") -> Room:
    person = step.actor or 0
    if person in room.present and person not in room.door:
        raise IllegalStep("already_present")
    came = room.came if person in room.came else (*room.came, person)
    present = room.present if person in room.present else (*room.present, person)
    room = replace(room, door=room.door - {person}, entries=_entries_without(room, person))
    changes: dict[str, object] = {"came": came, "present": present, "lapsed": room.lapsed - {person}}
    changes |= {"speech": rounds.join(room.speech, person)}
    changes |= {"observers": tuple(each for each in room.observers if each != person)}
    return replace(room, **changes)  # type: ignore[arg-type]


def _entries_without(room: Room, person: int) -> tuple[door.Entry, ...]:
    """Whoever answers for themself, or is no longer there, has nothing waiting for confirmation."""
    return tuple(each for each in room.entries if person not in {each.person, each.second})


def _leave(room: Room, step: Step, terms: "Terms") -> Room:
    return _without(room, step.actor or 0, step.at)


def _without(room: Room, person: int, at: datetime) -> Room:
    present = tuple(each for each in room.present if each != person)
    speech = rounds.go_on(room.speech.without(person, at), present, at)
    room = replace(room, door=room.door - {person}, entries=_entries_without(room, person))
    observers = tuple(each for each in room.observers if each != person)
    return replace(room, present=present, speech=speech, lapsed=room.lapsed - {person}, observers=observers)


def _check_in_person(room: Room, step: Step, terms: "Terms") -> Room:
    after = door.check_in(room, step)
    return replace(after, speech=rounds.join(after.speech, after.present[-1]))


def _check_out_person(room: Room, step: Step, terms: "Terms") -> Room:
    return _without(room, door.check_out(room, step), step.at)


def _observe(room: Room, step: Step, terms: "Terms") -> Room:
    """Somebody of the collective without a seat says that they are there; the door has checked that they may follow."""
    if step.actor in room.present or step.actor in room.observers:
        raise IllegalStep("already_present")
    person = step.actor or 0
    observed = room.observed if person in room.observed else (*room.observed, person)
    return replace(room, observers=(*room.observers, person), observed=observed)


def _lapse(room: Room, step: Step, terms: "Terms") -> Room:
    """Somebody gives no sign of life; or sits at the door and was suspended: what was written down for them can then
    be confirmed no more, only refused."""
    person = int(step.payload["person"])  # type: ignore[call-overload]
    after, written = _without(room, person, step.at), tuple(each for each in room.entries if each.person == person)
    return replace(after, lapsed=room.lapsed | {person}, entries=(*after.entries, *written))


def _back(room: Room, step: Step, terms: "Terms") -> Room:
    person = int(step.payload["person"])  # type: ignore[call-overload]
    if person not in room.lapsed:
        raise IllegalStep("not_lapsed")
    return replace(room, present=(*room.present, person), lapsed=room.lapsed - {person})


def _invite(room: Room, step: Step, terms: "Terms") -> Room:
    """Somebody joined the circle after the notice."""
    return replace(room, invited=room.invited | {int(step.payload["person"])})  # type: ignore[call-overload]


def _open(room: Room, step: Step, terms: "Terms") -> Room:
    return replace(room, stage=RoomStage.OPEN, opened_at=step.at)


def _put_election(room: Room, step: Step, terms: "Terms") -> Room:
    """An election joins the agenda while the meeting is not open yet: people still read the notice."""
    election, number = int(step.payload["election"]), max((item.id for item in room.items), default=0) + 1  # type: ignore[call-overload]
    if any(item.election == election for item in room.items):
        raise IllegalStep("already_on_agenda")
    return replace(
        room, items=(*room.items, Item(number, str(step.payload["title"]), election=election, added_at=step.at))
    )


def _incident(room: Room, step: Step, terms: "Terms") -> Room:
    return replace(room, incidents=(*room.incidents, (step.at, str(step.payload["text"]))))


def _ask_mood(room: Room, step: Step, terms: "Terms") -> Room:
    """Ask for the mood: the record keeps that this took place, and nothing of the answers."""
    ends_at = step.at + timedelta(seconds=terms.whole("room.mood_seconds"))
    moment, question = str(step.payload.get("moment", MOMENTS[0])), str(step.payload.get("question", ""))
    if moment == MOMENTS[0] and not question:
        raise Invalid("field_missing", field="question")
    words, _floor = words_of(terms, "room.mood_words"), terms.whole("room.mood_floor")  # both will be needed
    mood = Mood(len(room.moods) + 1, moment, question, words, step.at, ends_at)
    return replace(room, moods=(*room.moods, mood))


def _relay(room: Room, step: Step, terms: "Terms") -> Room:
    """What somebody at the door said aloud: the decision takes it, the meeting notes who passed it on."""
    if step.payload["person"] not in room.door:
        raise IllegalStep("not_at_door", person=step.payload["person"])
    return room


def _finish_round(room: Room, step: Step, terms: "Terms") -> Room:
    speech = rounds.finish(room.speech, room, step)
    held = (room.speech.round,) if room.speech.round else ()
    return replace(room, speech=speech, rounds=(*room.rounds, *held))


def _undo(room: Room, step: Step, terms: "Terms") -> Room:
    after = undone(room, step.actor, step.at)
    return replace(after, role_log=(*room.role_log, *roles.differences(room, after, step.at)))


def _close(room: Room, step: Step, terms: "Terms") -> Room:
    done = agenda.accounted(room, step.at)
    over = {"closed_at": step.at, "current": None, "present": (), "offered": None, "undos": (), "entries": ()}
    over |= {"concerned": None}
    speech = room.speech.cleared(step.at)
    return replace(done, stage=RoomStage.CLOSED, speech=speech, door=frozenset(), observers=(), **over)  # type: ignore[arg-type]


def _plain(change: Callable[[Room, Step], Room]) -> Apply:
    return lambda room, step, terms: change(room, step)


def _speech(change: Callable[["s.Speech", Room, Step], "s.Speech"]) -> Apply:
    return lambda room, step, terms: replace(room, speech=change(room.speech, room, step))


R = RoomStage
_MEETING = (R.OPEN, R.SUSPENDED)
_BEFORE_CLOSE = (R.CONVENED, R.OPEN, R.SUSPENDED)
_FLOOR: dict[str, tuple[tuple[RoomStage, ...], Who, Apply]] = {
    "ask_to_speak": ((R.OPEN,), _present_or_observing, _speech(s.ask)),
    "withdraw_request": ((R.OPEN,), _present_or_observing, _speech(s.take_back)),
    "give_floor": ((R.OPEN,), _leads_here, _speech(s.give)),
    "end_turn": ((R.OPEN,), _present_or_observing, _speech(rounds.end_turn)),
    "start_round": ((R.OPEN,), _leads_here, _speech(rounds.start)),
    "call_next": ((R.OPEN,), _leads_here, _speech(rounds.call)),
    "pass_round": ((R.OPEN,), _present, _speech(rounds.pass_turn)),
    "skip_in_round": ((R.OPEN,), _leads_here, _speech(rounds.skip)),
    "finish_round": ((R.OPEN,), _leads_here, _finish_round),
    "set_timer": ((R.OPEN,), _keeps_time, _speech(s.set_timer)),
    "extend_timer": ((R.OPEN,), _keeps_time, _speech(s.extend_timer)),
    "pause_timer": ((R.OPEN,), _keeps_time, _speech(s.pause_timer)),
    "resume_timer": ((R.OPEN,), _keeps_time, _speech(s.resume_timer)),
    "stop_timer": ((R.OPEN,), _keeps_time, _speech(s.stop_timer)),
    "ask_mood": ((R.OPEN,), _leads_here, _ask_mood),
}
_ROLES: dict[str, tuple[tuple[RoomStage, ...], Who, Apply]] = {
    "hand_over": (_BEFORE_CLOSE, _leads, _plain(roles.hand_over)),
    "accept_facilitation": (_BEFORE_CLOSE, _present, _plain(roles.accept)),
    "take_over": (_BEFORE_CLOSE, _present, _plain(roles.take_over)),
    "second_facilitator": (_BEFORE_CLOSE, _present, _plain(roles.second)),
    "name_deputy": (_BEFORE_CLOSE, _leads, _plain(roles.name("deputy"))),
    "name_secretary": (_BEFORE_CLOSE, _leads, _plain(roles.name("secretary"))),
    "name_timekeeper": (_BEFORE_CLOSE, _leads, _plain(roles.name("timekeeper"))),
    "name_tellers": (_BEFORE_CLOSE, _leads, _plain(roles.name_tellers)),
}
_DOOR: dict[str, tuple[tuple[RoomStage, ...], Who, Apply]] = {
    "check_in_person": (_BEFORE_CLOSE, door.secretary_here, _check_in_person),
    "check_out_person": (_BEFORE_CLOSE, door.secretary_here, _check_out_person),
    "enter_position": ((R.OPEN,), door.secretary_here, _plain(door.enter)),
    "confirm_position": ((R.OPEN,), _present, _plain(door.confirm)),
    "refuse_position": ((R.OPEN,), _present, _plain(door.refuse)),
    "relay": ((R.OPEN,), door.secretary_here, _relay),
    "observe": (_BEFORE_CLOSE, _whoever, _observe),
}
ROOM_TABLE: dict[str, tuple[tuple[RoomStage, ...], Who, Apply]] = {
    "check_in": (_BEFORE_CLOSE, _anyone, _check_in),
    "leave": (_BEFORE_CLOSE, _present_or_observing, _leave),
    "lapse": (_BEFORE_CLOSE, _system, _lapse),
    "back": (_BEFORE_CLOSE, _system, _back),
    "invite": (_BEFORE_CLOSE, _system, _invite),
    "open": ((R.CONVENED,), _leads_here, _open),
    "pause": ((R.OPEN,), _leads_here, _plain(agenda.pause)),
    "resume_meeting": ((R.SUSPENDED,), _leads_here, _plain(agenda.resume)),
    "go_to_item": ((R.OPEN,), _leads_here, _plain(agenda.go_to_item)),
    "add_item": (_BEFORE_CLOSE, _leads, _plain(agenda.add_item)),
    "move_item": (_BEFORE_CLOSE, _leads, _plain(agenda.move_item)),
    "set_budget": (_BEFORE_CLOSE, _leads, _plain(agenda.set_budget)),
    "put_election": ((R.CONVENED,), _system, _put_election),
    **_FLOOR,
    **_ROLES,
    **_DOOR,
    "continue_exercise": ((*_BEFORE_CLOSE, R.CLOSED), _practises, lambda room, step, terms: room),
    "note_incident": (_MEETING, _present, _incident),
    "undo": (_BEFORE_CLOSE, _whoever, _undo),
    "close": (_MEETING, _leads_here, _close),
    "draw_up_minutes": ((R.CLOSED,), _leads_or_writes, _plain(approving.drafted)),
    "amend_minutes": ((R.MINUTES_DRAFT,), _leads_or_writes, _plain(approving.drafted)),
    "approve_minutes": ((R.MINUTES_DRAFT,), _attended, approving.approve),
    "contest_minutes": ((R.MINUTES_DRAFT,), _attended, _plain(approving.contest)),
}


def advance_room(room: Room, step: Step, terms: "Terms") -> Room:
    """Return the room after `step`, or raise IllegalStep or NotEntitled. Acts of speech can be undone for a while."""
    stages, who, apply = ROOM_TABLE.get(step.kind, ((), _anyone, _leave))
    if room.stage not in stages:
        raise IllegalStep("not_now", stage=room.stage.value, act=step.kind)
    who(room, step.actor)
    concerned.check(room, step)
    after = replace(apply(room, step, terms), seq=room.seq + 1)
    if step.kind not in UNDOABLE or step.actor is None:
        return after
    until = step.at + timedelta(seconds=terms.whole("speech.undo_seconds"))
    return with_undo(after, Undo(step.kind, step.actor, until, changes(room, after)))


def replay_room(start: Room, steps: Iterable[Step], terms: "Terms") -> Room:
    """Return the room after all its steps."""
    for step in steps:
        start = advance_room(start, step, terms)
    return start


def room_acts(room: Room, viewer: int | None) -> dict[str, tuple[str, Mapping[str, object]]]:
    """Return the acts of this stage with the refusal that this person would meet (empty code: may try)."""
    kinds = [
        (kind, who) for kind, (stages, who, _) in ROOM_TABLE.items() if room.stage in stages and who is not _system
    ]
    refusals = {who: _refusal(room, viewer, who) for who in {who for _, who in kinds}}
    apart = {kind: concerned.refusal(room, viewer, kind) for kind, _ in kinds}
    return {kind: (apart[kind], {}) if apart[kind] else refusals[who] for kind, who in kinds}


def _refusal(room: Room, viewer: int | None, who: Who) -> tuple[str, Mapping[str, object]]:
    try:
        who(room, viewer)
    except DomainError as refusal:
        return refusal.code, refusal.facts
    return "", {}
