"""The acts offered to one person in a room: buttons and forms, the refused ones with their reason."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from governance.queries.shapes import ActView, FieldView
from governance.queries.words import act_label, choice_label, field_label
from governance.rules.acts import fields_of
from governance.rules.assemblies import Room, RoomStage, room_acts
from governance.rules.charter import ConsentTerms
from governance.rules.consent import LegalStep, legal_steps
from governance.rules.fields import Field
from governance.rules.session import Session, Stage

FACILITATION = frozenset(
    {
        "accept_driver",
        "send_back",
        "refer",
        "start",
        "close_round",
        "reveal",
        "close_test",
        "draw_jury",
        "accept_amendment",
        "choose_exit",
        "extend",
        "expire",
        "close_decision",
        "give_floor",
        "set_timer",
        "pause_timer",
        "resume_timer",
        "stop_timer",
        "go_to_item",
    }
)
SPEECH = frozenset({"ask_to_speak", "withdraw_request", "end_turn"})
IRREVERSIBLE = frozenset(
    {"reveal", "withdraw", "refer", "close", "choose_exit", "withdraw_objection", "expire", "accept_amendment"}
)
ROLE_REFUSALS = frozenset(
    {
        "not_facilitator",
        "not_proposer",
        "not_author",
        "not_elector",
        "not_juror",
        "not_in_subgroup",
        "own_objection",
        "not_attended",
        "not_invited",
        "not_called",
        "own_proposal",
    }
)
BY_OBJECTION = frozenset({"withdraw_objection", "confirm_objection", "confirm_resolved"})
FIXED = frozenset({"version", "call", "round", "objection", "digest"})


class Loaded(Protocol):
    """What the acts of a room depend on."""

    @property
    def room(self) -> Room: ...
    @property
    def state(self) -> Session | None: ...
    @property
    def terms(self) -> ConsentTerms: ...
    @property
    def names(self) -> Mapping[int, str]: ...
    @property
    def at(self) -> datetime: ...
    @property
    def made(self) -> dict[Hashable, ActView]: ...


def acts_for(loaded: Loaded, viewer: int) -> tuple[ActView, ...]:
    """Return the acts that concern this person now; those of another role are left out, refused ones are kept."""
    return (*_consent_acts(loaded, viewer), *_room_acts(loaded, viewer))


def _consent_acts(loaded: Loaded, viewer: int) -> Iterator[ActView]:
    state = loaded.state
    if state is None or loaded.room.stage is not RoomStage.OPEN:
        return
    for step in legal_steps(state, viewer, loaded.at, loaded.terms):
        if step.code in ROLE_REFUSALS:
            continue
        for fixed in _targets(state, step.kind, viewer):
            yield _view(loaded, step, fixed)


def _targets(state: Session, kind: str, viewer: int) -> list[dict[str, object]]:
    """Return the hidden fields of an act, once for each thing that it may be about."""
    names = {field.name for field in fields_of(kind)}
    now = {"version": state.version.number, "call": state.call, "round": state.round, "objection": state.current}
    if kind in BY_OBJECTION:
        return [{"objection": each.id} for each in state.objections if _applies(state, kind, viewer, each.id)]
    return [{name: value for name, value in now.items() if name in names}]


def _applies(state: Session, kind: str, viewer: int, number: int) -> bool:
    each = state.objection(number)
    if each is None or each.author != viewer or not each.pending():
        return False
    if kind == "confirm_objection":
        return each.to_confirm
    if kind == "confirm_resolved":
        on_table = state.stage is Stage.INTEGRATE and each.id == state.current
        return each.upheld() and (state.amendment is not None if on_table else state.version.number > each.version)
    return True


def _view(loaded: Loaded, step: LegalStep, fixed: dict[str, object], group: str = "") -> ActView:
    """Return the act; whoever is offered the same gets the same object."""
    name = (step.kind, step.code, repr(step.facts), repr(fixed), group)
    if name not in loaded.made:
        loaded.made[name] = _made(loaded, step, fixed, group)
    return loaded.made[name]


def _made(loaded: Loaded, step: LegalStep, fixed: dict[str, object], group: str) -> ActView:
    fields = tuple(_field(loaded, step.kind, field) for field in fields_of(step.kind) if field.name not in FIXED)
    usual = "facilitation" if step.kind in FACILITATION else "speech" if step.kind in SPEECH else group or "mine"
    return ActView(
        kind=step.kind,
        label=act_label(step.kind),
        allowed=step.allowed,
        refusal=step.code,
        facts=step.facts,
        fields=fields,
        fixed=fixed,
        group=usual,
        irreversible=step.kind in IRREVERSIBLE,
    )


def _field(loaded: Loaded, kind: str, field: Field) -> FieldView:
    choices = _choices(loaded, kind, field)
    initial = _initial(loaded, kind, field)
    return FieldView(field.name, field_label(kind, field.name), field.kind, field.required, choices, initial)


def _choices(loaded: Loaded, kind: str, field: Field) -> tuple[tuple[object, object], ...]:
    if field.kind == "choice":
        prefix = "exit." if field.name == "exit" else ""
        return tuple((each, choice_label(f"{prefix}{each}" if each == "refer" else each)) for each in field.choices)
    if field.kind == "yes_no":
        return (("yes", choice_label("yes")), ("no", choice_label("no")))
    if field.name == "item":
        return tuple((item.id, item.title) for item in loaded.room.items if item.id != loaded.room.current)
    if field.name == "article":
        return tuple((article, article) for article in sorted(loaded.terms.articles))
    return _people(loaded, kind) if field.kind in {"person", "persons"} else ()


def _people(loaded: Loaded, kind: str) -> tuple[tuple[object, object], ...]:
    room = loaded.room
    offered: Mapping[str, object] = {
        "give_floor": [*(r.person for r in room.speech.ordered()), *room.present],
        "hand_over": [p for p in room.present if p != room.facilitator],
        "second_facilitator": room.volunteers,
        "name_deputy": [p for p in room.invited if p != room.facilitator],
        "name_secretary": room.invited,
    }
    electorate = loaded.state.electorate if loaded.state else ()
    people = dict.fromkeys(offered.get(kind, electorate))  # type: ignore[call-overload]
    return tuple((each, loaded.names.get(each, "")) for each in people)


def _initial(loaded: Loaded, kind: str, field: Field) -> object:
    """Acts that change the text start from the text on the table."""
    if loaded.state is None or kind not in {"amend", "offer_amendment", "edit_draft", "bring_back"}:
        return ""
    return getattr(loaded.state.version, field.name, "") or ""


def _room_acts(loaded: Loaded, viewer: int) -> Iterator[ActView]:
    room = loaded.room
    for kind, (code, facts) in room_acts(room, viewer).items():
        if code in ROLE_REFUSALS or not _concerns(room, kind, viewer, loaded.at):
            continue
        fixed: dict[str, object] = {}
        if "digest" in {field.name for field in fields_of(kind)}:
            fixed["digest"] = room.drafts[-1] if room.drafts else ""
        refusal, known = _guess(loaded, kind) if not code else (code, dict(facts))
        step = LegalStep(kind, not refusal, refusal, known)
        yield _view(loaded, step, fixed, "mine" if kind == "check_in" else "meeting")


def _guess(loaded: Loaded, kind: str) -> tuple[str, dict[str, object]]:
    """Return the refusals that the room's table cannot see: a call is open, nothing to go to."""
    state = loaded.state
    if kind in {"go_to_item", "close"} and state is not None and state.stage is Stage.OBJECTION_CALL:
        return ("call_open", {}) if kind == "go_to_item" else ("", {})
    return "", {}


