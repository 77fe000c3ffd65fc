"""Inboxes: the gate decides; a worker acts later on what it admitted. Shared or personal, it is one envelope."""

import json
import logging

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from federation import gate, tasks
from federation.errors import Refused
from federation.views.answers import federated_post, problem

__all__ = ["inbox"]

log = logging.getLogger("toile.federation")


@federated_post
def inbox(request: HttpRequest, **who: str) -> HttpResponseBase:
    """Take a signed message: 202, or the gate's refusal as a problem. Reading an inbox is nobody's business."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return problem(405, "method", {"Allow": "POST"})
    try:
        admitted = gate.admit(request)
    except Refused as error:
        status, headers, body = gate.problem(error)
        return HttpResponse(json.dumps(body), status=status, headers=headers)
    except DatabaseError:
        log.exception("no database at the gate")
        return problem(503, "unavailable", {"Retry-After": "60"})
    tasks.heed([admitted])
    return HttpResponse(status=202)
