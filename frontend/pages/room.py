"""The live room: the page, the one door for its acts, the forms of single acts, the screen of the hall.

Without script an act leads back to the page; with htmx it answers partials, and a refusal touches nothing typed.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from frontend import messages
from frontend.acts import WORDS, act_address, place_address, why
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import Form
from frontend.live import personal_context, shared_context
from frontend.qr import qr_code
from frontend.templatetags.ui import hour
from governance.actions.assemblies import act as take
from governance.actions.assemblies import payload_from
from governance.actions.poll_opening import SecretAhead, secret_ahead
from governance.queries.agenda import charter_in_force
from governance.queries.assemblies import minutes_view
from governance.queries.rooms import room_view
from governance.queries.shapes import ActView, FieldView, Receipt, RoomView
from governance.queries.words import act_label, choice_label
from governance.rules.acts import GROUNDS, NATURES, fields_of
from network.errors import Busy, DomainError, Invalid, NotFound, WrongState

TYPED = ("words", "argument", "consequence", "ground", "article", "fact", "nature")  # the page's own fields
REFUSED = 422  # what was sent cannot be read, in answer to htmx
EFFECTS: Mapping[str, Any] = {
    "reveal": gettext_lazy("Toutes les positions deviennent visibles. Elles ne pourront plus changer."),
    "withdraw": gettext_lazy("La proposition est retirée, pour de bon."),
    "withdraw_objection": gettext_lazy("Votre objection ne pourra plus empêcher l’adoption."),
    "refer": gettext_lazy("La proposition est renvoyée à qui de droit. C’est la fin ici."),
    "close": gettext_lazy("L’assemblée est close. Une décision adoptée est close avec elle."),
    "accept_amendment": gettext_lazy("Le texte change de version, et tout le monde est appelé de nouveau."),
    "choose_exit": gettext_lazy("La décision prend une autre issue que la bonification."),
    "take_facilitation": gettext_lazy("Vous animez la décision à partir de maintenant."),
    "expire": gettext_lazy("Le temps est écoulé : la proposition est reportée."),
    "open_names": gettext_lazy("Tous les bulletins deviennent visibles. Ils ne pourront plus changer."),
    "accept_mandate": gettext_lazy("Le mandat commence, et il est inscrit au registre."),
    "decline_mandate": gettext_lazy("Une autre personne sera proposée ; vous ne le serez plus dans cette élection."),
    "declare_vacant": gettext_lazy("Le rôle reste vacant."),
    "set_new_date": gettext_lazy("L’élection se termine ici ; une autre se tiendra à cette date."),
    "choose_lot": gettext_lazy("L’élection se termine ici ; un tirage au sort prend le relais."),
    "drop_election": gettext_lazy("L’élection est abandonnée, pour de bon."),
}
WIDGETS: Mapping[str, Any] = {
    "text": lambda: forms.TextInput(),
    "long": lambda: forms.Textarea(attrs={"rows": 5}),
    "date": lambda: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    "whole": lambda: forms.NumberInput(attrs={"min": 1}),
    "choice": lambda: forms.Select(),
    "person": lambda: forms.Select(),
    "yes_no": lambda: forms.Select(),
    "persons": lambda: forms.CheckboxSelectMultiple(),
}


def is_htmx(request: HttpRequest) -> bool:
    """Return whether the live page's script asks, and wants partials."""
    return request.headers.get("HX-Request") == "true"


