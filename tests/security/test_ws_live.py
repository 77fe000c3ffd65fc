"""WS at a node's own front door: who listens, heavy frames, floods. One node for all; memory is its web process's."""

import contextlib
import json
import socket
import time
from dataclasses import dataclass
from uuid import uuid4

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.sync.client import connect

from tests.services import Node, start_node

pytestmark = pytest.mark.processes

MIB = 1024 * 1024
GUARD = 30  # seconds; a guard against hanging, never a measurement
PER_ADDRESS = 60
STRANGER = "127.0.0.2"  # another address of this machine: what it fills is not the members' share


@dataclass
class Hall:
    """A node with one open room."""

    node: Node
    assembly: int
    sessions: dict[str, str]
    web: psutil.Process

    def enter(self, who: str = "", *, origin: str | None = "", cookie: str | None = None, **options):
        """Open a socket of the room; `origin` None sends none."""
        value = self.sessions.get(who, "") if cookie is None else cookie
        headers = {"Cookie": f"toile-{self.node.port}-session={value}"} if value else {}
        url = f"ws://localhost:{self.node.port}/ws/assemblees/{options.pop('room', self.assembly)}"
        origin = self.node.origin if origin == "" else origin
        return connect(url, origin=origin, additional_headers=headers, open_timeout=GUARD, **options)

    def memory(self) -> int:
        return self.web.memory_info().rss


@pytest.fixture(scope="module")
def hall(tmp_path_factory):
    limits = {"TOILE_MAX_CONNECTIONS_PER_ADDRESS": str(PER_ADDRESS), "TOILE_LOG_LEVEL": "INFO"}
    with start_node(tmp_path_factory.mktemp("hall") / "node", env=limits) as node:
        told = node.manage("shell", "-c", "from tests.security.rooms import furnish; furnish()").stdout
        facts = json.loads(told.splitlines()[-1])
        children = psutil.Process(node.process.pid).children()
        web = next(each for each in children if any(c.laddr.port == node.port for c in each.net_connections("tcp")))
        found = Hall(node, facts["assembly"], facts["sessions"], web)
        with found.enter("alix") as warm:
            warm.recv(timeout=GUARD)
        yield found


def act(link, kind: str, **payload) -> dict:
    """Take an act and return its answer; what is told meanwhile is passed over."""
    key = str(uuid4())
    link.send(json.dumps({"kind": kind, "payload": payload, "key": key}))
    while True:
        text = link.recv(timeout=GUARD)
        if text.startswith("{") and json.loads(text).get("in_response") == key:
            return json.loads(text)


