"""Taking part in a decision on the page of its proposition, in writing: one door for its acts, forms of single acts,
and letting a proposal be decided in writing. Without script; a refusal keeps everything that was typed.
"""

from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from frontend import messages
from frontend.acts import why
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import Form
from frontend.pages.propositions import proposition_page
from frontend.pages.room import (
    act_form_page,
    asked_act,
    later,
    not_offered,
    offered_act,
    receipt_sentence,
    refusal_sentence,
)
from frontend.stages import decision_stage
from governance.actions.written import act_on_proposal, decide_in_writing
from governance.queries.proposal_room import WritingChoices, proposal_room, writing_choices
from governance.queries.shapes import RoomView
from network.errors import DomainError, NotFound, WrongState

HOURS_A_DAY = 24


@require_POST
@for_members
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one act, from a button of the page or from a form of its own."""
    kind, payload = asked_act(request)
    try:
        receipt = act_on_proposal(
            proposal_id=pk, actor=me(request), kind=kind, payload=payload, key=request.POST.get("key", "")
        )
    except DomainError as error:
        return later(_refused(request, pk, kind, error), error)
    messages.tell(request, receipt_sentence(receipt))
    return redirect("proposition", pk)


def _refused(request: HttpRequest, pk: int, kind: str, error: DomainError) -> HttpResponse:
    """Say why, on the form or the page that the act came from, with everything that was typed."""
    view, status = _view(request, pk), messages.status_of(error)
    offered = offered_act(view, kind, request.POST) if request.POST.get("page") else None
    if offered is not None:
        return act_form_page(request, view, offered, error=error, status=status)
    key = request.POST.get("key", "") if error.code != "key_reused" else uuid4()
    return proposition_page(request, pk, problem=refusal_sentence(kind, error), status=status, key=key)


def _view(request: HttpRequest, pk: int) -> RoomView:
    view = proposal_room(pk, viewer=me(request))
    if view is None:
        raise NotFound("session_unknown")
    return view


@require_safe
@for_members
def act_page(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Show the form of one act."""
    view = _view(request, pk)
    offered = offered_act(view, kind, request.GET)
    return act_form_page(request, view, offered) if offered else not_offered(request, view, kind)


class WritingForm(Form):
    """Who facilitates, if the circle has not mandated anybody."""

    field_for = {"facilitator_id": "facilitator"}

    facilitator = forms.TypedChoiceField(
        label=gettext_lazy("Qui anime"), coerce=int,
        help_text=gettext_lazy("Jamais la personne qui porte la proposition."),
    )  # fmt: skip

    def __init__(self, choices: WritingChoices, viewer: int, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        people = [(each.id, each.name) for each in choices.people]
        self.fields["facilitator"].choices = people if viewer in dict(people) else [("", ""), *people]
        self.fields["facilitator"].initial = viewer
        if choices.mandated:
            del self.fields["facilitator"]


@for_members
def in_writing(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what deciding in writing means under this charter, and let it begin."""
    choices = writing_choices(pk, viewer=me(request))
    if not choices.allowed and request.method != "POST":
        raise WrongState(choices.why)
    form = WritingForm(choices, me(request).pk, request.POST or None)
    problem, status = "", 200
    if request.method == "POST" and form.is_valid():
        try:
            asked = form.cleaned_data.get("facilitator")
            decide_in_writing(actor=me(request), proposal_id=pk, facilitator_id=asked, key=request.POST.get("key", ""))
        except DomainError as error:
            problem, status = why(error.code, error.facts), messages.status_of(error)
        else:
            messages.tell(request, _("La décision se prend par écrit. Chaque membre du cercle la trouve ici."))
            return redirect("proposition", pk)
    context = {
        "choices": choices, "form": form, "pk": pk, "why": problem, "windows": _windows(choices),
        "key": request.POST.get("key") or uuid4(),
    }  # fmt: skip
    return show(request, "propositions/written.html", context, status=status)


def _windows(choices: WritingChoices) -> list[tuple[str, str]]:
    return [(str(decision_stage(stage).label), _time(hours)) for stage, hours in choices.windows]


def _time(hours: int) -> str:
    """Say how long: in days if they are whole, in hours otherwise."""
    if hours % HOURS_A_DAY:
        return _("%(n)s h") % {"n": hours}
    return _("%(n)s j") % {"n": hours // HOURS_A_DAY}
