"""What this node signs for its members at other nodes: commitments to acts, with the member's own key."""

import logging
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import IntegrityError, transaction

from federation import keys
from federation.errors import Refused
from federation.models import SignedAct, SignInToken
from federation.rules import proofs
from federation.rules.signin import read_act
from network import clock, rates

__all__ = ["sign_act"]

MOST, PERIOD = 120, 3600  # acts of one member, seconds
security = logging.getLogger("toile.security")


def sign_act(token: SignInToken, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the act with a proof by the member's key; the same act under the same key gets the same proof again.

    Raises Refused: json, owner, origin, sig-stale, replay (409: the key was used for another act), rate.
    """
    account, instant = token.account, clock.now()
    member = account.member
    if member is None:
        raise Refused("owner", why="no member")
    document = read_act(said, actor=member.uri, client_origin=token.client.origin, now=instant)
    kept = _kept(token, document)
    if kept is not None:
        return kept
    if wait := rates.allow("sign-act", member.uri, MOST, PERIOD):
        raise Refused("rate", retry_after=wait, why="acts")
    key = keys.signing_key(member.uri, "ed25519")
    if not isinstance(key.private, Ed25519PrivateKey):
        raise TypeError("not an Ed25519 key")
    signed = proofs.sign(document, private=key.private, method=key.key_id, now=instant)
    try:
        with transaction.atomic():
            SignedAct.objects.create(
                account=account, client=token.client, origin=token.client.origin, key=document["key"], document=signed,
                signed_at=instant,
            )  # fmt: skip
    except IntegrityError:
        return _kept(token, document) or signed
    security.info("act signed for %s at %s", member.uri, token.client.origin)
    return signed


def _kept(token: SignInToken, document: dict[str, Any]) -> dict[str, Any] | None:
    row = SignedAct.objects.filter(account=token.account, origin=token.client.origin, key=document["key"]).first()
    if row is None:
        return None
    kept: dict[str, Any] = row.document
    # The instant is that of the first try: whoever asks again may have lost our answer.
    if any(kept.get(name) != value for name, value in document.items() if name != "instant"):
        raise Refused("replay", 409, why="key used for another act")
    return kept
