"""What an admitted message does: routed by (activity, object) type to a handler, with one word for what became of it.

A handler first prepares, outside any transaction: it may fetch, for as long as our patience lasts (patience.py). What
it returns is applied in the transaction that records the outcome, under a lock on the envelope, so that eight copies
have one effect.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from federation import actors, attested, bulk, contexts
from federation.errors import Refused, Unreachable, Untranslatable
from federation.models import Envelope, Outcome, ProofKey
from federation.patience import spent_on
from federation.queries import was_deleted
from federation.received import announces, changes, follows, heads, moves, quotes
from federation.received import attested as proven
from federation.received.messages import Done, Effect, Ignored, Message, message_of
from federation.rules import strict_json
from federation.rules.heads import is_head
from network.clock import now
from network.errors import DomainError
from network.models import Member

__all__ = ["process", "process_all"]

log = logging.getLogger("toile.federation")

Handler = Callable[[Message, datetime], Effect]
Route = Callable[[Message, datetime, Any], Effect]

RETRY = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
WAIT_AT_MOST = timedelta(days=3)
TOGETHER = 50  # messages read at a time: what writes them together must not keep the door waiting


def process_all(envelope_ids: Iterable[int]) -> None:
    """Do what these messages say, in their order; offers that stand side by side are taken together."""
    ids = list(envelope_ids)
    for first in range(0, len(ids), TOGETHER):
        _process_some(ids[first : first + TOGETHER])


def _process_some(ids: list[int]) -> None:
    rows = Envelope.objects.filter(pk__in=ids, outcome=Outcome.WAITING).in_bulk()
    waiting = [rows[pk] for pk in ids if pk in rows]
    for ordinary, run in groupby(waiting, key=bulk.looks_ordinary):
        some = list(run)
        taken = bulk.take_offers(some) if ordinary and len(some) > 1 else set[int]()
        for envelope in some:
            if envelope.pk not in taken:
                process(envelope.pk)


def process(envelope_id: int) -> str | None:
    """Do what the message says, once; return the outcome, or None if it was settled before or is not there."""
    envelope = Envelope.objects.filter(pk=envelope_id, outcome=Outcome.WAITING).first()
    if envelope is None:
        return None
    try:
        with spent_on(envelope.actor):
            effect = _prepare(envelope, now())
        return _settle(envelope, effect)
    except Ignored as error:
        return _conclude(envelope, Done(Outcome.IGNORED, error.code))
    except Untranslatable as error:
        return _conclude(envelope, Done(Outcome.UNTRANSLATABLE, error.code))
    except Refused as error:
        return _refuse(envelope, error)
    except Unreachable as error:
        return _wait(envelope, error)
    except DomainError as error:
        return _conclude(envelope, Done(Outcome.IGNORED, error.code))
    except (IntegrityError, InterfaceError, OperationalError) as error:  # two workers met, or the database was busy
        return _again(envelope, type(error).__name__)
    except Exception as error:  # noqa: BLE001 - a surprise keeps its traceback and blocks nobody
        log.exception("message %s failed", envelope.activity)
        return _conclude(envelope, Done(Outcome.FAILED, type(error).__name__))


def _prepare(envelope: Envelope, moment: datetime) -> Effect:
    if was_deleted(envelope.actor, envelope.actor):
        raise Ignored("gone")
    raw = bytes(envelope.body)
    received = strict_json.parse(raw)
    document = contexts.clean(received)
    message = message_of(document, envelope.actor)
    handler = ROUTES.get((message.kind, message.about))
    if handler is None:
        raise Ignored("activity-type")
    signed = attested.proven(raw, received, now=moment)  # what was received, before anything is cleaned away
    if signed is not None and proven.is_for_us(message.kind, signed):
        return proven.taken(signed, message.actor, moment)
    if signed is not None and message.kind == "Create" and is_head(signed.document):
        return heads.heard(signed, message.actor, moment)
    return handler(message, moment, document.get("object"))


def _settle(envelope: Envelope, effect: Effect) -> str | None:
    with transaction.atomic():
        locked = Envelope.objects.select_for_update().filter(pk=envelope.pk, outcome=Outcome.WAITING).first()
        return _write(locked, effect()) if locked else None


def _conclude(envelope: Envelope, done: Done) -> str | None:
    return _settle(envelope, lambda: done)


def _refuse(envelope: Envelope, error: Refused) -> str | None:
    """What cannot be read is set aside; what bears a false proof is spoilt, whoever signed the message around it."""
    if error.code != "proof":
        return _conclude(envelope, Done(Outcome.UNTRANSLATABLE, error.code))
    attested.log_refusal(envelope.activity, envelope.actor, error.why)
    return _conclude(envelope, Done(Outcome.REFUSED_PROOF, error.why))


def _write(envelope: Envelope, done: Done) -> str:
    envelope.outcome, envelope.detail = done.outcome, done.detail[:200]
    envelope.attempts += 1
    changed = ["outcome", "detail", "attempts"]
    if done.outcome == Outcome.REFUSED_PROOF:
        envelope.body = b""
        changed.append("body")
    envelope.save(update_fields=changed)
    log.info("message %s of %s: %s %s", envelope.activity, envelope.actor, done.outcome, done.detail)
    return done.outcome


def _wait(envelope: Envelope, error: Unreachable) -> str | None:
    """Something is out of reach: try again later, for three days; what is gone for good is ignored."""
    if error.gone:
        return _conclude(envelope, Done(Outcome.IGNORED, "gone"))
    return _again(envelope, error.code, error.retry_after if error.code == "budget" else None)


def _again(envelope: Envelope, why: str, wait: int | None = None) -> str | None:
    """Put the message off: by the usual steps, or by `wait` seconds, when a budget of ours is full again."""
    if now() - envelope.received_at > WAIT_AT_MOST:
        return _conclude(envelope, Done(Outcome.EXPIRED, why))
    again = now() + (timedelta(seconds=wait) if wait else RETRY[min(envelope.attempts, len(RETRY) - 1)])
    fields = {"attempts": envelope.attempts + 1, "next_attempt_at": again, "detail": why}
    Envelope.objects.filter(pk=envelope.pk, outcome=Outcome.WAITING).update(**fields)
    return Outcome.WAITING


def _actor_changed(message: Message, moment: datetime) -> Effect:
    """An Update of an actor is a hint: we fetch it at its address, if it is somebody we list."""
    if Member.objects.filter(uri=message.actor, local=False).exists():
        actors.know_member(message.actor, now=moment, again=True)
    elif ProofKey.objects.filter(owner=message.actor).exists():
        actors.fetch(message.actor, now=moment)  # its keys may have changed
    else:
        raise Ignored("unknown")
    return Done


def _plain(handler: Handler) -> Route:
    """Give a handler that reads only the message the shape of those that also read the raw object."""
    return lambda message, moment, raw: handler(message, moment)


def _quote_or(quote: Handler, other: Route) -> Route:
    """Accept, Reject and Undo name what they are about: a request for a quote if it is one, else something else."""
    return lambda message, moment, raw: (
        quote(message, moment) if quotes.is_quote(message.object_id) else other(message, moment, raw)
    )


def _head_or(other: Route) -> Route:
    """Accept and Reject may be about the head of a register of ours."""
    return lambda message, moment, raw: (
        heads.answered(message, moment) if heads.is_answer(message.object_id) else other(message, moment, raw)
    )


def _created(message: Message, moment: datetime) -> Effect:
    """Tell a Document about an agreement from a new offer."""
    return quotes.done(message, moment) if quotes.is_done(message) else changes.changed(message, moment)


def _undone(message: Message, moment: datetime, raw: Any) -> Effect:  # noqa: ANN401
    """Take back an attestation or a membership if it is one, else a Follow."""
    return proven.undone(message, moment) or follows.undo(message, moment, raw)


ROUTES: dict[tuple[str, str], Route] = {
    ("Follow", "object"): _plain(follows.follow),
    ("Offer", "object"): _plain(quotes.offered),
    ("Accept", "object"): _head_or(_quote_or(quotes.accept, follows.accept)),
    ("Reject", "object"): _head_or(_quote_or(quotes.reject, follows.reject)),
    ("Undo", "object"): _quote_or(quotes.undo, _undone),
    ("Create", "object"): _plain(_created),
    ("Update", "object"): _plain(changes.changed),
    ("Update", "actor"): _plain(_actor_changed),
    ("Delete", "object"): _plain(proven.deleted),
    ("Announce", "object"): _plain(announces.announced),
    ("Delete", "actor"): _plain(moves.actor_deleted),
    ("Move", "actor"): _plain(moves.moved),
}
