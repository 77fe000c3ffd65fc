"""Search over generated offers, against a plain scan of the same table: read every row, measure, sort, take 20.

Offers lie in some 1,500 towns, in 30 categories, with 8 Zipf-distributed words each; one person in ten offers has a
web of trust of mean degree 8, by preference (a power law). Both sides answer the same questions and must give the
same ids in the same order. The rows `nearest-20`, `category` and `word` time the walk under a search (`find_matches`,
20 wanted); `page-…` the whole of `find_offers`: up to 600 matches, trust lines, ranking, counts for the filters, and
the 20 objects of the page, where the scan gives ids only. `filters+text+trust` is the 95th percentile of many
questions with a word, a price and an opening, against statements written by hand for the same database (see
`search_sql.py`), trust on both sides; `result-page` that of the page drawn by Django, and its note the share of each
part. The tables grow by powers of ten from 10⁴ up to SIZE. TOILE_BENCH_DATABASE=postgresql runs it there.
"""

import heapq
import operator
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import accumulate
from math import inf

from django.db import connection, transaction

from network.actions.index import terms_of
from network.actions.places import load_gazetteer
from network.clock import now
from network.models import Area, Locality, Member, Offer, OfferState, Price, Skill
from network.queries.matches import Around, Wanted, find_matches
from network.queries.search import find_offers
from network.queries.trust import Viewpoint
from network.rules.places import country_of, distance_km, fold, morton
from network.rules.search import SearchQuery
from network.rules.terms import skill_term
from network.rules.words import stem
from tests.bench.rows import ROUNDS, Row, alternate
from tests.bench.search_pages import trust_rows
from tests.bench.search_web import Web

SIZE = 100_000
SEED = 20_261_122
GOAL, PAGE_GOAL = 10, 5
GOALS = {"nearest-20": 200}
TOWNS, CATEGORIES, WORDS, WORDS_EACH = 1_500, 30, 5_000, 8
OFFERS_EACH = 10  # of one member
QUESTIONS = 3  # in one round
RADIUS_KM, PAGE = 100, 20
BATCH = 5_000
NOBODY = Viewpoint("collective")  # to whom nobody is tied: the scan knows no trust


def run(size: int) -> list[Row]:
    """Grow the tables by powers of ten, check at each step that both ways agree, and time them."""
    chance = random.Random(SEED)
    world = World(chance)
    return [row for step in _steps(size) for row in _at(world.grown(step), chance, step)]


def _steps(size: int) -> list[int]:
    return [*(step for step in (10_000, 100_000, 1_000_000) if step < size), size]


def _at(world: "World", chance: random.Random, size: int) -> list[Row]:
    towns, words = world.towns, world.words
    rows = [
        _row(size, name, GOALS.get(name, GOAL), queries, _scan_nearest, _nearest)
        for name, queries in _questions(chance, towns, words).items()
    ]
    for name, queries in _questions(chance, towns, words).items():
        rows.append(_row(size, f"page-{name}", PAGE_GOAL, queries, _scan_page, _page))
    return [*rows, *trust_rows(world, chance, size)]


Answer = Callable[[SearchQuery], list[int]]


def _row(size: int, name: str, goal: int, queries: list[SearchQuery], plain: Answer, ours: Answer) -> Row:
    equal = all(plain(query) == ours(query) for query in queries)
    times = alternate(lambda: [plain(query) for query in queries], lambda: [ours(query) for query in queries])
    each = (times[0] / len(queries), times[1] / len(queries))
    return Row("search", size, name, "scan", *each, goal=goal, equal=equal, seed=SEED, rounds=ROUNDS)


def _questions(chance: random.Random, towns: list[Locality], words: list[str]) -> dict[str, list[SearchQuery]]:
    near = [SearchQuery(lat=town.lat, lon=town.lon, radius_km=RADIUS_KM) for town in chance.sample(towns, QUESTIONS)]
    skills = [f"c{chance.randrange(CATEGORIES)}" for _ in near]
    frequent = [words[rank] for rank in (0, 40, 400)]
    return {
        "nearest-20": near,
        "category": [_with(query, skill=skill) for query, skill in zip(near, skills, strict=True)],
        "word": [_with(query, text=word) for query, word in zip(near, frequent, strict=True)],
    }


def _with(query: SearchQuery, *, text: str = "", skill: str = "") -> SearchQuery:
    return SearchQuery(text=text, skill=skill, lat=query.lat, lon=query.lon, radius_km=query.radius_km)


# --- the two ways ---------------------------------------------------------------------------------------


def _nearest(query: SearchQuery) -> list[int]:
    terms = [skill_term(query.one_skill)] if query.skill else [query.text] if query.text else []
    around = Around(query.lat or 0.0, query.lon or 0.0, query.radius_km)
    found, _ = find_matches(Wanted(at=now(), terms=tuple(terms), purpose=query.purpose), around, most=PAGE)
    return [match.offer_id for match in found]


