"""Tasks: ids only, repeatable. They hasten what the rows already say; `sweep` finds whatever was not hastened."""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from threading import Lock
from typing import Any

from celery import Task, shared_task
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from kombu.exceptions import OperationalError

from federation import (
    actors,
    agenda,
    attesting,
    directories,
    dispatch,
    gathering,
    harvest,
    inbox,
    latecomers,
    outbox,
    purge,
    queries,
    quotes,
    silences,
    trades,
    waiting,
    witness,
)
from federation.errors import Unreachable, Untranslatable
from federation.gate import Admitted
from federation.models import Envelope, Follow, Outcome, Replay
from federation.signin import clients, entrances
from governance.actions.remote import sign_waiting
from network.actions.attestations import end_lapsed_memberships
from network.clock import now

__all__ = [
    "announce",
    "answer_again",
    "catch_up",
    "compare",
    "deliver",
    "forget_traffic",
    "hasten",
    "heed",
    "keep_entrances",
    "process",
    "read_directory",
    "sign_act",
    "read_waiting",
    "sweep",
    "tidy",
]

log = logging.getLogger("toile.federation")
_catching_up = Lock()

BODIES_KEPT = timedelta(days=30)
CATCH_UP_EVERY = timedelta(hours=24)
CATCH_UP_AGAIN_S = 600
COMPARE_EVERY_S = 3600
AT_A_TIME = 200
TOO_MANY = 429  # an answer: the node is there
FILES_AT_ONCE = 20  # of another directory: at ten seconds each they stay within the limit of a task
ANNOUNCERS = {
    "offer": outbox.announce_offer,
    "member": outbox.announce_member,
    "collective": outbox.announce_collective,
    "event": agenda.announce_event,
    "quote": quotes.announce_quote,
    "vouch": attesting.announce_vouch,
    "membership": attesting.announce_membership,
    "decision": attesting.announce_decision,
    "entry": witness.tell_of_entry,
    "register": witness.tell_heads,
}


def hasten(task: Task, *ids: object) -> None:
    """Enqueue a task once the transaction has committed. A broker that is away costs time, never the request."""
    transaction.on_commit(lambda: _enqueue(task, ids))


