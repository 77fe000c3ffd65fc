"""Requests for a quote between nodes: what the other side has to hear, told once per revision, in its own dialect.

Asked here of an offer elsewhere: Offer, and Undo when it is withdrawn. Asked elsewhere of an offer here: Accept or
Reject, whoever decided it. Whichever side says that an agreement is done: Create of a Document whose context is the
agreement. Nothing of this is public: each message goes to one inbox.
"""

import hashlib
import json
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from federation import actors, client, outbox
from federation.errors import Unreachable, Untranslatable
from federation.models import Activity, Announced, Delivery, DeliveryState, RemoteActor, Rendered
from federation.queries import OPEN, may_exchange
from federation.rules.delivery import Recipient
from federation.rules.origins import id_of
from federation.rules.translate.agreements import (
    Bargain,
    Intents,
    accept_fields,
    bargain_of,
    intents_of,
    offer_fields,
    read_asked,
    read_intents,
)
from federation.rules.translate.offers import iso
from federation.rules.translate.wording import reason, to_html
from network.actions.quotes import end_quote
from network.clock import now
from network.models import Member, Offer, Quote, QuoteState

__all__ = ["announce_quote", "answer_again", "journey_of", "quotes_behind", "reject", "sent_bargain"]

log = logging.getLogger("toile.federation")

ENDED = (DeliveryState.REFUSED, DeliveryState.EXPIRED)


def quotes_behind() -> QuerySet[Quote]:
    """Return requests between this node and another whose latest revision was not told yet."""
    told = Announced.objects.filter(uri=OuterRef("uri"), revision__gte=OuterRef("revision"))
    between = ~Q(asker__local=F("offer__local"))
    return Quote.objects.filter(between).exclude(Exists(told)).order_by("id")


def announce_quote(quote_id: int) -> Activity | None:
    """Tell the other node of a request's latest state, if it must hear of it; nothing if that was told before.

    Looks at the proposal where it lives before asking, outside any transaction; Unreachable if the other side's
    inbox is not known and cannot be asked for. While its node is blocked, or not allowed, nothing is sent: it waits.
    """
    quote = quotes_behind().filter(pk=quote_id).select_related("offer__owner", "asker").first()
    if quote is None or not may_exchange(quote.offer.owner.uri if quote.asker.local else quote.asker.uri):
        return None
    intents = intents_of(quote.offer.uri)
    if _is_to_ask(quote):
        try:
            intents = _intents_there(quote.offer)
        except Unreachable:
            end_quote(quote_id=quote_id)  # its own node says that there is no such offer
    recipient = _recipient(quote.offer.owner.uri if quote.asker.local else quote.asker.uri)
    with transaction.atomic():
        locked = Quote.objects.select_for_update(of=("self",)).select_related("offer__owner", "asker").get(pk=quote_id)
        return _tell(locked, recipient, intents)


def _tell(quote: Quote, recipient: Recipient, intents: Intents) -> Activity | None:
    if (outbox.revision_told(quote.uri) or 0) >= quote.revision:
        return None
    activity = _ask_or_undo(quote, recipient, intents) if quote.asker.local else _answer(quote, recipient)
    outbox.mark_told(quote.uri, quote.revision)
    return activity


def _is_to_ask(quote: Quote) -> bool:
    return quote.asker.local and quote.state == QuoteState.ASKED


# --- asked here -------------------------------------------------------------------------------------------


def _intents_there(offer: Offer) -> Intents:
    """Read intents and dialect off the proposal at its own address. Raises Unreachable only if it is gone for good;
    if it cannot be read now, the addresses that the FEP recommends must do."""
    try:
        document = client.get_document(offer.uri, signer=actors.node_signer()).document
        if document.get("id") != offer.uri or id_of(document.get("attributedTo")) != offer.owner.uri:
            return intents_of(offer.uri)
        return read_intents(actors.expanded(document), offer.uri)
    except Unreachable as error:
        if error.gone:
            raise
        log.info("asked without having seen it: %s (%s)", offer.uri, error.code)
    except Untranslatable as error:
        log.info("asked without having read it: %s (%s)", offer.uri, error.code)
    return intents_of(offer.uri)


def _ask_or_undo(quote: Quote, recipient: Recipient, intents: Intents) -> Activity | None:
    asked = Activity.objects.filter(uri=quote.uri).exists()
    if quote.state == QuoteState.ASKED and not asked:
        return _ask(quote, recipient, intents)
    if quote.state == QuoteState.WITHDRAWN and asked:
        body = {"id": quote.uri, "type": "Offer", "actor": quote.asker.uri}
        return _send(quote, "Undo", quote.asker, body, recipient)
    if quote.state == QuoteState.DONE:
        return _say_done(quote, quote.asker, recipient)
    return None


def _ask(quote: Quote, recipient: Recipient, intents: Intents) -> Activity:
    Quote.objects.filter(pk=quote.pk).update(dialect=intents.dialect)
    bargain = bargain_of(quote.price, quote.quantity, quote.amount_cents, intents)
    fields = offer_fields(bargain, dialect=intents.dialect, proposal=quote.offer.uri, message=quote.message)
    return _send(quote, "Offer", quote.asker, fields.pop("object"), recipient, **{**fields, "id": quote.uri})


