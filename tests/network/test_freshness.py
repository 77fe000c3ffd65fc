"""Three dates for every entry, and what is shown by default: fading, coming back, hidden nodes."""

from datetime import timedelta

import pytest
from django.test import override_settings

from network.actions.index import index_offer
from network.actions.members import confirm_profile
from network.actions.offers import renew_offer
from network.actions.sources import note_missed
from network.actions.trust import withdraw_vouch
from network.models import Member, Offer
from network.queries.freshness import freshness_of, last_attested, member_freshness, unsteady_origins
from network.queries.matches import Wanted, find_matches
from network.queries.members import counts, member_page
from network.queries.search import find_offers
from network.queries.skills import frequent_skills
from network.queries.trust import viewpoint_for
from network.rules.freshness import Delays
from network.rules.search import SearchQuery
from tests import factories
from tests.network.moderation_cast import FAR, titles, town

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(clock):
    found = town()
    Offer.objects.update(ends_at=clock.now() + timedelta(days=700))
    return found


def heard(offer: Offer, at) -> None:
    Offer.objects.filter(pk=offer.pk).update(heard_at=at)
    Member.objects.filter(pk=offer.owner_id).update(heard_at=at)


def state(offer: Offer, clock) -> str:
    return freshness_of(Offer.objects.select_related("owner").get(pk=offer.pk), at=clock.now()).state


def test_a_copy_is_marked_after_a_week_and_leaves_the_results_after_ninety_days(here, clock):
    clock.advance(days=6)
    assert (state(here.copy, clock), "Nextcloud de Tours" in titles()) == ("fresh", True)
    clock.advance(days=1)
    assert (state(here.copy, clock), "Nextcloud de Tours" in titles()) == ("old_copy", True)
    clock.advance(days=83)
    assert (state(here.copy, clock), titles()) == ("faded", {"Nextcloud chez vous"})
    assert counts().offers == 1
    assert [offer.title for offer in member_page(here.dominique.pk, viewer=None).offers] == ["Nextcloud de Tours"]
    heard(here.copy, clock.now())
    assert "Nextcloud de Tours" in titles()


def test_an_entry_of_ours_is_to_be_confirmed_after_a_year_and_fades_after_fifteen_months(here, clock):
    clock.advance(days=364)
    assert state(here.offer, clock) == "fresh"
    clock.advance(days=1)
    assert (state(here.offer, clock), "Nextcloud chez vous" in titles()) == ("to_confirm", True)
    assert member_freshness(here.bachir, at=clock.now()).state == "to_confirm"
    clock.advance(days=91)
    assert (state(here.offer, clock), titles()) == ("faded", set())
    assert (counts().local_members, counts().offers) == (0, 0)


@pytest.mark.parametrize("confirm", ["profile", "offer"])
def test_one_confirmation_brings_an_offer_back(here, clock, confirm):
    clock.advance(days=460)
    assert titles() == set()
    if confirm == "profile":
        confirm_profile(actor=here.bachir)
    else:
        renew_offer(actor=here.bachir, offer_id=here.offer.pk)
    assert titles() == {"Nextcloud chez vous"}
    assert counts().local_members == (confirm == "profile")


def test_what_has_faded_is_found_by_whoever_asks_for_it(here, clock):
    clock.advance(days=460)
    found, _more = find_matches(Wanted(at=clock.now(), faded=True), None)
    assert {match.offer_id for match in found} == {here.offer.pk, here.copy.pk}
    found, _more = find_matches(Wanted(at=clock.now()), None)
    assert found == []


def test_the_page_and_the_api_show_it_on_request(here, clock, client):
    factories.node()
    clock.advance(days=460)
    assert "Nextcloud chez vous" not in client.get("/annuaire?q=nextcloud").content.decode()
    assert "Nextcloud chez vous" in client.get("/annuaire?q=nextcloud&faded=1").content.decode()
    assert client.get("/api/v1/offers?q=nextcloud").json()["total"] == 0
    assert client.get("/api/v1/offers?q=nextcloud&faded=1").json()["total"] == 2