def _enqueue(task: Task, ids: tuple[object, ...]) -> None:
    try:
        task.apply_async(args=ids, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("not hastened, the sweep will do it: %s %s (%s)", task.name, ids, error)


def heed(admitted: Iterable[Admitted]) -> None:
    """Hasten what was just let in: new messages are processed, an Offer that came again is answered again."""
    new = [message.envelope_id for message in admitted if not message.repeated]
    if new:
        hasten(process, *new)
    for message in admitted:
        if message.repeated and message.document["type"] == "Offer":
            hasten(answer_again, message.activity_id, message.actor_uri)


@shared_task(ignore_result=True)
def process(*envelope_ids: int) -> None:
    """Do what admitted messages say."""
    inbox.process_all(envelope_ids)


@shared_task(ignore_result=True)
def answer_again(activity: str, actor: str) -> None:
    """Repeat our answer to an Offer that came again."""
    quotes.answer_again(activity, actor)


@shared_task(ignore_result=True)
def deliver() -> None:
    """Send what is due."""
    if settings.FEDERATION_ON:
        dispatch.deliver_due()


@shared_task(ignore_result=True)
def announce(kind: str, thing_id: int) -> None:
    """Render a changed offer, member or collective, and queue what others are told of it."""
    if settings.FEDERATION_ON:
        ANNOUNCERS[kind](thing_id)


@shared_task(ignore_result=True)
def catch_up(follow_id: int) -> None:
    """Read what somebody we follow has to offer; a failed attempt is repeated by the sweep, ten minutes later.

    One at a time in a process: slow peers hold up one of its threads, not all. What finds it busy, the sweep repeats.
    """
    if not _catching_up.acquire(blocking=False):
        return
    try:
        cache.set(_attempted(follow_id), True, CATCH_UP_AGAIN_S)
        harvest.catch_up(follow_id)
        gathering.gather(follow_id)
    except (Unreachable, Untranslatable) as error:
        log.info("not caught up with follow %s: %s", follow_id, error.code)
        harvest.mark_stale(follow_id)
        if isinstance(error, Unreachable) and error.passing and error.status != TOO_MANY:
            silences.missed(_followed(follow_id), now=now())
    else:
        cache.delete(_attempted(follow_id))
        silences.heard(_followed(follow_id))
    finally:
        _catching_up.release()


def _followed(follow_id: int) -> str:
    return Follow.objects.get(pk=follow_id).followed


@shared_task(ignore_result=True)
def compare(follow_id: int) -> None:
    """Hold what we have of a followed node's papers against its digest, unless something is being caught up with."""
    if not _catching_up.acquire(blocking=False):
        return
    try:
        gathering.compare(follow_id)
    except (Unreachable, Untranslatable) as error:
        log.info("not compared with follow %s: %s", follow_id, error.code)
    finally:
        _catching_up.release()


@shared_task(ignore_result=True)
def sweep() -> None:
    """Find and do everything that is due: what was not announced, processed, caught up with or delivered."""
    if not settings.FEDERATION_ON:
        return
    harvest.beat()
    actors.ensure_node_actor()
    for kind, behind in (
        ("member", queries.members_behind()),
        ("collective", queries.collectives_behind()),
        ("offer", queries.offers_behind()),
        ("event", agenda.events_behind()),
        ("quote", quotes.quotes_behind()),
        ("membership", queries.memberships_behind(now())),
        ("vouch", queries.vouches_behind()),
        ("decision", queries.decisions_behind()),
        ("register", witness.registers_behind()),
    ):
        _each(ANNOUNCERS[kind], behind)
    inbox.process_all(queries.envelopes_due(now()).values_list("pk", flat=True)[:AT_A_TIME])
    latecomers.reach()
    dispatch.deliver_due()
    stale = queries.follows_to_catch_up(now() - CATCH_UP_EVERY).values_list("pk", flat=True)
    for follow_id in [pk for pk in stale if not cache.get(_attempted(pk))]:
        catch_up(follow_id)
        harvest.beat()
    for follow_id in queries.follows_of_nodes().values_list("pk", flat=True):
        if cache.add(f"papers-compare:{follow_id}", 1, timeout=COMPARE_EVERY_S):
            compare(follow_id)


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
    """Forget bodies of settled messages after 30 days, and signatures whose window has ended.

    Memberships elsewhere whose paper has lapsed end; they counted for nothing already. Nodes that trade attestations
    are told of. Nodes that nobody has reached for too long are hidden, and those heard again are shown.
    """
    end_lapsed_memberships()
    trades.watch()
    settled = Envelope.objects.exclude(outcome__in=[Outcome.WAITING, Outcome.FAILED])
    settled.filter(received_at__lt=now() - BODIES_KEPT).exclude(body=b"").update(body=b"")
    Replay.objects.filter(until__lt=now()).delete()
    silences.settle(now=now())
    directories.tidy_files()
    clients.purge(now=now())


@shared_task(ignore_result=True)
def forget_traffic() -> None:
    """Drop finished deliveries and read notices once they are old; bounded, so that a backlog takes several days."""
    purge.purge(now=now())


@shared_task(ignore_result=True)
def sign_act(signature_id: int) -> None:
    """Have an act of a member of another node signed by their node; what fails, `keep_entrances` tries again."""
    sign_waiting(signature_id)


@shared_task(ignore_result=True)
def keep_entrances() -> None:
    """Ask homes whether sessions of their members here still hold, tell them of those that ended, have acts signed."""
    if settings.FEDERATION_ON:
        entrances.check_due(now=now())
        entrances.tell_ended(now=now())
        entrances.sign_due(now=now())


@shared_task(ignore_result=True)
def read_directory(run_id: int) -> None:
    """Read some files of a directory that an operator wants to see, then the next in another turn."""
    if settings.FEDERATION_ON and directories.read_directory(run_id, most=FILES_AT_ONCE):
        hasten(read_directory, run_id)


@shared_task(ignore_result=True)
def read_waiting() -> None:
    """Read what waits for our members at other nodes, each feed at an hour of its own."""
    if settings.FEDERATION_ON:
        waiting.read_due()
