"""How the exchange answers: documents with their tag, problems, and 404 to everything while federation is off.

Audience first, then cache: who asks is found out before anything is said about what is not for everybody, and what is
absent is answered with the same work and the same words as what is not for the asker.
"""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.db.models import Exists
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from federation import gate
from federation.errors import Refused
from federation.models import Policy, Rendered
from federation.queries import is_closed, may_exchange
from federation.readers import may_read
from federation.rules.vocabulary import ACTIVITY_JSON, PUBLIC

__all__ = [
    "CLOSED",
    "VARY",
    "Held",
    "document_response",
    "federated",
    "federated_post",
    "for_allowed",
    "for_one",
    "held_response",
    "json_response",
    "not_found",
    "problem",
    "reader_of",
    "refusal",
    "served",
]

View = Callable[..., HttpResponseBase]
VARY = ["Accept", "Signature", "Signature-Input"]
CLOSED = Exists(Policy.objects.filter(closed=True))  # as part of the query for a document


def federated(view: View) -> View:
    """A door that only reads: GET and HEAD; 404 while federation is off."""
    return _while_on(require_safe(view))


def for_allowed(view: View) -> View:
    """A door that only reads; a closed node opens it to the signed requests of nodes on its list only."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401
        if not is_closed():
            return view(request, **kwargs)
        try:
            reader = reader_of(request)
        except Refused as refused:
            return refusal(refused)
        return for_one(view(request, **kwargs)) if reader and may_exchange(reader) else not_found()

    return federated(guarded)


def for_one(answer: HttpResponseBase) -> HttpResponseBase:
    """Let nobody but the asker keep an answer that depends on who they are."""
    answer["Cache-Control"] = "private, no-store"
    return answer


def federated_post(view: View) -> View:
    """A door for messages, signed instead of carrying a form's token; 404 while federation is off."""
    return csrf_exempt(_while_on(view))


def _while_on(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401
        return view(request, **kwargs) if settings.FEDERATION_ON else not_found()

    return guarded


def reader_of(request: HttpRequest) -> str | None:
    """Return who provably signed this request, None if nobody; raise Refused. Verified once a request."""
    if not hasattr(request, "_toile_reader"):
        request._toile_reader = gate.signer_of(request)  # type: ignore[attr-defined]
    return request._toile_reader  # type: ignore[attr-defined,no-any-return]


# --- documents ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """Something that may be served: its bytes, and the uris of those who may read it. `closed`: the node is."""

    body: bytes
    digest: str
    audience: Collection[str]
    closed: bool = False
    gone: bool = False

    @property
    def open(self) -> bool:
        return not self.closed and PUBLIC in self.audience


def served(request: HttpRequest, uri: str, *, always: bool = False) -> HttpResponseBase:
    """Answer with what is kept for `uri`: one query; 410 with its Tombstone if it is gone, 404 if there is nothing.

    `always`: a closed node too serves it to everybody.
    """
    kept = Rendered.objects.filter(uri=uri).annotate(closed=CLOSED).first()
    if kept is None:
        return held_response(request, None)
    audience = [PUBLIC] if kept.public else kept.audience
    closed = kept.closed and not always  # type: ignore[attr-defined]
    return held_response(request, Held(bytes(kept.body), kept.digest, audience, closed, kept.gone))


def held_response(request: HttpRequest, held: Held | None) -> HttpResponseBase:
    """Answer with what is held, to whom it is for; to others as if there were nothing, after the same work."""
    if held is not None and held.open:
        return _document(request, held)
    try:
        reader = reader_of(request)
    except Refused as refused:
        return refusal(refused)
    if reader is None:
        return not_found()
    spoken_with, named = may_exchange(reader), may_read(reader, held.audience if held else ())
    if held is None or not (spoken_with and named):
        return not_found()
    return for_one(_document(request, held))


def _document(request: HttpRequest, held: Held) -> HttpResponseBase:
    if not held.gone:
        return document_response(request, held.body, held.digest)
    answer = HttpResponse(held.body, status=410, content_type=ACTIVITY_JSON, headers={"ETag": f'"{held.digest}"'})
    patch_vary_headers(answer, VARY)
    return answer


def document_response(request: HttpRequest, body: bytes, digest: str = "") -> HttpResponseBase:
    """Answer 200 with an ActivityPub document, or 304 if the asker has it. `digest`: SHA-256, hex, if known."""
    tag = f'"{digest or hashlib.sha256(body).hexdigest()}"'
    response = HttpResponse(body, content_type=ACTIVITY_JSON, headers={"ETag": tag})
    answer = get_conditional_response(request, etag=tag, response=response)
    patch_vary_headers(answer, VARY)
    return answer


# --- the rest -------------------------------------------------------------------------------------------


def problem(status: int, code: str, headers: dict[str, str] | None = None) -> HttpResponse:
    """Answer with an RFC 9457 problem that names its code."""
    body = json.dumps({"type": "about:blank", "status": status, "code": code})
    return HttpResponse(body, status=status, content_type="application/problem+json", headers=headers)


def not_found() -> HttpResponse:
    """Answer 404: the same for what is absent and what is not for the asker."""
    answer = problem(404, "not-found")
    patch_vary_headers(answer, VARY)
    return answer


def refusal(refused: Refused) -> HttpResponse:
    """Answer a signature that was refused."""
    status, headers, body = gate.problem(refused)
    answer = HttpResponse(json.dumps(body), status=status, headers=headers)
    patch_vary_headers(answer, VARY)
    return answer


def json_response(content: dict[str, Any], content_type: str = ACTIVITY_JSON) -> HttpResponse:
    """Answer with a JSON document that is not kept."""
    response = HttpResponse(json.dumps(content, ensure_ascii=False), content_type=content_type)
    patch_vary_headers(response, ["Accept"])
    return response
