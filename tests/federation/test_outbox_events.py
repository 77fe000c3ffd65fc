"""What followers are told of events: each date when it comes near, its changes, its end; what is served meanwhile."""

import json
from dataclasses import replace
from datetime import date

import pytest

from federation import agenda, dispatch, tasks
from federation.models import Activity, Rendered
from network.actions import event_dates, events
from network.actions.leaving import mark_member_gone
from network.models import EventDate
from network.queries.events import draft_of
from tests.federation.conftest import make_follower
from tests.network.events_cast import date_draft, draft, fair, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
AS = "application/activity+json"


@pytest.fixture
def bob(here, p1):
    """Somebody elsewhere who follows Alix."""
    actor = p1.actor("bob")
    make_follower(actor, here.uri)
    return actor


def told(peer, event):
    """Tell what is due of an event; return what the other node received of it, in order."""
    agenda.announce_event(event.pk)
    dispatch.deliver_due()
    bodies = [json.loads(seen.body) for seen in peer.seen if seen.method == "POST"]
    return [(body["type"], body["object"]) for body in bodies if "/e/" in body["object"]["id"]]


def fetched(client, row, accept=AS):
    return client.get(row.uri.removeprefix("http://localhost:8000"), headers={"accept": accept})


def test_a_single_event_is_told_and_served(here, bob, p1, client):
    event = published(here, draft(first_on=date(2027, 11, 6)))
    row = event.dates.get()
    ((kind, document),) = told(p1, event)
    assert (kind, document["type"], document["id"]) == ("Create", "Event", row.uri)
    assert (document["attributedTo"], document["startTime"]) == (here.uri, "2027-11-06T14:00:00+01:00")
    answer = fetched(client, row)
    assert (answer.status_code, answer["Content-Type"]) == (200, AS)
    assert answer.json()["name"] == event.title
    page = fetched(client, row, "text/html")
    assert (page.status_code, page["Location"]) == (303, f"/evenements/{event.pk}")
    assert client.get(f"/evenements/{event.pk}")["Link"].startswith(f"<{row.uri}>")


def test_of_a_rhythm_the_near_dates_are_told_and_the_others_as_they_come(here, bob, p1, clock):
    event = published(here, fair())
    slots = [document["id"].rpartition("/")[2] for _kind, document in told(p1, event)]
    assert sorted(slots) == ["2026-12-05", "2027-01-02", "2027-02-06", "2027-03-06"]
    assert not agenda.events_behind().exists()
    clock.advance(days=30)
    assert [found.pk for found in agenda.events_behind()] == [event.pk]
    assert told(p1, event)[-1][1]["id"].endswith("2027-04-03")


def test_the_same_twice_is_told_once(here, bob, p1):
    event = published(here)
    told(p1, event)
    assert len(told(p1, event)) == 1
    assert Activity.objects.filter(object_type="Event").count() == 1


def test_changes_are_told_of_the_dates_that_were(here, bob, p1):
    event = published(here, fair())
    told(p1, event)
    event_dates.cancel_date(actor=here, event_id=event.pk, slot="2027-01-02", note="Salle fermée")
    kind, document = told(p1, event)[-1]
    assert (kind, document["ical:status"], document["id"]) == ("Update", "CANCELLED", f"{event.uri}/2027-01-02")
    assert document["content"].startswith("<p>Salle fermée</p>")
    event_dates.change_date(actor=here, event_id=event.pk, slot="2027-02-06", draft=date_draft(date(2027, 2, 13)))
    kind, document = told(p1, event)[-1]
    assert (kind, document["startTime"], document["location"]["name"]) == (
        "Update",
        "2027-02-13T10:00:00+01:00",
        "Lens",
    )
    assert document["sequence"] == 1


def test_a_cancelled_event_cancels_each_of_its_dates(here, bob, p1):
    event = published(here, fair())
    told(p1, event)
    events.cancel_event(actor=here, event_id=event.pk)
    assert [(kind, found["ical:status"]) for kind, found in told(p1, event)[4:]] == [("Update", "CANCELLED")] * 4


