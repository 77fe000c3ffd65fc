"""Writing to a member of this node without an account, about an offer or not: the form, and what there is instead."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from frontend import messages
from frontend.context import me
from frontend.doors import private, show
from frontend.fields import AmountField, Form, QuantityField
from frontend.pages.anchors import spare_looker, viewpoint_of
from frontend.stamps import new_stamp, read_stamp
from network import rates
from network.actions.contact import open_conversation
from network.clock import now
from network.errors import DomainError, Invalid, NotEntitled, NotFound, TooOften
from network.queries.contact import may_contact
from network.queries.members import member_page
from network.queries.offers import offer_page
from network.queries.quotes import may_ask
from network.queries.search import find_offers
from network.rules.contact import NAME_MAX, REACH_MAX, TEXT_MAX, ContactDraft, stamp_problem
from network.rules.quotes import is_counted
from network.rules.search import SearchQuery

TRIES, TRIES_SECONDS = 30, 600  # forms sent from one address, whatever becomes of them
NEARBY = 5
ANEW = {"contact_too_old", "contact_sent_already", "contact_unstamped"}  # the form needs another stamp


class ContactForm(Form):
    """Who one is comes first; how to be reached is one's own choice."""

    name = forms.CharField(
        label=_("Votre nom"), max_length=NAME_MAX, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    reach = forms.CharField(
        label=_("E-mail ou téléphone"),
        required=False,
        max_length=REACH_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "email"}),
        help_text=_("Visible de ce membre seulement. Sans cela, la réponse vous attend sur un lien privé."),
    )
    quantity = QuantityField(label=_("Combien d’heures"), required=False)
    amount_cents = AmountField(
        label=_("Montant que vous proposez"),
        required=False,
        help_text=_("C’est un prix libre : vous pouvez dire un montant, ou le laisser ouvert."),
    )
    message = forms.CharField(
        label=_("Votre message"),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("Ce qu’il vous faut, où et quand. Ce membre seul lit ce texte."),
    )
    suite = forms.CharField(
        label=_("Laissez ce champ vide"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    stamp = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, price: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_counted(price):
            del self.fields["quantity"]
        if price != "prix_libre":
            del self.fields["amount_cents"]

    def draft(self, *, whole: bool) -> ContactDraft:
        """Return what the form describes; `whole`: of an offer that is asked for as it is."""
        given = self.cleaned_data
        quantity = given.get("quantity", Decimal(1) if whole else None)
        return ContactDraft(given["name"], given["message"], given["reach"], quantity, given.get("amount_cents"))


def contact(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Write to a member."""
    member = member_page(pk, viewer=me(request)).member
    return private(_contact(request, member, None))


def offer_contact(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask about an offer, with or without a quote; a member who is logged in asks in their own name."""
    found = offer_page(pk, viewer=me(request)).offer
    if me(request) and may_ask(me(request), found):
        return private(redirect("quote_ask", pk))
    return private(_contact(request, found.owner, found))


def _contact(request: HttpRequest, member: Any, offer: Any) -> HttpResponse:
    if me(request) and me(request).pk == member.pk:
        raise NotEntitled("own_page")
    context = {"member": member, "offer": offer}
    if why := may_contact(member, offer):
        return _instead(request, why, context)
    name = f"offer:{offer.pk}" if offer else f"member:{member.pk}"
    price = offer.price if offer else ""
    context["counted"] = is_counted(price)
    if request.method != "POST":
        initial = {"stamp": new_stamp(name), "name": me(request).name if me(request) else ""}
        return show(request, "contact/form.html", context | {"form": ContactForm(price=price, initial=initial)})
    form = ContactForm(request.POST, price=price)
    try:
        token = _sent(request, form, name, member, offer)
    except DomainError as error:
        return _refused(request, context | {"form": form}, error, name)
    return redirect("private_thread", token) if token else show(request, "contact/form.html", context | {"form": form})


def _sent(request: HttpRequest, form: ContactForm, name: str, member: Any, offer: Any) -> str:
    """Send the message; return the private link's token, "" where the form itself says what to mend."""
    source = rates.address_of(request.META)
    address = "" if rates.is_shared(source) else rates.address_bucket(source)
    if address and (wait := rates.allow("contact", address, TRIES, TRIES_SECONDS)):
        raise TooOften("too_often", retry_after=wait)
    if not form.is_valid():
        return ""
    stamp = read_stamp(form.cleaned_data["stamp"], name)
    code = stamp_problem(stamp.drawn, now()) if stamp else "contact_unstamped"
    if form.cleaned_data["suite"]:
        code = "contact_trap"
    if code or stamp is None:
        raise Invalid(code)
    draft = form.draft(whole=offer is not None and offer.price in {"fixed", "gift"})
    _row, token = open_conversation(
        provider_id=member.pk, offer_id=offer.pk if offer else None, draft=draft, key=stamp.key, address=address,
        language=get_language() or "fr",
    )  # fmt: skip
    return token


def _refused(request: HttpRequest, context: dict[str, Any], error: DomainError, name: str) -> HttpResponse:
    """Show the form again, with everything that was typed and what stands against it."""
    if isinstance(error, NotFound):
        raise error
    form = context["form"]
    if error.code in ANEW:
        _stamp_anew(form, name)
    form.is_valid()
    form.refuse(error)
    response = show(request, "contact/form.html", context, status=messages.status_of(error))
    if "retry_after" in error.facts:
        response["Retry-After"] = str(error.facts["retry_after"])
    return response


def _stamp_anew(form: Any, name: str) -> None:
    """Put a fresh stamp on a form that was sent."""
    form.data = form.data.copy()
    form.data["stamp"] = new_stamp(name)


def _instead(request: HttpRequest, why: str, context: dict[str, Any]) -> HttpResponse:
    """Say why nobody writes here: they live elsewhere, or take nobody now; then who else does this nearby."""
    if why == "member_unknown":
        raise NotFound(why)
    if why == "contact_elsewhere":
        return show(request, "contact/elsewhere.html", context)
    spare_looker(request)
    others = _nearby(request, context["member"], context["offer"])
    return show(request, "contact/closed.html", context | {"why": messages.sentence(why), "others": others})


def _nearby(request: HttpRequest, member: Any, offer: Any) -> list[Any]:
    """Return a few others who do the same near the same place, one line each."""
    wanted = offer or next(iter(member_page(member.pk, viewer=me(request)).offers), None)
    at = wanted if wanted is not None and wanted.lat is not None else member
    query = SearchQuery(
        skill=wanted.skill.slug if wanted and wanted.skill else "", lat=at.lat, lon=at.lon,
        place=at.place_name if at.lat is not None else "", purpose=wanted.purpose if wanted else "offer",
    )  # fmt: skip
    found = find_offers(query, viewpoint=viewpoint_of(request)).hits
    open_ones = [hit for hit in found if hit.owner.pk != member.pk and hit.offer.opening != "closed"]
    return list({hit.owner.pk: hit for hit in reversed(open_ones)}.values())[::-1][:NEARBY]
