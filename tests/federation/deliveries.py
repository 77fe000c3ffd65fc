"""Messages to deliver, and peers that answer them as they like: for tests of what goes out."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from federation import dispatch, outbox
from federation.models import Delivery
from federation.queries import node_actor
from tests.conftest import Clock
from tests.peers import AS2, Peer

ORIGIN = "http://localhost:8000"


def queue(number: int, *inboxes: str, about: str = "", kind: str = "Create", object_type: str = "Note") -> None:
    """Queue a message of the node; messages about the same `about` keep their order."""
    uri = f"{ORIGIN}/a/{number}"
    thing = {"id": about or f"{ORIGIN}/n/{number}", "type": object_type}
    message = {"@context": AS2, "id": uri, "type": kind, "actor": node_actor(), "to": [], "object": thing}
    outbox.queue(message, thing["id"], inboxes)


def inbox(peer: Peer, path: str = "/inbox") -> str:
    return peer.origin + path


def received(peer: Peer) -> list[dict]:
    """Return the messages that a peer got, in order."""
    return [json.loads(seen.body) for seen in peer.seen if seen.method == "POST"]


def numbers(peer: Peer) -> list[int]:
    """Return the numbers of the messages that a peer got, in order."""
    return [int(message["id"].rpartition("/")[2]) for message in received(peer)]


def answering(peer: Peer, rule: Callable[[dict], int], path: str = "/inbox") -> None:
    """Let the peer's inbox answer each message with the status that `rule` says."""

    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(rule(json.loads(handler.seen.body)))  # type: ignore[attr-defined]
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    peer.pages[path] = page


def refusing_rfc9421(peer: Peer, status: int, path: str = "/inbox") -> None:
    """Let the peer's inbox take only the older form of signatures."""

    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status if "Signature-Input" in handler.headers else 202)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    peer.pages[path] = page


def states() -> dict[int, str]:
    """Return number of the message → state of its (one) delivery."""
    return {int(uri.rpartition("/")[2]): state for uri, state in Delivery.objects.values_list("activity__uri", "state")}


def waits(clock: Clock) -> list[float]:
    """Return the hours until each queued row is due, sorted."""
    due = Delivery.objects.filter(state="queued").values_list("next_attempt_at", flat=True)
    return sorted((at - clock.instant).total_seconds() / 3600 for at in due)


def rounds(clock: Clock, number: int, **span: float) -> None:
    """Deliver again and again, with time between."""
    for _ in range(number):
        dispatch.deliver_due()
        clock.advance(**span)
