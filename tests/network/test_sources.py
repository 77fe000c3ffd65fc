"""Nodes that are missed, depart and come back; and what forgetting one erases."""

from datetime import timedelta

import pytest

from network.actions.attestations import record_remote_vouch
from network.actions.copies import mute_origins
from network.actions.forgetting import forget_origin, held_of
from network.actions.members import record_remote_member
from network.actions.moderation import report
from network.actions.sources import come_back, depart, depart_silent, note_heard, note_missed
from network.errors import NotFound
from network.models import Collective, Departure, Member, Membership, Offer, Quote, Source, Tombstone, Vouch
from network.queries.freshness import has_departed
from network.queries.members import counts, member_page
from network.queries.offers import offer_page
from network.queries.trust import trust_lines, viewpoint_for
from network.queries.webs import load
from network.rules.cards import MemberCard
from network.rules.facts import VouchFact
from tests import factories
from tests.network.moderation_cast import FAR, titles, town

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(clock):
    """Dominique, of another node, is a member of ours, vouches for Bachir, and Bachir vouches for her."""
    found = town()
    factories.web(found.collective, (found.alix, found.bachir))
    found.ours = factories.vouch_between(found.bachir, found.dominique)
    found.theirs_home = Collective.objects.create(uri=f"{FAR}/g/tours", origin=FAR, slug="tours", name="Tours")
    Membership.objects.create(collective=found.theirs_home, member=found.dominique, number=None)
    found.given = factories.vouch_between(found.dominique, found.bachir)
    return found


def nobody(_origin: str) -> bool:
    return False


def shown(here) -> tuple:
    """Where Dominique's entries show: results, counts, page for visitors, weight in the web."""
    counted = counts()
    facts = [fact.issuer for fact in load().facts.vouches]
    page = member_page(here.dominique.pk, viewer=None, concealed_too=True)
    return (
        "Nextcloud de Tours" in titles(),
        counted.offers,
        counted.members,
        counted.origins,
        page.concealed is None,
        here.dominique.uri in facts,
    )


EVERYWHERE = (True, 2, 3, 2, True, True)
NOWHERE = (False, 1, 2, 1, False, False)


@pytest.mark.parametrize("why", [Departure.SILENT, Departure.DELETED, Departure.MOVED])
def test_what_a_departed_node_gave_leaves_every_list_and_count_and_comes_back(here, clock, why):
    assert shown(here) == EVERYWHERE
    assert depart(origin=FAR, why=why, at=clock.now())
    mute_origins(nobody)
    assert shown(here) == NOWHERE
    assert offer_page(here.copy.pk, viewer=here.alix, concealed_too=True).concealed.by_node
    with pytest.raises(NotFound, match="entry_unknown"):
        report(uri=here.copy.uri, kind="gone", reporter=here.alix)
    assert not depart(origin=FAR, why=why, at=clock.now())
    assert come_back(origin=FAR)
    mute_origins(nobody)
    assert shown(here) == EVERYWHERE


def test_members_of_ours_who_vouch_for_a_departed_one_lose_nothing(here, clock):
    line = trust_lines(viewpoint_for(member=here.alix), [here.bachir])[here.bachir.pk]
    depart(origin=FAR, why=Departure.MOVED, at=clock.now())
    mute_origins(nobody)
    assert trust_lines(viewpoint_for(member=here.alix), [here.bachir])[here.bachir.pk].kappa == line.kappa
    assert Vouch.objects.filter(pk=here.ours.pk).exists()


def test_a_node_departs_after_ninety_days_without_an_answer_and_returns_when_heard(here, clock):
    for _day in range(90):
        note_missed(origin=FAR, at=clock.now())
        assert depart_silent(now=clock.now()) == []
        clock.advance(days=1)
    assert depart_silent(now=clock.now()) == [FAR]
    assert depart_silent(now=clock.now()) == []
    assert note_heard(origin=FAR)
    assert not note_heard(origin=FAR)
    assert not has_departed(FAR)
    assert not note_heard(origin="https://never.missed.example")


