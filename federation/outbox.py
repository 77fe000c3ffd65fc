"""What we tell others: one Activity and one Delivery per inbox, written in one transaction with what it announces.

An offer has two faces: the Proposal for nodes known to read FEP-0837, a companion Note for everybody else.
"""

import json
import logging
import uuid
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from federation import actors, served
from federation.cards import offer_card
from federation.models import Activity, Announced, Delivery, DeliveryState, Follow, Node, Rendered, Standing
from federation.purge import forget_said
from federation.queries import exchange_rule, followers_of, node_actor, reads_proposals
from federation.readers import audience_of, members_elsewhere
from federation.rules.delivery import (
    Audience,
    Recipient,
    inboxes_to_reach,
    public_audience,
)
from federation.rules.origins import origin_of
from federation.rules.translate.notes import note
from federation.rules.translate.offers import iso, proposal
from federation.rules.vocabulary import AS2, PUBLIC
from federation.signals import deliveries_queued
from network.clock import now
from network.models import Collective, Member, Offer, OfferState, Visibility
from network.signals import announce

__all__ = [
    "announce_collective",
    "announce_member",
    "announce_offer",
    "heard_of",
    "mark_told",
    "queue",
    "resend",
    "revision_told",
    "send_to",
    "wrap",
]

log = logging.getLogger("toile.federation")


def announce_offer(offer_id: int) -> list[Activity]:
    """Serve the offer's documents and tell followers of its latest revision; nothing if that was told before.

    A withdrawn offer becomes a Tombstone; followers, and whoever received it, are told.
    """
    with transaction.atomic():
        offer = Offer.objects.select_for_update(of=("self",)).select_related("owner", "skill").get(pk=offer_id)
        told = revision_told(offer.uri)
        if not offer.local or (told and told >= offer.revision):
            return []
        tell = _tell_withdrawal if offer.state == OfferState.WITHDRAWN else _tell_offer
        activities = tell(offer, first=told is None)
        mark_told(offer.uri, offer.revision)
    _catalogue(offer.uri)
    return activities


def _catalogue(uri: str) -> None:
    """Bring the toolkit's linked data up to date with what is served; it decides nothing, so it may fail.

    Two processes may name the same address at once; the second try then finds the other's row.
    """
    for _attempt in range(2):
        try:
            with transaction.atomic():
                return _load(uri)
        except IntegrityError:
            continue
        except (ValueError, DatabaseError) as error:
            return log.warning("not catalogued: %s (%s)", uri, type(error).__name__)
    return log.warning("not catalogued: %s", uri)


def _load(uri: str) -> None:
    kept = Rendered.objects.get(uri=uri)
    served.forget(uri)
    if kept.public and not kept.gone:
        served.catalogue(json.loads(bytes(kept.body)))


def _tell_offer(offer: Offer, *, first: bool) -> list[Activity]:
    if not Rendered.objects.filter(uri=offer.owner.uri).exists():
        actors.render_member(offer.owner)  # whoever hears of the offer asks for its owner at once
    audience, recipients = _readers_of(offer)
    opened = audience.public and Rendered.objects.filter(uri=offer.uri, public=False).exists()
    page = settings.ORIGIN + reverse("offer", args=[offer.pk])
    card = offer_card(offer)
    faces = (proposal(card, page=page, audience=audience), note(card, page=page, audience=audience))
    told = []
    for document, inboxes in zip(faces, _by_dialect(recipients, share=_is_shared(offer)), strict=True):
        served.keep(document["id"], document)
        for kind, path, to in _opened(offer, document["id"], inboxes) if opened else [_told_as(offer, inboxes, first)]:
            told.append(queue(wrap(kind, document, path, offer.owner.uri, audience), document["id"], to))
    return told


def _told_as(offer: Offer, inboxes: list[str], first: bool) -> tuple[str, str, list[str]]:
    """Return the kind of the activity, the end of its id, and where it goes."""
    kind, path = ("Create", "create") if first else ("Update", f"update/{offer.revision}")
    return kind, path, inboxes


def _opened(offer: Offer, uri: str, inboxes: list[str]) -> list[tuple[str, str, list[str]]]:
    """What was for some is for everybody: new to most, changed for those who have it."""
    known = set(Delivery.objects.filter(object_uri=uri).values_list("inbox", flat=True))
    new = [inbox for inbox in inboxes if inbox not in known]
    return [
        ("Create", f"create/{offer.revision}", new),
        ("Update", f"update/{offer.revision}", sorted(known)),
    ]


def _is_shared(offer: Offer) -> bool:
    """Whether an offer may go to shared inboxes: what is for members goes to each of them, never to a whole server."""
    return offer.visibility != Visibility.MEMBERS


def _readers_of(offer: Offer) -> tuple[Audience, list[Recipient]]:
    """Return whom the offer's documents name, and who is told of them."""
    audience = audience_of(offer)
    if offer.visibility != Visibility.MEMBERS:
        return audience, followers_of(offer.owner.uri, node_actor())
    may = exchange_rule()
    return audience, [one for one in members_elsewhere(audience) if may(one.inbox)]


def _tell_withdrawal(offer: Offer, *, first: bool) -> list[Activity]:
    """Leave tombstones; an offer that nobody ever heard of needs no Delete."""
    audience, recipients = _readers_of(offer)
    activities = []
    readers, others = _by_dialect(recipients, share=_is_shared(offer))
    for uri, kind, inboxes in ((offer.uri, "Proposal", readers), (f"{offer.uri}/note", "Note", others)):
        stone = {key: value for key, value in served.keep_tombstone(uri, kind, audience).items() if key != "@context"}
        wrapped = wrap("Delete", {"@context": AS2, **stone}, "delete", offer.owner.uri, audience)
        if not first:
            activities.append(queue(wrapped, uri, {*inboxes, *heard_of(uri)}))
    return activities


