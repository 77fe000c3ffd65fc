"""Offers of other nodes: whatever the order of the news, and nothing in anybody else's name."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations

import pytest

from network.actions.arrivals import record_remote_offers
from network.actions.copies import forget_offers_of
from network.actions.leaving import mark_member_gone
from network.actions.offers import record_remote_offer, record_remote_withdrawal
from network.errors import Invalid, NotEntitled, NotFound
from network.models import Offer, OfferState, OfferTerm
from network.rules.cards import OfferCard
from tests.factories import member, offer, skill

pytestmark = pytest.mark.django_db

TOURS = "https://tours.example"
URI = f"{TOURS}/p/1"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FAR = timezone(timedelta(hours=-9))


@pytest.fixture(autouse=True)
def _now(clock):
    """A Saturday of November 2026."""


@pytest.fixture
def dominique():
    return member("Dominique", origin=TOURS, handle="dominique")


def _card(**said) -> OfferCard:
    plain = {
        "uri": URI, "origin": TOURS, "owner_uri": f"{TOURS}/u/dominique", "purpose": "offer", "title": "Hébergement",
        "html": "<p>Sobre</p>", "price": "hourly", "amount_cents": 5500, "published_at": NOON, "updated_at": NOON,
        "ends_at": NOON + timedelta(days=100), "lat": 47.39, "lon": 0.69, "place_name": "Tours", "place_dept": "37",
    }  # fmt: skip
    return OfferCard(**plain | said)


def _refused(error, code, call, **kwargs):
    before = list(Offer.objects.values())
    with pytest.raises(error) as refusal:
        call(**kwargs)
    assert refusal.value.code == code
    assert list(Offer.objects.values()) == before


def _outcome():
    rows = Offer.objects.values("uri", "title", "state", "updated_at")
    return [tuple(row.values()) for row in rows], set(OfferTerm.objects.values_list("term", flat=True))


# --- success ---------------------------------------------------------------------------------------------


def test_an_offer_of_another_node_is_kept_clean_and_found(dominique, clock):
    skill("hebergement")
    card = _card(html="<p>Sobre<script>x</script></p>", skill_slug="hebergement")
    row = record_remote_offer(card=card, now=clock.now())
    assert (row.uri, row.owner, row.local, row.state) == (URI, dominique, False, OfferState.LIVE)
    assert (row.description, row.skill.slug, row.amount_cents) == ("<p>Sobre</p>", "hebergement", 5500)
    assert (row.published_at, row.updated_at, row.heard_at) == (NOON, NOON, clock.now())
    assert OfferTerm.objects.filter(offer=row, term="skill:hebergement").exists()


def test_the_same_news_twice_is_one_offer(dominique, clock):
    first = record_remote_offer(card=_card(), now=clock.now())
    later = clock.advance(hours=1)
    assert record_remote_offer(card=_card(), now=later).pk == first.pk
    assert Offer.objects.get().heard_at == later


def test_versions_and_withdrawal_give_the_same_in_every_order_that_the_owner_meant(dominique, clock):
    """Two versions, in any order, any of them twice: the later one stands."""
    old, new = _card(), _card(title="Hébergement sobre", updated_at=NOON + timedelta(hours=1))
    outcomes = []
    for order in permutations([old, new, old]):
        Offer.objects.all().delete()
        for card in order:
            record_remote_offer(card=card, now=clock.now())
        outcomes.append(_outcome())
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert outcomes[0][0][0][1] == "Hébergement sobre"


@pytest.mark.parametrize(
    "changed", [{"title": "Autre titre"}, {"amount_cents": 6000}, {"tags": ("mer",)}, {"lat": 47.4}, {"remote": True}]
)
@pytest.mark.parametrize("together", [False, True])
def test_of_two_versions_of_one_instant_one_stands_whichever_came_last(dominique, clock, changed, together):
    """By itself or taken with others: two nodes that have heard both show the same."""
    outcomes = set()
    later = {"updated_at": NOON + timedelta(minutes=5)}
    clock.advance(days=1)
    for order in permutations([_card(**later), _card(**later, **changed)]):
        Offer.objects.all().delete()
        for card in [*order, order[0]]:
            if together:
                record_remote_offers(cards=[card], now=clock.now())
            else:
                record_remote_offer(card=card, now=clock.now())
        row = Offer.objects.get()
        outcomes.add((row.title, row.amount_cents, tuple(row.tags), row.lat, row.remote))
    assert len(outcomes) == 1


@pytest.mark.parametrize("title", ["Zut", "Abri"])
def test_who_never_says_when_they_changed_it_is_heard_as_they_come(dominique, clock, title):
    record_remote_offer(card=_card(), now=clock.now())
    record_remote_offer(card=_card(title=title), now=clock.now())
    assert Offer.objects.get().title == title


def test_what_is_heard_once_more_is_confirmed_though_a_row_holds_it_otherwise(dominique, clock):
    """Numbers, lists and instants come back from a row in another shape, and are the same."""
    said = {"tags": ("mer", "calme"), "lat": 47, "lon": 1, "ends_at": datetime(2027, 2, 1, 12, tzinfo=FAR)}
    record_remote_offer(card=_card(**said), now=clock.now())
    later = clock.advance(hours=1)
    record_remote_offer(card=_card(**said), now=later)
    assert Offer.objects.get().heard_at == later


def test_a_withdrawn_offer_never_wakes(dominique, clock):
    record_remote_offer(card=_card(), now=clock.now())
    assert record_remote_withdrawal(uri=URI, owner_uri=dominique.uri) is True
    assert record_remote_withdrawal(uri=URI, owner_uri=dominique.uri) is False
    late = _card(updated_at=clock.now() + timedelta(days=1))
    assert record_remote_offer(card=late, now=clock.advance(days=2)).state == OfferState.WITHDRAWN
    assert not OfferTerm.objects.exists()


def test_a_withdrawal_may_overtake_the_offer(dominique, clock):
    assert record_remote_withdrawal(uri=URI, owner_uri=dominique.uri) is True
    record_remote_offer(card=_card(), now=clock.now())
    assert Offer.objects.get().state == OfferState.WITHDRAWN
    assert not OfferTerm.objects.exists()


def test_an_ended_offer_comes_as_expired_and_wakes_with_a_later_end(dominique, clock):
    past = _card(ends_at=clock.now() - timedelta(seconds=1))
    assert record_remote_offer(card=past, now=clock.now()).state == OfferState.EXPIRED
    renewed = _card(updated_at=clock.now(), ends_at=clock.now() + timedelta(days=9))
    assert record_remote_offer(card=renewed, now=clock.now()).state == OfferState.LIVE


def test_without_an_end_six_months_are_meant(dominique, clock):
    ends_at = record_remote_offer(card=_card(ends_at=None), now=clock.now()).ends_at
    assert ends_at == datetime(2027, 5, 21, 22, tzinfo=UTC)


def test_a_date_to_come_does_not_block_what_is_said_later(dominique, clock):
    record_remote_offer(card=_card(updated_at=datetime(9999, 1, 1, tzinfo=UTC)), now=clock.now())
    assert Offer.objects.get().updated_at == clock.now()
    later = clock.advance(days=1)
    record_remote_offer(card=_card(title="Corrigé", updated_at=later), now=later)
    assert Offer.objects.get().title == "Corrigé"


def test_what_is_long_is_cut_and_what_no_column_holds_is_dropped(dominique, clock):
    words = {"title": "T\x00" * 300, "availability": "a" * 999, "html": "<p>\ud800a\x00b</p>"}
    card = _card(**words, place_name="p" * 999, place_dept="x" * 99, area_km=10**9)
    row = record_remote_offer(card=card, now=clock.now())
    assert (row.title, len(row.availability), len(row.place_name)) == ("T" * 120, 200, 120)
    assert (len(row.place_dept), row.area_km, row.description) == (8, 1000, "<p>ab</p>")


def test_copies_of_a_node_no_longer_followed_are_dropped_and_may_come_again(dominique, clock):
    record_remote_offer(card=_card(), now=clock.now())
    ours = offer()
    assert forget_offers_of(origin=TOURS) == 1
    assert list(Offer.objects.all()) == [ours]
    assert record_remote_offer(card=_card(), now=clock.now()).state == OfferState.LIVE


# --- refusals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"uri": "https://pirate.example/p/1"}, "origin_mismatch"),
        ({"owner_uri": "https://pirate.example/u/dominique"}, "origin_mismatch"),
        ({"origin": "https://pirate.example"}, "origin_mismatch"),
        ({"uri": "http://tours.example/p/1"}, "origin_mismatch"),
        ({"uri": "https://tours.example:8443/p/1"}, "origin_mismatch"),
    ],
)
def test_nothing_of_another_origin(dominique, clock, wrong, code):
    _refused(NotEntitled, code, record_remote_offer, card=_card(**wrong), now=clock.now())


def test_nothing_in_the_name_of_this_node(clock):
    ours = offer()
    card = _card(uri=ours.uri, origin=ours.owner.origin, owner_uri=ours.owner.uri, title="Détourné")
    _refused(NotEntitled, "origin_mismatch", record_remote_offer, card=card, now=clock.now())
    assert record_remote_withdrawal(uri=ours.uri, owner_uri=ours.owner.uri) is False
    assert Offer.objects.get().state == OfferState.LIVE


def test_a_neighbour_on_the_same_node_takes_nothing_over(dominique, clock):
    record_remote_offer(card=_card(), now=clock.now())
    other = member("Autre", origin=TOURS)
    card = _card(owner_uri=other.uri, updated_at=clock.now())
    _refused(NotEntitled, "not_the_owner", record_remote_offer, card=card, now=clock.now())
    assert record_remote_withdrawal(uri=URI, owner_uri=other.uri) is False
    assert Offer.objects.get().state == OfferState.LIVE


def test_a_withdrawal_by_somebody_unknown_leaves_no_trace(dominique):
    assert record_remote_withdrawal(uri=URI, owner_uri=f"{TOURS}/u/nobody") is False
    assert record_remote_withdrawal(uri=URI, owner_uri="https://pirate.example/u/dominique") is False
    assert not Offer.objects.exists()


def test_nothing_of_somebody_unknown_or_gone(dominique, clock):
    card = _card(owner_uri=f"{TOURS}/u/nobody")
    _refused(NotFound, "member_unknown", record_remote_offer, card=card, now=clock.now())
    mark_member_gone(uri=dominique.uri)
    _refused(NotFound, "member_unknown", record_remote_offer, card=_card(), now=clock.now())


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"title": " \x00"}, "title_length"),
        ({"purpose": "sale"}, "purpose_unknown"),
        ({"price": "free"}, "price_unknown"),
        ({"area": "moon"}, "area_unknown"),
        ({"opening": "maybe"}, "opening_unknown"),
        ({"amount_cents": None}, "amount_incoherent"),
        ({"price": "gift"}, "amount_incoherent"),
        ({"amount_cents": -1}, "amount_bounds"),
        ({"amount_cents": 10**12}, "amount_bounds"),
        ({"currency": "euros"}, "currency_unknown"),
        ({"lat": None}, "point_invalid"),
        ({"lon": 181.0}, "point_invalid"),
        ({"lat": float("inf")}, "point_invalid"),
        ({"uri": f"{TOURS}/{'p' * 500}"}, "uri_too_long"),
    ],
)
def test_a_card_that_makes_no_sense_is_refused(dominique, clock, wrong, code):
    with pytest.raises(Invalid) as refusal:
        record_remote_offer(card=_card(**wrong), now=clock.now())
    assert refusal.value.code == code
    assert not Offer.objects.exists()
