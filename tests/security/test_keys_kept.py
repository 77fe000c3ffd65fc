"""SIG-11: what is learnt of a key counts at once, in every process, and keys take no room to speak of."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import RequestFactory

from federation import actors, gate, multikeys, remote_keys
from federation.models import ProofKey, RemoteKey
from federation.rules.signatures import public_key
from network.clock import now
from tests.federation.proving import entry
from tests.peers import encoded, new_key, pem, sign
from tests.security.conftest import INBOX, ORIGIN, in_both_forms, knock, request

pytestmark = pytest.mark.django_db


@in_both_forms
def test_a_key_that_another_process_has_dropped_signs_no_more(alice, refused):
    """As the worker does, which has no part in the memory of the web process."""
    knock(alice, alice.note())
    old, old_id = alice.rotate(), alice.key_id
    alice.key_id = f"{alice.uri}#key-2"
    RemoteKey.objects.all().delete()

    refused("key-owner", 401, lambda: knock(alice, alice.note(), private=old, key_id=old_id))


@in_both_forms
def test_a_key_known_from_a_get_alone_ends_when_its_owner_is_met_again(alice, refused):
    signed = sign(alice, f"{ORIGIN}/p/1", method="GET")
    assert gate.signer_of(RequestFactory().get("/p/1", headers=signed)) == alice.uri
    old, old_id = alice.rotate(), alice.key_id
    alice.key_id = f"{alice.uri}#key-2"
    assert knock(alice, alice.note())

    refused("key-owner", 401, lambda: knock(alice, alice.note(), private=old, key_id=old_id))


@in_both_forms
def test_a_key_known_from_a_get_alone_costs_no_second_fetch(p1, alice):
    for _time in range(2):
        signed = sign(alice, f"{ORIGIN}/p/1", method="GET")
        assert gate.signer_of(RequestFactory().get("/p/1", headers=signed)) == alice.uri
    knock(alice, alice.note())

    assert len(p1.asked()) == 1


def test_many_messages_with_known_keys_cost_one_look_at_the_keys(alice, mallory, django_assert_max_num_queries):
    knock(alice, alice.note())
    knock(mallory, mallory.note())
    signed = [(actor, encoded(actor.note())) for actor in (alice, mallory) for _ in range(5)]
    requests = [request(body, sign(actor, INBOX, body)) for actor, body in signed]
    with django_assert_max_num_queries(9):
        outcomes = gate.judge(requests)

    assert all(isinstance(outcome, gate.Admitted) for outcome in outcomes)


@pytest.mark.parametrize("padding", [5_000, 500_000])
def test_a_key_with_text_around_it_is_none(alice, refused, padding):
    text = "x" * padding + "\n" + pem(alice.private)
    public_key(text)  # to the library it is one
    alice.extra = {"publicKey": {"id": alice.key_id, "owner": alice.uri, "publicKeyPem": text}}

    refused("key-owner", 401, lambda: knock(alice, alice.note()))


def test_of_the_keys_that_an_actor_lists_few_are_looked_at(alice):
    of_alice = {"id": alice.key_id, "owner": alice.uri, "publicKeyPem": pem(alice.private)}
    others = [{**of_alice, "id": f"{alice.uri}#{number}"} for number in range(250)]
    alice.extra = {"publicKey": [of_alice, *others, {**of_alice, "id": "#" * 100_000}]}
    knock(alice, alice.note())
    actors.fetch(alice.uri, now=now())

    assert RemoteKey.objects.filter(owner=alice.uri).count() <= remote_keys.MOST


def test_places_for_fetches_are_few_and_given_back(alice, p1, p2, refused):
    remote_keys._under_way[f"{p1.origin}"] = remote_keys.AT_ONCE_OF_ONE
    try:
        assert refused("rate", 503, lambda: knock(alice, alice.note())).retry_after
        other = p2.actor("other")
        assert knock(other, other.note())
    finally:
        del remote_keys._under_way[f"{p1.origin}"]
    for number in range(remote_keys.AT_ONCE_OF_ONE + 1):
        name = f"{p1.origin}/u/{number}"
        refused("sig-invalid", 401, lambda name=name: knock(alice, alice.note(), private=new_key(), key_id=name))
    assert not remote_keys._under_way
    assert knock(alice, alice.note())


def test_keys_for_proofs_are_kept_for_good_but_not_without_end(alice):
    def listing(number):
        private = Ed25519PrivateKey.generate()
        alice.extra["assertionMethod"] = [
            entry(alice, private, fragment=f"key-{number}-{one}") for one in range(multikeys.MOST)
        ]
        actors.fetch(alice.uri, now=now())

    for number in range(multikeys.HELD_MAX // multikeys.MOST + 3):
        listing(number)
    keys = ProofKey.objects.filter(owner=alice.uri)
    assert keys.count() == multikeys.HELD_MAX
    assert keys.filter(key_id__contains="#key-0-").count() == multikeys.MOST
    assert not keys.filter(retired_at=None).exists()  # what it lists now was passed over, the rest is retired
