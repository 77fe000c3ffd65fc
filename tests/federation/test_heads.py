"""Registers witnessed: what we take of others, what we make of answers to ours, forgeries, forks, an old copy."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest
from django.db import connection

from federation import tasks, witness
from federation.bundles import bundle
from federation.models import (
    Activity,
    Confirmation,
    Envelope,
    HeadConflict,
    LocalKey,
    Node,
    Notice,
    RemoteActor,
    SignedHead,
    Standing,
    Watcher,
)  # fmt: skip
from federation.queries import node_actor
from federation.received import heads as received
from federation.rules import heads
from federation.rules.heads import CHUNK, Claim
from governance.actions.register import enter
from governance.models import Entry, RegisterHead
from network.clock import now
from network.models import Collective
from tests.federation.conftest import make_follower, make_peer
from tests.federation.proving import noted, proves, signed

AT = "2026-11-22T00:00:00.000000Z"
START = heads.START


def digests(count, mark="a"):
    return [sha256(f"{mark}{i}".encode()).hexdigest() for i in range(count)]


def claim(group, n, since=0, entries=()):
    """Return the claim of a peer's Group about a register with these entry digests."""
    values = Claim(group.uri, group.peer.origin, 1, START, AT, 0, START, tuple(entries)).chain()
    return Claim(group.uri, group.peer.origin, n, values[n], AT, since, values[since], tuple(entries[since:n]))


def told(group, said, **more):
    return group.activity("Create", signed(group, heads.document(said), **more))


@pytest.fixture
def group(here, p1):
    """The Group of a peer, with a key to sign by."""
    make_peer(p1)
    return proves(p1.actor("lilas", "Group"))


def answers(kind):
    return [
        json.loads(bytes(row.body)) for row in Activity.objects.filter(kind=kind, actor=node_actor()).order_by("pk")
    ]


# --- as a witness ----------------------------------------------------------------------------------------


def test_a_head_is_recomputed_kept_and_countersigned(group, send):
    entries = digests(5)
    assert send(group, told(group, claim(group, 3, entries=entries))).detail == "extends 0"
    assert send(group, told(group, claim(group, 5, 3, entries))).detail == "extends 3"
    assert send(group, told(group, claim(group, 5, 5, entries))).detail == "known 5"
    result = answers("Accept")[1]["result"]
    assert (result["n"], result["head"], result["attributedTo"]) == (
        5,
        claim(group, 5, entries=entries).head,
        node_actor(),
    )
    assert result["proof"]["verificationMethod"].startswith(node_actor())
    assert answers("Accept")[1]["object"] == f"{group.uri}/heads/3-5"
    assert "evidence" not in result


def test_a_gap_is_answered_with_what_is_held(group, send):
    entries = digests(5)
    assert send(group, told(group, claim(group, 5, 4, entries))).detail == "gap 0"
    assert answers("Reject")[0]["held"] == 0
    assert SignedHead.objects.count() == 0


@pytest.mark.parametrize("since", [0, 3, 4])
def test_two_pasts_are_kept_as_proof_and_never_repaired(group, send, since):
    entries = digests(5)
    send(group, told(group, claim(group, 4, entries=entries)))
    other = [*entries[:2], *digests(3, "b")]
    assert send(group, told(group, claim(group, 5, since, other))).detail == "fork 4"
    row = HeadConflict.objects.get()
    first, second = heads.read(json.loads(bytes(row.first))), heads.read(json.loads(bytes(row.second)))
    assert heads.conflict(first, second) == row.n == max(3, since)
    assert answers("Reject")[0]["result"]["head"] == first.head
    assert [head.n for head in SignedHead.objects.all()] == [4]
    assert Notice.objects.get().code == "register_forked"
    send(group, told(group, claim(group, 5, since, other)))
    assert HeadConflict.objects.count() == 1  # said once
    assert send(group, told(group, claim(group, 5, 4, entries))).detail == "extends 4"
    assert HeadConflict.objects.count() == 1  # and it stays


def test_a_register_that_went_back_is_shown_its_own_signature(group, send):
    entries = digests(5)
    send(group, told(group, claim(group, 5, entries=entries)))
    assert send(group, told(group, claim(group, 3, 3, entries))).detail == "behind 5"
    answer = answers("Accept")[1]
    assert (answer["result"]["n"], answer["evidence"]["n"]) == (5, 5)
    assert answer["evidence"]["attributedTo"] == group.uri


def forged(group, p2):
    pirate = proves(p2.actor("pirate", "Group"))
    said, entries = claim(group, 3, entries=digests(3)), digests(3)
    good = signed(group, heads.document(said))
    return {
        "of another": (pirate, pirate.activity("Create", signed(pirate, heads.document(said)))),
        "handed over": (pirate, pirate.activity("Create", good)),
        "wrong key": (group, group.activity("Create", signed(group, heads.document(said), private=pirate.edwards))),
        "altered": (group, group.activity("Create", {**good, "n": 2})),
        "wrong digests": (group, told(group, replace(said, digests=tuple(digests(3, "x"))))),
        "wrong node": (group, told(group, replace(said, node=p2.origin))),
        "wrong id": (
            group,
            group.activity("Create", signed(group, {**heads.document(said), "id": f"{group.uri}/heads/9"})),
        ),
        "no proof": (group, group.activity("Create", heads.document(said))),
        "no digests": (group, told(group, replace(claim(group, 3, 3, entries), since=0, since_head=START))),
    }


