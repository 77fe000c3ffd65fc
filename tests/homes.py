"""Another node as a home: it registers software and says who its people are, honestly or not. Shares no code with ours.

`home = Home(peer)` serves at the peer's origin; `home.lies` changes what the ID token says, `home.forge` how it is
signed. Its people have Ed25519 keys with which it signs their acts, unless `home.signs` says otherwise.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from network import clock
from tests.peers import Peer, PeerActor
from tests.signing import multibase, new_key

AUTHORIZE = "/entrer/accord"
SECRET = "un-secret-de-client"


def b64(raw: bytes) -> str:
    """Return base64url without padding (RFC 7515)."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Home:
    """The sign-in half of a peer."""

    def __init__(self, peer: Peer) -> None:
        self.peer, self.key, self.kid = peer, new_key(), "clef-1"
        self.lies: dict[str, Any] = {}
        self.forge: Callable[[dict[str, Any]], str] | None = None
        self.metadata: dict[str, Any] = {}
        self.token_status, self.who_status, self.register_status, self.sign_status = 200, 200, 201, 200
        self.challenges: dict[str, dict[str, str]] = {}
        self.signed: list[dict[str, Any]] = []
        self.sign: Callable[[dict[str, Any]], dict[str, Any]] = self._sign
        self.edwards: dict[str, Ed25519PrivateKey] = {}
        self.person: PeerActor | None = None
        self.registrations = 0
        for path, view in {
            "/.well-known/openid-configuration": self._configuration,
            "/entrer/cles": lambda handler: _say(handler, {"keys": [self.jwk()]}),
            "/entrer/logiciels": self._register,
            "/entrer/jeton": self._token,
            "/entrer/jeton/retirer": lambda handler: _say(handler, {}),
            "/entrer/qui": self._who,
            "/entrer/signer": self._act,
        }.items():
            peer.pages[path] = view

    def resident(self, name: str) -> PeerActor:
        """Return somebody of this node, whose document lists an Ed25519 key; the one who enters next."""
        self.person = self.peer.actor(name)
        private = self.edwards.setdefault(self.person.uri, Ed25519PrivateKey.generate())
        raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        key = {"id": f"{self.person.uri}#ed25519-key", "type": "Multikey", "controller": self.person.uri}
        self.person.extra["assertionMethod"] = [{**key, "publicKeyMultibase": multibase(raw)}]
        resource = f"acct:{name}@{self.peer.origin.partition('://')[2]}"
        link = {"rel": "self", "type": "application/activity+json", "href": self.person.uri}
        document = {"subject": resource, "links": [link]}
        query = urlencode({"resource": resource}, safe="")
        self.peer.serve(f"/.well-known/webfinger?{query}", document, content_type="application/jrd+json")
        return self.person

    def agree(self, address: str) -> dict[str, str]:
        """Do as the person does at their node's consent page: return the parameters with which they are sent back."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = f"code-{len(self.challenges)}"
        self.challenges[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.peer.origin}

    def jwk(self) -> dict[str, str]:
        numbers = self.key.public_key().public_numbers()
        return {"kty": "RSA", "kid": self.kid, "use": "sig", "alg": "RS256", "n": _number(numbers.n), "e": "AQAB"}

    def jws(self, claims: dict[str, Any], *, header: dict[str, Any] | None = None, key: Any = None) -> str:
        """Return claims signed with RS256, or as `header` says: `none`, or HS256 with `key` as the secret."""
        header = {"alg": "RS256", "kid": self.kid, **(header or {})}
        text = ".".join(b64(json.dumps(part).encode()) for part in (header, claims))
        if header["alg"] == "none":
            return f"{text}."
        if header["alg"] == "HS256":
            return f"{text}.{b64(hmac.new(key, text.encode(), hashlib.sha256).digest())}"
        return f"{text}.{b64((key or self.key).sign(text.encode(), PKCS1v15(), SHA256()))}"

    def claims(self, asked: dict[str, str], client_id: str) -> dict[str, Any]:
        now = int(clock.now().timestamp())
        true = {"iss": self.peer.origin, "sub": self.person.uri, "aud": client_id, "iat": now, "exp": now + 300}
        said = {**true, "nonce": asked["nonce"], **self.lies}
        return {name: value for name, value in said.items() if value is not None}

    # --- what it answers ------------------------------------------------------------------------------------

    def _configuration(self, handler: BaseHTTPRequestHandler) -> None:
        origin = self.peer.origin
        said = {
            "issuer": origin,
            "authorization_endpoint": origin + AUTHORIZE,
            "token_endpoint": f"{origin}/entrer/jeton",
            "jwks_uri": f"{origin}/entrer/cles",
            "registration_endpoint": f"{origin}/entrer/logiciels",
            "userinfo_endpoint": f"{origin}/entrer/qui",
            "revocation_endpoint": f"{origin}/entrer/jeton/retirer",
            "act_signature_endpoint": f"{origin}/entrer/signer",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }
        _say(handler, {name: value for name, value in said.items() if value is not None})

    def _register(self, handler: BaseHTTPRequestHandler) -> None:
        self.registrations += 1
        said = {"client_id": f"client-{self.registrations}", "client_secret": SECRET}
        _say(handler, said, self.register_status)

    def _token(self, handler: BaseHTTPRequestHandler) -> None:
        form = dict(parse_qsl(handler.seen.body.decode()))
        asked = self.challenges.get(form.get("code", ""), {})
        made = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if self.token_status != 200 or made != asked.get("code_challenge"):
            _say(handler, {"error": "invalid_grant"}, max(self.token_status, 400))
            return
        claims = self.claims(asked, asked["client_id"])
        token = self.forge(claims) if self.forge else self.jws(claims)
        said = {"access_token": f"jeton-{form['code']}", "token_type": "Bearer", "expires_in": 43200, "id_token": token}
        _say(handler, {**said, "scope": "openid profile acts"})

    def _who(self, handler: BaseHTTPRequestHandler) -> None:
        _say(handler, {"sub": self.person.uri}, self.who_status)

    def _act(self, handler: BaseHTTPRequestHandler) -> None:
        said = json.loads(handler.seen.body)
        self.signed.append(said)
        _say(handler, self.sign(said), self.sign_status)

    def _sign(self, said: dict[str, Any]) -> dict[str, Any]:
        """Return what is said with a proof of FEP-8b32, made by hand."""
        options = {
            "@context": said["@context"],
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "created": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
            "verificationMethod": f"{said['actor']}#ed25519-key",
            "proofPurpose": "assertionMethod",
        }
        digest = b"".join(hashlib.sha256(rfc8785.dumps(part)).digest() for part in (options, said))
        return {**said, "proof": {**options, "proofValue": _base58(self.edwards[said["actor"]].sign(digest))}}


def _base58(raw: bytes) -> str:
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return "z" + "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def _say(handler: BaseHTTPRequestHandler, document: dict[str, Any], status: int = 200) -> None:
    body = json.dumps(document).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


__all__ = ["AUTHORIZE", "Home", "b64"]
