"""The cache in Redis, for a node that goes on without it.

Nothing in the cache is the truth: raised hands, counters, what was reckoned a moment ago. While Redis does not answer,
each process remembers by itself, so that pages, rooms and limits still work; what Redis held may be forgotten.
"""

import logging
import time
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis import Redis
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer

log = logging.getLogger("toile.services")

PATIENCE_SECONDS = 2.0  # for a connection, and for an answer
AWAY_SECONDS = 1.0  # for so long Redis is not asked again
MAX_ENTRIES = 50_000  # many addresses must not push each other's counters out
_asked_again_at: dict[str, float] = {}  # by address, for all threads: when Redis is away


def ping(address: str) -> None:
    """Ask Redis itself whether it is there; raises what its library raises."""
    with Redis.from_url(address, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS) as link:
        link.ping()


class Cache(RedisCache):
    """Django's cache in Redis; each process has one of its own for the time when Redis is away."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        patience = {"socket_connect_timeout": PATIENCE_SECONDS, "socket_timeout": PATIENCE_SECONDS}
        super().__init__(server, {**params, "OPTIONS": {**patience, **params.get("OPTIONS", {})}})
        self.server = server
        self.own = LocMemCache(server, {"OPTIONS": {"MAX_ENTRIES": MAX_ENTRIES}})

    def _either(self, name: str, *about: Any, **more: Any) -> Any:
        """Ask Redis, or our own memory while it is away. What that kept during an earlier absence is forgotten."""
        if time.monotonic() < _asked_again_at.get(self.server, 0.0):
            return getattr(self.own, name)(*about, **more)
        try:
            found = getattr(super(), name)(*about, **more)
        except (NoConnection, NoAnswer) as error:
            if self.server not in _asked_again_at:
                log.warning("Redis does not answer (%s): each process remembers by itself", type(error).__name__)
                self.own.clear()
            _asked_again_at[self.server] = time.monotonic() + AWAY_SECONDS
            return getattr(self.own, name)(*about, **more)
        if _asked_again_at.pop(self.server, None) is not None:
            log.warning("Redis answers again")
        return found

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """As Django's."""
        return bool(self._either("add", key, value, timeout, version))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """As Django's."""
        return self._either("get", key, default, version)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """As Django's."""
        self._either("set", key, value, timeout, version)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """As Django's."""
        return bool(self._either("touch", key, timeout, version))

    def delete(self, key: str, version: int | None = None) -> bool:
        """As Django's."""
        return bool(self._either("delete", key, version))

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        """As Django's."""
        return dict(self._either("get_many", list(keys), version))

    def has_key(self, key: str, version: int | None = None) -> bool:
        """As Django's."""
        return bool(self._either("has_key", key, version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """As Django's: raises ValueError for a key that is not there."""
        return int(self._either("incr", key, delta, version))

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> list[str]:
        """As Django's."""
        return list(self._either("set_many", data, timeout, version))

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        """As Django's."""
        self._either("delete_many", list(keys), version)

    def clear(self) -> None:
        """As Django's."""
        self._either("clear")
