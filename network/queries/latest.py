"""What changed last among the answers to a search: its feed tells what is new, whatever the order of trust."""

from collections.abc import Callable

from network.models import Offer
from network.queries.wanted import (
    COLUMNS,
    Around,
    Match,
    Wanted,
    failures,
    having,
    live,
    match_of,
    reaching,
    within_reach,
)

MOST_READ = 20_000  # the latest offers that are looked at: what is older than all of them is no news


def latest(
    wanted: Wanted, around: Around | None, keep: Callable[[list[Match]], list[Match]], *, most: int
) -> list[Match]:
    """Return the `most` matches that changed last, among those that `keep` lets through, the latest first."""
    offers = Offer.objects.filter(live(wanted.at, faded=wanted.faded), wanted.seen, *having(wanted.all_groups(), "id"))
    offers = offers.filter(within_reach(around)) if around else offers
    rows, tests = offers.order_by("-updated_at", "-id").values_list(*COLUMNS), wanted.tests()
    found: dict[int, Match] = {}  # a change between two readings shows an offer twice
    start, size = 0, 4 * most
    while start < MOST_READ and len(found) < most:
        part = list(rows[start : start + size])
        matches = reaching(part, around) if around else [match_of(row, None, "") for row in part]
        found |= {match.offer_id: match for match in keep([m for m in matches if not failures(m, tests)])}
        if len(part) < size:
            break
        start, size = start + size, 2 * size
    return list(found.values())[:most]
