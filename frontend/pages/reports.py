"""Telling the moderators that something is wrong with an entry; members also say whether it still exists."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from frontend import messages
from frontend.context import me
from frontend.doors import private, show
from frontend.fields import Form
from network import rates
from network.actions.moderation import report, vote_on_record
from network.errors import DomainError, NotEntitled, TooOften
from network.permissions import is_active
from network.queries.entries import Entry, entry_at
from network.queries.moderation import votes_on
from network.queries.moderators import moderators, stand_in
from network.rules.cards import URI_MAX, plain
from network.rules.moderation import WORDS_MAX

VISITORS, MEMBERS, HOUR = 5, 20, 3_600  # reports an hour, from one address or by one member
COMPLAINTS = [
    ("gone", _("Elle n’existe plus")),
    ("error", _("Elle contient une erreur")),
    ("abuse", _("C’est un abus : insulte, tromperie, usurpation")),
]
SETTLED = {
    "gone": _("Votre avis est noté. Assez de membres disent que cette fiche n’existe plus : elle est masquée."),
    "still": _("Votre avis est noté. Assez de membres disent que cette fiche existe encore."),
    "": _("Votre avis est noté."),
}


class ReportForm(Form):
    kind = forms.ChoiceField(label=_("Que se passe-t-il ?"), choices=COMPLAINTS, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("Dites-nous en plus"),
        required=False,
        max_length=WORDS_MAX,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Nécessaire pour une erreur ou un abus. Seules les personnes qui modèrent le lisent."),
    )


def report_entry(request: HttpRequest) -> HttpResponseBase:
    """Report the entry named by `de`; no account is needed."""
    entry = entry_at(plain(request.GET.get("de", ""), URI_MAX), reader=me(request))
    if request.method == "POST" and request.POST.get("vote"):
        return _vote(request, entry)
    form = ReportForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            _file(request, entry, form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
            status = messages.status_of(error)
        else:
            messages.tell(request, _("Merci. Votre signalement est transmis aux personnes qui modèrent ce nœud."))
            return redirect(_page_of(entry))
    return private(show(request, "moderation/report.html", _context(request, entry, form), status=status))


def _file(request: HttpRequest, entry: Entry, said: dict[str, Any]) -> None:
    """Pass the report on, unless a program fills in a field that people do not see, or there are too many."""
    if request.POST.get("site"):
        return
    reader = me(request)
    if reader is None:
        wait = rates.allow("report", rates.address_bucket(rates.address_of(request.META)), VISITORS, HOUR)
    else:
        wait = rates.allow("report-member", str(reader.pk), MEMBERS, HOUR)
    if wait:
        raise TooOften("too_often", retry_after=wait)
    report(uri=entry.uri, kind=said["kind"], words=said["words"], reporter=reader)


def _vote(request: HttpRequest, entry: Entry) -> HttpResponseBase:
    reader = me(request)
    if reader is None:
        raise NotEntitled("not_a_member")
    settled = vote_on_record(actor=reader, uri=entry.uri, gone=request.POST["vote"] == "gone")
    messages.tell(request, SETTLED[settled])
    return redirect(_page_of(entry))


def _page_of(entry: Entry) -> str:
    return reverse(entry.page, args=[entry.pk])


def _context(request: HttpRequest, entry: Entry, form: ReportForm) -> dict[str, Any]:
    reader = me(request)
    may_vote = reader is not None and is_active(reader) and reader.pk != entry.owner_id
    return {
        "entry": entry,
        "entry_page": _page_of(entry),
        "form": form,
        "moderators": moderators(),
        "stand_in": stand_in(),
        "may_vote": may_vote,
        "votes": votes_on(entry.uri, since=entry.renewed_at) if may_vote else (0, 0),
    }
