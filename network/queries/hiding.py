"""What is hidden here, and the conditions under which entries are shown at all.

A hidden entry is named by its uri, whatever it is: a member, an offer, an event. What a hidden member owns is hidden
with them.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from network.models import Event, Hidden, Offer

__all__ = [
    "event_hiding", "hidden_among", "hidden_rows", "hidden_uris", "hiding_of", "is_hidden", "not_hidden",
    "offer_hiding",
]  # fmt: skip


def hidden_uris() -> QuerySet[Hidden, str]:
    """Return the uris of what is hidden, as a part of another query."""
    return Hidden.objects.filter(lifted_at=None).values_list("uri", flat=True)


def not_hidden(*columns: str) -> Q:
    """Return the condition that none of these columns (uris) names something hidden."""
    condition = Q()
    for column in columns:
        condition &= ~Q(**{f"{column}__in": hidden_uris()})
    return condition


def is_hidden(column: str) -> Exists:
    """Return whether what a column (uri) names is hidden, for a query to tell of each row."""
    return Exists(Hidden.objects.filter(uri=OuterRef(column), lifted_at=None))


def hiding_of(uri: str) -> Hidden | None:
    """Return the row that hides the entry `uri` now, None if nothing does."""
    return Hidden.objects.select_related("by").filter(uri=uri, lifted_at=None).first()


def offer_hiding(offer: Offer) -> Hidden | None:
    """Return what hides an offer: its own row, or its owner's."""
    return hiding_of(offer.uri) or hiding_of(offer.owner.uri)


def event_hiding(event: Event) -> Hidden | None:
    """Return what hides an event: its own row, or its organiser's."""
    return hiding_of(event.uri) or hiding_of(event.organiser.uri)


def hidden_among(uris: Iterable[str]) -> frozenset[str]:
    """Return which of these uris are hidden: one query."""
    return frozenset(hidden_uris().filter(uri__in=list(uris)))


def hidden_rows() -> QuerySet[Hidden]:
    """Return what is hidden now, the latest first: slice it."""
    return Hidden.objects.select_related("by").filter(lifted_at=None).order_by("-at", "-pk")
