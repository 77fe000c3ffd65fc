"""An application on Fedify deals with a node of ours: finds, follows, reads, writes, trades, and is refused."""

import json

import pytest

from tests.outside.inside import wait_for

pytestmark = pytest.mark.processes

FORMS = ["rfc9421", "cavage"]
PROPOSAL = "https://w3id.org/valueflows/ont/vf#Proposal"


@pytest.fixture(scope="module")
def toile(world):
    return world.toile


@pytest.fixture(scope="module")
def fedify(world):
    return world.fedify


@pytest.fixture(scope="module")
def send(world):
    """Have a Fedify server send an activity that its own classes make to Alix; return what it tells."""

    def sending(kind, *, by=None, who="zoe", **more):
        to = {"recipient": world.alix, "inbox": f"{world.alix}/inbox"}
        return (by or world.fedify).do("make", kind=kind, who=who, **to, **more)

    return sending


def heard(peer, kind, object_id):
    """Return what the peer understood of an activity about this object, once it has."""
    found = [one for one in peer.understood(kind) if one["object"].get("id") == object_id]
    return found[0] if found else None


# --- it finds and follows a member -----------------------------------------------------------------------


def test_it_finds_a_member(world, fedify):
    found = fedify.do("webfinger", resource=world.alix)["found"]
    assert found["subject"] == f"acct:alix@{world.toile.origin.removeprefix('http://')}"
    assert {"rel": "self", "href": world.alix, "type": "application/activity+json"} in found["links"]
    actor = fedify.do("lookup", address=world.alix)["found"]
    assert (actor["type"], actor["id"], actor["name"]) == ("Person", world.alix, "Alix")
    assert fedify.do("multikeys", address=world.alix)["found"] == [f"{world.alix}#ed25519-key"]


def test_it_reads_what_it_asks_for_with_a_signature(world, fedify):
    assert fedify.do("lookup", address=world.alix, who="zoe")["found"]["id"] == world.alix


@pytest.fixture(scope="module")
def followed(fedify, send, toile):
    """Zoe of the Fedify server follows Alix and was accepted."""
    sent = send("follow", object=f"{toile.origin}/u/alix")
    assert sent["sent"], sent
    return wait_for(lambda: heard(fedify, "Accept", sent["id"]), "our Accept, verified by Fedify")


def test_its_follow_is_accepted_and_our_answer_verifies_there(world, followed):
    assert (followed["actor"], followed["object"]["type"]) == (world.alix, "Follow")


# --- it reads our offers ---------------------------------------------------------------------------------


def test_it_reads_an_offer_its_change_and_its_end(toile, fedify, followed):
    uri = toile.publish("alix", "Installation Nextcloud", "hourly", 5500)["uri"]
    note = f"{uri}/note"
    created = wait_for(lambda: heard(fedify, "Create", note), "the companion Note")["object"]
    assert created["type"] == "Note"
    assert "Installation Nextcloud" in created["content"]
    assert "55 € de l’heure" in created["content"]
    assert created["attributedTo"] == f"{toile.origin}/u/alix"
    assert created["url"].startswith(toile.origin)
    assert {"href": uri, "rel": "payment", "mediaType": created["links"][0]["mediaType"]} in created["links"]
    toile.edit(uri, "Installation de Nextcloud", "prix_libre")
    updated = wait_for(lambda: heard(fedify, "Update", note), "the change")["object"]
    assert "Installation de Nextcloud" in updated["content"]
    assert "prix libre" in updated["content"]
    toile.withdraw(uri)
    assert wait_for(lambda: heard(fedify, "Delete", note), "the end")["object"]["type"] == "Tombstone"


def test_every_message_of_ours_was_verified_at_first_knock_by_rfc_9421(fedify, followed):
    ours = fedify.requests()
    assert ours
    assert [(one["status"], "signature-input" in one["headers"]) for one in ours] == [(202, True)] * len(ours)


