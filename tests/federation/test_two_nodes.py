"""Two real nodes over real signed HTTP; a pirate with real keys; a worker killed at the worst time.

The time that an offer takes is printed (`pytest -s`), never asserted: waiting has a generous guard.
"""

import json
import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.federation.offers import created
from tests.federation.relay import Relay
from tests.peers import Peer, deliver_live, encoded, new_key, sign
from tests.services import free_port, new_node

pytestmark = pytest.mark.processes

GUARD_SECONDS = 60
PRICES = [("hourly", 5500), ("fixed", 12050), ("prix_libre", None), ("gift", None), ("barter", None)]


def wait_for(found, what):
    """Return the first truthy answer of `found()`; fail when the guard has passed."""
    limit = time.monotonic() + GUARD_SECONDS
    while time.monotonic() < limit:
        answer = found()
        if answer:
            return answer
        time.sleep(0.1)
    pytest.fail(f"waited {GUARD_SECONDS} s for: {what}")


def ask(node, *calls):
    """Run functions of tests/federation/seed.py on the node's data, in one process; return what each tells."""
    code = "; ".join(["from tests.federation import seed", *(f"seed.{call}" for call in calls)])
    told = node.tells(code)
    return told if len(calls) > 1 else told[0]


def rows(node, sql, *values):
    """Read the node's database, from outside."""
    with closing(sqlite3.connect(f"file:{node.data}/toile.sqlite3?mode=ro", uri=True, timeout=30)) as link:
        return link.execute(sql, values).fetchall()


