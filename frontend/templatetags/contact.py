"""Words of conversations with clients: where they stand, what a step says, what a price comes to."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from frontend import words
from frontend.templatetags.quotes import hours
from network.queries.contact import unread_count
from network.queries.testimonies import ClientWord, said_by_clients

register = template.Library()

STATES = {
    "open": lambda: _("en discussion"),
    "quoted": lambda: _("prix proposé"),
    "agreed": lambda: _("accord conclu"),
    "done": lambda: _("service rendu"),
    "withdrawn": lambda: _("retirée par le client"),
    "refused": lambda: _("refusée"),
    "closed": lambda: _("close"),
}
STEPS = {
    "quote": lambda: _("prix proposé"),
    "accept": lambda: _("proposition acceptée"),
    "decline": lambda: _("proposition non retenue"),
    "refuse": lambda: _("refus"),
    "withdraw": lambda: _("demande retirée"),
    "finish": lambda: _("service rendu"),
    "close": lambda: _("conversation close"),
    "leave": lambda: _("a quitté ce nœud : conversation close"),
}


@register.filter
def contact_state(state: str) -> str:
    """Where a conversation stands, in a word or three."""
    return STATES[state]() if state in STATES else state


@register.filter
def step_words(message: Any) -> str:
    """What a step says beside its words; "" where the words are all."""
    return STEPS[message.step]() if message.step in STEPS else ""


@register.filter
def price_words(message: Any) -> str:
    """What a proposal comes to: « 3 heures à 55 €, soit 165 € », « 90 € », or nothing where words say it."""
    if message.way == "each":
        said = {
            "hours": hours(message.quantity),
            "unit": words.amount(message.unit_cents, message.currency),
            "total": words.amount(message.amount_cents, message.currency),
        }
        return _("%(hours)s à %(unit)s, soit %(total)s") % said
    return words.amount(message.amount_cents, message.currency) if message.way == "whole" else ""


@register.filter
def asked_words(row: Any) -> str:
    """What the client asks of an offer: « 3 heures », « 40 € »; "" if no quote is asked for."""
    if not row.price or row.quantity is None:
        return ""
    asked = hours(row.quantity) if row.price in {"hourly", "barter"} else ""
    amount = words.amount(row.amount_cents, row.currency) if row.amount_cents is not None else ""
    return " · ".join(part for part in (asked, amount) if part)


@register.simple_tag(takes_context=True)
def unread_contacts(context: template.Context) -> int:
    """How many conversations the reader has not read; nothing is read for a visitor."""
    reader = context.get("me")
    return unread_count(reader) if reader else 0


@register.inclusion_tag("contact/said_by_clients.html")
def client_words(member: Any) -> dict[str, list[ClientWord]]:
    """Quote what clients publish about a member."""
    return {"said": said_by_clients(member)}