def test_it_reads_our_proposal_where_it_lives(toile, fedify):
    uri = toile.publish("alix", "Conseil en coopérative", "hourly", 4250)["uri"]
    found = wait_for(lambda: fedify.do("lookup", address=uri)["found"], "the Proposal")
    assert (found["type"], found["name"], found["purpose"]) == ("Proposal", "Conseil en coopérative", "offer")
    assert found["unitBased"] == "true"
    assert found["publishes"] == {
        "id": f"{uri}#primary", "action": "deliverService", "quantity": {"unit": "hour", "amount": "1"},
    }  # fmt: skip
    assert found["reciprocal"]["quantity"] == {"unit": "one", "amount": "42.50"}


# --- it writes to us -------------------------------------------------------------------------------------


def test_what_it_posts_is_admitted_in_both_forms(world, toile, send, followed):
    before = len(toile.refusals())
    for form in FORMS:
        note = send("note", content="<p>Bonjour</p>", form=form)
        assert note["sent"], note
        assert wait_for(lambda note=note: toile.outcome(note["id"]), "the note") == ("ignored", "note")
        like = send("like", object=world.alix, form=form)
        assert like["sent"], like
        assert wait_for(lambda like=like: toile.outcome(like["id"]), "the like")[0] in {"ignored", "applied"}
    assert toile.refusals()[before:] == []  # at the first knock


@pytest.mark.parametrize("form", FORMS)
def test_a_follow_in_either_form_is_accepted_and_undone(world, toile, fedify, send, form):
    who = f"yan-{form}"
    follow = send("follow", object=world.alix, who=who, form=form)
    wait_for(lambda: heard(fedify, "Accept", follow["id"]), "our Accept")
    undo = send("undo", object=follow["id"], who=who, form=form)
    assert wait_for(lambda: toile.outcome(undo["id"]), "the Undo") == ("applied", "")
    assert toile.rows("SELECT 1 FROM federation_follow WHERE follower = ?", fedify.actor(who)) == []


# --- it misbehaves ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_wrong_key_is_refused(toile, send, form):
    sent = send("note", content="<p>Faux</p>", form=form, other_key=True)
    assert (sent["sent"], sent["status"]) == (False, 401), sent
    assert not toile.knows(sent["id"])


@pytest.fixture
def post(world):
    """Have Fedify's own signer sign a message, as it is or changed afterwards; return the node's answer."""

    def posting(activity, form, change=None):
        url = f"{world.alix}/inbox"
        return world.fedify.do("altered", who="zoe", inbox=url, activity=activity, form=form, change=change)["status"]

    return posting


def note_of(actor, number):
    origin = actor.partition("/u/")[0]
    uri = f"{origin}/n/raw-{number}"
    note = {"id": uri, "type": "Note", "attributedTo": actor, "content": "<p>Bonjour</p>"}
    head = {"@context": "https://www.w3.org/ns/activitystreams", "id": f"{uri}/create", "type": "Create"}
    return {**head, "actor": actor, "object": note}


@pytest.mark.parametrize("form", FORMS)
def test_a_body_changed_on_the_way_is_refused_and_the_genuine_one_taken(toile, fedify, post, form):
    activity = note_of(fedify.actor("zoe"), f"changed-{form}")
    assert post(activity, form, ["Bonjour", "Bonsoir"]) == 401
    assert not toile.knows(activity["id"])
    assert post(activity, form) == 202
    assert toile.knows(activity["id"])


@pytest.mark.parametrize("form", FORMS)
def test_nobody_speaks_for_another(world, toile, fedify, post, form):
    for actor in (fedify.actor("someone-else"), world.alix, world.market.actor("zoe")):
        activity = note_of(actor, f"stolen-{form}")
        assert post(activity, form) in {401, 403}, actor
        assert not toile.knows(activity["id"])


# --- it sells --------------------------------------------------------------------------------------------


def listed(toile, uri):
    found = toile.rows(
        "SELECT title, price, amount_cents, state, description FROM network_offer WHERE uri = ? AND NOT local", uri
    )
    return found[0] if found else None


