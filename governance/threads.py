"""A thread whose database connection stays open between calls: opening one costs more than an act. And threads for
what may keep its caller waiting."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import SyncToAsync
from django.db import DatabaseError, connections

__all__ = ["DatabaseThread", "SideThreads"]

IDLE_SECONDS = 60.0  # a connection unused for longer may be dead by now, and is opened anew


class DatabaseThread:
    """Calls functions one after the other in its thread. It starts by itself, and starts again after `close`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.pool: ThreadPoolExecutor | None = None
        self.used_at = 0.0

    async def call(self, function: Callable[..., Any], *about: Any) -> Any:
        """Return what the function returns; what it raises is raised here."""
        if self.pool is None:
            self.pool = ThreadPoolExecutor(1, thread_name_prefix=self.name)
        return await SyncToAsync(self._run, thread_sensitive=False, executor=self.pool)(function, *about)

    def _run(self, function: Callable[..., Any], *about: Any) -> Any:
        if time.monotonic() - self.used_at > IDLE_SECONDS:
            connections.close_all()
        try:
            return function(*about)
        except DatabaseError:
            connections.close_all()  # whatever it was, the next call begins with a new connection
            raise
        finally:
            self.used_at = time.monotonic()

    def close(self) -> None:
        """Let the connection go and end the thread, without waiting for it."""
        if self.pool is not None:
            self.pool.submit(connections.close_all)
            self.pool.shutdown(wait=False)
            self.pool = None


class SideThreads:
    """Calls functions side by side, at most `most` at a time and of one party `most_of_one`: whoever is slow keeps
    their own people waiting. Connections end with the call. They start by themselves, and again after `close`."""

    def __init__(self, name: str, *, most: int, most_of_one: int) -> None:
        self.name, self.most, self.most_of_one = name, most, most_of_one
        self.pool: ThreadPoolExecutor | None = None
        self.lanes: dict[str, asyncio.Semaphore] = {}

    async def call(self, party: str, function: Callable[..., Any], *about: Any) -> Any:
        """Return what the function returns; what it raises is raised here."""
        async with self.lanes.setdefault(party, asyncio.Semaphore(self.most_of_one)):
            if self.pool is None:
                self.pool = ThreadPoolExecutor(self.most, thread_name_prefix=self.name)
            return await SyncToAsync(self._run, thread_sensitive=False, executor=self.pool)(function, *about)

    def _run(self, function: Callable[..., Any], *about: Any) -> Any:
        try:
            return function(*about)
        finally:
            connections.close_all()

    def close(self) -> None:
        """End the threads, without waiting for them."""
        if self.pool is not None:
            self.pool.shutdown(wait=False)
            self.pool, self.lanes = None, {}
