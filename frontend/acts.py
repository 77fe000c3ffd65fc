"""From the acts offered to a person to what they press: buttons that carry a whole act, links to pages for the rest.

A button's value is a query string (`kind=position&version=1&call=1&choice=consent`), so that one form of the page, with
one key, serves every button, and a fragment that brings new buttons never holds a field in which somebody types.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.messages import sentence
from frontend.stages import decision_stage, meeting_stage
from governance.queries.shapes import ActView, Mine, RoomState
from governance.queries.words import choice_label, field_label
from governance.rules.assemblies import RoomStage
from governance.rules.session import Stage

__all__ = ["WORDS", "Button", "Panel", "panel_of", "why"]

WORDS = {  # acts whose one text is typed in the page's own field, and the name that text has in the act
    "take_turn": "text",
    "answer_question": "text",
    "answer_driver": "reason",
    "judge": "reason",
    "jury_vote": "reason",
    "oppose_amendment": "reason",
}
SIGNS = {"consent": "consent", "concern": "reserve", "objection": "object"}
TIMERS, EXTENSION = (2, 5, 10), 5  # minutes
FORWARD = (  # what moves things on; the first allowed one is the page's main button
    "check_in", "accept_facilitation", "submit", "keep", "accept_driver", "start", "close_round", "reveal",
    "close_test", "accept_amendment", "close_decision", "open", "resume_meeting", "draw_up_minutes", "take_turn",
    "approve_minutes",
)  # fmt: skip
TOOLS = frozenset(
    {
        "set_timer", "pause_timer", "resume_timer", "stop_timer", "extend", "hand_over", "name_deputy",
        "name_secretary", "note_incident", "add_item", "pause", "leave", "close", "withdraw", "file_concern",
        "reopen", "choose_exit", "expire", "draw_jury", "edit_draft",
    }
)  # fmt: skip
ASKS: Mapping[str, Promise] = {
    "driver_check": gettext_lazy("Le motif est-il clair, et est-ce à nous d’agir ?"),
    "clarify": gettext_lazy("Mon tour de clarification"),
    "react": gettext_lazy("Mon ressenti"),
    "amend": gettext_lazy("Garder ou amender le texte"),
    "objection_call": gettext_lazy("Ma position"),
    "test": gettext_lazy("Cette objection est-elle recevable ?"),
    "reopened": gettext_lazy("Cette objection est-elle recevable ?"),
    "integrate": gettext_lazy("Bonifier le texte"),
}


@dataclass(frozen=True)
class Button:
    """One thing to press. `value` is the act as a query string, or `page` the address of a form for it."""

    id: str
    label: str
    value: str = ""
    page: str = ""
    css: str = ""
    sign: str = ""
    pressed: bool | None = None
    until: str = ""


@dataclass(frozen=True)
class Refused:
    """An act that is not possible now, and why."""

    label: str
    why: str


@dataclass
class Panel:
    """Everything one person may press now, sorted as the page shows it."""

    ask: str
    hint: str
    needs: str  # which of the page's own fields these acts use: "say", "argue" or ""
    mine: list[Button] = field(default_factory=list)
    speech: list[Button] = field(default_factory=list)
    steps: list[Button] = field(default_factory=list)
    tools: list[Button] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    @property
    def leads(self) -> bool:
        """Return whether there is anything of facilitation to show."""
        return bool(self.steps or self.refused)


def panel_of(state: RoomState, mine: Mine) -> Panel:
    """Return what this person may press now, and what the page's own fields are for."""
    kinds = {act.kind for act in mine.acts if act.allowed}
    panel = Panel(ask=_ask(state, kinds), hint=_hint(state, mine), needs=_needs(kinds))
    main = next((kind for kind in FORWARD if kind in kinds), "")
    for act in mine.acts:
        if act.allowed:
            _place(panel, act, list(_buttons(state, mine, act, main=act.kind == main)))
        elif act.group in {"facilitation", "meeting"} and mine.role == "facilitator" and act.kind not in TOOLS:
            panel.refused.append(Refused(str(act.label), why(act.refusal, act.facts)))
    return panel


def why(code: str, facts: Mapping[str, object]) -> str:
    """Say why an act is refused, with the names that people know for fields and stages."""
    said = dict(facts)
    if code == "draft_incomplete":
        said["field"] = str(field_label("edit_draft", str(facts.get("field"))))
    if code == "not_now" and facts.get("stage") in {*Stage, *RoomStage}:
        stage = str(facts["stage"])
        said["stage"] = str((decision_stage if stage in set(Stage) else meeting_stage)(stage).label)
    return sentence(code, said)


def _place(panel: Panel, act: ActView, buttons: list[Button]) -> None:
    if act.kind in TOOLS:
        panel.tools += buttons
    elif act.group == "mine":
        panel.mine += buttons
    elif act.group == "speech" or act.kind in {"undo", "accept_facilitation"}:
        panel.speech += buttons
    else:
        panel.steps += buttons


