"""ORI: only its owner speaks for a thing, from the thing's own origin (security.md 6 and 9)."""

from datetime import timedelta

import pytest

from federation.models import RemoteActor
from network.clock import now
from network.models import Member
from tests.security.conftest import ORIGIN, effects, knock

pytestmark = pytest.mark.django_db


def known_actor(uri: str) -> None:
    RemoteActor.objects.create(uri=uri, origin="x", kind="Person", inbox=f"{uri}/inbox")


def test_ori_03_id_of_another_origin(alice, p2, refused):
    refused("origin", 403, lambda: knock(alice, {**alice.note(), "id": f"{p2.origin}/a/1"}))


def test_ori_03_actor_of_another_origin(alice, p2, refused):
    refused("origin", 403, lambda: knock(alice, {**alice.note(), "actor": f"{p2.origin}/u/x"}))


@pytest.mark.parametrize(
    "change",
    [
        lambda uri: uri.replace("http:", "https:"),
        lambda uri: uri.replace("localhost", "x@localhost"),
        lambda uri: uri.replace("localhost", "localhost."),
        lambda uri: uri.replace("localhost", "lосalhost"),
        lambda uri: uri.replace("localhost", "127.0.0.1"),
        lambda uri: uri.replace("localhost", "0x7f.1"),
        lambda uri: uri.replace("//", "/\\"),
        lambda uri: "data:application/activity+json,{}",
        lambda uri: "http://[::1",
        lambda uri: f"{uri}\n",
    ],
)
def test_ori_03_addresses_that_only_look_alike(alice, refused, change):
    activity = alice.note()

    refused("origin", 403, lambda: knock(alice, {**activity, "id": change(activity["id"])}))
    assert knock(alice, activity)


def test_ori_03_upper_case_is_the_same_origin(alice):
    activity = alice.note()

    assert knock(alice, {**activity, "id": activity["id"].replace("http://localhost", "HTTP://LocalHost")})


def test_nobody_speaks_from_our_origin(alice, refused):
    forged = {**alice.note(), "id": f"{ORIGIN}/a/1", "actor": f"{ORIGIN}/u/bob"}

    refused("origin", 403, lambda: knock(alice, forged))
    refused("origin", 403, lambda: knock(alice, forged, key_id=f"{ORIGIN}/u/bob#main-key"))


def test_embedded_object_of_another_owner(alice, mallory, p2, refused):
    for owner in (mallory.uri, f"{p2.origin}/u/x", [alice.uri, mallory.uri], {"id": mallory.uri}):
        thing = {"id": f"{alice.peer.origin}/n/1", "type": "Note", "attributedTo": owner}
        refused("owner", 403, lambda thing=thing: knock(alice, alice.activity("Create", thing)))


def test_embedded_object_at_another_origin(alice, p2, refused):
    thing = {"id": f"{p2.origin}/n/1", "type": "Note", "attributedTo": alice.uri}

    refused("owner", 403, lambda: knock(alice, alice.activity("Create", thing)))


def test_object_named_by_its_id_alone_is_for_later(alice, p2):
    assert knock(alice, alice.activity("Create", f"{p2.origin}/n/1"))


@pytest.mark.parametrize("kind", ["Update", "Delete", "Undo"])
def test_only_things_of_the_own_origin_are_changed(alice, p2, refused, kind):
    for thing in (f"{p2.origin}/n/1", f"{ORIGIN}/p/1", {"id": f"{p2.origin}/n/1", "type": "Note"}, {"type": "Note"}):
        refused("owner", 403, lambda thing=thing: knock(alice, alice.activity(kind, thing)))


@pytest.mark.parametrize("kind", ["Update", "Delete", "Undo"])
def test_what_mallory_claims_of_alice(alice, mallory, refused, kind):
    thing = {"id": f"{alice.peer.origin}/n/1", "type": "Note", "attributedTo": alice.uri}

    refused("owner", 403, lambda: knock(mallory, mallory.activity(kind, thing)))


def test_ori_09_actor_deleted_by_another(alice, mallory, refused):
    known_actor(alice.uri)
    embedded = {"id": alice.uri, "type": "Person"}

    refused("owner", 403, lambda: knock(mallory, mallory.activity("Delete", alice.uri)))
    refused("owner", 403, lambda: knock(mallory, mallory.activity("Update", embedded)))
    assert knock(alice, alice.activity("Delete", alice.uri))


def test_offer_that_we_hold_belongs_to_its_member(alice, mallory, refused):
    owner = Member.objects.create(uri=alice.uri, origin=alice.peer.origin, name="Alice")
    offer = owner.offers.create(
        uri=f"{alice.peer.origin}/p/1", title="Relecture", price="gift", ends_at=now() + timedelta(days=9)
    )

    refused("owner", 403, lambda: knock(mallory, mallory.activity("Delete", offer.uri)))
    assert knock(alice, alice.activity("Delete", offer.uri))


