"""All paths of trust to somebody, attesting, withdrawing, and « Qui connaissez-vous déjà ? »."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from frontend import messages, words
from frontend.context import me
from frontend.doors import for_members, private, show
from frontend.fields import Form
from frontend.pages import anchors as cookie
from frontend.reasons import explain
from frontend.web_picture import picture
from network.actions.trust import vouch as give_vouch
from network.actions.trust import withdraw_vouch
from network.errors import DomainError, NotFound
from network.queries.collectives import home_collective, members_of
from network.queries.members import member_by_uri, member_page
from network.queries.trust import trust_page

MOST_LISTED = 40  # members of the collective to choose from


@require_GET
def trust(request: HttpRequest, pk: int) -> HttpResponse:
    """Show every path from this reader's viewpoint, who vouches, and what would change it."""
    found = member_page(pk, viewer=me(request)).member
    viewpoint = cookie.viewpoint_of(request)
    page = trust_page(viewpoint, found)
    paths = [[words.hop_name(hop) for hop in path] for path in page.line.paths]
    context = {
        "member": found,
        "why": explain(viewpoint, found, page),
        "viewpoint": viewpoint,
        "belonging": page.belonging,
        "picture": picture(paths),
        "picture_label": " ; ".join(words.path_words(path) for path in page.line.paths),
    }
    return show(request, "members/trust.html", context)


class VouchForm(Form):
    level = forms.TypedChoiceField(
        label=_("Que pouvez-vous dire ?"),
        coerce=int,
        choices=lambda: words.choices(words.LEVEL_CHOICES),
        widget=forms.RadioSelect,
    )
    statement = forms.CharField(
        label=_("Un mot, si vous voulez"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Ce texte sera public, avec votre nom et la date."),
    )


@for_members
def vouch(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Attest, or renew: a form, then a page that says what will happen, then the act."""
    page = member_page(pk, viewer=me(request))
    mine = _mine(request, page.member)
    initial = {"level": mine.level, "statement": mine.statement} if mine else None
    form = VouchForm(request.POST or None, initial=initial)
    context = {"form": form, "member": page.member, "mine": mine, "can_vouch": page.can_vouch}
    if request.method != "POST" or not form.is_valid():
        return show(request, "members/vouch.html", context)
    if request.POST.get("confirmed") != "1":
        return show(request, "members/vouch_confirm.html", context | {"level": form.cleaned_data["level"]})
    try:
        give_vouch(actor=me(request), subject_id=pk, **form.cleaned_data)
    except DomainError as error:
        form.refuse(error)
        return show(request, "members/vouch.html", context)
    messages.tell(
        request, _("Votre attestation est enregistrée. Elle est valable deux ans au plus, et peut être retirée.")
    )
    return redirect("member", pk)


def _mine(request: HttpRequest, subject: Any) -> Any:
    """Return the reader's own living attestation of the charter for `subject`, or None."""
    viewpoint = cookie.viewpoint_of(request)
    return explain(viewpoint, subject, trust_page(viewpoint, subject)).mine


@for_members
def vouch_withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Withdraw one's attestation: a page that says what it means, then the act."""
    found = member_page(pk, viewer=me(request)).member
    mine = _mine(request, found)
    if mine is None:
        raise NotFound("vouch_unknown")
    if request.method == "POST" and request.POST.get("confirmed") == "1":
        withdraw_vouch(actor=me(request), vouch_id=mine.vouch_id)
        messages.tell(request, _("Votre attestation est retirée."))
        return redirect("member", pk)
    return show(request, "members/vouch_withdraw.html", {"member": found, "mine": mine})


# --- anchors ------------------------------------------------------------------------------------------------


def anchors(request: HttpRequest) -> HttpResponseBase:
    """Choose the people whom one already knows; no account needed."""
    known = [member for uri in cookie.read(request) if (member := member_by_uri(uri)) and member.gone_at is None]
    offered = _offered(request, known)
    if request.method == "POST":
        return _choose(request, offered)
    context = {
        "offered": offered,
        "known": {member.pk for member in known} | ({_asked(request)} - {None}),
        "viewpoint": cookie.viewpoint_of(request),
    }
    return private(show(request, "members/anchors.html", context))


def _offered(request: HttpRequest, known: list[Any]) -> list[Any]:
    """Return whom to choose from: those chosen before, the one just looked at, members of the collective."""
    collective = home_collective()
    listed = members_of(collective)[:MOST_LISTED] if collective else []
    asked = [member_page(pk, viewer=None).member] if (pk := _asked(request)) else []
    everybody = {member.pk: member for member in [*known, *asked, *listed]}
    reader = me(request)
    return [member for member in everybody.values() if reader is None or member.pk != reader.pk]


def _asked(request: HttpRequest) -> int | None:
    text = request.POST.get("ajouter") or request.GET.get("ajouter", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _choose(request: HttpRequest, offered: list[Any]) -> HttpResponse:
    chosen = set(request.POST.getlist("known"))
    response = redirect("anchors")
    messages.tell(request, _("Vos repères sont gardés dans ce navigateur, et nulle part ailleurs."))
    return cookie.keep(response, [member.uri for member in offered if str(member.pk) in chosen])
