"""Filters of several values, and the counts beside them: each says how many results choosing it would give."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from network.actions.members import update_profile
from network.actions.offers import publish_offer
from network.actions.skills import load_skills
from network.errors import Invalid
from network.models import OfferTerm
from network.queries import matches, search
from network.queries.search import find_offers
from network.rules.offers import OfferDraft
from network.rules.search import FACETS, SearchQuery
from tests import factories
from tests.network.catalogue import LIEVIN, LILLE, VISITOR, lines, member, offer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gazetteer")]

VALUES = {
    "purpose": ["offer", "request"],
    "kind": ["person", "association", "company"],
    "price": ["gift", "barter", "prix_libre"],
    "language": ["fr", "en", "nl"],
    "opening": ["open", "waiting", "closed"],
    "access": ["step_free", "home_visit", "remote", "phone"],
    "skill": ["nextcloud", "courriel", "hebergement", "formation"],
}


@pytest.fixture
def many(db):
    """Eighty offers and needs of all sorts near Liévin."""
    load_skills()
    chance = random.Random(20261122)
    owners = [
        member(
            f"M{n}", kind=VALUES["kind"][n % 3], languages=chance.sample(VALUES["language"], 1 + n % 2),
            access=chance.sample(["step_free", "phone"], n % 3),
        )
        for n in range(12)
    ]  # fmt: skip
    for n in range(80):
        offer(
            f"Service {n}", owner=chance.choice(owners), at=(LIEVIN[0] + n / 2000, LIEVIN[1]),
            skill=chance.choice([*VALUES["skill"], ""]), price=chance.choice(VALUES["price"]),
            opening=chance.choice(VALUES["opening"]), purpose=chance.choice(VALUES["purpose"]),
            access=chance.sample(["home_visit", "easy_read"], chance.randrange(3)), remote=chance.random() < 0.2,
        )  # fmt: skip


def ask(**asked):
    return find_offers(SearchQuery(place="Liévin", **asked), viewpoint=VISITOR)


def total(answer):
    return 0 if answer.widening else answer.total


def counted(answer):
    return {name: {facet.value: facet.count for facet in answer.facets[name]} for name in FACETS}


CHOICES = [
    {},
    {"kind": ("person",)},
    {"price": ("gift", "barter")},
    {"purpose": ("offer", "request"), "opening": ("waiting",)},
    {"opening": ("open", "waiting"), "language": ("nl",)},
    {"access": ("step_free", "remote"), "skill": ("hebergement",)},
    {"text": "service", "skill": ("nextcloud", "formation"), "kind": ("company", "association")},
]


@pytest.mark.parametrize("accepted_only", [False, True])
@pytest.mark.parametrize("chosen", CHOICES, ids=str)
def test_each_count_is_what_choosing_that_value_gives(many, monkeypatch, chosen, accepted_only):
    monkeypatch.setattr(search, "trust_lines", lines(**{f"M{n}": (n % 4, 0.5) for n in range(12)}))
    chosen = chosen | {"accepted_only": accepted_only}
    counts = counted(ask(**chosen))
    assert any(counts.values())
    for name, values in VALUES.items():
        for value in values:
            assert counts[name].get(value, 0) == total(ask(**chosen | {name: (value,)})), (name, value)


def test_one_of_several_values_is_enough_and_all_facets_count(many):
    gift, barter = total(ask(price="gift")), total(ask(price="barter"))
    assert total(ask(price=("gift", "barter"))) == gift + barter
    both = total(ask(price=("gift", "barter"), opening=("open", "closed")))
    assert 0 < both < gift + barter
    assert both == sum(total(ask(price=p, opening=o)) for p in ("gift", "barter") for o in ("open", "closed"))


def test_under_the_cap_the_nearest_are_counted(many, monkeypatch):
    monkeypatch.setattr(search, "find", lambda wanted, around: matches.find(wanted, around, most=10))
    answer = ask()
    assert answer.capped
    assert sum(counted(answer)["price"].values()) == 10
    assert counted(answer)["purpose"]["offer"] == 10
    furthest = max(hit.distance_km for hit in answer.hits)
    near = find_offers(SearchQuery(lat=LIEVIN[0], lon=LIEVIN[1], purpose="request"), viewpoint=VISITOR, size=100)
    nearer = [hit for hit in near.hits if hit.distance_km < furthest]
    assert counted(answer)["purpose"].get("request", 0) == len(nearer)


def test_the_accepted_are_counted(monkeypatch):
    monkeypatch.setattr(search, "trust_lines", lines(A=(3, 0.9), B=(0, 0.0)))
    offer("une", owner=member("A"))
    offer("deux", owner=member("B"))
    assert [facet.count for facet in ask().facets["accepted"]] == [1]
    assert total(ask(accepted_only=True)) == 1


def test_beside_the_accepted_only_what_is_accepted_is_counted(monkeypatch):
    monkeypatch.setattr(search, "trust_lines", lines(A=(3, 0.9), B=(0, 0.0)))
    a, b = member("A"), member("B")
    for owner, price in ((a, "gift"), (b, "gift"), (b, "barter")):
        offer(f"{owner.name} {price}", owner=owner, price=price)
    answer = ask(accepted_only=True)
    assert (answer.total, counted(answer)["price"]) == (1, {"gift": 1})
    assert counted(ask(accepted_only=True, price="barter"))["price"] == {"gift": 1, "barter": 0}


def test_a_need_and_an_offer_together():
    offer("je propose")
    offer("je cherche", purpose="request")
    assert total(ask(purpose=("offer", "request"))) == 2
    assert total(ask()) == 1


def test_without_a_place_purposes_are_counted_too():
    for n in range(5):
        offer(f"o{n}", at=LILLE)
    offer("r", purpose="request", at=LILLE)
    answer = find_offers(SearchQuery(), viewpoint=VISITOR)
    assert counted(answer)["purpose"] == {"offer": 5, "request": 1}


# --- what the owner says -------------------------------------------------------------------------------------


@pytest.fixture
def alix(db):
    return factories.member("Alix", belongs_to=factories.collective())


def draft(**said):
    return OfferDraft("Atelier", "gift", place=factories.LIEVIN, **said)


def test_free_words_and_access_are_found_at_once(alix):
    made = publish_offer(actor=alix, draft=draft(tags=("PeerTube", "Radio locale"), access=("phone",), remote=True))
    assert total(ask(text="peertube")) == total(ask(text="radios locales")) == 1
    assert total(ask(access="phone")) == total(ask(access="remote")) == 1
    assert total(ask(access="step_free")) == 0
    update_profile(actor=alix, access=["step_free"], kind="association")
    assert total(ask(access="step_free")) == total(ask(kind="association")) == 1
    assert (made.tags, made.access) == (["PeerTube", "Radio locale"], ["phone"])


@pytest.mark.parametrize(
    ("said", "code"),
    [({"access": ("ladder",)}, "access_unknown"), ({"tags": ("x" * 41,)}, "tag_too_long"),
     ({"tags": tuple(map(str, range(11)))}, "tags_too_many")],
)  # fmt: skip
def test_what_nobody_understands_is_refused(alix, said, code):
    with pytest.raises(Invalid, match=code):
        publish_offer(actor=alix, draft=draft(**said))
    assert not OfferTerm.objects.exists()


def test_a_concept_of_another_node_is_kept_and_found_by_its_name(alix):
    from network.actions.offers import record_remote_offer
    from network.rules.cards import OfferCard

    load_skills()
    factories.member("Loin", origin="https://b.example", handle="loin")
    at = datetime(2026, 11, 20, tzinfo=UTC)

    def hear(key, skill_uri, slug):
        card = OfferCard(
            uri=f"https://b.example/p/{key}", origin="https://b.example", owner_uri="https://b.example/u/loin",
            purpose="offer", title=f"Offre {key}", html="", price="gift", updated_at=at, published_at=at,
            ends_at=at + timedelta(days=90), skill_uri=skill_uri, skill_slug=slug, area="country",
            tags=("miel", "x" * 500), access=("phone", "unheard"),
        )  # fmt: skip
        return record_remote_offer(card=card, now=at + timedelta(hours=1))

    free = hear("1", "https://b.example/skills/apiculture-urbaine", "apiculture-urbaine")
    assert (free.skill, free.skill_uri) == (None, "https://b.example/skills/apiculture-urbaine")
    assert free.access == ["phone"]
    assert [len(tag) for tag in free.tags] == [4, 40]
    assert total(ask(text="apiculture")) == total(ask(skill="apiculture urbaine")) == total(ask(text="miel")) == 1
    assert hear("2", "https://www.wikidata.org/entity/Q25874683", "").skill.slug == "nextcloud"
