"""A member's actor document, as other software asks for it: ours, the same bytes from memory, and Django's view.

Ours: a real node process. The floor is a bare ASGI function on the same server (Daphne behind our front door) that
sends the same headers and body. The view is the same node, asked in a language, which the cached door leaves to Django.
All are asked over the same number of lasting connections, in turns; every answer must be the same, byte for byte.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from subprocess import Popen
from sys import executable

from django.conf import settings
from django.db import connections

from federation import tasks
from network.actions.collectives import admit_member, found_collective
from network.models import Member
from tests import services
from tests.bench.rows import ROUNDS, Row

SIZE = 4000  # requests a round
SEED = 0  # nothing here is left to chance
FLOOR_GOAL = 2  # ours may take twice the time of static bytes: half their rate
VIEW_GOAL = 5
VIEW_SHARE = 8  # of so many requests one goes to the view, which is slower
AT_ONCE = 16  # connections
PATH = "/u/alix"
LINES = {"Accept": "application/activity+json", "User-Agent": "bench"}
OF_A_VIEW = {**LINES, "Accept-Language": "fr"}
MOVING = {"date"}  # headers that tell the time

Answer = tuple[bytes, bytes]


def run(size: int) -> list[Row]:
    """Return how ours compares with the floor and with the view, for `size` requests a round."""
    port = services.free_port()
    node = services.new_node(Path(settings.DATA), port=port, env={}, from_template=False)
    node.start("--web-only")
    try:
        _publish(node)
        ours = _request(port, LINES)
        head, body = _fetch(port, [ours])[1][0]
        with _bare(head, body) as bare:
            return _rows(size, {"floor": (bare, _request(bare, LINES)), "ours": (port, ours),
                                "view": (port, _request(port, OF_A_VIEW))})  # fmt: skip
    finally:
        node.stop()


def _publish(node: services.Node) -> None:
    """Make a member with a document, under the address at which the node listens."""
    node.manage("shell", "--no-imports", "-c", "from tests.bench.bench_documents import publish; publish()")


def publish() -> None:
    collective = found_collective(name="Bench")
    member = Member.objects.create(
        uri=f"{settings.ORIGIN}{PATH}", origin=settings.ORIGIN, handle="alix", local=True, name="Alix",
        summary="Nous installons, nous formons, nous dépannons. " * 10, languages=["fr"],
    )  # fmt: skip
    admit_member(collective=collective, member=member)
    tasks.announce("member", member.pk)
    connections.close_all()


def _request(port: int, lines: dict[str, str]) -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": f"localhost:{port}", **lines}.items())
    return f"GET {PATH} HTTP/1.1\r\n{head}\r\n".encode()


def _rows(size: int, ways: dict[str, tuple[int, bytes]]) -> list[Row]:
    times: dict[str, list[float]] = {name: [] for name in ways}
    answers: dict[str, set[Answer]] = {name: set() for name in ways}
    for _ in range(ROUNDS):
        for name, (port, request) in ways.items():
            number = size // VIEW_SHARE if name == "view" else size
            took, found = _fetch(port, [request] * number)
            times[name].append(took * size / number)
            answers[name].update((_still(head), body) for head, body in found)
    took = {name: median(values[1:]) for name, values in times.items()}
    equal = (
        len(answers["ours"]) == 1
        and answers["ours"] == answers["floor"]
        and _bodies(answers["view"]) == _bodies(answers["ours"])
    )
    rate = f"{size / took['ours'] * 1000:.0f}/s, floor {size / took['floor'] * 1000:.0f}/s; every answer compared"
    common = {"part": "documents", "size": size, "ours_ms": took["ours"], "equal": equal, "seed": SEED, "note": rate}
    return [
        Row(name="actor", reference="static", reference_ms=took["floor"], goal=FLOOR_GOAL, at_most=True, **common),
        Row(name="actor", reference="view", reference_ms=took["view"], goal=VIEW_GOAL, **common),
    ]


def _still(head: bytes) -> bytes:
    """Return status and headers, sorted, without those that tell the time."""
    lines = head.strip().split(b"\r\n")
    kept = [line for line in lines[1:] if line.partition(b":")[0].decode().lower() not in MOVING]
    return b"\r\n".join([lines[0], *sorted(kept, key=bytes.lower)])


def _bodies(answers: set[Answer]) -> set[bytes]:
    return {body for _, body in answers}


@contextmanager
def _bare(head: bytes, body: bytes) -> Iterator[int]:
    """Serve what was answered from memory, on our server in a process of its own; give its port."""
    lines = [line.decode("latin-1").partition(": ") for line in head.strip().split(b"\r\n")[1:]]
    headers = [(name, value) for name, _, value in lines if name.lower() not in MOVING]
    port = services.free_port()
    with tempfile.TemporaryDirectory(prefix="toile-bench-") as folder:
        (Path(folder) / "kept.json").write_text(json.dumps({"headers": headers, "body": body.decode()}))
        command = [executable, "-m", "tests.bench.bare_document", str(port), str(Path(folder) / "kept.json")]
        server = Popen(command, cwd=services.BASE)
        try:
            _wait(port, server)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait(port: int, server: "Popen[bytes]") -> None:
    end = time.monotonic() + services.GUARD_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            _fetch(port, [_request(port, LINES)])
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the bare server did not start")


def _fetch(port: int, requests: list[bytes]) -> tuple[float, list[Answer]]:
    """Send all of them over a few connections; return ms from first to last answer, and the answers."""
    return asyncio.run(_ask(port, requests))


async def _ask(port: int, requests: list[bytes]) -> tuple[float, list[Answer]]:
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(min(AT_ONCE, len(requests)))]
    waiting, answers = iter(requests), list[Answer]()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            answers.append((head, await reader.readexactly(length)))

    started = time.perf_counter()
    await asyncio.gather(*(one(*line) for line in lines))
    took = (time.perf_counter() - started) * 1000
    for _, writer in lines:
        writer.close()
    return took, answers
