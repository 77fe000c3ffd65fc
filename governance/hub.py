"""The hub of live rooms: one a process. It draws a state once per look and language and writes it to every socket.

Nothing depends on a push: whoever connects gets the whole state, and the hub asks for `seq` each second, so that acts
of other processes arrive and lost messages are repaired. It reads and draws in a thread of its own: acts never wait
for it, and it owes nothing to the order in which they come, since only the newest state is told.
"""

import asyncio
import logging
import time
from contextvars import Context
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer

from governance.actions.presence import beat, sweep
from governance.live_room import LiveRoom, Socket, draw, draw_parts, draw_passing, wanted_by
from governance.queries.rooms import Loaded
from governance.queries.sockets import seqs, standing
from governance.threads import DatabaseThread, SideThreads
from network.clock import now

__all__ = ["GROUP", "Hub", "Socket", "hub", "notify", "stir"]

GROUP = "governance.rooms"
STATES_PER_SECOND = 5
POLL_SECONDS = 1.0
ENDING_SECONDS = 0.2
RIGHTS_SECONDS = 3.0
BEAT_SECONDS = 15.0
TOGETHER = 500  # personal parts drawn in one go: a newer state waits no longer than that
ASKED_AT_ONCE, ASKED_OF_ONE = 8, 2  # nodes that are signing acts of their people; of one of them
SLOW_SECONDS = 1.0  # a socket that holds the loop longer is closed; the next snapshot mends it
GONE, SLOW = 4401, 4408

LOST = (OSError, RuntimeError, ValueError)  # what a server raises when the other side is gone

log = logging.getLogger("toile.rooms")


