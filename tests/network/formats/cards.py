"""Entries for tests: some written by hand, and strategies that make any entry that may be published."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime

from hypothesis import strategies as st

from network.rules.access import ACCESS, read_tags
from network.rules.cards import plain
from network.rules.entries import EntryCard, EntryOffer, Spot

LIEVIN = Spot("Liévin", "62", "62510", "62800", 50.4216, 2.7848)
MAIL = EntryOffer(
    "Courriel associatif", uri="https://n.example/p/1", text="Boîtes et listes, chez nous.", skill="courriel",
    tags=("radio libre", "=1+1"), access=("home_visit",), spot=LIEVIN, area_km=40, price="hourly", amount_cents=5550,
    ends_on=date(2027, 5, 22),
    availability="Le mardi", url="https://n.example/offres/1",
)  # fmt: skip
WIKI = EntryOffer(
    "Wiki", uri="https://n.example/p/2", area="country", remote=True, price="prix_libre", opening="closed"
)
WORKSHOP = EntryCard(
    "Atelier du Cœur", uri="https://n.example/u/atelier", kind="association", summary="On répare ; on forme.",
    website="https://atelier.example", languages=("fr", "fsl"), skills=("courriel", "depannage"), opening="waiting",
    access=("step_free", "sign_language"), spot=LIEVIN, url="https://n.example/membres/1", contact="https://n.example/membres/1#contact",
    source="https://n.example", renewed_at=datetime(2026, 10, 3, 12, 0, tzinfo=UTC), offers=(MAIL, WIKI),
)  # fmt: skip

# --- any entry ----------------------------------------------------------------------------------------------

SIGNS = st.characters(exclude_categories=["Cs"])
WORDS = (
    st.text(SIGNS, min_size=1, max_size=40).map(lambda text: plain(text.replace("\r", "\n"))).filter(bool)
)  # lines end one way
LINES = st.text(SIGNS, max_size=120).map(lambda text: plain(text.replace("\r", "\n")))
SLUGS = st.from_regex(r"[a-z]{2,8}(-[a-z]{2,8})?", fullmatch=True)
TAGS = st.sampled_from(["fr", "en", "fsl", "pt-BR", "zh-Hant-TW"])
ADDRESSES = st.from_regex(r"https://[a-z]{1,8}\.example/[a-z0-9/?=&%.-]{0,20}", fullmatch=True)
DEGREES = st.tuples(st.floats(-90, 90), st.floats(-180, 180)).map(lambda p: (round(p[0], 5), round(p[1], 5)))
TOWNS = st.sampled_from(
    [("Liévin", "62"), ("Mons-en-Barœul", "59"), ("Le Vigan", "30"), ("Ajaccio", "2A"), ("Gent", "BE")]
)
SPOTS = st.one_of(
    st.just(Spot()),
    st.builds(lambda town, at: Spot(town[0], town[1], "", "", *at), TOWNS, DEGREES),
    st.builds(lambda town: Spot(town[0], town[1], "01400", "01400"), TOWNS),
)
DAYS = st.dates(date(2026, 1, 1), date(2030, 1, 1))
PRICES = st.sampled_from(
    [
        ("hourly", 5500),
        ("fixed", 1),
        ("fixed", 99_999_999),
        *((name, None) for name in ("prix_libre", "gift", "barter", "unsaid")),
    ]
)
OPENINGS = st.sampled_from(["open", "waiting", "closed"])


ACCESSES = st.lists(st.sampled_from(ACCESS), unique=True).map(tuple)
FREE_WORDS = st.lists(WORDS, max_size=4).map(lambda words: read_tags(",".join(words)))


@st.composite
def offers(draw):
    price, cents = draw(PRICES)
    area = draw(st.sampled_from(["circle", "country", "on_site"]))
    priced = {"currency": draw(st.sampled_from(["EUR", "CHF"])), "tax_included": draw(st.booleans())} if cents else {}
    return EntryOffer(
        title=draw(WORDS), uri=draw(ADDRESSES), text=draw(LINES), purpose=draw(st.sampled_from(["offer", "request"])),
        skill=draw(st.one_of(st.just(""), SLUGS)), tags=draw(FREE_WORDS), spot=draw(SPOTS), area=area,
        area_km=draw(st.integers(1, 1000)),
        remote=draw(st.booleans()), access=draw(ACCESSES), opening=draw(OPENINGS), availability=draw(LINES),
        price=price, amount_cents=cents,
        ends_on=draw(st.one_of(st.none(), DAYS)), url=draw(st.one_of(st.just(""), ADDRESSES)), **priced,
    )  # fmt: skip


@st.composite
def cards(draw):
    moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    return EntryCard(
        name=draw(WORDS), uri=draw(ADDRESSES),
        kind=draw(st.sampled_from(["person", "association", "company", "collective", "public_body"])),
        summary=draw(LINES), website=draw(st.one_of(st.just(""), ADDRESSES)),
        languages=tuple(draw(st.lists(TAGS, unique=True))),
        skills=tuple(draw(st.lists(SLUGS, unique=True, max_size=4))),
        opening=draw(OPENINGS), access=draw(ACCESSES), spot=draw(SPOTS), url=draw(st.one_of(st.just(""), ADDRESSES)),
        contact=draw(st.one_of(st.just(""), ADDRESSES)), source=draw(st.sampled_from(["", "https://n.example"])),
        renewed_at=draw(st.one_of(st.none(), moments.map(lambda at: at.replace(microsecond=0)))),
        offers=tuple(draw(st.lists(offers(), max_size=3, unique_by=lambda offer: offer.uri))),
    )  # fmt: skip


def held(card: EntryCard, holds: frozenset[str]) -> EntryCard:
    """Return what a format that holds these fields keeps of an entry; the rest says nothing."""
    offers = tuple(_kept(offer, holds, "offer.") for offer in card.offers) if "offer.title" in holds else ()
    return replace(_kept(card, holds, ""), offers=offers)


def _kept(thing, holds, prefix):
    empty = type(thing)(name="") if prefix == "" else type(thing)(title="")
    of = {"area_km": "area", "amount_cents": "amount", "currency": "amount", "tax_included": "amount"}
    changes = {
        each.name: getattr(empty, each.name)
        for each in fields(thing)
        if each.name not in {"spot", "offers"} and prefix + of.get(each.name, each.name) not in holds
    }
    return replace(thing, **changes, spot=_spot(thing.spot, f"{prefix}place" in holds, f"{prefix}point" in holds))


def _spot(spot: Spot, place: bool, point: bool) -> Spot:
    spot = spot if place else replace(spot, name="", dept="", code="", postcode="")
    return spot if point else replace(spot, lat=None, lon=None)