def closed(link) -> int:
    """Return the code with which the other side closes."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            link.recv(timeout=GUARD)
    assert link.protocol.close_rcvd is not None, "cut off without a word"
    return link.protocol.close_rcvd.code


def is_served(hall) -> bool:
    """Whether an honest member comes in and acts now."""
    with hall.enter("bachir") as link:
        return act(link, "ask_to_speak")["ok"] and act(link, "withdraw_request")["ok"]


# --- WS-02


@pytest.mark.parametrize("who", ["", "fanny", "invented"])
def test_ws_02_strangers_are_refused_at_the_door(hall, who):
    cookie = "x" * 32 if who == "invented" else None
    for room in (hall.assembly, 999_999):
        with pytest.raises(InvalidStatus) as refused:
            hall.enter(who, cookie=cookie, room=room)
        assert refused.value.response.status_code == 403
        assert b"Alix" not in refused.value.response.body


def test_ws_02_only_our_own_exact_origin_opens_a_socket(hall):
    port = hall.node.port
    others = [
        f"https://localhost:{port}", f"http://localhost:{port + 1}", f"http://127.0.0.1:{port}", "null",
        f"http://localhost.evil.example:{port}", f"http://evil.example/http://localhost:{port}", None,
    ]  # fmt: skip
    for origin in others:
        with pytest.raises(InvalidStatus) as refused:
            hall.enter("alix", origin=origin)
        assert refused.value.response.status_code in {400, 403}, origin
    with hall.enter("alix") as link:
        assert act(link, "ask_to_speak")["ok"]
        assert act(link, "withdraw_request")["ok"]


# --- WS-04


@pytest.mark.parametrize("size", [2 * MIB, 64 * MIB])
def test_ws_04_heavy_frames_close_with_1009_and_cost_no_memory(hall, size):
    """It is refused by the length that it declares; whatever still comes of it is not kept."""
    before, head = hall.memory(), b"\x81\xff" + size.to_bytes(8, "big") + bytes(4)
    with hall.enter("alix") as link:
        link.socket.sendall(head)
        assert closed(link) == 1009
        with contextlib.suppress(OSError):
            for _ in range(size // MIB):
                link.socket.sendall(bytes(MIB))
    assert hall.memory() - before < 20 * MIB
    assert is_served(hall)


def test_ws_04_ten_thousand_fragments_close_with_1009(hall):
    before = hall.memory()
    with hall.enter("alix") as link:
        with contextlib.suppress(ConnectionClosed):
            link.send("x" * 500 for _ in range(10_000))
        assert closed(link) == 1009
    assert hall.memory() - before < 20 * MIB


def test_ws_04_a_thousand_acts_in_a_second_close_with_1008(hall):
    before = hall.memory()
    with hall.enter("alix") as link:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(1_000):
                link.send(json.dumps({"kind": "check_in", "payload": {}, "key": "x"}))
        assert closed(link) == 1008
    assert hall.memory() - before < 20 * MIB
    assert is_served(hall)


def test_ws_04_pings_cost_no_memory_and_hold_nobody_up(hall):
    before = hall.memory()
    with hall.enter("alix", ping_interval=None) as link:
        ping = Frame(Opcode.PING, b"x" * 125).serialize(mask=True, extensions=[])
        with contextlib.suppress(OSError, WebSocketException):  # it may be cut off: that is well too
            for _ in range(200):
                link.socket.sendall(ping * 100)
        assert is_served(hall)
    assert hall.memory() - before < 20 * MIB


def test_ws_04_a_deflate_bomb_is_not_unpacked(hall):
    before = hall.memory()
    with hall.enter("alix", compression="deflate") as link:
        assert link.protocol.extensions == []  # offered, and not taken up
        bomb = bytearray(Frame(Opcode.TEXT, b"\xec\xc1\x01\x01" * 2_000).serialize(mask=True, extensions=[]))
        bomb[0] |= 0x40  # « compressed », all the same
        link.socket.sendall(bomb)
        assert closed(link) in {1002, 1007, 1008, 1009}
    assert hall.memory() - before < 20 * MIB
    assert is_served(hall)


# --- WS-07


def from_elsewhere(hall) -> socket.socket:
    return socket.create_connection(("127.0.0.1", hall.node.port), timeout=GUARD, source_address=(STRANGER, 0))


def is_open(link: socket.socket) -> bool:
    link.setblocking(False)
    try:
        return link.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def test_ws_07_a_thousand_idle_connections_keep_their_own_share_and_members_come_in(hall):
    before, held = hall.memory(), []
    try:
        for _ in range(1_000):
            with contextlib.suppress(OSError):
                link = from_elsewhere(hall)
                link.sendall(b"GET /ws/assemblees/1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n")
                held.append(link)
        assert is_served(hall)
        assert sum(is_open(link) for link in held) <= PER_ADDRESS
        assert hall.memory() - before < 20 * MIB
    finally:
        for link in held:
            link.close()


def test_ws_07_nobody_idles_without_an_account_nor_beyond_the_sockets_of_one(hall):
    with pytest.raises(InvalidStatus):
        hall.enter()
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(hall.enter("camille"))
        with pytest.raises(InvalidStatus):
            hall.enter("camille")
        assert is_served(hall)
    limit = time.monotonic() + GUARD
    while True:  # closed ones are given back
        with contextlib.suppress(InvalidStatus), hall.enter("camille") as link:
            assert act(link, "ask_to_speak")["ok"]
            break
        assert time.monotonic() < limit
