"""Assemblies: the list, convening one, the minutes."""

from functools import partial
from hashlib import sha256
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from frontend import messages
from frontend.context import me
from frontend.convening import ConveneForm
from frontend.doors import for_members, private, show
from frontend.fields import Form
from frontend.live import held_floor, turns
from governance.actions.assemblies import convene
from governance.actions.exercise import start_exercise
from governance.formats.minutes_pdf import minutes_pdf
from governance.queries.assemblies import assemblies, convening_choices, exercises, minutes_view
from governance.queries.rooms import room_view
from governance.queries.shapes import MinutesView
from network.errors import DomainError, NotFound

OVER = frozenset({"closed", "minutes_draft", "minutes_adopted"})
PDF_KEPT_S = 86_400


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
        "exercises": exercises(viewer=me(request)),
        "may_convene": bool(convening_choices(me(request)).circles),
    }
    return show(request, "assemblies/list.html", context)


@for_members
def new(request: HttpRequest) -> HttpResponse:
    """Convene a circle; `?proposition=3` puts that one on the agenda."""
    choices = convening_choices(me(request))
    asked = request.GET.get("proposition", "")
    taken = [int(asked)] if asked.isascii() and asked.isdigit() and len(asked) < 18 else []
    initial = {"proposals": taken, "reviews": taken}
    voted = request.GET.get("election", "")
    initial["elections"] = [int(voted)] if voted.isascii() and voted.isdigit() and len(voted) < 18 else []
    form = ConveneForm(choices, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = convene(
                actor=me(request), circle_id=given["circle"], title=given["title"], starts_at=given["starts_at"],
                place=given["place"], agenda=form.agenda(), elections=given.get("elections", []),
                budgets=form.budgets(),
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(
                request, _("L’assemblée est convoquée. Vous l’animez jusqu’à ce que vous passiez l’animation.")
            )
            return redirect("assembly", made.pk)
    return show(request, "assemblies/new.html", {"form": form, "circles": choices.circles})


class PractiseForm(Form):
    """What one wants to practise."""

    role = forms.ChoiceField(
        label=gettext_lazy("Votre place"),
        choices=[
            ("take_part", gettext_lazy("Participer : poser des questions, réagir, donner ma position")),
            ("facilitate", gettext_lazy("Animer : mener l’assemblée d’une étape à l’autre")),
            ("carry", gettext_lazy("Porter la proposition : répondre, amender, bonifier")),
        ],
        initial="take_part",
    )


@for_members
def practise(request: HttpRequest) -> HttpResponse:
    """Open an exercise, alone or for a group."""
    form = PractiseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = start_exercise(actor=me(request), role=form.cleaned_data["role"])
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(request, _("L’exercice commence : entrez dans l’assemblée."))
            return redirect("assembly", made.pk)
    return show(request, "assemblies/practise.html", {"form": form})


@require_safe
@for_members
def people(request: HttpRequest, pk: int) -> HttpResponse:
    """List who is there by name, who has not spoken, and the round in its order: in a crowd the room names the first
    alone."""
    state = room_view(pk, viewer=me(request)).state
    listed = (
        (_("Personnes présentes"), state.present),
        (_("N’ont pas encore parlé"), state.not_spoken if state.stage == "open" else ()),
        (_("Sans appareil"), state.door),
        (_("Observent"), state.observers),
    )
    shown = [(said, who) for place, (said, who) in enumerate(listed) if who or not place]
    groups = [(said, sorted((str(each.name) for each in who), key=str.casefold)) for said, who in shown]
    spoken = {"turns": turns(state.round, None), "airtime": held_floor(state)}
    return show(request, "assemblies/people.html", {"state": state, "groups": groups, **spoken})


@require_safe
def minutes(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the minutes: to everybody once they are in the register, before that to members of the collective."""
    viewer = me(request)
    found = minutes_view(pk, viewer=viewer)
    return show(
        request, "assemblies/minutes.html", {"minutes": found, "key": uuid4(), "acts": _acts(pk, viewer, found)}
    )


@require_safe
def minutes_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The same minutes as PDF, with their digest at the end; made once for each text."""
    found = minutes_view(pk, viewer=me(request))
    text = f"{found.text}\n\nEmpreinte du texte approuvé, dont les noms sont scellés à part : `{found.digest}`\n"
    name = f"minutes-pdf:{sha256(f'{pk} {text}'.encode()).hexdigest()}"
    make = partial(minutes_pdf, title=found.title, author=settings.ORIGIN, text=text, made_at=found.drawn_up_at)
    data = cache.get_or_set(name, make, timeout=PDF_KEPT_S)
    headers = {"Content-Disposition": f'inline; filename="proces-verbal-{pk}.pdf"'}
    return private(HttpResponse(data, content_type="application/pdf", headers=headers))


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
