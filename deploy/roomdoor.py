"""The door of sockets: Channels' own judges look at whoever knocks, and do not stay.

Origin, login and address are judged by the usual stack; the socket then runs outside of it, so that for as long as
somebody sits in a room no copies of what they said at the door are kept, and no message passes through judges again.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import OriginValidator
from django.urls import URLPattern

__all__ = ["RoomDoor"]

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class RoomDoor:
    """Sockets from these origins to these addresses; who is refused has been answered by the judges."""

    def __init__(self, addresses: Iterable[URLPattern], origins: list[str]) -> None:
        inside = [URLPattern(each.pattern, _admitted(each.callback), name=each.name) for each in addresses]
        self.judges = OriginValidator(AuthMiddlewareStack(URLRouter(inside)), origins)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one socket. `scope` is emptied: whoever is let in has their own."""
        let_in: list[tuple[Application, dict[str, Any]]] = []
        await self.judges({**scope, "let_in": let_in}, receive, send)
        scope.clear()
        if let_in:
            application, own = let_in.pop()
            await application(own, receive, send)


def _admitted(application: Any) -> Application:
    """Stand where a socket's application would: note that it is the one, and with which scope."""

    async def note(scope: dict[str, Any], receive: Any, send: Any) -> None:
        scope["let_in"].append((application, scope))

    return note
