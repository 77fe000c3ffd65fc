"""What others prove: attestations, memberships and decisions, what they do here, and how they end."""

import json
from datetime import timedelta
from itertools import permutations

import pytest

from federation.models import Envelope, SignedKind, SignedObject
from federation.queries import announced_decisions
from network.models import Collective, Member, Membership, MembershipState, Tombstone, Vouch
from network.queries.webs import load
from tests.federation.proving import (
    APPLIED,
    EXPIRES,
    ISSUED,
    MADE,
    admits,
    around,
    bob,
    decided,
    proves,
    signed,
    stone,
    vouch,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


# --- attestations ----------------------------------------------------------------------------------------


def test_an_attestation_becomes_part_of_the_web(alice, deliver):
    assert deliver(alice, "Create", vouch(alice, bob(alice))) == APPLIED
    row = Vouch.objects.get()
    assert (row.issuer.uri, row.subject.uri, row.kind, row.level) == (alice.uri, bob(alice), "charte", 3)
    assert (row.issued_at, row.expires_at, row.charter, row.public) == (ISSUED, EXPIRES, "sha256:c0", True)
    assert [fact.id for fact in load().facts.surviving] == [row.uri]


def test_its_bytes_are_kept_as_they_came_and_verify_again(alice, deliver):
    thing = vouch(alice, bob(alice))
    deliver(alice, "Create", thing)
    kept = SignedObject.objects.get()
    assert (kept.kind, kept.owner, kept.about, kept.key_id, kept.made_at, kept.via) == (
        "attestation",
        alice.uri,
        bob(alice),
        f"{alice.uri}#ed25519-key",
        MADE,
        "",
    )
    assert bytes(kept.body) == json.dumps(thing).encode()


def test_a_renewal_replaces_and_an_older_version_does_not(alice, deliver):
    later = {"issued": ISSUED + timedelta(days=5), "level": 2}
    deliver(alice, "Create", vouch(alice, bob(alice)))
    assert deliver(alice, "Update", vouch(alice, bob(alice), **later)) == APPLIED
    assert deliver(alice, "Update", vouch(alice, bob(alice), level=1)) == ("applied", "known or revoked")
    assert Vouch.objects.get().level == 2


@pytest.mark.parametrize("order", [*permutations(["first", "other", "again"])])
def test_an_id_used_for_two_people_counts_for_nobody_whatever_comes_first(alice, here, deliver, order):
    """Were the later one to stand, one id handed on would bring any number of newcomers in at the date of the first."""
    versions = {
        "first": vouch(alice, bob(alice)),
        "other": vouch(alice, here.uri, issued=ISSUED + timedelta(days=2)),
        "again": vouch(alice, bob(alice), issued=ISSUED + timedelta(days=5)),
    }
    for name in order:
        deliver(alice, "Update", versions[name])
    assert load().facts.surviving == ()
    assert not SignedObject.objects.exists()
    assert Tombstone.objects.count() == 1
    assert deliver(alice, "Create", vouch(alice, here.uri, number=2)) == APPLIED
    assert [fact.subject for fact in load().facts.surviving] == [here.uri]


@pytest.mark.parametrize("first", [0, 1])
def test_it_is_renewed_once_versions_of_two_dates_are_known_whenever_they_came(alice, deliver, clock, first):
    ahead = clock.instant + timedelta(minutes=1)
    versions = [vouch(alice, bob(alice), issued=at) for at in (ISSUED, ahead)]
    deliver(alice, "Create", versions[first])
    assert [fact.renewed for fact in load().facts.surviving] == [False], "by its date alone it looks given again"
    deliver(alice, "Update", versions[1 - first])
    assert [(fact.issued, fact.renewed) for fact in load().facts.surviving] == [(ahead, True)]


@pytest.mark.parametrize("way", ["tombstone", "id", "undo", "undo of the create"])
def test_whoever_gave_it_takes_it_back(alice, deliver, way):
    thing = vouch(alice, bob(alice))
    create = around(alice, "Create", thing)
    deliver(alice, "Create", thing)
    undone = {"undo": thing["id"], "undo of the create": {"id": create["id"], "type": "Create", "object": thing["id"]}}
    if way in undone:
        assert deliver(alice, "Undo", undone[way]) == APPLIED
    else:
        assert deliver(alice, "Delete", stone(alice) if way == "tombstone" else thing["id"]) == APPLIED
    assert load().facts.surviving == ()
    assert not SignedObject.objects.filter(kind=SignedKind.ATTESTATION).exists()
    deliver(alice, "Create", vouch(alice, bob(alice), level=1, issued=ISSUED + timedelta(days=9)))
    assert load().facts.surviving == ()


def test_a_delete_by_id_that_overtakes_its_create(alice, deliver):
    thing = vouch(alice, bob(alice))
    deliver(alice, "Delete", thing["id"])
    deliver(alice, "Create", thing)
    assert load().facts.surviving == ()


def test_somebody_else_takes_nothing_back(alice, deliver, p1):
    thing = vouch(alice, bob(alice))
    deliver(alice, "Create", thing)
    mallory = proves(p1.actor("mallory"))
    forged = signed(mallory, {**stone(alice), "attributedTo": mallory.uri})
    deliver(mallory, "Delete", forged)
    deliver(mallory, "Announce", forged)
    deliver(mallory, "Undo", thing["id"])
    assert len(load().facts.surviving) == 1


def test_a_departed_actor_attests_nothing_any_more(alice, deliver):
    thing = vouch(alice, bob(alice))
    deliver(alice, "Create", thing)
    deliver(alice, "Delete", alice.uri)
    assert load().facts.surviving == ()
    assert not SignedObject.objects.exists()


def test_a_member_of_ours_may_be_attested(alice, here, deliver):
    assert deliver(alice, "Create", vouch(alice, here.uri)) == APPLIED
    assert Vouch.objects.get().subject == here
    assert deliver(alice, "Create", vouch(alice, "http://localhost:8000/u/nobody", number=2)) == (
        "ignored",
        "no-such-member",
    )


def test_strangers_attesting_strangers_are_none_of_our_business(here, p1, p2, deliver):
    p2.actor("zoe")
    mallory = proves(p1.actor("mallory"))
    assert deliver(mallory, "Create", vouch(mallory, f"{p2.origin}/u/zoe")) == ("ignored", "strangers")
    assert not Vouch.objects.exists()
    assert not Member.objects.filter(local=False).exists()


@pytest.mark.parametrize("what", ["self", "group", "private", "no proof"])
def test_what_is_no_attestation(alice, group, deliver, what):
    if what == "self":
        thing, answer = vouch(alice, alice.uri), ("ignored", "self_vouch")
    elif what == "group":
        assert deliver(group, "Create", vouch(group, bob(alice))) == ("ignored", "owner")
        return
    elif what == "private":
        thing, answer = signed(alice, {**vouch(alice, bob(alice)), "to": bob(alice)}), ("ignored", "not-public")
    else:
        thing, answer = {k: v for k, v in vouch(alice, bob(alice)).items() if k != "proof"}, ("ignored", "object-type")
    assert deliver(alice, "Create", thing) == answer
    assert not Vouch.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("level", 4), ("level", "x"), ("kind", ""), ("subject", "https://n.example/u/x"), ("endTime", "soon"),
     ("published", None), ("charter", "x" * 81), ("object", ["https://a.example/1", "https://a.example/2"])],
)  # fmt: skip
def test_what_cannot_be_read_names_its_field(alice, deliver, field, value):
    thing = signed(alice, {**vouch(alice, bob(alice)), field: value})
    assert deliver(alice, "Create", thing) == ("untranslatable", field)


