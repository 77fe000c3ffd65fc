"""The front door from outside: a real server process, raw connections, honest visitors beside hostile ones."""

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.deploy.front import LONG
from tests.services import BASE, free_port

KIB = 1024
MIB = 1024 * KIB
GUARD = 30


@contextlib.contextmanager
def front(**figures: object) -> Iterator["Front"]:
    """Run the front door with these limits on a free port."""
    port = free_port()
    command = [sys.executable, "-m", "tests.deploy.front", str(port), json.dumps(figures)]
    process = subprocess.Popen(command, cwd=BASE)
    try:
        yield Front(port, process).wait()
    finally:
        process.terminate()
        process.wait(timeout=GUARD)


class Front:
    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self.process = process

    def wait(self) -> "Front":
        limit = time.monotonic() + GUARD
        while True:
            try:
                self.get()
            except OSError:
                assert time.monotonic() < limit, "the front door did not open"
                time.sleep(0.05)
            else:
                return self

    def get(self, path: str = "/", **headers: str) -> tuple[int, dict[str, object]]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=GUARD)
        link.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = link.getresponse()
        found = answer.status, json.loads(answer.read()), dict(answer.headers)
        link.close()
        self.last_headers = found[2]
        return found[:2]

    def raw(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=GUARD)

    def memory(self) -> int:
        return psutil.Process(self.process.pid).memory_info().rss


