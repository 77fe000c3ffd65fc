"""The life of ids between two real nodes: new keys, another address, a member who leaves."""

import json
import time

import pytest

from tests.federation.relay import Relay
from tests.federation.test_two_nodes import ask, copy_of, rows, wait_for
from tests.services import free_port, new_node

pytestmark = pytest.mark.processes


@pytest.fixture
def pair(tmp_path):
    """Lille, behind a front that gives its address; Tours follows it, and has its first offer."""
    with Relay() as front:
        lille_port, tours_port, later = free_port(), free_port(), free_port()
        addresses = (f"127.0.0.1:{port}" for port in (front.port, later, lille_port, tours_port))
        env = {"TOILE_FEDERATION_TEST_PEERS": ",".join(addresses)}
        lille = new_node(tmp_path / "lille", port=lille_port, origin=f"http://localhost:{front.port}", env=env)
        tours = new_node(tmp_path / "tours", port=tours_port, env=env)
        front.target = lille.port
        try:
            first = ask(lille, "set_up('Lille', 'alix')", "publish('alix', 'Première offre', 'gift')")[1]["uri"]
            lille.start()
            wait_for(lambda: rows(lille, "SELECT 1 FROM federation_rendered WHERE uri = ?", first), "the first offer")
            ask(tours, "set_up('Tours', 'dominique')", f"follow('dominique', {lille.origin!r})")
            tours.start()
            wait_for(lambda: copy_of(tours, first), "the first offer at the other node")
            yield lille, tours, first, later, front
        finally:
            lille.stop()
            tours.stop()


def test_new_keys_are_taken_after_one_look_and_old_ones_no_more(pair):
    lille, tours, _first, _later, _front = pair
    second = ask(lille, "publish('alix', 'Deuxième offre', 'gift')")["uri"]
    wait_for(lambda: copy_of(tours, second), "an offer signed with the first key")
    lille.manage("rotate_keys", "--all")
    third = ask(lille, "publish('alix', 'Troisième offre', 'gift')")["uri"]
    begun = time.monotonic()
    wait_for(lambda: copy_of(tours, third), "an offer signed with the new key")
    print(f"taken with the new key after {time.monotonic() - begun:.1f} s")
    known = "SELECT key_id FROM federation_remotekey WHERE owner LIKE '%/u/alix'"
    assert [key.rpartition("#")[2] for (key,) in rows(tours, known)] == ["main-key-2"]
    assert ask(lille, f"post_with_retired_key('alix', '{tours.origin}/inbox')")["status"] == 401


def test_a_node_that_moves_is_followed_to_its_new_address(pair):
    lille, tours, first, later, front = pair
    assert lille.manage("move_node", "--to", f"http://localhost:{later}", check=False).returncode != 0  # it is running
    lille.stop()
    lille.manage("move_node", "--to", f"http://localhost:{later}")
    environ = {**lille.environ, "TOILE_ORIGIN": f"http://localhost:{later}", "TOILE_PORT": str(later)}
    old, lille.port, lille.origin = lille.origin, later, f"http://localhost:{later}"
    lille.environ = {**environ, "TOILE_OLD_ORIGINS": old}
    lille.start()
    front.target = later
    moved = first.replace(old, lille.origin)
    # its worker may tell of the move before its own door is open: that is tried again a minute later, here at once
    wait_for(lambda: ask(tours, "hurry()") and copy_of(tours, moved), "the offer under its new id")
    assert copy_of(tours, first) is None
    standing = dict(rows(tours, "SELECT origin, standing FROM federation_node"))
    assert (standing[old], standing[lille.origin]) == ("unknown", "peer")
    link = {"Host": old.removeprefix("http://"), "Accept": "application/activity+json"}
    status, _headers, body = lille.request("GET", "/actor", headers=link)
    assert (status, json.loads(body)["movedTo"]) == (200, f"{lille.origin}/actor")
    later_offer = ask(lille, "publish('alix', 'Après le déménagement', 'gift')")["uri"]
    wait_for(lambda: copy_of(tours, later_offer), "an offer published at the new address")


def test_a_member_who_leaves_is_erased_at_the_other_node(pair):
    lille, tours, first, _later, _front = pair
    ask(lille, "join('alix', 'bachir')")
    offer = ask(lille, "publish('bachir', 'Une offre de Bachir', 'gift')")["uri"]
    wait_for(lambda: copy_of(tours, offer), "the offer of the one who will leave")
    ask(lille, "leave('bachir')")
    gone = "SELECT name FROM network_member WHERE uri LIKE '%/u/bachir' AND gone_at IS NOT NULL"
    wait_for(lambda: rows(tours, gone), "the departure to be known")
    assert rows(tours, gone) == [("",)]
    assert wait_for(lambda: (copy_of(tours, offer) or ("",))[-1] == "withdrawn", "the withdrawal")
    status, _headers, body = lille.request("GET", "/u/bachir", headers={"Accept": "application/activity+json"})
    assert (status, json.loads(body)["type"]) == (410, "Tombstone")
    assert copy_of(tours, first)[-1] == "live"
