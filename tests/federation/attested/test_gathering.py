"""What was proven before we followed is gathered; what ended meanwhile ends."""

import json

import pytest

from federation import gathering, tasks
from federation.digests import papers_digest
from federation.models import Follow, SignedKind, SignedObject
from federation.queries import node_actor
from network.actions.trust import vouch, withdraw_vouch
from network.models import Collective, Membership, Vouch
from network.queries.webs import load
from tests import factories
from tests.federation.conftest import ORIGIN, make_peer
from tests.federation.proving import MADE, admits, decided, proves
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


# --- digests ----------------------------------------------------------------------------------------------


def compare():
    return gathering.compare(Follow.objects.get(outgoing=True).pk)


def says(peer, digest):
    """Let the peer's collection name this digest."""
    page = json.loads(peer.pages["/papers"].body)
    peer.serve("/papers", {**page, "digest": digest})


def test_the_same_papers_give_the_same_digest_and_no_further_request(peer):
    gather()
    says(peer, papers_digest(peer.origin))
    peer.seen.clear()
    assert not compare()
    assert [seen.path for seen in peer.asked()] == ["/u/node", "/papers"]


def test_what_was_lost_on_the_way_is_read(peer):
    gather()
    whole = papers_digest(peer.origin)
    SignedObject.objects.filter(kind=SignedKind.DECISION).delete()
    says(peer, whole)
    assert compare()
    assert papers_digest(peer.origin) == whole
    assert not compare()


def test_a_renewal_that_was_lost_is_read(peer, clock):
    gather()
    alice = peer.actor("alice")
    renewed = vouch_of(alice, f"{peer.origin}/u/bob", level=2, issued=MADE)
    peer.serve("/att/1", renewed)
    says(peer, "of something else")
    assert compare()
    assert Vouch.objects.get().level == 2


def test_what_differs_for_ever_is_compared_once(peer):
    gather()
    says(peer, "0" * 64)
    assert compare()
    peer.seen.clear()
    assert not compare()
    says(peer, "1" * 64)
    assert compare()


@pytest.mark.parametrize("said", [None, 5, {"a": 1}])
def test_a_node_that_names_no_digest_is_not_compared(peer, said):
    says(peer, said)
    assert not compare()


def test_our_collection_names_the_digest_of_what_stands(here, client):
    bachir = factories.member("Bachir", handle="bachir", belongs_to=Collective.objects.get())

    def told():
        return client.get("/actor/attestations").json()["digest"]

    tasks.sweep()
    before = told()
    row = vouch(actor=here, subject_id=bachir.pk, level=3)
    tasks.sweep()
    after = told()
    withdraw_vouch(actor=here, vouch_id=row.pk)
    tasks.sweep()
    assert before == told() == papers_digest(ORIGIN) != after


def test_the_sweep_compares_once_an_hour(peer, clock, monkeypatch):
    asked = []
    monkeypatch.setattr(gathering, "compare", asked.append)
    Follow.objects.update(caught_up_at=clock.instant)
    for _time in range(3):
        tasks.sweep()
    assert len(asked) == 1
