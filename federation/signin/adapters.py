"""Our rows as Authlib wants to see them, so that models know nothing of the library."""

import hmac
from dataclasses import dataclass
from typing import Any

from authlib.integrations.django_oauth2.requests import DjangoOAuth2Payload
from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Request, TokenMixin
from authlib.oidc.core import AuthorizationCodeMixin
from django.conf import settings
from django.http import HttpRequest, QueryDict

from federation.models import SignInClient, SignInCode, SignInToken
from federation.rules.signin import SCOPES
from federation.signin.clients import digest
from network import clock


class Request(OAuth2Request):
    """A request with the address that others use, whatever proxy stands before us."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(str(request.method), settings.ORIGIN + request.get_full_path(), headers=request.headers)
        self.payload = DjangoOAuth2Payload(request)
        self._request = request

    @property
    def args(self) -> QueryDict:
        return self._request.GET

    @property
    def form(self) -> QueryDict:
        return self._request.POST


@dataclass
class Client(ClientMixin):
    """A registered client. Redirect addresses are compared whole: no pattern, no prefix, no spare port."""

    row: SignInClient

    def get_client_id(self) -> str:
        return self.row.client_id

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        asked = set((scope or "").split())
        return " ".join(each for each in SCOPES if each in asked) if "openid" in asked else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.row.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return bool(self.row.secret_digest) and hmac.compare_digest(self.row.secret_digest, digest(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == self.row.method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    """A code that was just taken."""

    row: SignInCode

    def get_redirect_uri(self) -> str:
        return self.row.redirect_uri

    def get_scope(self) -> str:
        return self.row.scope

    def get_nonce(self) -> str:
        return self.row.nonce

    def get_auth_time(self) -> int:
        return int(self.row.auth_time.timestamp())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass
class Token(TokenMixin):
    """An access token."""

    row: SignInToken

    def check_client(self, client: Client) -> bool:
        return self.row.client_id == client.row.pk

    def get_scope(self) -> str:
        return self.row.scope

    def get_expires_in(self) -> int:
        return int((self.row.expires_at - self.row.issued_at).total_seconds())

    def is_expired(self) -> bool:
        return self.row.expires_at <= clock.now()

    def is_revoked(self) -> bool:
        return self.row.revoked_at is not None

    def get_user(self) -> Any:  # noqa: ANN401 - an account
        return self.row.account

    def get_client(self) -> Client:
        return Client(self.row.client)
