"""The acts offered to one person in a room: buttons and forms, the refused ones with their reason."""

from collections.abc import Iterator, Mapping
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
    def names(self) -> dict[int, str]: ...
    @property
    def at(self) -> datetime: ...


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


def _view(loaded: Loaded, step: LegalStep, fixed: dict[str, object]) -> ActView:
    fields = tuple(_field(loaded, step.kind, field) for field in fields_of(step.kind) if field.name not in FIXED)
    group = "facilitation" if step.kind in FACILITATION else "speech" if step.kind in SPEECH else "mine"
    return ActView(
        kind=step.kind,
        label=act_label(step.kind),
        allowed=step.allowed,
        refusal=step.code,
        facts=step.facts,
        fields=fields,
        fixed=fixed,
        group=group,
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
        view = _view(loaded, step, fixed)
        group = view.group if view.group != "mine" or kind == "check_in" else "meeting"
        yield ActView(**{**view.__dict__, "group": group})


def _guess(loaded: Loaded, kind: str) -> tuple[str, dict[str, object]]:
    """Return the refusals that the room's table cannot see: a call is open, nothing to go to."""
    state = loaded.state
    if kind in {"go_to_item", "close"} and state is not None and state.stage is Stage.OBJECTION_CALL:
        return ("call_open", {}) if kind == "go_to_item" else ("", {})
    return "", {}


def _concerns(room: Room, kind: str, viewer: int, at: datetime) -> bool:
    """Return whether an act makes sense now, so that no button does nothing."""
    speech, here = room.speech, viewer in room.present
    waiting = any(each.person == viewer for each in speech.queue)
    timer = speech.timer
    known = {
        "check_in": not here,
        "ask_to_speak": not waiting,
        "withdraw_request": waiting,
        "end_turn": speech.speaker is not None and viewer in {speech.speaker, room.leading()},
        "pause_timer": timer is not None and timer.paused_at is None,
        "resume_timer": timer is not None and timer.paused_at is not None,
        "stop_timer": timer is not None,
        "go_to_item": any(item.id != room.current for item in room.items),
        "hand_over": any(person != room.facilitator for person in room.present),
        "accept_facilitation": room.offered == viewer,
        "take_over": room.facilitator not in room.present and viewer not in room.volunteers,
        "second_facilitator": any(person != viewer for person in room.volunteers),
        "undo": room.undo_by == viewer and room.undo_until is not None and at <= room.undo_until,
        "approve_minutes": viewer not in room.approvals,
    }
    return known.get(kind, True)