@pytest.mark.parametrize(
    "how",
    [
        "of another",
        "handed over",
        "wrong key",
        "altered",
        "wrong digests",
        "wrong node",
        "wrong id",
        "no proof",
        "no digests",
    ],
)
def test_a_forgery_leaves_nothing_and_the_genuine_head_counts(group, p2, send, how):
    make_peer(p2)
    actor, message = forged(group, p2)[how]
    envelope = send(actor, message)
    assert envelope is None or envelope.outcome != "applied"
    assert not SignedHead.objects.exists()
    assert not Activity.objects.filter(kind__in=["Accept", "Reject"]).exists()
    assert send(group, told(group, claim(group, 3, entries=digests(3)))).detail == "extends 0"


def test_nobody_witnesses_a_stranger(here, p1, send):
    stranger = proves(p1.actor("lilas", "Group"))
    assert send(stranger, told(stranger, claim(stranger, 1, entries=digests(1)))).detail == "not-followed"


def test_a_person_has_no_register(here, p1, send):
    make_peer(p1)
    person = proves(p1.actor("lilas"))
    assert send(person, told(person, claim(person, 1, entries=digests(1)))).detail == "owner"


def test_bounds(group, send, monkeypatch):
    """So many heads an hour, so many registers of a node, so many heads kept of one register."""
    monkeypatch.setattr(received, "HEADS", 3)
    monkeypatch.setattr(witness, "KEPT", 2)
    entries = digests(9)
    for n in (1, 2, 3):
        send(group, told(group, claim(group, n, n - 1, entries)))
    assert [row.n for row in SignedHead.objects.all()] == [2, 3]
    assert send(group, told(group, claim(group, 4, 3, entries))).outcome == "waiting"
    monkeypatch.setattr(received, "HEADS", 99)
    monkeypatch.setattr(received, "REGISTERS", 1)
    other = proves(group.peer.actor("autre", "Group"))
    assert send(other, told(other, claim(other, 1, entries=entries))).detail == "quota"


# --- as the one who is witnessed -------------------------------------------------------------------------


@pytest.fixture
def ours(here):
    """Our collective with five entries."""
    collective = Collective.objects.get(local=True)
    for number in range(5):
        write(collective, number)
    return collective


def write(collective, number):
    return enter(collective=collective, kind="test", body={"title": f"n° {number}"}, terms="sha256:0", at=now())


@pytest.fixture
def watcher(ours, p1):
    """The Application of a Toile node that follows our node."""
    make_peer(p1)
    actor = proves(p1.actor("node", "Application"))
    make_follower(actor, node_actor())
    return actor


def sent(collective):
    rows = Activity.objects.filter(kind="Create", actor=collective.uri).order_by("pk")
    return [json.loads(bytes(row.body)) for row in rows]


def countersigned(actor, head, **more):
    document = signed(actor, heads.confirmation(heads.read(head), actor.uri))
    return actor.activity("Accept", head["id"], result=document, **more)


def test_our_head_is_told_once_and_its_countersignature_kept(ours, watcher, send):
    witness.tell_heads(ours.pk)
    witness.tell_heads(ours.pk)
    (create,) = sent(ours)
    head = heads.read(create["object"])
    assert (head.n, head.since, head.holds()) == (5, 0, True)
    assert create["to"] == [watcher.uri]
    assert witness.made_by_us(create["object"], ours.uri)
    assert send(watcher, countersigned(watcher, create["object"])).detail == "confirmed 5"
    assert Confirmation.objects.get().witness == watcher.uri
    write(ours, 6)
    tasks.announce("register", ours.pk)
    assert [heads.read(each["object"]).since for each in sent(ours)] == [0, 5]


def test_a_long_register_is_told_in_parts(ours, watcher, send, monkeypatch):
    monkeypatch.setattr(witness, "CHUNK", 2)
    witness.tell_heads(ours.pk)
    for expected in ((0, 2), (2, 4), (4, 5)):
        head = sent(ours)[-1]["object"]
        assert (head["since"], head["n"]) == expected
        send(watcher, countersigned(watcher, head))
        witness.tell_heads(ours.pk)
    assert len(sent(ours)) == 3
    assert Watcher.objects.get().held == 5
    assert CHUNK * 67 + 4096 < 256 * 1024


def test_a_watcher_that_lost_its_rows_is_told_from_where_it_stands(ours, watcher, send):
    witness.tell_heads(ours.pk)
    send(watcher, countersigned(watcher, sent(ours)[0]["object"]))
    write(ours, 6)
    witness.tell_heads(ours.pk)
    send(watcher, watcher.activity("Reject", sent(ours)[-1]["object"]["id"], held=2))
    witness.tell_heads(ours.pk)
    assert (sent(ours)[-1]["object"]["since"], sent(ours)[-1]["object"]["n"]) == (2, 6)


