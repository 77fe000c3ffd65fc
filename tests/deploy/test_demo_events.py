"""The invented events of the demonstration: in the agenda, marked, alternating, one date cancelled."""

import pytest

from deploy.demo_events import MEETINGS, publish_events
from network.models import EventState
from network.queries.events import agenda, event_page
from network.rules.events import AgendaQuery
from tests import factories

pytestmark = pytest.mark.django_db


def test_every_meeting_is_published_and_marked_as_invented(gazetteer, clock):
    collective = factories.collective()
    people = [factories.member(one.handle.title(), handle=one.handle, belongs_to=collective) for one in MEETINGS]
    made = publish_events(people)
    assert [event.title for event in made] == [one.title for one in MEETINGS]
    for event in made:
        event.refresh_from_db()
        assert event.demo
    fair = event_page(made[0].pk, viewer=None)
    assert [row.place_name for row in fair.coming[:2]] == ["Liévin", "Mons-en-Barœul"]
    assert all(row.slot.weekday() == 5 and row.slot.day <= 7 for row in fair.coming)
    assert fair.coming[2].state == EventState.CANCELLED
    assert agenda(AgendaQuery(place="Liévin"), reader=None).total > 10


def test_a_half_publishes_what_its_own_members_organise(gazetteer, clock):
    member = factories.member("Bachir", handle="bachir", belongs_to=factories.collective())
    assert [event.organiser for event in publish_events([member])] == [member]