@pytest.fixture(scope="module")
def vera(world, toile):
    """A seller on the Fedify market, whom Alix follows."""
    uri = world.market.actor("vera")
    toile.follow_actor("alix", uri)
    pending = "SELECT 1 FROM federation_follow WHERE followed = ? AND state = 'accepted'"
    wait_for(lambda: toile.rows(pending, uri), "Fedify's Accept of our Follow")
    return uri


def test_our_follow_verifies_there(world, vera):
    assert heard_follow(world.market, world.alix)["object"]["id"] == vera


def heard_follow(peer, actor):
    return next(one for one in peer.understood("Follow") if one["actor"] == actor)


def test_its_proposals_are_listed_changed_and_withdrawn(world, toile, send, vera):
    sent = send("proposal", by=world.market, who="vera", name="Réparation de vélos", amount="32.5")
    assert sent["sent"], sent
    uri = sent["object"]
    title, price, cents, state, text = wait_for(lambda: listed(toile, uri), "the proposal")
    assert (title, price, cents, state) == ("Réparation de vélos", "hourly", 3250, "live")
    assert "script" not in text
    send("proposal", by=world.market, who="vera", name="Réparation", amount="30", update=uri)
    wait_for(lambda: listed(toile, uri)[:3] == ("Réparation", "hourly", 3000), "the change")
    send("delete", by=world.market, who="vera", object=uri)
    wait_for(lambda: listed(toile, uri)[3] == "withdrawn", "the end")


def test_full_addresses_for_names_are_what_it_wrote(world, toile, send, vera):
    """The shape that is read above is Fedify's own: no short names."""
    sent = send("proposal", by=world.market, who="vera", name="Cours de vélo", amount="20")
    body = toile.rows("SELECT body FROM federation_envelope WHERE activity = ?", sent["id"])[0][0]
    proposal = json.loads(bytes(body))["object"]
    assert proposal["type"] == PROPOSAL
    assert "https://w3id.org/valueflows/ont/vf#publishes" in proposal


# --- it buys ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def buy(toile, send):
    """Have a buyer ask, in Fedify's words, for so many hours of an offer at 40 € an hour; return what was sent."""
    uri = toile.publish("alix", "Menuiserie", "hourly", 4000)["uri"]

    def buying(hours, amount):
        intents = {"primary": f"{uri}#primary", "reciprocal": f"{uri}#reciprocal"}
        sent = send("offer", who="bo", hours=hours, amount=amount, to=f"{toile.origin}/u/alix", **intents)
        assert sent["sent"], sent
        return uri, sent["id"]

    return buying


def asked(toile, uri):
    found = toile.rows("SELECT state, quantity, amount_cents FROM network_quote WHERE uri = ?", uri)
    return found[0] if found else None


def test_a_quote_is_agreed_and_it_reads_the_agreement(toile, fedify, buy):
    offer, uri = buy("2.5", "100")
    assert wait_for(lambda: asked(toile, uri), "the request") == ("asked", 2.5, 10000)
    toile.answer_quote(uri, "Avec plaisir.", accept=True)
    result = wait_for(lambda: heard(fedify, "Accept", uri), "our Accept")["result"]
    assert (result["type"], result["attributedTo"]) == ("Agreement", f"{toile.origin}/u/alix")
    assert result["stipulates"]["satisfies"] == f"{offer}#primary"
    assert float(result["stipulates"]["quantity"]["amount"]) == 2.5
    assert float(result["stipulatesReciprocal"]["quantity"]["amount"]) == 100


def test_a_quote_is_refused_by_hand_or_because_it_does_not_fit(toile, fedify, buy):
    _, uri = buy("1", "40")
    wait_for(lambda: asked(toile, uri), "the request")
    toile.answer_quote(uri, "Complet.", accept=False)
    wait_for(lambda: heard(fedify, "Reject", uri), "our Reject")
    _, cheap = buy("1", "4")
    wait_for(lambda: heard(fedify, "Reject", cheap), "our Reject of a wrong amount")
    assert asked(toile, cheap) is None
