"""One message to 200 inboxes of 200 hosts that answer after 30 ms: leased, signed, sent, recorded.

References: aiohttp alone (it signs and sends, and keeps no rows), and the plain path: a task for each inbox on the
worker's threads, each reading its row, signing, sending by one pooled client and saving its row. Every message is
counted at the receivers, and every row must be done.
"""

import asyncio
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import httpx
from django.conf import settings
from django.db import connection, connections

from deploy.worker import THREADS
from federation import actors, dispatch, forms, keys, outbox
from federation.models import Activity, Delivery, DeliveryState, Host
from federation.queries import node_actor
from network.clock import now
from network.models import NodeProfile
from tests import services
from tests.bench.rows import ROUNDS, Row

SIZE = 200
SEED = 0  # nothing here is left to chance
ANSWERS_AFTER_MS = 30
AT_ONCE = 100
AIOHTTP_GOAL, PLAIN_GOAL = 2, 5
BODY = "<p>" + "Installation, formation et dépannage, chez vous ou à distance. " * 16 + "</p>"


def run(size: int) -> list[Row]:
    """Time the three ways in turns on SQLite, then on PostgreSQL in a process of its own, if it is there."""
    rows = _rows(size)
    return rows if connection.vendor == "postgresql" else rows + _on_postgresql(size)


def _rows(size: int) -> list[Row]:
    for name in ("httpx", "deploy.celery"):  # a line for each request; no broker is there
        logging.getLogger(name).setLevel(logging.ERROR)
    NodeProfile.objects.get_or_create(defaults={"name": "Bench"})
    actors.ensure_node_actor()
    with _inboxes(size) as ports:
        settings.FEDERATION_ON, settings.FEDERATION_TEST_PEERS = True, [f"127.0.0.1:{port}" for port in ports.numbers]
        ways: dict[str, Callable[[Activity, list[int]], None]] = {"aiohttp": _aiohttp, "plain": _plain, "ours": _ours}
        times: dict[str, list[float]] = {name: [] for name in ways}
        work: dict[str, list[float]] = {name: [] for name in ways}
        equal = True
        for turn in range(ROUNDS + 1):
            for name, way in ways.items():
                activity = _queued(f"{turn}-{name}", ports.numbers)
                start, worked = time.perf_counter(), time.process_time()
                way(activity, ports.numbers)
                times[name].append((time.perf_counter() - start) * 1000)
                work[name].append((time.process_time() - worked) * 1000)
                equal &= ports.received() == {str(port): [activity.uri] for port in ports.numbers}
                equal &= name == "aiohttp" or _all_done(activity, size)
    ours, reference, plain = (statistics.median(times[name][1:]) for name in ("ours", "aiohttp", "plain"))
    where = "" if connection.vendor == "sqlite" else " pg"
    cpu = {name: statistics.median(work[name][1:]) for name in ways}
    note = f"CPU {cpu['aiohttp']:.0f}, {cpu['plain']:.0f}, ours {cpu['ours']:.0f} ms"
    same = {"equal": equal, "seed": SEED, "note": note}
    return [
        Row("delivery", size, f"engine{where}", "aiohttp", reference, ours, goal=AIOHTTP_GOAL, at_most=True, **same),
        Row("delivery", size, f"a-task-each{where}", "plain", plain, ours, goal=PLAIN_GOAL, **same),
    ]


def _queued(name: str, ports: list[int]) -> Activity:
    """Queue a message to every inbox; for hosts that are known, as in a node that has been running for a while."""
    uri = f"{settings.ORIGIN}/a/{name}"
    note = {"id": f"{uri}/note", "type": "Note", "attributedTo": node_actor(), "content": BODY}
    message = {"@context": [], "id": uri, "type": "Create", "actor": node_actor(), "to": [], "object": note}
    activity = outbox.queue(message, note["id"], [_inbox(port) for port in ports])
    Host.objects.filter(form="").update(form=forms.RFC9421, form_at=now())
    return activity


def _inbox(port: int) -> str:
    return f"http://localhost:{port}/inbox"


def _all_done(activity: Activity, size: int) -> bool:
    return activity.deliveries.filter(state=DeliveryState.DONE).count() == size


# --- the three ways -----------------------------------------------------------------------------------------


def _ours(_activity: Activity, _ports: list[int]) -> None:
    dispatch.deliver_due()


def _aiohttp(activity: Activity, ports: list[int]) -> None:
    signer, body = keys.signing_key(node_actor()), bytes(activity.body)

    async def post(session: aiohttp.ClientSession, port: int) -> None:
        headers = forms.headers_for(forms.RFC9421, "POST", _inbox(port), body, key=signer, now=now())
        async with session.post(_inbox(port), data=body, headers=headers, allow_redirects=False) as answer:
            await answer.read()

    async def post_all() -> None:
        connector = aiohttp.TCPConnector(limit=AT_ONCE, limit_per_host=2)
        async with aiohttp.ClientSession(connector=connector) as session:
            await asyncio.gather(*[post(session, port) for port in ports])

    asyncio.run(post_all())
    activity.deliveries.all().delete()  # or the next way would send them


def _plain(activity: Activity, _ports: list[int]) -> None:
    pks = list(activity.deliveries.values_list("pk", flat=True))
    with httpx.Client(trust_env=False) as pooled, ThreadPoolExecutor(THREADS) as threads:

        def send(pk: int) -> None:
            row = Delivery.objects.select_related("activity").get(pk=pk)
            signer, body = keys.signing_key(row.activity.actor), bytes(row.activity.body)
            headers = forms.headers_for(forms.RFC9421, "POST", row.inbox, body, key=signer, now=now())
            answer = pooled.post(row.inbox, content=body, headers=headers)
            row.state, row.last_status, row.done_at = DeliveryState.DONE, str(answer.status_code), now()
            row.save()

        list(threads.map(send, pks))
        for _ in range(THREADS):
            threads.submit(connections.close_all)


# --- around it ------------------------------------------------------------------------------------------------


class _Inboxes:
    """The receivers' process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.numbers = [int(port) for port in self._line().split()]

    def received(self) -> dict[str, list[str]]:
        """Return what each port got since the last question."""
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self._line())

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()


@contextmanager
def _inboxes(size: int) -> Iterator[_Inboxes]:
    command = [sys.executable, "-m", "tests.bench.inboxes", str(size), str(ANSWERS_AFTER_MS)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=services.BASE)
    try:
        yield _Inboxes(process)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _on_postgresql(size: int) -> list[Row]:
    """Run this part again on a throw-away PostgreSQL; return its rows, none if there is no PostgreSQL."""
    try:
        url = services.new_database("bench", server_url=services.postgresql())
    except RuntimeError:
        return []
    with tempfile.TemporaryDirectory(prefix="toile-bench-") as folder:
        figures = Path(folder) / "rows.json"
        command = [sys.executable, "-m", "tests.bench", "--part", "delivery", "--size", str(size), "--json", figures]
        environment = {**os.environ, "TOILE_DATA": folder, "TOILE_DATABASE_URL": url}
        subprocess.run(command, env=environment, check=True, cwd=services.BASE, stdout=subprocess.DEVNULL)
        rows = json.loads(figures.read_text())
    return [Row(**{name: row[name] for name in row.keys() - {"ratio", "verdict"}}) for row in rows]
