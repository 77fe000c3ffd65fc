"""What Create, Update, Delete and Announce of an Event do, and for whom they do nothing."""

import json
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import pytest

from federation import measures
from federation.models import Follow, FollowState, Node, TombstoneSeen
from federation.queries import node_actor
from network.actions.copies import forget_offers_of
from network.models import Event, EventDate, EventState, Member
from network.queries.events import agenda, event_page
from network.rules.events import AgendaQuery
from tests import factories
from tests.federation.conftest import make_peer

pytestmark = pytest.mark.django_db
TEXT = (Path(__file__).parents[1] / "payloads" / "toile" / "event.json").read_text()


@pytest.fixture
def alice(here, p1, clock):
    make_peer(p1)
    return p1.actor("alice")


@pytest.fixture
def send(send, clock):
    """Send at the instant at which the clock stands."""
    return lambda actor, activity: send(actor, activity, at=clock.instant)


def uri(actor, number=1):
    return f"{actor.peer.origin}/e/{number}/2027-03-06"


def document(actor, number=1, **changes):
    """An Event of `actor`, in the shape that we write."""
    text = TEXT.replace("https://n.example/u/alix", actor.uri).replace(
        "https://n.example/e/1", f"https://n.example/e/{number}"
    )
    return {**json.loads(text.replace("https://n.example", actor.peer.origin)), **changes}


def created(actor, number=1, kind="Create", **changes):
    """An activity about it, which its node serves too."""
    found = document(actor, number, **changes)
    actor.peer.serve(f"/e/{number}/2027-03-06", found)
    return actor.activity(kind, found, **{"@context": found["@context"]})


def outcome(envelope):
    return envelope.outcome, envelope.detail


def test_an_event_of_a_peer_is_in_the_agenda(alice, send):
    assert outcome(send(alice, created(alice))) == ("applied", "")
    (hit,) = agenda(AgendaQuery(), reader=None).hits
    assert (hit.event.title, hit.event.kind, hit.event.price) == ("Fête d’installation", "install_fair", "prix_libre")
    assert (hit.date.place_name, hit.date.venue, hit.date.note) == ("Liévin", "Salle des fêtes", "Dans la petite salle")
    assert hit.date.starts_at == datetime(2027, 3, 6, 13, tzinfo=UTC)
    assert (hit.event.organiser.name, hit.event.local, hit.date.uri) == ("Alice", False, uri(alice))


def test_a_stranger_is_ignored(here, p1, send):
    mallory = p1.actor("mallory")
    assert outcome(send(mallory, created(mallory))) == ("ignored", "not-followed")
    assert not Event.objects.exists()
    assert not Member.objects.filter(local=False).exists()


def test_an_update_moves_and_cancels_it(alice, send):
    send(alice, created(alice))
    change = {
        "startTime": "2027-03-13T14:00:00+01:00", "endTime": "2027-03-13T18:00:00+01:00",
        "ical:status": "CANCELLED", "updated": "2026-11-22T10:00:00Z", "note": None, "sequence": 2,
    }  # fmt: skip
    assert outcome(send(alice, created(alice, kind="Update", **change))) == ("applied", "")
    row = EventDate.objects.get()
    assert (row.starts_at, row.sequence) == (datetime(2027, 3, 13, 13, tzinfo=UTC), 2)
    assert row.event.state == EventState.CANCELLED
    assert [hit.event.state for hit in agenda(AgendaQuery(), reader=None).hits] == [EventState.CANCELLED]


def test_an_older_update_changes_nothing(alice, send, clock):
    clock.advance(days=3)
    send(alice, created(alice, updated="2026-11-23T00:00:00Z"))
    send(alice, created(alice, kind="Update", name="Ancien", updated="2026-11-22T20:00:00Z"))
    assert Event.objects.get().title == "Fête d’installation"


