"""Publishing, editing, renewing, withdrawing one's own offers; their end; reading them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from network.actions.offers import edit_offer, expire_offers, publish_offer, renew_offer, withdraw_offer
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import Membership, MembershipState, Offer, OfferState, OfferTerm
from network.queries.offers import draft_of, live_offers_of, local_live_offers, offer_page, own_offers
from network.rules.offers import OfferDraft
from network.signals import offer_edited, offer_published, offer_withdrawn
from network.tasks import expire
from tests.factories import LENS, LIEVIN, candidate, collective, member, offer, skill

pytestmark = pytest.mark.django_db

DRAFT = OfferDraft(
    title=" Installation de Nextcloud ", price="hourly", amount_cents=5500, description="**Chez vous**", place=LIEVIN,
    skill="nextcloud", area_km=40, availability="sous huit jours",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _now(clock):
    """A Saturday of November 2026."""


@pytest.fixture
def alix():
    skill("nextcloud")
    return member("Alix", belongs_to=collective())


@pytest.fixture
def news():
    """What was announced: (signal, offer id)."""
    heard, signals = [], (offer_published, offer_edited, offer_withdrawn)

    def hear(sender, signal, offer_id, **_):
        heard.append((signal, offer_id))

    for signal in signals:
        signal.connect(hear)
    yield heard
    for signal in signals:
        signal.disconnect(hear)


def _with(**said) -> OfferDraft:
    return OfferDraft(**vars(DRAFT) | said)


def _refused(error, code, call, **kwargs):
    before = list(Offer.objects.values())
    with pytest.raises(error) as refusal:
        call(**kwargs)
    assert refusal.value.code == code
    assert list(Offer.objects.values()) == before
    return refusal.value


# --- success ---------------------------------------------------------------------------------------------


def test_an_offer_is_published_found_and_announced(alix, clock, news, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        made = publish_offer(actor=alix, draft=DRAFT)
    row = Offer.objects.get()
    assert row.uri.startswith("http://localhost:8000/p/")
    assert (row.owner, row.local, row.purpose, row.state) == (alix, True, "offer", OfferState.LIVE)
    assert (row.title, row.description, row.skill.slug) == ("Installation de Nextcloud", "**Chez vous**", "nextcloud")
    assert (row.price, row.amount_cents, row.currency, row.availability) == ("hourly", 5500, "EUR", "sous huit jours")
    assert (row.place_name, row.lat, row.area_km) == ("Liévin", 50.4216, 40)
    assert row.ends_at == datetime(2027, 5, 21, 22, tzinfo=UTC)  # the day after six months, at its first instant
    assert (row.published_at, row.updated_at, row.renewed_at) == (clock.now(),) * 3
    assert row.z is not None
    assert OfferTerm.objects.filter(offer=row, term="skill:nextcloud").exists()
    assert news == [(offer_published, made.pk)]


@pytest.mark.parametrize(
    ("price", "cents"), [("hourly", 1), ("fixed", 100_000_000), ("prix_libre", None), ("gift", None), ("barter", None)]
)
def test_every_price_model(alix, price, cents):
    made = publish_offer(actor=alix, draft=_with(price=price, amount_cents=cents))
    assert (made.price, made.amount_cents) == (price, cents)


def test_a_request_without_skill_done_at_a_distance_needs_no_place(alix):
    made = publish_offer(actor=alix, draft=_with(purpose="request", skill="", place=None, remote=True))
    assert (made.purpose, made.skill, made.place_name, made.lat) == ("request", None, "", None)


def test_editing_replaces_what_is_said_and_confirms_it(alix, clock, news, django_capture_on_commit_callbacks):
    made = publish_offer(actor=alix, draft=DRAFT)
    clock.advance(days=10)
    with django_capture_on_commit_callbacks(execute=True):
        edited = edit_offer(
            actor=alix, offer_id=made.pk,
            draft=_with(title="Hébergement", price="gift", amount_cents=None, place=LENS, ends_on=date(2027, 1, 1)),
        )  # fmt: skip
    assert (edited.uri, edited.title, edited.price, edited.place_name) == (made.uri, "Hébergement", "gift", "Lens")
    assert (edited.revision, edited.updated_at, edited.published_at) == (2, clock.now(), made.published_at)
    assert edited.ends_at == datetime(2027, 1, 1, 23, tzinfo=UTC)
    assert OfferTerm.objects.filter(offer=made, term__startswith="heberg").exists()
    assert news == [(offer_edited, made.pk)]


def test_what_is_read_back_into_the_form_publishes_the_same(alix):
    made = publish_offer(actor=alix, draft=_with(ends_on=date(2027, 3, 1)))
    again = publish_offer(actor=alix, draft=draft_of(made))
    same = [field.name for field in Offer._meta.fields if field.name not in {"id", "uri"}]
    made.refresh_from_db(), again.refresh_from_db()
    assert [getattr(again, name) for name in same] == [getattr(made, name) for name in same]


def test_an_expired_offer_comes_back_from_its_form(alix, clock):
    made = publish_offer(actor=alix, draft=DRAFT)
    clock.advance(days=200)
    expire.run()
    edited = edit_offer(actor=alix, offer_id=made.pk, draft=draft_of(Offer.objects.get()))
    assert (edited.state, edited.ends_at) == (OfferState.LIVE, datetime(2027, 12, 9, 23, tzinfo=UTC))


def test_renewing_gives_six_more_months_even_to_an_expired_one(alix, clock):
    made = publish_offer(actor=alix, draft=DRAFT)
    clock.advance(days=200)
    assert expire.run() == 1
    assert not OfferTerm.objects.filter(offer=made).exists()
    renewed = renew_offer(actor=alix, offer_id=made.pk)
    assert (renewed.state, renewed.renewed_at, renewed.revision) == (OfferState.LIVE, clock.now(), 2)
    assert renewed.ends_at == datetime(2027, 12, 9, 23, tzinfo=UTC)
    assert OfferTerm.objects.filter(offer=made).exists()


def test_withdrawing_takes_it_off_for_good(alix, news, django_capture_on_commit_callbacks):
    made = publish_offer(actor=alix, draft=DRAFT)
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_offer(actor=alix, offer_id=made.pk)
    made.refresh_from_db()
    assert (made.state, made.revision) == (OfferState.WITHDRAWN, 2)
    assert not OfferTerm.objects.exists()
    assert news == [(offer_withdrawn, made.pk)]


# --- the end ---------------------------------------------------------------------------------------------


def test_offers_expire_at_their_end_and_not_before(clock):
    ending = offer(ends_at=clock.now() + timedelta(days=1), updated_at=clock.now() - timedelta(days=9))
    staying = offer(ends_at=clock.now() + timedelta(days=2))
    assert expire_offers(now=clock.now() + timedelta(hours=23)) == 0
    assert expire_offers(now=ending.ends_at) == 1
    assert expire_offers(now=ending.ends_at) == 0
    ending.refresh_from_db(), staying.refresh_from_db()
    assert (ending.state, staying.state) == (OfferState.EXPIRED, OfferState.LIVE)
    assert ending.updated_at == clock.now() - timedelta(days=9)


# --- refusals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"title": " x "}, "title", "title_length"),
        ({"title": "x" * 121}, "title", "title_length"),
        ({"title": "a\x00bcd"}, "title", "text_invalid"),
        ({"description": "x" * 10_001}, "description", "description_too_long"),
        ({"availability": "x" * 201}, "availability", "availability_too_long"),
        ({"purpose": "sale"}, "purpose", "purpose_unknown"),
        ({"opening": "maybe"}, "opening", "opening_unknown"),
        ({"area": "moon"}, "area", "area_unknown"),
        ({"area_km": 0}, "area_km", "area_km_bounds"),
        ({"area_km": 1001}, "area_km", "area_km_bounds"),
        ({"place": None}, "place", "place_needed"),
        ({"price": "free"}, "price", "price_unknown"),
        ({"amount_cents": None}, "amount_cents", "amount_missing"),
        ({"amount_cents": 0}, "amount_cents", "amount_bounds"),
        ({"amount_cents": 100_000_001}, "amount_cents", "amount_bounds"),
        ({"price": "gift"}, "amount_cents", "amount_not_for_this_price"),
        ({"currency": "XXX"}, "currency", "currency_unknown"),
        ({"ends_on": date(2026, 11, 21)}, "ends_on", "end_in_the_past"),
        ({"ends_on": date(2028, 11, 22)}, "ends_on", "end_too_late"),
        ({"skill": "no-such-skill"}, "skill", "skill_unknown"),
    ],
)
def test_a_draft_out_of_bounds_is_refused(alix, wrong, field, code):
    refusal = _refused(Invalid, code, publish_offer, actor=alix, draft=_with(**wrong))
    assert refusal.facts["problems"] == [(field, code)]
    made = publish_offer(actor=alix, draft=DRAFT)
    _refused(Invalid, code, edit_offer, actor=alix, offer_id=made.pk, draft=_with(**wrong))


def test_a_candidate_publishes_too(alix):
    waiting = member("Camille")
    candidate(alix.memberships.get().collective, waiting)
    assert publish_offer(actor=waiting, draft=DRAFT).owner == waiting


def test_only_members_and_candidates_of_this_node_publish(alix):
    remote = member("Dominique", origin="https://tours.example", belongs_to=alix.memberships.get().collective)
    for actor in (member("Fanny"), remote):
        _refused(NotEntitled, "not_a_member", publish_offer, actor=actor, draft=DRAFT)
    Membership.objects.filter(member=alix).update(state=MembershipState.ENDED)
    _refused(NotEntitled, "not_a_member", publish_offer, actor=alix, draft=DRAFT)


def test_only_the_owner_changes_an_offer(alix):
    bachir = member("Bachir", belongs_to=alix.memberships.get().collective)
    made, remote = offer(alix), offer(member(origin="https://tours.example"))
    for call, extra in ((edit_offer, {"draft": DRAFT}), (renew_offer, {}), (withdraw_offer, {})):
        _refused(NotEntitled, "not_the_owner", call, actor=bachir, offer_id=made.pk, **extra)
        _refused(NotEntitled, "not_the_owner", call, actor=remote.owner, offer_id=remote.pk, **extra)
        _refused(NotFound, "offer_unknown", call, actor=alix, offer_id=10**9, **extra)


def test_a_withdrawn_offer_cannot_be_changed(alix):
    made = offer(alix, state=OfferState.WITHDRAWN)
    for call, extra in ((edit_offer, {"draft": DRAFT}), (renew_offer, {}), (withdraw_offer, {})):
        _refused(WrongState, "offer_withdrawn", call, actor=alix, offer_id=made.pk, **extra)


# --- reading ---------------------------------------------------------------------------------------------


def test_the_page_of_an_offer_and_who_may_edit_it(alix):
    made, expired = offer(alix), offer(alix, state=OfferState.EXPIRED)
    assert (offer_page(made.pk, viewer=None).owner, offer_page(made.pk, viewer=None).can_edit) == (alix, False)
    assert offer_page(made.pk, viewer=alix).can_edit
    assert offer_page(expired.pk, viewer=None).offer == expired  # the page stays, marked


def test_a_withdrawn_offer_is_shown_to_its_owner_only_and_nothing_of_somebody_gone(alix, clock):
    withdrawn, orphan = offer(alix, state=OfferState.WITHDRAWN), offer(member(gone_at=clock.now()))
    assert offer_page(withdrawn.pk, viewer=alix).offer == withdrawn
    for pk, viewer in ((withdrawn.pk, None), (withdrawn.pk, member("B")), (orphan.pk, alix), (10**9, alix)):
        _refused(NotFound, "offer_unknown", lambda pk, viewer: offer_page(pk, viewer=viewer), pk=pk, viewer=viewer)


def test_lists_of_offers_take_one_query(alix):
    live = [offer(alix, f"Offre {n}") for n in range(5)]
    seeks = offer(alix, "Demande", purpose="request")
    expired = offer(alix, state=OfferState.EXPIRED)
    offer(member(origin="https://tours.example"))
    offer(alix, state=OfferState.WITHDRAWN)
    for ask, found in (
        (lambda: own_offers(alix), {*live, seeks, expired}),
        (lambda: live_offers_of(alix), {*live, seeks}),
        (lambda: live_offers_of(alix, "request"), {seeks}),
        (lambda: list(local_live_offers()), {*live, seeks}),
    ):
        with CaptureQueriesContext(connection) as asked:
            rows = ask()
            assert {row.owner.name for row in rows} == {"Alix"}
        assert (set(rows), len(asked)) == (found, 1)