def _page(query: SearchQuery) -> list[int]:
    answer = find_offers(query, viewpoint=NOBODY, size=PAGE)
    return [hit.offer.pk for hit in answer.hits]


def _scan_nearest(query: SearchQuery) -> list[int]:
    return [row[0] for row in heapq.nsmallest(PAGE, _scan(query), key=lambda row: (row[2], row[0]))]


def _scan_page(query: SearchQuery) -> list[int]:
    key = operator.itemgetter(1, 2, 3, 4)  # remote last, distance, name, IRI; the web of trust is empty
    return [
        row[0] for row in heapq.nsmallest(PAGE, ((*row[:3], fold(row[3]), row[4]) for row in _scan(query)), key=key)
    ]


COLUMNS = ("id", "lat", "lon", "area", "area_km", "remote", "place_dept", "title", "skill__slug", "owner__name", "uri")


def _scan(query: SearchQuery) -> list[tuple[int, bool, float, str, str]]:
    """Return (id, is remote only, km, name, IRI) of every match."""
    rows = Offer.objects.filter(
        state=OfferState.LIVE, ends_at__gt=now(), purpose__in=query.purpose, owner__gone_at=None
    ).values_list(*COLUMNS)
    found = []
    for pk, lat, lon, area, area_km, remote, dept, title, skill, name, uri in rows.iterator():
        if (query.skill and skill not in query.skill) or (query.text and query.text not in title.split()):
            continue
        km = distance_km(query.lat or 0.0, query.lon or 0.0, lat, lon)
        near = km <= (query.radius_km or inf)
        comes = (area == "circle" and km <= area_km) or (area == "country" and country_of(dept) == "FR")
        if near or comes or remote:
            found.append((pk, not (near or comes), km, name, uri))
    return found


# --- generated data ---------------------------------------------------------------------------------------


class World:
    """The tables as they grow."""

    def __init__(self, chance: random.Random) -> None:
        load_gazetteer()
        rows = Locality.objects.filter(country="FR", kind="COM", lat__isnull=False).order_by("-population", "id")
        self.chance, self.size = chance, 0
        self.towns = chance.sample(list(rows[: 4 * TOWNS]), TOWNS)
        self.words = list(_made_up_words(chance))
        self.web = Web(chance)
        labels = ((f"c{n}", f"zc{n}") for n in range(CATEGORIES))
        self.skills = [Skill.objects.create(slug=slug, label_fr=label, label_en=label) for slug, label in labels]

    def grown(self, size: int) -> "World":
        """Add offers, and the people and attestations that go with them, until there are `size`."""
        with transaction.atomic():
            members = self.web.grown(size // OFFERS_EACH + 1)
            drawn = range(self.size + 1, size + 1)
            offers = [_offer(self.chance, n, self.towns, self.words, self.skills, members) for n in drawn]
            Offer.objects.bulk_create(offers, batch_size=BATCH)
            _insert_terms(offers)
        self.size = size
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        return self


def _made_up_words(chance: random.Random) -> Iterator[str]:
    """Yield words that are their own stems, so that the scan can compare without a stemmer."""
    known: set[str] = set()
    while len(known) < WORDS:
        word = "".join(chance.choice("bcdfglmnprtv") + chance.choice("aio") for _ in range(chance.randint(2, 4))) + "k"
        if word not in known and stem(word) == word:
            known.add(word)
            yield word


ZIPF = list(accumulate(1 / rank for rank in range(1, WORDS + 1)))


def _offer(
    chance: random.Random,
    number: int,
    towns: list[Locality],
    words: list[str],
    skills: list[Skill],
    members: list[Member],
) -> Offer:
    town = chance.choice(towns)
    lat, lon = town.lat or 0.0, town.lon or 0.0  # all of them have a point
    return Offer(
        id=number,
        uri=f"o:{number}",
        owner=members[number // OFFERS_EACH],
        local=True,
        title=" ".join(chance.choices(words, cum_weights=ZIPF, k=WORDS_EACH)),
        skill=chance.choice(skills),
        price=chance.choice([Price.GIFT, Price.BARTER, Price.FREE_PRICE]),
        opening=chance.choices(["open", "waiting", "closed"], [70, 20, 10])[0],
        area=chance.choices([Area.CIRCLE, Area.ON_SITE, Area.COUNTRY], [80, 15, 5])[0],
        area_km=chance.choice([10, 30, 30, 50, 100]),
        remote=chance.random() < 0.2,
        lat=lat,
        lon=lon,
        place_name=town.name,
        place_dept=town.dept,
        z=morton(lat, lon),
        ends_at=now() + timedelta(days=90),
    )


def _insert_terms(offers: list[Offer]) -> None:
    """Write the terms that `index_offer` would write, by plain inserts: a million rows."""
    statement = "INSERT INTO network_offerterm (offer_id, term, z) VALUES (%s, %s, %s)"
    with connection.cursor() as cursor:
        for start in range(0, len(offers), BATCH):
            part = offers[start : start + BATCH]
            cursor.executemany(statement, [(o.id, term, o.z) for o in part for term in terms_of(o, [o.skill])])
