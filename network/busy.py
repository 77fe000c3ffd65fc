"""A busy database, told as a refusal: every door then answers « again later » and keeps what was typed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection

from network.errors import Busy

__all__ = ["RETRY_SECONDS", "busy_as_refusal", "is_busy"]

RETRY_SECONDS = 5
# PostgreSQL: serialization failure, deadlock, lock not available, too many connections, starting or stopping.
BUSY_STATES = frozenset({"40001", "40P01", "55P03", "53300", "57P03"})


def is_busy(error: BaseException | None) -> bool:
    """Return whether a later try may well succeed: somebody else holds the lock. Other faults are no such thing."""
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state in BUSY_STATES or "is locked" in str(error)


@contextmanager
def busy_as_refusal() -> Iterator[None]:
    """Raise Busy where this thread's connection meets a lock that it cannot have in time. Rows stay as they were."""
    with connection.execute_wrapper(_told):
        yield


def _told(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    try:
        return execute(sql, params, many, context)
    except OperationalError as error:
        if is_busy(error):
            raise Busy("busy", retry_after=RETRY_SECONDS) from error
        raise
