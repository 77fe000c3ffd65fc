"""Unclaimed entries: the address that leads to their page, saying that one is yours, and settling who said so."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from frontend import messages
from frontend.context import me
from frontend.doors import for_members, private, show
from frontend.fields import Form
from frontend.pages.nodes import need_operator
from network import rates
from network.actions.claims import ask_claim, settle_claim
from network.errors import DomainError, NotFound, TooOften
from network.queries.imports import claims_waiting, record_of
from network.queries.members import entry_at, member_page

CLAIMS, CLAIMS_SECONDS = 5, 86_400  # from one address


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
    """Lead from the address of an unclaimed entry, or of one of its offers, to its page."""
    found = entry_at(request.path)
    if found is None:
        raise Http404
    return redirect("member", found.pk)


def claim(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask for an entry, or for its removal; with or without account."""
    reader = me(request)
    member = member_page(pk, viewer=reader).member
    record = record_of(member)
    if record is None:
        raise NotFound("member_unknown")
    form = ClaimForm(request.POST or None, known=reader is not None)
    if request.method == "POST" and form.is_valid():
        wait = rates.allow("claim", rates.address_bucket(rates.address_of(request.META)), CLAIMS, CLAIMS_SECONDS)
        if wait:
            raise TooOften("too_often", retry_after=wait)
        try:
            ask_claim(member_id=pk, actor=reader, **form.cleaned_data)
        except DomainError as error:
            form.refuse(error)
        else:
            messages.tell(request, _("Votre demande est transmise aux personnes qui exploitent ce nœud."))
            return redirect("member", pk)
    return private(show(request, "imports/claim.html", {"form": form, "member": member, "record": record}))


@for_members
def claims(request: HttpRequest) -> HttpResponseBase:
    """Let operators settle the claims that wait."""
    need_operator(request)
    if request.method == "POST":
        chosen = request.POST.get("claim", "")
        if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 18):
            raise NotFound("claim_unknown")
        try:
            settle_claim(actor=me(request), claim_id=int(chosen), accept=request.POST.get("act") == "accept")
        except DomainError as error:
            messages.refuse(request, error)
        else:
            messages.tell(request, _("La demande est réglée."))
        return redirect("claims")
    return show(request, "imports/claims.html", {"claims": claims_waiting()})
