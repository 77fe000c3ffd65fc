"""Offers of others that are not for everybody: who here sees them, and who does not."""

import pytest
from django.test import Client

from federation import harvest
from federation.models import Follow, FollowState, RemoteActor
from network.actions.collectives import admit_member
from network.models import Collective, Membership, MembershipState, Offer, OfferState
from network.queries.readers import may_read
from tests import factories
from tests.federation.conftest import ORIGIN, make_peer
from tests.federation.offers import created, proposal, uri
from tests.peers import PUBLIC

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(here, p1):
    make_peer(p1)
    return p1.actor("alice")


@pytest.fixture
def cooperative(here):
    return Collective.objects.get(local=True)


@pytest.fixture
def outsider(here):
    """A member of this node who belongs to another cooperative."""
    return factories.member("Camille", handle="camille", belongs_to=factories.collective("Autre"))


def outcome(envelope):
    return envelope.outcome, envelope.detail


def to(*uris):
    return {"to": list(uris), "cc": []}


def node_followers(actor):
    return f"{actor.peer.origin}/u/node/followers"


def test_for_followers_of_the_node_we_follow(alice, here, outsider, send, client):
    assert outcome(send(alice, created(alice, **to(f"{alice.uri}/followers", node_followers(alice))))) == (
        "applied",
        "",
    )
    offer = Offer.objects.get(uri=uri(alice))
    assert (offer.visibility, offer.audience) == ("followers", [f"{alice.uri}/followers", node_followers(alice)])
    assert may_read(here, offer)
    assert may_read(outsider, offer)
    assert not may_read(None, offer)
    assert client.get(f"/offres/{offer.pk}").status_code == client.get(f"/api/v1/offers/{offer.pk}").status_code == 404
    assert client.get("/api/v1/offers").json()["total"] == 0
    logged_in = Client()
    logged_in.force_login(factories.account(here))
    assert logged_in.get("/api/v1/offers").json()["total"] == 1
    assert logged_in.get(f"/offres/{offer.pk}").status_code == 200


def test_for_followers_of_somebody_whom_one_of_ours_follows(alice, here, outsider, send):
    Follow.objects.create(
        follower=here.uri, followed=alice.uri, activity=f"{ORIGIN}/a/mine", outgoing=True, state=FollowState.ACCEPTED
    )
    send(alice, created(alice, **to(f"{alice.uri}/followers")))
    offer = Offer.objects.get()
    assert may_read(here, offer)
    assert not may_read(outsider, offer)
    Follow.objects.filter(follower=here.uri).update(state=FollowState.REJECTED)
    assert not may_read(here, offer)


def test_for_the_members_of_a_cooperative(alice, cooperative, here, outsider, send):
    send(alice, created(alice, **to(f"{cooperative.uri}/members")))
    offer = Offer.objects.get()
    assert offer.visibility == "members"
    assert may_read(here, offer)
    assert not may_read(outsider, offer)
    Membership.objects.filter(member=here).update(state=MembershipState.SUSPENDED)
    assert not may_read(here, offer)


def test_for_one_person(alice, here, outsider, send):
    send(alice, created(alice, **to(here.uri)))
    assert may_read(here, Offer.objects.get())
    assert not may_read(outsider, Offer.objects.get())


def test_a_fellow_member_of_a_node_we_do_not_follow(here, cooperative, p2, send):
    bob = p2.actor("bob")
    private = created(bob, **to(f"{cooperative.uri}/members"))
    assert outcome(send(bob, private)) == ("ignored", "not-followed")
    member = factories.member("Bob", origin=p2.origin, handle="bob")
    admit_member(collective=cooperative, member=member)
    assert outcome(send(bob, created(bob, 2, **to(f"{cooperative.uri}/members")))) == ("applied", "")
    assert outcome(send(bob, created(bob, 3))) == ("ignored", "not-followed")  # for everybody: not for our directory


def test_what_is_for_nobody_here_is_not_kept(alice, send):
    for audience in (
        to("http://localhost:9/u/zoe"),
        to(f"{alice.uri}/followers"),
        to(f"{alice.peer.origin}/g/x/members"),
    ):
        assert outcome(send(alice, created(alice, **audience))) == ("ignored", "audience")
    assert not Offer.objects.exists()


def test_a_followers_collection_is_its_owners_word_only(alice, p2, send):
    """Naming the followers of somebody whom we follow elsewhere makes us no reader."""
    make_peer(p2)
    assert outcome(send(alice, created(alice, **to(f"{p2.origin}/u/node/followers")))) == ("ignored", "audience")


