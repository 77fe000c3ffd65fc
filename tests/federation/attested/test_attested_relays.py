"""What is handed on by others, in which order it comes, and what an announcement cannot do."""

from datetime import datetime
from itertools import permutations
from types import SimpleNamespace

import pytest

from federation.models import Envelope, Node, ProofKey, RemoteActor, SignedObject, Standing
from network.models import Tombstone, Vouch
from network.queries.webs import load
from network.rules.facts import digest
from tests import factories
from tests.federation.proving import (
    APPLIED,
    bob,
    proves,
    signed,
    stone,
    vouch,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


# --- any order -------------------------------------------------------------------------------------------


AWAY = "https://a.example"  # a node that nobody can reach here
WITH_TOMBSTONE = "160d1d58ad47e87c531271ab5ffbe469f81135620dd6143e88472c1f670c7ea2"
WITHOUT = "d54c563ab36fdd7617800c13c64c2fadb81ff73824e40aa9c0b230c10fcb23fd"


def met(name):
    """Somebody of the node that is away, whom we met before: person, actor and key are known."""
    origin = SimpleNamespace(origin=AWAY)
    who = proves(SimpleNamespace(uri=f"{AWAY}/u/{name}", peer=origin, extra={}))
    factories.member(name.title(), origin=AWAY, handle=name)
    RemoteActor.objects.create(uri=who.uri, origin=AWAY, kind="Person", inbox=f"{who.uri}/inbox")
    listed = who.extra["assertionMethod"][0]
    ProofKey.objects.create(key_id=listed["id"], owner=who.uri, multibase=listed["publicKeyMultibase"])
    return who


def day(text):
    return datetime.fromisoformat(f"{text}T00:00:00Z")


def test_cv12_in_every_order_the_digest_is_the_published_one(here, p2, arrive, deliver):
    """Relayed by another node while the issuers' is away, through the gate first, then in all orders, repeated."""
    relay, alice, bobby, carol = p2.actor("relay", "Application"), met("alice"), met("bob"), met("carol")
    versions = [
        vouch(alice, bobby.uri, level=2, issued=day("2026-01-01"), expires=day("2028-01-01")),
        vouch(alice, bobby.uri, level=3, issued=day("2026-06-01"), expires=day("2028-05-31")),
        vouch(bobby, carol.uri, number=2, level=3, issued=day("2026-02-01"), expires=day("2028-01-31")),
    ]
    for thing in versions:
        assert deliver(relay, "Announce", thing) == APPLIED
    assert digest(load().facts) == WITHOUT
    kept = set()
    for order in permutations([*versions, stone(bobby, 2)]):
        for model in (Vouch, Tombstone, SignedObject):
            model.objects.all().delete()
        for thing in (*order, order[0]):
            assert arrive(relay, "Announce", thing)[0] == "applied"
        assert digest(load().facts) == WITH_TOMBSTONE
        kept.add(tuple(SignedObject.objects.order_by("uri", "kind").values_list("uri", "kind", "digest")))
    assert [kind for _uri, kind, _ in kept.pop()] == ["attestation", "tombstone"]
    assert not kept


# --- TRU-05, ORI-12: through others ----------------------------------------------------------------------


@pytest.fixture
def relay(here, p2):
    return p2.actor("relay", "Application")


def test_tru_05_anybody_may_hand_on_what_proves_itself(alice, relay, deliver):
    assert deliver(relay, "Announce", vouch(alice, bob(alice))) == APPLIED
    assert SignedObject.objects.get().via == relay.uri
    assert Vouch.objects.get().issuer.uri == alice.uri


def test_tru_05_altered_on_the_way_it_is_worth_nothing(alice, relay, deliver):
    assert deliver(relay, "Announce", {**vouch(alice, bob(alice)), "level": 1})[0] == "refused proof"
    unsigned = {k: v for k, v in vouch(alice, bob(alice)).items() if k != "proof"}
    assert deliver(relay, "Announce", unsigned)[0] == "ignored"  # its own node serves nothing there
    assert not Vouch.objects.exists()


def test_tru_05_without_a_proof_it_is_read_where_it_lives(alice, relay, p1, deliver):
    thing = vouch(alice, bob(alice))
    p1.serve("/att/1", thing)
    lying = {**{k: v for k, v in thing.items() if k != "proof"}, "level": 1}
    assert deliver(relay, "Announce", lying) == APPLIED
    assert Vouch.objects.get().level == 3
    Vouch.objects.all().delete()
    assert deliver(relay, "Announce", thing["id"]) == APPLIED


def test_tru_05_one_node_does_not_speak_for_another(alice, relay, deliver):
    thing = vouch(alice, bob(alice))
    assert deliver(relay, "Create", thing) is None  # the gate: a Create of another's thing
    assert deliver(relay, "Update", thing) is None
    assert deliver(relay, "Delete", stone(alice)) is None
    ghost = proves(relay)
    forged = signed(ghost, {**thing, "attributedTo": alice.uri})
    assert deliver(relay, "Announce", forged) == ("refused proof", "not a key of its owner")
    assert not Vouch.objects.exists()


def test_a_tombstone_can_be_handed_on_too(alice, relay, deliver):
    deliver(alice, "Create", vouch(alice, bob(alice)))
    assert deliver(relay, "Announce", stone(alice)) == APPLIED
    assert load().facts.surviving == ()
    assert deliver(relay, "Announce", vouch(alice, bob(alice)))[0] == "applied"
    assert load().facts.surviving == ()


def test_ori_12_whoever_announces_widens_no_audience(alice, relay, p1, deliver):
    private = signed(alice, {**vouch(alice, bob(alice)), "to": bob(alice)})
    p1.serve("/att/1", private)
    assert deliver(relay, "Announce", private) == ("ignored", "not-public")  # the Announce itself is public
    assert deliver(relay, "Announce", {**private, "to": "https://www.w3.org/ns/activitystreams#Public"})[0] == (
        "refused proof"
    )
    assert deliver(relay, "Announce", private["id"]) == ("ignored", "not-public")
    assert not Vouch.objects.exists()


def test_blocked_nodes_are_not_heard_through_others(alice, relay, p1, deliver):
    Node.objects.filter(origin=p1.origin).update(standing=Standing.BLOCKED)
    asked = len(p1.asked())
    outcome = deliver(relay, "Announce", vouch(alice, bob(alice)))
    assert outcome is None or outcome[0] == "ignored"
    assert len(p1.asked()) == asked


def test_what_is_ours_comes_back_without_effect(here, relay, deliver):
    assert deliver(relay, "Announce", here.uri) == ("ignored", "ours")


def test_fet_09_announcements_cause_few_fetches(relay, p1, deliver):
    for number in range(70):
        deliver(relay, "Announce", f"{p1.origin}/n/{number}")
    assert len(p1.asked()) == 60
    assert Envelope.objects.filter(outcome="waiting", detail="budget").count() == 10


@pytest.mark.parametrize("kind", ["Note", "Video", "Create"])
def test_other_things_that_are_announced_cause_no_fetch(relay, p1, deliver, kind):
    thing = {"id": f"{p1.origin}/n/1", "type": kind, "attributedTo": f"{p1.origin}/u/x", "proof": {}}
    assert deliver(relay, "Announce", thing) == ("ignored", "object-type")
    assert not p1.asked("/n/1")
