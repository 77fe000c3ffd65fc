"""Propositions: what waits for me, writing one, one with its whole story."""

from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from frontend import messages
from frontend.acts import panel_of
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import Form
from frontend.live import beads, progress
from frontend.pages.room import TYPED
from frontend.stages import decision_stage, if_silent
from governance.actions.proposals import draft_proposal, edit_proposal
from governance.queries.agenda import charter_in_force, circles, propositions_for
from governance.queries.charters import change_view
from governance.queries.consent import proposal_view
from governance.queries.polls import poll_of
from governance.queries.proposal_room import may_go_written, proposal_room
from governance.queries.shapes import CircleView, ConsentView, ProposalRow, ProposalView, RoomView
from governance.queries.words import choice_label
from governance.rules.acts import GROUNDS, NATURES
from network.errors import DomainError, NotEntitled

GROUPS = (
    ("for_me", gettext_lazy("Pour moi")),
    ("preparing", gettext_lazy("En préparation")),
    ("consulting", gettext_lazy("En consultation")),
    ("assembly", gettext_lazy("En assemblée")),
    ("decided", gettext_lazy("Décidées")),
)
NEEDED = (  # guard G8a: what a text must say before everybody is called on it
    ("driver", gettext_lazy("le motif")),
    ("text", gettext_lazy("le texte")),
    ("review_on", gettext_lazy("la date de révision")),
    ("responsible", gettext_lazy("la personne responsable")),
    ("criteria", gettext_lazy("les critères d’évaluation")),
)


@require_safe
@for_members
def listing(request: HttpRequest) -> HttpResponse:
    """Show the proposals of one's collectives, what waits for the reader first."""
    rows = propositions_for(me(request))
    context = {"groups": _grouped(rows), "may_propose": any(each.mine for each in circles(viewer=me(request)))}
    return show(request, "propositions/list.html", context)


def _grouped(rows: tuple[ProposalRow, ...]) -> list[dict[str, object]]:
    found = [(label, [row for row in rows if row.group == group]) for group, label in GROUPS]
    return [{"label": label, "rows": some} for label, some in found if some]


