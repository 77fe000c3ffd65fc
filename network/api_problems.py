"""Errors of the API, as problem documents (RFC 9457)."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback

from network.errors import Busy, DomainError, Invalid, NotEntitled, NotFound, TooOften, WrongState

MEDIA_TYPE = "application/problem+json"
STATUSES: tuple[tuple[type[DomainError], int], ...] = (
    (Invalid, 400),
    (NotEntitled, 403),
    (NotFound, 404),
    (WrongState, 409),
    (TooOften, 429),
    (Busy, 503),
)
TITLES = {
    400: _("Demande mal formée"),
    401: _("Identification nécessaire"),
    403: _("Action non permise"),
    404: _("Introuvable"),
    405: _("Méthode non permise"),
    406: _("Format non proposé"),
    409: _("Impossible dans l'état présent"),
    413: _("Demande trop grande"),
    415: _("Format non compris"),
    429: _("Trop souvent"),
    503: _("Nœud très occupé"),
}
Sentence = Callable[[DomainError], str]
_sentence: list[Sentence] = []


def speak_with(sentence: Sentence) -> None:
    """Let `sentence` put refusals into words; without it `detail` is the code."""
    _sentence[:] = [sentence]


def problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the answer to an error, None for a surprise (which keeps its traceback).

    Members: type, title, status, detail, code (stable), facts (plain values); a refused field is in
    `facts.field`, or for a whole form in `facts.problems` as (field, code) pairs.
    """
    answer = _answer(error)
    if answer is not None:
        set_rollback()
    return answer


def bare(error: DomainError) -> JsonResponse:
    """Return the answer to a refusal that comes before any view of the API was asked."""
    answer = _of_domain(error)
    if answer is None:
        raise error
    return JsonResponse(answer.data, status=answer.status_code, content_type=MEDIA_TYPE)


def _answer(error: Exception) -> Response | None:
    if isinstance(error, DomainError):
        return _of_domain(error)
    if isinstance(error, Http404):
        return _document(404, "not_found", str(TITLES[404]))
    if isinstance(error, PermissionDenied):
        return _document(403, "permission_denied", str(TITLES[403]))
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    return None


def _of_domain(error: DomainError) -> Response | None:
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), None)
    if status is None:
        return None
    answer = _document(status, error.code, _sentence[0](error) if _sentence else error.code, error.facts)
    if isinstance(retry_after := error.facts.get("retry_after"), int):
        answer["Retry-After"] = str(retry_after)
    return answer


def _of_framework(error: exceptions.APIException) -> Response:
    code, facts = error.default_code, {}
    if isinstance(error, exceptions.ValidationError):
        facts = {"fields": error.detail}
        detail = str(error.default_detail)
    else:
        detail = str(error.detail)
    answer = _document(error.status_code, code, detail, facts)
    if getattr(error, "auth_header", None):
        answer["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    return answer


def _document(status: int, code: str, detail: str, facts: Mapping[str, Any] | None = None) -> Response:
    title = str(TITLES.get(status, detail))
    kind = f"{settings.ORIGIN}/api#{code}"
    body = {"type": kind, "title": title, "status": status, "detail": detail, "code": code, "facts": dict(facts or {})}
    return Response(_writable(body), status=status, content_type=MEDIA_TYPE)


def _writable(value: Any) -> Any:
    """Return what may be sent: what a refusal repeats of the request may hold half a character (a lone surrogate)."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_writable(name): _writable(each) for name, each in value.items()}
    return [_writable(each) for each in value] if isinstance(value, list | tuple) else value


class UnknownAddress(APIView):
    """Whatever the API does not have: a problem document and not a page."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        raise Http404
