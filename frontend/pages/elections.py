"""Elections without candidate: the list, asking for one, one with what was said and how it ended."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from frontend import messages
from frontend.context import me
from frontend.doors import for_members, show
from frontend.election_stages import election_stage
from frontend.fields import Form
from frontend.live import election_beads
from governance.actions.elections import call_election, put_on_agenda
from governance.queries.agenda import circles
from governance.queries.elections import election_page, elections
from governance.queries.lots import lots
from governance.queries.shapes import CircleView
from governance.rules.electing import ENDED
from network.errors import DomainError, Invalid

MANY_MONTHS = 1200  # what a form can hold; the charter says how long a mandate may be


def number_asked(request: HttpRequest, name: str) -> int | None:
    """Return a whole number of the address, or None."""
    asked = request.GET.get(name, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else None


def circles_of(request: HttpRequest) -> list[CircleView]:
    """Return the circles that the reader sits in."""
    return [each for each in circles(viewer=me(request)) if each.mine]


@require_safe
@for_members
def listing(request: HttpRequest) -> HttpResponse:
    """Show the elections and lots of one's collectives."""
    context = {
        "elections": elections(viewer=me(request)),
        "lots": lots(viewer=me(request)),
        "may_ask": bool(circles_of(request)),
    }
    return show(request, "elections/list.html", context)


class ElectionForm(Form):
    """What is sought; only circle and role are needed now."""

    field_for = {"circle_id": "circle"}

    circle = forms.TypedChoiceField(label=gettext_lazy("Cercle"), coerce=int)
    role = forms.CharField(
        label=gettext_lazy("Rôle"), max_length=60, help_text=gettext_lazy("Par exemple : trésorerie, animation.")
    )
    mission = forms.CharField(
        label=gettext_lazy("Mission"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Ce que la personne fera, et ce qu’elle pourra décider seule."),
    )  # fmt: skip
    criteria = forms.CharField(
        label=gettext_lazy("Critères pour choisir"), required=False, max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Ce que le rôle demande : savoir-faire, disponibilité, qualités."),
    )  # fmt: skip
    months = forms.IntegerField(
        label=gettext_lazy("Durée du mandat, en mois"), required=False, min_value=1, max_value=MANY_MONTHS
    )

    def __init__(self, mine: list[CircleView], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["circle"].choices = [(each.id, each.name) for each in mine]


@for_members
def new(request: HttpRequest) -> HttpResponse:
    """Ask for an election; `?circle=3&role=…` prefill it."""
    mine = circles_of(request)
    initial = {"circle": number_asked(request, "circle"), "role": request.GET.get("role", "")[:60]}
    form = ElectionForm(mine, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = call_election(
                actor=me(request), circle_id=given["circle"], role=given["role"], mission=given["mission"],
                criteria=given["criteria"], months=given["months"] or 0,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(request, _("L’élection est demandée. Mettez-la à l’ordre du jour d’une assemblée."))
            return redirect("election", made.pk)
    return show(request, "elections/new.html", {"form": form, "circles": mine})


@require_safe
@for_members
def election(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one election: what is sought, what was said, who was chosen."""
    page = election_page(pk, viewer=me(request))
    context = {
        "page": page,
        "words": election_stage(page.election.stage),
        "beads": election_beads(page.election),
        "open": page.election.stage not in ENDED,
    }
    return show(request, "elections/election.html", context)


@require_POST
@for_members
def agenda(request: HttpRequest, pk: int) -> HttpResponse:
    """Put an election on the agenda of an assembly that is convened."""
    asked = request.POST.get("assembly", "")
    try:
        if not (asked.isascii() and asked.isdigit() and len(asked) < 18):
            raise Invalid("assembly_unknown")
        put_on_agenda(actor=me(request), election_id=pk, assembly_id=int(asked))
    except DomainError as error:
        messages.refuse(request, error)
    else:
        messages.tell(request, _("L’élection est à l’ordre du jour."))
    return redirect("election", pk)