class ProposalForm(Form):
    """A proposal in preparation; only the title is needed."""

    field_for = {"responsible_id": "responsible", "circle_id": "circle"}

    circle = forms.TypedChoiceField(label=gettext_lazy("Cercle"), coerce=int)
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=200)
    driver = forms.CharField(
        label=gettext_lazy("Motif"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Pourquoi agir : ce qui se passe, et ce dont nous avons besoin."),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("Texte"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("Ce que nous décidons. Pour mettre en forme, si vous le voulez : *accent*, - liste, [lien](https://…)."),
    )  # fmt: skip
    review_on = forms.DateField(
        label=gettext_lazy("À revoir le"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    responsible = forms.TypedChoiceField(
        label=gettext_lazy("Personne responsable"), required=False, coerce=int, empty_value=None,
        help_text=gettext_lazy("Elle veille à ce que la décision s’applique et se revoie."),
    )  # fmt: skip
    criteria = forms.CharField(
        label=gettext_lazy("Critères d’évaluation"), required=False, max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("À quoi verrons-nous que c’était une bonne décision ?"),
    )  # fmt: skip
    decision_class = forms.ChoiceField(
        label=gettext_lazy("Genre de décision"),
        choices=[("ordinary", gettext_lazy("ordinaire")), ("charter", gettext_lazy("sur la charte"))],
    )

    def __init__(self, mine: list[CircleView], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        people = {each.id: each.name for circle in mine for each in circle.members}
        self.fields["circle"].choices = [(each.id, each.name) for each in mine]
        self.fields["responsible"].choices = [("", ""), *sorted(people.items(), key=lambda each: each[1].casefold())]

    def given(self) -> dict[str, object]:
        """Return the fields as the actions name them."""
        values = dict(self.cleaned_data)
        values["responsible_id"] = values.pop("responsible")
        if "circle" in values:
            values["circle_id"] = values.pop("circle")
        return values


def _mine(request: HttpRequest) -> list[CircleView]:
    return [each for each in circles(viewer=me(request)) if each.mine]


@for_members
def new(request: HttpRequest) -> HttpResponse:
    """Write a draft."""
    mine = _mine(request)
    form = ProposalForm(mine, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = draft_proposal(actor=me(request), **form.given())
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(request, _("Le brouillon est enregistré."))
            return redirect("proposition", made.pk)
    return show(request, "propositions/form.html", {"form": form, "circles": mine, "heading": _("Proposer")})


@for_members
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft on which no decision is open yet."""
    proposal = proposal_view(pk, viewer=me(request))
    if not proposal.editable:
        raise NotEntitled("not_proposer")
    mine = _mine(request)
    form = ProposalForm(mine, request.POST or None, initial=_initial(proposal))
    fixed = ("circle", "decision_class", *(("text",) if change_view(pk) else ()))
    for name in fixed:
        del form.fields[name]
    if request.method == "POST" and form.is_valid():
        try:
            edit_proposal(actor=me(request), proposal_id=pk, **form.given())
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(request, _("Le brouillon est enregistré."))
            return redirect("proposition", pk)
    return show(
        request, "propositions/form.html", {"form": form, "circles": mine, "heading": _("Modifier la proposition")}
    )


def _initial(proposal: ProposalView) -> dict[str, object]:
    names = ("title", "driver", "text", "review_on", "criteria")
    values = {name: getattr(proposal, name) for name in names}
    return values | {"responsible": proposal.responsible.id if proposal.responsible else ""}


@require_safe
@for_members
def proposition(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a proposal: text, carrier, stages, what I can do, objections and their state, versions and what changed."""
    return proposition_page(request, pk)


def proposition_page(
    request: HttpRequest, pk: int, *, problem: str = "", status: int = 200, key: object = ""
) -> HttpResponse:
    """Show a proposal; after a refusal, with the reason and everything that was typed."""
    viewer = me(request)
    proposal, room = proposal_view(pk, viewer=viewer), proposal_room(pk, viewer=viewer)
    consent, charter = proposal.consent, charter_in_force()
    context = {
        "proposal": proposal,
        "consent": consent,
        "beads": beads(consent) if consent else [],
        "versions": [each for each in reversed(consent.versions) if each.changes] if consent else [],
        "missing": [label for name, label in NEEDED if not getattr(proposal, name)],
        "rounds": _rounds(consent) if consent else [],
        "may_write": may_go_written(pk, viewer=viewer),
        "why": problem,
        "typed": {name: request.POST.get(name, "") for name in TYPED} if problem else {},
        "grounds": [(each, choice_label(each)) for each in GROUNDS],
        "natures": [(each, choice_label(each)) for each in NATURES],
        "articles": [(each.id, each.title) for each in charter.articles] if charter else [],
        "key": key or uuid4(),
        "poll": poll_of(pk),
    }
    return show(request, "propositions/proposition.html", context | _part(room), status=status)


def _part(room: RoomView | None) -> dict[str, object]:
    """Return what the place to take part draws; nothing where there is nothing to do, or where a room has it."""
    if room is None or room.state.consent is None:
        return {}
    consent, panel = room.state.consent, panel_of(room.state, room.mine)
    shown = consent.window is not None or panel.mine or panel.tools or panel.leads or panel.speech
    return {
        "state": room.state,
        "mine": room.mine,
        "panel": panel,
        "take_part": bool(shown),
        "words": decision_stage(consent.stage),
        "otherwise": if_silent(consent),
        "progress": progress(room.state),
    }


def _rounds(consent: ConsentView) -> list[dict[str, object]]:
    """Return what was asked and how people received it; the replies to a question come right after it."""
    said = [turn for turn in consent.turns if not turn.passed]
    asked = {turn.number for turn in said}
    found: list[dict[str, object]] = []
    for turn in said:
        found.append({"turn": turn, "reply": False})
        found += [{"turn": reply, "reply": True} for reply in consent.replies if reply.number == turn.number]
    return [*found, *({"turn": reply, "reply": True} for reply in consent.replies if reply.number not in asked)]