def test_fading_leaves_the_order_alone(here, clock):
    viewpoint = viewpoint_for(member=None)
    before = [hit.offer.pk for hit in find_offers(SearchQuery(text="nextcloud"), viewpoint=viewpoint).hits]
    clock.advance(days=80)
    after = find_offers(SearchQuery(text="nextcloud"), viewpoint=viewpoint_for(member=None)).hits
    assert [hit.offer.pk for hit in after] == before
    assert {hit.freshness.state for hit in after} == {"fresh", "old_copy"}


@override_settings(FRESHNESS_DAYS=(2, 4, 10, 20))
def test_the_delays_are_options(here, clock):
    clock.advance(days=2)
    assert state(here.copy, clock) == "old_copy"
    clock.advance(days=8)
    assert (state(here.copy, clock), state(here.offer, clock)) == ("faded", "to_confirm")
    clock.advance(days=10)
    assert titles() == set()


@pytest.mark.parametrize("wrong", [(0, 90, 365, 456), (7, 6, 365, 456), (7, 90, 0, 456), (7, 90, 365, 364)])
def test_delays_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match="delays"):
        Delays(*wrong)


def test_a_source_missed_on_two_days_of_thirty_is_marked(here, clock):
    for _again in range(5):
        note_missed(origin=FAR, at=clock.now())
    assert state(here.copy, clock) == "fresh"
    clock.advance(days=1)
    note_missed(origin=FAR, at=clock.now())
    assert state(here.copy, clock) == "unsteady"
    assert unsteady_origins(clock.now()) == {FAR}
    hits = find_offers(SearchQuery(text="tours"), viewpoint=viewpoint_for(member=None)).hits
    assert [hit.freshness.state for hit in hits] == ["unsteady"]
    clock.advance(days=30)
    heard(here.copy, clock.now())
    assert state(here.copy, clock) == "fresh"


def test_the_date_of_the_last_attestation_that_counts(here, clock):
    camille = factories.member("Camille", belongs_to=here.collective)
    old = factories.vouch_between(here.alix, here.bachir, issued=clock.now() - timedelta(days=90))
    new = factories.vouch_between(camille, here.bachir, issued=clock.now() - timedelta(days=9))
    factories.vouch_between(here.alix, here.bachir, kind="prestation", public=False, issued=clock.now())
    factories.vouch_between(factories.member("Sans collectif"), here.bachir, issued=clock.now())
    assert member_freshness(here.bachir, at=clock.now(), attested=True).attested_at == new.issued_at
    withdraw_vouch(actor=camille, vouch_id=new.pk)
    assert last_attested(here.bachir, at=clock.now()) == old.issued_at
    assert last_attested(here.dominique, at=clock.now()) is None


def test_skills_are_counted_by_what_is_shown(here, clock):
    for offer in (here.offer, here.copy):
        offer.skill = factories.skill("nextcloud")
        offer.save()
        index_offer(offer)
    factories.offer(here.bachir, skill="linux")
    assert [skill.slug for skill in frequent_skills()] == ["nextcloud", "linux"]
    Member.objects.filter(pk=here.dominique.pk).update(muted=True)
    Offer.objects.filter(pk=here.offer.pk).update(skill=None)
    assert [skill.slug for skill in frequent_skills()] == ["linux"]


def test_offers_that_are_not_for_everybody_are_not_counted(here):
    for title in ("Un", "Deux"):
        factories.offer(here.alix, title, skill="linux", visibility="members")
    factories.offer(here.bachir, "Ouvert", skill="nextcloud")
    assert [skill.slug for skill in frequent_skills()] == ["nextcloud"]


def test_a_search_asks_the_database_no_more_often_for_more_copies(here, django_assert_max_num_queries):
    for n in range(12):
        factories.offer(factories.member(f"Loin {n}", origin=f"https://n{n}.example"), f"Nextcloud {n}")
    viewpoint = viewpoint_for(member=None)
    find_offers(SearchQuery(text="nextcloud"), viewpoint=viewpoint)
    with django_assert_max_num_queries(14):
        assert len(find_offers(SearchQuery(text="nextcloud"), viewpoint=viewpoint).hits) == 14
