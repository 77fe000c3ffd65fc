"""« Ce qui m'attend »: the list, what its reader puts aside, and how else it reaches them."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from frontend import messages
from frontend.context import me
from frontend.doors import for_members, private, show
from frontend.fields import Form
from frontend.inbox_mails import member_of
from frontend.waiting import groups_of, row_of
from governance.actions import inbox
from governance.queries.inbox import at_hand, collectives_of, digest_choice, feeds_of, lines_for, note_count, sources_of
from governance.queries.waiting_sources import missing_figures
from governance.rules.inbox import FAMILIES, Rhythm
from network.clock import now
from network.errors import DomainError, NotFound

SNOOZES = (  # days, what the button says
    (1, gettext_lazy("Demain")),
    (3, gettext_lazy("Dans trois jours")),
    (7, gettext_lazy("Dans une semaine")),
)
MOST = 200  # lines on the page


@require_safe
@for_members
def listing(request: HttpRequest) -> HttpResponse:
    """Show what waits for the reader, over all their collectives, by date."""
    member = me(request)
    lines = lines_for(member, now())
    open_lines = at_hand(lines)
    note_count(member.pk, len(open_lines))
    context = {
        "groups": groups_of(open_lines[:MOST]),
        "total": len(open_lines),
        "more": max(0, len(open_lines) - MOST),
        "aside": [row_of(line) for line in lines if line.aside],
        "sources": sources_of(member),
        "missing": missing_figures(member),
        "snoozes": SNOOZES,
    }
    return show(request, "waiting/list.html", context)


@require_POST
@for_members
def aside(request: HttpRequest) -> HttpResponse:
    """Put a line aside for some days, mark it as seen, or take it back."""
    line, wish = request.POST.get("line", ""), request.POST.get("wish", "")
    if wish == "back":
        inbox.take_back(actor=me(request), line=line)
        messages.tell(request, _("La ligne est de retour dans la liste."))
        return redirect("waiting")
    days = int(wish) if wish in {str(days) for days, _label in SNOOZES} else 0
    inbox.put_aside(actor=me(request), line=line, until=now() + timedelta(days=days) if days else None)
    messages.tell(request, _("La ligne est mise de côté, pour vous seulement."))
    return redirect("waiting")


# --- how else it reaches me ----------------------------------------------------------------------------------


class MailForm(Form):
    """How often to be told by mail, and where."""

    rhythm = forms.ChoiceField(
        label=gettext_lazy("Un e-mail de ce qui m’attend"), widget=forms.RadioSelect,
        choices=[
            (Rhythm.NEVER.value, gettext_lazy("jamais")),
            (Rhythm.WEEKLY.value, gettext_lazy("une fois par semaine, et avant les échéances")),
            (Rhythm.DAILY.value, gettext_lazy("une fois par jour, et avant les échéances")),
        ],
    )  # fmt: skip
    email = forms.CharField(
        label=gettext_lazy("Adresse e-mail"), required=False, max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=gettext_lazy("Elle ne sert qu’à cela, et elle est effacée si vous choisissez « jamais »."),
    )  # fmt: skip

    def __init__(self, mine: list[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mine = [pk for pk, _name in mine]
        for pk, name in mine:
            self.fields[f"about_{pk}"] = forms.MultipleChoiceField(
                label=_("De %(collective)s, ne pas m’écrire pour") % {"collective": name},
                help_text=_("Tout coché : aucun e-mail de ce collectif. L’agenda et les flux restent entiers."),
                choices=FAMILY_WORDS, required=False, widget=forms.CheckboxSelectMultiple,
            )  # fmt: skip

    def left_out(self) -> list[tuple[int, str]]:
        """Return what was ticked, as the action takes it."""
        given = self.cleaned_data
        return [(pk, family) for pk in self.mine for family in FAMILIES if family in given[f"about_{pk}"]]


FAMILY_WORDS = (
    ("assemblies", gettext_lazy("les assemblées et leurs comptes rendus")),
    ("decisions", gettext_lazy("les propositions et les décisions")),
    ("choosing", gettext_lazy("les élections, les tirages au sort et les mandats")),
    ("people", gettext_lazy("les candidatures et les adhésions")),
)


def _mail_form(request: HttpRequest, data: QueryDict | None = None) -> "MailForm":
    member = me(request)
    chosen = digest_choice(member)
    initial: dict[str, object] = {"rhythm": chosen.rhythm.value, "email": chosen.email}
    for pk, _name in collectives_of(member):
        initial[f"about_{pk}"] = [family for family in FAMILIES if (pk, family) in chosen.left_out]
    return MailForm(collectives_of(member), data, initial=initial)


class FeedForm(Form):
    """Which collective a new secret address speaks of."""

    collective = forms.TypedChoiceField(
        label=gettext_lazy("Ce que l’adresse donne à lire"), required=False, coerce=int, empty_value=None
    )

    def __init__(self, mine: list[tuple[int, str]], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collective"].choices = [("", _("tous mes collectifs")), *mine]


class SourceForm(Form):
    """The secret address of a feed at another node."""

    address = forms.CharField(
        label=gettext_lazy("Adresse secrète donnée par l’autre nœud"), max_length=500,
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


def _settings(request: HttpRequest, **given: object) -> HttpResponse:
    member = me(request)
    context = {
        "mail_form": _mail_form(request),
        "feed_form": FeedForm(collectives_of(member)),
        "source_form": SourceForm(),
        "feeds": feeds_of(member),
        "sources": sources_of(member),
        "mail_on": settings.MAIL_ON,
        "federation_on": settings.FEDERATION_ON,
        **given,
    }
    status = 400 if any(getattr(each, "errors", None) for each in given.values()) else 200
    return show(request, "waiting/settings.html", context, status=status)


@require_safe
@for_members
def preferences(request: HttpRequest) -> HttpResponse:
    """Show mails, secret addresses and the nodes that are read for the reader."""
    return _settings(request)


@require_POST
@for_members
def mails(request: HttpRequest) -> HttpResponse:
    """Say how often to be told by mail."""
    form = _mail_form(request, request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            inbox.choose_digest(
                actor=me(request), rhythm=given["rhythm"], email=given["email"], left_out=form.left_out()
            )
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(request, _("Votre choix est enregistré."))
            return redirect("waiting_settings")
    return _settings(request, mail_form=form)


@require_POST
@for_members
def feed_new(request: HttpRequest) -> HttpResponse:
    """Make a secret address, shown this once."""
    form = FeedForm(collectives_of(me(request)), request.POST)
    if form.is_valid():
        try:
            token = inbox.open_feed(actor=me(request), collective_id=form.cleaned_data["collective"])
        except DomainError as error:
            form.refuse(error)
        else:
            return _settings(request, made=_addresses(token))
    return _settings(request, feed_form=form)


def _addresses(token: str) -> list[tuple[str, str]]:
    forms_of = (
        ("waiting_ics", _("Agenda (iCalendar)")),
        ("waiting_atom", _("Lecteur de flux (Atom)")),
        ("waiting_json", _("Autre nœud (JSON)")),
    )
    return [(label, settings.ORIGIN + reverse(name, args=[token])) for name, label in forms_of]


@require_POST
@for_members
def feed_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke a secret address."""
    inbox.end_feed(actor=me(request), feed_id=pk)
    messages.tell(request, _("L’adresse ne donne plus rien à lire."))
    return redirect("waiting_settings")