def _waits(room: Room, viewer: int) -> bool:
    return any(each.person == viewer for each in room.speech.queue)


def _may_end(room: Room, viewer: int) -> bool:
    return room.speech.speaker is not None and viewer in {room.speech.speaker, room.leading()}


MAKES_SENSE: Mapping[str, Callable[[Room, int, datetime], bool]] = {
    "check_in": lambda room, viewer, at: viewer not in room.present,
    "ask_to_speak": lambda room, viewer, at: not _waits(room, viewer),
    "withdraw_request": lambda room, viewer, at: _waits(room, viewer),
    "end_turn": lambda room, viewer, at: _may_end(room, viewer),
    "pause_timer": lambda room, viewer, at: room.speech.timer is not None and room.speech.timer.paused_at is None,
    "resume_timer": lambda room, viewer, at: room.speech.timer is not None and room.speech.timer.paused_at is not None,
    "stop_timer": lambda room, viewer, at: room.speech.timer is not None,
    "go_to_item": lambda room, viewer, at: any(item.id != room.current for item in room.items),
    "hand_over": lambda room, viewer, at: any(person != room.facilitator for person in room.present),
    "accept_facilitation": lambda room, viewer, at: room.offered == viewer,
    "take_over": lambda room, viewer, at: room.facilitator not in room.present and viewer not in room.volunteers,
    "second_facilitator": lambda room, viewer, at: any(person != viewer for person in room.volunteers),
    "undo": lambda room, viewer, at: room.undo_by == viewer and room.undo_until is not None and at <= room.undo_until,
    "approve_minutes": lambda room, viewer, at: viewer not in room.approvals,
}


def _concerns(room: Room, kind: str, viewer: int, at: datetime) -> bool:
    """Return whether an act makes sense now, so that no button does nothing."""
    return MAKES_SENSE.get(kind, lambda *_: True)(room, viewer, at)
