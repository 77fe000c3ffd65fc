"""The plain way on the same server: `python -m tests.bench.plain_room PORT`, Channels under Daphne, a consumer each.

Each text is sent to a group of the in-memory layer, in which every socket has a channel, a queue and a task of its own.
"""

import logging
import sys
from typing import Any

from django.conf import settings

settings.configure(
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}}
)

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402
from daphne.server import Server  # noqa: E402

GROUP = "room"


class Each(AsyncWebsocketConsumer):
    """One consumer a socket, as Channels' tutorial has it."""

    async def connect(self) -> None:
        """Join."""
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Pass a text on to everybody."""
        await self.channel_layer.group_send(GROUP, {"type": "tell", "text": text_data})

    async def tell(self, event: dict[str, Any]) -> None:
        """Write it."""
        await self.send(text_data=event["text"])


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    Server(
        ProtocolTypeRouter({"websocket": Each.as_asgi()}),
        endpoints=[f"tcp:{sys.argv[1]}:interface=127.0.0.1"],
        websocket_connect_timeout=60,
    ).run()
