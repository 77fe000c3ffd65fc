"""How the exchange answers: documents with their tag, problems, and 404 to everything while federation is off."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from federation.models import Rendered
from federation.rules.vocabulary import ACTIVITY_JSON

__all__ = ["document_response", "federated", "json_response", "not_found", "problem", "served"]

View = Callable[..., HttpResponseBase]


def federated(view: View) -> View:
    """A door that only reads: GET and HEAD; 404 while federation is off."""
    return _while_on(require_safe(view))


def federated_post(view: View) -> View:
    """A door for messages, signed instead of carrying a form's token; 404 while federation is off."""
    return csrf_exempt(_while_on(view))


def _while_on(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401
        return view(request, **kwargs) if settings.FEDERATION_ON else not_found()

    return guarded


def problem(status: int, code: str, headers: dict[str, str] | None = None) -> HttpResponse:
    """Answer with an RFC 9457 problem that names its code."""
    body = json.dumps({"type": "about:blank", "status": status, "code": code})
    return HttpResponse(body, status=status, content_type="application/problem+json", headers=headers)


def not_found() -> HttpResponse:
    """Answer 404: the same for what is absent and what is not for the asker."""
    return problem(404, "not-found")


def served(request: HttpRequest, uri: str) -> HttpResponseBase:
    """Answer with what is kept for `uri`: one query; 410 with its Tombstone if it is gone, 404 if there is nothing."""
    kept = Rendered.objects.filter(uri=uri, public=True).first()
    if kept is None:
        return not_found()
    if kept.gone:
        return HttpResponse(bytes(kept.body), status=410, content_type=ACTIVITY_JSON)
    return document_response(request, bytes(kept.body), kept.digest)


def document_response(request: HttpRequest, body: bytes, digest: str) -> HttpResponseBase:
    """Answer 200 with an ActivityPub document, or 304 if the asker has it."""
    tag = f'"{digest}"'
    response = HttpResponse(body, content_type=ACTIVITY_JSON, headers={"ETag": tag})
    answer = get_conditional_response(request, etag=tag, response=response)
    patch_vary_headers(answer, ["Accept"])
    return answer


def json_response(content: dict[str, Any], content_type: str = ACTIVITY_JSON) -> HttpResponse:
    """Answer with a JSON document that is not kept."""
    response = HttpResponse(json.dumps(content, ensure_ascii=False), content_type=content_type)
    patch_vary_headers(response, ["Accept"])
    return response