def sent_bargain(quote: Quote) -> Bargain:
    """Return what our Offer said, for an Accept to be held against.

    The dialect of 2023 names the primary intent only; what is given in return is then known here, its address not.
    """
    sent = json.loads(bytes(Activity.objects.get(uri=quote.uri).body))
    primary = read_asked(actors.expanded(sent)).bargain.primary.satisfies
    given = "" if quote.dialect == "2023" else _given(sent)
    return bargain_of(quote.price, quote.quantity, quote.amount_cents, Intents(primary, given, quote.dialect))


def _given(sent: dict[str, Any]) -> str:
    reciprocal = read_asked(actors.expanded(sent)).bargain.reciprocal
    return reciprocal.satisfies if reciprocal else ""


@dataclass(frozen=True)
class Journey:
    """How far our Offer has come: when the other node took it, or that it will not (`given_up`)."""

    taken_at: datetime | None
    given_up: bool


def journey_of(quote: Quote) -> Journey:
    """Return how far our Offer has come; neither taken nor given up: it is tried again, or not yet written."""
    row = Delivery.objects.filter(activity__uri=quote.uri).first()
    if row is None:
        return Journey(None, given_up=False)
    return Journey(row.done_at if row.state == DeliveryState.DONE else None, given_up=row.state in ENDED)


# --- asked elsewhere --------------------------------------------------------------------------------------


def _answer(quote: Quote, recipient: Recipient) -> Activity | None:
    owner = quote.offer.owner
    if quote.state == QuoteState.AGREED:
        return _accept(quote, owner, recipient)
    if quote.state == QuoteState.DONE:
        if not Activity.objects.filter(object_uri=quote.uri, kind="Accept").exists():
            _accept(quote, owner, recipient)  # both were decided before the first was told
        return _say_done(quote, owner, recipient)
    if quote.state == QuoteState.REFUSED:
        return reject(quote.uri, owner, recipient, quote.answer)
    if quote.state == QuoteState.EXPIRED:
        return reject(quote.uri, owner, recipient, reason("offer_not_live"))
    return None


def _accept(quote: Quote, owner: Member, recipient: Recipient) -> Activity:
    bargain = bargain_of(quote.price, quote.quantity, quote.amount_cents, intents_of(quote.offer.uri))
    fields = accept_fields(bargain, dialect=quote.dialect, uri=quote.agreement, owner=owner.uri, answer=quote.answer)
    return _send(quote, "Accept", owner, quote.uri, recipient, **fields)


def reject(offer_uri: str, owner: Member, recipient: Recipient, words: str) -> Activity:
    """Queue a Reject of somebody's Offer, with the reason; asked and refused again, the same one goes out again."""
    _know_by_document(owner)
    name = hashlib.sha256("\n".join((offer_uri, recipient.actor, owner.uri)).encode()).hexdigest()[:32]
    uri = f"{settings.ORIGIN}/a/{name}"
    known = Activity.objects.filter(uri=uri).first()
    if known is not None:
        outbox.resend(known)
        return known
    more = {"id": uri, "content": to_html(words)}
    return outbox.send_to(recipient, "Reject", owner.uri, offer_uri, offer_uri, **more)


def answer_again(offer_uri: str, asker: str) -> None:
    """Send the answer to an Offer once more: its sender has sent it once more. Nothing while it is on its way."""
    answers = Activity.objects.filter(object_uri=offer_uri, kind__in=["Accept", "Reject"])
    for activity in answers.exclude(deliveries__state__in=OPEN):
        if json.loads(bytes(activity.body))["to"] == [asker]:
            outbox.resend(activity)


# --- both -------------------------------------------------------------------------------------------------


def _say_done(quote: Quote, sender: Member, recipient: Recipient) -> Activity:
    name = hashlib.sha256(quote.agreement.encode()).hexdigest()[:32]
    body = {
        "id": f"{settings.ORIGIN}/documents/{name}",
        "type": "Document",
        "attributedTo": sender.uri,
        "context": quote.agreement,
        "name": quote.offer.title,
        "published": iso(quote.done_at or now()),
    }
    return _send(quote, "Create", sender, body, recipient)


def _send(quote: Quote, kind: str, sender: Member, body: Any, to: Recipient, **more: Any) -> Activity:  # noqa: ANN401
    _know_by_document(sender)
    return outbox.send_to(to, kind, sender.uri, body, quote.uri, **more)


def _know_by_document(sender: Member) -> None:
    """Whoever hears from a member asks for their document and key at once."""
    if not Rendered.objects.filter(uri=sender.uri).exists():
        actors.render_member(sender)


def _recipient(uri: str) -> Recipient:
    """Return the inbox of somebody elsewhere, an old one if their node is away; Unreachable if none is known."""
    try:
        who = actors.remote_actor(uri, now=now())
    except (Unreachable, Untranslatable):
        known = RemoteActor.objects.filter(uri=uri, gone_at=None).first()
        if known is None:
            raise
        who = known
    return Recipient(who.uri, who.inbox)
