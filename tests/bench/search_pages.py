"""The slow end of many: the 95th percentile of searches with filters, text and trust, and of the page they fill."""

import gc
import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.test import RequestFactory, override_settings

from frontend.pages import directory
from network.models import Locality, Member
from network.queries import search
from network.queries.search import find_offers
from network.queries.trust import Viewpoint, viewpoint_for
from network.rules.search import SearchQuery
from tests.bench.rows import Row
from tests.bench.search_sql import by_hand

__all__ = ["trust_rows"]

ASKED, ROUNDS, RADIUS_KM = 60, 3, 100
SEED = 20_261_122
PARTS = {"reading": (search, "find"), "trust": (search, "trust_lines"), "counts": (search, "count_facets"),
         "understanding": (search, "understand"), "objects": (search, "_hits"), "map": (directory, "_map"),
         "drawing": (directory, "show")}  # fmt: skip


def trust_rows(world: Any, chance: random.Random, size: int) -> list[Row]:
    """Return the two rows; people look from somebody in the middle of the web."""
    viewer = Member.objects.get(pk=world.web.members[len(world.web.members) // 2].pk)
    viewpoint = viewpoint_for(member=viewer)
    questions = [_question(chance, world) for _ in range(ASKED)]
    equal = all(by_hand(query, viewpoint) == _ours(query, viewpoint) for query in questions)
    hand, ours = _percentiles([lambda q: by_hand(q, viewpoint), lambda q: _ours(q, viewpoint)], questions)
    page, shares = _pages(viewpoint, questions)
    where = f"{len(world.web.members)} members, viewpoint {viewpoint.kind}"
    return [
        Row("search", size, "filters+text+trust", "sql-p95", hand, ours, 2, equal, SEED, ROUNDS, True, where),
        Row("search", size, "result-page", "sql-p95", hand, page, 5, equal, SEED, ROUNDS, True, shares),
    ]


def _question(chance: random.Random, world: Any) -> SearchQuery:
    """Draw a question that has an answer: a frequent word, a price, an opening, a town."""
    town: Locality = chance.choice(world.towns)
    query = SearchQuery(
        text=world.words[chance.randrange(30)], price=chance.choice(["gift", "barter", "prix_libre"]),
        opening=chance.choice(["open", "open", "waiting"]), lat=town.lat, lon=town.lon, radius_km=RADIUS_KM,
        literal=True,
    )  # fmt: skip
    answer = find_offers(query, viewpoint=Viewpoint("collective"))
    return query if answer.total and answer.widening is None else _question(chance, world)


def _ours(query: SearchQuery, viewpoint: Viewpoint) -> list[int]:
    return [hit.offer.pk for hit in find_offers(query, viewpoint=viewpoint).hits]


def _percentiles(ways: list[Callable[[SearchQuery], object]], questions: list[SearchQuery]) -> list[float]:
    """Return the 95th percentile of each way in ms; they take turns, the best of the rounds counts for a question."""
    best = [[float("inf")] * len(questions) for _ in ways]
    gc.collect()
    for _ in range(ROUNDS):
        for number, query in enumerate(questions):
            for times, way in zip(best, ways, strict=True):
                start = time.perf_counter()
                way(query)
                times[number] = min(times[number], (time.perf_counter() - start) * 1000)
    return [_p95(times) for times in best]


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def _pages(viewpoint: Viewpoint, questions: list[SearchQuery]) -> tuple[float, str]:
    """Draw the whole page for each question; return the 95th percentile, and the share of each part."""
    spent, made = dict.fromkeys(PARTS, 0.0), RequestFactory(SERVER_NAME=settings.ALLOWED_HOSTS[0])
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

    def page(query: SearchQuery) -> object:
        with patch.object(directory, "read_query", lambda given: (query, False)):
            return directory.search(_request(made, viewpoint))

    with override_settings(STORAGES=settings.STORAGES | plain), ExitStack() as stack:
        stack.enter_context(patch.object(directory, "viewpoint_of", lambda request: viewpoint))
        page(questions[0])
        [whole] = _percentiles([page], questions)
        for name, (module, function) in PARTS.items():
            stack.enter_context(patch.object(module, function, _timed(spent, name, getattr(module, function))))
        start = time.perf_counter()
        for query in questions:
            page(query)
        total = time.perf_counter() - start
    return whole, "; ".join(f"{name} {100 * seconds / total:.0f} %" for name, seconds in spent.items())


def _request(made: RequestFactory, viewpoint: Viewpoint) -> Any:
    from django.contrib.auth.models import AnonymousUser

    request = made.get("/annuaire")
    request.user, request.session, request._messages = AnonymousUser(), {}, []  # type: ignore[assignment,attr-defined]
    request._toile_me = viewpoint.member  # type: ignore[attr-defined]
    return request


def _timed(spent: dict[str, float], name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        try:
            return call(*args, **kwargs)
        finally:
            spent[name] += time.perf_counter() - start

    return timed
