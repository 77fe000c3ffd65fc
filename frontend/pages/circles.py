"""Circles: who decides together on what, and who holds which mandate."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from frontend import messages
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import Form
from governance.actions.circles import close_circle, join_circle, leave_circle, open_circle
from governance.queries.agenda import circles
from governance.queries.circles import circle_page
from governance.queries.moderators import MODERATION
from governance.queries.shapes import CircleView
from network.errors import DomainError, NotEntitled, NotFound
from network.queries.collectives import home_collective, members_of

Done = TypeVar("Done")

ROLES = {
    "facilitator": gettext_lazy("animation"),
    "deputy": gettext_lazy("suppléance de l’animation"),
    "secretary": gettext_lazy("secrétariat"),
    "timekeeper": gettext_lazy("garde du temps"),
    "representative": gettext_lazy("représentation dans un autre cercle"),
    MODERATION: gettext_lazy("modération (compte dans le premier cercle)"),
}


@require_safe
@for_members
def listing(request: HttpRequest) -> HttpResponse:
    """Show the circles of this node's collective."""
    context = {"circles": circles(viewer=me(request)), "roles": ROLES, "may_open": _belongs(request)}
    return show(request, "circles/list.html", context)


def _people() -> dict[int, Any]:
    """Return the members of this node's collective by id."""
    home = home_collective()
    return {each.pk: each for each in members_of(home)} if home else {}


def _belongs(request: HttpRequest) -> bool:
    return me(request).pk in _people()


class CircleForm(Form):
    name = forms.CharField(label=gettext_lazy("Nom du cercle"), max_length=120)
    purpose = forms.CharField(
        label=gettext_lazy("Ce dont il a la charge"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    members = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Premiers membres"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, people: dict[int, Any], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"].choices = [(pk, each.name) for pk, each in people.items()]


@for_members
def new(request: HttpRequest) -> HttpResponse:
    """Open a circle; whoever opens it sits in it."""
    if not _belongs(request):
        raise NotEntitled("not_a_member")
    home, people = home_collective(), _people()
    form = CircleForm(people, request.POST or None, initial={"members": [me(request).pk]})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        seated = [people[pk] for pk in {me(request).pk, *given["members"]}]
        opened = _try(
            form,
            lambda: open_circle(
                actor=me(request), collective=home, name=given["name"], purpose=given["purpose"], members=seated
            ),
        )
        if opened:
            messages.tell(request, _("Le cercle est ouvert."))
            return redirect("circle", opened.pk)
    return show(request, "circles/form.html", {"form": form, "heading": _("Ouvrir un cercle"), "note": ""})


def _try(form: Form, action: Callable[[], Done]) -> Done | None:
    """Do it and return what came of it, or put the refusal on the form."""
    try:
        return action()
    except DomainError as error:
        form.refuse(error)
        return None


def _circle_of_mine(request: HttpRequest, pk: int) -> CircleView:
    """Return the circle if the reader sits in it."""
    found = next((each for each in circles(viewer=me(request)) if each.id == pk), None)
    if found is None:
        raise NotFound("circle_unknown")
    if not found.mine:
        raise NotEntitled("not_in_circle")
    return found


class SeatForm(Form):
    member = forms.TypedChoiceField(label=gettext_lazy("Membre"), coerce=int)

    def __init__(self, people: dict[int, Any], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].choices = [(pk, each.name) for pk, each in people.items()]


@for_members
def member(request: HttpRequest, pk: int) -> HttpResponse:
    """Seat a member of the collective in a circle of one's own."""
    circle = _circle_of_mine(request, pk)
    seated = {each.id for each in circle.members}
    people = {pk: each for pk, each in _people().items() if pk not in seated}
    form = SeatForm(people, request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = people[form.cleaned_data["member"]]
        if _try(form, lambda: join_circle(actor=me(request), circle_id=circle.id, member=person)):
            messages.tell(request, _("Ce membre siège désormais dans le cercle."))
            return redirect("circle", circle.id)
    note = _("Les décisions déjà ouvertes gardent les membres de leur ouverture.")
    heading = _("Accueillir un membre dans « %(circle)s »") % {"circle": circle.name}
    return show(request, "circles/form.html", {"form": form, "heading": heading, "note": note})


@require_safe
@for_members
def circle(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a circle: purpose, members, mandates now, to come and past, decisions, meetings, proposals, journal."""
    page = circle_page(pk, viewer=me(request))
    context = {
        "circle": page,
        "roles": ROLES,
        "now": [each for each in page.mandates if each.state == "now"],
        "to_come": [each for each in page.mandates if each.state == "to_come"],
        "past": [each for each in page.mandates if each.state == "past"],
    }
    return show(request, "circles/circle.html", context)


@for_members
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave a circle, once sure."""
    page = circle_page(pk, viewer=me(request))
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _try(form, lambda: leave_circle(actor=me(request), circle_id=pk)):
        messages.tell(request, _("Vous avez quitté ce cercle."))
        return redirect("circle", pk)
    heading = _("Quitter « %(circle)s »") % {"circle": page.name}
    note = _("Les mandats que vous y tenez finissent aujourd’hui. Les décisions déjà ouvertes vous gardent.")
    return _sure(request, form, pk, heading, note, _("Quitter ce cercle"))


@for_members
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a circle where nobody sits, once sure."""
    page = circle_page(pk, viewer=me(request))
    form = Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _try(form, lambda: close_circle(actor=me(request), circle_id=pk)):
        messages.tell(request, _("Le cercle est fermé."))
        return redirect("circle", pk)
    heading = _("Fermer « %(circle)s »") % {"circle": page.name}
    note = _("Ses décisions et son journal restent lisibles.")
    return _sure(request, form, pk, heading, note, _("Fermer ce cercle"))


def _sure(request: HttpRequest, form: Form, pk: int, heading: str, note: str, submit: str) -> HttpResponse:
    context = {"form": form, "heading": heading, "note": note, "submit": submit, "back": reverse("circle", args=[pk])}
    return show(request, "circles/form.html", context)
