"""The gate: what others send is authenticated here, in a fixed order, before anything of it is kept or acted upon.

The first step that fails answers. A step that breaks refuses; it never lets through. Nothing is written for a refused
message but counters and one line in the security log.
"""

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest

from federation import keys
from federation.errors import Refused
from federation.models import Envelope, Replay
from federation.rules.signatures import MARGIN
from federation.steps import SIGNED_GET, STEPS, Knock
from network import rates
from network.clock import now

__all__ = ["Admitted", "admit", "problem", "signer_of"]

AGAIN = 30  # seconds after which to try when we are in trouble ourselves

T = TypeVar("T")

security = logging.getLogger("toile.security")
trouble = logging.getLogger("toile.federation")
crowd = rates.Crowd(working=8 * (os.cpu_count() or 1), waiting=64 * (os.cpu_count() or 1))


@dataclass(frozen=True, slots=True)
class Admitted:
    """A message whose sender is proven. `repeated`: it came before, and has no second effect."""

    activity_id: str
    actor_uri: str
    document: dict[str, Any]
    raw: bytes
    envelope_id: int
    repeated: bool = False


def admit(request: HttpRequest) -> Admitted:
    """Return the authenticated message in `request`, kept in one transaction; raise Refused with code and status.

    Reads the body itself: nothing may have read it before. Afterwards the replay entry and the envelope exist, once,
    however often and in parallel the message comes. Refusals leave one line in the security log and nothing else.
    """
    knock = Knock(request, address=rates.address_of(request.META), now=now())
    try:
        with crowd.place() as admitted:
            if not admitted:
                raise Refused("rate", 503, retry_after=AGAIN, why="crowded")
            for code, step in STEPS:
                _take(code, step, knock)
            return _take("unavailable", _keep, knock)
    except Refused as refused:
        _log(knock, refused.code, refused.status, refused.why)
        raise


def signer_of(request: HttpRequest) -> str | None:
    """Return the actor that provably signed this GET, None if it bears no signature; raise Refused if a bad one."""
    if "HTTP_SIGNATURE" not in request.META:
        return None
    knock = Knock(request, address=rates.address_of(request.META), now=now())
    try:
        for code, step in SIGNED_GET:
            _take(code, step, knock)
    except Refused as refused:
        _log(knock, refused.code, refused.status, refused.why)
        raise
    return knock.found.owner


def problem(refused: Refused) -> tuple[int, dict[str, str], dict[str, object]]:
    """Return status, headers and problem+json body (RFC 9457) that answer a refusal."""
    headers = {"Content-Type": "application/problem+json"}
    if refused.retry_after is not None:
        headers["Retry-After"] = str(refused.retry_after)
    return refused.status, headers, {"type": "about:blank", "status": refused.status, "code": refused.code}


def _take(code: str, step: Callable[[Knock], T], knock: Knock) -> T:
    try:
        return step(knock)
    except Refused:
        raise
    except (OperationalError, InterfaceError) as error:
        raise Refused("unavailable", retry_after=AGAIN) from error
    except Exception as error:  # noqa: BLE001 - whatever breaks in a step is a refusal, never a pass
        trouble.exception("gate: step %s broke", code)
        raise Refused(code, retry_after=AGAIN if code == "unavailable" else None) from error


def _keep(knock: Knock) -> Admitted:
    """13: replay entry, activity id and body in one transaction; the second of two copies finds the first's."""
    claim, document = knock.signed, knock.document
    with transaction.atomic():
        until = max(claim.until, knock.now) + MARGIN
        _entry, unseen = Replay.objects.get_or_create(
            key_id=claim.key_id, signature_digest=claim.digest, defaults={"until": until}
        )
        envelope, new = Envelope.objects.get_or_create(
            activity=document["id"], actor=document["actor"], defaults={"body": knock.raw, "received_at": knock.now}
        )
        keys.remember(knock.found, now=knock.now)
    if not (unseen and new):
        _log(knock, "replay", 202, "repeated")
    return Admitted(document["id"], document["actor"], document, knock.raw, envelope.pk, repeated=not new)


def _log(knock: Knock, code: str, status: int, why: str) -> None:
    """Write the one line: address, key and reason, escaped; never the body."""
    key = json.dumps(knock.key_id[:200])
    security.info(
        "gate code=%s status=%d address=%s key=%s why=%s", code, status, json.dumps(knock.address), key, json.dumps(why)
    )
