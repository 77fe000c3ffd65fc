"""Catching up with what an actor said: its outbox, within a budget; and how an absence is noticed."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from federation import harvest, tasks
from federation.errors import Unreachable
from federation.models import Envelope, Follow, Heartbeat, Node, TombstoneSeen
from network.models import Offer
from tests.federation.conftest import make_peer
from tests.federation.outboxes import activity, catch_up, held, offering, outbox, served

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(here, p1):
    make_peer(p1)
    p1.actor("node").extra["streams"] = [f"{p1.origin}/offers"]
    return p1.actor("alice")


@pytest.fixture
def alone(alice, p1):
    """Our node follows Alice herself; her outbox is hers."""
    Follow.objects.filter(outgoing=True).update(followed=alice.uri)
    offering(p1, alice, [])
    return alice


def test_what_she_said_while_we_were_away_takes_effect_oldest_first(alone, p1):
    told = [
        activity(alone, 1, "Update", name="Dernier titre", updated="2026-11-22T02:00:00Z"),
        activity(alone, 2, name="Autre"),
        activity(alone, 1, name="Premier titre", updated="2026-11-22T01:00:00Z"),
    ]
    outbox(p1, told, "alice")
    catch_up()
    assert held() == {"Dernier titre": "live", "Autre": "live"}
    assert list(Envelope.objects.order_by("id").values_list("activity", flat=True)) == [
        message["id"] for message in reversed(told)
    ]
    assert Follow.objects.get(outgoing=True).newest_seen == told[0]["id"]
    assert not p1.asked("/p/1")  # her own outbox is believed


def test_only_what_is_new_is_read_again(alone, p1):
    told = [activity(alone, number, name=f"Offre {number}") for number in (3, 2, 1)]
    outbox(p1, told, "alice")
    catch_up()
    p1.seen.clear()
    newer = [activity(alone, number, name=f"Offre {number}") for number in (5, 4)]
    outbox(p1, newer + told, "alice")
    catch_up()
    assert set(held()) == {f"Offre {number}" for number in range(1, 6)}
    assert not p1.asked("/u/alice/outbox/2")  # the page before the last one seen
    assert Envelope.objects.count() == 5


def test_what_came_as_a_message_before_has_no_second_effect(alone, p1, send):
    message = activity(alone, 1, name="Une")
    assert send(alone, message).outcome == "applied"
    Offer.objects.all().delete()
    outbox(p1, [message], "alice")
    catch_up()
    assert held() == {}


def test_what_was_not_for_us_before_we_followed_counts_now(alone, p1, send):
    Follow.objects.filter(outgoing=True).update(state="pending")
    Node.objects.update(standing="unknown")
    message = activity(alone, 1, name="Une")
    assert send(alone, message).outcome == "ignored"
    Follow.objects.filter(outgoing=True).update(state="accepted")
    outbox(p1, [message], "alice")
    catch_up()
    assert held() == {"Une": "live"}


def test_items_of_others_are_fetched_where_they_live(alice, p1, p2):
    """The node's outbox lists what its members said: by id, or whole but not its own."""
    genuine, embellished = activity(alice, 1, name="Vraie"), activity(alice, 2, name="Vraie aussi")
    forged = {**embellished, "object": {**embellished["object"], "name": "Fausse"}}
    elsewhere = activity(p2.actor("bob"), 3, name="Ailleurs")
    offering(p1, alice, [1, 2], listed=[])
    served(p1, genuine), served(p1, embellished), served(p2, elsewhere)
    outbox(p1, [forged, genuine["id"], elsewhere["id"], elsewhere, {"id": 5}, None])
    catch_up()
    assert set(held()) == {"Vraie", "Vraie aussi"}
    assert not p2.seen