def test_withdrawn_it_leaves_tombstones(here, bob, p1, client):
    event = published(here)
    told(p1, event)
    events.withdraw_event(actor=here, event_id=event.pk)
    kind, stone = told(p1, event)[-1]
    row = event.dates.get()
    assert (kind, stone["type"], stone["id"], stone["formerType"]) == ("Delete", "Tombstone", row.uri, "Event")
    assert fetched(client, row).status_code == 410
    assert client.get(f"{row.uri.removeprefix('http://localhost:8000')}/create").status_code == 404


def test_what_nobody_heard_of_needs_no_end(here, bob, p1):
    event = published(here, fair())
    events.withdraw_event(actor=here, event_id=event.pk)
    assert told(p1, event) == []
    assert not agenda.events_behind().exists()


def test_what_is_for_members_stays_here(here, bob, p1, client):
    event = published(here, draft(visibility="members"))
    assert told(p1, event) == []
    assert not Rendered.objects.filter(uri=event.dates.get().uri).exists()
    assert fetched(client, event.dates.get()).status_code == 404


def test_narrowed_to_members_it_ends_elsewhere_and_opened_again_it_is_new(here, bob, p1, client):
    event = published(here)
    told(p1, event)
    old = event.dates.get().uri
    events.edit_event(actor=here, event_id=event.pk, draft=replace(draft_of(event), visibility="members"))
    for found in agenda.events_behind():
        agenda.announce_event(found.pk)
    event.refresh_from_db()
    kind, stone = told(p1, event)[-1]
    assert (kind, stone["id"]) == ("Delete", old)
    assert fetched(client, EventDate.objects.get(uri=old)).status_code == 410
    events.edit_event(actor=here, event_id=event.pk, draft=replace(draft_of(event), visibility="public"))
    kind, document = told(p1, event)[-1]
    assert (kind, document["id"]) == ("Create", event.dates.get().uri)
    assert document["id"] != old


def test_a_date_that_the_rhythm_drops_is_deleted_and_comes_back_new(here, bob, p1):
    event = published(here, fair())
    told(p1, event)
    short = replace(draft_of(event), until_on=date(2027, 2, 28))
    events.edit_event(actor=here, event_id=event.pk, draft=short)
    last = [(kind, found["id"].rpartition("/")[2]) for kind, found in told(p1, event)[4:]]
    assert ("Delete", "2027-03-06") in last
    assert sorted(last)[1:] == [("Update", "2026-12-05"), ("Update", "2027-01-02"), ("Update", "2027-02-06")]
    events.edit_event(actor=here, event_id=event.pk, draft=replace(short, until_on=date(2027, 3, 31)))
    for found in agenda.events_behind():
        agenda.announce_event(found.pk)
    created = [found["id"] for kind, found in told(p1, event) if kind == "Create"]
    assert created[-1].startswith(f"{event.uri}/2027-03-06-")


def test_what_was_over_before_it_was_told_is_nobodys_news(here, bob, p1, clock):
    event = published(here)
    clock.advance(days=20)
    assert told(p1, event) == []


def test_whoever_leaves_ends_their_events_elsewhere(here, bob, p1):
    event = published(here)
    told(p1, event)
    mark_member_gone(uri=here.uri)
    assert told(p1, event)[-1][0] == "Delete"


def test_the_sweep_finds_what_no_task_announced(here, bob, p1):
    event = published(here)
    tasks.sweep()
    bodies = [json.loads(seen.body) for seen in p1.seen if seen.method == "POST"]
    assert event.dates.get().uri in [body["object"].get("id") for body in bodies if isinstance(body["object"], dict)]


def test_the_outbox_shows_it(here, bob, p1, client):
    event = published(here)
    told(p1, event)
    page = client.get(client.get("/u/alix/outbox").json()["first"].removeprefix("http://localhost:8000")).json()
    assert f"{event.dates.get().uri}/create" in page["orderedItems"]
