"""Somebody's socket in a room of the process of the test itself: who comes in, what they say and are told."""

import json
from uuid import uuid4

from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client
from django.urls import path

from governance import consumers

GUARD = 30  # seconds; a guard against hanging, never a measurement
application = AuthMiddlewareStack(
    URLRouter([path("ws/assemblees/<int:assembly_id>", consumers.RoomConsumer.as_asgi())])
)


def cookie_of(handle: str) -> str:
    client = Client()
    assert client.login(username=handle, password="motdepasse-1")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Phone:
    """Somebody's socket in a room."""

    def __init__(self, assembly_id: int, session: str = "", query: str = "") -> None:
        headers = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode())] if session else []
        self.line = WebsocketCommunicator(application, f"/ws/assemblees/{assembly_id}{query}", headers=headers)
        self.session = session

    async def open(self) -> bool:
        opened, self.code = await self.line.connect(timeout=GUARD)
        return opened

    async def next(self, wanted) -> dict:
        """The next message for which `wanted` says yes; others are passed over."""
        while True:
            found = json.loads(await self.line.receive_from(timeout=GUARD))
            if wanted(found):
                return found

    async def say(self, kind: str, **payload) -> dict:
        key = str(uuid4())
        await self.line.send_to(text_data=json.dumps({"kind": kind, "payload": payload, "key": key}))
        return await self.next(lambda found: found.get("in_response") == key)

    async def closed(self) -> int:
        """The code with which the other side closes."""
        while True:
            found = await self.line.receive_output(timeout=GUARD)
            if found["type"] == "websocket.close":
                return found["code"]


async def phone(cast, handle: str, query: str = "") -> Phone:
    found = Phone(cast.assembly.pk, await sync_to_async(cookie_of)(handle), query)
    assert await found.open()
    return found


def state(found: dict) -> bool:
    return "state" in found
