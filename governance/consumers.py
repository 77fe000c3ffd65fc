"""The socket of a room: acts in, drawn states out. Each frame is judged like a form; the hub does the telling."""

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import OperationalError
from django.http import HttpRequest
from django.utils import translation

from governance.actions.assemblies import Ready, act, make_ready
from governance.errors import Busy, DomainError, Invalid, NotFound
from governance.hub import Socket, hub
from governance.queries.register import instant_text
from governance.queries.shapes import Receipt
from governance.queries.sockets import Entrance, entering, may_act
from governance.rules.remote import binds
from network.busy import busy_as_refusal, is_busy
from network.models import Member

__all__ = ["RoomConsumer", "set_sentence"]

MAX_FRAME = 64 * 1024  # bytes
BURST, PER_SECOND = 30, 10  # acts of one socket
SOCKETS_PER_ACCOUNT = 10
SLIM = frozenset({"id", "name", "local", "origin"})
NO_ROOM, TOO_BIG, TOO_OFTEN, TOO_MANY, AGAIN_LATER = 4404, 1009, 1008, 4429, 1013

log = logging.getLogger("toile.security")
_sentence: list[Callable[[DomainError], str]] = [lambda error: error.code]
_open: dict[int, int] = {}


def set_sentence(sentence: Callable[[DomainError], str]) -> None:
    """Register who puts a refusal in words."""
    _sentence[0] = sentence


class Bucket:
    """So many acts at once, so many a second after that."""

    def __init__(self) -> None:
        self.left, self.at = float(BURST), time.monotonic()

    def take(self) -> bool:
        """Return whether one more is allowed now."""
        now = time.monotonic()
        self.left, self.at = min(BURST, self.left + (now - self.at) * PER_SECOND) - 1, now
        return self.left >= 0


