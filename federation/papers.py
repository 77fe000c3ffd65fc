"""Where a proven fact comes from, for people: who signed it, when it reached us, when its proof was verified."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from federation.models import SignedKind, SignedObject
from federation.rules.origins import origin_of

__all__ = ["PaperView", "papers_of"]


@dataclass(frozen=True)
class PaperView:
    """A signed paper that this node holds. `origin`: the node of its author; `via`: the node that handed it on, empty
    if it came from its author's own."""

    uri: str
    owner: str
    origin: str
    signed_at: datetime
    verified_at: datetime
    via: str


def papers_of(uris: Iterable[str]) -> dict[tuple[str, str], PaperView]:
    """Return the papers of attestations with these ids, by (id, author): one query."""
    rows = SignedObject.objects.filter(uri__in=sorted(set(uris)), kind=SignedKind.ATTESTATION)
    columns = rows.values_list("uri", "owner", "made_at", "verified_at", "via")
    return {
        (uri, owner): PaperView(uri, owner, origin_of(owner), made_at, verified_at, _other(via, owner))
        for uri, owner, made_at, verified_at, via in columns
    }


def _other(via: str, owner: str) -> str:
    origin = origin_of(via) if via else ""
    return "" if origin == origin_of(owner) else origin
