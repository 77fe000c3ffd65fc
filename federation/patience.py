"""How long others may keep our workers waiting: so many seconds for each node, and so many for all strangers together.

A message may make us fetch, and whoever wrote it may answer slowly. What that takes is counted against its sender's
node; once the seconds of ten minutes are used up, its messages wait, and those of everybody else go on.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

from federation.errors import Unreachable
from federation.queries import is_listed
from federation.rules.origins import origin_of

__all__ = ["spent_on"]

PERIOD = 600  # seconds
LISTED, STRANGER, STRANGERS = 120.0, 30.0, 240.0  # seconds in a period, of four threads' 2,400
FREE = 0.5  # seconds: what fetches nothing takes less
ALL_STRANGERS = "strangers"


@contextmanager
def spent_on(actor: str) -> Iterator[None]:
    """Count what is done meanwhile as done for `actor`; raise Unreachable("budget") if its time is used up."""
    origin = origin_of(actor)
    _check(actor, origin)
    since = time.monotonic()
    try:
        yield
    finally:
        took = time.monotonic() - since
        if took > FREE:
            _charge(origin, took)
            if not is_listed(actor):
                _charge(ALL_STRANGERS, took)


def _check(actor: str, origin: str) -> None:
    names = {name: _name(name) for name in (origin, ALL_STRANGERS)}
    spent = cache.get_many(names.values())
    own, others = (spent.get(names[name], 0) / 1000 for name in (origin, ALL_STRANGERS))
    if own < STRANGER and others < STRANGERS:
        return
    if own >= LISTED or not is_listed(actor):
        raise Unreachable("budget", status=429, retry_after=PERIOD)


def _charge(name: str, seconds: float) -> None:
    spent = int(seconds * 1000)
    if not cache.add(_name(name), spent, timeout=PERIOD):
        try:
            cache.incr(_name(name), spent)
        except ValueError:  # it expired in between
            cache.set(_name(name), spent, timeout=PERIOD)


def _name(name: str) -> str:
    return f"patience:{name}"
