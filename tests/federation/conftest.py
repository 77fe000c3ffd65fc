"""Two other nodes with real keys and servers, and a node of ours that is set up."""

import json
from urllib.parse import quote

import pytest

from federation import actors, tasks
from federation.models import Envelope, Follow, FollowState, Node, Standing
from federation.queries import node_actor
from tests import factories
from tests.governance.registers import verifier
from tests.peers import Peer, deliver

ORIGIN = "http://localhost:8000"


def _served(settings):
    with Peer() as peer:
        settings.FEDERATION_TEST_PEERS = [*settings.FEDERATION_TEST_PEERS, peer.address]
        yield peer


@pytest.fixture
def p1(settings):
    yield from _served(settings)


@pytest.fixture
def p2(settings):
    yield from _served(settings)


@pytest.fixture
def here(db):
    """A node with a name, a collective and a member, Alix; its actors have their documents."""
    factories.node()
    collective = factories.collective()
    alix = factories.member("Alix", handle="alix", belongs_to=collective)
    actors.ensure_node_actor()
    tasks.announce("member", alix.pk)
    tasks.announce("collective", collective.pk)
    return alix


@pytest.fixture
def send(client):
    """Send a signed activity to an inbox here and let the worker act; return the envelope, None if refused."""

    def sending(actor, activity, path="/inbox", **signing):
        answer = deliver(client, actor, path, activity, ORIGIN, **signing)
        if answer.status_code != 202:
            return None
        envelope = Envelope.objects.get(activity=activity["id"], actor=actor.uri)
        tasks.process(envelope.pk)
        envelope.refresh_from_db()
        return envelope

    return sending


def make_peer(peer) -> None:
    """The node of `peer` is followed by ours, and has accepted; it runs Toile."""
    actor = peer.actor("node", "Application")
    Node.objects.create(origin=peer.origin, actor=actor.uri, standing=Standing.PEER, software="toile")
    Follow.objects.create(
        follower=node_actor(), followed=actor.uri, activity=f"{ORIGIN}/a/{peer.port}", outgoing=True,
        state=FollowState.ACCEPTED,
    )  # fmt: skip


def make_follower(actor, followed: str) -> Follow:
    """`actor` follows an actor of ours."""
    return Follow.objects.create(
        follower=actor.uri, followed=followed, activity=f"{actor.peer.origin}/f/{actor.name}", outgoing=False,
        state=FollowState.ACCEPTED, inbox=actor.inbox, shared_inbox=f"{actor.peer.origin}/inbox",
    )  # fmt: skip


def answers_as_node(peer):
    """Let `peer` answer WebFinger and NodeInfo for its node; return the node's actor."""
    actor = peer.actor("node", "Application")
    link = {"rel": "self", "type": "application/activity+json", "href": actor.uri}
    finger = json.dumps({"subject": "acct:node", "links": [link]}).encode()
    for name in (peer.origin, f"acct:node@localhost:{peer.port}"):
        path = f"/.well-known/webfinger?resource={quote(name, safe='')}"
        peer.serve(path, finger, content_type="application/jrd+json")
    info = {"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": f"{peer.origin}/nodeinfo"}]}
    peer.serve("/.well-known/nodeinfo", info, content_type="application/json")
    software = {"software": {"name": "toile", "version": "0.1.0"}}
    peer.serve("/nodeinfo", software, content_type="application/json")
    return actor


@pytest.fixture(scope="module")
def alone():
    """The stand-alone verifier of registers."""
    return verifier()
