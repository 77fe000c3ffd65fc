"""When the node moves, its events have new addresses, the old ones lead there, and the sweep tells them anew."""

import pytest

from federation import agenda, moves
from federation.models import MovedId
from network.models import Event
from tests.network.events_cast import fair, published

pytestmark = pytest.mark.django_db
NEW = "http://localhost:9100"


def test_events_move_with_their_dates(here, p1, clock, settings):
    event = published(here, fair())
    agenda.announce_event(event.pk)
    old = event.uri
    assert not agenda.events_behind().exists()
    done = moves.move(NEW, now=clock.instant)
    assert (done.ids["events"], done.ids["dates of events"]) == (1, 7)
    moved = Event.objects.get()
    assert moved.uri == old.replace("http://localhost:8000", NEW)
    assert {row.uri.rpartition("/")[0] for row in moved.dates.all()} == {moved.uri}
    assert MovedId.objects.get(old_uri=f"{old}/2027-01-02").new_uri == f"{moved.uri}/2027-01-02"
    settings.ORIGIN = NEW
    assert [found.pk for found in agenda.events_behind()] == [event.pk]
