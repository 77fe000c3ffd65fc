"""SIG-12: whoever names invented keys of an honest peer keeps out neither its newcomers nor its new keys."""

import pytest

from federation import remote_keys
from network import rates
from network.clock import now
from tests.peers import new_key
from tests.security.conftest import in_both_forms, knock

pytestmark = pytest.mark.django_db
STRANGER = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture(autouse=True)
def _one_minute(clock):
    """All that happens in a test happens in one minute of the budgets."""


@pytest.fixture
def settled(alice):
    """Alice, of whose node a message came before: from our tests' own address."""
    knock(alice, alice.note(), at=now())
    return alice


def invent(peer, number, **from_where):
    """Name a key that is not there; return the refusal's status."""
    nobody = peer.actor("nobody")
    with pytest.raises(remote_keys.Refused) as caught:
        knock(nobody, nobody.note(), at=now(), key_id=f"{peer.origin}/u/none{number}#main-key", **from_where)
    return caught.value.status


def invent_many(peer, number=40):
    return [invent(peer, one, meta={"REMOTE_ADDR": f"203.0.113.{one}"}) for one in range(number)]


@in_both_forms
def test_invented_keys_leave_a_share_to_the_peers_own_address(p1, settled):
    statuses = invent_many(p1)
    newcomer = p1.actor("newcomer")
    assert knock(newcomer, newcomer.note(), at=now())
    assert set(statuses) == {401, 429}
    assert len(p1.asked()) <= remote_keys.FETCHES


@in_both_forms
def test_a_new_key_under_a_known_id_is_fetched_too(p1, settled):
    invent_many(p1)
    with pytest.raises(remote_keys.Refused, match="rate"):
        knock(settled, settled.note(), at=now(), private=new_key(), meta=STRANGER)
    settled.rotate()
    assert knock(settled, settled.note(), at=now())


def test_a_peer_is_not_asked_more_often_than_before(p1, settled):
    invent_many(p1)
    assert {invent(p1, number) for number in range(100, 140)} == {401, 429}
    assert len(p1.asked()) == remote_keys.FETCHES


def test_a_copy_makes_nobody_at_home(p1, alice):
    note = alice.note()
    knock(alice, note, at=now())
    assert knock(alice, note, at=now(), meta=STRANGER).repeated
    statuses = [invent(p1, number, meta=STRANGER) for number in range(40)]
    newcomer = p1.actor("newcomer")
    assert statuses.count(401) == remote_keys.FETCHES - remote_keys.KEPT_FETCHES
    assert knock(newcomer, newcomer.note(), at=now())


def test_a_peer_is_at_home_at_few_addresses(p1, alice):
    for number in range(remote_keys.HOMES + 1):
        knock(alice, alice.note(), at=now(), meta={"REMOTE_ADDR": f"198.51.100.{number}"})
    invent_many(p1)
    newcomer = p1.actor("newcomer")
    with pytest.raises(remote_keys.Refused, match="rate"):
        knock(newcomer, newcomer.note(), at=now(), meta={"REMOTE_ADDR": "198.51.100.0"})
    assert knock(newcomer, newcomer.note(), at=now(), meta={"REMOTE_ADDR": "198.51.100.1"})


def test_places_are_kept_for_the_peers_own_address(p1, settled, monkeypatch):
    newcomer = p1.actor("newcomer")
    monkeypatch.setitem(remote_keys._under_way, p1.origin, remote_keys.AT_ONCE_OF_ONE - remote_keys.KEPT_AT_ONCE_OF_ONE)
    others = remote_keys.AT_ONCE - remote_keys.KEPT_AT_ONCE - remote_keys._under_way.total()
    monkeypatch.setitem(remote_keys._under_way, "elsewhere", others)
    with pytest.raises(remote_keys.Refused) as caught:
        knock(newcomer, newcomer.note(), at=now(), meta=STRANGER)
    assert caught.value.status == 503
    assert knock(newcomer, newcomer.note(), at=now())


def test_addresses_of_one_network_are_one(p1, alice):
    knock(alice, alice.note(), at=now(), meta={"REMOTE_ADDR": "2001:db8:1:2::3"})
    invent_many(p1)
    newcomer = p1.actor("newcomer")
    assert rates.address_bucket("2001:db8:1:2::4") == "2001:db8:1:2::/64"
    assert knock(newcomer, newcomer.note(), at=now(), meta={"REMOTE_ADDR": "2001:db8:1:2::4"})
