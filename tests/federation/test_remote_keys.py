"""Keys of others, learnt where their owners were met."""

from django.test import Client

from federation import actors
from federation.models import RemoteKey
from network.clock import now
from tests.federation.conftest import ORIGIN
from tests.peers import deliver


def test_whoever_was_met_before_needs_no_fetch_at_their_first_message(p1, here):
    alice = p1.actor("alice")
    actors.fetch(alice.uri, now=now())
    asked = len(p1.asked("/u/alice"))
    answer = deliver(Client(), alice, "/inbox", alice.note(), ORIGIN)
    assert (answer.status_code, len(p1.asked("/u/alice"))) == (202, asked)


def test_a_document_that_names_anothers_key_teaches_nothing(p1, here):
    alice, mallory = p1.actor("alice"), p1.actor("mallory")
    p1.serve("/u/mallory", {**mallory.document(), "publicKey": alice.document()["publicKey"]})
    actors.fetch(mallory.uri, now=now())
    assert not RemoteKey.objects.filter(owner=mallory.uri).exists()
    assert not RemoteKey.objects.filter(key_id=alice.key_id).exists()
