"""What falls due without anybody's act: lapses of presence, reviews, windows that close, lots, votes, candidacies."""

import logging
from collections.abc import Callable, Iterable
from functools import partial

from celery import shared_task

from governance.actions.candidacy_due import tend_candidacies
from governance.actions.due import due_assemblies, due_reviews, review_due
from governance.actions.exercise import delete_exercise, due_exercises
from governance.actions.inbox_mails import look
from governance.actions.lots import due_lots, move_lot
from governance.actions.polls import close_poll, due_polls
from governance.actions.presence import sweep
from governance.actions.written import due_sessions, take_due_step

log = logging.getLogger("toile.clock")


@shared_task(time_limit=60)
def close_due() -> dict[str, int]:
    """Do what falls due: lapses of presence, reviews, windows, lots, votes, candidacies, mails; safe to repeat."""
    return {
        "lapses": _each(lambda pk: sweep(assembly_id=pk), due_assemblies),
        "reviews": _each(lambda pk: review_due(session_id=pk), due_reviews),
        "exercises": _each(lambda pk: delete_exercise(assembly_id=pk), due_exercises),
        "lots": _each(lambda pk: move_lot(lot_id=pk), due_lots),
        "polls": _each(lambda pk: close_poll(poll_id=pk), due_polls),
        "steps": _each(lambda pk: take_due_step(session_id=pk), due_sessions),
        "candidacies": _done(tend_candidacies),
        "mails": _done(look),
    }


def _each(do: Callable[[int], int], due: Callable[[], Iterable[int]]) -> int:
    """Do it for each thing that is due, and return the sum; one that fails keeps no other waiting."""
    return sum(_done(partial(do, pk), pk) for pk in _listed(due))


def _listed(due: Callable[[], Iterable[int]]) -> list[int]:
    try:
        return list(due())
    except Exception:  # noqa: BLE001 - one list that cannot be read does not stop the clock
        log.exception("%s failed", due.__name__)
        return []


def _done(do: Callable[[], int], pk: int | None = None) -> int:
    try:
        return do()
    except Exception:  # noqa: BLE001 - whatever is wrong with one thing, the clock meets it again in a minute
        log.exception("what was due failed for %s", pk if pk is not None else getattr(do, "__name__", do))
        return 0
