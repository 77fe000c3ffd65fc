"""Somebody enters this node with their own: which node that is, the way there, and what they bring back.

Nothing is believed but what the home node's own origin serves, over the one window. What lies between leaving and
coming back is in the browser's own session here: an answer that this browser did not ask for is worth nothing.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from cryptography.fernet import Fernet
from django.conf import settings
from django.urls import reverse

from federation import actors, client, speaking
from federation.errors import Refused, Unreachable, Untranslatable
from federation.models import RemoteActor, SignInIssuer
from federation.queries import is_ours, may_exchange
from federation.rules import handles
from federation.rules.origins import is_plain, origin_of
from federation.rules.signin import SCOPES, read_metadata
from federation.signin import id_tokens
from governance.errors import Invalid, NotEntitled, WrongState
from network import clock
from network.models import Member, NodeProfile

__all__ = ["Arrived", "Departure", "arrive", "depart"]

PENDING_LIVES = 600  # seconds between leaving and coming back
PEOPLE = {"Person", "Organization"}


@dataclass(frozen=True)
class Departure:
    """Where the browser goes (`address`, at `node`), and what its session here keeps until it is back."""

    address: str
    node: str
    state: str
    kept: dict[str, Any]


@dataclass(frozen=True)
class Arrived:
    """Somebody whose node said who they are, verified: nothing is written yet but their row as a member of others."""

    member: Member
    issuer: SignInIssuer
    token: str
    scope: str
    seconds: int


def depart(written: str, *, next_page: str = "") -> Departure:
    """Return the way to the node that `written` names: @name@node, the node's address, or a page there.

    Raises Invalid (field `home`): home_malformed, home_is_here. NotEntitled `home_not_spoken_with`. WrongState:
    federation_off, home_unreachable, home_unknown_person, home_without_entry, home_refuses_us.
    """
    if not settings.FEDERATION_ON:
        raise WrongState("federation_off")
    issuer, expected = _home_of(written)
    row = _registered(issuer)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    parameters = {
        "response_type": "code",
        "client_id": row.client_id,
        "redirect_uri": _return_address(),
        "scope": " ".join(SCOPES),
        "state": state,
        "nonce": nonce,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    address = row.metadata["authorization_endpoint"]
    kept = {
        "issuer": issuer,
        "client_id": row.client_id,
        "nonce": nonce,
        "verifier": verifier,
        "expected": expected,
        "next": next_page,
        "until": int(clock.now().timestamp()) + PENDING_LIVES,
    }
    return Departure(f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}", issuer, state, kept)


def _return_address() -> str:
    return settings.ORIGIN + reverse("enter_return")


def _home_of(written: str) -> tuple[str, str]:
    """Return the origin of the home node, and the address of the person if they wrote who they are."""
    plain_http = bool(settings.FEDERATION_TEST_PEERS) or settings.ORIGIN.startswith("http:")
    try:
        asked = handles.read(written, plain_http=plain_http)
    except ValueError as error:
        raise Invalid("home_malformed", field="home") from error
    if is_ours(asked.origin):
        raise Invalid("home_is_here", field="home")
    if not may_exchange(asked.origin):
        raise NotEntitled("home_not_spoken_with", node=_host(asked.origin))
    if not asked.resource.startswith("acct:"):
        return asked.origin, ""
    try:
        return asked.origin, actors.discover(written)
    except Untranslatable as error:
        raise WrongState("home_unknown_person", node=_host(asked.origin), field="home") from error
    except Unreachable as error:
        code = "home_unknown_person" if error.gone else "home_unreachable"
        raise WrongState(code, node=_host(asked.origin), field="home") from error


def _host(origin: str) -> str:
    return origin.partition("://")[2]


# --- being known there ----------------------------------------------------------------------------------------


def _registered(issuer: str) -> SignInIssuer:
    """Return how we are registered at a node, registering first, or again if it has forgotten us."""
    node = _host(issuer)
    try:
        metadata = read_metadata(client.get_json(f"{issuer}/.well-known/openid-configuration").document, issuer)
        known = SignInIssuer.objects.filter(issuer=issuer).first()
        if known is not None and _still_known(known, metadata):
            SignInIssuer.objects.filter(pk=known.pk).update(metadata=metadata)
            known.metadata = metadata
            return known
        return _register(issuer, metadata)
    except Unreachable as error:
        code = "home_without_entry" if error.gone or error.code == "media-type" else "home_unreachable"
        raise WrongState(code, node=node, field="home", why=error.code) from error
    except Refused as error:
        raise WrongState("home_without_entry", node=node, field="home", why=error.why) from error


def _still_known(row: SignInIssuer, metadata: Mapping[str, str]) -> bool:
    """Whether the node still knows us: it answers our password with anything but « who are you? »."""
    address = metadata.get("revocation_endpoint")
    if address is None:
        return True
    reply = speaking.send_form(address, {"token": "none"}, authorization=_password(row))
    return reply.status not in {400, 401}


def _register(issuer: str, metadata: dict[str, str]) -> SignInIssuer:
    profile = NodeProfile.objects.first()
    asked = {
        "client_name": profile.name if profile else settings.ORIGIN,
        "redirect_uris": [_return_address()],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": " ".join(SCOPES),
    }
    reply = speaking.send_json(metadata["registration_endpoint"], asked)
    client_id, secret = reply.document.get("client_id"), reply.document.get("client_secret")
    if not reply.good or not _fits(client_id) or not _fits(secret):
        raise WrongState("home_refuses_us", node=_host(issuer), field="home", status=reply.status)
    values = {
        "client_id": client_id,
        "secret_sealed": _fernet().encrypt(str(secret).encode()),
        "metadata": metadata,
        "registered_at": clock.now(),
    }
    return SignInIssuer.objects.update_or_create(issuer=issuer, defaults=values)[0]


def _fits(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 500


def _fernet() -> Fernet:
    return Fernet(settings.WRAPPING_KEY)


def _password(row: SignInIssuer) -> str:
    return speaking.basic(row.client_id, _fernet().decrypt(bytes(row.secret_sealed)).decode())


# --- coming back ----------------------------------------------------------------------------------------------


def arrive(said: Mapping[str, str], kept: Mapping[str, Any] | None) -> Arrived:
    """Return who came back with these parameters; `kept` is what this browser's session has under their `state`.

    Raises WrongState: entry_state (not asked for here, too late), entry_mixed_up, entry_declined, entry_failed,
    home_unreachable, entry_forged. NotEntitled: entry_stranger (their node names somebody who is not its own),
    entry_other_person, entry_gone, home_not_spoken_with.
    """
    if kept is None or kept["until"] < clock.now().timestamp():
        raise WrongState("entry_state")
    issuer, node = str(kept["issuer"]), _host(str(kept["issuer"]))
    if said.get("iss") != issuer:
        raise WrongState("entry_mixed_up", node=node)
    if said.get("error"):
        raise WrongState("entry_declined" if said["error"] == "access_denied" else "entry_failed", node=node)
    row = SignInIssuer.objects.filter(issuer=issuer, client_id=kept["client_id"]).first()
    if row is None or not said.get("code"):
        raise WrongState("entry_state")
    if not may_exchange(issuer):
        raise NotEntitled("home_not_spoken_with", node=node)
    try:
        brought = _exchange(row, said["code"], kept)
        claims = id_tokens.read(
            brought.get("id_token"),
            jwks=client.get_json(row.metadata["jwks_uri"], media_types=JWKS_TYPES).document,
            issuer=issuer,
            client_id=row.client_id,
            nonce=str(kept["nonce"]),
            access_token=str(brought["access_token"]),
        )
        member = _member(str(claims["sub"]), issuer, str(kept["expected"]))
    except Unreachable as error:
        raise WrongState("home_unreachable", node=node, why=error.code) from error
    except Refused as error:
        raise WrongState("entry_forged", node=node, why=error.why) from error
    except Untranslatable as error:
        raise NotEntitled("entry_stranger", node=node, why=error.code) from error
    return Arrived(member, row, str(brought["access_token"]), _scope(brought), _seconds(brought))


JWKS_TYPES = ("application/jwk-set+json", "application/json")
LONGEST = 12 * 3600  # seconds of one session, whatever the home node says


def _exchange(row: SignInIssuer, code: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _return_address(),
        "code_verifier": str(kept["verifier"]),
    }
    reply = speaking.send_form(row.metadata["token_endpoint"], fields, authorization=_password(row))
    token = reply.document.get("access_token")
    kind = str(reply.document.get("token_type", "")).lower()
    if not reply.good or not isinstance(token, str) or not 0 < len(token) <= 4096 or kind != "bearer":
        raise WrongState("entry_failed", node=_host(row.issuer), why=str(reply.document.get("error", ""))[:40])
    return reply.document


def _member(sub: str, issuer: str, expected: str) -> Member:
    """Return the member whom the node names: one of its own, read at their own address, as another's would be."""
    node = _host(issuer)
    if not is_plain(sub) or origin_of(sub) != issuer or is_ours(sub):
        raise NotEntitled("entry_stranger", node=node)
    if expected and sub != expected:
        raise NotEntitled("entry_other_person", node=node)
    actors.know_member(sub, now=clock.now(), again=True)
    member = Member.objects.filter(uri=sub, local=False).first()
    if member is None or not RemoteActor.objects.filter(uri=sub, kind__in=PEOPLE).exists():
        raise NotEntitled("entry_stranger", node=node)
    if member.gone_at is not None or member.muted:
        raise NotEntitled("entrance_gone", node=node)
    return member


def _scope(brought: Mapping[str, Any]) -> str:
    given = brought.get("scope", " ".join(SCOPES))
    return " ".join(each for each in SCOPES if isinstance(given, str) and each in given.split())


def _seconds(brought: Mapping[str, Any]) -> int:
    given = brought.get("expires_in")
    return min(given, LONGEST) if isinstance(given, int) and not isinstance(given, bool) and given > 0 else 3600
