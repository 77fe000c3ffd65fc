"""What this node answers to software that has people enter elsewhere with it. Pages for people are in `frontend`."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from federation.errors import Refused
from federation.models import SignInToken
from federation.rules import strict_json
from federation.signin import clients, issuer, server, signing
from federation.views.answers import federated, federated_post, problem
from network import rates

__all__ = ["configuration", "keys", "register", "revoke", "sign", "token", "who"]

REGISTRATIONS, REGISTRATIONS_S = 5, 600  # from one address, seconds
ASKED, ASKED_S = 300, 300
BODY_MAX = 16 * 1024


@federated
def configuration(request: HttpRequest) -> HttpResponseBase:
    """Say what this node offers to those who ask who its members are."""
    return _open(JsonResponse(issuer.configuration()))


@federated
def keys(request: HttpRequest) -> HttpResponseBase:
    """Serve the public keys of ID tokens."""
    answer = _open(JsonResponse(issuer.key_set()))
    answer["Cache-Control"] = "public, max-age=300"
    return answer


def _open(answer: HttpResponse) -> HttpResponse:
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@federated_post
def register(request: HttpRequest) -> HttpResponseBase:
    """Register software (RFC 7591): 201 with its secret, told this once."""
    if refusal := _turned_away(request, "signin-register", REGISTRATIONS, REGISTRATIONS_S):
        return refusal
    try:
        return _private(JsonResponse(clients.register(_json(request)), status=201))
    except Refused as refused:
        return _client_error(refused)


def _client_error(refused: Refused) -> HttpResponse:
    if refused.status not in {400, 413}:
        return _refused(refused)
    code = "invalid_redirect_uri" if refused.why.startswith("redirect_uris") else "invalid_client_metadata"
    return _private(JsonResponse({"error": code, "error_description": refused.why}, status=400))


@federated_post
def token(request: HttpRequest) -> HttpResponseBase:
    """Exchange a code for tokens (RFC 6749 4.1.3)."""
    if refusal := _turned_away(request, "signin-token", ASKED, ASKED_S):
        return refusal
    return _private(server.token(request))


@federated_post
def revoke(request: HttpRequest) -> HttpResponseBase:
    """Withdraw a token (RFC 7009)."""
    if refusal := _turned_away(request, "signin-token", ASKED, ASKED_S):
        return refusal
    return _private(server.revoke(request))


@federated
def who(request: HttpRequest) -> HttpResponseBase:
    """Say who the holder of a token is: the claims of their ID token, while both still hold."""
    held = server.holder(request.headers.get("Authorization", ""), "openid")
    if held is None:
        return _no_token()
    return _private(JsonResponse(server.claims(held.account, held.scope)))


@federated_post
def sign(request: HttpRequest) -> HttpResponseBase:
    """Sign an act of the holder of a token, with their own key."""
    if refusal := _turned_away(request, "signin-sign", ASKED, ASKED_S):
        return refusal
    held: SignInToken | None = server.holder(request.headers.get("Authorization", ""), "acts")
    if held is None:
        return _no_token()
    try:
        return _private(JsonResponse(signing.sign_act(held, _json(request))))
    except Refused as refused:
        return _refused(refused)


def _turned_away(request: HttpRequest, bucket: str, most: int, period: int) -> HttpResponse | None:
    if request.method != "POST":
        return problem(405, "method", {"Allow": "POST"})
    if wait := rates.allow(bucket, rates.address_bucket(rates.address_of(request.META)), _most(request, most), period):
        return problem(429, "rate", {"Retry-After": str(wait)})
    return None


def _most(request: HttpRequest, most: int) -> int:
    """An address on the test allowlist gets raised limits, as at the gate."""
    address = rates.address_of(request.META)
    return most * 20 if any(peer.rpartition(":")[0] == address for peer in settings.FEDERATION_TEST_PEERS) else most


def _json(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise Refused("media-type")
    if len(request.body) > BODY_MAX:
        raise Refused("size")
    return strict_json.parse(request.body)


def _refused(refused: Refused) -> HttpResponse:
    headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else None
    return problem(refused.status, refused.code, headers)


def _no_token() -> HttpResponse:
    return problem(401, "token", {"WWW-Authenticate": 'Bearer error="invalid_token"', "Cache-Control": "no-store"})


def _private(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    return answer
