"""Rooms: from one act to the last socket, what an act costs the server, and what a socket costs it in memory.

Ours are real web processes; one act by socket means rights, lock, rules, row, drawing, hub, and afterwards everybody's
own part. Three servers are heard by the same clients (`phones.py`), in turns, with the same bytes:

* `websockets`' own broadcast, which decides nothing and stores nothing: the reference for time;
* "a consumer each", the plain way of Channels on the same Daphne: the reference for processor time;
* ours, on SQLite in one process; then on PostgreSQL in two, with Redis between them.

A run fails unless every client got every state once, in order, in the same bytes as all others, and unless an act's
statements to the database are as many for all clients as for a tenth of them. A tenth is also timed, to show growth.
Another server than Daphne is not measured, since the product offers none: the limits of the front door live in our
Daphne runner.
"""

import asyncio
import json
import sqlite3
import statistics
import time
from contextlib import AsyncExitStack, ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from deploy.databases import SQLITE_START
from tests.bench import phones, room_servers
from tests.bench.phones import Hall
from tests.bench.room_cast import Meeting
from tests.bench.room_servers import Served
from tests.bench.rows import ROUNDS, Row

SIZE = 200  # the goals are for 1,000: SIZE=1000, some minutes longer
SEED = 0  # nothing here is left to chance
ACTS = 4  # in one round
GOAL, FIRST = 3, 4
GOAL_TWO, FIRST_TWO = 4, 6
GOAL_CPU, FIRST_CPU = 8, 5
KIB_A_CLIENT, FIRST_KIB = 25, 30
SPARE = 50  # so many clients more may cost one statement an act more, at the very most
COMMITS = 40  # bare commits timed for the floor


@dataclass
class Figures:
    """What one meeting gave: times in ms by server, statements of each act, and whether nothing was lost."""

    times: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)
    statements: list[int] = field(default_factory=list)
    complete: bool = True
    text: str = ""

    def of(self, name: str) -> float:
        """Return the median time."""
        return statistics.median(self.times[name])

    def mean_cpu(self, name: str) -> float:
        """Return the mean processor time of an act: a median would hide what is done each second for all."""
        return statistics.mean(self.cpu[name])


def run(size: int) -> list[Row]:
    """Fill rooms with a tenth of `size` people and with all, and return their rows."""
    tenth, data = max(size // 10, 2), Path(settings.DATA)
    with ExitStack() as stack:
        ours, (few, everybody) = stack.enter_context(room_servers.node(data / "node", tenth, size))
        bare, plain = (stack.enter_context(room_servers.other(kind, data)) for kind in ("bare", "plain"))
        servers = {"ours": ours, "bare": bare, "plain": plain}
        small, _ = asyncio.run(_measure(servers, few))
        big, memory = asyncio.run(_measure(servers, everybody))
    site = data / "site"
    with room_servers.site(site, size) as (two, [there]), room_servers.other("bare", site) as bare:
        shared, _ = asyncio.run(_measure({"ours": two, "bare": bare}, there))
    return [
        _time_row(small, tenth, 0, 0, f"floor, one synced commit: {_commit_ms(data):.1f} ms"),
        _time_row(big, size, GOAL, FIRST, f"{len(big.text) / 1000:.1f} kB each, every state counted at every client"),
        _time_row(shared, size, GOAL_TWO, FIRST_TWO, "two Daphne processes, PostgreSQL, Redis"),
        _cpu_row(big, size),
        _memory_row(small, big, size, memory),
    ]


def _time_row(found: Figures, size: int, goal: float, first: float, note: str) -> Row:
    return Row(
        "room", size, "act-to-last", "broadcast", found.of("bare"), found.of("ours"), goal, found.complete, SEED,
        at_most=True, note=note, first=first,
    )  # fmt: skip


def _cpu_row(found: Figures, size: int) -> Row:
    return Row(
        "room", size, "server CPU an act", "a consumer each", found.mean_cpu("plain"), found.mean_cpu("ours"),
        GOAL_CPU, found.complete, SEED, first=FIRST_CPU,
        note=f"personal parts included; broadcast {found.mean_cpu('bare'):.0f} ms",
    )  # fmt: skip


def _memory_row(small: Figures, big: Figures, size: int, memory: float) -> Row:
    reads = statistics.median(small.statements), statistics.median(big.statements)
    return Row(
        "room", size, "memory a client", "allowed", KIB_A_CLIENT, memory / 1024, 1,
        big.complete and reads[1] <= reads[0] + size / SPARE, SEED, at_most=True, first=FIRST_KIB / KIB_A_CLIENT,
        unit="KiB", note=f"none lost; statements an act: {reads[0]:.0f} at a tenth, {reads[1]:.0f} at all",
    )  # fmt: skip


async def _measure(servers: dict[str, Served], room: Meeting) -> tuple[Figures, float]:
    """Bring everybody in and let acts and broadcasts take turns; return the figures, and bytes of memory a client."""
    found, ours = Figures(), servers["ours"]
    async with AsyncExitStack() as stack:
        halls = {name: await stack.enter_async_context(phones.hall(stated=name == "ours")) for name in servers}
        before = ours.uss()
        for port, headers in ours.doors(room):
            await phones.connect(halls["ours"], port, f"/ws/assemblees/{room.assembly_id}", headers)
        await halls["ours"].rest()
        memory = (ours.uss() - before) / len(room.sessions)
        for name in servers.keys() - {"ours"}:
            await phones.connect(halls[name], servers[name].ports[0], "/", [{}] * len(room.sessions))
        for hall in halls.values():
            await hall.count()
        for round_number in range(ROUNDS):
            for number in range(ACTS):
                await _turn(servers, halls, found, number, keep=round_number > 0)
        found.complete = all(hall.complete(ROUNDS * ACTS) for hall in halls.values())
        for name, hall in halls.items():
            for fault in hall.faults[:3]:
                print(f"{name}: {fault}", flush=True)  # noqa: T201
    return found, memory


async def _turn(servers: dict[str, Served], halls: dict[str, Hall], found: Figures, number: int, *, keep: bool) -> None:
    """Let each server have one turn: an act with ours, then the same text with the others."""
    kind = "ask_to_speak" if number % 2 == 0 else "withdraw_request"
    text = json.dumps({"kind": kind, "payload": {}, "key": str(uuid4())})
    for name, server in servers.items():
        hall, cpu, statements = halls[name], server.cpu_ms(), server.statements()
        took = await hall.round(text if name == "ours" else found.text)
        await hall.rest()  # what comes after belongs to the act: own parts, answers
        if name == "ours":
            found.text = hall.text
        if keep:
            found.times.setdefault(name, []).append(took)
            found.cpu.setdefault(name, []).append(server.cpu_ms() - cpu)
        if keep and name == "ours":
            found.statements.append(server.statements() - statements)


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