def test_tru_06_quotas_bound_what_one_issuer_leaves_here(alice, deliver, monkeypatch):
    monkeypatch.setattr("network.actions.attestations.PER_ISSUER", 2)
    monkeypatch.setattr("federation.received.attested.PER_ISSUER", 2)
    outcomes = [deliver(alice, "Create", vouch(alice, bob(alice), number=number)) for number in (1, 2, 3)]
    assert outcomes == [APPLIED, APPLIED, ("ignored", "attestation_quota")]
    assert deliver(alice, "Update", vouch(alice, bob(alice), level=1, issued=ISSUED + timedelta(days=1))) == APPLIED
    assert deliver(alice, "Delete", stone(alice, 2)) == APPLIED
    ends = [deliver(alice, "Delete", stone(alice, number)) for number in (7, 8)]
    assert ends == [APPLIED, ("ignored", "quota")]


# --- memberships -----------------------------------------------------------------------------------------


def test_a_membership_elsewhere_lets_attestations_count(alice, group, deliver, clock):
    deliver(alice, "Create", vouch(alice, bob(alice)))
    assert load().facts.members_at(clock.instant) & {alice.uri} == set()
    assert deliver(group, "Create", admits(group, alice.uri)) == APPLIED
    row = Membership.objects.get(collective__local=False)
    assert (row.state, row.since, row.until, row.number) == (MembershipState.ACTIVE, ISSUED, EXPIRES, None)
    assert (row.collective.uri, row.collective.name, row.collective.slug) == (group.uri, "Lilas", "lilas")
    assert alice.uri in load().facts.members_at(clock.instant, group.uri)


