"""This node moves to another address: every id of ours gets a new one, and every follower is told.

At the old address: `plan` says what would happen and what stands in the way, `move` does it in one transaction. From
then on the node starts at the new one (TOILE_ORIGIN), and answers for its old ids there (TOILE_OLD_ORIGINS, see
views/moved.py). The Moves are signed by the old actors, whose keys are kept for that. The register says where things
were decided, and stays as it is.
"""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat, Length, Substr

from federation import actors, outbox, served
from federation.errors import OriginError
from federation.models import (
    Activity,
    Announced,
    Delivery,
    DeliveryState,
    Follow,
    MovedId,
    Node,
    RemoteActor,
    Rendered,
    SignedKind,
    SignedObject,
)
from federation.queries import OPEN, followers_of, node_actor
from federation.rotation import actors_of_ours
from federation.rules.delivery import Recipient, inboxes_to_reach
from federation.rules.origins import MAX_URI, origin_of
from federation.rules.translate.actors import moved_actor
from federation.rules.vocabulary import AS2
from network.actions.webs import web_changed
from network.errors import WrongState
from network.models import Collective, Event, EventDate, Member, Membership, Offer, Quote, Tombstone, Vouch
from network.rules.facts import grave_of

__all__ = ["Plan", "move", "plan"]

LOOPBACK = frozenset({"localhost", "127.0.0.1"})
KEPT = (SignedKind.DECISION, SignedKind.TOMBSTONE)  # what was signed once, and is not said anew
DECISIONS = "/decisions/"


@dataclass(frozen=True)
class Plan:
    """What moving from `old` to `new` (origins) would do: ids by kind, followers to tell, follows to ask anew.

    `troubles`, in plain words: as long as there is one, nothing moves.
    """

    old: str
    new: str
    ids: dict[str, int] = field(default_factory=dict)
    followers: int = 0
    follows: int = 0
    waiting: int = 0
    troubles: tuple[str, ...] = ()


def plan(to: str) -> Plan:
    """Return what moving this node to the origin `to` would do. Changes nothing."""
    old = settings.ORIGIN
    try:
        new = origin_of(to.rstrip("/"))
    except OriginError as error:
        return Plan(old, to, troubles=(f"{to}: {error}",))
    return Plan(
        old,
        new,
        ids={name: rows.count() for name, rows in _named(old).items()},
        followers=len(_reached()),
        follows=_asked().count(),
        waiting=Delivery.objects.filter(state__in=OPEN).count(),
        troubles=tuple(_troubles(old, new, to)),
    )


@transaction.atomic
def move(to: str, *, now: datetime) -> Plan:
    """Give every id of this node its new form, and queue what others must be told; return what was done.

    WrongState("move_refused", troubles=…) if something stands in the way; nothing has changed then.
    """
    planned = plan(to)
    if planned.troubles:
        raise WrongState("move_refused", troubles=" ".join(planned.troubles))
    old, new = planned.old, planned.new
    actors.ensure_node_actor()
    actors.render_missing()
    ours = actors_of_ours()
    _tell_followers(ours, old, new)
    _remember_old_ids(old, new, now)
    _point_to_new(ours, old, new)
    _bury_again(old, new, now)
    for rows, column in _columns(old):
        _rewrite(rows, column, old, new)
    _rewrite_audiences(old, new)
    _forget_documents(ours, old, new)
    _ask_anew(old, new)
    web_changed()
    return planned


# --- what stands in the way ------------------------------------------------------------------------------


def _troubles(old: str, new: str, written: str) -> Iterator[str]:
    parts = urlsplit(new)
    if written.rstrip("/").lower() != new:
        yield f"{written} is more than an origin; write {new}."
    if new == old:
        yield "this is the present address."
    if parts.scheme != "https" and not (parts.hostname in LOOPBACK and settings.FEDERATION_TEST_PEERS):
        yield "the new address must begin with https://."
    if not settings.FEDERATION_ON and _reached():
        yield "federation is off, so that followers could not be told."
    if Member.objects.filter(local=True).exclude(origin=old).exists():
        yield f"members of this node live at another address than {old}: give the present one with --origin."
    if _someone_lives_at(new):
        yield f"{new} is already known as another node."
    longest = max(rows.aggregate(n=Max(Length("uri")))["n"] or 0 for rows in _named(old).values())
    if longest + len(new) - len(old) > MAX_URI:
        yield "some ids would become longer than 500 characters."


def _someone_lives_at(new: str) -> bool:
    known = (Node.objects.filter(origin=new), RemoteActor.objects.filter(origin=new), Member.objects.filter(origin=new))
    return any(rows.exists() for rows in known)


# --- telling ---------------------------------------------------------------------------------------------


def _reached() -> list[Recipient]:
    return followers_of(*actors_of_ours())


def _asked() -> QuerySet[Follow]:
    return Follow.objects.filter(outgoing=True)


def _tell_followers(ours: list[str], old: str, new: str) -> None:
    """One Move for each actor with followers, under an id at the old address."""
    for uri in ours:
        inboxes = inboxes_to_reach(followers_of(uri))
        if inboxes:
            told = {"@context": AS2, "id": f"{old}/a/{uuid.uuid4().hex}", "type": "Move", "actor": uri, "object": uri}
            outbox.queue({**told, "target": _at(uri, old, new), "to": [f"{uri}/followers"]}, uri, inboxes)


