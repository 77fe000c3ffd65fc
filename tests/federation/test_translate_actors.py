"""Actors: our documents read back as cards; those of others reduced to what is theirs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from federation import contexts
from federation.errors import Untranslatable
from federation.rules.translate.actors import Face, actor, member_extras, read_actor, read_member
from network.rules.cards import MemberCard

CARD = MemberCard(
    uri="https://n.example/u/alix",
    origin="https://n.example",
    handle="alix",
    kind="company",
    name="Alix",
    html="<p>Bonjour.</p>",
    languages=("fr", "en"),
    skill_slugs=("nextcloud", "reseau"),
    opening="waiting",
    website="https://alix.example/",
    place_name="Liévin",
    place_dept="62",
    place_code="62510",
    lat=50.4216,
    lon=2.7848,
)
FACE = Face(
    uri=CARD.uri,
    kind="Organization",
    username="alix",
    name="Alix",
    html=CARD.html,
    page="https://n.example/membres/1",
    node="https://n.example/actor",
    shared_inbox="https://n.example/inbox",
    published=datetime(2026, 11, 22, tzinfo=UTC),
    public_key={"id": f"{CARD.uri}#main-key", "owner": CARD.uri, "publicKeyPem": "PEM"},
    multikeys=[
        {"id": f"{CARD.uri}#ed25519-key", "type": "Multikey", "controller": CARD.uri, "publicKeyMultibase": "z6Mk"}
    ],
)


def expanded(document):
    return contexts.expand(document)[0]


def test_a_member_comes_back_as_the_same_card():
    assert read_member(expanded(actor(FACE, member_extras(CARD)))) == CARD


def test_little_said_is_read_too():
    card = MemberCard(CARD.uri, CARD.origin, "alix", "person", "Alix")
    face = replace(FACE, kind="Person", html="")
    assert read_member(expanded(actor(face, member_extras(card)))) == card


def test_boxes_and_keys_survive_expansion():
    found = expanded(actor(FACE))
    who = read_actor(found)
    assert (who.inbox, who.shared_inbox) == (f"{CARD.uri}/inbox", "https://n.example/inbox")
    assert (who.offers, who.outbox, who.kind) == (f"{CARD.uri}/offers", f"{CARD.uri}/outbox", FACE.kind)
    assert found["https://w3id.org/security#assertionMethod"][0]["@id"] == f"{CARD.uri}#ed25519-key"


def test_addresses_of_other_origins_are_nobodys():
    document = actor(FACE) | {
        "outbox": "https://evil.example/o",
        "endpoints": {"sharedInbox": "https://evil.example/i"},
    }
    who = read_actor(expanded(document))
    assert (who.outbox, who.shared_inbox) == ("", "")
    with pytest.raises(Untranslatable, match="inbox"):
        read_actor(expanded(actor(FACE) | {"inbox": "https://evil.example/i"}))


@pytest.mark.parametrize("kind", ["Note", "Proposal", ["Person", "Group"]])
def test_what_is_no_single_actor_is_refused(kind):
    with pytest.raises(Untranslatable, match="type"):
        read_actor(expanded(actor(FACE) | {"type": kind}))


def test_a_node_is_no_member():
    document = actor(replace(FACE, kind="Application"))
    assert read_actor(expanded(document)).kind == "Application"
    with pytest.raises(Untranslatable, match="type"):
        read_member(expanded(document))


def test_values_we_do_not_know_fall_back():
    card = read_member(expanded(actor(FACE, {"kind": "emperor", "opening": "ajar", "location": {"type": "Place"}})))
    assert (card.kind, card.opening, card.lat) == ("association", "open", None)