def test_it_ends_by_its_date_by_its_tombstone_and_with_its_group(alice, group, deliver, clock):
    def is_member(at=None):
        return alice.uri in load().facts.members_at(at or clock.instant)

    deliver(group, "Create", admits(group, alice.uri))
    assert is_member()
    assert not is_member(EXPIRES)
    assert deliver(group, "Delete", stone(group, path="mem")) == APPLIED
    assert not is_member()
    assert not Tombstone.objects.exists()  # the digest is of attestations
    deliver(group, "Create", admits(group, alice.uri))
    assert not is_member()
    deliver(group, "Create", admits(group, alice.uri, number=2))
    assert is_member()
    deliver(group, "Delete", group.uri)
    assert not is_member()


def test_in_every_order_a_member_is_the_same(alice, group, arrive, clock):
    old, new = admits(group, alice.uri), admits(group, alice.uri, issued=ISSUED + timedelta(days=3))
    other = admits(group, alice.uri, number=2, issued=ISSUED + timedelta(days=2))
    seen = set()
    for order in permutations([old, new, other, stone(group, 2, path="mem")]):
        for model in (Membership.objects.filter(collective__local=False), SignedObject.objects, Envelope.objects):
            model.all().delete()
        for thing in order:
            arrive(group, "Announce", thing)
        row = Membership.objects.get(collective__local=False)
        seen.add((row.state, row.since, row.until, row.uri))
    assert len(seen) == 1
    assert seen.pop()[1] == ISSUED + timedelta(days=3)


def test_strangers_do_not_put_our_members_on_their_lists(here, p1, deliver):
    group = proves(p1.actor("piege", "Group"))
    assert deliver(group, "Create", admits(group, here.uri)) == ("ignored", "not-followed")
    assert not Collective.objects.filter(local=False).exists()


def test_belonging_elsewhere_gives_no_right_here(alice, group, here, deliver):
    from network import permissions

    Membership.objects.filter(member=here).update(state=MembershipState.ENDED)
    assert deliver(group, "Create", admits(group, here.uri)) == APPLIED
    assert not permissions.can_attest(here)
    assert not permissions.can_publish(here)


def test_people_admit_nobody(alice, deliver):
    assert deliver(alice, "Create", admits(alice, bob(alice))) == ("ignored", "owner")


# --- decisions -------------------------------------------------------------------------------------------


def test_a_decision_of_a_peer_can_be_shown(group, deliver):
    assert deliver(group, "Create", decided(group)) == APPLIED
    (found,) = announced_decisions()
    assert (found.collective_uri, found.collective_name, found.seq, found.outcome) == (
        group.uri,
        "Lilas",
        41,
        "adopted",
    )
    assert (found.entry_digest, found.head, found.page) == ("a" * 64, "b" * 64, f"{group.peer.origin}/registre/41")


def test_a_decision_altered_or_of_a_stranger_is_not_shown(group, p2, deliver):
    altered = decided(group)
    altered["decision"]["outcome"] = "rejected"
    assert deliver(group, "Create", altered)[0] == "refused proof"
    stranger = proves(p2.actor("inconnu", "Group"))
    assert deliver(stranger, "Create", decided(stranger)) == ("ignored", "not-followed")
    assert deliver(group, "Create", decided(group, entryDigest="xyz")) == ("untranslatable", "entryDigest")
    assert announced_decisions() == ()


def test_an_ordinary_note_with_a_proof_is_ignored(alice, deliver):
    note = signed(alice, {**alice.note()["object"], "@context": alice.note()["@context"]})
    assert deliver(alice, "Create", note) == ("ignored", "note")
