"""Changing the charter: one's drafts, the articles and figures of one, and putting it to decision."""

from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend import figure_words, messages
from frontend.charter_forms import FiguresForm, TextForm
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import Form
from governance.actions.charter_drafts import (
    begin_draft,
    complete_draft,
    discard_draft,
    edit_figures,
    edit_text,
    publish_draft,
    rebase_draft,
)
from governance.queries.charters import DraftView, draft_view, drafts_of, may_change
from governance.rules.figures import figure_at
from network.errors import DomainError
from network.queries.collectives import home_collective

DOCUMENT_HEADS = {"title": gettext_lazy("Titre"), "preamble": gettext_lazy("Préambule")}


@for_members
def change(request: HttpRequest) -> HttpResponse:
    """Show one's drafts, and begin one. `?manque=`: the figure that the charter does not set."""
    missing = request.GET.get("manque", "")[:80]
    known = figure_at(missing) is not None
    home = home_collective()
    if request.method == "POST" and home is not None:
        if request.POST.get("act") == "complete":
            made = complete_draft(actor=me(request), collective=home)
            messages.tell(
                request, _("Le projet est prêt : relisez chaque valeur, changez-la au besoin, puis proposez-le.")
            )
            return redirect("charter_draft", made.pk)
        source = request.POST.get("source", "")
        taken = int(source) if source.isascii() and source.isdigit() and len(source) < 10 else None
        return redirect("charter_draft", begin_draft(actor=me(request), collective=home, source_id=taken).pk)
    context = {
        "drafts": drafts_of(me(request)),
        "may_change": may_change(me(request)),
        "missing": figure_words.title_of(missing) if known else missing,
        "known": known,
    }
    return show(request, "charter/change.html", context)


class TitleForm(Form):
    title = forms.CharField(
        label=gettext_lazy("Titre de la proposition"),
        max_length=200,
        help_text=gettext_lazy("Ce que cela change, en une ligne."),
    )


@for_members
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a draft: what it changes, what is wrong with it, and what can be done with it."""
    found = draft_view(pk, viewer=me(request))
    initial = {"title": _("Compléter les règles de la charte")} if _only_completes(found) else None
    form = TitleForm(request.POST if request.POST.get("act") == "propose" else None, initial=initial)
    if request.method == "POST":
        answer = _act(request, found, form)
        if answer is not None:
            return answer
    context = {
        "draft": found,
        "form": form,
        "key": uuid4(),
        "faults": [_fault(found, place, code) for place, code in found.faults],
        "clashes": [_place(found, place) for place in found.clashes],
        "moved": found.base_version != found.in_force,
    }
    return show(request, "charter/draft.html", context)


def _only_completes(found: DraftView) -> bool:
    changed = found.diff
    text = changed.title or changed.preamble or changed.articles
    return bool(changed.figures) and not text and all(each.old is None for each in changed.figures)


def _act(request: HttpRequest, found: DraftView, form: TitleForm) -> HttpResponse | None:
    """Do what was asked; None if the page is to be drawn again, with what was typed."""
    actor, asked = me(request), request.POST.get("act")
    if asked == "rebase":
        rebase_draft(actor=actor, draft_id=found.id)
        messages.tell(request, _("Le projet part maintenant de la version en vigueur. Relisez-le."))
    elif asked == "discard":
        discard_draft(actor=actor, draft_id=found.id)
        messages.tell(request, _("Le projet est jeté."))
        return redirect("charter_change")
    elif asked == "propose":
        return _publish(request, found, form)
    elif asked == "publish":
        return _publish(request, found, None)
    return redirect("charter_draft", found.id)


def _publish(request: HttpRequest, found: DraftView, form: TitleForm | None) -> HttpResponse | None:
    if form is not None and not form.is_valid():
        return None
    title = form.cleaned_data["title"] if form is not None else ""
    try:
        proposal = publish_draft(
            actor=me(request), draft_id=found.id, revision=_revision(request), title=title, key=request.POST.get("key")
        )
    except DomainError as error:
        if form is None:
            messages.refuse(request, error)
            return redirect("charter_draft", found.id)
        form.refuse(error)
        return None
    messages.tell(request, _("Le texte tiré du projet est dans la proposition."))
    return redirect("proposition", proposal.pk)


def _revision(request: HttpRequest) -> int:
    typed = request.POST.get("revision", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def _place(found: DraftView, place: str) -> str:
    if place in DOCUMENT_HEADS:
        return str(DOCUMENT_HEADS[place])
    if place.startswith("articles."):
        name = place.split(".")[1]
        titles = {each["id"]: each["title"] for each in found.document["articles"]}
        return _("Article « %(title)s »") % {"title": titles.get(name) or name}
    return figure_words.title_of(place)


def _fault(found: DraftView, place: str, code: str) -> dict[str, str]:
    figure = not (place in DOCUMENT_HEADS or place.startswith("articles."))
    page = reverse("charter_draft_figures" if figure else "charter_draft_text", args=[found.id])
    anchor = f"#id_{place}" if figure and place.count(".") != 1 or place in {*found.document["figures"]} else ""
    return {"where": _place(found, place), "why": figure_words.fault(code), "page": f"{page}{anchor}"}


@for_members
def text(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the articles of a draft."""
    found = draft_view(pk, viewer=me(request))
    form = TextForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            edit_text(
                actor=me(request),
                draft_id=pk,
                revision=_revision(request),
                title=given["title"],
                preamble=given["preamble"],
                articles=form.articles(),
            )
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(request, _("Les articles du projet sont enregistrés."))
            return redirect("charter_draft_text" if "more" in request.POST else "charter_draft", pk)
    revision = request.POST.get("revision") or found.revision
    return show(request, "charter/text.html", {"draft": found, "form": form, "revision": revision})


@for_members
def figures(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the figures of a draft, in fields that the catalogue describes."""
    found = draft_view(pk, viewer=me(request))
    form = FiguresForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given, classes = form.given()
        try:
            edit_figures(actor=me(request), draft_id=pk, revision=_revision(request), figures=given, classes=classes)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(request, _("Les règles du projet sont enregistrées."))
            return redirect("charter_draft", pk)
    revision = request.POST.get("revision") or found.revision
    return show(request, "charter/figures.html", {"draft": found, "form": form, "revision": revision})
