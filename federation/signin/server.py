"""This node's authorization server: Authlib's grants over our rows. Code flow only, PKCE with S256 only.

`ask` and `answer` are the consent page's two halves; `token`, `revoke` answer clients; `holder` reads a token.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.django_oauth2 import AuthorizationServer as DjangoServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from federation.models import SignInClient, SignInCode, SignInToken
from federation.queries import may_exchange
from federation.signin import issuer
from federation.signin.adapters import Client, Code, Request, Token
from federation.signin.clients import digest
from network import clock
from network.models import Account
from network.queries.members import member_for

__all__ = ["Asked", "answer", "ask", "holder", "revoke", "revoke_all", "token"]

CODE_LIVES = timedelta(seconds=60)
TOKEN_LIVES = timedelta(hours=12)
ID_TOKEN_LIVES = 300  # seconds
NOT_READ = ("request", "request_uri")  # parameters that would have us fetch, or read what nobody signed to us


@dataclass(frozen=True)
class Asked:
    """A request that may be granted: who asks, where people go afterwards, and what is asked for."""

    client: SignInClient
    redirect_uri: str
    scope: tuple[str, ...]


class _Grant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]

    def save_authorization_code(self, code: str, request: Any) -> None:  # noqa: ANN401
        said = request.payload.data
        SignInCode.objects.create(
            digest=digest(code),
            client=request.client.row,
            account=request.user,
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            nonce=said.get("nonce", ""),
            challenge=said["code_challenge"],
            auth_time=request.user.last_login or clock.now(),
            expires_at=clock.now() + CODE_LIVES,
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """Take the code: of two who bring it one gets it, and if it comes again all that it gave is withdrawn."""
        rows = SignInCode.objects.filter(digest=digest(code), client=client.row)
        if rows.filter(used_at=None, expires_at__gt=clock.now()).update(used_at=clock.now()):
            return Code(rows.select_related("account__member").get())
        SignInToken.objects.filter(code__in=rows, revoked_at=None).update(revoked_at=clock.now())
        return None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Leave the used code until its end: it is how a second use is recognised."""

    def authenticate_user(self, authorization_code: Code) -> Account | None:
        account = authorization_code.row.account
        return account if is_resident(account) else None


class _OnlyS256(CodeChallenge):
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:  # noqa: ANN401
        said = grant.request.payload.data
        if not said.get("code_challenge") or said.get("code_challenge_method") != "S256":
            raise InvalidRequestError("'code_challenge' with S256 is required")
        super().validate_code_challenge(grant, redirect_uri)

    def get_authorization_code_challenge(self, authorization_code: Code) -> str:
        return authorization_code.row.challenge

    def get_authorization_code_challenge_method(self, authorization_code: Code) -> str:
        return "S256"


class _OpenID(OpenIDCode):
    def exists_nonce(self, nonce: str, request: Any) -> bool:  # noqa: ANN401
        return (
            len(nonce) > 200
            or "\0" in nonce
            or SignInCode.objects.filter(nonce=nonce, client=request.client.row).exists()
        )

    def get_client_algorithm(self, client: Client) -> str:
        return issuer.ALGORITHM

    def get_encode_header(self, client: Client) -> dict[str, Any]:
        return {"alg": issuer.ALGORITHM, "kid": issuer.signing_key().kid}

    def resolve_client_private_key(self, client: Client) -> Any:  # noqa: ANN401
        return issuer.signing_key()

    def get_compatible_claims(self, request: Any) -> dict[str, Any]:  # noqa: ANN401
        at = int(clock.now().timestamp())
        return {"iss": settings.ORIGIN, "aud": request.client.get_client_id(), "iat": at, "exp": at + ID_TOKEN_LIVES}

    def generate_user_info(self, user: Account, scope: str) -> dict[str, str]:
        return claims(user, scope)


class _Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        row = SignInToken.objects.filter(digest=digest(token_string)).select_related("client").first()
        return Token(row) if row else None

    def revoke_token(self, token: Token, request: Any) -> None:  # noqa: ANN401
        SignInToken.objects.filter(pk=token.row.pk, revoked_at=None).update(revoked_at=clock.now())


class _Server(DjangoServer):
    def __init__(self) -> None:
        super().__init__(SignInClient, SignInToken)
        self.register_grant(_Grant, [_OnlyS256(required=True), _OpenID(require_nonce=True)])
        self.register_endpoint(_Revocation)

    def query_client(self, client_id: str) -> Client | None:
        row = SignInClient.objects.filter(client_id=client_id[:64].replace("\0", "")).first()
        return Client(row) if row and may_exchange(row.origin) else None

    def create_bearer_token_generator(self) -> BearerTokenGenerator:
        made = super().create_bearer_token_generator()
        made.expires_generator = lambda client, grant_type: int(TOKEN_LIVES.total_seconds())
        return made

    def create_oauth2_request(self, request: Any) -> Request:  # noqa: ANN401
        return request if isinstance(request, Request) else Request(request)

    def save_token(self, token: dict[str, Any], request: Any) -> None:  # noqa: ANN401
        instant = clock.now()
        SignInToken.objects.create(
            digest=digest(token["access_token"]),
            code=request.authorization_code.row,
            client=request.client.row,
            account=request.user,
            scope=token["scope"],
            issued_at=instant,
            expires_at=instant + TOKEN_LIVES,
        )
        SignInClient.objects.filter(pk=request.client.row.pk).update(used_at=instant)


