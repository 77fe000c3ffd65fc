"""People without a device: let in at the door by the secretary; their position entered by one and confirmed by another.

Until the second person confirms, nothing counts. The words of an entry are for its two people; it then becomes a
sealed position like any other, under the same uniqueness. Neither of the two may carry the proposal, or be the person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from governance.errors import IllegalStep, Invalid, NotEntitled
from governance.rules.session import Session, Stage, Step

if TYPE_CHECKING:
    from governance.rules.room import Room

__all__ = [
    "Entry", "check_in", "check_out", "confirm", "enter", "refuse", "relayed", "secretary_here", "spoken_for",
    "to_session",
]  # fmt: skip

POSITION = ("version", "call", "choice", "text", "consequence", "ground", "article", "fact", "nature")
MEANS = ("paper", "voice")
SAID = ("clear", "unclear", "not_ours", "pass", "turn", "yes", "no", "resolved")


@dataclass(frozen=True)
class Entry:
    """A position written for somebody, waiting for `second`. `payload` has the fields of a position."""

    id: int
    person: int
    by: int
    second: int
    means: str
    payload: Mapping[str, object]


def secretary_here(room: "Room", actor: int | None) -> None:
    """Whoever keeps the record, present."""
    if actor is None or actor != room.secretary:
        raise NotEntitled("not_secretary")
    if actor not in room.present:
        raise NotEntitled("not_present")


def spoken_for(room: "Room", step: Step) -> int | None:
    """Return for whom an act would count, though somebody else does it; None for acts that count for nobody else.

    Whoever could not act with a device of their own may not be let in, nor answered for: the doors check it.
    """
    if step.kind in {"check_in_person", "enter_position", "relay"}:
        return _person(step)
    found = next((each for each in room.entries if each.id == step.payload.get("entry")), None)
    return found.person if found is not None and step.kind == "confirm_position" else None


def check_in(room: "Room", step: Step) -> "Room":
    """Let somebody in at the door: present until they leave, whatever their line does."""
    person = _person(step)
    if person not in room.invited:
        raise IllegalStep("person_unknown", person=person)
    if person in room.present:
        raise IllegalStep("already_present")
    came = room.came if person in room.came else (*room.came, person)
    changes = {"came": came, "present": (*room.present, person), "lapsed": room.lapsed - {person}}
    return replace(room, door=room.door | {person}, **changes)  # type: ignore[arg-type]


def check_out(room: "Room", step: Step) -> int:
    """Return who leaves by the door."""
    person = _person(step)
    if person not in room.door:
        raise IllegalStep("not_at_door", person=person)
    return person


def enter(room: "Room", step: Step) -> "Room":
    """Write down a position; a later one for the same person replaces it while it waits."""
    person, second = _person(step), int(step.payload["second"])  # type: ignore[call-overload]
    _may_enter(room, step.actor or 0, person, second)
    payload = {name: step.payload[name] for name in POSITION if name in step.payload}
    means = str(step.payload["means"])
    entry = Entry(room.entered + 1, person, step.actor or 0, second, means, payload)
    others = tuple(each for each in room.entries if each.person != person)
    return replace(room, entries=(*others, entry), entered=room.entered + 1)


def _may_enter(room: "Room", actor: int, person: int, second: int) -> None:
    item = room.item(room.current)
    if item is None or item.proposal is None:
        raise IllegalStep("no_decision_here")
    if person not in room.door:
        raise IllegalStep("not_at_door", person=person)
    if person in {actor, second} or actor == second:
        raise NotEntitled("two_others_needed")
    if item.carrier in {actor, second}:
        raise NotEntitled("party_to_it")
    if second not in room.present or second in room.door:
        raise IllegalStep("person_absent", person=second)


def confirm(room: "Room", step: Step) -> "Room":
    """The second person says that this is what was written or said."""
    entry = entry_of(room, step)
    _may_enter(room, entry.by, entry.person, entry.second)
    return _without(room, entry)


def refuse(room: "Room", step: Step) -> "Room":
    """The second person says that it is not: nothing counts, and the secretary may enter it again."""
    return _without(room, entry_of(room, step))


def entry_of(room: "Room", step: Step) -> Entry:
    """Return the entry that this person is asked to confirm; raises for others."""
    found = next((each for each in room.entries if each.id == step.payload["entry"]), None)
    if found is None:
        raise IllegalStep("entry_gone")
    if step.actor != found.second:
        raise NotEntitled("not_the_second")
    return found


def _without(room: "Room", entry: Entry) -> "Room":
    return replace(room, entries=tuple(each for each in room.entries if each.id != entry.id))


def to_session(entry: Entry, step: Step) -> Step:
    """Return the confirmed position as the decision takes it: the person's own, with how it came and by whom."""
    how = {"means": entry.means, "entered_by": entry.by, "confirmed_by": entry.second}
    return Step("position", entry.person, step.at, {**entry.payload, **how})


def relayed(step: Step, state: Session) -> Step:
    """Return what somebody without a device said aloud, before everybody, as a step of the decision on the table.

    It speaks of what was on the table when they said it: the step itself meets a refusal if that has changed.

    Raises `not_now` if that word means nothing at this stage, and `party_to_it` for a juror's or an objector's word
    that the one who carries the proposal would pass on.
    """
    said, text = str(step.payload["said"]), str(step.payload.get("text", ""))
    kind, payload = _settling(state, step, said, text)
    if kind and step.actor == state.proposer:
        raise NotEntitled("party_to_it")
    if not kind:
        kind, payload = _meaning(state, step, said, text)
    if not kind:
        raise IllegalStep("not_now", stage=state.stage.value, act="relay")
    return Step(kind, _person(step), step.at, {**payload, "entered_by": step.actor})


def _settling(state: Session, step: Step, said: str, text: str) -> tuple[str, dict[str, object]]:
    """What settles the objection on the table: a juror's vote, with its reason, or its author's word that it is
    lifted."""
    objection = state.objection(state.current)
    if objection is None or state.stage not in {Stage.TEST, Stage.REOPENED, Stage.INTEGRATE}:
        return "", {}
    if _person(step) in objection.jury and said in {"yes", "no"}:
        if not text.strip():
            raise Invalid("field_missing", field="text")
        return "jury_vote", {**_about(step, "objection", "offer"), "agree": said == "yes", "reason": text}
    if state.stage is Stage.INTEGRATE and said == "resolved":
        return "confirm_resolved", _about(step, "version", "objection", "offer")
    return "", {}


def _meaning(state: Session, step: Step, said: str, text: str) -> tuple[str, dict[str, object]]:
    stage = state.stage
    if stage is Stage.DRIVER_CHECK and said in {"clear", "unclear", "not_ours"}:
        about = {"addressee": text} if said == "not_ours" else {"reason": text}
        return "answer_driver", {**_about(step, "version"), "answer": said, **about}
    if stage in {Stage.CLARIFY, Stage.REACT} and said in {"pass", "turn"}:
        if said == "turn" and not text.strip():
            raise Invalid("field_missing", field="text")
        taken = {"text": text} if said == "turn" else {}
        return ("take_turn" if said == "turn" else "pass_turn"), {**_about(step, "round"), **taken}
    if stage in {Stage.TEST, Stage.REOPENED} and said in {"yes", "no"}:
        return "judge", {**_about(step, "objection", "wording"), "agree": said == "yes", "reason": text}
    return "", {}


def _about(step: Step, *names: str) -> dict[str, object]:
    return {name: step.payload[name] for name in names}


def _person(step: Step) -> int:
    return int(step.payload["person"])  # type: ignore[call-overload, no-any-return]
