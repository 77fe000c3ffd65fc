"""Unclaimed entries: the address that leads to their page, saying or proving that one is yours, settling, undoing."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from federation.claiming import claim_by_website
from frontend import messages
from frontend.context import me
from frontend.doors import for_members, private, show
from frontend.fields import Form
from frontend.pages.nodes import need_operator
from frontend.templatetags.ui import number
from network import rates
from network.actions.claims import ask_claim, settle_claim, undo_claim
from network.errors import DomainError, NotFound, TooOften
from network.queries.claims import claimed_by, claims_settled, claims_waiting, site_proof
from network.queries.imports import record_of
from network.queries.members import entry_at, member_page

CLAIMS, CLAIMS_SECONDS = 5, 86_400  # from one address
LOOKS, LOOKS_SECONDS = 10, 3_600  # at websites, for one member; and at one website, for all


class ClaimForm(Form):
    """What somebody wants of an entry about them; without account, how to answer."""

    wants = forms.ChoiceField(
        label=_("Que souhaitez-vous ?"), widget=forms.RadioSelect, initial="claim",
        choices=[("claim", _("C’est nous : reprendre cette fiche")), ("remove", _("Qu’elle soit retirée"))],
    )  # fmt: skip
    contact = forms.CharField(
        label=_("Comment vous répondre"), max_length=200, required=False,
        help_text=_(
            "Courriel ou téléphone. Seules les personnes qui exploitent ce nœud le voient ; il est effacé une fois la "
            "demande réglée."
        ),
    )  # fmt: skip
    message = forms.CharField(
        label=_("Message"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Ce qui permet de vous reconnaître, par exemple une page de votre site qui parle de cette demande."
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known:
            del self.fields["contact"]


@require_GET
def entry(request: HttpRequest, key: str, offer: str = "") -> HttpResponse:
    """Lead from the address of an unclaimed entry, or of one of its offers, to its page; or to who took it over."""
    found = entry_at(request.path) or claimed_by(request.path)
    if found is None:
        raise Http404
    return redirect("member", found.pk)


def claim(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask for an entry, or for its removal, with or without account; or prove that it is yours."""
    reader = me(request)
    page = member_page(pk, viewer=reader)
    member = page.member
    record = record_of(member)
    if record is None:
        raise NotFound("member_unknown")
    if request.method == "POST" and request.POST.get("act") == "prove" and reader is not None:
        return _prove(request, member)
    form = ClaimForm(request.POST or None, known=reader is not None)
    if request.method == "POST" and form.is_valid():
        _count("claim", rates.address_bucket(rates.address_of(request.META)), CLAIMS, CLAIMS_SECONDS)
        try:
            ask_claim(member_id=pk, actor=reader, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(request, _("Votre demande est transmise aux personnes qui exploitent ce nœud."))
            return redirect("member", pk)
    proof = site_proof(pk, actor=reader) if settings.FEDERATION_ON else None
    unpriced = [offer.title for offer in (*page.offers, *page.requests) if offer.price == "unsaid"]
    context = {"form": form, "member": member, "record": record, "proof": proof, "unpriced": ", ".join(unpriced)}
    return private(show(request, "imports/claim.html", context))


def _prove(request: HttpRequest, member: Any) -> HttpResponse:
    """Look for the reader's code on the entry's website; what it was not found for is said on the same page."""
    reader = me(request)
    _count("claim-site", str(reader.pk), LOOKS, LOOKS_SECONDS)
    _count("claim-site-of", urlsplit(member.website).netloc, LOOKS, LOOKS_SECONDS)
    try:
        claim_by_website(actor=reader, member_id=member.pk)
    except DomainError as error:
        messages.refuse(request, error)
        return redirect("claim", member.pk)
    messages.tell(request, _("C’est prouvé : la fiche laisse place à la vôtre, et ses annonces sont les vôtres."))
    return redirect("member", reader.pk)


def _count(bucket: str, key: str, most: int, seconds: int) -> None:
    wait = rates.allow(bucket, key, most, seconds)
    if wait:
        raise TooOften("too_often", retry_after=wait)


@for_members
def claims(request: HttpRequest) -> HttpResponseBase:
    """Let operators settle the claims that wait, and undo what was taken over."""
    need_operator(request)
    if request.method == "POST":
        chosen = request.POST.get("claim", "")
        if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 18):
            raise NotFound("claim_unknown")
        try:
            messages.tell(request, _settle(request, int(chosen)))
        except DomainError as error:
            messages.refuse(request, error)
        return redirect("claims")
    return show(request, "imports/claims.html", {"claims": claims_waiting(), "settled": claims_settled()})


def _settle(request: HttpRequest, claim_id: int) -> str:
    act = request.POST.get("act")
    if act != "undo":
        settle_claim(actor=me(request), claim_id=claim_id, accept=act == "accept")
        return say("La demande est réglée.")
    stay = undo_claim(actor=me(request), claim_id=claim_id)
    done = say("La fiche est de nouveau non revendiquée, et les annonces reprises sont retirées.")
    if not stay:
        return done
    text = ngettext(
        "%(count)s annonce modifiée depuis reste à son auteur.",
        "%(count)s annonces modifiées depuis restent à leur auteur.",
        stay,
    )
    return f"{done} {text % {'count': number(stay)}}"
