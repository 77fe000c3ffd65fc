"""Other nodes as sources of what we show: missed, departed, back again.

Whoever muted members anew after a departure (`copies.mute_origins`) knows the blocked nodes; this only keeps the facts.
"""

from datetime import datetime, timedelta

from django.db import transaction

from network.models import Departure, Source
from network.queries.freshness import delays
from network.rules.freshness import missed

__all__ = ["come_back", "depart", "depart_silent", "note_heard", "note_missed"]


@transaction.atomic
def note_missed(*, origin: str, at: datetime) -> Source:
    """Write down that a node could not be reached; on one day it counts once."""
    source = _locked(origin)
    source.missed_on = missed(source.missed_on, at.date())
    source.silent_since = source.silent_since or at
    source.save(update_fields=["missed_on", "silent_since"])
    return source


@transaction.atomic
def note_heard(*, origin: str) -> bool:
    """Write down that a node was heard; return whether it comes back from a silence for which it was hidden."""
    source = Source.objects.select_for_update().filter(origin=origin).first()
    if source is None:
        return False
    back = source.why == Departure.SILENT
    source.silent_since = None
    if back:
        source.departed_at, source.why = None, ""
    source.save(update_fields=["silent_since", "departed_at", "why"])
    return back


@transaction.atomic
def depart(*, origin: str, why: str, at: datetime) -> bool:
    """Let what a node has given be shown no more; return whether that is new. The first reason stands, but SILENT
    yields to one that is known."""
    source = _locked(origin)
    new = source.departed_at is None
    if new or source.why == Departure.SILENT or why == Departure.FORGOTTEN:
        source.departed_at, source.why = source.departed_at or at, why
        source.save(update_fields=["departed_at", "why"])
    return new


@transaction.atomic
def come_back(*, origin: str) -> bool:
    """Let a node that had departed, for whatever reason, be a source again; return whether it had."""
    return bool(
        Source.objects.filter(origin=origin)
        .exclude(departed_at=None)
        .update(departed_at=None, why="", silent_since=None)
    )


@transaction.atomic
def depart_silent(*, now: datetime) -> list[str]:
    """Let the nodes depart that nobody has reached for as long as a copy is shown; return their origins."""
    limit = now - timedelta(days=delays().silent)
    silent = Source.objects.select_for_update().filter(departed_at=None, silent_since__lte=limit)
    origins = sorted(silent.values_list("origin", flat=True))
    Source.objects.filter(origin__in=origins).update(departed_at=now, why=Departure.SILENT)
    return origins


def _locked(origin: str) -> Source:
    Source.objects.get_or_create(origin=origin)
    return Source.objects.select_for_update().get(origin=origin)
