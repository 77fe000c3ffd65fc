"""Lots: freezing one, committing, revealing, reading the beacon, answering; and redoing any draw in one's browser."""

import secrets
from shlex import quote
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from frontend import messages
from frontend.context import me
from frontend.doors import for_members, private, show
from frontend.election_stages import lot_stage
from frontend.fields import Form
from frontend.pages.elections import number_asked
from governance.actions.lots import Frozen, act_in_lot, open_lot
from governance.queries.candidacy_view import candidacy_view
from governance.queries.lots import LotChoices, LotView, Vacancy, lot_choices, lot_view, vacancy
from governance.rules.acts import LOT_ACTS
from governance.rules.lot import SIZE, commitment
from governance.rules.lot_state import ENDED, LotStage
from network.errors import DomainError

MINUTE = "%Y-%m-%dT%H:%M"
MINUTES = [MINUTE, "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"]


def _instant(label: object, help_text: object = "", *, required: bool = True) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTE)
    return forms.DateTimeField(
        label=label, widget=widget, input_formats=MINUTES, help_text=help_text, required=required
    )


class LotForm(Form):
    """Everything that the result will depend on."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    field_for = {"election_id": "role"}

    circle = forms.TypedChoiceField(label=gettext_lazy("Cercle"), coerce=int)
    role = forms.CharField(label=gettext_lazy("Rôle"), max_length=60)
    seats = forms.IntegerField(
        label=gettext_lazy("Combien de personnes désigner"), min_value=1, max_value=1000, initial=1
    )
    months = forms.IntegerField(label=gettext_lazy("Durée du mandat, en mois"), min_value=1, max_value=1200)
    pool = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Personnes parmi lesquelles tirer"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    eligibility = forms.CharField(
        label=gettext_lazy("Qui peut être tiré au sort, et pourquoi"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    beacon_source = forms.CharField(
        label=gettext_lazy("Le hasard que tout le monde verra"), max_length=200,
        help_text=gettext_lazy(
            "Des dés lancés devant tout le monde, ou un tirage public à venir comme le Loto : personne ici ne peut le "
            "choisir. Par exemple : quatre dés, lancés une fois les enveloppes ouvertes."
        ),
    )  # fmt: skip
    beacon_format = forms.CharField(
        label=gettext_lazy("Comment on l’écrira, au signe près"), max_length=120, initial="dice:#-#-#-#",
        help_text=gettext_lazy(
            "Deux personnes l’écriront chacune de leur côté, et doivent écrire la même chose. Chaque # sera remplacé "
            "par un nombre : quatre dés qui montrent 6, 2, 5 et 1 s’écriront « dice:6-2-5-1 ». Pour quatre dés, "
            "laissez tel quel."
        ),
    )  # fmt: skip
    commits_end = _instant(
        gettext_lazy("Jusqu’à quand déposer son enveloppe"),
        gettext_lazy(
            "L’appareil de chaque personne qui le veut fabrique un nombre secret et le dépose sous enveloppe fermée. "
            "Le résultat dépendra de tous : personne ne pourra le choisir."
        ),
    )
    reveals_end = _instant(
        gettext_lazy("Jusqu’à quand ouvrir son enveloppe"),
        gettext_lazy(
            "Avant les dés ou le tirage public : qui ouvre son enveloppe en dernier n’en sait ainsi pas plus que les "
            "autres."
        ),
    )
    beacon_at = _instant(
        gettext_lazy("Moment du tirage public"),
        gettext_lazy("Vide pour des dés : on les lance quand les enveloppes sont ouvertes."),
        required=False,
    )

    def __init__(self, choices: LotChoices, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        people = {each.id: each.name for _circle, seated in choices.circles for each in seated}
        self.fields["circle"].choices = [(circle.id, circle.name) for circle, _seated in choices.circles]
        self.fields["pool"].choices = sorted(people.items(), key=lambda each: each[1].casefold())

    def frozen(self, given: Vacancy | None) -> Frozen:
        """Return what is frozen, as the action names it."""
        values = {name: value for name, value in self.cleaned_data.items() if name not in {"circle", "key"}}
        return Frozen(**{**values, "pool": tuple(values["pool"])}, election_id=given.election_id if given else None)


@for_members
def new(request: HttpRequest) -> HttpResponse:
    """Freeze a lot; `?circle=3`, or `?election=3` for one that was left to a lot, prefill it."""
    choices = lot_choices(me(request))
    asked = number_asked(request, "election")
    given = vacancy(asked, viewer=me(request)) if asked else None
    form = LotForm(choices, request.POST or None, initial=_initial(request, choices, given))
    if request.method == "POST" and form.is_valid():
        try:
            where, key = form.cleaned_data["circle"], form.cleaned_data["key"]
            made = open_lot(actor=me(request), circle_id=where, frozen=form.frozen(given), key=key)
        except DomainError as error:
            form.refuse(error)
            if error.code == "key_reused":
                form.data = _renewed(request)
        else:
            messages.tell(request, _("Le tirage est figé et inscrit au registre. Chacun peut déposer son enveloppe."))
            return redirect("lot", made.pk)
    return show(request, "lots/new.html", {"form": form, "circles": choices.circles})


def _renewed(request: HttpRequest) -> QueryDict:
    """What was sent, under another key: pressing again then opens a lot of its own."""
    data = request.POST.copy()
    data["key"] = str(uuid4())
    return data


def _initial(request: HttpRequest, choices: LotChoices, given: Vacancy | None) -> dict[str, object]:
    circle = given.circle_id if given else number_asked(request, "circle")
    pool = [each.id for found, seated in choices.circles if found.id == circle for each in seated]
    known = {"role": given.role, "months": given.months} if given else {}
    return {"circle": circle, "pool": pool, "key": uuid4(), **known}


@require_safe
@for_members
def lot(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one lot: what is frozen, where it stands, what I can do, the order drawn."""
    return _lot_page(request, lot_view(pk, viewer=me(request)))


