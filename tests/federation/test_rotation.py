"""New keys for actors of this node (OPS-13): served, told, used; what the old ones signed counts, or no more."""

import json

import pytest
from django.core.management import CommandError, call_command

from federation import dispatch, keys, tasks
from federation.models import LocalKey, SignedObject
from federation.queries import node_actor
from federation.rotation import rotate
from federation.signin import issuer
from network.clock import now
from network.errors import NotFound
from network.queries.facts import all_facts
from tests import factories
from tests.federation.conftest import ORIGIN, make_follower

pytestmark = pytest.mark.django_db


def served(client, path="/u/alix"):
    return json.loads(client.get(path, headers={"accept": "application/activity+json"}).content)


def told(peer):
    dispatch.deliver_due()
    return [(json.loads(seen.body), str(seen.headers)) for seen in peer.seen if seen.method == "POST"]


def test_the_document_shows_the_new_keys_and_when_the_old_ones_ended(here, client):
    before = served(client)
    rotate(here.uri, stolen=False, now=now())
    after = served(client)
    assert after["publicKey"]["publicKeyPem"] != before["publicKey"]["publicKeyPem"]
    assert after["publicKey"]["id"] != before["publicKey"]["id"]
    old = {key["id"]: key for key in after["assertionMethod"]}[before["assertionMethod"][0]["id"]]
    assert old["publicKeyMultibase"] == before["assertionMethod"][0]["publicKeyMultibase"]
    assert ("expires" in old, "revoked" in old) == (True, False)
    live = [key for key in after["assertionMethod"] if "expires" not in key]
    assert [key["id"] for key in live] == [keys.signing_key(here.uri, "ed25519").key_id]


def test_followers_are_told_with_the_new_key(here, p1):
    make_follower(p1.actor("bob"), here.uri)
    rotate(here.uri, stolen=False, now=now())
    (message, headers) = told(p1)[0]
    assert (message["type"], message["object"]["id"]) == ("Update", here.uri)
    assert message["object"]["publicKey"]["id"] in headers
    assert message["object"]["publicKey"]["id"] == keys.signing_key(here.uri).key_id


@pytest.mark.parametrize("path", ["/actor", "/g/cooperative-demo", "/u/alix"])
def test_every_kind_of_actor_can(here, client, p1, path):
    make_follower(p1.actor("bob"), ORIGIN + path)
    before = served(client, path)["publicKey"]["id"]
    rotate(ORIGIN + path, stolen=False, now=now())
    assert served(client, path)["publicKey"]["id"] != before
    assert [message["object"]["id"] for message, _headers in told(p1)] == [ORIGIN + path]


def test_a_stolen_key_is_revoked_and_what_it_signed_is_signed_anew(here, client):
    bachir = factories.member("Bachir", belongs_to=here.memberships.get().collective)
    vouch = factories.vouch_between(here, bachir)
    tasks.sweep()
    before = json.loads(bytes(SignedObject.objects.get(uri=vouch.uri).body))["proof"]["verificationMethod"]
    rotate(here.uri, stolen=True, now=now())
    tasks.sweep()
    entries = {key["id"]: key for key in served(client)["assertionMethod"]}
    assert "revoked" in entries[before]
    vouch.refresh_from_db()
    assert not vouch.renewed, "signing anew is not giving again"
    assert not any(fact.renewed for fact in all_facts().vouches)
    after = json.loads(bytes(SignedObject.objects.get(uri=vouch.uri).body))["proof"]["verificationMethod"]
    assert after == keys.signing_key(here.uri, "ed25519").key_id != before
    assert "revoked" not in entries[after]


def test_a_key_that_was_only_replaced_leaves_what_it_signed(here):
    bachir = factories.member("Bachir", belongs_to=here.memberships.get().collective)
    vouch = factories.vouch_between(here, bachir)
    tasks.sweep()
    before = bytes(SignedObject.objects.get(uri=vouch.uri).body)
    rotate(here.uri, stolen=False, now=now())
    tasks.sweep()
    assert bytes(SignedObject.objects.get(uri=vouch.uri).body) == before


def test_the_key_of_sign_in_rotates_alone_and_with_all(here, capsys):
    first, actors = issuer.signing_key().kid, LocalKey.objects.exclude(owner__endswith="/entrer/cles").count()
    call_command("rotate_keys", "--sign-in")
    second = issuer.signing_key().kid
    assert [key["kid"] for key in issuer.key_set()["keys"]] == [second, first]
    assert LocalKey.objects.exclude(owner__endswith="/entrer/cles").count() == actors
    out = capsys.readouterr().out
    assert second in out
    assert "worker" not in out
    call_command("rotate_keys", "--all", "--stolen")
    assert [key["kid"] for key in issuer.key_set()["keys"]] == [issuer.signing_key().kid, first]
    with pytest.raises(CommandError, match="not allowed with"):
        call_command("rotate_keys", "--sign-in", "--all")


def test_the_command_takes_one_or_all(here, capsys):
    call_command("rotate_keys", actor=here.uri)
    assert LocalKey.objects.filter(owner=here.uri, retired_at=None).count() == 2
    assert LocalKey.objects.filter(owner=here.uri).count() == 4
    assert LocalKey.objects.filter(owner=node_actor()).count() == 2
    call_command("rotate_keys", "--all", "--stolen")
    assert LocalKey.objects.filter(owner=node_actor()).exclude(revoked_at=None).count() == 2
    assert f"new keys: {here.uri}" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no actor of this node"):
        call_command("rotate_keys", actor="https://p9.example/u/x")
    with pytest.raises(NotFound, match="actor_unknown"):
        rotate("https://p9.example/u/x", stolen=False, now=now())
