"""The hub of live rooms: one a process. It draws a state once per audience and writes it to every socket of the room.

Nothing depends on a push: whoever connects gets the whole state, and the hub asks for `seq` each second, so that acts
of other processes arrive and lost messages are repaired.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import asdict, dataclass, field, replace
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from governance.actions.assemblies import heartbeat, sweep
from governance.queries.assemblies import room_state, room_views
from governance.queries.shapes import Audience, RoomView
from governance.queries.sockets import Entrance, seqs, standing
from network.models import Member

__all__ = [
    "GROUP",
    "Hub",
    "Socket",
    "hub",
    "notify",
    "personal",
    "set_personal_renderer",
    "set_renderer",
    "set_view_renderer",
    "shared",
]

GROUP = "governance.rooms"
STATES_PER_SECOND = 5
POLL_SECONDS = 1.0
RIGHTS_SECONDS = 3.0
BEAT_SECONDS = 15.0
TOGETHER = 25  # personal parts drawn in one go
SLOW_SECONDS = 1.0  # a socket that holds the loop longer is closed; the next snapshot mends it
GONE, SLOW = 4401, 4408

LOST = (OSError, RuntimeError, ValueError)  # what a server raises when the other side is gone

log = logging.getLogger("toile.rooms")

Renderer = Callable[[int, Audience], str]
PersonalRenderer = Callable[[RoomView], str]


def _plain_state(assembly_id: int, audience: Audience) -> str:
    state = room_state(assembly_id, audience)
    return json.dumps({"seq": state.seq, "state": asdict(state)}, default=str)


def _plain_mine(view: RoomView) -> str:
    return json.dumps({"mine": asdict(view.mine)}, default=str)


_renderers: dict[str, Callable[..., str]] = {"shared": _plain_state, "personal": _plain_mine}

_by_member: dict[str, Callable[[int, Member], str]] = {}


def set_renderer(render: Renderer) -> None:
    """Register who draws the shared state of a room for an audience."""
    _renderers["shared"] = render


def set_personal_renderer(render: Callable[[int, Member], str]) -> None:
    """Register who draws the part of a room that only one person may see, reading the room anew."""
    _by_member["personal"] = render
    _renderers.pop("personal", None)


def set_view_renderer(render: PersonalRenderer) -> None:
    """Register who draws the part of one person from the view that the hub has read for everybody at once."""
    _renderers["personal"] = render


def shared(assembly_id: int, audience: Audience) -> str:
    """Return the drawn state of an audience."""
    return _renderers["shared"](assembly_id, audience)


def personal(assembly_id: int, member: Member, view: RoomView) -> str:
    """Return the drawn part of one person."""
    if "personal" in _renderers:
        return _renderers["personal"](view)
    return _by_member["personal"](assembly_id, member)


@dataclass(eq=False)
class Socket:
    """One open socket: who sits there, and how to write to it."""

    assembly_id: int
    audience: Audience
    member: Member
    entrance: Entrance
    send: Callable[[str], Awaitable[None]]
    close: Callable[[int], Awaitable[None]]
    told: object = None


@dataclass
class LiveRoom:
    """The sockets of one room, and the last state told to them."""

    sockets: set[Socket] = field(default_factory=set)
    told: int = -1
    known: int = -1
    pushing: asyncio.Task[None] | None = None
    last_push: float = 0.0


class Hub:
    """The rooms of one event loop.

    Its tasks run in empty contexts: not in the language, nor in the thread, of whoever happened to act.
    """

    def __init__(self) -> None:
        self.rooms: dict[int, LiveRoom] = {}
        self.loop = asyncio.get_running_loop()
        self.tasks: list[asyncio.Task[None]] = []

    def join(self, socket: Socket) -> None:
        """Take a socket in. Its snapshot is sent after this, so that nothing falls between."""
        self.rooms.setdefault(socket.assembly_id, LiveRoom()).sockets.add(socket)
        if not self.tasks:
            self.tasks = [asyncio.create_task(each(), context=Context()) for each in (self._listen, self._watch)]

    def leave(self, socket: Socket) -> None:
        """Let a socket go; the last one ends the hub's work."""
        room = self.rooms.get(socket.assembly_id)
        if room is not None:
            room.sockets.discard(socket)
            if not room.sockets:
                self.rooms.pop(socket.assembly_id, None)
        if not self.rooms:
            for task in self.tasks:
                task.cancel()
            self.tasks = []

    def notice(self, assembly_id: int, seq: int) -> None:
        """Learn that a room has moved on; push its newest state soon, at most five times a second."""
        room = self.rooms.get(assembly_id)
        if room is None:
            return
        room.known = max(room.known, seq)
        if room.known > room.told and (room.pushing is None or room.pushing.done()):
            room.pushing = asyncio.create_task(self._push(assembly_id, room), context=Context())

    async def _push(self, assembly_id: int, room: LiveRoom) -> None:
        while room.known > room.told and room.sockets:
            await asyncio.sleep(max(0.0, room.last_push + 1 / STATES_PER_SECOND - time.monotonic()))
            room.last_push = time.monotonic()
            room.told = room.known
            try:
                await self._tell(assembly_id, room)
                await self._tell_each(assembly_id, room)
            except Exception:
                log.exception("room %s could not be told its state %s", assembly_id, room.told)

    async def _tell(self, assembly_id: int, room: LiveRoom) -> None:
        audiences = {socket.audience for socket in room.sockets}
        texts = await database_sync_to_async(_draw)(assembly_id, audiences)
        for socket in tuple(room.sockets):
            await self.write(socket, texts.get(socket.audience, ""))

    async def _tell_each(self, assembly_id: int, room: LiveRoom) -> None:
        """Send everybody whose own part has changed that part; the rows are read once, newer news come first."""
        sockets = [socket for socket in room.sockets if socket.audience != "hall"]
        for start in range(0, len(sockets), TOGETHER):
            if room.known > room.told:
                return
            some = [socket for socket in sockets[start : start + TOGETHER] if socket in room.sockets]
            for socket, text in (await database_sync_to_async(_draw_parts)(assembly_id, some, False)).items():
                await self.write(socket, text)

    async def tell_one(self, socket: Socket) -> None:
        """Send somebody their own part, changed or not."""
        for text in (await database_sync_to_async(_draw_parts)(socket.assembly_id, [socket], True)).values():
            await self.write(socket, text)

    async def write(self, socket: Socket, text: str) -> None:
        """Write to one socket; whoever fails or holds the others up is let go."""
        if not text:
            return
        started = time.monotonic()
        try:
            await socket.send(text)
        except LOST:
            log.info("socket lost in room %s", socket.assembly_id)
            await self.drop(socket, SLOW)  # if it lives after all, the client comes back and gets the whole state
            return
        if time.monotonic() - started > SLOW_SECONDS:
            await self.drop(socket, SLOW)

    async def drop(self, socket: Socket, code: int) -> None:
        """Close a socket and forget it."""
        self.leave(socket)
        try:
            await socket.close(code)
        except LOST:
            log.info("socket already closed in room %s", socket.assembly_id)

    async def _listen(self) -> None:
        """Hear of acts in other processes."""
        layer = get_channel_layer()
        while layer is not None:
            try:
                channel = await layer.new_channel()
                await layer.group_add(GROUP, channel)
                while True:
                    message = await layer.receive(channel)
                    self.notice(message["assembly_id"], message["seq"])
            except Exception:  # noqa: BLE001  its library has errors of its own, which would be loaded by naming them
                log.warning("the channel layer does not answer; rooms go on by asking each second")
                await asyncio.sleep(POLL_SECONDS)

    async def _watch(self) -> None:
        """Each second: what moved; every few: whose rights ended, who is still there."""
        rights = beats = time.monotonic()
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                for assembly_id, seq in (await database_sync_to_async(seqs)(tuple(self.rooms))).items():
                    self.notice(assembly_id, seq)
                if time.monotonic() - rights >= RIGHTS_SECONDS:
                    rights = time.monotonic()
                    await self._check_rights()
                if time.monotonic() - beats >= BEAT_SECONDS:
                    beats = time.monotonic()
                    await self._beat()
            except Exception:
                log.exception("a room could not be watched; the next second tries again")

    async def _check_rights(self) -> None:
        for assembly_id, room in tuple(self.rooms.items()):
            asked = tuple(room.sockets)  # whoever comes in meanwhile was judged at the door
            good = await database_sync_to_async(standing)(assembly_id, {socket.entrance for socket in asked})
            for socket in asked:
                if socket.entrance not in good:
                    await self.drop(socket, GONE)

    async def _beat(self) -> None:
        for assembly_id, room in tuple(self.rooms.items()):
            people = {socket.member.pk: socket.member for socket in room.sockets if socket.audience != "hall"}
            await database_sync_to_async(_beats)(assembly_id, list(people.values()))


