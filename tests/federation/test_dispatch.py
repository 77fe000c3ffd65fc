"""What each answer leads to, for real peers on loopback: the row, its inbox, its follower, the operator."""

import pytest

from federation import dispatch
from federation.models import Delivery, Follow, Host, Notice
from federation.queries import node_actor
from tests.federation.conftest import make_follower
from tests.federation.deliveries import (
    answering,
    inbox,
    queue,
    received,
    refusing_rfc9421,
    rounds,
    states,
    waits,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "here")]


# --- the inbox is not there any more, or knows us by an old key --------------------------------------------


@pytest.mark.parametrize("status", [404, 301, 308])
def test_a_message_follows_an_inbox_that_moved(p1, clock, status):
    alice = p1.actor("alice")
    follow = make_follower(alice, node_actor())
    Follow.objects.filter(pk=follow.pk).update(shared_inbox="")
    answering(p1, lambda _: status, "/u/alice/inbox")
    queue(1, alice.inbox)
    queue(2, alice.inbox)
    clock.advance(seconds=1)
    alice.inbox = f"{p1.origin}/new"
    dispatch.deliver_due()
    assert set(states().values()) == {"done"}
    assert {seen.path for seen in p1.seen if seen.method == "POST"} == {"/u/alice/inbox", "/new"}
    assert len(p1.asked("/u/alice")) == 1
    assert Follow.objects.get(pk=follow.pk).inbox == alice.inbox


def test_a_shared_inbox_moves_for_all_its_followers(p1, clock):
    for name in ("alice", "bob"):
        make_follower(p1.actor(name), node_actor())
    answering(p1, lambda _: 404)
    queue(1, inbox(p1))
    clock.advance(seconds=1)
    p1.actor("alice").extra["endpoints"] = {"sharedInbox": inbox(p1, "/shared")}
    dispatch.deliver_due()
    assert states() == {1: "done"}
    assert set(Follow.objects.values_list("shared_inbox", flat=True)) == {inbox(p1, "/shared")}


def test_an_actor_is_looked_up_once_and_what_stayed_there_is_refused(p1, clock):
    make_follower(p1.actor("alice"), node_actor())
    p1.inbox_status = 404
    queue(1, inbox(p1))
    queue(2, inbox(p1))
    clock.advance(seconds=1)
    rounds(clock, 3, hours=2)
    assert states() == {1: "refused", 2: "refused"}
    assert len(p1.asked("/u/alice")) == 1
    assert len(received(p1)) == 2


def test_an_inbox_that_always_moves_is_not_followed_for_ever(p1, clock):
    alice = p1.actor("alice")
    make_follower(alice, node_actor())
    p1.inbox_status = 404
    queue(1, inbox(p1))
    for number in range(5):
        clock.advance(hours=1)
        alice.extra["endpoints"] = {"sharedInbox": inbox(p1, f"/shared/{number}")}
        dispatch.deliver_due()
    assert states() == {1: "refused"}
    assert len(received(p1)) == 2


def test_one_that_nobody_is_known_behind_is_refused(p1):
    p1.inbox_status = 404
    queue(1, inbox(p1))
    dispatch.deliver_due()
    assert states() == {1: "refused"}
    assert not p1.asked()


def test_a_stale_key_gets_four_more_chances_and_its_actor_is_looked_up(p1, clock):
    make_follower(p1.actor("alice"), node_actor())
    p1.inbox_status = 401
    queue(1, inbox(p1))
    hours = []
    for _ in range(4):
        clock.advance(hours=40)
        dispatch.deliver_due()
        hours += waits(clock)
    assert [round(wait / planned, 1) for wait, planned in zip(hours, (1 / 30, 1, 6, 24), strict=True)] == [
        pytest.approx(1, abs=0.3)
    ] * 4
    clock.advance(hours=40)
    dispatch.deliver_due()
    assert states() == {1: "refused"}
    assert len(received(p1)) == 10  # both forms, five times
    assert len(p1.asked("/u/alice")) == 1


def test_errors_before_a_401_do_not_shorten_its_patience(p1, clock):
    p1.inbox_status = 500
    queue(1, inbox(p1))
    rounds(clock, 6, hours=20)
    p1.inbox_status = 401
    rounds(clock, 4, hours=40)
    assert states() == {1: "queued"}
    dispatch.deliver_due()
    assert states() == {1: "refused"}


# --- forms of signature -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401])
def test_who_wants_the_older_form_gets_it_at_once_and_from_then_on(p1, status):
    refusing_rfc9421(p1, status)
    for number in (1, 2, 3):
        queue(number, inbox(p1))
        dispatch.deliver_due()
    assert set(states().values()) == {"done"}
    forms = ["rfc9421" if "signature-input" in seen.headers else "cavage" for seen in p1.seen]
    assert forms == ["rfc9421", "cavage", "cavage", "cavage"]
    assert Host.objects.get().form == "cavage"


def test_an_error_is_no_reason_to_knock_twice(p1):
    p1.inbox_status = 500
    queue(1, inbox(p1))
    dispatch.deliver_due()
    assert len(received(p1)) == 1
    assert Delivery.objects.get().last_status == "500"


# --- what the operator is told ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [406, 415])
def test_a_peer_that_refuses_our_headers_gives_one_notice(p1, status):
    p1.inbox_status = status
    for number in (1, 2, 3):
        queue(number, inbox(p1))
        dispatch.deliver_due()
    assert set(states().values()) == {"refused"}
    notice = Notice.objects.get()
    assert (notice.code, notice.about, notice.facts) == ("our_headers_refused", p1.origin, {"count": 3})


def test_what_expires_behind_one_host_gives_one_notice(p1, p2, clock):
    p1.inbox_status = 500
    for number in range(10):
        queue(number, inbox(p1))
    queue(10, inbox(p2))
    rounds(clock, 32, days=1)
    assert set(states().values()) == {"expired", "done"}
    notice = Notice.objects.get()
    assert (notice.code, notice.about, notice.facts) == ("delivery_expired", p1.origin, {"count": 10})


def test_a_message_we_kept_too_long_ourselves_is_still_tried(p1, clock):
    queue(1, inbox(p1))
    clock.advance(days=40)
    dispatch.deliver_due()
    assert states() == {1: "done"}


def test_what_is_gone_is_gone_for_all_that_waits(p1, clock):
    make_follower(p1.actor("alice"), node_actor())
    p1.inbox_status = 503
    queue(1, inbox(p1))
    dispatch.deliver_due()
    p1.inbox_status = 410
    queue(2, inbox(p1))
    dispatch.deliver_due()
    assert states() == {1: "refused", 2: "refused"}
    assert len(received(p1)) == 2
    assert not Follow.objects.filter(outgoing=False).exists()
