"""Registers witnessed, for real: three nodes; Tours and Brest follow Lille and countersign; then Lille goes back."""

import json

import pytest

from tests.federation.test_two_nodes import ask, rows, wait_for
from tests.governance.registers import verifier
from tests.services import free_port, new_node

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    folder, ports = tmp_path_factory.mktemp("heads"), [free_port() for _ in range(3)]
    env = {"TOILE_FEDERATION_TEST_PEERS": ",".join(f"127.0.0.1:{port}" for port in ports)}
    names = ("lille", "tours", "brest")
    made = [new_node(folder / name, port=port, env=env) for name, port in zip(names, ports, strict=True)]
    lille, tours, brest = made
    try:
        ask(lille, "set_up('Lille', 'alix')", "enter_entry('Avant')")
        ask(tours, "set_up('Tours', 'dominique')")
        ask(brest, "set_up('Brest', 'elise')")
        for node in made:
            node.start()
        ask(tours, f"follow('dominique', {lille.origin!r})")
        ask(brest, f"follow('elise', {lille.origin!r})")
        peers = "SELECT 1 FROM federation_follow WHERE NOT outgoing AND state = 'accepted'"
        wait_for(lambda: len(rows(lille, peers)) == 2, "both follows")
        yield made
    finally:
        for node in made:
            node.stop()


def confirmed(node):
    """Return {witness: last entry confirmed} as the node's rows say."""
    return dict(rows(node, "SELECT witness, max(n) FROM federation_confirmation GROUP BY witness"))


def test_two_nodes_confirm_then_an_old_copy_is_put_back_and_seen_by_all(nodes, tmp_path):
    lille, tours, brest = nodes
    last = ask(lille, "enter_entry('Un')", "enter_entry('Deux')")[1]
    both = {f"{tours.origin}/actor": last["n"], f"{brest.origin}/actor": last["n"]}
    wait_for(lambda: confirmed(lille) == both, "both countersignatures")
    page = lille.request("GET", "/registre")[2].decode()
    assert f"confirmé par 2 nœuds, jusqu’à l’inscription nᵒ {last['n']}" in page
    file = tmp_path / "lille.json"
    lille.manage("export_register", str(file))
    found, left = verifier().check(file.read_text())
    assert left == ["la charte sha256:0, citée par l'inscription n° 1, absente du dossier"]
    assert sum("confirmé par" in line for line in found) == 2
    ask(lille, f"put_back({last['n'] - 1})", "tell_register()")
    conflict = "SELECT kind, n FROM federation_headconflict WHERE local"
    assert wait_for(lambda: rows(lille, conflict), "our own signature, shown by a witness") == [("rollback", last["n"])]
    assert "une ancienne copie du registre" in lille.request("GET", "/registre")[2].decode()
    ask(lille, "enter_entry('Autre chose')", "tell_register()")
    theirs = "SELECT n FROM federation_headconflict WHERE NOT local AND kind = 'fork'"
    for node in (tours, brest):
        assert wait_for(lambda node=node: rows(node, theirs), "the two pasts, on the other side") == [(last["n"],)]
    kept = rows(tours, "SELECT first, second FROM federation_headconflict")[0]
    assert {json.loads(body)["attributedTo"].split("/g/")[0] for body in kept} == {lille.origin}
    wait_for(lambda: ("fork", last["n"]) in rows(lille, conflict), "the fork, told to Lille")
    doctor = lille.manage("check", "--deploy", "--database", "default", check=False)
    assert "deux états différents" in doctor.stdout + doctor.stderr
