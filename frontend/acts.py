"""From the acts offered to a person to what they press: buttons that carry a whole act, links to pages for the rest.

A button's value is a query string (`kind=position&version=1&call=1&choice=consent`), so that one form of the page, with
one key, serves every button, and a fragment that brings new buttons never holds a field in which somebody types.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.messages import sentence
from governance.queries.shapes import ActView, Mine, RoomState
from governance.queries.words import act_label, choice_label, field_label

__all__ = ["WORDS", "Button", "Panel", "act_address", "panel_of", "place_address", "why"]

WORDS = {  # acts whose one text is typed in the page's own field, and the name that text has in the act
    "take_turn": "text",
    "answer_question": "text",
    "answer_driver": "reason",
    "judge": "reason",
    "jury_vote": "reason",
    "oppose_amendment": "reason",
    "say_reasons": "text",
    "agree_role": "reason",
}
SIGNS = {"consent": "consent", "concern": "reserve", "objection": "object"}
TIMERS, EXTENSION = (2, 5, 10), 5  # minutes
QUESTION = 60  # characters of a question on its button
QUEUED = frozenset({"speak", "point_of_order"})  # signals that have their place in the queue: asked for there
FORWARD = (  # what moves things on; the first allowed one is the page's main button
    "confirm_position", "continue_exercise",
    "check_in", "accept_facilitation", "submit", "keep", "accept_driver", "start", "close_round", "reveal",
    "close_test", "accept_amendment", "close_decision", "open", "resume_meeting", "draw_up_minutes", "take_turn",
    "approve_minutes", "open_ballot", "cast_ballot", "open_names", "say_reasons", "close_names", "keep_voice",
    "close_voices", "propose", "accept_mandate",
)  # fmt: skip
TOOLS = frozenset(
    {
        "set_timer", "pause_timer", "resume_timer", "stop_timer", "extend", "hand_over", "name_deputy",
        "name_secretary", "note_incident", "add_item", "pause", "leave", "close", "withdraw", "file_concern",
        "start_round", "ask_mood", "extend_timer", "move_item", "set_budget", "name_timekeeper", "name_tellers",
        "reopen", "choose_exit", "extend_window", "offer_facilitation", "expire", "draw_jury", "edit_draft",
        "edit_role", "drop_election",
    }
)  # fmt: skip
ABOUT = ("objection", "entry")  # what tells two acts of a kind apart
SEVERAL = frozenset(
    {
        "go_to_item", "give_floor", "set_timer", "extend", "extend_timer", "ask_to_speak", "signal", "answer_mood",
        "skip_in_round", "continue_exercise",
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
ELECTION_ASKS: Mapping[str, Promise] = {
    "role": gettext_lazy("Est-ce bien ce que nous cherchons ?"),
    "ballot": gettext_lazy("Mon bulletin"),
    "reasons": gettext_lazy("Mes raisons"),
    "change": gettext_lazy("Garder ou reporter ma voix"),
    "objections": gettext_lazy("Ma position"),
    "test": gettext_lazy("Cette objection est-elle recevable ?"),
    "integrate": gettext_lazy("Lever l’objection"),
    "accept": gettext_lazy("Accepter ou décliner"),
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
    asks: str = ""  # what an objection must say besides: "article", "fact", both or nothing
    mine: list[Button] = field(default_factory=list)
    speech: list[Button] = field(default_factory=list)
    steps: list[Button] = field(default_factory=list)
    tools: list[Button] = field(default_factory=list)
    door: list[Button] = field(default_factory=list)
    mood: list[Button] = field(default_factory=list)
    signals: list[Button] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    @property
    def leads(self) -> bool:
        """Return whether there is anything of facilitation to show."""
        return bool(self.steps or self.refused)


def panel_of(state: RoomState, mine: Mine) -> Panel:
    """Return what this person may press now, and what the page's own fields are for."""
    kinds = {act.kind for act in mine.acts if act.allowed}
    panel = Panel(ask=_ask(state, kinds), hint=_hint(state, mine), needs=_needs(kinds), asks=_asks(mine))
    main = next((kind for kind in FORWARD if kind in kinds), "")
    for act in mine.acts:
        if act.allowed:
            _place(panel, act, list(_buttons(state, mine, act, main=act.kind == main)))
        elif act.group in {"facilitation", "meeting"} and mine.role == "facilitator" and act.kind not in TOOLS:
            panel.refused.append(Refused(str(act.label), why(act.refusal, act.facts)))
    return panel


def why(code: str, facts: Mapping[str, object]) -> str:
    """Say why an act is refused, with the names that people know for fields."""
    said = dict(facts)
    if code == "draft_incomplete":
        said["field"] = str(field_label("edit_draft", str(facts.get("field"))))
    return sentence(code, said)


def _place(panel: Panel, act: ActView, buttons: list[Button]) -> None:
    of_group = {"door": panel.door, "mood": panel.mood, "signals": panel.signals}.get(act.group)
    if of_group is not None:
        of_group += buttons
    elif act.kind in TOOLS:
        panel.tools += buttons
    elif act.kind == "continue_exercise" or act.group == "mine":
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
    if state.election and state.stage == "open":
        return str(ELECTION_ASKS.get(state.election.stage, ""))
    return str(ASKS.get(state.consent.stage, "")) if state.consent and state.stage == "open" else ""


