"""Binding acts of people of other nodes, signed there by their own key: asked for here, verified, and by anybody."""

from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings

from federation import actors, multikeys, speaking
from federation.errors import Refused, Unreachable, Untranslatable
from federation.models import Entrance
from federation.queries import may_exchange
from federation.rules import proofs
from federation.rules.origins import host_of
from federation.rules.signin import act_document
from governance.errors import WrongState
from network import clock
from network.models import Member

__all__ = ["have_signed", "verify"]


def have_signed(member: Member, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Ask a member's node to sign an act, and return the document with its proof, verified.

    With the token of a session that they have open here. Raises WrongState: signature_no_session,
    signature_unreachable (nobody answers; may pass), signature_refused (their node says no, or signs something else).
    The instant may be earlier than asked: that of the same act, signed when it was tried before.
    """
    node = host_of(member.origin)
    entrance = _live(member)
    if entrance is None or not may_exchange(member.origin):
        raise WrongState("signature_no_session", node=node)
    address = entrance.issuer.metadata.get("act_signature_endpoint", "")
    token = Fernet(settings.WRAPPING_KEY).decrypt(bytes(entrance.token_sealed)).decode()
    asked = act_document(facts)
    try:
        reply = speaking.send_json(address, asked, authorization=speaking.bearer(token))
        if not reply.good:
            raise WrongState("signature_refused", node=node, status=reply.status)
        verify(reply.document, asked)
    except Unreachable as error:
        raise WrongState("signature_unreachable", node=node, why=error.code) from error
    except (Refused, Untranslatable) as error:
        raise WrongState("signature_refused", node=node, why=error.code) from error
    return reply.document


def _live(member: Member) -> Entrance | None:
    rows = Entrance.objects.filter(account__member=member, ended_at=None, expires_at__gt=clock.now())
    found = rows.select_related("issuer").order_by("-entered_at")
    return next((row for row in found if "acts" in row.scope.split()), None)


def verify(document: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Return if `document` is `asked` with a proof by a key of its actor; raise Refused, or Unreachable for a key.

    Keys are those that the actor's document lists at its own origin (FEP-521a); nothing the signer sends is believed.
    """
    bare = {name: value for name, value in document.items() if name != "proof"}
    if bare.keys() != dict(asked).keys() or any(bare[name] != asked[name] for name in bare if name != "instant"):
        raise Refused("proof", why="another act")
    if not isinstance(bare["instant"], str) or bare["instant"] > asked["instant"]:  # one form: they sort as text
        raise Refused("proof", why="instant")
    proof = proofs.read(document, now=clock.now())
    actor = str(asked["actor"])
    if multikeys.owner_of(proof.method) != actor:
        raise Refused("proof", why="not a key of the actor")
    row = multikeys.known_key(proof.method)
    if row is None:
        actors.fetch(actor, now=clock.now())  # learns the keys that the actor lists
        row = multikeys.known_key(proof.method)
    if row is None or row.owner != actor:
        raise Refused("proof", why="key not listed")
    if not proofs.is_plain(document):  # the register cites it: what cannot stand there would stop what is decided
        raise Refused("proof", why="form")
    if not proofs.verifies(proof, multikeys.usable(row, proof.created)):
        raise Refused("proof", why="signature")