class RoomConsumer(AsyncWebsocketConsumer):
    """One socket in one room. It has no channel of its own: the hub writes straight to it."""

    channel_layer_alias = "none: the hub writes"
    place: Socket | None = None
    counted = 0
    taken = (0, "")  # the last frame that was taken, as a hash, and its answer

    async def connect(self) -> None:
        """Check rights, then join: the hub sends the whole state."""
        self.bucket = Bucket()
        try:
            place = await self._place()
        except OperationalError as error:
            if not is_busy(error):
                raise
            await self.close(AGAIN_LATER)  # the client comes back by itself
            return
        if place is None:
            return
        await self.accept()
        self.scope.clear()  # what was said at the door is not kept for as long as somebody stays
        self.place = place
        hub().join(place)

    async def _place(self) -> Socket | None:
        account_id, session = getattr(self.scope.get("user"), "pk", None), self.scope.get("session")
        assembly_id = int(self.scope["url_route"]["kwargs"]["assembly_id"])
        hall = "ecran=1" in self.scope.get("query_string", b"").decode("latin-1").split("&")
        try:
            member, audience = await hub().door.call(entering, assembly_id, account_id, hall)
        except NotFound:
            log.info("socket refused: role, room %s", assembly_id)
            await self.close(NO_ROOM)
            return None
        finally:
            hub().rest()
        if member is None or account_id is None or not self._count(account_id):
            await self.close(TOO_MANY)
            return None
        entrance = Entrance(getattr(session, "session_key", None) or "", account_id, member.pk)
        return Socket(assembly_id, audience, _language(self.scope), _slim(member), entrance, self._write, self._close)

    def _count(self, account_id: int) -> bool:
        if _open.get(account_id, 0) >= SOCKETS_PER_ACCOUNT:
            return False
        self.counted = account_id
        _open[account_id] = _open.get(account_id, 0) + 1
        return True

    async def _write(self, text: str) -> None:
        await self.base_send({"type": "websocket.send", "text": text})

    async def _close(self, code: int) -> None:
        await self.close(code)

    async def disconnect(self, code: int) -> None:
        """Leave the room's hub; presence lapses by itself, after its grace."""
        if self.counted:
            _open[self.counted] -= 1
            if not _open[self.counted]:
                del _open[self.counted]
        if self.place is not None:
            hub().leave(self.place)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer one frame. What is malformed gets an error frame; the socket stays, and nothing changes."""
        if len(bytes_data or b"") > MAX_FRAME or len((text_data or "").encode()) > MAX_FRAME:
            await self.close(TOO_BIG)
        elif not self.bucket.take():
            log.info("socket closed: rate, account %s", self.counted)
            await self.close(TOO_OFTEN)
        elif self.place is not None:
            await self._write(await self._told(self.place, text_data))

    async def _told(self, place: Socket, text: str | None) -> str:
        """Return the answer to a frame. Frames of a socket come one after the other: those that an impatient page sent
        again while the first waited get its answer, and do not make everybody wait longer."""
        mark, (last, told) = hash(text), self.taken
        if told and mark == last:
            return told
        answer = await self._answer(place, text)
        told = json.dumps(answer, default=str)
        if answer["ok"]:
            self.taken = (mark, told)
        return told

    async def _answer(self, place: Socket, text: str | None) -> dict[str, Any]:
        key = None
        try:
            frame = _frame(text)
            key = frame["key"]
            ready = await hub().homes.call(place.member.origin, _ready, place, frame) if _asks(place, frame) else None
            receipt = await hub().acts.call(_act, place, frame, ready)
        except DomainError as error:
            log.info("act refused: %s, room %s", error.code, place.assembly_id)
            return {"in_response": key, "ok": False, **_refusal(error, place.language)}
        hub().owe(place)
        return {"in_response": key, "ok": True, "receipt": _receipt(receipt)}


def _slim(member: Member) -> Member:
    """Return somebody with no more than rooms ask of them: there is one for each who sits here."""
    names = [field.attname for field in Member._meta.concrete_fields if field.attname in SLIM]
    return Member.from_db(None, names, [getattr(member, name) for name in names])


def _refusal(error: DomainError, language: str) -> dict[str, Any]:
    with translation.override(language):
        told: dict[str, Any] = {"error": error.code, "message": _sentence[0](error)}
    return told | ({"retry_after": error.facts["retry_after"]} if isinstance(error, Busy) else {})


def _asks(place: Socket, frame: dict[str, Any]) -> bool:
    """Whether another node may be asked for this act: not in the one thread of all acts, where everybody would wait."""
    return not place.member.local and any(binds(family, frame["kind"]) for family in ("decision", "election"))


def _ready(place: Socket, frame: dict[str, Any]) -> Ready:
    with busy_as_refusal():
        return make_ready(assembly_id=place.assembly_id, actor=_actor(place), **frame)


def _act(place: Socket, frame: dict[str, Any], ready: Ready | None) -> Receipt:
    with busy_as_refusal():
        return act(assembly_id=place.assembly_id, actor=_actor(place), ready=ready, **frame)


def _actor(place: Socket) -> Member:
    member = may_act(place.assembly_id, place.entrance)
    if member is None:
        raise NotFound("assembly_unknown")
    return member


def _language(scope: dict[str, Any]) -> str:
    """Return the language that this browser's pages are in: by its cookie, else by what it accepts, else the node's."""
    request = HttpRequest()
    request.COOKIES = scope.get("cookies", {})
    wanted = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    request.META["HTTP_ACCEPT_LANGUAGE"] = wanted.decode("latin-1")
    return translation.get_language_from_request(request)


def _frame(text: str | None) -> dict[str, Any]:
    if text is None:
        raise Invalid("frame_binary")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("frame_malformed") from None
    if not isinstance(frame, dict) or set(frame) != {"kind", "payload", "key"}:
        raise Invalid("frame_malformed")
    if not isinstance(frame["kind"], str) or not isinstance(frame["key"], str):
        raise Invalid("frame_malformed")
    return frame


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {"seq": receipt.seq, "at": instant_text(receipt.at), "code": receipt.code, "kind": receipt.kind}