def test_a_stranger_cannot_be_quoted_as_another(alone, p1):
    """An id that serves another's activity, or one of another origin, has no effect."""
    liar = activity(alone, 1, name="Une") | {"actor": "http://localhost:1/u/bob"}
    other = f"{p1.origin}/a/7"
    p1.serve("/a/7", activity(alone, 2, name="Deux"))
    served(p1, liar)
    outbox(p1, [liar, other], "alice")
    catch_up()
    assert held() == {}
    assert not Envelope.objects.exists()


def test_the_outbox_forgets_and_the_offers_tell(alone, p1):
    """Created in the outbox, gone since: what its own address says counts, and 410 counts for good."""
    outbox(p1, [activity(alone, 1, name="Finie")], "alice")
    alone.extra["streams"] = [f"{p1.origin}/offers"]
    p1.serve("/p/1", {}, status=410)
    catch_up()
    assert held() == {"Finie": "withdrawn"}
    assert TombstoneSeen.objects.filter(owner=alone.uri).exists()


def test_the_outbox_budget_holds(alone, p1, monkeypatch):
    monkeypatch.setattr(harvest, "ITEMS", 3)
    outbox(p1, [activity(alone, number, name=f"Offre {number}") for number in range(9, 0, -1)], "alice")
    catch_up()
    assert set(held()) == {"Offre 9", "Offre 8", "Offre 7"}


def test_the_number_of_pages_is_bounded(alone, p1, monkeypatch):
    monkeypatch.setattr(harvest, "PAGES", 2)
    outbox(p1, [f"{p1.origin}/nothing/{number}" for number in range(20)], "alice")
    catch_up()
    assert len([seen for seen in p1.asked() if seen.path.startswith("/u/alice/outbox/")]) == 2


def test_an_item_out_of_reach_is_asked_for_again(alone, p1):
    message = activity(alone, 1, name="Une")
    outbox(p1, [message["id"]], "alice")
    p1.serve("/a/1/create", b"", status=503)
    with pytest.raises(Unreachable):
        catch_up()
    follow = Follow.objects.get(outgoing=True)
    assert (follow.newest_seen, follow.caught_up_at) == ("", None)
    served(p1, message)
    catch_up()
    assert held() == {"Une": "live"}


# --- the heartbeat ------------------------------------------------------------------------------------------


def test_seven_days_away_are_made_up_for_by_the_first_sweep(alone, p1, clock):
    """The peer gave up on us long ago: nothing comes by itself."""
    outbox(p1, [], "alice")
    tasks.sweep()
    outbox(p1, [activity(alone, 1, name="Manquée")], "alice")
    clock.advance(minutes=5)
    tasks.sweep()
    assert held() == {}
    clock.advance(days=7)
    tasks.sweep()
    assert held() == {"Manquée": "live"}
    assert Heartbeat.objects.get().at == clock.instant


def test_a_short_pause_is_no_absence_and_the_heart_is_not_noted_at_every_beat(alone, clock, django_assert_num_queries):
    harvest.beat()
    Follow.objects.update(caught_up_at=clock.instant)
    clock.advance(seconds=30)
    harvest.beat()
    assert Heartbeat.objects.get().at < clock.instant
    for _ in range(30):
        clock.advance(minutes=9)
        harvest.beat()
    assert not Follow.objects.filter(outgoing=True, caught_up_at=None).exists()
    clock.advance(minutes=11)
    assert harvest.beat() == timedelta(minutes=11)
    assert Follow.objects.filter(outgoing=True, caught_up_at=None).exists()


def test_an_operator_can_ask_for_it(alone, p1, capsys):
    Follow.objects.update(caught_up_at="2026-11-21T08:00:00Z")
    outbox(p1, [activity(alone, 1, name="Une")], "alice")
    call_command("catch_up")
    assert held() == {"Une": "live"}
    assert alone.uri in capsys.readouterr().out
    p1.serve("/u/alice/outbox", b"", status=503)
    call_command("catch_up")
    assert "status" in capsys.readouterr().err
    assert Follow.objects.get(outgoing=True).caught_up_at is None
