"""Requests for a quote: asking, both lists, one thread, answering, withdrawing."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from federation.quotes import journey_of
from frontend import messages, words
from frontend.context import me
from frontend.doors import for_members, show
from frontend.fields import AmountField, Form, QuantityField
from frontend.templatetags.ui import moment
from network.actions.quotes import accept_quote, ask_quote, finish_quote, refuse_quote, withdraw_quote
from network.errors import DomainError, Invalid, NotEntitled, NotFound, WrongState
from network.queries.offers import offer_page
from network.queries.quotes import QuotePage, may_ask, quote_page, quotes_of
from network.queries.testimonies import client_of
from network.rules.quotes import ANSWER_MAX, MESSAGE_MAX, QuoteDraft, is_counted


class AskForm(Form):
    """What is asked; which fields there are depends on how the offer is paid."""

    quantity = QuantityField(label=_("Combien d’heures"))
    amount_cents = AmountField(
        label=_("Montant que vous proposez"),
        required=False,
        help_text=_("C’est un prix libre : vous pouvez dire un montant, ou le laisser ouvert."),
    )
    message = forms.CharField(
        label=_("Votre message"),
        required=False,
        max_length=MESSAGE_MAX,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("Ce qu’il faut faire, où et quand. Seul le membre qui publie l’annonce lit ce texte."),
    )

    def __init__(self, *args: Any, price: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_counted(price):
            del self.fields["quantity"]
        if price != "prix_libre":
            del self.fields["amount_cents"]

    def draft(self) -> QuoteDraft:
        """Return the request that the form describes."""
        return QuoteDraft(**self.cleaned_data)


class AnswerForm(Form):
    """The provider's words; a refusal needs some."""

    answer = forms.CharField(
        label=_("Votre réponse, en mots"),
        required=False,
        max_length=ANSWER_MAX,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Facultatif pour accepter. Pour refuser, dites pourquoi, ou ce qui conviendrait mieux."),
    )


@for_members
def quote_ask(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask for a quote on an offer; what was typed stays, whatever stands against it."""
    found = offer_page(pk, viewer=me(request)).offer
    if found.owner_id == me(request).pk:
        raise NotEntitled("own_offer")
    form = AskForm(request.POST if request.method == "POST" else None, price=found.price)
    context = {"form": form, "offer": found, "counted": is_counted(found.price)}
    if request.method != "POST" and not may_ask(me(request), found):
        raise WrongState("offer_closed" if found.opening == "closed" else "offer_not_live")
    if request.method != "POST" or not form.is_valid():
        return show(request, "quotes/ask.html", context)
    try:
        made = ask_quote(actor=me(request), offer_id=pk, draft=form.draft())
    except DomainError as error:
        return _refused(request, "quotes/ask.html", context, error)
    messages.tell(request, _("Votre demande est enregistrée. La réponse apparaîtra ici."))
    return redirect("quote", made.pk)


def _refused(request: HttpRequest, template: str, context: dict[str, Any], error: DomainError) -> HttpResponse:
    """Show the form again with what stands against it; what no form can mend is the page's."""
    if isinstance(error, NotEntitled | NotFound):
        raise error
    context["form"].refuse(error)
    response = show(request, template, context, status=messages.status_of(error))
    if "retry_after" in error.facts:
        response["Retry-After"] = str(error.facts["retry_after"])
    return response


@for_members
def my_quotes(request: HttpRequest) -> HttpResponse:
    """List what I was asked and what I ask; what waits comes first."""
    return show(request, "quotes/list.html", {"lists": quotes_of(me(request))})


@for_members
def quote(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show one thread to one of its two sides; the provider answers here."""
    page = quote_page(pk, viewer=me(request))
    form = AnswerForm(request.POST if request.method == "POST" else None)
    context = {"page": page, "quote": page.quote, "beads": beads(page), "form": form, "may_testify": _may_testify(page)}
    if request.method != "POST" or not form.is_valid():
        return show(request, "quotes/quote.html", context)
    try:
        _answer(request, pk, form.cleaned_data["answer"])
    except DomainError as error:
        return _refused(request, "quotes/quote.html", context, error)
    return redirect("quote", pk)


def _may_testify(page: QuotePage) -> bool:
    """Tell whether the reader is the client of a service that is done."""
    client = client_of(page.quote)
    return page.quote.state == "done" and (client.pk == page.quote.asker_id) == page.is_asker


def _answer(request: HttpRequest, pk: int, words_said: str) -> None:
    act = request.POST.get("act")
    if act == "accept":
        accept_quote(actor=me(request), quote_id=pk, answer=words_said)
        messages.tell(request, _("Vous avez accepté. L’autre membre le saura."))
    elif act == "refuse":
        refuse_quote(actor=me(request), quote_id=pk, answer=words_said)
        messages.tell(request, _("Vous avez refusé. L’autre membre lira votre réponse."))
    elif act == "finish":
        finish_quote(actor=me(request), quote_id=pk)
        messages.tell(request, _("C’est noté : le service est rendu."))
    else:
        raise Invalid("act_unknown")


@for_members
def quote_withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Withdraw one's request in two steps: a page that says what it means, then the act."""
    page = quote_page(pk, viewer=me(request))
    if not page.is_asker:
        raise NotEntitled("not_the_asker")
    if request.method == "POST" and request.POST.get("confirmed") == "1":
        withdraw_quote(actor=me(request), quote_id=pk)
        messages.tell(request, _("Votre demande est retirée."))
        return redirect("quote", pk)
    if not page.can_withdraw:
        raise WrongState("quote_settled")
    return show(request, "quotes/withdraw.html", {"quote": page.quote})


# --- the thread -------------------------------------------------------------------------------------------

ENDS = {
    "agreed": gettext_lazy("Acceptée"),
    "refused": gettext_lazy("Refusée"),
    "withdrawn": gettext_lazy("Retirée par qui l’a faite"),
    "expired": gettext_lazy("Sans suite : l’annonce a été retirée ou a expiré"),
    "done": gettext_lazy("Terminée"),
}


def beads(page: QuotePage) -> list[dict[str, Any]]:
    """Return the steps of a thread, with dates: asked, handed over, answered or since when it waits."""
    found = page.quote
    steps = [{"text": gettext("Demande faite"), "note": moment(found.asked_at), "state": "done"}, *_journey(page)]
    if found.state == "asked":
        waits = gettext("Réponse attendue") if page.is_asker else gettext("Votre réponse est attendue")
        since = gettext("depuis le %(since)s") % {"since": moment(found.asked_at)}
        return [*steps, {"text": waits, "note": since, "state": "now"}]
    if found.state == "done":
        steps.append({"text": ENDS["agreed"], "note": moment(found.answered_at), "state": "done"})
    ended = found.done_at if found.state == "done" else found.answered_at
    return [*steps, {"text": ENDS.get(found.state, found.state), "note": moment(ended), "state": "done"}]


def _journey(page: QuotePage) -> list[dict[str, Any]]:
    """The way to another node, as the asker sees it while waiting."""
    found = page.quote
    if not page.is_asker or found.offer.local or found.state != "asked":
        return []
    journey, node = journey_of(found), {"node": words.host(page.other.origin)}
    if journey.given_up:
        return [{"text": gettext("N’a pas pu être remise à %(node)s") % node, "state": "to-come"}]
    if journey.taken_at is None:
        return [{"text": gettext("Pas encore remise à %(node)s ; nous réessayons") % node, "state": "to-come"}]
    return [{"text": gettext("Remise à %(node)s") % node, "note": moment(journey.taken_at), "state": "done"}]
