"""Who moderates: a mandate of the collective's first circle; until somebody holds it, the operators."""

from datetime import timedelta

import pytest

from governance.actions.charter import adopt_template
from governance.actions.circles import assign_mandate, open_circle
from governance.queries.moderators import MODERATION, mandated
from network.actions.collectives import end_membership
from network.queries.moderators import is_moderator, moderators, stand_in
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(clock):
    collective = factories.collective()
    adopt_template(collective=collective)
    made = [factories.member(name, belongs_to=collective) for name in ("Alix", "Bachir", "Camille")]
    factories.account(made[0], operator=True)
    for member in made[1:]:
        factories.account(member)
    return collective, *made


def circle_of(collective, *members, name="Cercle"):
    return open_circle(actor=members[0], collective=collective, name=name, members=members)


def give(circle, giver, holder, clock, **dates):
    today = clock.now().date()
    return assign_mandate(
        actor=giver, circle_id=circle.pk, member=holder, role=MODERATION, **{"starts_on": today} | dates
    )


def test_operators_stand_in_until_somebody_holds_the_mandate(people, clock):
    collective, alix, bachir, camille = people
    assert ([*moderators()], stand_in()) == ([alix], True)
    give(circle_of(collective, bachir, camille), bachir, camille, clock)
    assert ([*moderators()], stand_in()) == ([camille], False)
    assert [is_moderator(each) for each in (alix, bachir, camille, None)] == [False, False, True, False]


def test_nobody_makes_themselves_a_moderator_in_a_circle_of_their_own(people, clock):
    collective, alix, bachir, _camille = people
    circle_of(collective, alix)
    clock.advance(days=1)
    give(circle_of(collective, bachir, name="À moi"), bachir, bachir, clock)
    assert (mandated(), [*moderators()]) == ([], [alix])


def test_a_mandate_counts_from_its_first_day_to_its_last(people, clock):
    collective, alix, bachir, camille = people
    circle, today = circle_of(collective, bachir, camille), clock.now().date()
    give(circle, bachir, camille, clock, starts_on=today + timedelta(days=1), ends_on=today + timedelta(days=2))
    seen = []
    for _day in range(4):
        seen.append(is_moderator(camille))
        clock.advance(days=1)
    assert seen == [False, True, True, False]


def test_whoever_leaves_the_collective_moderates_no_more(people, clock):
    collective, _alix, bachir, camille = people
    give(circle_of(collective, bachir, camille), bachir, camille, clock)
    end_membership(collective=collective, member=camille)
    assert not is_moderator(camille)
    assert stand_in()
