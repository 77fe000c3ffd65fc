"""Two nodes whose members attest one another by the dozen within a week: the operator is told, nothing else happens.

What they say weighs as much as before. A weight that depended on what arrived here, and when, would differ from node to
node, while the same facts must give the same answer everywhere; and it is not needed: fakes gain no more than those
who let them in have been given (paths, shares), however much they attest one another. So a person looks.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, F

from federation.models import Notice
from network.clock import now
from network.models import Vouch

__all__ = ["FORTH_AND_BACK", "WEEK", "watch"]

WEEK = timedelta(days=7)
FORTH_AND_BACK = 50  # attestations within a week, in each direction
CODE = "nodes_trade"


def watch() -> list[Notice]:
    """Tell of each pair of nodes that has traded so many attestations this week, once a week; return what is new."""
    moment = now()
    recent = Notice.objects.filter(code=CODE, created_at__gt=moment - WEEK).values_list("about", flat=True)
    told = set(recent)
    new = [(about, facts) for about, facts in _trading() if about not in told]
    return [Notice.objects.create(code=CODE, about=about[:500], facts=facts, created_at=moment) for about, facts in new]


def _trading() -> Iterator[tuple[str, dict[str, str | int]]]:
    """Yield (both origins, facts) of the pairs that attest one another often in both directions."""
    numbers = _counted()
    for (one, other), forth in sorted(numbers.items()):
        back = numbers.get((other, one), 0)
        if one < other and min(forth, back) >= FORTH_AND_BACK:
            yield f"{one} {other}", {"one": one, "other": other, "count": forth + back}


def _counted() -> dict[tuple[str, str], int]:
    """Attestations of other nodes' members that came this week, by the origins of issuer and subject."""
    fresh = Vouch.objects.filter(issuer__local=False, subject__local=False, entered_at__gt=now() - WEEK)
    across = fresh.exclude(issuer__origin=F("subject__origin")).order_by()
    rows = across.values_list("issuer__origin", "subject__origin").annotate(number=Count("id"))
    return {(one, other): number for one, other, number in rows}
