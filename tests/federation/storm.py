"""A storm: many messages to peers that fail, while the worker is killed at random and days go by.

`weather(...)` runs it on a real node and returns what happened; `judge(...)` says whether every message arrived at
every peer, took effect once, and in order for each object.
"""

import json
import os
import random
import signal
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.federation.stubborn import Inboxes
from tests.services import Node, new_node

HOUR = 3600
DAYS_AWAY = 2
CALM_SECONDS = 5  # before the first jump


@dataclass(frozen=True)
class Storm:
    """What to send, and how hard it blows. Seconds are real."""

    seed: int
    objects: int
    revisions: int
    characters: tuple[str, ...]
    kill_every: float
    kills: int
    hours_a_step: int  # of the node's clock; a jump ends leases, so some messages are sent again
    step_seconds: float
    guard: float

    @property
    def messages(self) -> int:
        return self.objects * self.revisions


@dataclass
class Figures:
    """What happened."""

    seconds: float
    hours: int  # of the node's clock
    kills: int
    open: int
    states: dict[str, int]


def queue_all(objects: int, revisions: int, inboxes: list[str]) -> None:
    """Queue every revision of every object for every inbox, in one transaction. Runs on the node's own data."""
    from django.conf import settings
    from django.db import transaction

    from federation import actors, outbox
    from federation.queries import node_actor

    with transaction.atomic():
        actors.ensure_node_actor()
        for revision in range(revisions):
            for number in range(objects):
                uri = f"{settings.ORIGIN}/n/{number}"
                thing = {"id": uri, "type": "Note", "attributedTo": node_actor(), "content": "x" * 500}
                kind = "Update" if revision else "Create"
                message = {"id": f"{uri}/{revision}", "type": kind, "actor": node_actor(), "to": [], "object": thing}
                outbox.queue({"@context": "https://www.w3.org/ns/activitystreams", **message}, uri, inboxes)


def weather(storm: Storm, peers: Inboxes, folder: Path) -> Figures:
    """Send everything through a real node; kill its worker now and then, let its clock run, open who was away."""
    clock = folder / "clock"
    clock.write_text("0")
    allowed = ",".join(f"127.0.0.1:{peer.port}" for peer in peers)
    env = {"TOILE_FEDERATION_TEST_PEERS": allowed, "TOILE_CLOCK_OFFSET_FILE": str(clock)}
    node = new_node(folder / "node", env=env)
    inboxes = [peer.url for peer in peers]
    code = f"from tests.federation import storm; storm.queue_all({storm.objects}, {storm.revisions}, {inboxes!r})"
    node.tells(code)
    try:
        node.start()
        return _blow(storm, peers, node, clock)
    finally:
        node.stop()


def _blow(storm: Storm, peers: Inboxes, node: Node, clock: Path) -> Figures:
    chance = random.Random(storm.seed)
    start = time.monotonic()
    kills, hours, kill_at, jump_at = 0, 0, start + chance.uniform(1, storm.kill_every), start + CALM_SECONDS
    while (left := _open(node)) and time.monotonic() - start < storm.guard:
        time.sleep(0.2)
        if time.monotonic() > kill_at and kills < storm.kills:
            kills += _kill(node)
            kill_at = time.monotonic() + chance.uniform(storm.kill_every / 2, storm.kill_every * 1.5)
        if time.monotonic() > jump_at:
            hours += storm.hours_a_step
            _set(clock, hours)
            jump_at = time.monotonic() + storm.step_seconds
            if hours - storm.hours_a_step < DAYS_AWAY * 24 <= hours:
                for peer in peers:
                    if peer.character == "away":
                        peer.open()
    return Figures(time.monotonic() - start, hours, kills, left, _states(node))


def _set(clock: Path, hours: int) -> None:
    draft = clock.with_suffix(".draft")  # a file half written would be read as no offset at all
    draft.write_text(str(hours * HOUR))
    draft.replace(clock)


def _kill(node: Node) -> int:
    lines = (node.data / "node.pid").read_text().splitlines()
    pid = next((int(line.split()[0]) for line in lines if line.endswith(" worker")), 0)
    try:
        if pid:
            os.kill(pid, signal.SIGKILL)
        return int(bool(pid))
    except ProcessLookupError:  # it has not come back yet from the last time
        return 0


def _open(node: Node) -> int:
    return _rows(node, "SELECT count(*) FROM federation_delivery WHERE state IN ('queued', 'sending')")[0][0]


def _states(node: Node) -> dict[str, int]:
    return dict(_rows(node, "SELECT state, count(*) FROM federation_delivery GROUP BY state"))


def _rows(node: Node, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(f"file:{node.data}/toile.sqlite3?mode=ro", uri=True, timeout=60)) as link:
        return link.execute(sql).fetchall()


def judge(storm: Storm, peers: Inboxes, figures: Figures) -> str:
    """Fail unless every peer got everything, once in effect and in order; return the line of figures."""
    assert figures.open == 0, f"{figures.open} deliveries were still open: {figures}"
    assert figures.states == {"done": storm.messages * len(peers)}
    for peer in peers:
        order: dict[str, list[int]] = {}
        for message in peer.effects:
            order.setdefault(message["object"]["id"], []).append(int(message["id"].rpartition("/")[2]))
        assert len(order) == storm.objects, peer.character
        assert all(seen == list(range(storm.revisions)) for seen in order.values()), peer.character
        assert len(peer.receipts) == storm.messages
    again = sum(sum(peer.receipts.values()) - len(peer.receipts) for peer in peers)
    return json.dumps(
        {
            "seed": storm.seed,
            "messages": storm.messages,
            "peers": len(peers),
            "deliveries": storm.messages * len(peers),
            "failures of peers": sum(peer.failures for peer in peers),
            "received again, without effect": again,
            "kills of the worker": figures.kills,
            "hours on the node's clock": figures.hours,
            "seconds": round(figures.seconds),
            "deliveries a second": round(storm.messages * len(peers) / figures.seconds),
        }
    )
