"""Moderation: what was reported, what is done about it, the log for members, the public list of what is hidden."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from frontend import messages, words
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import Form
from network.actions.moderation import answer_hiding, ask_owner, dismiss, hide, unhide
from network.errors import DomainError, NotEntitled, NotFound
from network.queries.contact import contact_reports
from network.queries.moderation import (
    case_at,
    hidden_list,
    log_page,
    open_cases,
    told_owner,
    votes_on,
    waiting_for_owners,
)
from network.queries.moderators import is_moderator, moderators, stand_in
from network.rules.cards import URI_MAX, plain
from network.rules.moderation import WORDS_MAX
from network.rules.search import read_page

CONVERSATIONS = 20  # shown by members who were written to, the latest
Act = Callable[..., object]

COMPLAINTS: words.Words = {"gone": _("n’existe plus"), "error": _("erreur"), "abuse": _("abus")}
VERBS: words.Words = {
    "dismiss": _("classée sans suite"),
    "ask": _("confirmation demandée"),
    "hide": _("masquée"),
    "unhide": _("montrée de nouveau"),
    "answer": _("réponse de la personne concernée"),
}
ACTS: Mapping[str, tuple[Act, bool, Any]] = {  # name → (action, whether it settles reports, sentence)
    "dismiss": (dismiss, True, _("Les signalements sont classés.")),
    "ask": (ask_owner, True, _("La confirmation est demandée : la personne concernée le verra dans son compte.")),
    "hide": (hide, True, _("C’est masqué ici. Le motif est public.")),
    "unhide": (unhide, False, _("C’est montré de nouveau.")),
}


class ActForm(Form):
    """The words of an act; what was typed stays when the act is refused."""

    words = forms.CharField(
        label=_("Motif ou explication"),
        required=False,
        max_length=WORDS_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Public si vous masquez ; lu par les membres sinon."),
    )
    seen = forms.IntegerField(required=False, min_value=0, max_value=2**62, widget=forms.HiddenInput)


def _need_moderator(request: HttpRequest) -> None:
    if not is_moderator(me(request)):
        raise NotEntitled("not_moderator")


@require_GET
@for_members
def cases(request: HttpRequest) -> HttpResponse:
    """Show moderators what waits: entries with open reports, the longest waiting first."""
    _need_moderator(request)
    page = read_page(request.GET.get("page"))
    found, pages = open_cases(number=page)
    context = {
        "cases": [_case(case) for case in found],
        "asked": [(entry, line, _url(entry.uri)) for entry, line in waiting_for_owners()],
        "page": min(page, pages),
        "pages": pages,
        "stand_in": stand_in(),
        "conversations": contact_reports()[:CONVERSATIONS],
    }
    return show(request, "moderation/cases.html", context)


def _case(case: Any) -> dict[str, Any]:
    kinds = [COMPLAINTS[kind] for kind in dict.fromkeys(report.kind for report in case.reports)]
    return {"case": case, "kinds": ", ".join(map(str, kinds)), "url": _url(case.uri)}


def _url(uri: str) -> str:
    return f"{reverse('moderation_case')}?{urlencode({'de': uri})}"


@for_members
def case(request: HttpRequest) -> HttpResponseBase:
    """Show moderators one entry: its reports, what was done before, and what they can do."""
    _need_moderator(request)
    uri = plain(request.GET.get("de", ""), URI_MAX)
    found = case_at(uri)
    if found.entry is None and not found.count:
        raise NotFound("entry_unknown")
    form = ActForm(request.POST or None, initial={"seen": found.seen})
    status = 200
    if request.method == "POST" and form.is_valid() and request.POST.get("act") in ACTS:
        try:
            said = _do(request, uri, form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
            status = messages.status_of(error)
        else:
            messages.tell(request, said)
            return redirect("moderation")
    return show(request, "moderation/case.html", _case_context(request, found, form), status=status)


def _do(request: HttpRequest, uri: str, given: dict[str, Any]) -> Any:
    name = request.POST["act"]
    action, settles, said = ACTS[name]
    call = partial(action, actor=me(request), uri=uri)
    if settles:
        call = partial(call, seen=given["seen"] or 0)
    call(**{"reason" if name == "hide" else "words": given["words"]})
    return said


def _case_context(request: HttpRequest, found: Any, form: ActForm) -> dict[str, Any]:
    entry = found.entry
    return {
        "case": found,
        "entry": entry,
        "entry_page": reverse(entry.page, args=[entry.pk]) if entry else "",
        "form": form,
        "reports": [(COMPLAINTS[each.kind], each) for each in found.reports],
        "more": found.count - len(found.reports),
        "acts": [(VERBS[line.verb], line) for line in found.acts],
        "own": entry is not None and entry.owner_id == me(request).pk,
        "votes": votes_on(found.uri, since=entry.renewed_at) if entry else (0, 0),
    }


@require_GET
@for_members
def log(request: HttpRequest) -> HttpResponse:
    """Show every member who did what, when and why."""
    page = read_page(request.GET.get("page"))
    lines, pages = log_page(number=page)
    context = {
        "lines": [(VERBS[line.verb], line) for line in lines],
        "page": min(page, pages),
        "pages": pages,
        "stand_in": stand_in(),
        "moderators": moderators(),
    }
    return show(request, "moderation/log.html", context)


@require_GET
def hidden(request: HttpRequest) -> HttpResponse:
    """Show everybody what is hidden here, and why. Not what it is called: that may be what is hidden."""
    page = read_page(request.GET.get("page"))
    lines, pages = hidden_list(number=page)
    context = {"lines": [line for line in lines if line.entry], "page": min(page, pages), "pages": pages}
    return show(request, "moderation/hidden.html", context)


class AnswerForm(Form):
    words = forms.CharField(label=_("Votre réponse"), max_length=WORDS_MAX, widget=forms.Textarea(attrs={"rows": 5}))


@for_members
def answer(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Let the owner of a hidden entry answer, once, beside the reason."""
    line = next((each for each in told_owner(me(request)).hidden if each.hidden.pk == pk), None)
    if line is None:
        raise NotFound("entry_unknown")
    form = AnswerForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            answer_hiding(actor=me(request), hidden_id=pk, words=form.cleaned_data["words"])
        except DomainError as error:
            form.refuse(error)
            status = messages.status_of(error)
        else:
            messages.tell(request, _("Votre réponse est publiée à côté du motif."))
            return redirect("account")
    return show(request, "moderation/answer.html", {"form": form, "line": line}, status=status)