@require_POST
@for_members
def source_new(request: HttpRequest) -> HttpResponse:
    """Have this node read a list of another one."""
    form = SourceForm(request.POST)
    if form.is_valid():
        try:
            inbox.add_source(actor=me(request), address=form.cleaned_data["address"])
        except DomainError as error:
            form.refuse(error)
        else:
            told = _("L’adresse est enregistrée. Elle sera lue dans le quart d’heure, à un moment tiré au hasard.")
            messages.tell(request, told)
            return redirect("waiting_settings")
    return _settings(request, source_form=form)


@require_POST
@for_members
def source_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop reading a list of another node."""
    inbox.remove_source(actor=me(request), source_id=pk)
    messages.tell(request, _("Cette liste n’est plus lue."))
    return redirect("waiting_settings")


@csrf_exempt  # the link is the right; a mail program sends the one press of RFC 8058 without any cookie
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponseBase:
    """End the mails of whoever holds the link: at one press, without logging in. Opening the link changes nothing."""
    try:
        member_id = member_of(token)
    except signing.BadSignature:
        raise NotFound("waiting_link_unknown") from None
    done = request.method == "POST"
    if done:
        inbox.stop_digest(member_id=member_id)
    answer = show(request, "waiting/unsubscribe.html", {"done": done})
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return private(answer)