def test_an_object_that_names_nobody_is_for_whom_it_was_sent_to(alice, here, outsider, send):
    document = proposal(alice)
    del document["to"], document["cc"]
    send(alice, alice.activity("Create", document, **{"@context": document["@context"], "to": [here.uri]}))
    assert not may_read(None, Offer.objects.get())
    assert may_read(here, Offer.objects.get())
    assert not may_read(outsider, Offer.objects.get())


def test_narrowed_by_its_owner_it_leaves_the_directory_of_everybody(alice, here, send):
    send(alice, created(alice))
    assert may_read(None, Offer.objects.get())
    send(alice, created(alice, kind="Update", updated="2026-11-21T00:00:00Z", **to(node_followers(alice))))
    assert not may_read(None, Offer.objects.get())
    assert may_read(here, Offer.objects.get())
    send(alice, created(alice, kind="Update", updated="2026-11-21T12:00:00Z", **to("http://localhost:9/u/zoe")))
    assert not may_read(here, Offer.objects.get())
    send(alice, created(alice, kind="Update", updated="2026-11-21T18:00:00Z"))
    assert may_read(None, Offer.objects.get())


@pytest.mark.parametrize("kind", ["Update", "Create", "Announce"])
def test_nobody_else_widens_an_audience(alice, p1, p2, send, kind):
    """ORI-12: a signed message of another adds Public; the owner's word stands."""
    send(alice, created(alice, **to(node_followers(alice))))
    for mallory in (p1.actor("mallory"), p2.actor("mallory")):
        widened = proposal(alice, to=[PUBLIC], updated="2026-11-21T00:00:00Z")
        send(mallory, mallory.activity(kind, widened, **{"@context": widened["@context"]}))
        send(mallory, mallory.activity(kind, {**widened, "attributedTo": mallory.uri}))
    alice.peer.serve("/p/1", proposal(alice, **to(node_followers(alice))))
    send(p2.actor("mallory"), p2.actor("mallory").activity("Announce", uri(alice)))
    assert not may_read(None, Offer.objects.get(uri=uri(alice)))


@pytest.mark.parametrize("public", [PUBLIC, "as:Public"])
def test_three_ways_of_saying_everybody(alice, send, public):
    send(alice, created(alice, to=[node_followers(alice)], cc=public))
    assert may_read(None, Offer.objects.get())


def test_the_companion_note_for_members_leads_there_as_a_member(alice, cooperative, here, send):
    created(alice, **to(f"{cooperative.uri}/members"))
    note = {
        "id": f"{uri(alice)}/note", "type": "Note", "attributedTo": alice.uri, "content": "<p>x</p>",
        "to": [f"{cooperative.uri}/members"],
        "attachment": [{"type": "Link", "href": uri(alice), "rel": ["payment", "https://w3id.org/valueflows/ont/vf#Proposal"]}],
    }  # fmt: skip
    assert outcome(send(alice, alice.activity("Create", note, to=[f"{cooperative.uri}/members"]))) == ("applied", "")
    assert f'keyid="{here.uri}#' in alice.peer.asked("/p/1")[-1].headers.get("signature-input", "") or (
        f'keyid="{here.uri}#' in alice.peer.asked("/p/1")[-1].headers["signature-input"]
    )


def test_catching_up_ends_no_copy_that_the_collection_may_not_show(alice, p1, cooperative, here, send):
    """Offers for members stand in no collection that our node reads; one for followers is looked for by our node."""
    node = p1.actor("node", "Application")
    node.extra["streams"] = [f"{node.uri}/offers"]
    p1.serve("/u/node/offers", {"id": f"{node.uri}/offers", "type": "OrderedCollection", "orderedItems": []})
    RemoteActor.objects.filter(uri=node.uri).delete()
    send(alice, created(alice, 1, **to(f"{cooperative.uri}/members")))
    send(alice, created(alice, 2, **to(node_followers(alice))))
    send(alice, created(alice, 3, **to(node_followers(alice))))
    p1.serve("/p/2", b"{}", status=404)
    harvest.catch_up(Follow.objects.get(followed=node.uri).pk)
    live = Offer.objects.filter(state=OfferState.LIVE).values_list("uri", flat=True)
    assert set(live) == {uri(alice, 1), uri(alice, 3)}


def test_what_we_received_in_confidence_is_served_to_nobody(alice, here, send, client):
    send(alice, created(alice, **to(node_followers(alice))))
    for path in ("/u/alix/offers", "/actor/offers", "/actor/outbox"):
        head = client.get(path, headers={"Accept": "application/activity+json"}).json()
        assert head["totalItems"] == 0
    assert client.get("/nodeinfo/2.1").json()["usage"]["localPosts"] == 0