def _draw(assembly_id: int, audiences: set[Audience]) -> dict[Audience, str]:
    return {audience: shared(assembly_id, audience) for audience in audiences}


def _draw_parts(assembly_id: int, sockets: list[Socket], always: bool) -> dict[Socket, str]:
    """Draw the parts of these sockets' people: all, or those that are no longer what was sent."""
    views = room_views(assembly_id, {socket.member: socket.audience for socket in sockets})
    found: dict[Socket, str] = {}
    for socket in sockets:
        view = views[socket.member.pk]
        socket.audience, mark = view.audience, _mark(view)
        if always or mark != socket.told:
            socket.told = mark
            found[socket] = personal(assembly_id, socket.member, view)
    return found


def _mark(view: RoomView) -> object:
    """What a drawn part depends on: one's own acts, and where the room stands."""
    state, consent = view.state, view.state.consent
    place = (consent.stage, consent.version.number, consent.call, consent.round) if consent else ()
    return replace(view.mine, lapses_at=None), state.stage, state.current and state.current.id, place


def _beats(assembly_id: int, members: list[Member]) -> None:
    for member in members:
        heartbeat(assembly_id=assembly_id, member=member, socket=True)
    sweep(assembly_id=assembly_id)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """Return the hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


def notify(assembly_id: int, seq: int) -> None:
    """Tell the hubs of this process, from any thread."""
    for loop, each in tuple(_hubs.items()):
        if not loop.is_closed():
            loop.call_soon_threadsafe(each.notice, assembly_id, seq, context=Context())