@require_safe
@for_members
def room(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the room; to htmx, its partials."""
    view = room_view(pk, viewer=me(request))
    if is_htmx(request):
        return show(request, "assemblies/push_all.html", {**shared_context(view.state), **personal_context(view)})
    return _room_page(request, view)


def _room_page(
    request: HttpRequest, view: RoomView, *, problem: str = "", status: int = 200, key: object = ""
) -> HttpResponse:
    charter = charter_in_force()
    context = {
        **shared_context(view.state),
        **personal_context(view),
        "socket": f"/ws/assemblees/{view.state.assembly_id}",
        "key": key or uuid4(),
        "typed": {name: request.POST.get(name, "") for name in TYPED} if problem else {},
        "grounds": [(each, choice_label(each)) for each in GROUNDS],
        "natures": [(each, choice_label(each)) for each in NATURES],
        "articles": [(each.id, each.title) for each in charter.articles] if charter else [],
        "why": problem,
    }
    return show(request, "assemblies/room.html", context, status=status)


@require_POST
@for_members
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one act, from a button of the room or from a form of its own."""
    kind, payload = asked_act(request)
    try:
        receipt = take(assembly_id=pk, actor=me(request), kind=kind, payload=payload, key=request.POST.get("key", ""))
    except DomainError as error:
        return later(_refused(request, pk, kind, error), error)
    if is_htmx(request):
        return _done(request, pk, kind, receipt)
    messages.tell(request, receipt_sentence(receipt))
    return redirect("assembly", pk)


def asked_act(request: HttpRequest) -> tuple[str, dict[str, object]]:
    """Return the act and its payload: the button's own values first, then the page's field that the act takes."""
    try:
        carried = dict(parse_qsl(request.POST.get("act", ""), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        raise Invalid("unknown_act", field="act") from None
    kind = carried.pop("kind", "") or request.POST.get("kind", "")
    fields_of(kind)
    if not request.POST.get("act"):
        return kind, payload_from(kind, request.POST)
    return kind, {**_typed(request, kind, carried.get("choice", "")), **carried}


def _typed(request: HttpRequest, kind: str, choice: str) -> dict[str, object]:
    """Return what the page's own fields give to the act: an argument only to an objection, a reserve's text to it."""
    if kind in WORDS:
        return {WORDS[kind]: request.POST.get("words", "")}
    if kind != "position" or choice == "consent":
        return {}
    text = {"text": request.POST.get("argument", "")}
    if choice != "objection":
        return text
    about = {name: request.POST[name] for name in ("fact", "nature") if request.POST.get(name)}  # of a person only
    return text | about | {n: request.POST.get(n, "") for n in ("consequence", "ground", "article")}


def receipt_sentence(receipt: Receipt) -> str:
    """Say that an act is taken: « Enregistrée à 18 h 04. »; of an undoing, what was undone."""
    if receipt.kind == "undo" and receipt.facts.get("undone"):
        return _("Annulé : %(act)s.") % {"act": act_label(str(receipt.facts["undone"]))}
    if receipt.kind == "signal":
        return _("Votre geste se voit ; il s’efface de lui-même.")
    if receipt.kind == "answer_mood":
        return _("Votre réponse compte, sans votre nom.")
    if receipt.kind == "position":
        return _("Enregistrée à %(hour)s.") % {"hour": hour(receipt.at)}
    return _("C’est noté à %(hour)s.") % {"hour": hour(receipt.at)}


def _done(request: HttpRequest, pk: int, kind: str, receipt: Receipt) -> HttpResponse:
    view = room_view(pk, viewer=me(request))
    context = {
        **shared_context(view.state),
        **personal_context(view),
        "receipt": receipt_sentence(receipt),
        "key": uuid4(),
        "taken": kind in WORDS and not request.POST.get("page"),
        "typed": {},
    }
    return show(request, "assemblies/done.html", context)


def _refused(request: HttpRequest, pk: int, kind: str, error: DomainError) -> HttpResponse:
    """Say why. To htmx one partial; without script, the page again with everything that was typed."""
    view = room_view(pk, viewer=me(request))
    status = messages.status_of(error)
    spent = isinstance(error, WrongState) and error.code == "key_reused"
    own_page = bool(request.POST.get("page"))
    if is_htmx(request):
        where = "#dialog-message" if own_page else "#message"
        context = {
            "why": refusal_sentence(kind, error),
            "where": where,
            "key": uuid4() if spent and not own_page else "",
        }
        return show(request, "assemblies/refused.html", context, status=REFUSED if status == 400 else status)
    offered = offered_act(view, kind, request.POST) if own_page else None
    if offered is not None:
        return act_form_page(request, view, offered, error=error, status=status)
    key = uuid4() if spent else request.POST.get("key", "")
    return _room_page(request, view, problem=refusal_sentence(kind, error), status=status, key=key)


def later(response: HttpResponse, error: DomainError) -> HttpResponse:
    """Say when to try again, if that is all that is needed."""
    if isinstance(error, Busy):
        response["Retry-After"] = str(error.facts["retry_after"])
    return response


FIELD_AT_FAULT: Mapping[tuple[str, str], Any] = {
    ("position", "text"): gettext_lazy("Écrivez votre argument (ou votre réserve), puis appuyez de nouveau."),
    ("position", "consequence"): gettext_lazy("Dites aussi ce qui en résulterait, puis appuyez de nouveau."),
    ("position", "ground"): gettext_lazy("Choisissez la nature de l’objection, puis appuyez de nouveau."),
    ("position", "article"): gettext_lazy("Choisissez l’article de la charte en cause, puis appuyez de nouveau."),
    ("take_turn", "text"): gettext_lazy("Écrivez ce que vous dites, ou passez votre tour."),
    ("answer_driver", "reason"): gettext_lazy("Écrivez ce qui n’est pas clair, puis appuyez de nouveau."),
    ("judge", "reason"): gettext_lazy("Écrivez votre argument, puis appuyez de nouveau."),
    ("jury_vote", "reason"): gettext_lazy("Écrivez vos raisons, puis appuyez de nouveau."),
    ("oppose_amendment", "reason"): gettext_lazy("Écrivez pourquoi, puis appuyez de nouveau."),
    ("say_reasons", "text"): gettext_lazy("Écrivez vos raisons, puis appuyez de nouveau."),
    ("agree_role", "reason"): gettext_lazy("Écrivez ce qui ne va pas, puis appuyez de nouveau."),
    ("answer_question", "text"): gettext_lazy("Écrivez votre réponse, puis appuyez de nouveau."),
}


def refusal_sentence(kind: str, error: DomainError) -> str:
    """Say what is missing in the words of the act, else what the code says."""
    missing = error.code == "field_missing" and FIELD_AT_FAULT.get((kind, str(error.facts.get("field"))))
    return str(missing) if missing else why(error.code, error.facts)


# --- one act on a page or in a dialog --------------------------------------------------------------------


class ActForm(Form):
    """The fields of one act. It only draws: the act itself says whether they hold, and which one does not."""

    def __init__(self, act: ActView, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="act_%s", **kwargs)
        for each in act.fields:
            self.fields[each.name] = _form_field(each)


def _form_field(field: FieldView) -> forms.Field:
    widget = WIDGETS[field.kind]()
    words = {"label": str(field.label), "required": field.required, "widget": widget}
    words["error_messages"] = {"required": messages.sentence("field_missing")}
    if field.kind == "persons":
        return forms.MultipleChoiceField(**words, choices=field.choices)
    made = forms.CharField(**words, initial=field.initial, strip=False)
    if field.choices:
        made.widget.choices = [("", ""), *((value, str(label)) for value, label in field.choices)]
    return made


def offered_act(view: RoomView, kind: str, asked: Mapping[str, str]) -> ActView | None:
    """Return the act of that kind, about the objection asked for if there are several."""
    about = asked.get("objection")
    found = [each for each in view.mine.acts if each.kind == kind and each.allowed]
    return next((each for each in found if not about or str(each.fixed.get("objection")) == about), None)


@require_safe
@for_members
def act_page(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Show the form of one act: a fragment for the dialog, a page without script."""
    view = room_view(pk, viewer=me(request))
    offered = offered_act(view, kind, request.GET)
    return act_form_page(request, view, offered) if offered else not_offered(request, view, kind)


def not_offered(request: HttpRequest, view: RoomView, kind: str) -> HttpResponse:
    """Say why there is no form: in the dialog that the link would have filled, or as a page. Raises NotFound
    `act_unknown` of what is no act, and without script WrongState."""
    try:
        fields_of(kind)
    except Invalid:
        raise NotFound("act_unknown") from None
    refusal = view.mine.act(kind)
    code, facts = (refusal.refusal, refusal.facts) if refusal and refusal.refusal else ("act_over", {})
    if not is_htmx(request):
        raise WrongState(code, **facts)
    return show(request, "assemblies/act_over.html", {"why": why(code, facts)}, status=409)


def act_form_page(
    request: HttpRequest, view: RoomView, act: ActView, *, error: DomainError | None = None, status: int = 200
) -> HttpResponse:
    form = ActForm(act, request.POST if error else None, initial=_preset(request, view, act))
    beside = error is not None and _attach(form, error)
    context = {
        "action": act_address(view.state),
        "back": place_address(view.state),
        "exercise": view.state.exercise,
        "heading": view.state.current.title if view.state.current else view.state.title,
        "act": act,
        "form": form,
        "fixed": list(act.fixed.items()),
        "effect": EFFECTS.get(act.kind, ""),
        "ahead": _vote_ahead(view, act),
        "key": request.POST.get("key") if error and error.code != "key_reused" else uuid4(),
        "why": why(error.code, error.facts) if error and not beside else "",
    }
    template = "assemblies/act_form.html" if is_htmx(request) else "assemblies/act.html"
    return show(request, template, context, status=status)


def _vote_ahead(view: RoomView, act: ActView) -> SecretAhead | None:
    """Return the secret vote that this act may open, so that its form warns of what a secret cannot hide."""
    decides = act.kind == "choose_exit" and view.state.consent
    return secret_ahead(decides.proposal_id) if decides else None


def _preset(request: HttpRequest, view: RoomView, act: ActView) -> dict[str, object]:
    """Return what a form starts with: the answer that the link chose, the minutes to correct."""
    if act.kind == "amend_minutes":
        return {"text": minutes_view(view.state.assembly_id, viewer=me(request)).text}
    return {name: value for name, value in request.GET.items() if name == "answer"}


def _attach(form: ActForm, error: DomainError) -> bool:
    """Put the refusal beside the field at fault; return whether there is one."""
    form.full_clean()
    field = str(error.facts.get("field", ""))
    if not isinstance(error, Invalid) or field not in form.fields:
        return False
    if not form.errors.get(field):
        form.refuse(error)
    return True


# --- the screen of the hall ---------------------------------------------------------------------------------


@require_safe
@for_members
def hall(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the room for everybody in the hall: no control, no names but those of speakers."""
    view = room_view(pk, viewer=me(request), hall=True)
    if is_htmx(request):
        return show(request, "assemblies/push_hall.html", shared_context(view.state))
    address = f"{settings.ORIGIN}{reverse('assembly', args=[pk])}"
    context = {
        **shared_context(view.state),
        "socket": f"/ws/assemblees/{pk}?ecran=1",
        "address": address,
        "code": qr_code(address),
        "dark": request.GET.get("salle") == "sombre",
    }
    return show(request, "assemblies/hall.html", context)
