"""What an admitted message does: routed by (activity, object) type to a handler, with one word for what became of it.

A handler first prepares, outside any transaction: it may fetch. What it returns is applied in the transaction that
records the outcome, under a lock on the envelope, so that eight copies have one effect.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from federation import actors, contexts
from federation.errors import Refused, Unreachable, Untranslatable
from federation.models import Envelope, Outcome
from federation.received import follows, offers
from federation.received.messages import Done, Effect, Ignored, Message, message_of
from federation.rules import strict_json
from network.clock import now
from network.errors import DomainError
from network.models import Member

__all__ = ["process"]

log = logging.getLogger("toile.federation")

Handler = Callable[[Message, datetime], Effect]
Route = Callable[[Message, datetime, Any], Effect]

RETRY = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
WAIT_AT_MOST = timedelta(days=3)


def process(envelope_id: int) -> str | None:
    """Do what the message says, once; return the outcome, or None if it was settled before or is not there."""
    envelope = Envelope.objects.filter(pk=envelope_id, outcome=Outcome.WAITING).first()
    if envelope is None:
        return None
    try:
        return _settle(envelope, _prepare(envelope, now()))
    except Ignored as error:
        return _conclude(envelope, Done(Outcome.IGNORED, error.code))
    except Untranslatable as error:
        return _conclude(envelope, Done(Outcome.UNTRANSLATABLE, error.code))
    except Refused as error:
        return _conclude(envelope, Done(Outcome.UNTRANSLATABLE, error.code))
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
    document = contexts.clean(strict_json.parse(bytes(envelope.body)))
    message = message_of(document, envelope.actor)
    handler = ROUTES.get((message.kind, message.about))
    if handler is None:
        raise Ignored("activity-type")
    return handler(message, moment, document.get("object"))


def _settle(envelope: Envelope, effect: Effect) -> str | None:
    with transaction.atomic():
        locked = Envelope.objects.select_for_update().filter(pk=envelope.pk, outcome=Outcome.WAITING).first()
        return _write(locked, effect()) if locked else None


def _conclude(envelope: Envelope, done: Done) -> str | None:
    return _settle(envelope, lambda: done)


def _write(envelope: Envelope, done: Done) -> str:
    envelope.outcome, envelope.detail = done.outcome, done.detail[:200]
    envelope.attempts += 1
    envelope.save(update_fields=["outcome", "detail", "attempts"])
    log.info("message %s of %s: %s %s", envelope.activity, envelope.actor, done.outcome, done.detail)
    return done.outcome


def _wait(envelope: Envelope, error: Unreachable) -> str | None:
    """Something is out of reach: try again later, for three days; what is gone for good is ignored."""
    if error.gone:
        return _conclude(envelope, Done(Outcome.IGNORED, "gone"))
    return _again(envelope, error.code)


def _again(envelope: Envelope, why: str) -> str | None:
    if now() - envelope.received_at > WAIT_AT_MOST:
        return _conclude(envelope, Done(Outcome.EXPIRED, why))
    again = now() + RETRY[min(envelope.attempts, len(RETRY) - 1)]
    fields = {"attempts": envelope.attempts + 1, "next_attempt_at": again, "detail": why}
    Envelope.objects.filter(pk=envelope.pk, outcome=Outcome.WAITING).update(**fields)
    return Outcome.WAITING


def _actor_changed(message: Message, moment: datetime) -> Effect:
    """An Update of an actor is a hint: we fetch it at its address, if it is somebody we list."""
    if not Member.objects.filter(uri=message.actor, local=False).exists():
        raise Ignored("unknown")
    actors.know_member(message.actor, now=moment, again=True)
    return Done


def _plain(handler: Handler) -> Route:
    """Give a handler that reads only the message the shape of those that also read the raw object."""
    return lambda message, moment, raw: handler(message, moment)


ROUTES: dict[tuple[str, str], Route] = {
    ("Follow", "object"): _plain(follows.follow),
    ("Accept", "object"): follows.accept,
    ("Reject", "object"): follows.reject,
    ("Undo", "object"): follows.undo,
    ("Create", "object"): _plain(offers.changed),
    ("Update", "object"): _plain(offers.changed),
    ("Update", "actor"): _plain(_actor_changed),
    ("Delete", "object"): _plain(offers.deleted),
    ("Delete", "actor"): _plain(offers.actor_deleted),
}
