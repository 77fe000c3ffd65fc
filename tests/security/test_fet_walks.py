"""FET: what a message or a document names is not simply fetched (security.md 3 and 9)."""

import pytest

from federation import actors, client, harvest, inbox, keys, nodes
from federation.errors import Unreachable, Untranslatable
from federation.models import Envelope, Outcome
from tests.peers import Peer
from tests.security.conftest import in_both_forms, knock
from tests.signing import checked

pytestmark = pytest.mark.django_db
OWNER = "http://localhost:8000/actor"
CHAIN = 10_000
ODD = ("data:application/json,{}", "file:///etc/passwd", "ftp://localhost/", "http://[::1", "", 5, None, [], {"a": 1})


@pytest.fixture
def sink():
    """A listener outside the allowlist that must receive nothing."""
    with Peer() as peer:
        yield peer
        assert peer.seen == []


def acted_on(actor, activity) -> Envelope:
    """Let a message in and do what it says; return what became of it."""
    admitted = knock(actor, activity)
    inbox.process(admitted.envelope_id)
    return Envelope.objects.get(pk=admitted.envelope_id)


def in_reply_to(peer: Peer, number: int, parent: int) -> dict[str, object]:
    """Serve and return a Note that answers another of the same peer."""
    uris = [f"{peer.origin}/n/{one}" for one in (number, parent)]
    note = {"id": uris[0], "type": "Note", "attributedTo": f"{peer.origin}/u/alice", "inReplyTo": uris[1]}
    peer.serve(f"/n/{number}", note)
    return note


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_fet_08_chain_of_answers_is_not_walked(p1, alice, kind):
    notes = [in_reply_to(p1, number, number + 1) for number in range(CHAIN)]

    envelope = acted_on(alice, alice.activity(kind, notes[0]))

    assert envelope.outcome != Outcome.FAILED
    assert [seen.path for seen in p1.asked()] == ["/u/alice"]  # her key


def test_fet_08_two_that_answer_each_other(p1, alice):
    notes = [in_reply_to(p1, 1, 2), in_reply_to(p1, 2, 1)]

    for note in notes:
        assert acted_on(alice, alice.activity("Create", note)).outcome != Outcome.FAILED
    assert [seen.path for seen in p1.asked()] == ["/u/alice"]


def test_fet_08_announcement_of_an_answer_fetches_no_more_than_the_answer(p1, alice):
    for number in range(100):
        in_reply_to(p1, number, number + 1)

    assert acted_on(alice, alice.activity("Announce", f"{p1.origin}/n/0")).outcome != Outcome.FAILED
    assert len(p1.asked()) <= 3
    assert not p1.asked("/n/1")


def test_fet_09_announcement_of_a_thousand_things(p1, p2, alice, refused):
    things = [f"{p2.origin}/n/{number}" for number in range(1000)]

    refused("json", 400, lambda: knock(alice, alice.activity("Announce", things)))
    assert acted_on(alice, alice.activity("Announce", things[:200])).outcome != Outcome.FAILED
    assert p2.seen == []


def test_fet_09_lists_of_addresses_cause_no_fetch(p1, p2, alice):
    there = [f"{p2.origin}/u/{number}" for number in range(200)]
    note = {"id": f"{p1.origin}/n/1", "type": "Note", "attributedTo": alice.uri, "to": there, "cc": there}
    note |= {"tag": [{"type": "Mention", "href": uri} for uri in there], "attachment": there, "replies": there[0]}

    acted_on(alice, alice.activity("Create", note, to=there, cc=there))

    assert p2.seen == []