def test_undo_of_anothers_act(alice, mallory, refused):
    follow = alice.activity("Follow", f"{ORIGIN}/actor")

    refused("owner", 403, lambda: knock(mallory, mallory.activity("Undo", follow)))
    assert knock(alice, alice.activity("Undo", follow))


@pytest.mark.parametrize("kind", ["Accept", "Reject"])
def test_only_the_one_followed_answers(alice, mallory, refused, kind):
    follow = {"id": f"{ORIGIN}/a/1", "type": "Follow", "actor": f"{ORIGIN}/actor", "object": alice.uri}

    refused("owner", 403, lambda: knock(mallory, mallory.activity(kind, follow)))
    assert knock(alice, alice.activity(kind, follow))


@pytest.mark.parametrize("kind", ["Add", "Remove"])
def test_collections_belong_to_their_origin(alice, p2, refused, kind):
    thing = f"{alice.peer.origin}/n/1"

    refused("owner", 403, lambda: knock(alice, alice.activity(kind, thing, target=f"{p2.origin}/featured")))
    refused("owner", 403, lambda: knock(alice, alice.activity(kind, thing)))
    assert knock(alice, alice.activity(kind, thing, target=f"{alice.uri}/featured"))


def test_ori_08_only_oneself_moves(alice, mallory, refused):
    target = "https://p9.example/u/alice"

    refused("owner", 403, lambda: knock(mallory, mallory.activity("Move", alice.uri, target=target)))


@pytest.mark.parametrize("actor", [["a", "b"], {"id": "x"}, None, 5, ""])
def test_ori_13_several_actors(alice, refused, actor):
    value = [alice.uri, "https://p9.example/u/x"] if isinstance(actor, list) else actor

    refused("json", 400, lambda: knock(alice, {**alice.note(), "actor": value}))


RENAMED = [
    ({"Sign": "as:Delete"}, {"type": "Sign"}),
    ({"who": "as:actor"}, {"who": "https://p9.example/u/x"}),
    ({"who": {"@id": "as:actor", "@type": "@id"}}, {}),
    ({"actor": "as:object"}, {}),
    ({"object": None}, {}),
    ({"kind": "@type"}, {"kind": "Delete"}),
    ({"x": "https://www.w3.org/ns/", "y": "x:activitystreams#actor"}, {}),
    ({"@base": "https://p9.example/"}, {}),
    ({"@import": "https://p9.example/"}, {}),
    ({"back": {"@reverse": "as:object"}}, {}),
]


@pytest.mark.parametrize(("terms", "fields"), RENAMED)
def test_terms_that_redefine_or_rename(alice, refused, terms, fields):
    context = ["https://www.w3.org/ns/activitystreams", terms]

    refused("context", 400, lambda: knock(alice, {**alice.note(), **fields, "@context": context}))


@pytest.mark.parametrize(
    "fields",
    [
        {"as:actor": "https://p9.example/u/x"},
        {"https://www.w3.org/ns/activitystreams#object": {"@id": "https://p9.example/n/1"}},
        {"@type": "Delete"},
        {"@graph": [{"id": "https://p9.example/n/1"}]},
        {"@reverse": {"object": {"id": "https://p9.example/a/1", "type": "Delete"}}},
    ],
)
def test_message_that_reads_differently_as_linked_data(alice, refused, fields):
    refused("context", 400, lambda: knock(alice, {**alice.note(), **fields}))


def test_prefix_of_ones_own_in_a_key(alice, refused):
    context = ["https://www.w3.org/ns/activitystreams", {"z": "https://www.w3.org/ns/"}]
    forged = {**alice.note(), "@context": context, "z:activitystreams#actor": {"@id": "https://p9.example/u/x"}}

    refused("context", 400, lambda: knock(alice, forged))


@pytest.mark.parametrize(
    "context", [5, None, [None], True, [[]], ["https://a.example"] * 17, {"@vocab": 1, "@nest": 2}]
)
def test_contexts_that_are_none(alice, refused, context):
    refused("context", 400, lambda: knock(alice, {**alice.note(), "@context": context}))


@pytest.mark.parametrize(
    "context",
    [
        ["https://www.w3.org/ns/activitystreams", "https://unknown.example/ns"],
        [
            "https://www.w3.org/ns/activitystreams",
            "https://w3id.org/security/v1",
            {"Hashtag": "as:Hashtag", "toot": "http://joinmastodon.org/ns#", "featured": {"@id": "toot:featured"}},
            {"@language": "und", "sensitive": "as:sensitive", "sc": "http://schema.org#", "value": "sc:value"},
        ],
        ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
        ["https://w3id.org/identity/v1", "https://www.w3.org/ns/activitystreams", "https://www.w3.org/ns/did/v1"],
        "https://unknown.example/ns",
    ],
)
def test_contexts_that_others_send(alice, context):
    assert knock(alice, {**alice.note(), "@context": context})


def test_contexts_cause_no_fetch(alice, p2):
    knock(alice, {**alice.note(), "@context": ["https://www.w3.org/ns/activitystreams", f"{p2.origin}/context"]})

    assert p2.seen == []
    assert effects() == 1
