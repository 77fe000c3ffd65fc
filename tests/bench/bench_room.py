"""From one act to the last of 200 clients in a room, against a bare broadcaster that sends the same bytes.

Ours: a real node process (Daphne, SQLite), one act by socket: rights, lock, rules, row, drawing, hub. The reference is
the `websockets` library's own broadcast in a process of its own: it decides nothing and stores nothing. Every client
must have received every state, and none of another number.
"""

import asyncio
import json
import re
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import websockets
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections

from deploy.databases import SQLITE_START
from governance.actions import assemblies, charter, circles
from network.actions.collectives import found_collective
from network.clock import now
from network.models import Account, Member, Membership
from tests import services
from tests.bench.rows import ROUNDS, Row

SIZE = 200
SEED = 0  # nothing here is left to chance
GOAL = 4
ACTS = 8  # in one round
PAUSE_SECONDS = 0.3  # a room tells at most five states a second: each act waits until the hub is at rest
GUARD_SECONDS = 60
STATE = re.compile(r'<hx-partial hx-target="#top".{1,80}?<header id="top" data-seq="(\d+)"', re.DOTALL)
COMMITS = 40  # bare commits timed for the floor
BARE = """
import asyncio, sys, websockets
clients = set()
async def serve(ws):
    clients.add(ws)
    async for message in ws:
        websockets.broadcast(clients, message)
async def main():
    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[1]), compression=None, max_size=2**20):
        await asyncio.Future()
asyncio.run(main())
"""


def run(size: int) -> list[Row]:
    """Fill a room with `size` people, connect them all, and time acts and bare broadcasts in turns."""
    assembly_id, sessions = _room(size)
    connections.close_all()
    data = Path(settings.DATA)
    with services.start_node(data, from_template=False) as node:
        origin, cookie = node.origin, f"toile-{node.port}-session"
        url = f"ws://localhost:{node.port}/ws/assemblees/{assembly_id}"
        web = _web_process(node)
        return [asyncio.run(_measure(size, url, origin, [f"{cookie}={key}" for key in sessions], web, data))]


def _web_process(node: services.Node) -> psutil.Process:
    """Return the node's process that listens."""
    assert node.process is not None
    children = psutil.Process(node.process.pid).children()
    return next(each for each in children if any(c.laddr.port == node.port for c in each.net_connections("tcp")))


def _cpu_ms(process: psutil.Process) -> float:
    times = process.cpu_times()
    return (times.user + times.system) * 1000


def _commit_ms(folder: Path) -> float:
    """Return what the disk alone takes: one row, written and synced as an act is. No act can be quicker."""
    times = []
    with closing(sqlite3.connect(folder / "floor.sqlite3", isolation_level=None)) as link:
        link.executescript(f"{SQLITE_START} CREATE TABLE floor (row TEXT)")
        for _ in range(COMMITS):
            start = time.perf_counter()
            link.executescript("BEGIN IMMEDIATE; INSERT INTO floor VALUES ('act'); COMMIT")
            times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def _room(size: int) -> tuple[int, list[str]]:
    """Make the collective, its circle, its assembly with everybody present, and a session for each."""
    collective = found_collective(name="Bench")
    charter.adopt_template(collective=collective, template="six_values")
    people = [_member(collective, number) for number in range(1, size + 1)]
    circle = circles.open_circle(actor=people[0], collective=collective, name="Bench", purpose="", members=people)
    assembly = assemblies.convene(
        actor=people[0], circle_id=circle.pk, title="Bench", starts_at=now(), place="", agenda=[("Parler", None)]
    )
    for person in people:
        _act(assembly.pk, person, "check_in")
    _act(assembly.pk, people[0], "open")
    return assembly.pk, [_session(person.account) for person in people]


def _member(collective: Any, number: int) -> Member:
    uri = f"{settings.ORIGIN}/u/p{number}"
    member = Member.objects.create(uri=uri, origin=settings.ORIGIN, handle=f"p{number}", local=True, name=f"P {number}")
    Membership.objects.create(collective=collective, member=member, number=number)
    Account.objects.create(username=f"p{number}", member=member, password="!")
    return member


def _act(assembly_id: int, actor: Member, kind: str) -> None:
    assemblies.act(assembly_id=assembly_id, actor=actor, kind=kind, payload={}, key=uuid4())