@pytest.mark.parametrize("changed", [{"name": "Autre titre"}, {"startTime": "2027-03-06T15:00:00+01:00"}])
def test_of_two_versions_of_one_instant_one_stands_whichever_came_last(alice, send, clock, changed):
    """And of two of one instant with different numbers the one that counts further."""
    clock.advance(days=1)
    outcomes = set()
    for order in permutations([{}, changed]):
        Event.objects.all().delete()
        for said in [*order, order[0]]:
            send(alice, created(alice, kind="Update", **said))
        row = EventDate.objects.get()
        outcomes.add((row.event.title, row.starts_at))
    assert len(outcomes) == 1
    for sequence, title in ((9, "A"), (8, "Z")):
        send(alice, created(alice, kind="Update", name=title, sequence=sequence))
    assert Event.objects.get().title == "A"


@pytest.mark.parametrize("title", ["Zut", "Atelier"])
def test_who_never_says_when_they_changed_it_is_heard_as_they_come(alice, send, title):
    """Some software gives `published` alone."""
    for kind, name in (("Create", "Fête"), ("Update", title)):
        send(alice, created(alice, kind=kind, name=name, updated=None))
    assert Event.objects.get().title == title


@pytest.mark.parametrize("form", ["id", "tombstone"])
def test_delete_is_for_good(alice, send, form):
    send(alice, created(alice))
    page = Event.objects.get().pk
    thing = uri(alice) if form == "id" else {"id": uri(alice), "type": "Tombstone", "formerType": "Event"}
    assert outcome(send(alice, alice.activity("Delete", thing))) == ("applied", "")
    assert agenda(AgendaQuery(), reader=None).hits == []
    assert Event.objects.get(pk=page).state == EventState.WITHDRAWN
    assert outcome(send(alice, created(alice))) == ("ignored", "deleted")
    assert agenda(AgendaQuery(), reader=None).hits == []


def test_a_delete_that_overtakes_its_create(alice, send):
    send(alice, alice.activity("Delete", uri(alice)))
    assert outcome(send(alice, created(alice))) == ("ignored", "deleted")
    assert not Event.objects.exists()


def test_a_neighbour_changes_and_deletes_nothing_of_mine(alice, p1, send):
    send(alice, created(alice))
    mallory = p1.actor("mallory")
    for activity in (
        mallory.activity("Update", {**document(alice), "name": "Volé", "updated": "2026-11-22T11:00:00Z"}),
        mallory.activity("Delete", uri(alice)),
        mallory.activity("Create", {**document(alice), "name": "Volé", "attributedTo": mallory.uri}),
    ):
        send(mallory, activity)
    assert [(event.title, event.state, event.organiser.uri) for event in Event.objects.all()] == [
        ("Fête d’installation", EventState.CONFIRMED, alice.uri)
    ]
    assert not TombstoneSeen.objects.filter(owner=alice.uri).exists()


def test_an_event_of_another_origin_is_not_taken(alice, p2, send):
    other = p2.actor("bob")
    forged = {**document(other), "attributedTo": alice.uri}
    envelope = send(alice, alice.activity("Create", forged))
    assert envelope is None or envelope.outcome == "ignored"
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ("0001-01-01T00:00:00Z", "9999-12-31T20:00:00Z"),
        ("2027-03-06T14:00:00+01:00", "9999-12-31T20:00:00Z"),
        ("1990-03-06T14:00:00+01:00", "2199-03-06T14:00:00+01:00"),
    ],
)
def test_days_that_no_calendar_bears_break_no_page(alice, send, client, starts, ends):
    """In New York the first of them has no day at all; the last would be the next thing to come for ever."""
    send(alice, created(alice, startTime=starts, endTime=ends, timezone="America/New_York"))
    assert all(date.ends_at.year < 2100 for date in EventDate.objects.all())
    for page in ("/", "/agenda", "/agenda.ics", "/agenda.atom"):
        assert client.get(page, follow=True).status_code == 200, page


