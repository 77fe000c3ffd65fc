"""What a test asks of a node from inside, in one process that stays: lines of JSON in, lines of JSON out.

Started by tests/outside/inside.py as `manage.py shell -c "from tests.outside.seed import serve; serve()"`. It answers
with the functions below, and with those of tests/federation/seed.py.
"""

import contextlib
import io
import json
import sys
import traceback
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation import actors, attested, keys, measures, nodes
from federation.errors import Refused
from federation.models import Node
from federation.rules import proofs
from network.clock import now
from network.models import Account
from tests.federation import seed

PREFIX = "told: "


def serve() -> None:
    """Answer each line `[name, arguments, named arguments]` until the input ends."""
    print(PREFIX + "ready", flush=True)
    for line in sys.stdin:
        try:
            answer = {"told": _call(*json.loads(line))}
        except Exception:  # noqa: BLE001 - the test reads it
            answer = {"error": traceback.format_exc()}
        print(PREFIX + json.dumps(answer), flush=True)


def _call(name: str, given: list[Any], named: dict[str, Any]) -> Any:  # noqa: ANN401
    if name in OWN:
        return OWN[name](*given, **named)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        getattr(seed, name)(*given, **named)
    return json.loads(out.getvalue().splitlines()[-1])


def follow_actor(username: str, uri: str) -> str:
    """Have a member follow somebody elsewhere; return the id of the Follow."""
    who = actors.remote_actor(uri, now=now())
    return nodes.ask(who, follower=Account.objects.get(username=username).member.uri).activity


def know(uri: str) -> None:
    """Fetch somebody elsewhere, so that members here can speak of them."""
    actors.know_member(uri, now=now())


def list_node(origin: str, actor: str) -> None:
    """Take a node as a peer whose Application accepted us before, whatever we thought of it."""
    Node.objects.filter(origin=origin).delete()
    with contextlib.redirect_stdout(io.StringIO()):
        seed.list_node(origin, actor)


def block(username: str, origin: str) -> None:
    """Have nothing to do with a node any more."""
    operator = Account.objects.get(username=username)
    measures.block(node_id=Node.objects.get(origin=origin).pk, actor=operator, reason="essai")


def prove(username: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return `document` with a proof by this member's key."""
    key = keys.signing_key(Account.objects.get(username=username).member.uri, "ed25519")
    if not isinstance(key.private, Ed25519PrivateKey):
        raise TypeError("not an Ed25519 key")
    return proofs.sign(document, private=key.private, method=key.key_id, now=now())


def verify(text: str) -> dict[str, str]:
    """Verify a proven object with its owner's key, fetched where it lives; tell owner and key, or why not."""
    try:
        found = attested.verify(text.encode(), source="", now=now())
    except Refused as refused:
        return {"refused": refused.code, "why": refused.why}
    return {"owner": found.owner, "key": found.key_id} if found else {}


OWN: dict[str, Callable[..., Any]] = {
    call.__name__: call for call in (follow_actor, know, list_node, block, prove, verify)
}
