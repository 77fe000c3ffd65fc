"""Words of requests for a quote: how much, for what, where it stands; and how many wait for the reader."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from frontend import words
from frontend.templatetags.ui import number
from network.queries.quotes import unanswered_count
from network.rules.quotes import is_counted

register = template.Library()

STATES = {
    "asked": lambda: _("en attente de réponse"),
    "agreed": lambda: _("acceptée"),
    "refused": lambda: _("refusée"),
    "withdrawn": lambda: _("retirée"),
    "expired": lambda: _("sans suite"),
    "done": lambda: _("terminée"),
}


@register.filter
def quote_state(state: str) -> str:
    """Where a request stands, in a word or three."""
    return STATES[state]() if state in STATES else state


@register.filter
def how_much(quote: Any) -> str:
    """Say how much is asked: « 3 heures », « 1,5 heure », « tel que décrit »."""
    if not is_counted(quote.price):
        return _("tel que décrit") if quote.quantity == 1 else _("%(n)s fois") % {"n": figure(quote.quantity)}
    return hours(quote.quantity)


@register.filter
def in_return(quote: Any) -> str:
    """Say what is given in return: « 165 € », « rien, c’est un don », « 3 heures en échange »."""
    if quote.amount_cents is not None:
        return words.amount(quote.amount_cents, quote.currency)
    if quote.price == "barter":
        return _("%(hours)s en échange") % {"hours": hours(quote.quantity)}
    return _("rien, c’est un don") if quote.price == "gift" else _("prix libre, montant laissé ouvert")


def hours(quantity: Decimal) -> str:
    """Write hours; French counts less than two as one."""
    plural = int(quantity) if quantity == quantity.to_integral_value() else max(2, int(quantity) + 1)
    plural = 1 if quantity < 2 and quantity != quantity.to_integral_value() else plural
    return ngettext("%(n)s heure", "%(n)s heures", plural) % {"n": figure(quantity)}


def figure(quantity: Decimal) -> str:
    """Write a quantity without needless zeros: « 1,5 », « 10 »."""
    whole = quantity == quantity.to_integral_value()
    return number(int(quantity)) if whole else number(float(quantity.normalize()))


@register.simple_tag(takes_context=True)
def waiting_quotes(context: template.Context) -> int:
    """How many requests wait for the reader's answer; nothing is read for a visitor."""
    reader = context.get("me")
    return unanswered_count(reader) if reader else 0
