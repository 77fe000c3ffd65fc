"""One live room as its hub sees it: its sockets, what they were told and are owed, and the drawing of both."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from governance.drawing import hand
from governance.queries.parts import Part, parts_of
from governance.queries.rooms import Loaded, load, seen_as, state_for
from governance.queries.shapes import Audience
from governance.queries.sockets import Entrance
from network.models import Member

__all__ = ["LiveRoom", "Socket", "Wanted", "draw", "draw_parts", "draw_passing", "wanted_by"]

FRESH_SECONDS = 1.0  # for so long newcomers get what was drawn last, if nothing has moved
Wanted = tuple[Audience, str]  # as which audience a socket sees the room, and its language


@dataclass(eq=False)
class Socket:
    """One open socket: who sits there, how to write to it, and the mark of the personal part it was sent last."""

    assembly_id: int
    audience: Audience
    language: str
    member: Member
    entrance: Entrance
    send: Callable[[str], Awaitable[None]]
    close: Callable[[int], Awaitable[None]]
    told: object = None


@dataclass
class LiveRoom:
    """The sockets of one room, what was told to them, and what they are owed."""

    sockets: set[Socket] = field(default_factory=set)
    told: int = -1
    known: int = -1
    newcomers: list[Socket] = field(default_factory=list)
    owed: dict[Socket, bool] = field(default_factory=dict)  # own part, in this order; True: even if it is unchanged
    work: asyncio.Task[None] | None = None
    last_push: float = 0.0
    stirred: bool = False  # hands or moods have changed since they were told
    fades_at: datetime | None = None  # when a hand fades, or the answers about the mood open
    read: Loaded | None = None
    read_at: float = 0.0
    texts: dict[Wanted, str] = field(default_factory=dict)

    def fresh(self) -> Loaded | None:
        """Return what was read last, if it still holds."""
        new = self.read is not None and self.read.assembly.seq >= self.known
        return self.read if new and time.monotonic() - self.read_at < FRESH_SECONDS else None

    def keep(self, read: Loaded, texts: dict[Wanted, str]) -> None:
        """Keep what was read and drawn for whoever comes soon."""
        if read is not self.read:
            self.read, self.read_at = read, time.monotonic()
        self.texts, self.fades_at = texts, read.passing.until

    def newest(self) -> Loaded | None:
        """Return what was read last if no act came after it, however long ago: hands are read afresh anyway."""
        return self.read if self.read is not None and self.read.assembly.seq >= self.known else None

    def passed(self, read: Loaded) -> None:
        """Take note of hands and moods told; what was drawn with older ones is drawn again for newcomers."""
        self.read, self.read_at, self.fades_at = read, 0.0, read.passing.until

    def text_for(self, socket: Socket) -> str:
        """Return the state as drawn last for such a socket; empty if it was not."""
        return self.texts.get(wanted_by(self.read, socket), "") if self.read else ""

    def greeted(self, sockets: Iterable[Socket]) -> None:
        """Take note that newcomers have the state; now they are owed their part, before everybody else."""
        there = [each for each in sockets if each in self.sockets]
        self.newcomers = [each for each in self.newcomers if each not in there and each in self.sockets]
        self.owed = dict.fromkeys(there, True) | self.owed

    def busy(self) -> bool:
        """Return whether somebody here has something to get."""
        waits = self.known > self.told or self.stirred or self.newcomers or self.owed
        return bool(self.sockets) and bool(waits)


def wanted_by(read: Loaded, socket: Socket) -> Wanted:
    """Return which drawing of a room, as it was read, is for this socket: what is on the table may be about them."""
    return seen_as(read.room, socket.member.pk, socket.audience), socket.language


def draw(assembly_id: int, read: Loaded | None, sockets: Iterable[Socket]) -> tuple[Loaded, dict[Wanted, str]]:
    """Draw a room once for each look and language that these sockets want."""
    read, drawing = read or load(assembly_id), hand()
    wanted = {wanted_by(read, socket) for socket in sockets}
    drawn: dict[tuple[str, str], str] = {}
    for audience, language in wanted:
        name = (drawing.look(audience), language)
        if name not in drawn:
            drawn[name] = drawing.state(state_for(read, audience), language)
    return read, {(audience, language): drawn[drawing.look(audience), language] for audience, language in wanted}


def draw_passing(assembly_id: int, read: Loaded | None, sockets: Iterable[Socket]) -> tuple[Loaded, dict[Wanted, str]]:
    """Draw hands and moods once for each look and language that these sockets want; reads no table if the room was
    read before."""
    read, drawing = (read or load(assembly_id)).later(), hand()
    wanted = {wanted_by(read, socket) for socket in sockets}
    drawn: dict[tuple[str, str], str] = {}
    for audience, language in wanted:
        name = (drawing.look(audience), language)
        if name not in drawn:
            drawn[name] = drawing.passing(state_for(read, audience), language)
    return read, {(audience, language): drawn[drawing.look(audience), language] for audience, language in wanted}


def draw_parts(assembly_id: int, read: Loaded | None, sockets: dict[Socket, bool]) -> dict[Socket, str]:
    """Draw the parts of these sockets' people: those always wanted, and those that are not what was sent last."""
    if not sockets:
        return {}
    read = read or load(assembly_id)
    parts = parts_of(read, {socket.member: socket.audience for socket in sockets})
    same: dict[tuple[int, Part], bool] = {}
    texts: dict[tuple[Part, str], str] = {}
    found: dict[Socket, str] = {}
    for socket, always in sockets.items():
        part, told = parts[socket.member.pk], socket.told
        if (id(told), part) not in same:
            same[id(told), part] = told == part.mark
        socket.audience, socket.told = part.view.audience, part.mark
        if always or not same[id(told), part]:
            name = (part, socket.language)
            texts[name] = texts[name] if name in texts else hand().mine(part.view, socket.language)
            found[socket] = texts[name]
    return found
