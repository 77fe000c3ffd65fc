"""The register: an act written with its chained entry against a bare insert, and a long bundle read by the verifier.

The bare insert is what any program pays to write such a row for good: one transaction, one row of the same size, one
counter that it updates. Ours adds the head's lock, canonical bytes, two digests and the news. The verifier runs in a
process of its own, as anybody would run it; beside it the same bytes are only parsed, by Python's own JSON.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from federation.bundles import bundle
from governance.actions.charter import adopt_template
from governance.actions.register import enter
from governance.models import Entry
from network.actions.collectives import found_collective
from network.clock import now
from tests.bench.rows import ROUNDS, Row
from tests.governance.registers import PATH, lengthen, verifier

SIZE = 10_000
SEED = 0  # nothing here is left to chance
ACTS = 100  # in one round
GOAL_RATE = 3  # ours takes at most three times the bare insert: a third of its rate
GOAL_READ = 12
BODY = {"title": "Décision", "text": "Nous ouvrons la salle à 18 h, « portes comprises ». " * 12, "share": "1/2"}


def run(size: int) -> list[Row]:
    """Return both lines."""
    for folder in ("queue", "queue-done", "queue-control"):  # the news of an entry is queued, as in a node
        (settings.DATA / folder).mkdir(exist_ok=True)
    collective = found_collective(name="Banc d’essai")
    adopt_template(collective=collective)
    return [_writing(collective), _reading(collective, size)]


def _writing(collective: object) -> Row:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_bare (seq integer PRIMARY KEY, body text)")
        cursor.execute("CREATE TABLE bench_last (n integer)")
        cursor.execute("INSERT INTO bench_last VALUES (0)")
    text, before = json.dumps(BODY) + "x" * 600, Entry.objects.count()
    bare, ours = [], []
    for turn in range(ROUNDS):
        bare.append(_timed(lambda turn=turn: [_insert(turn * ACTS + each, text) for each in range(ACTS)]))
        ours.append(_timed(lambda: [_act(collective) for _ in range(ACTS)]))
    equal = Entry.objects.count() - before == ROUNDS * ACTS
    figures = {"reference_ms": _median(bare), "ours_ms": _median(ours)}
    return Row(
        "register", ACTS, "acts entered", "bare insert", **figures, goal=GOAL_RATE, equal=equal, seed=SEED,
        at_most=True, note=f"{ACTS / _median(ours) * 1000:.0f} entries a second",
    )  # fmt: skip


def _insert(seq: int, text: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE bench_last SET n = %s", [seq])
        cursor.execute("INSERT INTO bench_bare VALUES (%s, %s)", [seq, text])


def _act(collective: object) -> None:
    with transaction.atomic():
        enter(collective=collective, kind="decision", body=BODY, terms="sha256:0", at=now())  # type: ignore[arg-type]


def _reading(collective: object, size: int) -> Row:
    lengthen(collective, size - Entry.objects.count())  # type: ignore[arg-type]
    data = bundle(collective)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory(prefix="toile-bench-") as folder:
        file = Path(folder) / "register.json"
        file.write_bytes(data)
        parse = [sys.executable, "-I", "-c", f"import json; json.load(open({str(file)!r}))"]
        check = [sys.executable, "-I", str(PATH), str(file)]
        plain = [_timed(lambda: subprocess.run(parse, check=True)) for _ in range(ROUNDS)]
        ours = [_timed(lambda: subprocess.run(check, check=False, capture_output=True)) for _ in range(ROUNDS)]
    found, _left = verifier().check(data.decode())
    return Row(
        "register", size, "bundle verified", "json.load", reference_ms=_median(plain), ours_ms=_median(ours),
        goal=GOAL_READ, equal=f"{size} inscriptions" in found[0], seed=SEED, at_most=True,
        note=f"{len(data) / 1e6:.1f} MB",
    )  # fmt: skip


def _timed(do: object) -> float:
    start = time.perf_counter()
    do()  # type: ignore[operator]
    return (time.perf_counter() - start) * 1000


def _median(times: list[float]) -> float:
    return sorted(times[1:])[len(times[1:]) // 2]
