"""Whoever comes to follow while something is being told hears of it too.

An announcement reads who follows, then commits; a follow accepted between the two is in neither's sight. So for some
minutes after a follow each sweep looks at what was told around that moment, and queues what is missing.
"""

import json
from datetime import timedelta
from typing import Any

from django.db import transaction

from federation.models import Activity, Delivery, Follow, FollowState
from federation.queries import exchange_rule, reads_attestations, reads_proposals
from federation.rules.delivery import PROPOSAL, companion_of
from federation.rules.origins import origin_of
from federation.signals import deliveries_queued
from network.clock import now
from network.signals import announce

__all__ = ["reach"]

LOOKED_AT = timedelta(minutes=10)  # how long after a follow; longer than any announcement takes
BEFORE = timedelta(minutes=1)  # how long before it something may have been begun


def reach() -> int:
    """Queue what recent followers missed; return the number of new deliveries. Safe to repeat."""
    recent = Follow.objects.filter(outgoing=False, state=FollowState.ACCEPTED, decided_at__gt=now() - LOOKED_AT)
    may = exchange_rule()
    return sum(_tell(follow) for follow in recent if may(follow.inbox))


@transaction.atomic
def _tell(follow: Follow) -> int:
    inbox = follow.shared_inbox or follow.inbox
    told = Activity.objects.filter(created_at__gt=(follow.decided_at or now()) - BEFORE)
    sent = Delivery.objects.filter(inbox__in={follow.inbox, inbox}).values("activity")
    missed = [one for one in told.exclude(pk__in=sent).order_by("id") if _is_for(one, follow)]
    host = origin_of(inbox)
    rows = [Delivery(activity=one, object_uri=one.object_uri, inbox=inbox, host=host) for one in missed]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        announce(deliveries_queued)
    return len(rows)


def _is_for(activity: Activity, follow: Follow) -> bool:
    """Whether the activity names the followers that this one is among, in the dialect that their node reads."""
    document = json.loads(bytes(activity.body))
    if f"{follow.followed}/followers" not in [*_named(document, "to"), *_named(document, "cc")]:
        return False
    if activity.object_type == "Relationship":
        return reads_attestations(origin_of(follow.inbox))
    reads = reads_proposals(origin_of(follow.inbox))
    if activity.object_type == PROPOSAL:
        return reads
    return not (reads and _is_companion(activity))


def _named(document: dict[str, Any], field: str) -> list[str]:
    named = document.get(field, [])
    return named if isinstance(named, list) else [named]


def _is_companion(activity: Activity) -> bool:
    proposal = activity.object_uri.removesuffix("/note")
    if proposal == activity.object_uri:
        return False
    said = proposal + activity.uri.removeprefix(activity.object_uri)
    return companion_of(said, proposal)[0] == activity.uri and Activity.objects.filter(uri=said).exists()
