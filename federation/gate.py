"""The gate: what others send is authenticated here, in a fixed order, before anything of it is kept or acted upon.

The first step that fails answers. A step that breaks refuses; it never lets through. Nothing is written for a refused
message but counters and one line in the security log.
"""

import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest

from federation import remote_keys
from federation.errors import Refused
from federation.models import Envelope, Replay
from federation.rules.signatures import MARGIN
from federation.steps import FROM_KEY, SIGNED_GET, STEPS, Batch, FetchFirst, Knock
from network import rates
from network.clock import now

__all__ = ["Admitted", "Outcome", "admit", "crowded", "finish", "judge", "problem", "signer_of"]

AGAIN = 30  # seconds after which to try when we are in trouble ourselves

A = TypeVar("A")
T = TypeVar("T")

security = logging.getLogger("toile.security")
trouble = logging.getLogger("toile.federation")
WORKING = 8 * (os.cpu_count() or 1)  # messages looked at at a time by one process
CROWD = WORKING + 64 * (os.cpu_count() or 1)  # and with those that wait at the door
crowd = rates.Crowd(working=WORKING, waiting=CROWD - WORKING)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A message whose sender is proven. `repeated`: it came before, and has no second effect."""

    activity_id: str
    actor_uri: str
    document: dict[str, Any]
    raw: bytes
    envelope_id: int
    repeated: bool = False


Outcome = Admitted | Refused | Knock


def admit(request: HttpRequest) -> Admitted:
    """Return the authenticated message in `request`, kept in one transaction; raise Refused with code and status.

    Reads the body itself: nothing may have read it before. Afterwards the replay entry and the envelope exist, once,
    however often and in parallel the message comes. Refusals leave one line in the security log and nothing else.
    """
    knock = _knock(request)
    with crowd.place() as admitted:
        if not admitted:
            raise crowded(request)
        return _only(_through(STEPS, [knock]))


def crowded(request: HttpRequest) -> Refused:
    """Return the refusal of a message for which there is no place now, logged."""
    return _refused(_knock(request), Refused("rate", 503, retry_after=AGAIN, why="crowded"))


def judge(requests: Sequence[HttpRequest]) -> list[Outcome]:
    """Do the same with many at once, in one transaction, and without a request to anybody: one outcome for each.

    A message whose key must be fetched first comes back as its Knock, of which nothing is kept yet: see `finish`.
    """
    batch = Batch()
    return _through(STEPS, [_knock(request, batch=batch, hurried=True) for request in requests])


def finish(knock: Knock) -> Admitted:
    """Fetch the key that `judge` did not have, and go on from there; raise Refused."""
    knock.hurried, knock.batch = False, Batch(key_ids={knock.key_id})
    return _only(_through(FROM_KEY, [knock]))


def signer_of(request: HttpRequest) -> str | None:
    """Return the actor that provably signed this GET, None if it bears no signature; raise Refused if a bad one."""
    if not {"HTTP_SIGNATURE", "HTTP_SIGNATURE_INPUT"} & request.META.keys():
        return None
    knock = _knock(request)
    try:
        for code, step in SIGNED_GET:
            _take(code, step, knock)
    except Refused as refused:
        raise _refused(knock, refused) from refused
    return knock.found.owner


def problem(refused: Refused) -> tuple[int, dict[str, str], dict[str, object]]:
    """Return status, headers and problem+json body (RFC 9457) that answer a refusal."""
    headers = {"Content-Type": "application/problem+json"}
    if refused.retry_after is not None:
        headers["Retry-After"] = str(refused.retry_after)
    return refused.status, headers, {"type": "about:blank", "status": refused.status, "code": refused.code}


def _knock(request: HttpRequest, **more: Any) -> Knock:  # noqa: ANN401
    return Knock(request, address=rates.address_of(request.META), now=now(), **more)


def _only(outcomes: list[Outcome]) -> Admitted:
    outcome = outcomes[0]
    if isinstance(outcome, Refused):
        raise outcome
    if isinstance(outcome, Knock):
        raise TypeError("a message was left waiting")
    return outcome


def _through(steps: Sequence[tuple[str, Callable[[Knock], None]]], knocks: list[Knock]) -> list[Outcome]:
    """Take all messages through one step after the other; each falls out at the first that refuses it."""
    outcomes: list[Outcome | None] = [None] * len(knocks)
    for code, step in steps:
        for number, knock in enumerate(knocks):
            if outcomes[number] is None:
                outcomes[number] = _judged(code, step, knock)
    alive = [knock for knock, outcome in zip(knocks, outcomes, strict=True) if outcome is None]
    kept = iter(_kept(alive))
    return [outcome if outcome is not None else next(kept) for outcome in outcomes]


def _judged(code: str, step: Callable[[Knock], None], knock: Knock) -> Outcome | None:
    """Return what becomes of a message at this step: refused, left waiting for its key, or None to go on."""
    try:
        _take(code, step, knock)
    except Refused as refused:
        return _refused(knock, refused)
    except FetchFirst:
        return knock
    return None


def _take(code: str, step: Callable[[A], T], what: A) -> T:
    try:
        return step(what)
    except (Refused, FetchFirst):
        raise
    except (OperationalError, InterfaceError) as error:
        raise Refused("unavailable", retry_after=AGAIN) from error
    except Exception as error:  # noqa: BLE001 - whatever breaks in a step is a refusal, never a pass
        trouble.exception("gate: step %s broke", code)
        raise Refused(code, retry_after=AGAIN if code == "unavailable" else None) from error


def _kept(knocks: list[Knock]) -> list[Admitted | Refused]:
    """Keep them all in one transaction; if that fails, each in its own, so that none suffers for another."""
    if not knocks:
        return []
    try:
        return list(_take("unavailable", _keep, knocks))
    except Refused as refused:
        if len(knocks) == 1:
            return [_refused(knocks[0], refused)]
    return [outcome for knock in knocks for outcome in _kept([knock])]


def _keep(knocks: list[Knock]) -> list[Admitted]:
    """13: replay entries, activity ids and bodies in one transaction; the second of two copies finds the first's."""
    names = [(knock.document["id"], knock.document["actor"]) for knock in knocks]
    with transaction.atomic():
        Replay.objects.bulk_create([_replay(knock) for knock in knocks], ignore_conflicts=True)
        rows = [
            Envelope(activity=activity, actor=actor, body=knock.raw, received_at=knock.now)
            for (activity, actor), knock in zip(names, knocks, strict=True)
        ]
        new = Envelope.objects.insert_new(rows)
        ids = new | _envelopes({name for name in names if name not in new})
        for knock in {knock.key_id: knock for knock in knocks}.values():
            remote_keys.remember(knock.found)
    admitted = []
    for name, knock in zip(names, knocks, strict=True):
        repeated = new.pop(name, None) is None  # the first of copies in one batch is the new one
        if repeated:
            _log(knock, "replay", 202, "repeated")
        admitted.append(Admitted(*name, knock.document, knock.raw, ids[name], repeated=repeated))
    first = [knock for knock, outcome in zip(knocks, admitted, strict=True) if not outcome.repeated]
    remote_keys.note_homes((knock.key_id, knock.address) for knock in first)  # a copy comes from whoever saw it
    return admitted


def _envelopes(names: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    if not names:
        return {}
    rows = Envelope.objects.filter(activity__in={activity for activity, _ in names})
    return {(activity, actor): pk for activity, actor, pk in rows.values_list("activity", "actor", "pk")}


def _replay(knock: Knock) -> Replay:
    until = max(knock.signed.until, knock.now) + MARGIN
    return Replay(key_id=knock.key_id, signature_digest=knock.signed.digest, until=until)


def _refused(knock: Knock, refused: Refused) -> Refused:
    _log(knock, refused.code, refused.status, refused.why)
    return refused


def _log(knock: Knock, code: str, status: int, why: str) -> None:
    """Write the one line: address, key and reason, escaped; never the body."""
    key = json.dumps(knock.key_id[:200])
    security.info(
        "gate code=%s status=%d address=%s key=%s why=%s", code, status, json.dumps(knock.address), key, json.dumps(why)
    )
