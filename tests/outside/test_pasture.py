"""What pasture and bovine make of our actors, and what we make of pasture's examples."""

import json
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from federation.rules.vocabulary import AS2, OFFER_CONTEXT, PUBLIC
from tests.outside import peers
from tests.outside.inside import wait_for
from tests.peers import deliver_live, encoded, new_key, sign

pytestmark = pytest.mark.processes

UNSAFE = ("<script", "<iframe", "<style", "<img", "<svg", "javascript:", "onerror", "onclick", "onload")


@pytest.fixture(scope="module")
def toile(world):
    return world.toile


# --- verify_actor: six actors probe ours -----------------------------------------------------------------


def test_its_six_actors_find_ours_as_they_should(world):
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    status, body = world.pasture.request("POST", "/", urlencode({"actor_uri": world.alix}), **headers)
    assert status == 200, body
    told = json.loads(body)
    posts = {name: result["post_inbox"] for name, result in told["result"].items() if name != "webfinger"}
    # bob signs; claire also demands signed GETs of her key; alice signs nothing. dean, emily and frank are the same,
    # without WebFinger.
    expected = {"alice": False, "bob": True, "claire": True, "dean": False, "emily": True, "frank": True}
    assert posts == expected, told["messages"]
    assert all(result["get_actor"] for name, result in told["result"].items() if name != "webfinger")
    assert told["result"]["webfinger"] is True


# --- bovine ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reader(world):
    """Somebody elsewhere who follows Alix, and the address of her Accept, which is for that reader alone."""
    actor = world.pirate.actor("reader")
    activity = actor.activity("Follow", world.alix)
    body, url = encoded(activity), f"{world.alix}/inbox"
    assert deliver_live(url, sign(actor, url, body), body)[0] == 202
    wait_for(lambda: world.toile.outcome(activity["id"]), "the Follow")
    accepted = "SELECT uri FROM federation_activity WHERE kind = 'Accept' AND object_uri = ?"
    return actor, wait_for(lambda: world.toile.rows(accepted, activity["id"]), "the Accept")[0][0]


@pytest.fixture
def look(world, outside, tmp_path):
    """Look, with bovine, for Alix's handle and at an address, signing with a key; return what it tells."""

    def looking(actor, address, private):
        pem = tmp_path / "key.pem"
        pem.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        handle = f"acct:alix@{world.toile.origin.removeprefix('http://')}"
        return peers.tell("bovine_look", world.toile.origin, handle, address, actor.key_id, str(pem), outside=outside)

    return looking


def test_bovine_finds_a_member_and_reads_what_is_for_its_eyes(world, reader, look):
    actor, address = reader
    told = look(actor, address, actor.private)
    assert told["actor"] == world.alix
    assert (told["status"], told["document"]["id"], told["document"]["type"]) == (200, address, "Accept")


def test_bovine_with_another_key_reads_only_what_is_public(world, reader, look):
    actor, address = reader
    assert look(actor, address, new_key())["status"] == 401
    assert look(actor, world.alix, new_key())["status"] == 200


# --- 22 sets of example objects --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def examples(outside):
    """Every example object of pasture: (name of its set, what it adds to a Note)."""
    sets = peers.tell("pasture_inputs", outside=outside)
    return [(name, example) for name, examples in sets.items() for example in examples]


@pytest.fixture(scope="module")
def sent(world, examples):
    """Each example sent to us in a Note, and those of HTML in a Proposal too: (set, activity, status)."""
    node = world.pirate.actor("node", "Application")
    world.toile.list_node(world.pirate.origin, node.uri)
    author = world.pirate.actor("author")
    url = f"{world.toile.origin}/inbox"
    done = []
    for number, (name, example) in enumerate(examples):
        makers = (in_a_note, in_a_proposal) if name.startswith("html_") else (in_a_note,)
        for activity in (make(author, number, example) for make in makers):
            body = encoded(activity)
            done.append((name, activity, deliver_live(url, sign(author, url, body), body)[0]))
    return done


def in_a_note(author, number, example):
    uri = f"{author.peer.origin}/pasture/{number}"
    return created(author, {"id": uri, "type": "Note", "attributedTo": author.uri, "to": [PUBLIC]}, example)


def in_a_proposal(author, number, example):
    """The same in a Proposal, whose texts are shown here; it stays a Proposal of its author."""
    uri = f"{author.peer.origin}/pasture/offer-{number}"
    quantity = {"hasUnit": "one", "hasNumericalValue": "1"}
    service = {"id": f"{uri}#primary", "type": "Intent", "action": "deliverService", "resourceQuantity": quantity}
    proposal = {
        "id": uri, "type": "Proposal", "attributedTo": author.uri, "purpose": "offer", "name": f"Offre {number}",
        "published": "2026-11-22T00:00:00Z", "unitBased": False, "publishes": service, "to": [PUBLIC],
    }  # fmt: skip
    kept = {key: value for key, value in example.items() if key not in {"@context", "id", "type", "attributedTo"}}
    return {**created(author, proposal, kept), "@context": OFFER_CONTEXT}


def created(author, thing, example):
    """Return a Create of `thing` with what the example adds or, by null, takes away; its context goes to the top."""
    changed = {key: value for key, value in {**thing, **example}.items() if value is not None}
    head = author.activity("Create", changed)
    head["@context"] = changed.pop("@context", AS2)
    return {key: value for key, value in head.items() if example.get(key, ...) is not None or key != "@context"}


def test_no_example_breaks_us(toile, sent, examples):
    assert (len({name for name, _ in examples}), len(examples)) == (22, 262)
    answers = [(name, status) for name, _, status in sent]
    assert all(status == 202 or 400 <= status < 500 for _, status in answers), answers
    admitted = [activity["id"] for _, activity, status in sent if status == 202]
    assert len(admitted) > 350
    outcomes = [wait_for(lambda uri=uri: toile.outcome(uri), uri) for uri in admitted]
    assert {outcome for outcome, _ in outcomes} <= {"applied", "ignored", "untranslatable"}, outcomes


def test_what_is_shown_of_them_is_safe(toile, sent):
    offers = [
        activity for _, activity, status in sent if status == 202 and activity["object"].get("type") == "Proposal"
    ]
    for activity in offers:
        wait_for(lambda uri=activity["id"]: toile.outcome(uri), activity["id"])
    shown = toile.rows("SELECT uri, title, description FROM network_offer WHERE uri LIKE '%/pasture/offer-%'")
    assert len(shown) > 100
    for uri, title, html in shown:
        assert "<" not in title, uri
        assert not [word for word in UNSAFE if word in html.lower()], (uri, html)
    texts = {html for _, _, html in shown}
    assert {"<strong>strong</strong>", "<ul><li>unordered</li></ul>", "bold"} <= texts  # what is allowed stays
