"""What two nodes say to each other when somebody enters one with the other: shapes, decided without a request.

OpenID Connect Core and Discovery 1.0; RFC 6749, 7591 (registration), 7636 (PKCE), 8414 (metadata), 9207 (`iss`).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from federation.errors import Refused
from federation.rules.origins import host_of, is_plain, origin_of, port_of

__all__ = [
    "ACT_FIELDS",
    "SCOPES",
    "Registration",
    "act_document",
    "read_act",
    "read_metadata",
    "read_registration",
    "redirect_problem",
]

SCOPES = ("openid", "profile", "acts")
METHODS = ("client_secret_basic", "client_secret_post", "none")
MOST_REDIRECTS, URI_MAX, NAME_MAX = 3, 500, 120
LOOPBACK = frozenset({"localhost", "127.0.0.1"})
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint", "userinfo_endpoint")
EXTRA_ENDPOINTS = ("revocation_endpoint", "act_signature_endpoint")

CONTEXT = "https://w3id.org/security/data-integrity/v2"
ACT = "SignedAct"
ACT_FIELDS = ("actor", "collective", "place", "kind", "version", "call", "commitment", "key", "instant")
ACT_SKEW, ACT_AGE = timedelta(minutes=5), timedelta(days=14)  # early, and late: an act may have waited for us
_COMMITMENT = re.compile(r"sha256:[0-9a-f]{64}")
_KIND = re.compile(r"[a-z][a-z_]{0,39}")


# --- registering software -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Registration:
    """What is kept of a client's own description. Everything else it says (logo, keys, pages) is never read."""

    redirect_uris: tuple[str, ...]
    origin: str
    method: str
    name: str


def redirect_problem(uri: object, test_peers: Collection[str] = ()) -> str:
    """Return why software may not have people sent to this address, empty if it may.

    https, one plain spelling, no fragment; http only for the exact loopback ports of the test allowlist.

    >>> redirect_problem("https://n.example/entrer/retour")
    ''
    >>> redirect_problem("http://n.example/retour"), redirect_problem("https://n.example/#x")
    ('scheme', 'fragment')
    >>> redirect_problem("http://localhost:8001/retour", ["127.0.0.1:8001"])
    ''
    """
    if not isinstance(uri, str) or len(uri) > URI_MAX or not is_plain(uri) or "\\" in uri or "*" in uri:
        return "address"
    if urlsplit(uri).fragment or "#" in uri:
        return "fragment"
    if uri.startswith("https://"):
        return ""
    allowed = host_of(uri) in LOOPBACK and f"127.0.0.1:{port_of(uri)}" in test_peers
    return "" if allowed else "scheme"


def read_registration(said: Mapping[str, Any], test_peers: Collection[str] = ()) -> Registration:
    """Return what we keep of a registration request; raises Refused("json") with `why` for the field at fault."""
    uris = said.get("redirect_uris")
    if not isinstance(uris, list) or not 0 < len(uris) <= MOST_REDIRECTS:
        raise Refused("json", why="redirect_uris")
    for uri in uris:
        if problem := redirect_problem(uri, test_peers):
            raise Refused("json", why=f"redirect_uris: {problem}")
    if len({origin_of(uri) for uri in uris}) != 1:
        raise Refused("json", why="redirect_uris: several origins")
    for field, only in (("grant_types", "authorization_code"), ("response_types", "code")):
        given = said.get(field, [only])
        if not isinstance(given, list) or only not in given:
            raise Refused("json", why=field)
    method = said.get("token_endpoint_auth_method", METHODS[0])
    if method not in METHODS:
        raise Refused("json", why="token_endpoint_auth_method")
    name = said.get("client_name", "")
    printable = "".join(sign for sign in name if sign.isprintable()) if isinstance(name, str) else ""
    return Registration(tuple(uris), origin_of(uris[0]), str(method), " ".join(printable.split())[:NAME_MAX])


# --- what a home node says of itself --------------------------------------------------------------------------


def read_metadata(said: Mapping[str, Any], issuer: str) -> dict[str, str]:
    """Return the addresses of a node's configuration; raises Refused("origin") unless it speaks for `issuer` alone.

    Its own name must be the origin that served it (mix-up), and every address must lie on that origin: nothing that
    a node says leads us, a code, a secret or a token to anybody else.
    """
    if said.get("issuer") != issuer:
        raise Refused("origin", why="issuer")
    found: dict[str, str] = {}
    for name in (*ENDPOINTS, *EXTRA_ENDPOINTS):
        address = said.get(name)
        if address is None and name in EXTRA_ENDPOINTS:
            continue
        if not isinstance(address, str) or not is_plain(address) or origin_of(address) != issuer or "#" in address:
            raise Refused("origin", why=name)
        found[name] = address
    if "S256" not in _listed(said, "code_challenge_methods_supported"):
        raise Refused("context", why="PKCE")
    if said.get("authorization_response_iss_parameter_supported") is not True:
        raise Refused("context", why="RFC 9207")
    return found


def _listed(said: Mapping[str, Any], name: str) -> list[Any]:
    value = said.get(name)
    return value if isinstance(value, list) else []


# --- acts that a home node signs ------------------------------------------------------------------------------


def act_document(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document that is signed for an act: exactly these members, so that whoever rebuilds it agrees."""
    return {"@context": [CONTEXT], "type": ACT, **{name: facts[name] for name in ACT_FIELDS}}


def read_act(said: Mapping[str, Any], *, actor: str, client_origin: str, now: datetime) -> dict[str, Any]:
    """Return the document to sign for `actor`; raises Refused unless it is one, now, at the node that asks.

    A client has acts signed for its own collectives and places only; it cannot add a member or a meaning.
    """
    if set(said) != {"@context", "type", *ACT_FIELDS} or said.get("@context") != [CONTEXT] or said.get("type") != ACT:
        raise Refused("json", why="members")
    if said["actor"] != actor:
        raise Refused("owner", why="actor")
    for name in ("collective", "place"):
        address = said[name]
        if not isinstance(address, str) or not is_plain(address) or origin_of(address) != client_origin:
            raise Refused("origin", why=name)
    if not all(_whole(said[name]) for name in ("version", "call")):
        raise Refused("json", why="number")
    if not _fits(_KIND, said["kind"]) or not _fits(_COMMITMENT, said["commitment"]) or not _is_key(said["key"]):
        raise Refused("json", why="form")
    if not -ACT_SKEW <= now - _instant(said["instant"]) <= ACT_AGE:
        raise Refused("sig-stale", why="instant")
    return act_document(said)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_key(value: object) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False


def _instant(value: object) -> datetime:
    try:
        found = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise Refused("json", why="instant") from error
    if found.tzinfo is None:
        raise Refused("json", why="instant")
    return found.astimezone(UTC)