def read_all(link: socket.socket) -> bytes:
    """Read until the other side closes; a reset counts as closed."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := link.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def connections(door: Front) -> int:
    """Return how many connections the server holds open now."""
    held = psutil.Process(door.process.pid).net_connections("tcp")
    return sum(1 for link in held if link.status == psutil.CONN_ESTABLISHED)


def post(door: Front, size: int, path: str = "/") -> tuple[int, bytes]:
    """Post a body of this size (bytes) with its length declared; return status and body."""
    link = http.client.HTTPConnection("127.0.0.1", door.port, timeout=GUARD)
    link.request("POST", path, body=b"x" * size)
    answer = link.getresponse()
    return answer.status, answer.read()


@pytest.fixture(scope="module")
def door() -> Iterator[Front]:
    with front() as opened:
        yield opened


def test_an_honest_body_of_the_full_size_arrives_whole(door: Front) -> None:
    status, body = post(door, MIB)
    assert (status, json.loads(body)["size"]) == (200, MIB)


def test_an_honest_body_in_chunks_arrives_whole(door: Front) -> None:
    link = http.client.HTTPConnection("127.0.0.1", door.port, timeout=GUARD)
    link.request("POST", "/", body=iter([b"a" * 5000, b"b" * 7]), encode_chunked=True)
    assert json.loads(link.getresponse().read())["size"] == 5007


def test_one_connection_serves_several_requests(door: Front) -> None:
    link = http.client.HTTPConnection("127.0.0.1", door.port, timeout=GUARD)
    sizes = []
    for size in (10, 0, 300_000):
        link.request("POST", "/", body=b"x" * size)
        sizes.append(json.loads(link.getresponse().read())["size"])
    assert sizes == [10, 0, 300_000]


def test_a_declared_body_over_the_limit_is_refused_and_the_sender_reads_why(door: Front) -> None:
    status, body = post(door, 3 * MIB)
    assert status == 413
    assert json.loads(body) == {"type": "about:blank", "title": "Content Too Large", "status": 413}


@pytest.mark.parametrize("path", ["/inbox", "/u/alix/inbox", "/inbox/", "/inbox?x=1"])
def test_an_inbox_takes_less(door: Front, path: str) -> None:
    assert post(door, 256 * KIB, path)[0] == 200
    assert post(door, 256 * KIB + 1, path)[0] == 413


def test_an_endless_body_is_refused_while_it_arrives_with_flat_memory(door: Front) -> None:
    before = door.memory()
    sent, chunk = 0, b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with door.raw() as link:
        link.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while sent < 40 * MIB:
                link.sendall(chunk)
                sent += len(chunk)
        answer = read_all(link)
    grown = door.memory() - before
    print(f"sent {sent / MIB:.0f} MiB, memory grew by {grown / MIB:.1f} MiB")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert grown < 8 * MIB
    assert door.get()[0] == 200


def test_all_unfinished_bodies_share_a_budget() -> None:
    with front(bodies_at_once=2 * MIB) as door:
        waiting = [door.raw() for _ in range(3)]
        for link in waiting:
            link.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 900_000)
        assert read_all(waiting[2]).startswith(b"HTTP/1.1 503 ")
        for link in waiting:
            link.close()
        limit = time.monotonic() + GUARD
        while post(door, 900_000)[0] != 200:  # the budget comes back when the senders are gone
            assert time.monotonic() < limit


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Many: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 450 + b"\r\n",
    ],
    ids=["line", "one header", "all headers"],
)
def test_inb_09_headers_over_sixteen_kibibytes_are_refused(door: Front, head: bytes) -> None:
    with door.raw() as link:
        link.sendall(head)
        assert read_all(link).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_inb_08_ambiguous_or_malformed_requests_are_refused(door: Front, head: bytes) -> None:
    with door.raw() as link:
        link.sendall(head)
        assert read_all(link).startswith(b"HTTP/1.1 400 ")


def test_inb_05_slow_senders_are_closed_and_honest_ones_served_meanwhile() -> None:
    with front(request_seconds=1.0, lingering_seconds=0.5) as door:
        started = time.monotonic()
        silent, headers, body = door.raw(), door.raw(), door.raw()
        headers.sendall(b"GET / HTTP/1.1\r\nHost")
        body.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        assert door.get()[0] == 200
        answers = [read_all(link) for link in (silent, headers, body)]
        print(f"slow senders closed after {time.monotonic() - started:.1f} s")
        assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)
        assert door.get()[0] == 200


def test_a_second_request_on_a_connection_has_its_own_deadline() -> None:
    with front(request_seconds=1.0, lingering_seconds=0.5) as door, door.raw() as link:
        link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert link.recv(65_536).startswith(b"HTTP/1.1 200 ")
        link.sendall(b"GET / HT")
        assert read_all(link).startswith(b"HTTP/1.1 408 ")


def test_connections_are_counted_and_given_back() -> None:
    with front(connections_per_address=5) as door:
        held = [door.raw() for _ in range(5)]
        with door.raw() as sixth:
            assert read_all(sixth) == b""
        for link in held:
            link.close()
        door.wait()


def test_a_hall_may_bring_everybody() -> None:
    with front(connections_per_address=2, without_address_limit=["127.0.0.0/8"]) as door:
        held = [door.raw() for _ in range(6)]
        assert door.get()[0] == 200
        for link in held:
            link.close()


def test_open_sockets_count_as_connections() -> None:
    with front(connections_per_address=2) as door:
        with connect(f"ws://127.0.0.1:{door.port}/") as one, connect(f"ws://127.0.0.1:{door.port}/") as two:
            one.send("hello")
            assert one.recv() == "5"
            with door.raw() as third:
                assert read_all(third) == b""
            two.send("still here")
            assert two.recv() == "10"
        door.wait()


def test_a_heavy_frame_closes_its_socket_with_1009(door: Front) -> None:
    with connect(f"ws://127.0.0.1:{door.port}/") as link:
        link.send("x" * 64 * KIB)
        assert link.recv() == str(64 * KIB)
        with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 it may come while sending
            link.send("x" * (64 * KIB + 1))
            link.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


def test_many_small_fragments_do_not_pass_the_limit(door: Front) -> None:
    before = door.memory()
    with connect(f"ws://127.0.0.1:{door.port}/") as link, pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 it may come while sending
        link.send("x" * 1000 for _ in range(10_000))
        link.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    assert door.memory() - before < 20 * MIB


def test_what_we_send_is_not_cut_by_the_limit_for_others_and_stays_in_order(door: Front) -> None:
    with connect(f"ws://127.0.0.1:{door.port}/", max_size=MIB) as link:
        link.send("long")
        link.send("hello")
        assert [link.recv(), link.recv(), link.recv()] == [LONG, LONG, "5"]


def test_a_socket_that_does_not_read_is_cut_off_and_others_go_on(door: Front) -> None:
    with connect(f"ws://127.0.0.1:{door.port}/") as good:
        with connect(f"ws://127.0.0.1:{door.port}/", max_queue=1) as slow:
            slow.send("flood")
            limit = time.monotonic() + GUARD
            while connections(door) > 1:
                assert time.monotonic() < limit, "the slow socket is still open"
                time.sleep(0.1)
        good.send("hello")
        assert good.recv() == "5"


def test_nothing_says_which_server_answers(door: Front) -> None:
    door.get()
    assert "server" not in {name.lower() for name in door.last_headers}
    with connect(f"ws://127.0.0.1:{door.port}/") as link:
        assert "server" not in {name.lower() for name in link.response.headers}


def test_forwarding_headers_of_strangers_are_not_seen(door: Front) -> None:
    _, seen = door.get("/", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https", Forwarded="for=203.0.113.9")
    assert seen["client"] == "127.0.0.1"
    assert not {"x-forwarded-for", "x-forwarded-proto", "forwarded"} & set(seen["headers"])


def test_our_own_proxy_is_believed_about_its_nearest_visitor() -> None:
    with front(proxies=["127.0.0.1"]) as door:
        _, seen = door.get("/", X_Forwarded_For="198.51.100.66, 203.0.113.9", X_Forwarded_Proto="https")
        assert seen["client"] == "203.0.113.9"
        assert "x-forwarded-proto" in seen["headers"]
