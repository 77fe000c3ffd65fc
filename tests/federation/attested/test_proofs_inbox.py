"""Proofs that do not hold, and the keys that make them hold, as messages meet them."""

import logging
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation import tasks
from federation.models import Envelope, ProofKey, SignedObject
from network.models import Vouch
from network.queries.webs import load
from tests.federation.proving import (
    APPLIED,
    ISSUED,
    MADE,
    admits,
    bob,
    copied,
    entry,
    proves,
    signed,
    stone,
    vouch,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


# --- SIG-15: proofs that do not hold ---------------------------------------------------------------------


def spoilt(alice, how):
    thing = copied(vouch(alice, bob(alice)))
    if how == "changed after signing":
        thing["level"] = 1
    elif how == "future":
        thing = signed(alice, vouch(alice, bob(alice)), at=MADE + timedelta(days=1))
    elif how == "other suite":
        thing["proof"]["cryptosuite"] = "eddsa-rdfc-2022"
    elif how == "not listed":
        thing = signed(alice, thing, private=Ed25519PrivateKey.generate(), fragment="other-key")
    elif how == "key of another":
        thing = signed(alice, thing, private=Ed25519PrivateKey.generate())
    elif how == "no context of its own":
        del thing["@context"]
        thing["proof"].pop("@context")
    elif how == "two proofs":
        thing["proof"] = [thing["proof"], thing["proof"]]
    elif how == "large number":
        thing["level"] = 2**53
    return thing


@pytest.mark.parametrize(
    "how",
    ["changed after signing", "future", "other suite", "not listed", "key of another", "no context of its own",
     "two proofs", "large number"],
)  # fmt: skip
def test_sig_15_a_bad_proof_spoils_the_object_whoever_signed_the_message(alice, deliver, caplog, how):
    caplog.set_level(logging.INFO, "toile.security")
    outcome, detail = deliver(alice, "Create", spoilt(alice, how))
    assert (outcome, bool(detail)) == ("refused proof", True)
    assert not Vouch.objects.exists()
    assert not SignedObject.objects.exists()
    assert bytes(Envelope.objects.get().body) == b""
    lines = [record.getMessage() for record in caplog.records if record.name == "toile.security"]
    assert len(lines) == 1
    assert "code=proof" in lines[0]
    assert "level" not in lines[0]


def test_sig_15_the_genuine_one_counts_after_forgeries(alice, deliver):
    for how in ("changed after signing", "key of another", "future"):
        deliver(alice, "Create", spoilt(alice, how))
    assert deliver(alice, "Create", vouch(alice, bob(alice))) == APPLIED


def test_sig_15_a_tombstone_with_a_bad_proof_ends_nothing(alice, deliver):
    deliver(alice, "Create", vouch(alice, bob(alice)))
    assert deliver(alice, "Delete", {**stone(alice), "deleted": "2026-11-02T00:00:00Z"})[0] == "refused proof"
    assert len(load().facts.surviving) == 1


def test_a_message_with_a_proof_of_its_own_is_spoilt_by_it_too(alice, deliver, send, clock):
    message = signed(alice, alice.activity("Delete", f"{alice.peer.origin}/p/1"))
    good = send(alice, {**message, "id": f"{alice.peer.origin}/a/good"}, at=clock.instant)
    assert good.outcome == "refused proof"
    assert send(alice, message, at=clock.instant).outcome == "applied"


def test_a_deeper_entry_of_the_same_key_in_another_origin_is_not_believed(alice, p2, deliver):
    other = proves(p2.actor("alice"))
    thing = signed(other, {k: v for k, v in vouch(alice, bob(alice)).items() if k != "proof"})
    assert deliver(alice, "Create", thing) == ("refused proof", "not a key of its owner")
    assert not p2.asked()  # it is not even asked


# --- keys ------------------------------------------------------------------------------------------------


def test_a_key_is_fetched_once_and_then_the_issuer_may_be_away(alice, p1, deliver):
    deliver(alice, "Create", vouch(alice, bob(alice)))
    asked = len(p1.asked("/u/alice"))
    deliver(alice, "Update", vouch(alice, bob(alice), issued=ISSUED + timedelta(days=1)))
    assert len(p1.asked("/u/alice")) == asked
    assert ProofKey.objects.get().owner == alice.uri


def refreshed(alice, deliver):
    """The actor tells that its document changed; it is fetched again."""
    assert deliver(alice, "Update", {"id": alice.uri, "type": "Person"}) == APPLIED


def test_a_proof_made_before_its_key_was_retired_still_counts(alice, deliver, clock):
    deliver(alice, "Create", vouch(alice, bob(alice)))
    old, kept = alice.edwards, vouch(alice, bob(alice), number=2)
    clock.advance(hours=1)
    proves(alice, fragment="second-key")
    refreshed(alice, deliver)
    clock.advance(hours=1)
    assert deliver(alice, "Create", kept) == APPLIED
    late = vouch(alice, bob(alice), number=3)
    late = signed(alice, late, private=old, at=clock.instant)
    assert deliver(alice, "Create", late) == ("refused proof", "key retired")
    fresh = signed(alice, vouch(alice, bob(alice), number=4), fragment="second-key", at=clock.instant)
    assert deliver(alice, "Create", fresh) == APPLIED


def test_a_key_that_was_gone_for_a_moment_counts_again(alice, deliver, clock):
    deliver(alice, "Create", vouch(alice, bob(alice)))
    listed = alice.extra.pop("assertionMethod")
    refreshed(alice, deliver)
    alice.extra["assertionMethod"] = listed
    clock.advance(minutes=1)
    late = signed(alice, vouch(alice, bob(alice), number=2), at=clock.instant)
    assert deliver(alice, "Create", late) == APPLIED


def test_a_replaced_key_under_the_same_name_is_fetched_again_once(alice, deliver, p1):
    deliver(alice, "Create", vouch(alice, bob(alice)))
    proves(alice)
    assert deliver(alice, "Create", vouch(alice, bob(alice), number=2)) == APPLIED
    asked = len(p1.asked("/u/alice"))
    for number in (3, 4, 5):
        assert deliver(alice, "Create", {**vouch(alice, bob(alice), number=number), "level": 1})[0] == "refused proof"
    assert len(p1.asked("/u/alice")) == asked


def test_a_stolen_key_never_counts_and_takes_along_what_it_signed(alice, deliver, clock):
    deliver(alice, "Create", vouch(alice, bob(alice)))
    deliver(alice, "Create", vouch(alice, bob(alice), number=2))
    old = alice.edwards
    proves(alice, fragment="second-key")
    alice.extra["assertionMethod"].append(entry(alice, old, revoked="2026-11-21T00:00:00Z"))
    refreshed(alice, deliver)
    assert load().facts.surviving == ()
    assert not SignedObject.objects.exists()
    again = signed(alice, vouch(alice, bob(alice)), private=old)
    assert deliver(alice, "Create", again) == ("refused proof", "key revoked")
    resigned = signed(alice, vouch(alice, bob(alice)), fragment="second-key", at=clock.instant)
    assert deliver(alice, "Create", resigned) == APPLIED


def test_the_keys_of_a_group_are_learnt_again_when_it_says_so(alice, group, deliver, clock):
    deliver(group, "Create", admits(group, alice.uri))
    clock.advance(hours=1)
    proves(group, fragment="second-key")
    assert deliver(group, "Update", {"id": group.uri, "type": "Group"}) == APPLIED
    assert ProofKey.objects.get(key_id=f"{group.uri}#ed25519-key").retired_at == clock.instant
    assert ProofKey.objects.get(key_id=f"{group.uri}#second-key").retired_at is None


def test_two_issuers_may_use_one_address_and_neither_keeps_the_other_out(alice, p1, deliver):
    """Of one node they can only be; whoever comes first, both are kept, each with its own tombstone."""
    mallory = proves(p1.actor("mallory"))
    assert deliver(mallory, "Create", vouch(mallory, bob(alice))) == APPLIED
    assert deliver(alice, "Create", vouch(alice, bob(alice))) == APPLIED
    assert deliver(mallory, "Delete", stone(mallory)) == APPLIED
    assert [fact.issuer for fact in load().facts.surviving] == [alice.uri]


@pytest.mark.parametrize(
    "change",
    [{"controller": "https://n.example/u/x"}, {"type": "Key"}, {"publicKeyMultibase": "z6Mk"},
     {"id": "https://n.example/u/x#ed25519-key"}, {"publicKeyMultibase": "z" + "6MkhaXgBZDvotDkL5257faiztiGiC2QtKL"}],
)  # fmt: skip
def test_malformed_entries_are_passed_over(alice, deliver, change):
    whole = alice.extra["assertionMethod"][0]
    alice.extra["assertionMethod"] = [{**whole, **change}, "https://n.example/k", 5]
    assert deliver(alice, "Create", vouch(alice, bob(alice)))[0] == "refused proof"
    alice.extra["assertionMethod"].append(whole)
    assert deliver(alice, "Create", vouch(alice, bob(alice))) == APPLIED


def test_an_issuer_out_of_reach_is_waited_for_then_given_up(alice, p2, deliver, clock, settings):
    zoe = proves(p2.actor("zoe"))
    thing = vouch(zoe, alice.uri)
    p2.serve("/u/zoe", b"", status=503)
    assert deliver(alice, "Announce", thing)[0] == "waiting"
    p2.pages.clear()
    clock.advance(minutes=2)
    envelope = Envelope.objects.get()
    tasks.process(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.outcome == "applied"
    p2.serve("/u/yan", b"", status=503)
    yan = proves(p2.actor("yan"))
    deliver(alice, "Announce", vouch(yan, alice.uri))
    clock.advance(days=3, minutes=1)
    late = Envelope.objects.exclude(pk=envelope.pk).get()
    tasks.process(late.pk)
    late.refresh_from_db()
    assert late.outcome == "expired"


def test_keys_of_one_host_are_fetched_ten_a_minute(alice, p2, deliver, clock):
    """More wait a minute, not for the steps of something out of reach."""
    outcomes = []
    for number in range(12):
        who = proves(p2.actor(f"u{number}"))
        outcomes.append(deliver(alice, "Announce", vouch(who, alice.uri, number=number))[0])
    assert outcomes == ["applied"] * 10 + ["waiting"] * 2
    clock.advance(seconds=61)
    tasks.sweep()
    assert set(Envelope.objects.values_list("outcome", flat=True)) == {"applied"}
