"""Mandates of a circle: giving one, and ending one before its day."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend import messages
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import Form
from frontend.pages.circles import ROLES
from frontend.templatetags.ui import day
from governance.actions.circles import assign_mandate, end_mandate
from governance.queries.agenda import circles
from governance.queries.circles import CirclePage, circle_page
from network.clock import day_of, now
from network.errors import DomainError, NotEntitled, NotFound
from network.queries.collectives import home_collective, members_of

OWN = "own"


def _day_field(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class MandateForm(Form):
    """Who, for what, from when until when."""

    field_for = {"to_circle_id": "to_circle"}

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    member = forms.TypedChoiceField(label=gettext_lazy("Membre"), coerce=int)
    role = forms.ChoiceField(
        label=gettext_lazy("Rôle"), choices=[*ROLES.items(), (OWN, gettext_lazy("autre, en nos mots"))]
    )
    own = forms.CharField(
        label=gettext_lazy("En nos mots"), required=False, max_length=60,
        help_text=gettext_lazy("Si le rôle n’est pas dans la liste : trésorerie, accueil…"),
    )  # fmt: skip
    mission = forms.CharField(
        label=gettext_lazy("Mission"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Ce que le cercle confie, et ce qu’il ne confie pas."),
    )  # fmt: skip
    to_circle = forms.TypedChoiceField(
        label=gettext_lazy("Représente le cercle dans"), coerce=int, required=False, empty_value=None
    )
    starts_on = _day_field(label=gettext_lazy("À partir du"))
    ends_on = _day_field(label=gettext_lazy("Jusqu’au"), required=False)

    def __init__(self, page: CirclePage, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].choices = [(person.id, person.name) for person, _since in page.members]
        others = [each for each in circles(viewer=None) if each.id != page.id]
        self.fields["to_circle"].choices = [("", "—"), *((each.id, each.name) for each in others)]
        if page.longest:
            longest = _("La charte permet jusqu’au %(until)s pour un mandat qui commence aujourd’hui.")
            self.fields["ends_on"].help_text = longest % {"until": day(page.longest)}

    def clean(self) -> dict[str, Any]:
        """A role in our own words is written out."""
        data = super().clean() or {}
        if data.get("role") == OWN and not data.get("own", "").strip():
            self.add_error("own", messages.sentence("field_missing"))
        return data

    def role_given(self) -> str:
        """Return the role chosen, or its own words."""
        given = self.cleaned_data
        return str(given["own"] if given["role"] == OWN else given["role"])


@for_members
def give(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody of one's circle a role, from a day to a day."""
    page = circle_page(pk, viewer=me(request))
    if not page.mine:
        raise NotEntitled("not_in_circle")
    data = _with_start(request) if request.method == "POST" else None
    initial = {"starts_on": day_of(now()), "key": uuid4(), "role": request.GET.get("role", "")}
    form = MandateForm(page, data, initial=initial)
    if request.method == "POST" and form.is_valid() and _given(request, page, form):
        messages.tell(request, _("Le mandat est donné."))
        return redirect("circle", pk)
    heading = _("Donner un mandat dans « %(circle)s »") % {"circle": page.name}
    context = {"form": form, "heading": heading, "note": "", "back": reverse("circle", args=[pk])}
    return show(request, "circles/form.html", context)


def _with_start(request: HttpRequest) -> Any:
    """What was sent; a mandate that names no first day begins today."""
    data = request.POST.copy()
    data.setdefault("starts_on", day_of(now()).isoformat())
    return data


def _given(request: HttpRequest, page: CirclePage, form: MandateForm) -> bool:
    given, home = form.cleaned_data, home_collective()
    people = {each.pk: each for each in members_of(home)} if home else {}
    key: UUID | None = given["key"]
    try:
        assign_mandate(
            actor=me(request),
            circle_id=page.id,
            member=people.get(given["member"]) or _nobody(),
            role=form.role_given(),
            starts_on=given["starts_on"],
            ends_on=given["ends_on"],
            mission=given["mission"],
            to_circle_id=given["to_circle"],
            key=key,
        )
    except DomainError as error:
        form.refuse(error)
        return False
    return True


def _nobody() -> Any:
    raise NotFound("seat_unknown")


class EndForm(Form):
    reason = forms.CharField(
        label=gettext_lazy("Pourquoi"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Les membres du collectif le liront."),
    )  # fmt: skip


@for_members
def end(request: HttpRequest, pk: int, mandate: int) -> HttpResponse:
    """End a mandate before its day, with a reason."""
    page = circle_page(pk, viewer=me(request))
    line = next((each for each in page.mandates if each.id == mandate), None)
    if line is None:
        raise NotFound("mandate_unknown")
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            end_mandate(actor=me(request), mandate_id=mandate, reason=form.cleaned_data["reason"])
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(request, _("Le mandat est fini."))
            return redirect("circle", pk)
    role = ROLES.get(line.role, line.role)
    heading = _("Finir le mandat de %(name)s : %(role)s") % {"name": line.person.name, "role": role}
    context = {"form": form, "heading": heading, "note": "", "back": reverse("circle", args=[pk])}
    return show(request, "circles/form.html", context | {"submit": _("Finir ce mandat")})
