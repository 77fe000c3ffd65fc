"""This node as the one that says who its members are: its addresses, and the key that signs ID tokens.

The key is no actor's: it signs nothing else. It is sealed and rotated as the others are (`federation/keys.py`); one
that was replaced is still served for a day, so that a token on its way can be verified.
"""

from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.urls import reverse
from joserfc.jwk import RSAKey

from federation import keys
from federation.models import LocalKey
from federation.rules.signin import METHODS, SCOPES
from network import clock

__all__ = ["configuration", "key_set", "rotate", "signing_key"]

ALGORITHM = "RS256"
SERVED_AFTER = timedelta(days=1)


def _owner() -> str:
    return f"{settings.ORIGIN}{reverse('signin_keys')}"


def signing_key() -> RSAKey:
    """Return the private key with which ID tokens are signed now."""
    found = keys.signing_key(_owner(), "rsa")
    pem = found.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return RSAKey.import_key(pem, {"kid": found.key_id, "alg": ALGORITHM, "use": "sig"})


def key_set() -> dict[str, Any]:
    """Return the public keys (RFC 7517): the live one, and those replaced within a day. Never a stolen one."""
    keys.ensure_keys(_owner())
    since = clock.now() - SERVED_AFTER
    rows = LocalKey.objects.filter(owner=_owner(), algorithm="rsa", revoked_at=None).order_by("-pk")
    served = [row for row in rows if row.retired_at is None or row.retired_at > since]
    return {"keys": [_public(row) for row in served]}


def _public(row: LocalKey) -> dict[str, Any]:
    key = RSAKey.import_key(row.public_pem, {"kid": row.key_id, "alg": ALGORITHM, "use": "sig"})
    return dict(key.as_dict(private=False))


def rotate(*, stolen: bool = False, now: datetime) -> None:
    """Sign ID tokens with a new key from now on (`rotate_keys --sign-in`).

    A token made before is verified with the old key, served for a day yet; one of a stolen key by nobody. Open sessions
    and the acts that members had signed rest on other keys: nothing changes for them.
    """
    keys.rotate_keys(_owner(), stolen=stolen, now=now)


def configuration() -> dict[str, Any]:
    """Return the document of OpenID Connect Discovery and of RFC 8414."""
    at = {name: settings.ORIGIN + reverse(view) for name, view in ENDPOINTS.items()}
    return {
        "issuer": settings.ORIGIN,
        **at,
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": list(METHODS),
        "revocation_endpoint_auth_methods_supported": list(METHODS),
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "name", "preferred_username"],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


ENDPOINTS = {
    "authorization_endpoint": "signin_agree",
    "token_endpoint": "signin_token",
    "userinfo_endpoint": "signin_who",
    "jwks_uri": "signin_keys",
    "registration_endpoint": "signin_register",
    "revocation_endpoint": "signin_revoke",
    "act_signature_endpoint": "signin_sign",
}