def _ask_anew(old: str, new: str) -> None:
    """Ask everybody we follow again, under our new names: they consented to the old ones."""
    for follow in _asked().select_for_update():
        uri, follower = f"{new}/a/{uuid.uuid4().hex}", _at(follow.follower, old, new)
        who = RemoteActor.objects.filter(uri=follow.followed, gone_at=None).first()
        _stop_asking(follow)
        follow.delete()
        if who is not None:
            body = {"@context": AS2, "id": uri, "type": "Follow", "actor": follower, "to": [who.uri]}
            outbox.queue({**body, "object": who.uri}, who.uri, [who.inbox])
            Follow.objects.create(follower=follower, followed=who.uri, activity=uri, outgoing=True)


def _stop_asking(follow: Follow) -> None:
    waiting = Delivery.objects.filter(activity__uri=follow.activity, state=DeliveryState.QUEUED)
    waiting.update(state=DeliveryState.REFUSED, last_status="moved")


# --- ids -------------------------------------------------------------------------------------------------


def _named(old: str) -> dict[str, QuerySet[Any]]:
    """Return the rows of ours that others know by their `uri`."""
    mine = Q(uri__startswith=f"{old}/")
    return {
        "members": Member.objects.filter(mine, local=True),
        "collectives": Collective.objects.filter(mine, local=True),
        "offers": Offer.objects.filter(mine, local=True),
        "events": Event.objects.filter(mine, local=True),
        "dates of events": EventDate.objects.filter(mine, event__local=True),
        "attestations": Vouch.objects.filter(mine, issuer__local=True),
        "memberships": Membership.objects.filter(mine, collective__local=True),
        "quotes": Quote.objects.filter(mine, asker__local=True),
    }


def _columns(old: str) -> list[tuple[QuerySet[Any], str]]:
    """Return every column that holds an id of ours, the rows' own `uri` last of each table."""
    prefix = f"{old}/"
    return [
        (Follow.objects.filter(outgoing=False, followed__startswith=prefix), "followed"),
        (Quote.objects.filter(agreement__startswith=prefix), "agreement"),
        *((rows, "uri") for rows in _named(old).values()),
        (Member.objects.filter(local=True, origin=old), "origin"),
        (Collective.objects.filter(local=True, origin=old), "origin"),
        (_told_decisions(old), "uri"),
    ]


def _told_decisions(old: str) -> QuerySet[Announced]:
    """Return what tells of decisions: it moves along, so that none is said twice."""
    return Announced.objects.filter(uri__startswith=f"{old}/", uri__contains=DECISIONS)


def _rewrite(rows: QuerySet[Model], column: str, old: str, new: str) -> None:
    rest = Substr(F(column), len(old) + 1)
    rows.update(**{column: Concat(Value(new), rest, output_field=TextField())})


def _at(uri: str, old: str, new: str) -> str:
    return new + uri.removeprefix(old)


def _rewrite_audiences(old: str, new: str) -> None:
    """Offers of others that were addressed to some of ours stay readable for them."""
    prefix = f"{old}/"
    for offer in Offer.objects.filter(local=False).exclude(audience=[]).only("pk", "audience"):
        named = [_at(uri, old, new) if uri.startswith(prefix) else uri for uri in offer.audience]
        if named != offer.audience:
            Offer.objects.filter(pk=offer.pk).update(audience=named)


def _remember_old_ids(old: str, new: str, moment: datetime) -> None:
    """Write where each id lives now. Ids of an address before this one lead to the new one at once."""
    MovedId.objects.filter(old_uri__startswith=f"{new}/").delete()  # we come back
    _rewrite(MovedId.objects.filter(new_uri__startswith=f"{old}/"), "new_uri", old, new)
    ids = [node_actor()]
    for rows in _named(old).values():
        ids += rows.values_list("uri", flat=True)
    ids += [f"{uri}/note" for uri in _named(old)["offers"].values_list("uri", flat=True)]
    ids += _told_decisions(old).values_list("uri", flat=True)
    MovedId.objects.bulk_create([MovedId(old_uri=uri, new_uri=_at(uri, old, new), moved_at=moment) for uri in ids])


def _bury_again(old: str, new: str, moment: datetime) -> None:
    """What our members withdrew stays withdrawn under its new id."""
    graves = []
    for uri, issuer in _named(old)["attestations"].values_list("uri", "issuer__uri"):
        grave = grave_of(uri, issuer)
        if Tombstone.objects.filter(uri_digest=grave.uri_digest, issuer_digest=grave.issuer_digest).exists():
            after = grave_of(_at(uri, old, new), _at(issuer, old, new))
            graves.append(Tombstone(uri_digest=after.uri_digest, issuer_digest=after.issuer_digest, deleted_at=moment))
    Tombstone.objects.bulk_create(graves, ignore_conflicts=True)


# --- documents -------------------------------------------------------------------------------------------


def _point_to_new(ours: list[str], old: str, new: str) -> None:
    """What was served at the old actors' addresses stays, keys included, and says where they are now."""
    for uri in ours:
        document = json.loads(bytes(Rendered.objects.get(uri=uri).body))
        served.keep(uri, moved_actor(document, _at(uri, old, new)))


def _forget_documents(ours: list[str], old: str, new: str) -> None:
    """Everything else is rendered and told anew, under its new id, by the next sweep; tombstones and decisions stay."""
    prefix = Q(uri__startswith=f"{old}/")
    kept = SignedObject.objects.filter(prefix, kind__in=KEPT).values("uri")
    Rendered.objects.filter(prefix, gone=False).exclude(uri__in=ours).exclude(uri__in=kept).delete()
    Rendered.objects.filter(uri__startswith=f"{new}/").delete()  # of the time when we lived there before
    SignedObject.objects.filter(prefix).exclude(kind__in=KEPT).delete()
    Announced.objects.filter(prefix).delete()
    Activity.objects.filter(uri__startswith=f"{new}/").exclude(deliveries__state__in=OPEN).delete()