def test_for_followers_only_it_is_not_ours_to_show(alice, send):
    quiet = {"to": [f"{alice.uri}/followers"], "cc": []}
    assert outcome(send(alice, created(alice, **quiet))) == ("ignored", "audience")
    assert not Event.objects.exists()


def test_markup_is_cleaned_on_the_way_in(alice, send):
    send(alice, created(alice, content='<p onclick="x()">Oui<script>alert(1)</script></p>', note=None))
    assert Event.objects.get().description == "<p>Oui</p>"


def test_given_as_id_it_is_fetched_at_home(alice, send):
    created(alice)
    assert outcome(send(alice, alice.activity("Create", uri(alice)))) == ("applied", "")
    assert Event.objects.get().title == "Fête d’installation"


def test_what_a_group_announces_is_read_where_it_lives(here, p1, send, clock):
    """Mobilizon: a person of the node writes, the event belongs to the group, the group announces it."""
    group = p1.actor("jardin", "Group")
    Follow.objects.create(
        follower=node_actor(), followed=group.uri, activity="http://localhost:8000/a/1", outgoing=True,
        state=FollowState.ACCEPTED,
    )  # fmt: skip
    found = created(group)["object"]
    for thing in (found["id"], {**found, "name": "Menti"}):
        assert outcome(send(group, group.activity("Announce", thing))) == ("applied", "")
    event = Event.objects.get()
    assert (event.title, event.organiser.kind) == ("Fête d’installation", "collective")


def test_an_agenda_that_speaks_as_one_application(here, p1, send, clock):
    agenda_actor = p1.actor("agenda", "Application")
    Follow.objects.create(
        follower=node_actor(), followed=agenda_actor.uri, activity="http://localhost:8000/a/1", outgoing=True,
        state=FollowState.ACCEPTED,
    )  # fmt: skip
    assert outcome(send(agenda_actor, created(agenda_actor))) == ("applied", "")
    assert Event.objects.get().organiser.kind == "collective"


def test_the_gazetteer_says_where_an_address_without_point_is(gazetteer, alice, send):
    place = {"type": "Place", "name": "Le Hangar", "address": "12 rue de la Gare, 62300 Lens", "latitude": None}
    send(alice, created(alice, location=place, timezone=None))
    row = EventDate.objects.get()
    assert (row.place_name, row.place_dept, row.place_code, round(row.lat, 1)) == ("Lens", "62", "62498", 50.4)
    assert [hit.event.title for hit in agenda(AgendaQuery(place="Liévin"), reader=None).hits] == ["Fête d’installation"]


def test_a_departed_organiser_takes_events_along(alice, send):
    send(alice, created(alice))
    assert outcome(send(alice, alice.activity("Delete", alice.uri))) == ("applied", "")
    assert agenda(AgendaQuery(), reader=None).hits == []


def test_events_of_a_blocked_node_go_and_may_come_anew(alice, p1, send):
    send(alice, created(alice))
    forget_offers_of(origin=p1.origin)
    assert not Event.objects.exists()
    assert outcome(send(alice, created(alice, kind="Update"))) == ("applied", "")


def test_a_block_takes_them_off_at_once(alice, here, p1, send):
    send(alice, created(alice))
    operator = factories.account(here, operator=True)
    measures.block(node_id=Node.objects.get(origin=p1.origin).pk, actor=operator, reason="indésirable")
    assert agenda(AgendaQuery(), reader=None).hits == []
    assert send(alice, created(alice, kind="Update")) is None
    assert not Event.objects.exists()


def test_the_page_shows_where_it_comes_from(alice, send, client):
    send(alice, created(alice))
    page = event_page(Event.objects.get().pk, viewer=None)
    assert not page.can_edit
    text = client.get(f"/evenements/{page.event.pk}").content.decode()
    assert "Voir à sa source" in text
    assert f"{alice.peer.origin}/evenements/1" in text
