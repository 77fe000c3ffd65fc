"""Taking messages in, and processing them: ours against what one writes first, and against the least there is.

Accepting: three servers on Daphne and SQLite with synchronous=FULL, each in a process of its own, take turns with
other messages each time; every answer must be 202 and every message one row. Processing an offer: in one process (see
processing.py), on SQLite and on PostgreSQL; every offer is counted.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

from django.conf import settings

from federation.contexts import document_of
from tests import services
from tests.bench import knocks
from tests.bench.rows import ROUNDS, Row
from tests.peers import AS2, PeerActor, pem

SIZE = 400  # messages a round
SEED = 0  # nothing here is left to chance
PLAIN_GOAL, BARE_GOAL = 15, 2
PROCESSED = 40  # offers a round
PATH_GOAL, FLOOR_GOAL = 30, 4
CONTEXTS = (AS2, "https://w3id.org/security/v1")


def run(size: int) -> list[Row]:
    """Return the rows of accepting `size` messages a round, and of processing fewer."""
    return [*_accepting(size), *_processing("SQLite", ""), *_processing("PostgreSQL", services.new_database("bench"))]


def _accepting(size: int) -> list[Row]:
    with knocks.senders() as actors, tempfile.TemporaryDirectory(prefix="toile-bench-") as name:
        folder = Path(name)
        (folder / "known.json").write_text(json.dumps(_known(actors)))
        with _ours(actors) as ours, _other("plain", folder) as plain, _other("bare", folder) as bare:
            origins = {"ours": ours, "plain": plain, "bare": bare}
            times = _rounds(origins, actors, size)
        sent = size * ROUNDS
        stores = {
            "ours": (Path(settings.DATA) / "toile.sqlite3", "federation_envelope"),
            "plain": (folder / "plain.sqlite3", "plain_message"),
            "bare": (folder / "bare.sqlite3", "message"),
        }
        equal = all(_count(*store) == sent for store in stores.values())
    note = f"every one of {sent} rows counted; {size / times['ours'] * 1000:.0f}/s"
    common = {"part": "inbox", "size": size, "ours_ms": times["ours"], "equal": equal, "seed": SEED, "note": note}
    return [
        Row(name="accept", reference="plain", reference_ms=times["plain"], goal=PLAIN_GOAL, **common),
        Row(name="accept", reference="bare", reference_ms=times["bare"], goal=BARE_GOAL, at_most=True, **common),
    ]


def _processing(engine: str, database: str) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="toile-bench-") as folder:
        figures = Path(folder) / "figures.json"
        environ = {**os.environ, "TOILE_DATA": folder, "TOILE_BROKER_URL": "memory://", "TOILE_DATABASE_URL": database}
        command = [sys.executable, "-m", "tests.bench.processing", str(PROCESSED), str(figures)]
        with (Path(folder) / "log").open("wb") as log:
            subprocess.run(command, cwd=services.BASE, env=environ, stdout=log, stderr=log, check=True)
        found = json.loads(figures.read_text())
    times = {name: median(values[1:]) for name, values in found["times"].items()}
    note = f"{engine}, every offer counted; {PROCESSED / times['ours'] * 1000:.0f}/s"
    common = {"part": "inbox", "size": PROCESSED, "ours_ms": times["ours"], "equal": found["equal"], "seed": SEED}
    return [
        Row(name="process", reference="plain path", reference_ms=times["plain"], goal=PATH_GOAL, note=note, **common),
        Row(
            name="process", reference="floor", reference_ms=times["floor"], goal=FLOOR_GOAL, at_most=True, note=note,
            **common,
        ),
    ]  # fmt: skip


def _known(actors: list[PeerActor]) -> dict[str, dict[str, object]]:
    keys = {actor.key_id: pem(actor.private) for actor in actors}
    return {"keys": keys, "contexts": {url: document_of(url) for url in CONTEXTS}}


def _rounds(origins: dict[str, str], actors: list[PeerActor], size: int) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in origins}
    for number in range(ROUNDS):
        for name, origin in origins.items():
            messages = knocks.requests(actors, origin, range(number * size, (number + 1) * size))
            took, statuses = knocks.hand_over(origin, messages)
            assert statuses.count(202) == size, (name, set(statuses))
            times[name].append(took)
    return {name: median(values[1:]) for name, values in times.items()}


@contextmanager
def _ours(actors: list[PeerActor]) -> Iterator[str]:
    peers = " ".join(f"127.0.0.1:{actor.uri.split(':')[2].split('/')[0]}" for actor in actors)
    node = services.new_node(Path(settings.DATA), env={"TOILE_FEDERATION_TEST_PEERS": peers}, from_template=False)
    node.start("--web-only")
    try:
        yield node.origin
    finally:
        node.stop()


@contextmanager
def _other(kind: str, folder: Path) -> Iterator[str]:
    port = services.free_port()
    command = [sys.executable, "-m", f"tests.bench.{kind}_inbox", str(port), str(folder)]
    with (folder / f"{kind}.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=services.BASE, stdout=log, stderr=log)
    try:
        services.wait_for_port(port, server, folder / f"{kind}.log")
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _count(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as rows:
        return rows.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
