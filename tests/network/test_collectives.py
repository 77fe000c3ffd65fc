"""Founding, admitting, ending, and the figures that a charter hands down."""

from datetime import timedelta

import pytest

from network.actions.collectives import admit_member, end_membership, found_collective, set_trust_terms
from network.errors import Invalid, WrongState
from network.models import Collective, Membership, MembershipState, WebVersion
from network.queries.collectives import collective_of, home_collective, local_collective, members_of, memberships_of
from network.queries.webs import load, terms_of
from network.rules.facts import DEFAULT_TERMS
from tests.factories import candidate, collective, member

pytestmark = pytest.mark.django_db


def _refused(error, code, call, **kwargs):
    with pytest.raises(error) as refusal:
        call(**kwargs)
    assert refusal.value.code == code


def test_a_collective_gets_an_address_from_its_name():
    first = found_collective(name="Les Amis de l’Été")
    assert (first.slug, first.uri, first.local) == (
        "les-amis-de-lete",
        "http://localhost:8000/g/les-amis-de-lete",
        True,
    )
    assert found_collective(name="Les amis de l’été").slug == "les-amis-de-lete-2"
    assert found_collective(name="協同組合").slug == "collectif"
    assert local_collective("les-amis-de-lete") == first
    assert home_collective() == first


def test_a_collective_needs_a_name():
    _refused(Invalid, "name_length", found_collective, name=" ")
    assert not Collective.objects.exists()


def test_members_are_numbered_in_order_and_belong_from_then_on(clock):
    home = collective()
    one, two = member("Alix", belongs_to=home), member("Bachir")
    membership = admit_member(collective=home, member=two)
    assert (membership.number, membership.since, membership.state) == (2, clock.now(), MembershipState.ACTIVE)
    assert members_of(home) == [one, two]
    assert collective_of(two) == home
    facts = load().facts
    assert facts.members_at(clock.now()) == {one.uri, two.uri}
    assert facts.members_at(clock.now() - timedelta(seconds=1)) == {one.uri}


def test_a_candidate_is_no_member_and_keeps_the_number_when_admitted():
    home, camille = collective(), member("Camille")
    waiting = candidate(home, camille)
    assert (members_of(home), collective_of(camille)) == ([], None)
    assert load().facts.members == frozenset()
    assert admit_member(collective=home, member=camille).number == waiting.number
    assert members_of(home) == [camille]


def test_a_membership_ends_and_may_begin_again_under_its_number(clock):
    home = collective()
    elise = member("Élise", belongs_to=home)
    clock.advance(days=1)
    ended = end_membership(collective=home, member=elise)
    assert (ended.state, ended.until, members_of(home)) == (MembershipState.ENDED, clock.now(), [])
    assert load().facts.members_at(clock.now()) == frozenset()
    assert load().facts.members_at(clock.now() - timedelta(hours=1)) == {elise.uri}
    clock.advance(days=1)
    again = admit_member(collective=home, member=elise)
    assert (again.number, again.since, again.until) == (1, clock.now(), None)
    assert [m.pk for m in memberships_of(elise)] == [again.pk]


def test_a_suspended_member_counts_for_nothing_meanwhile(clock):
    home = collective()
    member("Élise", belongs_to=home)
    Membership.objects.update(state=MembershipState.SUSPENDED)
    WebVersion.objects.all().delete()
    assert load().facts.members_at(clock.now()) == frozenset()


def test_every_change_of_members_gives_the_web_a_new_version():
    home, alix = collective(), member("Alix")
    seen = set()
    for change in (admit_member, end_membership, admit_member):
        change(collective=home, member=alix)
        seen.add(WebVersion.objects.get().mark)
    assert (len(seen), WebVersion.objects.get().number) == (3, 3)


def test_nobody_is_admitted_twice_or_after_leaving_the_network(clock):
    home = collective()
    _refused(WrongState, "already_member", admit_member, collective=home, member=member("A", belongs_to=home))
    _refused(WrongState, "member_gone", admit_member, collective=home, member=member("B", gone_at=clock.now()))
    _refused(WrongState, "not_a_member", end_membership, collective=home, member=member("C"))


def test_leaving_one_collective_ends_that_membership_only():
    one, two = collective("Une"), collective("Deux")
    person = member("Bachir", belongs_to=one)
    admit_member(collective=two, member=person)
    end_membership(collective=one, member=person)
    assert (members_of(one), members_of(two)) == ([], [person])


def test_figures_come_down_from_the_charter_whole():
    home = set_trust_terms(collective=collective(), terms={"trust.d": "3", "consent.rounds": "2"}, charter="sha256:c1")
    stored = Collective.objects.get(pk=home.pk)
    assert (terms_of(stored).d, terms_of(stored).version) == (3, "sha256:c1")
    assert (stored.trust_terms["trust.x"], "consent.rounds" in stored.trust_terms) == ("4/5", False)
    assert terms_of(None) == terms_of(collective("Autre")) == DEFAULT_TERMS


def test_figures_out_of_bounds_are_refused_and_the_old_ones_stay():
    home = set_trust_terms(collective=collective(), terms={"trust.d": "3"})
    _refused(Invalid, "trust_term_invalid", set_trust_terms, collective=home, terms={"trust.d": "0"})
    assert terms_of(Collective.objects.get(pk=home.pk)).d == 3
