"""Nodes that cannot be reached, that have departed, that are heard again; and what their members then count for.

What was missed is written down as it happens (catching up) and found in the breakers (deliveries), once a day and host.
"""

from datetime import datetime

from django.db import transaction

from federation.models import Envelope, Host, Node
from federation.queries import muted_rule
from federation.rules.origins import origin_of
from network.actions.copies import mute_origins
from network.actions.sources import come_back, depart, depart_silent, note_heard, note_missed
from network.models import Source

__all__ = ["departed", "heard", "missed", "returned", "settle"]


def missed(uri: str, *, now: datetime) -> None:
    """Note that the node of `uri` could not be reached."""
    note_missed(origin=origin_of(uri), at=now)


def heard(uri: str) -> None:
    """Note that the node of `uri` was reached; what was hidden because of its silence is shown again."""
    with transaction.atomic():
        if note_heard(origin=origin_of(uri)):
            mute_origins(muted_rule())


@transaction.atomic
def departed(origin: str, why: str, *, now: datetime) -> None:
    """Hide what the node at `origin` has given: it said that it is no more, or that it lives elsewhere."""
    depart(origin=origin, why=why, at=now)
    mute_origins(muted_rule())


@transaction.atomic
def returned(origin: str) -> None:
    """Show again what the node at `origin` gives: somebody here asked for it, or it moved back."""
    if come_back(origin=origin):
        mute_origins(muted_rule())


@transaction.atomic
def settle(*, now: datetime) -> list[str]:
    """Bring silences up to date; return the origins that depart now because nobody reached them for too long."""
    resting = Host.objects.filter(open_until__gt=now).values_list("origin", flat=True)
    known = set(Node.objects.filter(origin__in=list(resting)).values_list("origin", flat=True))
    for source in Source.objects.exclude(silent_since=None):
        if source.origin not in known and _was_heard(source):
            note_heard(origin=source.origin)
    for origin in sorted(known):
        note_missed(origin=origin, at=now)
    gone = depart_silent(now=now)
    mute_origins(muted_rule())
    return gone


def _was_heard(source: Source) -> bool:
    """Whether a message of the node was admitted, or one of ours delivered there, since it fell silent."""
    if Node.objects.filter(origin=source.origin, last_seen_at__gt=source.silent_since).exists():
        return True
    since = Envelope.objects.filter(received_at__gt=source.silent_since, actor__startswith=f"{source.origin}/")
    return since.exists()
