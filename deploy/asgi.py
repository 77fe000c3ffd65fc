"""The doors of a node: HTTP to Django, sockets to the live room from our own exact origin only."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()

from channels.routing import ProtocolTypeRouter
from django.conf import settings

from deploy.charsets import legible
from deploy.documents import Documents
from deploy.roomdoor import RoomDoor
from federation.entrance import Entrance, is_inbox
from frontend.live import websocket_urlpatterns

inboxes, documents = Entrance(), Documents(pages)


async def http(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Hand messages to their door, the rest to that of documents and Django; answer whoever asks whether we live."""
    if scope["path"] != "/healthz":
        await (inboxes if is_inbox(scope) else documents)(legible(scope), receive, send)
        return
    head = [(b"content-type", b"text/plain"), (b"content-length", b"3"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b"ok\n"})


application = ProtocolTypeRouter({"http": http, "websocket": RoomDoor(websocket_urlpatterns, [settings.ORIGIN])})
