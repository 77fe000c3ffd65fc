"""An assembly as a machine of its own: who is there, who facilitates, who speaks, which item, what time is left.

CONVENED → OPEN ⇄ SUSPENDED → CLOSED → MINUTES_DRAFT → MINUTES_ADOPTED. Pure, like consent: `advance_room`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from governance.errors import DomainError, IllegalStep, NotEntitled
from governance.rules import speaking as s
from governance.rules.acts import UNDOABLE
from governance.rules.room import Item, Room, RoomStage
from governance.rules.session import Answer, Step

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


def _leads(room: Room, actor: int | None) -> None:
    if actor is None or actor not in {room.facilitator, room.leading()}:
        raise NotEntitled("not_facilitator")


def _leads_here(room: Room, actor: int | None) -> None:
    _leads(room, actor)
    _present(room, actor)


def _leads_or_writes(room: Room, actor: int | None) -> None:
    if actor is None or actor not in {room.facilitator, room.secretary}:
        raise NotEntitled("not_facilitator")


def _system(room: Room, actor: int | None) -> None:
    if actor is not None:
        raise NotEntitled("only_the_clock")


def _attended(room: Room, actor: int | None) -> None:
    if actor not in room.came:
        raise NotEntitled("not_attended")


def _check_in(room: Room, step: Step, terms: "Terms") -> Room:
    person = step.actor or 0
    if person in room.present:
        raise IllegalStep("already_present")
    came = room.came if person in room.came else (*room.came, person)
    return replace(room, came=came, present=(*room.present, person), lapsed=room.lapsed - {person})


def _leave(room: Room, step: Step, terms: "Terms") -> Room:
    return _without(room, step.actor or 0, step.at)


def _without(room: Room, person: int, at: datetime) -> Room:
    present = tuple(each for each in room.present if each != person)
    return replace(room, present=present, speech=room.speech.without(person, at), lapsed=room.lapsed - {person})


def _lapse(room: Room, step: Step, terms: "Terms") -> Room:
    person = int(step.payload["person"])  # type: ignore[call-overload]
    return replace(_without(room, person, step.at), lapsed=room.lapsed | {person})


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


def _pause(room: Room, step: Step, terms: "Terms") -> Room:
    return replace(room, stage=RoomStage.SUSPENDED)


def _resume(room: Room, step: Step, terms: "Terms") -> Room:
    return replace(room, stage=RoomStage.OPEN)


def _go_to_item(room: Room, step: Step, terms: "Terms") -> Room:
    number = int(step.payload["item"])  # type: ignore[call-overload]
    if room.item(number) is None:
        raise IllegalStep("item_unknown", item=number)
    if number == room.current:
        raise IllegalStep("already_there")
    visited = room.visited if number in room.visited else (*room.visited, number)
    return replace(room, current=number, visited=visited, speech=s.Speech())


def _add_item(room: Room, step: Step, terms: "Terms") -> Room:
    number = max((item.id for item in room.items), default=0) + 1
    return replace(room, items=(*room.items, Item(number, str(step.payload["title"]))))


def _hand_over(room: Room, step: Step, terms: "Terms") -> Room:
    person = int(step.payload["person"])  # type: ignore[call-overload]
    if person not in room.present or person == room.facilitator:
        raise IllegalStep("person_absent", person=person)
    return replace(room, offered=person)


def _accept(room: Room, step: Step, terms: "Terms") -> Room:
    if step.actor is None or step.actor != room.offered:
        raise NotEntitled("not_offered")
    return _led_by(room, step.actor, step.at)


def _led_by(room: Room, person: int, at: datetime) -> Room:
    note = (at, room.facilitator, person)
    deputy = room.deputy if room.deputy != person else None
    changes = {"facilitator": person, "deputy": deputy, "offered": None, "volunteers": ()}
    return replace(room, handovers=(*room.handovers, note), **changes)  # type: ignore[arg-type]


def _take_over(room: Room, step: Step, terms: "Terms") -> Room:
    """The deputy takes over from an absent facilitator; with neither there, others may stand, and one more agrees."""
    person = step.actor or 0
    if room.facilitator in room.present:
        raise IllegalStep("facilitator_present")
    if person == room.deputy:
        return _led_by(room, person, step.at)
    if room.deputy in room.present:
        raise IllegalStep("deputy_present")
    if person in room.volunteers:
        raise IllegalStep("already_answered")
    return replace(room, volunteers=(*room.volunteers, person))


def _second(room: Room, step: Step, terms: "Terms") -> Room:
    person = int(step.payload["person"])  # type: ignore[call-overload]
    if room.facilitator in room.present or person not in room.volunteers or person not in room.present:
        raise IllegalStep("no_such_volunteer")
    if person == step.actor:
        raise NotEntitled("not_for_oneself")
    return _led_by(room, person, step.at)


def _name(role: str) -> Apply:
    def apply(room: Room, step: Step, terms: "Terms") -> Room:
        person = int(step.payload["person"])  # type: ignore[call-overload]
        if person not in room.invited or (role == "deputy" and person == room.facilitator):
            raise IllegalStep("person_unknown", person=person)
        return replace(room, **{role: person})

    return apply


def _incident(room: Room, step: Step, terms: "Terms") -> Room:
    return replace(room, incidents=(*room.incidents, (step.at, str(step.payload["text"]))))


def _undo(room: Room, step: Step, terms: "Terms") -> Room:
    if room.before is None or room.undo_by != step.actor or room.undo_until is None:
        raise IllegalStep("nothing_to_undo")
    if step.at > room.undo_until:
        raise IllegalStep("undo_too_late")
    return room.before


def _close(room: Room, step: Step, terms: "Terms") -> Room:
    over = {"closed_at": step.at, "current": None, "speech": s.Speech(), "present": (), "offered": None}
    return replace(room, stage=RoomStage.CLOSED, **over)  # type: ignore[arg-type]


def _draft(room: Room, step: Step, terms: "Terms") -> Room:
    drafts = (*room.drafts, str(step.payload["digest"]))
    return replace(room, stage=RoomStage.MINUTES_DRAFT, drafts=drafts, approvals=frozenset(), contests=())


def _of_last_draft(room: Room, step: Step) -> None:
    if step.payload["digest"] != room.drafts[-1]:
        raise IllegalStep("stale_version", part="minutes", now=room.drafts[-1])


def _approve(room: Room, step: Step, terms: "Terms") -> Room:
    """The minutes stand once nobody contests them and the share of attendants that the charter asks has approved."""
    _of_last_draft(room, step)
    approvals = room.approvals | {step.actor or 0}
    contests = tuple(each for each in room.contests if each.person != step.actor)
    enough = s.reached(len(approvals), len(room.came), terms.share("minutes.quorum")) and not contests
    stage = RoomStage.MINUTES_ADOPTED if enough else room.stage
    return replace(room, approvals=approvals, contests=contests, stage=stage)


def _contest(room: Room, step: Step, terms: "Terms") -> Room:
    _of_last_draft(room, step)
    others = tuple(each for each in room.contests if each.person != step.actor)
    contest = Answer(step.actor or 0, False, str(step.payload["reason"]), step.at)
    return replace(room, contests=(*others, contest), approvals=room.approvals - {step.actor or 0})


def _speech(change: Callable[["s.Speech", Room, Step], "s.Speech"]) -> Apply:
    return lambda room, step, terms: replace(room, speech=change(room.speech, room, step))


R = RoomStage
_MEETING = (R.OPEN, R.SUSPENDED)
_BEFORE_CLOSE = (R.CONVENED, R.OPEN, R.SUSPENDED)
ROOM_TABLE: dict[str, tuple[tuple[RoomStage, ...], Who, Apply]] = {
    "check_in": (_BEFORE_CLOSE, _anyone, _check_in),
    "leave": (_BEFORE_CLOSE, _present, _leave),
    "lapse": (_BEFORE_CLOSE, _system, _lapse),
    "back": (_BEFORE_CLOSE, _system, _back),
    "invite": (_BEFORE_CLOSE, _system, _invite),
    "open": ((R.CONVENED,), _leads_here, _open),
    "pause": ((R.OPEN,), _leads_here, _pause),
    "resume_meeting": ((R.SUSPENDED,), _leads_here, _resume),
    "go_to_item": ((R.OPEN,), _leads_here, _go_to_item),
    "add_item": (_BEFORE_CLOSE, _leads, _add_item),
    "ask_to_speak": ((R.OPEN,), _present, _speech(s.ask)),
    "withdraw_request": ((R.OPEN,), _present, _speech(s.take_back)),
    "give_floor": ((R.OPEN,), _leads_here, _speech(s.give)),
    "end_turn": ((R.OPEN,), _present, _speech(s.end)),
    "set_timer": ((R.OPEN,), _leads_here, _speech(s.set_timer)),
    "pause_timer": ((R.OPEN,), _leads_here, _speech(s.pause_timer)),
    "resume_timer": ((R.OPEN,), _leads_here, _speech(s.resume_timer)),
    "stop_timer": ((R.OPEN,), _leads_here, _speech(s.stop_timer)),
    "hand_over": (_BEFORE_CLOSE, _leads, _hand_over),
    "accept_facilitation": (_BEFORE_CLOSE, _present, _accept),
    "take_over": (_BEFORE_CLOSE, _present, _take_over),
    "second_facilitator": (_BEFORE_CLOSE, _present, _second),
    "name_deputy": (_BEFORE_CLOSE, _leads, _name("deputy")),
    "name_secretary": (_BEFORE_CLOSE, _leads, _name("secretary")),
    "note_incident": (_MEETING, _present, _incident),
    "undo": (_BEFORE_CLOSE, _anyone, _undo),
    "close": (_MEETING, _leads_here, _close),
    "draw_up_minutes": ((R.CLOSED,), _leads_or_writes, _draft),
    "amend_minutes": ((R.MINUTES_DRAFT,), _leads_or_writes, _draft),
    "approve_minutes": ((R.MINUTES_DRAFT,), _attended, _approve),
    "contest_minutes": ((R.MINUTES_DRAFT,), _attended, _contest),
}


def advance_room(room: Room, step: Step, terms: "Terms") -> Room:
    """Return the room after `step`, or raise IllegalStep or NotEntitled. Acts of speech can be undone for a while."""
    stages, who, apply = ROOM_TABLE.get(step.kind, ((), _anyone, _leave))
    if room.stage not in stages:
        raise IllegalStep("not_now", stage=room.stage.value, act=step.kind)
    who(room, step.actor)
    after = replace(apply(room, step, terms), seq=room.seq + 1)
    if step.kind not in UNDOABLE:
        return replace(after, before=None, undo_by=None, undo_until=None)
    before = replace(room, before=None, undo_by=None, undo_until=None)
    until = step.at + timedelta(seconds=terms.whole("speech.undo_seconds"))
    return replace(after, before=before, undo_by=step.actor, undo_until=until)


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
    return {kind: refusals[who] for kind, who in kinds}


def _refusal(room: Room, viewer: int | None, who: Who) -> tuple[str, Mapping[str, object]]:
    try:
        who(room, viewer)
    except DomainError as refusal:
        return refusal.code, refusal.facts
    return "", {}