def announce_member(member_id: int) -> list[Activity]:
    """Serve a local member's document and tell followers that it changed, or that the member is gone."""
    with transaction.atomic():
        member = Member.objects.select_for_update().get(pk=member_id)
        told = revision_told(member.uri)
        if not member.local or (told and told >= member.revision):
            return []
        document = served.keep_tombstone(member.uri, "Person") if member.gone_at else actors.render_member(member)
        activities = [] if told is None else [_tell_member(member, document)]
        mark_told(member.uri, member.revision)
    return activities


def _tell_member(member: Member, document: dict[str, Any]) -> Activity:
    kind, path = ("Delete", "delete") if member.gone_at else ("Update", f"update/{member.revision}")
    audience = public_audience(member.uri, node_actor())
    inboxes = set(inboxes_to_reach(followers_of(member.uri, node_actor())))
    if member.gone_at:
        inboxes |= _heard_from(member.uri)
        Follow.objects.filter(followed=member.uri).delete()
        forget_said(member.uri, now=now())
    return queue(wrap(kind, document, path, member.uri, audience), member.uri, inboxes)


def announce_collective(collective_id: int) -> None:
    """Serve a local collective's document."""
    with transaction.atomic():
        collective = Collective.objects.select_for_update().get(pk=collective_id)
        if collective.local:
            actors.render_collective(collective)
            mark_told(collective.uri, 1)


def send_to(recipient: Recipient, kind: str, actor: str, body: Any, about: str, **more: Any) -> Activity:  # noqa: ANN401
    """Queue an activity between two actors (Follow, Accept, Undo…), to the recipient's own inbox.

    `body` is the activity's `object`; deliveries about the same `about` keep their order.
    """
    uri = f"{settings.ORIGIN}/a/{uuid.uuid4().hex}"
    head = {"@context": AS2, "id": uri, "type": kind, "actor": actor, "to": [recipient.actor]}
    return queue({**head, "object": body, **more}, about, [recipient.inbox])


def resend(activity: Activity) -> None:
    """Queue an activity again for whoever it was for: they asked again."""
    with transaction.atomic():
        again = {"state": DeliveryState.QUEUED, "attempts": 0, "next_attempt_at": now(), "queued_at": now()}
        activity.deliveries.exclude(state=DeliveryState.SENDING).update(**again)
        announce(deliveries_queued)


def wrap(kind: str, document: dict[str, Any], path: str, actor: str, audience: Audience) -> dict[str, Any]:
    """Return the activity around `document`; its id follows from the object's, so that a repetition is the same."""
    inner = {key: value for key, value in document.items() if key != "@context"}
    head = {"@context": document["@context"], "id": f"{document['id']}/{path}", "type": kind, "actor": actor}
    return {**head, "published": iso(now()), "to": list(audience.to), "cc": list(audience.cc), "object": inner}


def queue(activity: dict[str, Any], object_uri: str, inboxes: Iterable[str]) -> Activity:
    """Write the activity and its deliveries to nodes with which we speak; hurry them once committed."""
    may = exchange_rule()
    with transaction.atomic():
        row, created = Activity.objects.get_or_create(
            uri=activity["id"],
            defaults={
                "actor": activity["actor"],
                "object_uri": object_uri,
                "kind": activity["type"],
                "object_type": _type_of(activity.get("object")),
                "body": served.to_bytes(activity),
                "public": PUBLIC in activity["to"],
            },
        )
        if created:
            fields = {"activity": row, "object_uri": object_uri}
            open_to_us = sorted(inbox for inbox in set(inboxes) if may(inbox))
            rows = [Delivery(**fields, inbox=inbox, host=origin_of(inbox)) for inbox in open_to_us]
            Delivery.objects.bulk_create(rows)
            announce(deliveries_queued)
    return row


def _type_of(thing: Any) -> str:  # noqa: ANN401
    found = thing.get("type") if isinstance(thing, dict) else ""
    return found if isinstance(found, str) else ""


def _by_dialect(recipients: list[Recipient], *, share: bool) -> tuple[list[str], list[str]]:
    """Part the inboxes: those of nodes known to read Proposals, and the others."""
    inboxes = inboxes_to_reach(recipients, share=share)
    known = {origin: reads_proposals(origin) for origin in {origin_of(inbox) for inbox in inboxes}}
    readers = [inbox for inbox in inboxes if known[origin_of(inbox)]]
    return readers, [inbox for inbox in inboxes if inbox not in readers]


def heard_of(uri: str) -> set[str]:
    """Inboxes that received something about `uri`: they are told of its end even if they follow no more."""
    blocked = Node.objects.filter(standing=Standing.BLOCKED).values("origin")
    done = Delivery.objects.filter(object_uri=uri, state=DeliveryState.DONE).exclude(host__in=blocked)
    return set(done.values_list("inbox", flat=True))


def _heard_from(actor: str) -> set[str]:
    """Inboxes that received anything of `actor`: they are told that it is no more, whatever it was about."""
    done = Delivery.objects.filter(activity__actor=actor, state=DeliveryState.DONE)
    return set(done.values_list("inbox", flat=True))


def revision_told(uri: str) -> int | None:
    """Return the latest revision of a thing of ours that an announcement tells of; None if none does."""
    return Announced.objects.filter(uri=uri).values_list("revision", flat=True).first()


def mark_told(uri: str, revision: int) -> None:
    """Write down, in the transaction of the announcement, that this revision was told."""
    Announced.objects.update_or_create(uri=uri, defaults={"revision": revision})
