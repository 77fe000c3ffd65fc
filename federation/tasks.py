"""Tasks: ids only, repeatable. They hasten what the rows already say; `sweep` finds whatever was not hastened."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import Task, shared_task
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from kombu.exceptions import OperationalError

from federation import actors, dispatch, harvest, inbox, outbox, queries
from federation.errors import Unreachable, Untranslatable
from federation.models import Envelope, Outcome, Replay
from network.clock import now

__all__ = ["announce", "catch_up", "deliver", "hasten", "process", "sweep", "tidy"]

log = logging.getLogger("toile.federation")

BODIES_KEPT = timedelta(days=30)
CATCH_UP_EVERY = timedelta(hours=24)
CATCH_UP_AGAIN_S = 600
AT_A_TIME = 200
ANNOUNCERS = {
    "offer": outbox.announce_offer,
    "member": outbox.announce_member,
    "collective": outbox.announce_collective,
}


def hasten(task: Task, *ids: object) -> None:
    """Enqueue a task once the transaction has committed. A broker that is away costs time, never the request."""
    transaction.on_commit(lambda: _enqueue(task, ids))


def _enqueue(task: Task, ids: tuple[object, ...]) -> None:
    try:
        task.apply_async(args=ids, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("not hastened, the sweep will do it: %s %s (%s)", task.name, ids, error)


@shared_task(ignore_result=True)
def process(envelope_id: int) -> None:
    """Do what an admitted message says."""
    inbox.process(envelope_id)


@shared_task(ignore_result=True)
def deliver() -> None:
    """Send what is due."""
    if settings.FEDERATION_ON:
        dispatch.deliver_due(AT_A_TIME)


@shared_task(ignore_result=True)
def announce(kind: str, thing_id: int) -> None:
    """Render a changed offer, member or collective, and queue what others are told of it."""
    if settings.FEDERATION_ON:
        ANNOUNCERS[kind](thing_id)


@shared_task(ignore_result=True)
def catch_up(follow_id: int) -> None:
    """Read what somebody we follow has to offer; a failed attempt is repeated by the sweep, ten minutes later."""
    cache.set(_attempted(follow_id), True, CATCH_UP_AGAIN_S)
    try:
        harvest.catch_up(follow_id)
    except (Unreachable, Untranslatable) as error:
        log.info("not caught up with follow %s: %s", follow_id, error.code)


@shared_task(ignore_result=True)
def sweep() -> None:
    """Find and do everything that is due: what was not announced, processed, caught up with or delivered."""
    if not settings.FEDERATION_ON:
        return
    actors.ensure_node_actor()
    for kind, behind in (
        ("member", queries.members_behind()),
        ("collective", queries.collectives_behind()),
        ("offer", queries.offers_behind()),
    ):
        _each(ANNOUNCERS[kind], behind)
    _each(inbox.process, queries.envelopes_due(now()))
    stale = queries.follows_to_catch_up(now() - CATCH_UP_EVERY).values_list("pk", flat=True)
    for follow_id in [pk for pk in stale if not cache.get(_attempted(pk))]:
        catch_up(follow_id)
    dispatch.deliver_due(AT_A_TIME)


def _each(do: Callable[[int], object], rows: QuerySet[Any]) -> None:
    """Do it for each row, a bounded number at a time; one that fails blocks no other."""
    for pk in rows.values_list("pk", flat=True)[:AT_A_TIME]:
        try:
            do(pk)
        except Exception:  # noqa: BLE001 - whatever is wrong with one row, the next sweep meets it again
            log.exception("%s failed for %s", getattr(do, "__name__", do), pk)


def _attempted(follow_id: int) -> str:
    return f"catch-up-attempted:{follow_id}"


@shared_task(ignore_result=True)
def tidy() -> None:
    """Forget bodies of settled messages after 30 days, and signatures whose window has ended."""
    settled = Envelope.objects.exclude(outcome__in=[Outcome.WAITING, Outcome.FAILED])
    settled.filter(received_at__lt=now() - BODIES_KEPT).exclude(body=b"").update(body=b"")
    Replay.objects.filter(until__lt=now()).delete()