def _session(account: Account) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.set_expiry(timedelta(hours=1))
    store.create()
    return store.session_key


async def _measure(size: int, url: str, origin: str, cookies: list[str], web: psutil.Process, folder: Path) -> Row:
    async with _connected([(url, origin, cookie) for cookie in cookies]) as ours, _bare(size) as bare:
        await asyncio.sleep(2)  # the first states and personal parts have arrived
        times: dict[str, list[float]] = {"bare": [], "ours": []}
        text, complete, seq, cpu = "", True, 0, _cpu_ms(web)
        for round_number in range(ROUNDS):
            for number in range(ACTS):
                ours_ms, seen, text = await _one_act(ours, "ask_to_speak" if number % 2 == 0 else "withdraw_request")
                complete = complete and seen == {max(seen)} and max(seen) > seq
                seq = max(seen)
                bare_ms = await _one_broadcast(bare, text)
                if round_number:
                    times["ours"].append(ours_ms)
                    times["bare"].append(bare_ms)
        cpu = (_cpu_ms(web) - cpu) / (ROUNDS * ACTS)
    medians = {name: statistics.median(values) for name, values in times.items()}
    note = (
        f"{len(text.encode()) / 1000:.1f} kB each, every state counted at every client; "
        f"server CPU {cpu:.0f} ms an act, personal parts included; "
        f"floor, one synced commit: {_commit_ms(folder):.1f} ms"
    )
    return Row(
        "room", size, "act-to-last", "broadcast", medians["bare"], medians["ours"], GOAL, complete, SEED,
        at_most=True, note=note,
    )  # fmt: skip


async def _one_act(clients: list[Any], kind: str) -> tuple[float, set[int], str]:
    """Let the first client act; return ms until the last has the new state, the numbers seen, and the text."""
    await _quiet(clients)
    frame = json.dumps({"kind": kind, "payload": {}, "key": str(uuid4())})
    waiting = [asyncio.create_task(_next_state(client)) for client in clients]
    start = time.perf_counter()
    await clients[0].send(frame)
    states = await asyncio.wait_for(asyncio.gather(*waiting), GUARD_SECONDS)
    took = (max(at for at, _, _ in states) - start) * 1000
    return took, {seq for _, seq, _ in states}, states[-1][2]


async def _next_state(client: Any) -> tuple[float, int, str]:
    while True:
        text, at = await client.recv(), time.perf_counter()
        found = STATE.match(text)
        if found:
            return at, int(found[1]), text


async def _one_broadcast(clients: list[Any], text: str) -> float:
    waiting = [asyncio.create_task(_arrival(client)) for client in clients]
    start = time.perf_counter()
    await clients[0].send(text)
    return (max(await asyncio.wait_for(asyncio.gather(*waiting), GUARD_SECONDS)) - start) * 1000


async def _arrival(client: Any) -> float:
    await client.recv()
    return time.perf_counter()


async def _quiet(clients: list[Any]) -> None:
    """Take what still arrives (personal parts, answers) until nothing does for a while."""

    async def drain(client: Any) -> None:
        with suppress(TimeoutError):
            while True:
                await asyncio.wait_for(client.recv(), PAUSE_SECONDS)

    await asyncio.gather(*(drain(client) for client in clients))


@asynccontextmanager
async def _connected(doors: list[tuple[str, str, str]]) -> AsyncIterator[list[Any]]:
    clients = []
    try:
        for url, origin, cookie in doors:
            headers = {"Cookie": cookie} if cookie else {}
            clients.append(
                await websockets.connect(
                    url,
                    origin=origin or None,
                    additional_headers=headers,
                    compression=None,
                    max_size=2**20,
                    open_timeout=GUARD_SECONDS,
                )
            )
        yield clients
    finally:
        await asyncio.gather(*(client.close() for client in clients), return_exceptions=True)


@asynccontextmanager
async def _bare(size: int) -> AsyncIterator[list[Any]]:
    port = services.free_port()
    server = subprocess.Popen([sys.executable, "-c", BARE, str(port)])  # noqa: S603
    try:
        await asyncio.sleep(1)
        async with _connected([(f"ws://127.0.0.1:{port}", "", "")] * size) as clients:
            yield clients
    finally:
        server.terminate()
        server.wait()
