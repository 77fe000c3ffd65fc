"""Only bundled JSON-LD contexts exist, and the toolkit answers nobody by itself."""

import json
from urllib import request  # noqa: TID251 - only the opener of the process

import pytest
from activitypub.core import handlers, models
from activitypub.core.settings import app_settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models.signals import post_save
from pyld import jsonld
from rdflib import Graph

from federation import apps, contexts
from federation.errors import Refused

OUTSIDE = ["https://context.invalid/", "file:///etc/hostname", "file:/etc/hostname", "http://localhost/context"]
BUNDLED = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    "https://w3id.org/identity/v1",
    "https://www.w3.org/ns/did/v1",
    "https://www.w3.org/ns/cid/v1",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/data-integrity/v1",
    "https://w3id.org/security/data-integrity/v2",
    "https://gotosocial.org/ns",
    "https://p9.example/schemas/litepub-0.1.jsonld",
]


@pytest.mark.parametrize("address", OUTSIDE)
def test_pyld_loads_nothing_from_outside(address):
    with pytest.raises(jsonld.JsonLdError) as caught:
        jsonld.expand({"@context": address, "@id": "urn:x"})
    assert isinstance(caught.value.__cause__, contexts.ContextRefused)


@pytest.mark.parametrize("address", OUTSIDE)
def test_rdflib_loads_nothing_from_outside(address):
    with pytest.raises(contexts.ContextRefused):
        Graph().parse(data=json.dumps({"@context": address, "@id": "urn:x"}), format="json-ld")


@pytest.mark.parametrize("address", OUTSIDE[:2])
def test_nor_does_a_term_or_an_import_load(address):
    scoped = {"@context": {"x": {"@id": "urn:x", "@context": address}}, "x": {"@id": "urn:y"}}
    imported = {"@context": {"@version": 1.1, "@import": address}, "@id": "urn:x"}
    for document in (scoped, imported):
        with pytest.raises(jsonld.JsonLdError):
            jsonld.expand(document)
        with pytest.raises(contexts.ContextRefused):
            Graph().parse(data=json.dumps(document), format="json-ld")


@pytest.mark.parametrize("address", BUNDLED)
def test_bundled_contexts_are_read_by_both(address):
    named = list(dict.fromkeys(["https://www.w3.org/ns/activitystreams", address]))
    document = {"@context": named, "id": "urn:x", "type": "Note"}

    [expanded] = jsonld.expand(document)
    graph = Graph().parse(data=json.dumps(document), format="json-ld")

    assert expanded["@type"] == ["https://www.w3.org/ns/activitystreams#Note"]
    assert len(graph) == 1


def test_an_import_does_not_change_what_is_bundled():
    before = json.dumps(contexts.document_of(BUNDLED[0]))
    Graph().parse(
        data=json.dumps({"@context": {"@version": 1.1, "@import": BUNDLED[0], "actor": "urn:z"}, "@id": "urn:x"}),
        format="json-ld",
    )

    assert json.dumps(contexts.document_of(BUNDLED[0])) == before


def test_proof_of_an_object_is_read():
    proof = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod"}
    document = {"@context": [BUNDLED[0], BUNDLED[7]], "id": "urn:x", "type": "Note", "proof": proof}

    [expanded] = contexts.expand(document)

    text = json.dumps(expanded)
    assert "https://w3id.org/security#DataIntegrityProof" in text
    assert "https://w3id.org/security#assertionMethod" in text


def test_lock_is_tried_not_assumed(monkeypatch):
    assert contexts.is_locked()
    open_loader = {"contextUrl": None, "documentUrl": "x", "document": {"@context": {}}}
    monkeypatch.setattr(jsonld, "_default_document_loader", lambda url, options: open_loader)
    assert not contexts.is_locked()


def test_start_is_refused_when_the_lock_did_not_take(monkeypatch):
    monkeypatch.setattr(contexts, "lock", lambda: None)
    monkeypatch.setattr(contexts, "is_locked", lambda: False)
    monkeypatch.setattr(apps, "detach_receivers", lambda: None)
    with pytest.raises(ImproperlyConfigured):
        apps.FederationConfig.create("federation").ready()


def test_start_is_refused_when_a_receiver_is_not_found():
    with pytest.raises(ImproperlyConfigured):
        apps.detach_receivers()  # they are detached already


def test_no_opener_of_the_process_is_left():
    assert request._opener is None


def test_toolkit_opens_nothing_and_delivers_nothing():
    assert set(app_settings.DOCUMENT_RESOLVERS) == {contexts.RefusingResolver}
    assert not post_save.disconnect(handlers.on_notification_created_send_to_target, sender=models.Notification)


def test_clean_keeps_what_is_known():
    inline = {"Hashtag": "as:Hashtag"}
    document = {
        "@context": ["https://unknown.example/", BUNDLED[1], inline],
        "object": {"@context": "https://x.example/"},
    }

    cleaned = contexts.clean(document)

    assert cleaned["@context"] == [BUNDLED[0], BUNDLED[1], inline]
    assert cleaned["object"]["@context"] == []
    assert document["@context"][0] == "https://unknown.example/"


def test_what_does_not_expand_is_refused():
    with pytest.raises(Refused):
        contexts.expand({"@context": {"a": {"@container": "@nowhere", "@id": "urn:a"}}, "id": "urn:x", "a": 1})