def _lot_page(
    request: HttpRequest, view: LotView, *, why: str = "", status: int = 200, key: str = "", made: str = ""
) -> HttpResponse:
    context = {
        "lot": view,
        "words": lot_stage(view.stage),
        "waits": LotStage(view.stage) not in ENDED,
        "may": {act.kind for act in view.acts if act.allowed},
        "key": key or uuid4(),
        "why": why,
        "typed": {name: request.POST.get(name, "") for name in ("secret", "beacon")} if why else {},
        "commands": _by_hand(view),
        "made": made,
        "mark": commitment(bytes.fromhex(made)[:SIZE], bytes.fromhex(made)[SIZE:]) if made else "",
    }
    return private(show(request, "lots/lot.html", context, status=status))


def _by_hand(view: LotView) -> list[tuple[str, str]]:
    """Return what a person types to find the seed, then each commitment, again: digests and shell commands.

    Texts that people chose are quoted: a line that is copied runs nothing but what it shows.
    """
    if not view.seed:
        return []
    start = f"printf 'seed\\0%s\\0' {quote(view.identifier)}; {_octets(''.join(view.secrets))}"
    seed = (view.seed, f"{{ {start}; printf %s {quote(view.beacon)}; }} | sha256sum")
    opened = (
        (each.commitment, f"{{ printf 'commit\\0'; {_octets(each.key)}; }} | sha256sum")
        for each in view.commits
        if each.key
    )
    return [seed, *opened]


def _octets(digits: str) -> str:
    return f"printf %s {digits} | tr a-f A-F | basenc --base16 -d"


@require_POST
@for_members
def key(request: HttpRequest, pk: int) -> HttpResponse:
    """Without script: make a key here, show it once to keep, and store nothing."""
    return _lot_page(request, lot_view(pk, viewer=me(request)), made=secrets.token_hex(2 * SIZE))


@require_POST
@for_members
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one act in a lot."""
    kind, sent = request.POST.get("kind", ""), request.POST.get("key", "")
    fields = {field.name for field in LOT_ACTS.get(kind, ())}
    payload = {name: request.POST.get(name, "") for name in fields}
    try:
        act_in_lot(lot_id=pk, actor=me(request), kind=kind, payload=payload, key=sent)
    except DomainError as error:
        view = lot_view(pk, viewer=me(request))
        again = "" if error.code == "key_reused" else sent
        return _lot_page(request, view, why=messages.of(error), status=messages.status_of(error), key=again)
    messages.tell(request, _("C’est enregistré."))
    return redirect("lot", pk)


@require_safe
def redo(request: HttpRequest) -> HttpResponse:
    """Redo any draw in one's own browser: open to everybody, nothing is sent. `?tirage=3` fills it for a member, and
    `?recours=7` with the draw of those who look at an appeal."""
    asked, appeal = number_asked(request, "tirage"), number_asked(request, "recours")
    found = lot_view(asked, viewer=me(request)) if asked else None
    drawn = candidacy_view(appeal, viewer=me(request)).draw if appeal else None
    return private(show(request, "lots/redo.html", {"lot": found or drawn}))
