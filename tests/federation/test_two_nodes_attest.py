"""Trust through other nodes, for real: an attestation given at one opens a path at the next, and its end closes it.

Three nodes: Lille attests; Tours follows Lille; Brest follows Tours only, and hears of Lille what Tours hands on.
"""

import pytest

from tests.federation.test_two_nodes import ask, rows, wait_for
from tests.services import free_port, new_node

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    folder, ports = tmp_path_factory.mktemp("attest"), [free_port() for _ in range(3)]
    env = {"TOILE_FEDERATION_TEST_PEERS": ",".join(f"127.0.0.1:{port}" for port in ports)}
    names = ("lille", "tours", "brest")
    made = [new_node(folder / name, port=port, env=env) for name, port in zip(names, ports, strict=True)]
    lille, tours, brest = made
    try:
        ask(lille, "set_up('Lille', 'alix')", "join('alix', 'bachir')", "join('alix', 'camille')")
        ask(tours, "set_up('Tours', 'dominique')")
        ask(brest, "set_up('Brest', 'elise')")
        for node in made:
            node.start()
        ask(tours, f"follow('dominique', {lille.origin!r})")  # now that each can be asked for its keys
        ask(brest, f"follow('elise', {tours.origin!r})")
        yield made
    finally:
        for node in made:
            node.stop()


def who(node, name):
    return f"{node.origin}/u/{name}"


def papers(node, kind):
    """Return the addresses of what a node keeps with a proof."""
    return [uri for (uri,) in rows(node, "SELECT uri FROM federation_signedobject WHERE kind = ?", kind)]


@pytest.fixture(scope="module")
def acquainted(nodes):
    """Tours has gathered who belongs to Lille; Dominique knows Alix and Camille there."""
    lille, tours, _brest = nodes
    belong = (
        "SELECT 1 FROM network_membership s JOIN network_member m ON m.id = s.member_id"
        " WHERE m.uri = ? AND s.number IS NULL"
    )
    for name in ("alix", "bachir", "camille"):
        wait_for(lambda name=name: rows(tours, belong, who(lille, name)), f"the membership of {name}")
    for name in ("alix", "camille"):
        ask(tours, f"attest('dominique', {who(lille, name)!r})")
    return nodes


def test_an_attestation_elsewhere_opens_a_path_and_its_withdrawal_closes_it(acquainted):
    lille, tours, _brest = acquainted
    bachir = who(lille, "bachir")
    assert ask(tours, f"paths('dominique', {bachir!r})") == {"basis": "own", "paths": []}
    uri = ask(lille, f"attest('alix', {bachir!r})")["uri"]
    wait_for(lambda: uri in papers(tours, "attestation"), "the attestation")
    assert ask(tours, f"paths('dominique', {bachir!r})")["paths"] == [
        [who(tours, "dominique"), who(lille, "alix"), bachir],
    ]
    second = ask(lille, f"attest('camille', {bachir!r})")["uri"]
    wait_for(lambda: second in papers(tours, "attestation"), "the second attestation")
    assert len(ask(tours, f"paths('dominique', {bachir!r})")["paths"]) == 2
    ask(lille, f"take_back('alix', {uri!r})", f"take_back('camille', {second!r})")
    wait_for(lambda: {uri, second} <= set(papers(tours, "tombstone")), "the ends")
    assert ask(tours, f"paths('dominique', {bachir!r})")["paths"] == []


def test_what_is_handed_on_proves_itself_and_so_does_its_end(acquainted):
    """Brest has never heard from Lille; it fetches the key there once, and needs Lille no more."""
    lille, tours, brest = acquainted
    wait_for(lambda: rows(tours, "SELECT 1 FROM federation_follow WHERE NOT outgoing AND state = 'accepted'"), "Brest")
    dominique = who(tours, "dominique")
    uri = ask(lille, f"meet({dominique!r})", f"attest('alix', {dominique!r})")[1]["uri"]
    wait_for(lambda: uri in papers(tours, "attestation"), "the attestation at Tours")
    ask(tours, f"relay({uri!r})")
    wait_for(lambda: uri in papers(brest, "attestation"), "the attestation at Brest")
    kept = "SELECT body, via FROM federation_signedobject WHERE uri = ? AND kind = ?"
    assert rows(brest, kept, uri, "attestation")[0][1] == f"{tours.origin}/actor"
    ask(lille, f"take_back('alix', {uri!r})")
    wait_for(lambda: uri in papers(tours, "tombstone"), "the end at Tours")
    lille.stop()
    try:
        ask(tours, f"relay({uri!r})")
        wait_for(lambda: uri in papers(brest, "tombstone"), "the end at Brest, with Lille away")
        assert uri not in papers(brest, "attestation")
    finally:
        lille.start()