def test_who_is_no_toile_node_is_told_nothing(ours, p1):
    make_follower(p1.actor("mastodon"), node_actor())
    Node.objects.create(origin=p1.origin, standing=Standing.UNKNOWN, software="mastodon")
    assert witness.tell_heads(ours.pk) == []


def restored(collective, n):
    """What an old backup leaves: rows after `n` are gone."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM governance_entry WHERE collective_id = %s AND seq > %s", [collective.pk, n])
    head = Entry.objects.get(collective=collective, seq=n).head
    RegisterHead.objects.filter(collective=collective).update(n=n, head=head)


def test_an_old_copy_put_back_is_seen_by_our_own_signature(ours, watcher, send):
    """VOT-24: a rollback."""
    witness.tell_heads(ours.pk)
    evidence = sent(ours)[0]["object"]
    send(watcher, countersigned(watcher, evidence))
    restored(ours, 3)
    Watcher.objects.update(told_at=None, held=3, told=3)
    witness.tell_heads(ours.pk)
    now_told = sent(ours)[-1]["object"]
    assert (now_told["since"], now_told["n"]) == (3, 3)
    answer = watcher.activity(
        "Accept", now_told["id"], result=countersigned(watcher, evidence)["result"], evidence=evidence
    )
    assert send(watcher, answer).detail == "rollback 4"
    row = HeadConflict.objects.get()
    assert (row.kind, row.n, row.local, row.told_by) == ("rollback", 4, True, watcher.uri)
    assert Notice.objects.get().code == "register_rolled_back"


def test_a_past_written_anew_is_told_to_both_sides(ours, watcher, send):
    witness.tell_heads(ours.pk)
    evidence = sent(ours)[0]["object"]
    restored(ours, 3)
    write(ours, 44)
    write(ours, 55)
    answer = watcher.activity("Reject", evidence["id"], held=4, result=evidence)
    assert send(watcher, answer).detail == "fork 4"
    assert HeadConflict.objects.get().kind == "fork"


def test_nobody_can_cry_wolf(ours, watcher, send):
    """A witness that says our register was otherwise must show our own signature; ours must contradict our rows."""
    witness.tell_heads(ours.pk)
    head = sent(ours)[0]["object"]
    invented = signed(watcher, heads.document(replace(heads.read(head), head="f" * 64)))
    false = {**head, "head": "f" * 64}
    for shown in (invented, false, {**head, "n": 9}, "x", 5):
        assert send(watcher, watcher.activity("Reject", head["id"], held=5, result=shown)).outcome != "failed"
        assert not HeadConflict.objects.exists()
    assert send(watcher, watcher.activity("Reject", head["id"], held=5, result=head)).detail == "no contradiction"
    assert not Notice.objects.exists()


@pytest.mark.parametrize("more", [{"note": 1.5}, {"note": "e\u0301"}, {"expires": "2030-01-01T00:00:00Z"}])
def test_a_countersignature_that_no_bundle_can_hold_is_not_kept(ours, watcher, send, more):
    witness.tell_heads(ours.pk)
    head = sent(ours)[0]["object"]
    answer = countersigned(watcher, head)
    inside = {**answer, "result": noted(answer["result"], watcher.edwards, **more)}
    beside = {**answer, "result": signed(watcher, {**heads.confirmation(heads.read(head), watcher.uri), **more})}
    for number, odd in enumerate((inside, beside)):
        assert send(watcher, {**odd, "id": f"{odd['id']}-{number}"}).outcome == "untranslatable"
    assert not Confirmation.objects.exists()
    assert bundle(ours)


def test_only_who_was_told_confirms(ours, watcher, p2, send):
    witness.tell_heads(ours.pk)
    head = sent(ours)[0]["object"]
    other = proves(p2.actor("node", "Application"))
    assert send(other, countersigned(other, head)).detail == "no-such-head"
    member = proves(watcher.peer.actor("alice"))
    assert send(member, countersigned(member, head)).detail == "owner"
    borrowed = watcher.activity("Accept", head["id"], result=countersigned(member, head)["result"])
    assert send(watcher, borrowed).outcome == "untranslatable"
    wrong = watcher.activity("Accept", head["id"], result={**countersigned(watcher, head)["result"], "n": 4})
    assert send(watcher, wrong).outcome == "refused proof"
    assert not Confirmation.objects.exists()


def test_a_stolen_key_signs_nothing_any_more(ours, watcher):
    head = witness.signed_head(ours, 0, 5)
    assert witness.made_by_us(head, ours.uri)
    LocalKey.objects.filter(owner=ours.uri).update(revoked_at=now(), retired_at=now())
    assert not witness.made_by_us(head, ours.uri)
    assert witness.made_by_us(witness.signed_head(ours, 0, 5), ours.uri)


def test_a_head_is_served_at_its_address(ours, client):
    document = witness.signed_head(ours, 0, 5)
    answer = client.get(
        document["id"].removeprefix("http://localhost:8000"), headers={"Accept": "application/activity+json"}
    )
    assert answer.json() == document
    assert Envelope.objects.count() == 0
    assert RemoteActor.objects.count() == 0