def count(node, table):
    return rows(node, f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608 - our own tables


def copy_of(node, uri):
    """Return title, price, amount and state of an offer received, or nothing."""
    found = rows(node, "SELECT title, price, amount_cents, state FROM network_offer WHERE uri = ? AND NOT local", uri)
    return found[0] if found else None


@pytest.fixture(scope="module")
def pirate():
    with Peer() as peer:
        yield peer


@pytest.fixture(scope="module")
def relay():
    with Relay() as front:
        yield front


@pytest.fixture(scope="module")
def nodes(tmp_path_factory, pirate, relay):
    """Lille publishes; Tours, reached through the relay, follows Lille. One offer is older than the follow."""
    folder = tmp_path_factory.mktemp("nodes")
    port = free_port()
    env = {"TOILE_FEDERATION_TEST_PEERS": f"127.0.0.1:{port},127.0.0.1:{relay.port},{pirate.address}"}
    lille = new_node(folder / "lille", port=port, env=env)
    tours = new_node(folder / "tours", origin=f"http://localhost:{relay.port}", env=env)
    relay.target = tours.port
    try:
        before = ask(lille, "set_up('Lille', 'alix')", "publish('alix', 'Avant de se connaître', 'gift')")[1]["uri"]
        lille.start()
        wait_for(lambda: rows(lille, "SELECT 1 FROM federation_rendered WHERE uri = ?", before), "the first offer")
        peer = pirate.actor("node", "Application").uri
        ask(
            tours,
            "set_up('Tours', 'dominique')",
            f"list_node({pirate.origin!r}, {peer!r})",
            f"follow('dominique', {lille.origin!r})",
        )
        tours.start()
        yield lille, tours, before
    finally:
        for node in (lille, tours):
            node.stop()


@pytest.fixture(scope="module")
def following(nodes):
    lille, tours, before = nodes
    peers = "SELECT 1 FROM federation_node WHERE standing = 'peer' AND origin = ?"
    wait_for(lambda: rows(tours, peers, lille.origin), "the follow to be accepted")
    return lille, tours, before


@pytest.fixture(scope="module")
def published(following):
    """One offer of each price model, published once the follow stands: price → uri."""
    calls = [f"publish('alix', 'Offre {price}', {price!r}, {amount})" for price, amount in PRICES]
    told = ask(following[0], *calls)
    return {price: answer["uri"] for (price, _), answer in zip(PRICES, told, strict=True)}


def test_a_new_follower_sees_what_was_there_before(following):
    _, tours, before = following
    assert wait_for(lambda: copy_of(tours, before), "the older offer") == (
        "Avant de se connaître",
        "gift",
        None,
        "live",
    )


def seconds_between(lille, tours, uri):
    """Return how long the offer took, by the clocks of the two processes (one machine)."""
    sent = rows(lille, "SELECT julianday(published_at) FROM network_offer WHERE uri = ?", uri)[0][0]
    heard = rows(tours, "SELECT julianday(heard_at) FROM network_offer WHERE uri = ?", uri)[0][0]
    return (heard - sent) * 86_400


@pytest.mark.parametrize(("price", "amount"), PRICES)
def test_an_offer_appears_with_its_price_model(following, published, price, amount):
    lille, tours, _ = following
    uri = published[price]
    assert wait_for(lambda: copy_of(tours, uri), uri) == (f"Offre {price}", price, amount, "live")
    print(f"\n{price}: on the other node {seconds_between(lille, tours, uri):.2f} s after it was published")  # noqa: T201


def test_an_offer_is_found_with_its_owner_and_place(following, published):
    lille, tours, _ = following
    uri = published["hourly"]
    wait_for(lambda: copy_of(tours, uri), "the offer")
    owner, origin, place, html = rows(
        tours,
        "SELECT m.name, m.origin, o.place_name, o.description FROM network_offer o JOIN network_member m"
        " ON m.id = o.owner_id WHERE o.uri = ?",
        uri,
    )[0]
    assert (owner, origin, place) == ("Alix", lille.origin, "Liévin")
    assert "<em>vous</em>" in html
    assert rows(
        tours, "SELECT count(*) FROM network_offerterm t JOIN network_offer o ON o.id = t.offer_id WHERE o.uri = ?", uri
    )[0][0]


def test_changes_and_the_end_of_an_offer_follow(following, published):
    lille, tours, _ = following
    uri = published["fixed"]
    wait_for(lambda: copy_of(tours, uri), "the offer")
    ask(lille, f"edit({uri!r}, 'Second titre', 'prix_libre')")
    wait_for(lambda: copy_of(tours, uri) == ("Second titre", "prix_libre", None, "live"), "the change")
    ask(lille, f"withdraw({uri!r})")
    wait_for(lambda: copy_of(tours, uri)[3] == "withdrawn", "the end")
    path = uri.removeprefix(lille.origin)
    status, _, body = lille.request("GET", path, headers={"Accept": "application/activity+json"})
    assert (status, json.loads(body)["type"]) == (410, "Tombstone")


# --- the pirate ------------------------------------------------------------------------------------------


@pytest.fixture
def alice(following, pirate):
    """A member of the pirate's node, which Tours takes for a peer: what is genuine of hers is listed."""
    return pirate.actor("alice")


def unsigned(alice, url, body):
    return {"Host": url.split("/")[2], "Content-Type": "application/activity+json"}, body


def wrongly_signed(alice, url, body):
    return sign(alice, url, body, private=new_key()), body


def stale(alice, url, body):
    return sign(alice, url, body, at=datetime.now(UTC) - timedelta(hours=13)), body


def changed_on_the_way(alice, url, body):
    return sign(alice, url, body), body.replace(b"Installation", b"INSTALLATION")


def of_another_origin(alice, url, body):
    return sign(alice, url, encoded_elsewhere(body)), encoded_elsewhere(body)


def encoded_elsewhere(body):
    message = json.loads(body)
    return encoded({**message, "actor": "http://localhost:1/u/alice"})


def traces(node, actor):
    """What a message of `actor` leaves at a node. Signatures by others, who go on talking meanwhile, are not theirs."""
    tables = ("federation_envelope", "network_offer", "network_member", "federation_tombstoneseen")
    seen = rows(node, "SELECT count(*) FROM federation_replay WHERE key_id = ?", actor.key_id)
    return [*(count(node, table) for table in tables), seen[0][0]]


def oversized(alice, url, body):
    big = encoded({**json.loads(body), "padding": "x" * 300_000})
    return sign(alice, url, big), big


@pytest.mark.parametrize(
    ("number", "forge", "status"),
    [
        (1, unsigned, 401),
        (2, wrongly_signed, 401),
        (3, stale, 401),
        (4, changed_on_the_way, 401),
        (5, of_another_origin, 403),
        (6, oversized, 413),
    ],
)
def test_a_forgery_leaves_no_trace_and_the_genuine_message_counts(following, alice, number, forge, status):
    _, tours, _ = following
    url = f"{tours.origin}/inbox"
    activity = created(alice, number)
    before = traces(tours, alice)
    headers, body = forge(alice, url, encoded(activity))
    assert deliver_live(url, headers, body)[0] == status
    assert traces(tours, alice) == before
    genuine = encoded(activity)
    assert deliver_live(url, sign(alice, url, genuine), genuine)[0] == 202
    offer = activity["object"]["id"]
    assert wait_for(lambda: copy_of(tours, offer), "the genuine offer")[0] == "Installation Nextcloud"
    again = sign(alice, url, genuine, at=datetime.now(UTC) + timedelta(seconds=1))
    assert deliver_live(url, again, genuine)[0] == 202  # known: no second effect
    assert rows(tours, "SELECT count(*) FROM federation_envelope WHERE activity = ?", activity["id"]) == [(1,)]


# --- the worker killed between send and record -----------------------------------------------------------


def worker_of(node):
    """Return the pid of the node's worker."""
    lines = (node.data / "node.pid").read_text().splitlines()
    return next(int(line.split()[0]) for line in lines if line.endswith(" worker"))


def test_a_worker_killed_between_send_and_record_loses_and_doubles_nothing(following, relay):
    lille, tours, _ = following
    relay.hold.set()
    uri = ask(lille, "publish('alix', 'Malgré tout', 'hourly', 2500)")["uri"]
    wait_for(relay.held.is_set, "the delivery to be sent")
    os.kill(worker_of(lille), signal.SIGKILL)
    shutil.rmtree(lille.data / "queue")
    (lille.data / "queue").mkdir()
    relay.hold.clear()
    relay.release.set()
    assert rows(lille, "SELECT state FROM federation_delivery WHERE object_uri = ?", uri) == [("sending",)]
    wait_for(
        lambda: rows(lille, "SELECT 1 FROM federation_delivery WHERE object_uri = ? AND state = 'done'", uri), "done"
    )
    sent = [json.loads(body) for body in relay.posts]
    assert len([message for message in sent if message["object"] and message["id"] == f"{uri}/create"]) >= 2
    assert copy_of(tours, uri) == ("Malgré tout", "hourly", 2500, "live")
    assert rows(tours, "SELECT count(*) FROM federation_envelope WHERE activity = ?", f"{uri}/create") == [(1,)]