def test_one_answer_ends_the_silence(here, clock):
    note_missed(origin=FAR, at=clock.now())
    clock.advance(days=89)
    note_heard(origin=FAR)
    note_missed(origin=FAR, at=clock.now())
    clock.advance(days=5)
    assert depart_silent(now=clock.now()) == []


@pytest.mark.parametrize("why", [Departure.DELETED, Departure.MOVED, Departure.FORGOTTEN])
def test_whoever_said_goodbye_does_not_come_back_by_being_heard(here, clock, why):
    depart(origin=FAR, why=Departure.SILENT, at=clock.now())
    depart(origin=FAR, why=why, at=clock.now())
    assert not note_heard(origin=FAR)
    assert Source.objects.get().why == why


def test_a_member_first_heard_of_at_a_departed_node_is_not_shown(here, clock):
    depart(origin=FAR, why=Departure.MOVED, at=clock.now())
    made = record_remote_member(card=MemberCard(f"{FAR}/u/neuf", FAR, "neuf", "person", "Neuf"))
    assert made.muted


def test_a_block_that_is_lifted_leaves_a_departed_node_departed(here, clock):
    depart(origin=FAR, why=Departure.DELETED, at=clock.now())
    mute_origins(lambda origin: origin == FAR)
    mute_origins(nobody)
    assert Member.objects.get(pk=here.dominique.pk).muted


# --- forgetting ------------------------------------------------------------------------------------------


def test_forgetting_erases_copies_and_keeps_what_is_ours(here, clock):
    lonely = factories.member("Seule", origin=FAR, summary="Bonjour")
    asked = factories.offer(here.dominique, "Dépannage", description="Longue description", availability="mardi")
    Quote.objects.create(uri="http://localhost:8000/q/1", offer=asked, asker=here.bachir, price="gift", quantity=1)
    other = factories.offer(factories.member("Ailleurs", origin="https://lens.example"))
    before = held_of(FAR)
    assert (before.offers, before.members, before.attestations, before.memberships, before.collectives) == (
        2,
        2,
        1,
        1,
        1,
    )
    done = forget_origin(origin=FAR)
    assert (done.offers, done.kept_offers, done.members, done.kept_members) == (1, 1, 1, 1)
    assert (done.attestations, done.memberships, done.collectives) == (1, 1, 1)
    here.dominique.refresh_from_db()
    row = here.dominique
    assert (row.name, row.summary, row.handle, row.place_name, row.lat, row.languages) == ("", "", "", "", None, [])
    assert not Member.objects.filter(pk=lonely.pk).exists()
    asked.refresh_from_db()
    assert (asked.title, asked.description, asked.availability, asked.lat) == ("Dépannage", "", "", None)
    assert Vouch.objects.filter(pk=here.ours.pk).exists()
    assert not Vouch.objects.filter(pk=here.given.pk).exists()
    assert Offer.objects.filter(pk=other.pk).exists()
    again = forget_origin(origin=FAR)
    assert (again.offers, again.members, again.attestations) == (0, 0, 0)


def test_an_attestation_that_was_forgotten_is_not_relayed_back(here, clock):
    fact = VouchFact(
        here.given.uri, here.dominique.uri, here.bachir.uri, "charte", 2, here.given.issued_at,
        here.given.issued_at + timedelta(days=300),
    )  # fmt: skip
    forget_origin(origin=FAR)
    assert Tombstone.objects.count() == 1
    assert FAR not in str(Tombstone.objects.values_list().get())
    assert not record_remote_vouch(fact)
    assert not Vouch.objects.filter(issuer=here.dominique).exists()


def test_a_forgotten_member_who_is_heard_again_is_written_anew(here, clock):
    forget_origin(origin=FAR)
    card = MemberCard(here.dominique.uri, FAR, "dominique", "person", "Dominique")
    assert record_remote_member(card=card).pk == here.dominique.pk
    assert Member.objects.get(pk=here.dominique.pk).name == "Dominique"