def _ask(state: RoomState, kinds: set[str]) -> str:
    if "check_in" in kinds:
        return _("Entrer")
    if state.stage == "minutes_draft":
        return _("Relire le compte rendu")
    return str(ASKS.get(state.consent.stage, "")) if state.consent and state.stage == "open" else ""


def _hint(state: RoomState, mine: Mine) -> str:
    if mine.role == "observer" or not mine.entitled:
        return _("Vous suivez sans prendre position.")
    if state.stage in {"convened", "open", "suspended"} and not mine.present:
        return _("Vous ne comptez pas encore parmi les présents : entrez dans l’assemblée.")
    if state.consent and state.consent.stage == "objection_call" and mine.act("position"):
        return _("Votre réponse reste cachée jusqu’à ce que tout le monde ait répondu.")
    return ""


def _needs(kinds: set[str]) -> str:
    if "position" in kinds:
        return "argue"
    return "say" if kinds & set(WORDS) else ""


def _value(act: ActView, **more: object) -> str:
    return urlencode({"kind": act.kind, **act.fixed, **more})


def _id(act: ActView, *parts: object) -> str:
    about = [act.fixed["objection"]] if "objection" in act.fixed else []
    return "-".join(["act", act.kind, *(str(part) for part in (*about, *parts))])


def _page(state: RoomState, act: ActView, **more: object) -> str:
    about = {name: value for name, value in act.fixed.items() if name == "objection"} | more
    return f"/assemblees/{state.assembly_id}/acte/{act.kind}" + (f"?{urlencode(about)}" if about else "")


def _buttons(state: RoomState, mine: Mine, act: ActView, *, main: bool) -> Iterator[Button]:
    """Yield the buttons of one act: one for each choice of a few, else one, else a link to its page."""
    css = "main" if main else ""
    if act.kind == "position":
        yield from _positions(mine, act)
    elif act.kind in {"answer_driver", "judge", "jury_vote"}:
        yield from _answers(state, act)
    elif act.kind in {"go_to_item", "give_floor", "set_timer", "extend", "ask_to_speak"}:
        yield from _several(state, act)
    elif act.irreversible or any(each.required and each.name != WORDS.get(act.kind) for each in act.fields):
        yield Button(_id(act), str(act.label), page=_page(state, act), css=css)
    elif act.kind in WORDS or not act.fields:
        until = mine.undo_until.isoformat() if act.kind == "undo" and mine.undo_until else ""
        yield Button(_id(act), str(act.label), value=_value(act), css=css, until=until)
    else:
        yield Button(_id(act), str(act.label), page=_page(state, act), css=css)


def _positions(mine: Mine, act: ActView) -> Iterator[Button]:
    given = mine.position.choice if mine.position else ""
    for choice, sign in SIGNS.items():
        css = f"position {sign}" + (" chosen" if choice == given else "")
        yield Button(
            _id(act, choice), str(choice_label(choice)), _value(act, choice=choice), css=css, sign=sign,
            pressed=choice == given,
        )  # fmt: skip


def _answers(state: RoomState, act: ActView) -> Iterator[Button]:
    if act.kind == "answer_driver":
        for answer in ("clear", "unclear"):
            yield Button(_id(act, answer), str(choice_label(answer)), _value(act, answer=answer))
        yield Button(_id(act, "not_ours"), str(choice_label("not_ours")), page=_page(state, act, answer="not_ours"))
        return
    for answer, label in (("yes", _("Oui, elle est recevable")), ("no", _("Non, et je dis pourquoi"))):
        yield Button(_id(act, answer), label, _value(act, agree=answer))


def _several(state: RoomState, act: ActView) -> Iterator[Button]:
    if act.kind == "go_to_item":
        yield from _items(state, act)
    elif act.kind == "give_floor":
        for request in state.queue[:1]:
            label = _("Donner la parole à %(name)s") % {"name": request.person.name}
            yield Button(_id(act), label, _value(act, person=request.person.id))
        yield Button(_id(act, "page"), _("Donner la parole à quelqu’un d’autre"), page=_page(state, act))
    elif act.kind == "ask_to_speak":
        yield Button(_id(act), str(act.label), _value(act, why="speak"))
        yield Button(_id(act, "order"), str(choice_label("point_of_order")), _value(act, why="point_of_order"))
    else:
        minutes = TIMERS if act.kind == "set_timer" else (EXTENSION,)
        text = gettext_lazy("Minuteur %(n)s min") if act.kind == "set_timer" else gettext_lazy("Prolonger de %(n)s min")
        for n in minutes:
            yield Button(_id(act, n), text % {"n": n}, _value(act, minutes=n))


def _items(state: RoomState, act: ActView) -> Iterator[Button]:
    """The next point by its name, the others on a page."""
    here = state.current.position if state.current else 0
    coming = next((item for item in state.items if item.position > here and not item.done), None)
    if coming is not None:
        css = "main" if state.current is None else ""
        label = _("Passer au point « %(title)s »") % {"title": coming.title}
        yield Button(_id(act), label, _value(act, item=coming.id), css=css)
    if len(state.items) > 2 or coming is None:
        yield Button(_id(act, "page"), _("Passer à un autre point"), page=_page(state, act))
