"""Finished deliveries go after thirty days; what is needed to tell of an end, or to answer again, stays."""

from datetime import timedelta

import pytest
from django.test import override_settings

from federation import outbox, purge, tasks
from federation.models import Activity, Delivery, DeliveryState, Envelope, Notice, Outcome, Replay
from network.clock import now
from tests.federation.deliveries import queue

pytestmark = pytest.mark.django_db
A, B = "https://a.example/inbox", "https://b.example/inbox"
THING = "http://localhost:8000/p/1"


def ended(days: float, state: str = DeliveryState.DONE, **which) -> None:
    Delivery.objects.filter(**which).update(state=state, done_at=now() - timedelta(days=days))


def left() -> list[tuple[int, str]]:
    rows = Delivery.objects.order_by("activity_id", "inbox").values_list("activity__uri", "inbox")
    return [(int(uri.rpartition("/")[2]), inbox) for uri, inbox in rows]


def test_of_what_one_inbox_got_about_one_thing_the_latest_stays(clock):
    for number in (1, 2, 3):
        queue(number, A, B, about=THING, kind="Update")
    ended(40)
    ended(10, activity__uri__endswith="/3", inbox=B)
    tasks.forget_traffic()
    assert left() == [(3, A), (3, B)]
    assert outbox.heard_of(THING) == {A, B}


def test_what_is_young_open_or_the_only_one_stays(clock):
    for number in (1, 2):
        queue(number, A, about=THING, kind="Update")
    queue(3, A)
    ended(29, activity__uri__endswith="/1")
    ended(60, activity__uri__endswith="/3")
    assert purge.purge(now=now()) == (0, 0)
    ended(31, activity__uri__endswith="/1")
    assert purge.purge(now=now()) == (0, 0)  # the later one is not there yet
    ended(0, activity__uri__endswith="/2")
    assert purge.purge(now=now()) == (1, 0)
    assert left() == [(2, A), (3, A)]


@pytest.mark.parametrize("state", [DeliveryState.REFUSED, DeliveryState.EXPIRED])
def test_what_failed_goes(clock, state):
    queue(1, A)
    ended(31, state)
    assert purge.purge(now=now()) == (1, 0)
    assert Activity.objects.count() == 1


@pytest.mark.parametrize("kind", ["Follow", "Accept", "Reject", "Offer", "Undo", "Move", "Delete"])
def test_what_is_sent_again_when_somebody_asks_again_stays(clock, kind):
    for number in (1, 2):
        queue(number, A, about=THING, kind=kind)
    ended(400)
    assert purge.purge(now=now()) == (0, 0)
    outbox.resend(Activity.objects.first())
    assert Delivery.objects.filter(state=DeliveryState.QUEUED).count() == 1


def test_a_backlog_takes_several_days(clock, monkeypatch):
    monkeypatch.setattr(purge, "BATCH", 2)
    monkeypatch.setattr(purge, "BATCHES", 2)
    for number in range(7):
        queue(number, A, about=THING, kind="Update")
    ended(40)
    assert [purge.purge(now=now())[0] for _day in range(3)] == [4, 2, 0]
    assert left() == [(6, A)]


@override_settings(TRAFFIC_KEPT_DAYS=3)
def test_how_long_is_an_option(clock):
    queue(1, A)
    ended(4, DeliveryState.EXPIRED)
    assert purge.purge(now=now()) == (1, 0)


def test_notices_go_once_they_were_read_long_ago(clock):
    for about, read in (("old", 31), ("new", 29), ("unread", None)):
        at = now() - timedelta(days=read) if read else None
        Notice.objects.create(code="node_moved", about=about, created_at=now() - timedelta(days=99), read_at=at)
    assert purge.purge(now=now()) == (0, 1)
    assert set(Notice.objects.values_list("about", flat=True)) == {"new", "unread"}


def test_nothing_that_tells_a_repetition_is_dropped(clock):
    Envelope.objects.create(
        activity="https://a.example/1", actor="https://a.example/u/a", body=b"{}", outcome=Outcome.APPLIED
    )
    Replay.objects.create(key_id="k", signature_digest="0" * 64, until=now() + timedelta(days=400))
    clock.advance(days=399)
    tasks.tidy()
    tasks.forget_traffic()
    assert (Envelope.objects.count(), Replay.objects.count()) == (1, 1)
    assert bytes(Envelope.objects.get().body) == b""
