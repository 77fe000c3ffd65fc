"""Attesting a service that an agreement led to: for oneself, then for everybody if one wishes, or no more."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from frontend import messages, words
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import Form
from network.actions.testimonies import attest_service, publish_service
from network.actions.trust import withdraw_vouch
from network.errors import DomainError, Invalid, NotEntitled, NotFound, WrongState
from network.queries.quotes import quote_page
from network.queries.testimonies import client_of, own_attestation, provider_of


class ServiceForm(Form):
    """What the client can say of whoever served them."""

    level = forms.TypedChoiceField(
        label=_("Que pouvez-vous dire ?"),
        coerce=int,
        choices=lambda: words.choices(words.LEVEL_CHOICES),
        widget=forms.RadioSelect,
        initial=2,
    )
    statement = forms.CharField(
        label=_("Ce qui a été fait, et comment"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Visible de vous seul tant que vous ne publiez pas."),
    )


@for_members
def quote_testify(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Write an attestation of service, private until published; publish it; take it back."""
    quote = quote_page(pk, viewer=me(request)).quote
    if client_of(quote).pk != me(request).pk:
        raise NotEntitled("not_the_client")
    if quote.state != "done":
        raise WrongState("service_not_done")
    mine = own_attestation(me(request), quote)
    initial = {"level": mine.level, "statement": mine.statement} if mine else None
    act = request.POST.get("act", "")
    form = ServiceForm(request.POST if act == "keep" else None, initial=initial)
    context = {"form": form, "quote": quote, "mine": mine, "provider": provider_of(quote)}
    if request.method != "POST" or (act == "keep" and not form.is_valid()):
        return show(request, "quotes/testify.html", context)
    try:
        messages.tell(request, _do(request, pk, act, form, mine))
    except NotEntitled:
        raise
    except DomainError as error:
        return _refused(request, context, error)
    return redirect("quote_testify", pk)


def _do(request: HttpRequest, pk: int, act: str, form: ServiceForm, mine: Any) -> Any:
    if act == "keep":
        attest_service(actor=me(request), quote_id=pk, **form.cleaned_data)
        return _("Votre attestation est enregistrée.")
    if act == "publish":
        publish_service(actor=me(request), quote_id=pk)
        return _("Votre attestation est publiée : signée, datée, lisible sur tous les nœuds.")
    if act != "withdraw":
        raise Invalid("act_unknown")
    if mine is None:
        raise NotFound("vouch_unknown")
    withdraw_vouch(actor=me(request), vouch_id=mine.pk)
    return _("Votre attestation est retirée.")


def _refused(request: HttpRequest, context: dict[str, Any], error: DomainError) -> HttpResponse:
    if not context["form"].is_bound:
        raise error
    context["form"].refuse(error)
    return show(request, "quotes/testify.html", context, status=messages.status_of(error))