def _hint(state: RoomState, mine: Mine) -> str:
    if mine.concerned:
        return _(
            "Cette décision vous concerne. Sur ce point vous êtes entendu·e : demandez la parole. D’autres animent, "
            "tiennent le secrétariat et confirment les positions."
        )
    if mine.role == "observer" or not mine.entitled:
        return _("Vous suivez sans prendre position.")
    if state.stage in {"convened", "open", "suspended"} and not mine.present:
        return _("Vous ne comptez pas encore parmi les personnes présentes : entrez dans l’assemblée.")
    if mine.act("cast_ballot") is not None:
        return _("Votre bulletin reste caché jusqu’à ce que tout le monde ait écrit le sien.")
    if (state.consent or state.election) and mine.act("position"):
        return _("Votre réponse reste cachée jusqu’à ce que tout le monde ait répondu.")
    return ""


def _needs(kinds: set[str]) -> str:
    if "position" in kinds:
        return "argue"
    return "say" if kinds & set(WORDS) else ""


def _asks(mine: Mine) -> str:
    act = mine.act("position")
    names = {field.name for field in act.fields} if act else set()
    return " ".join(sorted(names & {"article", "fact"}))


def _value(act: ActView, **more: object) -> str:
    return urlencode({"kind": act.kind, **act.fixed, **more})


def _id(act: ActView, *parts: object) -> str:
    about = [act.fixed[name] for name in ABOUT if name in act.fixed]
    return "-".join(["act", act.kind, *(str(part) for part in (*about, *parts))])


def place_address(state: RoomState) -> str:
    """Return the page on which a decision is acted upon: a room, or the page of its proposition."""
    if state.assembly_id or state.consent is None:
        return f"/assemblees/{state.assembly_id}"
    return f"/propositions/{state.consent.proposal_id}"


def act_address(state: RoomState) -> str:
    """Return where acts are sent."""
    return f"{place_address(state)}/acte"


def _page(state: RoomState, act: ActView, **more: object) -> str:
    about = {name: value for name, value in act.fixed.items() if name in ABOUT} | more
    return f"{act_address(state)}/{act.kind}" + (f"?{urlencode(about)}" if about else "")


def _buttons(state: RoomState, mine: Mine, act: ActView, *, main: bool) -> Iterator[Button]:
    """Yield the buttons of one act: one for each choice of a few, else one, else a link to its page."""
    css = "main" if main else ""
    if act.kind == "position":
        yield from _positions(mine, act)
    elif act.kind in {"answer_driver", "judge", "jury_vote", "agree_role"}:
        yield from _answers(state, act)
    elif act.kind == "answer_question" and act.fields[-1].choices:
        yield from _replies(act)
    elif act.kind in SEVERAL:
        yield from _several(state, mine, act)
    elif act.irreversible or any(each.required and each.name != WORDS.get(act.kind) for each in act.fields):
        yield Button(_id(act), str(act.label), page=_page(state, act), css=css)
    elif act.kind in WORDS or not act.fields:
        yield _undo(mine, act) if act.kind == "undo" else Button(_id(act), str(act.label), value=_value(act), css=css)
    else:
        yield Button(_id(act), str(act.label), page=_page(state, act), css=css)


def _undo(mine: Mine, act: ActView) -> Button:
    """Say what would be undone; how long it still can be is counted down in the page."""
    label = _("Annuler : %(act)s") % {"act": act_label(mine.undo_kind)} if mine.undo_kind else str(act.label)
    return Button(_id(act), label, value=_value(act), until=mine.undo_until.isoformat() if mine.undo_until else "")


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
    yes = _("Oui, c’est bien cela") if act.kind == "agree_role" else _("Oui, elle est recevable")
    for answer, label in (("yes", yes), ("no", _("Non, et je dis pourquoi"))):
        yield Button(_id(act, answer), label, _value(act, agree=answer))


def _replies(act: ActView) -> Iterator[Button]:
    """One button for each question that waits for an answer."""
    for number, question in act.fields[-1].choices:
        label = _("Répondre à « %(question)s »") % {"question": Truncator(str(question)).chars(QUESTION)}
        yield Button(_id(act, number), label, _value(act, question=number))


def _several(state: RoomState, mine: Mine, act: ActView) -> Iterator[Button]:
    if act.kind in {"signal", "answer_mood"}:
        yield from _words(mine, act)
    elif act.kind == "skip_in_round":
        if state.speaker:
            label = _("Revenir plus tard à %(name)s") % {"name": state.speaker.name}
            yield Button(_id(act), label, _value(act, person=state.speaker.id))
    elif act.kind == "continue_exercise":
        yield _continue(state, act)
    elif act.kind == "go_to_item":
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
        text = {
            "set_timer": gettext_lazy("Minuteur %(n)s min"),
            "extend": gettext_lazy("Prolonger de %(n)s min"),
            "extend_timer": gettext_lazy("Minuteur : %(n)s min de plus"),
        }[act.kind]
        for n in minutes:
            yield Button(_id(act, n), text % {"n": n}, _value(act, minutes=n))


def _words(mine: Mine, act: ActView) -> Iterator[Button]:
    """One button for each sign, or for each word about the mood; mine is shown pressed."""
    name, given = ("sign", mine.signal) if act.kind == "signal" else ("word", mine.mood)
    for value, label in act.fields[0].choices:
        if value not in QUEUED:
            yield Button(_id(act, value), str(label), _value(act, **{name: value}), pressed=value == given)


def _continue(state: RoomState, act: ActView) -> Button:
    """Say who does what when the exercise goes on."""
    goes_on = state.exercise
    if goes_on is None or not goes_on.next_act:
        return Button(_id(act), str(act.label), value=_value(act), css="main")
    words = {"name": goes_on.next_by, "act": act_label(goes_on.next_act)}
    return Button(_id(act), _("Continuer. %(name)s : %(act)s") % words, value=_value(act), css="main")


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