@pytest.mark.parametrize("number", range(len(ODD) + 2))
def test_fet_11_node_info_that_points_elsewhere(p1, p2, sink, number):
    """Neither to a sink nor to a node that could be reached, but is another."""
    href = [*ODD, f"{sink.origin}/nodeinfo", f"{p2.origin}/nodeinfo"][number]
    link = {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": href}
    p1.serve("/.well-known/nodeinfo", {"links": [link]}, content_type="application/json")

    assert nodes.learn(p1.origin).software == ""
    assert p2.seen == []


def test_fet_11_node_info_that_is_redirected_to_a_sink(p1, sink):
    link = {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": f"{p1.origin}/nodeinfo"}
    p1.serve("/.well-known/nodeinfo", {"links": [link]}, content_type="application/json")
    p1.redirect("/nodeinfo", f"{sink.origin}/nodeinfo")

    assert nodes.learn(p1.origin).software == ""


@pytest.mark.parametrize("number", range(len(ODD) + 2))
def test_fet_11_web_finger_that_points_elsewhere(p1, p2, sink, number):
    href = [*ODD, f"{sink.origin}/u/alice", f"{p2.origin}/u/alice"][number]
    resource = f"acct%3Aalice%40localhost%3A{p1.port}"
    answer = {"links": [{"rel": "self", "type": "application/activity+json", "href": href}]}
    p1.serve(f"/.well-known/webfinger?resource={resource}", answer, content_type="application/jrd+json")

    with pytest.raises(Untranslatable):
        actors.discover(f"alice@localhost:{p1.port}")
    assert p2.seen == []


@pytest.mark.parametrize("field", ["first", "next", "orderedItems"])
def test_fet_11_collection_whose_pages_lie_elsewhere(p1, p2, sink, field):
    elsewhere = [f"{sink.origin}/page", f"{p2.origin}/page", *ODD]
    for number, href in enumerate(elsewhere):
        value = [href] if field == "orderedItems" else href
        page = {"id": f"{p1.origin}/c/{number}", "type": "OrderedCollection", field: value}
        p1.serve(f"/c/{number}", page)
        assert list(harvest.items(f"{p1.origin}/c/{number}", owner=p1.origin)) == []
    assert p2.seen == []


def test_fet_11_boxes_of_an_actor_that_lie_elsewhere(p1, p2, sink, alice):
    alice.extra = {
        "outbox": f"{sink.origin}/outbox",
        "streams": [f"{p2.origin}/offers"],
        "icon": f"{sink.origin}/i.png",
    }

    found = actors.fetch(alice.uri, now=harvest.now()).actor

    assert (found.outbox, found.offers) == ("", "")
    alice.extra = {"inbox": f"{sink.origin}/inbox"}
    with pytest.raises(Untranslatable):
        actors.fetch(alice.uri, now=harvest.now())
    assert p2.seen == []


@in_both_forms
def test_fet_12_redirected_signature_is_made_anew_or_dropped(p1, p2):
    """Each request to the first origin verifies for its own address; the other origin sees none."""
    p1.reads = (p1.form,)
    key = keys.signing_key(OWNER)
    p1.redirect("/a", "/b")
    p1.redirect("/b", p2.serve("/n/1", {"id": f"{p2.origin}/n/1", "type": "Note"}))

    client.get_document(f"{p1.origin}/a", signer=key)

    forms = [checked(seen, p1.origin, key.private.public_key()) for seen in p1.seen]
    assert forms[-1] == p1.form
    assert p1.seen[-1].path == "/b"
    [there] = p2.seen
    assert not {"signature", "signature-input", "authorization", "cookie", "date"} & set(there.headers)


@in_both_forms
def test_fet_12_redirect_back_to_the_first_origin(p1, p2):
    p1.reads = (p1.form,)
    key = keys.signing_key(OWNER)
    p1.redirect("/a", p2.redirect("/b", p1.serve("/n/1", {"id": f"{p1.origin}/n/1", "type": "Note"})))

    client.get_document(f"{p1.origin}/a", signer=key)

    assert checked(p1.seen[-1], p1.origin, key.private.public_key()) == p1.form
    assert "signature" not in p2.seen[0].headers


def test_fet_12_second_knock_stays_at_its_origin(p1, p2):
    """Who answers 401 is knocked at again; who answers with a redirect to elsewhere learns no other signature."""
    p1.serve("/a", b"", status=401, headers={"Location": f"{p2.origin}/n/1"})

    with pytest.raises(Unreachable):
        client.get_document(f"{p1.origin}/a", signer=keys.signing_key(OWNER))
    assert (len(p1.seen), p2.seen) == (2, [])