def _server() -> _Server:
    return _Server()


def is_resident(account: Account) -> bool:
    """Whether this node may speak for them: a member of this node, who has not left, with an account in force."""
    member = member_for(account)
    return account.is_active and member is not None and member.local


def claims(account: Account, scope: str) -> dict[str, str]:
    """Return what another node learns of a member: address and, with `profile`, names. Nothing else, ever."""
    member = account.member
    if member is None:
        return {}
    names = {"name": member.name, "preferred_username": member.handle} if "profile" in scope.split() else {}
    return {"sub": member.uri, **names}


# --- the consent page ---------------------------------------------------------------------------------------


def ask(request: HttpRequest, account: Account) -> Asked | str | None:
    """Read a request for authorization. Returns what is asked; an address that refuses it (the client's); or None if
    nobody must be sent anywhere: the client is unknown, blocked, or the address is not one of its own."""
    try:
        if any(name in request.GET or name in request.POST for name in NOT_READ):
            raise InvalidRequestError("not read: " + ", ".join(NOT_READ))
        grant = _server().get_consent_grant(request, account)
    except OAuth2Error as error:
        return _error_address(request, error)
    if "none" in grant.request.payload.data.get("prompt", "").split():
        return _refusal(grant.redirect_uri, "interaction_required", grant.request.payload.state)
    return Asked(grant.client.row, grant.redirect_uri, tuple(grant.request.scope.split()))


def answer(request: HttpRequest, account: Account, *, agreed: bool) -> str | None:
    """Return where the browser goes: back with a code, or with a refusal; None as in `ask`."""
    asked = ask(request, account)
    if not isinstance(asked, Asked):
        return asked
    if not agreed or not is_resident(account):
        return _refusal(asked.redirect_uri, "access_denied", request.POST.get("state"))
    server = _server()
    wrapped = server.create_oauth2_request(request)
    response = server.create_authorization_response(
        wrapped, grant_user=account, grant=server.get_authorization_grant(wrapped)
    )
    return with_issuer(response["Location"])


def _error_address(request: HttpRequest, error: OAuth2Error) -> str | None:
    """Return the client's address with the error, only if that client has registered exactly that address."""
    said = request.GET if "client_id" in request.GET else request.POST
    client, uri = _server().query_client(said.get("client_id", "")), said.get("redirect_uri", "")
    if client is None or not client.check_redirect_uri(uri):
        return None
    return _refusal(uri, str(error.error), said.get("state"))


def _refusal(uri: str, code: str, state: str | None) -> str:
    parameters = {"error": code, **({"state": state} if state else {})}
    return with_issuer(f"{uri}{'&' if '?' in uri else '?'}{urlencode(parameters)}")


def with_issuer(address: str) -> str:
    """Say in an answer who answers (RFC 9207): the client compares it with whom it asked."""
    return f"{address}&{urlencode({'iss': settings.ORIGIN})}"


# --- clients ------------------------------------------------------------------------------------------------


@transaction.atomic
def token(request: HttpRequest) -> HttpResponse:
    """Answer the token endpoint."""
    response: HttpResponse = _server().create_token_response(request)
    return response


def revoke(request: HttpRequest) -> HttpResponse:
    """Answer the revocation endpoint (RFC 7009)."""
    response: HttpResponse = _server().create_endpoint_response("revocation", request)
    return response


def holder(header: str, scope: str = "") -> SignInToken | None:
    """Return the token of an Authorization header if it holds now, covers `scope`, and both sides still may."""
    kind, _, value = header.partition(" ")
    if kind.lower() != "bearer" or not value:
        return None
    rows = SignInToken.objects.filter(revoked_at=None, expires_at__gt=clock.now())
    found = rows.filter(digest=digest(value.strip())).select_related("client", "account__member").first()
    if found is None or (scope and scope not in found.scope.split()):
        return None
    return found if is_resident(found.account) and may_exchange(found.client.origin) else None


def revoke_all(account: Account, origin: str = "") -> int:
    """Withdraw what a member let other nodes do, all or at one origin; return how many tokens ended.

    Codes that nobody has brought yet are worth nothing any more either.
    """
    named, instant = {"client__origin": origin} if origin else {}, clock.now()
    SignInCode.objects.filter(account=account, used_at=None, **named).update(used_at=instant)
    return SignInToken.objects.filter(account=account, revoked_at=None, **named).update(revoked_at=instant)
