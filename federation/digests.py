"""What a node has proven and that stands, as one digest: two nodes that hold the same need not look any further.

A line for each paper that stands: its id, the key, and when its proof was made, which tells versions apart; sorted,
joined by line feeds, SHA-256, hex. Tombstones are not in it: what they end is missing on the other side.
"""

from hashlib import sha256

from django.core.cache import cache
from django.db.models import Count, Max, QuerySet

from federation.models import SignedKind, SignedObject
from federation.rules.translate.attestations import exact

__all__ = ["papers_digest", "papers_of"]

KEPT_S = 3600  # a digest is computed anew when a row changes


def papers_of(origin: str) -> QuerySet[SignedObject]:
    """Return what the node at `origin` has proven and that stands, as far as we hold it."""
    return SignedObject.objects.filter(owner__startswith=f"{origin}/").exclude(kind=SignedKind.TOMBSTONE)


def papers_digest(origin: str) -> str:
    """Return the digest of `papers_of(origin)`; computed once for each state of the rows."""
    version = papers_of(origin).aggregate(n=Count("pk"), last=Max("pk"), at=Max("verified_at"), made=Max("made_at"))
    name = "papers:" + sha256(f"{origin} {version}".encode()).hexdigest()
    return str(cache.get_or_set(name, lambda: _computed(origin), timeout=KEPT_S))


def _computed(origin: str) -> str:
    rows = papers_of(origin).values_list("uri", "key_id", "made_at")
    lines = sorted(f"{uri} {key} {exact(made_at)}".encode() for uri, key, made_at in rows.iterator(2000))
    return sha256(b"\n".join(lines)).hexdigest()
