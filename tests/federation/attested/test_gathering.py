"""What was proven before we followed is gathered; what ended meanwhile ends."""

import json

import pytest

from federation import gathering, tasks
from federation.models import Follow, SignedKind, SignedObject
from federation.queries import node_actor
from network.actions.trust import vouch, withdraw_vouch
from network.models import Collective, Membership, Vouch
from network.queries.webs import load
from tests import factories
from tests.federation.conftest import ORIGIN, make_peer
from tests.federation.proving import admits, decided, proves
from tests.federation.proving import vouch as vouch_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
AS2 = "https://www.w3.org/ns/activitystreams"


@pytest.fixture
def peer(here, p1):
    """A peer with an attestation, a membership and a decision, listed in its collection."""
    make_peer(p1)
    alice, group = proves(p1.actor("alice")), proves(p1.actor("lilas", "Group"))
    p1.actor("bob")
    things = [vouch_of(alice, f"{p1.origin}/u/bob"), admits(group, alice.uri), decided(group)]
    lists(p1, [p1.serve(thing["id"].removeprefix(p1.origin), thing) for thing in things])
    p1.actor("node").extra["https://w3id.org/toile/ns#attestations"] = {"id": f"{p1.origin}/papers"}
    return p1


def lists(peer, uris):
    page = {"@context": AS2, "id": f"{peer.origin}/papers", "type": "OrderedCollection", "orderedItems": uris}
    peer.serve("/papers", page)


def gather():
    return gathering.gather(Follow.objects.get(outgoing=True).pk)


def test_everything_listed_is_taken_once(peer):
    assert gather() == 3
    assert (Vouch.objects.count(), Membership.objects.filter(collective__local=False).count()) == (1, 1)
    assert set(SignedObject.objects.values_list("kind", flat=True)) == {"attestation", "membership", "decision"}
    asked = len(peer.asked("/att/1"))
    assert gather() == 0
    assert len(peer.asked("/att/1")) == asked


def test_a_paper_held_for_a_month_is_looked_at_again(peer, clock):
    gather()
    clock.advance(days=31)
    assert gather() == 3
    assert gather() == 0


def test_what_is_listed_no_more_and_gone_ends(peer):
    gather()
    lists(peer, [])
    gather()
    assert Vouch.objects.exists()  # still served at its address: it stands
    peer.serve("/att/1", b"", status=410)
    gather()
    assert load().facts.surviving == ()
    assert not SignedObject.objects.filter(kind=SignedKind.ATTESTATION).exists()


def test_a_forged_paper_is_left_out(peer):
    forged = json.loads(peer.pages["/att/1"].body) | {"level": 1}
    peer.serve("/att/1", forged)
    assert gather() == 2
    assert not Vouch.objects.exists()


def test_a_node_without_a_collection_has_nothing_to_gather(here, p1):
    make_peer(p1)
    assert gather() == 0


def test_catching_up_gathers_too(peer):
    peer.serve("/u/node/outbox", {"@context": AS2, "id": f"{peer.origin}/u/node/outbox", "type": "OrderedCollection"})
    tasks.catch_up(Follow.objects.get(outgoing=True).pk)
    assert Vouch.objects.exists()


def test_ours_are_listed_while_they_stand(here, client):
    bachir = factories.member("Bachir", handle="bachir", belongs_to=Collective.objects.get())
    row = vouch(actor=here, subject_id=bachir.pk, level=3)
    tasks.sweep()

    def listed():
        head = client.get("/actor/attestations").json()
        page = client.get(head["first"].removeprefix(ORIGIN)).json()
        assert head["totalItems"] == len(page["orderedItems"])
        return page["orderedItems"]

    papers = list(Membership.objects.values_list("uri", flat=True))
    assert set(listed()) == {row.uri, *papers}
    withdraw_vouch(actor=here, vouch_id=row.pk)
    tasks.sweep()
    assert set(listed()) == set(papers)
    told = client.get("/actor", headers={"Accept": "application/activity+json"}).json()
    assert told["attestations"] == f"{node_actor()}/attestations"
