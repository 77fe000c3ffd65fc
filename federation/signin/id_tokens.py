"""ID tokens of other nodes (OpenID Connect Core 3.1.3.7), by joserfc and Authlib: every check, or nothing."""

from collections.abc import Mapping
from typing import Any

from authlib.oidc.core import CodeIDToken
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from federation.errors import Refused
from network import clock

__all__ = ["read"]

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]  # signatures only: never « none », never a shared secret
LEEWAY = 120  # seconds that two nodes' clocks may differ
OLDEST = 600  # seconds since it was made
TOKEN_MAX, KEYS_MAX, RSA_BITS = 16_384, 16, 2048


def read(
    token: object, *, jwks: Mapping[str, Any], issuer: str, client_id: str, nonce: str, access_token: str
) -> dict[str, Any]:
    """Return the claims of an ID token made by `issuer`, for us, now, for this very request; raise Refused("proof")."""
    if not isinstance(token, str) or not 0 < len(token) <= TOKEN_MAX:
        raise Refused("proof", why="no ID token")
    try:
        decoded = jwt.decode(token, _keys(jwks), algorithms=ALGORITHMS)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}},
            {"nonce": nonce, "client_id": client_id, "access_token": access_token},
        )
        claims.validate(now=int(clock.now().timestamp()), leeway=LEEWAY)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Refused("proof", why=f"ID token: {type(error).__name__}") from error
    made, audience = claims.get("iat"), claims.get("aud")
    if audience not in (client_id, [client_id]):
        raise Refused("proof", why="ID token: for others too")
    if not isinstance(made, int) or abs(clock.now().timestamp() - made) > OLDEST + LEEWAY:
        raise Refused("proof", why="ID token: too old")
    return dict(claims)


def _keys(jwks: Mapping[str, Any]) -> KeySet:
    listed = jwks.get("keys")
    if not isinstance(listed, list) or not 0 < len(listed) <= KEYS_MAX:
        raise ValueError("keys")
    public = [key for key in listed if isinstance(key, dict) and key.get("kty") in {"RSA", "EC", "OKP"}]
    found = KeySet.import_key_set({"keys": public})
    for key in found.keys:
        public_key = key.raw_value
        if isinstance(public_key, RSAPublicKey) and public_key.key_size < RSA_BITS:
            raise ValueError("a weak key")
    return found
