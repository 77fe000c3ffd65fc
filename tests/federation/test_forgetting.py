"""An operator forgets a node: what goes, what stays, what the other node is told."""

import json

import pytest
from django.core.management import CommandError, call_command

from federation import actors, dispatch, forgetting, measures
from federation.models import (
    Envelope,
    Follow,
    Node,
    ProofKey,
    RemoteActor,
    RemoteKey,
    SignedObject,
    Standing,
    TombstoneSeen,
)
from network.clock import now
from network.errors import NotEntitled, NotFound
from network.models import Member, Offer, Source, Vouch
from tests import factories
from tests.federation.conftest import make_follower, make_peer
from tests.federation.deliveries import received
from tests.federation.offers import created

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(here, p1, send):
    """A member of the peer p1, with an offer, for whom Alix vouches; her node follows Alix."""
    make_peer(p1)
    person = p1.actor("alice")
    actors.remote_actor(p1.actor("node").uri, now=now())
    assert send(person, created(person)).outcome == "applied"
    member = Member.objects.get(uri=person.uri)
    factories.web(here.memberships.get().collective, (here, member))
    make_follower(p1.actor("node"), here.uri)
    SignedObject.objects.create(
        uri=f"{p1.origin}/att/1", owner=person.uri, kind="attestation", body=b"{}", digest="", key_id="k", made_at=now()
    )
    return person


@pytest.fixture
def operator(here):
    return factories.account(here, operator=True)


def node_id(peer) -> int:
    return Node.objects.get(origin=peer.origin).pk


def test_nothing_of_the_node_is_left_but_what_protects(here, alice, p1, operator, send):
    TombstoneSeen.objects.create(uri_digest="0" * 64, owner=alice.uri)
    ids = set(Envelope.objects.values_list("activity", flat=True))
    vouch = Vouch.objects.get()
    held = forgetting.what_is_held(node_id(p1))
    assert (held.directory.offers, held.directory.members, held.papers, held.messages) == (1, 1, 1, 1)
    erased = forgetting.forget_node(node_id=node_id(p1), actor=operator)
    assert (erased.directory.offers, erased.directory.kept_members, erased.papers, erased.messages) == (1, 1, 1, 1)
    for model, column in ((RemoteActor, "uri"), (RemoteKey, "owner"), (ProofKey, "owner"), (SignedObject, "owner")):
        assert not model.objects.filter(**{f"{column}__startswith": p1.origin}).exists(), model.__name__
    assert not Follow.objects.exists()
    assert not Node.objects.filter(origin=p1.origin).exists()
    assert not Offer.objects.filter(local=False).exists()
    assert Vouch.objects.get() == vouch
    assert Member.objects.get(uri=alice.uri).name == ""
    assert set(Envelope.objects.values_list("activity", flat=True)) == ids
    assert {bytes(body) for body in Envelope.objects.values_list("body", flat=True)} == {b""}
    assert TombstoneSeen.objects.exists()
    assert Source.objects.get().why == "forgotten"


def test_the_node_learns_that_it_is_followed_no_more(here, alice, p1, operator):
    p1.seen.clear()
    forgetting.forget_node(node_id=node_id(p1), actor=operator)
    dispatch.deliver_due()
    assert [message["type"] for message in received(p1)] == ["Undo"]
    assert received(p1)[0]["object"]["type"] == "Follow"


def test_a_message_seen_before_has_no_second_effect(here, alice, p1, operator, send):
    again = json.loads(bytes(Envelope.objects.get().body))
    forgetting.forget_node(node_id=node_id(p1), actor=operator)
    send(alice, again)
    assert not Offer.objects.filter(local=False).exists()


def test_a_measure_stays_with_its_reason(here, alice, p1, operator):
    measures.block(node_id=node_id(p1), actor=operator, reason="Pourriel")
    p1.seen.clear()
    forgetting.forget_node(node_id=node_id(p1), actor=operator)
    node = Node.objects.get(origin=p1.origin)
    assert (node.standing, node.reason, node.name, node.actor) == (Standing.BLOCKED, "Pourriel", "", "")
    dispatch.deliver_due()
    assert received(p1) == []


def test_other_nodes_keep_everything(here, alice, p1, p2, operator):
    far = factories.member("Ailleurs", origin=p2.origin)
    factories.offer(far)
    RemoteActor.objects.create(uri=far.uri, origin=p2.origin, kind="Person", inbox=f"{far.uri}/inbox")
    forgetting.forget_node(node_id=node_id(p1), actor=operator)
    assert Offer.objects.get(owner=far)
    assert RemoteActor.objects.get(uri=far.uri)


def test_only_operators_and_only_known_nodes(here, alice, p1, operator):
    with pytest.raises(NotEntitled, match="not_operator"):
        forgetting.forget_node(node_id=node_id(p1), actor=factories.account(name="Bachir"))
    with pytest.raises(NotFound, match="node_unknown"):
        forgetting.forget_node(node_id=999, actor=operator)
    assert Offer.objects.filter(local=False).exists()


def test_the_command_counts_first_and_erases_when_told(here, alice, p1, capsys):
    call_command("forget_node", p1.origin)
    said = capsys.readouterr().out
    assert "1 offers" in said
    assert "Nothing was changed" in said
    assert Offer.objects.filter(local=False).exists()
    call_command("forget_node", f"{p1.origin}/", "--yes")
    assert "1 members of whom the address stays" in capsys.readouterr().out
    assert not Offer.objects.filter(local=False).exists()
    with pytest.raises(CommandError, match="No node is known"):
        call_command("forget_node", "https://nowhere.example")
