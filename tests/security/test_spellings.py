"""ORI-03: one address has many spellings; no other than the usual one gains anything."""

import pytest

from federation import actors
from federation.errors import Untranslatable
from federation.models import ProofKey, RemoteActor, SignedObject
from federation.queries import is_ours
from federation.rules.origins import is_plain
from network.clock import now
from tests.federation.conftest import here, make_peer, send  # noqa: F401 - fixtures
from tests.federation.proving import proves, vouch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("here")]

ORIGIN = "http://localhost:8000"


@pytest.mark.parametrize(
    ("uri", "ours"),
    [
        (f"{ORIGIN}/u/alix", True),
        ("HTTP://LocalHost:8000/u/alix", True),
        ("http://localhost:80001/u/alix", False),
        ("http://localhost:8000@p1.example/u/alix", False),
        ("", False),
    ],
)
def test_what_is_ours_however_it_is_spelled(uri, ours):
    assert is_ours(uri) is ours


def test_we_do_not_ask_ourselves(p1, monkeypatch):
    from federation import client

    monkeypatch.setattr(client, "get_document", lambda *_args, **_options: pytest.fail("asked"))
    for uri in (f"{ORIGIN}/u/alix", "http://LOCALHOST:8000/u/alix"):
        with pytest.raises(Untranslatable):
            actors.fetch(uri, now=now())
    assert not RemoteActor.objects.exists()
    assert not ProofKey.objects.exists()


def shouted(actor):
    """The same actor, whose node writes its own name in capitals."""
    actor.uri = actor.uri.replace("localhost", "LOCALHOST")
    actor.peer.origin = actor.peer.origin.replace("localhost", "LOCALHOST")
    actor.key_id = f"{actor.uri}#main-key"
    return actor


def test_an_actor_has_one_spelling(p1):
    alice = shouted(p1.actor("alice"))
    assert alice.document()["id"] == alice.uri
    with pytest.raises(Untranslatable):
        actors.fetch(alice.uri, now=now())


def test_quotas_are_not_evaded_by_another_spelling(p1, send, here):  # noqa: F811
    """They count owners by the beginning of their address."""
    make_peer(p1)
    alice = proves(shouted(p1.actor("alice")))
    envelope = send(alice, alice.activity("Create", vouch(alice, here.uri)))
    assert envelope.outcome == "refused proof"
    assert not SignedObject.objects.filter(about=here.uri).exists()
    assert not is_plain(alice.uri)
