"""Two real nodes: an admission arrives as a signed paper that verifies, and its end as a signed tombstone."""

import json

import pytest

from tests.federation.test_two_nodes import ask, rows, wait_for
from tests.services import free_port, new_node

pytestmark = pytest.mark.processes

PAPER = "SELECT body FROM federation_signedobject WHERE uri = ? AND kind = 'membership'"
STONE = "SELECT body FROM federation_signedobject WHERE uri = ? AND kind = 'tombstone'"


def said(node, call):
    code = f"from tests.federation import seed_candidacy; seed_candidacy.{call}"
    return node.tells(code)[-1]


def test_an_admission_is_attested_to_other_nodes_and_revoked(tmp_path):
    ports = free_port(), free_port()
    env = {"TOILE_FEDERATION_TEST_PEERS": ",".join(f"127.0.0.1:{port}" for port in ports)}
    lille, tours = (
        new_node(tmp_path / name, port=port, env=env) for name, port in zip(("lille", "tours"), ports, strict=True)
    )
    try:
        ask(lille, "set_up('Lille', 'alix')", "join('alix', 'bachir')", "join('alix', 'camille')")
        lille.start()
        ask(tours, "set_up('Tours', 'dominique')", f"follow('dominique', {lille.origin!r})")
        tours.start()
        peers = "SELECT 1 FROM federation_node WHERE standing = 'peer' AND origin = ?"
        wait_for(lambda: rows(tours, peers, lille.origin), "the follow to be accepted")
        admitted = said(lille, "admit('elise')")
        assert admitted["stage"] == "member"
        found = wait_for(lambda: rows(tours, PAPER, admitted["uri"]), "the membership paper")
        paper = json.loads(found[0][0])
        assert paper["proof"]["cryptosuite"] == "eddsa-jcs-2022"
        assert admitted["charter"] in json.dumps(paper)
        active = "SELECT state FROM network_membership WHERE uri = ?"
        assert wait_for(lambda: rows(tours, active, admitted["uri"]), "the membership there") == [("active",)]
        assert said(lille, "lapse('elise')") == {"stage": "lapsed"}
        stone = wait_for(lambda: rows(tours, STONE, admitted["uri"]), "the tombstone")
        assert json.loads(stone[0][0])["type"] == "Tombstone"
        assert not rows(tours, PAPER, admitted["uri"])
    finally:
        for node in (lille, tours):
            node.stop()
