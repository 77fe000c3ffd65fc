"""Catching up with what an actor offers: what is new is taken, what is no more ends."""

import pytest

from federation import harvest, tasks
from federation.errors import Unreachable
from federation.models import Follow
from network.models import Offer, OfferState
from tests.federation.conftest import make_peer
from tests.federation.offers import uri
from tests.federation.outboxes import activity, catch_up, held, offering, outbox, served

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(here, p1):
    make_peer(p1)
    p1.actor("node").extra["streams"] = [f"{p1.origin}/offers"]
    return p1.actor("alice")


def test_everything_that_was_there_is_listed(alice, p1):
    offering(p1, alice, range(1, 6))
    assert catch_up() == 5
    assert set(Offer.objects.values_list("title", flat=True)) == {f"Offre {number}" for number in range(1, 6)}
    assert Follow.objects.get(outgoing=True).caught_up_at is not None


def test_again_changes_nothing(alice, p1):
    offering(p1, alice, range(1, 3))
    catch_up()
    catch_up()
    assert Offer.objects.count() == 2


def test_one_that_cannot_be_read_is_left_out(alice, p1, p2):
    foreign = f"{p2.origin}/p/1"
    offering(p1, alice, [1, 2], listed=[uri(alice, 1), uri(alice, 2), uri(alice, 404), foreign, 5, None])
    p1.serve("/p/2", {"id": uri(alice, 2), "type": "Note", "attributedTo": alice.uri})
    assert catch_up() == 1
    assert not p2.seen


def test_what_is_listed_no_more_and_gone_is_withdrawn_and_what_is_not_there_dropped(alice, p1):
    offering(p1, alice, [1, 2, 3, 4])
    catch_up()
    del p1.pages["/p/2"]
    p1.serve("/p/4", b"{}", status=410)
    offering(p1, alice, [1], listed=[uri(alice, 1)])  # 3 is not listed, but still lives
    catch_up()
    states = dict(Offer.objects.values_list("uri", "state"))
    assert states == {
        uri(alice, 1): OfferState.LIVE,
        uri(alice, 4): OfferState.WITHDRAWN,
        uri(alice, 3): OfferState.LIVE,
    }


def test_the_budget_holds(alice, p1, monkeypatch):
    offering(p1, alice, range(1, 10))
    monkeypatch.setattr(harvest, "ITEMS", 3)
    assert catch_up() == 3


def test_a_ring_of_pages_ends(alice, p1):
    offering(p1, alice, [1])
    page = {
        "id": f"{p1.origin}/offers/0",
        "type": "OrderedCollectionPage",
        "orderedItems": [uri(alice, 1)],
        "next": f"{p1.origin}/offers/0",
    }
    p1.serve("/offers/0", page)
    assert catch_up() == 1


def test_an_outbox_of_creates_will_do(alice, p1):
    p1.actor("node").extra.pop("streams")
    served(p1, told := activity(alice, 1))
    outbox(p1, [{"type": "Like", "object": "x"}, told["id"]])
    assert catch_up() == 0
    assert list(held().values()) == ["live"]


def test_a_mute_node_is_asked_again_later_not_at_once(alice, p1):
    p1.serve("/offers", b"", status=503)
    with pytest.raises(Unreachable):
        catch_up()
    tasks.sweep()
    asked = len(p1.asked("/offers"))
    tasks.sweep()
    assert len(p1.asked("/offers")) == asked
    assert Follow.objects.get(outgoing=True).caught_up_at is None


def test_the_sweep_catches_up_after_an_accept(alice, p1):
    offering(p1, alice, [1])
    tasks.sweep()
    assert Offer.objects.get().uri == uri(alice, 1)
