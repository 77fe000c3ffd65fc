"""Assemblies: the list, convening one, the minutes."""

from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from frontend import messages
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import Form
from governance.actions.assemblies import convene
from governance.queries.assemblies import ConveningChoices, assemblies, convening_choices, minutes_view
from governance.queries.rooms import room_view
from governance.queries.shapes import MinutesView
from network.errors import DomainError, NotFound

OVER = frozenset({"closed", "minutes_draft", "minutes_adopted"})
OTHER_POINTS = 10


@require_safe
@for_members
def listing(request: HttpRequest) -> HttpResponse:
    """Show the assemblies to come and those that are over."""
    rows = assemblies(viewer=me(request))
    coming = [row for row in rows if row.stage not in OVER]
    over = [row for row in rows if row.stage in OVER]
    context = {
        "coming": list(reversed(coming)),
        "over": over,
        "may_convene": bool(convening_choices(me(request)).circles),
    }
    return show(request, "assemblies/list.html", context)


class ConveneForm(Form):
    """The notice: which circle, when, where, and what about."""

    circle = forms.TypedChoiceField(label=gettext_lazy("Cercle"), coerce=int)
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=200, initial=gettext_lazy("Assemblée"))
    starts_at = forms.DateTimeField(
        label=gettext_lazy("Date et heure"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"],
    )
    place = forms.CharField(label=gettext_lazy("Lieu, ou adresse de la visio"), max_length=200, required=False)
    proposals = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Propositions à l’ordre du jour"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    others = forms.CharField(
        label=gettext_lazy("Autres points, un par ligne"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, choices: ConveningChoices, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["circle"].choices = [(each.id, each.name) for each in choices.circles]
        self.fields["proposals"].choices = [(each.id, each.name) for _circle, each in choices.proposals]
        if not choices.proposals:
            del self.fields["proposals"]

    def agenda(self) -> list[tuple[str, int | None]]:
        """Return the points: proposals first, then the others."""
        others = [line.strip() for line in self.cleaned_data["others"].splitlines() if line.strip()]
        return [
            *(("", pk) for pk in self.cleaned_data.get("proposals", [])),
            *((line, None) for line in others[:OTHER_POINTS]),
        ]


@for_members
def new(request: HttpRequest) -> HttpResponse:
    """Convene a circle; `?proposition=3` puts that one on the agenda."""
    choices = convening_choices(me(request))
    asked = request.GET.get("proposition", "")
    initial = {"proposals": [int(asked)] if asked.isascii() and asked.isdigit() and len(asked) < 18 else []}
    form = ConveneForm(choices, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = convene(
                actor=me(request), circle_id=given["circle"], title=given["title"], starts_at=given["starts_at"],
                place=given["place"], agenda=form.agenda(),
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(
                request, _("L’assemblée est convoquée. Vous l’animez jusqu’à ce que vous passiez l’animation.")
            )
            return redirect("assembly", made.pk)
    return show(request, "assemblies/new.html", {"form": form, "circles": choices.circles})


@require_safe
def minutes(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the minutes: to everybody once they are in the register, before that to members of the collective."""
    viewer = me(request)
    found = minutes_view(pk, viewer=viewer)
    return show(
        request, "assemblies/minutes.html", {"minutes": found, "key": uuid4(), "acts": _acts(pk, viewer, found)}
    )


def _acts(pk: int, viewer: object, found: MinutesView) -> list[object]:
    """Return what this person may do about the minutes: approve, ask for a correction, amend."""
    if viewer is None or found.stage != "minutes_draft":
        return []
    try:
        mine = room_view(pk, viewer=viewer).mine  # type: ignore[arg-type]
    except NotFound:
        return []
    return [
        act for act in mine.acts if act.allowed and act.kind in {"approve_minutes", "contest_minutes", "amend_minutes"}
    ]
