"""From first sight to farewell: three nodes of ours, and applications on Fedify and on apkit beside them.

Lille offers and attests, Tours follows Lille, Brest follows Tours alone; members of the other two follow Alix.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from hashlib import sha256
from types import SimpleNamespace

import pytest

from tests.outside import peers
from tests.outside.inside import inside, wait_for
from tests.services import free_port, new_node

pytestmark = pytest.mark.processes

PEER = "SELECT 1 FROM federation_node WHERE origin = ? AND standing = 'peer'"


@pytest.fixture
def cast(tmp_path, outside):
    """Everybody, running, and as yet unknown to each other."""
    fedify, apkit = peers.fedify(tmp_path / "fedify", outside), peers.apkit(tmp_path / "apkit", outside)
    names, ports = ("lille", "tours", "brest"), [free_port() for _ in range(3)]
    known = [*(f"127.0.0.1:{port}" for port in ports), fedify.address, apkit.address]
    env = {"TOILE_FEDERATION_TEST_PEERS": ",".join(known)}
    with ExitStack() as stack:
        stack.enter_context(peers.running(fedify, apkit))
        nodes = [new_node(tmp_path / name, port=port, env=env) for name, port in zip(names, ports, strict=True)]
        insides = [stack.enter_context(inside(node)) for node in nodes]
        stack.callback(together, [node.stop for node in nodes])
        for one, name, member in zip(insides, names, ("alix", "dominique", "elise"), strict=True):
            one.set_up(name.title(), member)
        together([node.start for node in nodes])
        yield SimpleNamespace(**dict(zip(names, insides, strict=True)), fedify=fedify, apkit=apkit)


def together(calls):
    """Call each in a thread of its own; raise what one of them raised."""
    with ThreadPoolExecutor(len(calls)) as threads:
        for future in [threads.submit(call) for call in calls]:
            future.result()


def test_a_whole_life(cast):
    meet(cast)
    offer = publish_and_change(cast)
    ask_for_quotes(cast, offer)
    paper = attest_and_hand_on(cast)
    revoke(cast, paper)
    withdraw(cast, offer)
    block(cast)


def alix(cast):
    return f"{cast.lille.origin}/u/alix"


def heard(peer, kind, object_id):
    """Return what an outside peer verified and understood of an activity about this object, once it has."""
    for one in peer.understood(kind):
        thing = one["object"]
        if (thing.get("id") if isinstance(thing, dict) else thing) == object_id:
            return one
    return None


def meet(cast):
    """Discovery by address, then follows: accepted, each answer verified by who gets it."""
    cast.tours.follow("dominique", cast.lille.origin)
    cast.brest.follow("elise", cast.tours.origin)
    found = cast.fedify.do("webfinger", resource=alix(cast))["found"]
    assert alix(cast) in {link["href"] for link in found["links"]}
    assert cast.apkit.do("lookup", address=alix(cast))["id"] == alix(cast)
    inbox = f"{alix(cast)}/inbox"
    asked = {"who": "zoe", "kind": "follow", "object": alix(cast), "inbox": inbox}
    for peer in (cast.fedify, cast.apkit):
        follow = peer.do("make", recipient=alix(cast), **asked)
        wait_for(lambda peer=peer, uri=follow["id"]: heard(peer, "Accept", uri), f"the Accept at {peer.name}")
    for node, other in ((cast.tours, cast.lille), (cast.brest, cast.tours)):
        wait_for(lambda node=node, other=other: node.rows(PEER, other.origin), "the nodes to be peers")


def publish_and_change(cast):
    uri = cast.lille.publish("alix", "Vélos", "hourly", 5500)["uri"]
    title = "SELECT title FROM network_offer WHERE uri = ?"
    everybody_hears(cast, "Create", uri)
    wait_for(lambda: cast.tours.rows(title, uri) == [("Vélos",)], "the offer at Tours")
    cast.lille.edit(uri, "Réparation de vélos", "hourly", 5500)
    everybody_hears(cast, "Update", uri)
    wait_for(lambda: cast.tours.rows(title, uri) == [("Réparation de vélos",)], "the change at Tours")
    return uri


def everybody_hears(cast, kind, offer):
    for peer in (cast.fedify, cast.apkit):
        wait_for(lambda peer=peer: heard(peer, kind, f"{offer}/note"), f"the {kind} at {peer.name}")


def ask_for_quotes(cast, offer):
    """Dominique of Tours is answered yes, Zoe of the Fedify application no."""
    state = "SELECT state FROM network_quote WHERE uri = ?"
    yes = cast.tours.ask_quote("dominique", offer, "2", "Deux vélos.")["uri"]
    wait_for(lambda: cast.lille.rows(state, yes) == [("asked",)], "the request of Tours")
    cast.lille.answer_quote(yes, "Volontiers.", accept=True)
    wait_for(lambda: cast.tours.rows(state, yes) == [("agreed",)], "the agreement at Tours")
    no = cast.fedify.do(
        "make", kind="offer", who="zoe", primary=f"{offer}#primary", reciprocal=f"{offer}#reciprocal", hours="3",
        amount="165", to=alix(cast), recipient=alix(cast), inbox=f"{alix(cast)}/inbox",
    )  # fmt: skip
    assert no["sent"], no
    asked = "SELECT state, quantity, amount_cents FROM network_quote WHERE uri = ?"
    wait_for(lambda: cast.lille.rows(asked, no["id"]) == [("asked", 3, 16500)], "the request of Zoe")
    cast.lille.answer_quote(no["id"], "Trop loin.", accept=False)
    wait_for(lambda: heard(cast.fedify, "Reject", no["id"]), "the refusal at Fedify")


def attest_and_hand_on(cast):
    """What Alix attests reaches Brest through Tours, byte for byte, and proves itself there to everybody."""
    dominique = f"{cast.tours.origin}/u/dominique"
    cast.lille.know(dominique)
    uri = cast.lille.attest("alix", dominique)["uri"]
    wait_for(lambda: kept(cast.tours, uri, "attestation"), "the attestation at Tours")
    cast.tours.relay(uri)
    text = wait_for(lambda: kept(cast.brest, uri, "attestation"), "the attestation at Brest")
    assert text == cast.lille.text(uri)
    method = f"{alix(cast)}#ed25519-key"
    assert cast.brest.verify(text) == {"owner": alix(cast), "key": method}
    multibase = cast.lille.document(alix(cast))["assertionMethod"][0]["publicKeyMultibase"]
    assert cast.fedify.do("check", text=text)["key"] == method
    assert cast.apkit.do("check", text=text, multibase=multibase)["key"] == method
    assert cast.brest.verify(json.dumps({**json.loads(text), "level": 1}))["refused"] == "proof"
    return uri


def kept(node, uri, kind):
    """Return the text of what a node keeps with its proof, once it does."""
    found = node.rows("SELECT body FROM federation_signedobject WHERE uri = ? AND kind = ?", uri, kind)
    return bytes(found[0][0]).decode() if found else None


def revoke(cast, uri):
    cast.lille.take_back("alix", uri)
    wait_for(lambda: kept(cast.tours, uri, "tombstone"), "the end at Tours")
    cast.tours.relay(uri)
    wait_for(lambda: kept(cast.brest, uri, "tombstone"), "the end at Brest")
    for node in (cast.tours, cast.brest):
        assert kept(node, uri, "attestation") is None
        assert node.rows("SELECT 1 FROM network_tombstone WHERE uri_digest = ?", sha256(uri.encode()).hexdigest())


def withdraw(cast, offer):
    cast.lille.withdraw(offer)
    everybody_hears(cast, "Delete", offer)
    state = "SELECT state FROM network_offer WHERE uri = ?"
    wait_for(lambda: cast.tours.rows(state, offer) == [("withdrawn",)], "the end at Tours")


def block(cast):
    """The Fedify application neither gets through nor hears of anything once its host is blocked (on all its ports)."""
    cast.lille.block("alix", cast.fedify.origin)
    sent = cast.fedify.do(
        "make", kind="note", who="zoe", content="<p>Encore moi</p>", recipient=alix(cast), inbox=f"{alix(cast)}/inbox"
    )
    assert (sent["sent"], sent["status"]) == (False, 403), sent
    assert not cast.lille.knows(sent["id"])
    uri = cast.lille.publish("alix", "Pain", "gift")["uri"]
    told = "SELECT 1 FROM federation_announced WHERE uri = ?"
    wait_for(lambda: cast.lille.rows(told, uri), "the next offer to be announced")
    assert cast.lille.rows("SELECT inbox FROM federation_delivery WHERE object_uri LIKE ?", f"{uri}%") == []