class Hub:
    """The rooms of one event loop.

    Its tasks run in empty contexts: not in the language, nor in the thread, of whoever happened to act.
    """

    def __init__(self) -> None:
        self.rooms: dict[int, LiveRoom] = {}
        self.loop = asyncio.get_running_loop()
        self.tasks: list[asyncio.Task[None]] = []
        self.acts, self.reads, self.door = (DatabaseThread(name) for name in ("acts", "rooms", "door"))
        self.homes = SideThreads("homes", most=ASKED_AT_ONCE, most_of_one=ASKED_OF_ONE)

    def join(self, socket: Socket) -> None:
        """Take a socket in. It gets its snapshot after this, so that nothing falls between."""
        room = self.rooms.setdefault(socket.assembly_id, LiveRoom())
        room.sockets.add(socket)
        room.newcomers.append(socket)
        if not self.tasks:
            self.tasks = [asyncio.create_task(each(), context=Context()) for each in (self._listen, self._watch)]
        self._work_on(socket.assembly_id, room)

    def leave(self, socket: Socket) -> None:
        """Let a socket go; the last one ends the hub's work."""
        room = self.rooms.get(socket.assembly_id)
        if room is not None:
            room.sockets.discard(socket)
            room.owed.pop(socket, None)
            if not room.sockets:
                self.rooms.pop(socket.assembly_id, None)
        self.rest()

    def rest(self) -> None:
        """End the hub's work if nobody sits anywhere; it begins again with whoever comes."""
        if not self.rooms:
            for task in self.tasks:
                self._end(task)
            self.tasks = []
            for thread in (self.acts, self.reads, self.door, self.homes):
                thread.close()

    def _end(self, task: "asyncio.Task[None]") -> None:
        """Cancel a task until it ends. One cancellation may get lost: `asyncio.wait_for` of Python 3.11, on which the
        client of Redis waits, takes it for nothing if its work is done in that instant (bpo-37658)."""
        if not task.done():
            task.cancel()
            self.loop.call_later(ENDING_SECONDS, self._end, task, context=Context())

    def notice(self, assembly_id: int, seq: int) -> None:
        """Learn that a room has moved on; push its newest state soon, at most five times a second."""
        room = self.rooms.get(assembly_id)
        if room is not None:
            room.known = max(room.known, seq)
            self._work_on(assembly_id, room)

    def stir(self, assembly_id: int) -> None:
        """Learn that hands or moods of a room have changed; everybody gets that small part soon, as often as states."""
        room = self.rooms.get(assembly_id)
        if room is not None:
            room.stirred = True
            self._work_on(assembly_id, room)

    def owe(self, socket: Socket) -> None:
        """See to it that somebody gets their own part, changed or not."""
        room = self.rooms.get(socket.assembly_id)
        if room is not None and socket in room.sockets:
            room.owed[socket] = True
            self._work_on(socket.assembly_id, room)

    def _work_on(self, assembly_id: int, room: LiveRoom) -> None:
        if room.busy() and (room.work is None or room.work.done()):
            room.work = asyncio.create_task(self._work(assembly_id, room), context=Context())

    async def _work(self, assembly_id: int, room: LiveRoom) -> None:
        """Give everybody what they are to get: a new state first, then newcomers, then personal parts."""
        while room.busy() and not _told_to_end():
            new = room.known > room.told or room.stirred
            rest = room.last_push + 1 / STATES_PER_SECOND - time.monotonic() if new else 0
            try:
                if room.known > room.told and rest <= 0:
                    await self._tell(assembly_id, room)
                elif room.stirred and rest <= 0:
                    await self._tell_passing(assembly_id, room)
                elif room.newcomers:
                    await self._welcome(assembly_id, room)
                elif room.owed:
                    await self._tell_each(assembly_id, room)
                else:
                    await asyncio.sleep(rest)
            except Exception:
                log.exception("room %s could not be told its state %s", assembly_id, room.known)
                await asyncio.sleep(POLL_SECONDS)

    async def _tell(self, assembly_id: int, room: LiveRoom) -> None:
        """Send the newest state to everybody; then whoever's own part has changed is owed that."""
        room.last_push, new = time.monotonic(), tuple(room.newcomers)
        room.stirred = False  # the state shows hands and moods too
        seq = await self._read(assembly_id, room, None)
        room.told = max(room.told, seq)
        for socket in tuple(room.sockets):
            await self.write(socket, room.text_for(socket))
        room.greeted(new)
        for socket in room.sockets:
            room.owed.setdefault(socket, False)

    async def _tell_passing(self, assembly_id: int, room: LiveRoom) -> None:
        """Send hands and moods alone: drawn once per look and language, from the room as it was read last."""
        room.last_push, room.stirred = time.monotonic(), False
        read, texts = await self.reads.call(draw_passing, assembly_id, room.newest(), tuple(room.sockets))
        room.passed(read)
        for socket in tuple(room.sockets):
            await self.write(socket, texts.get(wanted_by(read, socket), ""))
        if read.mood_opened:
            for socket in room.sockets:
                room.owed.setdefault(socket, False)

    async def _welcome(self, assembly_id: int, room: LiveRoom) -> None:
        """Send newcomers the state as it stands, then owe them their part."""
        new = tuple(room.newcomers)
        if room.fresh() is None or not all(room.text_for(socket) for socket in new):
            await self._read(assembly_id, room, room.fresh())
        for socket in new:
            await self.write(socket, room.text_for(socket))
        room.greeted(new)

    async def _read(self, assembly_id: int, room: LiveRoom, read: Loaded | None) -> int:
        """Read a room, unless that was just done, and draw it for all who sit in it; return its `seq`."""
        found, texts = await self.reads.call(draw, assembly_id, read, tuple(room.sockets))
        room.keep(found, texts)
        return int(found.assembly.seq)

    async def _tell_each(self, assembly_id: int, room: LiveRoom) -> None:
        """Send some of those who are owed their own part that part; equal parts are drawn once."""
        some = {socket: room.owed.pop(socket) for socket in list(room.owed)[:TOGETHER]}
        here = {each: always for each, always in some.items() if each in room.sockets and each.audience != "hall"}
        try:
            found = await self.reads.call(draw_parts, assembly_id, room.fresh(), here)
        except Exception:
            room.owed = some | room.owed
            raise
        for socket, text in found.items():
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
        """Hear of acts in other processes, on one channel: a group that grew with each try would slow every act."""
        layer, channel = get_channel_layer(), ""
        while layer is not None and not _told_to_end():
            try:
                channel = channel or await layer.new_channel()
                await layer.group_add(GROUP, channel)
                while not _told_to_end():  # a message may have come in the instant of the cancellation
                    message = await layer.receive(channel)
                    if message.get("stirred"):
                        self.stir(message["assembly_id"])
                    else:
                        self.notice(message["assembly_id"], message["seq"])
            except Exception:  # noqa: BLE001  its library has errors of its own, which would be loaded by naming them
                log.warning("the channel layer does not answer; rooms go on by asking each second")
                await asyncio.sleep(POLL_SECONDS)

    async def _watch(self) -> None:
        """Each second: what moved; every few: whose rights ended, who is still there."""
        rights = beats = time.monotonic()
        while not _told_to_end():
            await asyncio.sleep(POLL_SECONDS)
            try:
                for assembly_id, seq in (await self.reads.call(seqs, tuple(self.rooms))).items():
                    self.notice(assembly_id, seq)
                for assembly_id, room in tuple(self.rooms.items()):
                    if room.fades_at is not None and room.fades_at <= now():
                        self.stir(assembly_id)
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
            good = await self.reads.call(standing, assembly_id, {socket.entrance for socket in asked})
            for socket in asked:
                if socket.entrance not in good:
                    await self.drop(socket, GONE)

    async def _beat(self) -> None:
        """Note who is there, and give everybody their own part again: one that got lost is in no later state."""
        for assembly_id, room in tuple(self.rooms.items()):
            people = {socket.member.pk for socket in room.sockets if socket.audience != "hall"}
            await self.reads.call(_beats, assembly_id, people)
            for socket in tuple(room.sockets):
                self.owe(socket)


def _told_to_end() -> bool:
    """Whether the running task was cancelled. A library may answer that with an error of its own: were it taken for
    any other, the task would never end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _beats(assembly_id: int, members: set[int]) -> None:
    beat(assembly_id=assembly_id, member_ids=members)
    sweep(assembly_id=assembly_id)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """Return the hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


def stir(assembly_id: int) -> None:
    """Tell the hubs of this process, from any thread, that hands or moods have changed."""
    for loop, each in tuple(_hubs.items()):
        if not loop.is_closed():
            loop.call_soon_threadsafe(each.stir, assembly_id, context=Context())


def notify(assembly_id: int, seq: int) -> None:
    """Tell the hubs of this process, from any thread."""
    for loop, each in tuple(_hubs.items()):
        if not loop.is_closed():
            loop.call_soon_threadsafe(each.notice, assembly_id, seq, context=Context())
