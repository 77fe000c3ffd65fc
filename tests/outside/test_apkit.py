"""A Python application on apkit, whose signatures apsig makes and checks, deals with a node of ours."""

import pytest

from tests.outside.inside import wait_for

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def toile(world):
    return world.toile


@pytest.fixture(scope="module")
def apkit(world):
    return world.apkit


@pytest.fixture(scope="module")
def send(world):
    """Have apkit send an activity that its own classes make to Alix; return its id and the answer's status."""

    def sending(kind, *, who="zoe", **more):
        return world.apkit.do("make", kind=kind, who=who, inbox=f"{world.alix}/inbox", **more)

    return sending


@pytest.fixture(scope="module")
def followed(world, apkit, send):
    """Zoe of the apkit server follows Alix and was accepted."""
    sent = send("follow", object=world.alix)
    assert sent["status"] == 202, sent
    return wait_for(lambda: heard(apkit, "Accept", sent["id"]), "our Accept, verified by apkit")


def heard(peer, kind, object_id):
    """Return what the peer understood of an activity about this object, once it has."""
    found = [one for one in peer.understood(kind) if id_of(one["object"]) == object_id]
    return found[0] if found else None


def id_of(thing):
    return thing.get("id") if isinstance(thing, dict) else thing


def test_it_finds_a_member_with_both_keys(world, apkit):
    found = apkit.do("lookup", address=world.alix)
    assert (found["type"], found["id"]) == ("Person", world.alix)
    assert found["keys"] == [f"{world.alix}#main-key", f"{world.alix}#ed25519-key"]


def test_its_follow_is_accepted_and_our_answer_verifies_there(world, followed):
    assert followed["actor"] == world.alix


def test_it_takes_the_older_form_at_our_second_knock_and_we_remember(world, toile, apkit, followed):
    """apsig checks only draft-cavage inside apkit: RFC 9421 is answered 401, and the other form follows at once."""
    first, second = apkit.requests()[:2]
    assert first["text"] == second["text"]
    assert (first["status"], "signature-input" in first["headers"]) == (401, True)
    assert (second["status"], "signature-input" in second["headers"]) == (202, False)
    before = len(apkit.requests())
    uri = toile.publish("alix", "Traduction", "fixed", 9000)["uri"]
    wait_for(lambda: heard(apkit, "Create", f"{uri}/note"), "the companion Note")
    later = apkit.requests()[before:]
    assert [(one["status"], "signature-input" in one["headers"]) for one in later] == [(202, False)] * len(later)


def test_it_reads_an_offer_its_change_and_its_end(toile, apkit, followed):
    uri = toile.publish("alix", "Taille de pierre", "gift")["uri"]
    note = f"{uri}/note"
    created = wait_for(lambda: heard(apkit, "Create", note), "the companion Note")["object"]
    assert (created["type"], created["attributedTo"]) == ("Note", f"{toile.origin}/u/alix")
    assert "Taille de pierre" in created["content"]
    assert uri in [link["href"] for link in created["attachment"]]
    toile.edit(uri, "Taille de la pierre", "barter")
    assert "contre un échange" in wait_for(lambda: heard(apkit, "Update", note), "the change")["object"]["content"]
    toile.withdraw(uri)
    wait_for(lambda: heard(apkit, "Delete", note), "the end")


def test_our_follow_of_a_member_there_verifies_and_is_accepted(world, toile, apkit):
    vera = apkit.actor("vera")
    activity = toile.follow_actor("alix", vera)
    state = "SELECT 1 FROM federation_follow WHERE activity = ? AND state = 'accepted'"
    wait_for(lambda: toile.rows(state, activity), "apkit's Accept")
    assert heard(apkit, "Follow", vera)["actor"] == world.alix


def test_what_it_posts_is_admitted(toile, send, followed):
    sent = send("note", content="<p>Bonjour</p>")
    assert sent["status"] == 202, sent
    assert wait_for(lambda: toile.outcome(sent["id"]), "the note") == ("ignored", "note")


def test_its_follow_is_undone(world, toile, apkit, send):
    follow = send("follow", object=world.alix, who="yan")
    wait_for(lambda: heard(apkit, "Accept", follow["id"]), "our Accept")
    undo = send("undo", object=world.alix, follow=follow["id"], who="yan")
    assert wait_for(lambda: toile.outcome(undo["id"]), "the Undo") == ("applied", "")
    assert toile.rows("SELECT 1 FROM federation_follow WHERE follower = ?", apkit.actor("yan")) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"other_key": True},
        {"with": ["draft-cavage", "fep8b32"]},  # the proof is added to the body after the digest was signed
        {"with": ["rfc9421"]},  # does not cover the body
    ],
)
def test_what_does_not_prove_its_sender_and_body_is_refused(toile, send, wrong):
    sent = send("note", content="<p>Faux</p>", **wrong)
    assert sent["status"] == 401, sent
    assert not toile.knows(sent["id"])
