"""The gate of a running node, knocked at over real HTTP by a peer that is sometimes honest."""

import contextlib
import json
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.peers import ACTIVITY_JSON, Peer, deliver_live, encoded, new_key, sign
from tests.services import start_node
from tests.signing import BOTH, CAVAGE, RFC9421, checked

pytestmark = pytest.mark.processes

AS_JSON = {"Accept": ACTIVITY_JSON}
TABLES = ("federation_envelope", "federation_replay", "federation_remotekey", "federation_remoteactor")


@pytest.fixture(scope="module")
def peers():
    with Peer() as p1, Peer() as p2:
        yield p1, p2


@pytest.fixture(scope="module")
def live(tmp_path_factory, peers):
    allowed = {"TOILE_FEDERATION_TEST_PEERS": ",".join(peer.address for peer in peers)}
    with start_node(tmp_path_factory.mktemp("gate") / "node", env=allowed) as node:
        yield node


@pytest.fixture(params=BOTH)
def form(request, peers):
    """The form in which the peers sign; the genuine post is run in both."""
    for peer in peers:
        peer.form = request.param
    return request.param


def count(node) -> dict[str, int]:
    """Count rows from outside the node's processes."""
    with contextlib.closing(sqlite3.connect(f"file:{node.data / 'toile.sqlite3'}?mode=ro", uri=True)) as link:
        return {table: link.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in TABLES}  # noqa: S608


def send(node, actor, activity, path="/actor/inbox", *, sent=None, to=None, method="POST", headers=None, **signing):
    """Sign for `path` of `node` and send it there, or `to` elsewhere; return the status."""
    body = encoded(activity)
    signed = {**sign(actor, node.origin + path, body, **signing), **(headers or {})}
    return deliver_live(node.origin + (to or path), signed, body if sent is None else sent, method)[0]


def test_what_is_refused_leaves_no_trace_and_the_genuine_message_still_works(live, peers, form):
    p1, p2 = peers
    alice, stranger = p1.actor("alice"), p2.actor("stranger")
    activity = alice.note()
    body = encoded(activity)
    before = count(live)

    assert deliver_live(f"{live.origin}/actor/inbox", {"Content-Type": ACTIVITY_JSON}, body)[0] == 401
    assert send(live, alice, activity, private=new_key()) == 401
    assert send(live, alice, activity, at=datetime.now(UTC) - timedelta(days=2)) == 401
    assert send(live, alice, activity, covered="date") == 401
    assert send(live, alice, activity, headers={"Signature": "sig1=:AAAA:", "Signature-Input": "x=(;"}) == 401
    assert send(live, alice, activity, sent=encoded({**activity, "type": "Announce"})) == 401
    assert send(live, stranger, activity) == 403
    assert send(live, alice, {**activity, "actor": f"{live.origin}/actor"}) == 403
    assert send(live, alice, {**activity, "content": "x" * 300_000}) == 413
    assert send(live, alice, activity, headers={"Content-Type": "application/json"}) == 415
    assert send(live, alice, b"[" * 100_000) == 400
    assert count(live) == before

    assert send(live, alice, activity) == 202
    assert send(live, alice, activity) == 202
    after = count(live)
    assert after["federation_envelope"] - before["federation_envelope"] == 1


def test_sig_08_same_signature_elsewhere(live, peers, form):
    alice = peers[0].actor("alice")
    activity = alice.note()
    before = count(live)

    assert send(live, alice, activity, to="/inbox") == 401
    assert send(live, alice, activity, to="/actor/inbox?x=1") == 401
    assert send(live, alice, activity, method="POST", headers={"Host": "localhost:1"}) in {400, 401}
    body = encoded(activity)
    signed = sign(alice, f"{live.origin}/actor/inbox", body)
    assert deliver_live(f"{live.origin}/actor/inbox", signed, body, "PUT")[0] in {401, 405}
    assert count(live) == before
    assert send(live, alice, activity, path="/actor/inbox?x=1") == 202


def test_sig_12_key_fetches_are_few_and_others_are_served(live, peers):
    p1, p2 = peers
    alice, honest = p1.actor("alice"), p2.actor("honest")
    statuses = [send(live, alice, alice.note(), key_id=f"{p1.origin}/u/none{number}#main-key") for number in range(30)]

    assert set(statuses) == {401, 429}
    assert len([seen for seen in p1.asked() if "/u/none" in seen.path]) <= 20  # ten a minute; a minute may turn
    assert send(live, honest, honest.note()) == 202


def test_security_log_has_one_line_for_a_refusal(live, peers):
    alice = peers[0].actor("alice")
    send(live, alice, alice.note(content="Secret-Words"), sent=b'{"id": "Secret-Words"}')

    lines = [line for line in live.printed().splitlines() if "gate code=" in line]
    assert "status=" in lines[-1]
    assert "Secret-Words" not in live.printed()


def test_key_is_fetched_with_a_signature_in_the_form_that_the_peer_reads(live, peers):
    """The node's own key is asked for in turn, unsigned or signed; neither side waits for the other for ever."""
    p2 = peers[1]
    p2.reads = (CAVAGE,)
    p2.seen.clear()
    newcomer = p2.actor("newcomer")
    try:
        assert send(live, newcomer, newcomer.note()) == 202
    finally:
        p2.reads = BOTH
    node = json.loads(live.request("GET", "/actor", headers=AS_JSON)[2])
    public = load_pem_public_key(node["publicKey"]["publicKeyPem"].encode())

    assert [checked(seen, p2.origin, public) for seen in p2.asked("/u/newcomer")] == [RFC9421, CAVAGE]
