"""Ballots of a member of another node: what their node signs, what the register opens of it, and what it hides."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from federation import tasks
from federation.signin import acts
from governance.actions.poll_close import close_poll
from governance.errors import DomainError, Invalid, NotFound, WrongState
from governance.models import ActSignature, Entry, NamedBallot, Poll, Proxy, SecretBallot, SignatureState
from governance.queries.register import check_register
from governance.queries.remote import proof_digest, signatures_of, verifiable
from governance.rules.register import canonical, commitment
from governance.rules.remote import opens
from network.actions.collectives import admit_member, end_membership
from network.clock import day_of, now
from network.models import Member
from tests.federation.test_signed_acts import far, wait_hours  # noqa: F401 - fixture
from tests.federation.test_signed_choices import all_hold, signed
from tests.federation.test_signin_home import browser, home  # noqa: F401 - fixtures
from tests.governance.polling import allow_votes, end, to_vote
from tests.governance.secret_voting import vote as voting

pytestmark = pytest.mark.django_db(transaction=True)


def opened(cast, *, proxy=None, **of_class) -> Poll:
    """A vote in which Camille's home is the other node. `proxy`: (giver, holder)."""
    allow_votes(cast, **of_class)
    if proxy:
        giver, holder = proxy
        ends = day_of(now() + timedelta(days=60))
        Proxy.objects.create(circle=cast.circle, giver=giver, holder=holder, ends_on=ends)
    poll = to_vote(cast)
    tasks.keep_entrances()  # what came before is signed
    cast.home.signed.clear()
    return poll


def vote(poll, member, choice="for", **more):
    """A ballot, of a secret vote too: she has just entered with her node, the others say their password again."""
    return voting(poll, member, choice, entered_at=None if member.local else now(), **more)


def ballots(poll):
    return ActSignature.objects.filter(poll=poll)


def test_her_node_signs_a_commitment_and_the_entry_opens_what_it_tells_anyway(far):  # noqa: F811
    poll = opened(far)
    vote(poll, far.camille)
    tasks.keep_entrances()
    row = ballots(poll).get()
    assert signed(row)["place"].endswith(f"/scrutins/{poll.pk}")
    assert (row.kind, row.facts["version"], row.facts["call"]) == ("vote", 0, 0)
    seen = json.dumps(far.home.signed)
    assert '"for"' not in seen
    assert row.salt not in seen
    vote(poll, far.alix)
    vote(poll, far.bachir, "against")
    entry = Entry.objects.get(kind="vote")
    cited = entry.body["signatures"][0]
    assert cited["opened"] == {"salt": row.salt, "payload": {"choice": "for"}}, "a number that leads to her is not kept"
    proof = verifiable(entry)[0]
    assert opens(proof["document"], cited["opened"]["salt"], cited["opened"]["payload"])
    acts.verify(proof["document"], {name: value for name, value in proof["document"].items() if name != "proof"})
    assert far.camille.uri not in json.dumps(entry.body)
    all_hold(far)


def test_only_the_ballot_that_counts_is_opened(far):  # noqa: F811
    """Of members of this node the register never tells that they thought again; of her neither."""
    poll = opened(far)
    vote(poll, far.camille, "against")
    vote(poll, far.camille, "for")
    tasks.keep_entrances()
    vote(poll, far.alix)
    vote(poll, far.bachir)
    first, second = Entry.objects.get(kind="vote").body["signatures"]
    assert first["opened"] is None
    assert second["opened"]["payload"] == {"choice": "for"}
    all_hold(far)


def test_a_ballot_for_somebody_else_is_signed_and_stays_a_commitment(far):  # noqa: F811
    poll = opened(far, proxy=(far.alix, far.camille))
    vote(poll, far.camille, "against", of=far.alix)
    tasks.keep_entrances()
    row = ballots(poll).get()
    assert opens(signed(row), row.salt, {"choice": "against", "member": far.alix.pk})
    vote(poll, far.camille)
    vote(poll, far.bachir)
    end(poll)
    assert [bool(each["opened"]) for each in Entry.objects.get(kind="vote").body["signatures"]] == [False, True]
    tasks.keep_entrances()
    all_hold(far)


def test_a_signature_that_comes_after_the_count_enters_the_register_by_itself(far, clock):  # noqa: F811
    poll = opened(far)
    far.home.sign_status = 503
    for member in far.three:
        vote(poll, member)
    tasks.keep_entrances()
    entry = Entry.objects.get(kind="vote")
    assert entry.body["signatures"][0]["signature"] == "waiting"
    assert [line.state for line in signatures_of(poll_id=poll.pk)] == ["waiting"]
    far.home.sign_status = 200
    clock.advance(minutes=30)
    tasks.keep_entrances()
    later = Entry.objects.filter(kind="signature").last()
    assert (later.body["cites"], later.body["proof"]) == (entry.seq, proof_digest(ballots(poll).get()))
    all_hold(far)


def test_where_nothing_may_wait_an_unsigned_ballot_is_not_cast(far):  # noqa: F811
    poll, key = opened_without_waiting(far), uuid4()
    far.home.sign_status = 503
    with pytest.raises(WrongState, match="signature_unreachable"):
        vote(poll, far.camille, key=key)
    assert not NamedBallot.objects.exists()
    assert not poll.roll.filter(has_voted=True).exists()
    far.home.sign_status = 200
    first = vote(poll, far.camille, key=key)
    asked = len(far.home.signed)
    assert vote(poll, far.camille, key=key) == first, "its acknowledgement was lost: the same ballot, the same receipt"
    assert (NamedBallot.objects.count(), ballots(poll).count(), len(far.home.signed)) == (1, 1, asked)
    assert ballots(poll).get().state == SignatureState.SIGNED


def opened_without_waiting(cast) -> Poll:
    """A vote under a charter that lets no signature wait; the charter is adopted before the vote opens."""
    poll = opened(cast)
    figure_of(poll, "remote.signature_wait_hours", 0)
    return poll


def figure_of(poll, name, value):
    """The charter of a vote, with another figure (tests write it: a change is a decision)."""
    document = poll.charter.document
    document["figures"][name] = value
    holder = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE governance_charter SET document = {holder} WHERE id = %s",  # noqa: S608
            [json.dumps(document), poll.charter_id],
        )


def test_home_is_not_asked_for_what_the_vote_refuses(far, clock):  # noqa: F811
    poll = opened_without_waiting(far)
    far.home.signed.clear()
    zoe = Member.objects.create(uri=far.home.resident("zoe").uri, origin=far.home.peer.origin, name="Zoé", handle="zoe")
    with pytest.raises(NotFound, match="poll_unknown"):
        vote(poll, zoe)
    admit_member(collective=far.collective, member=zoe)
    with pytest.raises(DomainError, match="not_on_roll"):
        vote(poll, zoe)
    with pytest.raises(DomainError, match="no_proxy"):
        vote(poll, far.camille, of=far.alix)
    with pytest.raises(Invalid, match="choice_unknown"):
        vote(poll, far.camille, "maybe")
    clock.advance(hours=200)
    with pytest.raises(DomainError, match="poll_over"):
        vote(poll, far.camille)
    assert far.home.signed == []
    assert not ballots(poll).exists()


def test_who_has_left_the_collective_votes_no_more_and_what_they_cast_counts(far, clock):  # noqa: F811
    poll = opened(far)
    vote(poll, far.camille)
    tasks.keep_entrances()
    end_membership(collective=far.collective, member=far.camille, at=now())
    with pytest.raises(NotFound, match="poll_unknown"):
        vote(poll, far.camille, "against")
    vote(poll, far.alix)
    vote(poll, far.bachir)
    poll.refresh_from_db()
    assert poll.result["count"] == {"for": 3, "against": 0, "abstain": 0}
    all_hold(far)


@pytest.mark.parametrize("change", ["choice", "kept", "proof", "salt"])
def test_a_ballot_altered_beside_the_register_is_found(far, change):  # noqa: F811
    poll = opened(far)
    vote(poll, far.camille)
    tasks.keep_entrances()
    vote(poll, far.alix)
    vote(poll, far.bachir, "against")
    assert check_register(far.collective).first_bad is None
    row, entry = ballots(poll).get(), Entry.objects.get(kind="vote")
    holder = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    facts = json.dumps({**row.facts, "commitment": "sha256:" + "0" * 64})
    proof = json.dumps({**row.proof, "commitment": "sha256:" + "0" * 64})
    sql, value = {
        "choice": ("UPDATE governance_namedballot SET choice = %s WHERE key = %s", "against"),
        "kept": (f"UPDATE governance_actsignature SET facts = {holder} WHERE key = %s", facts),  # noqa: S608
        "proof": (f"UPDATE governance_actsignature SET proof = {holder} WHERE key = %s", proof),  # noqa: S608
        "salt": ("UPDATE governance_actsignature SET salt = %s WHERE key = %s", "00" * 32),
    }[change]
    with connection.cursor() as cursor:
        kept = row.key if connection.vendor == "postgresql" else row.key.hex
        cursor.execute(sql, [value, kept])
        assert cursor.rowcount == 1
    found = check_register(far.collective)
    assert (found.first_bad, found.why) == (entry.seq, "ballot" if change == "choice" else "signature")


# --- secret votes -------------------------------------------------------------------------------------------------


@pytest.fixture
def secret(far) -> Poll:  # noqa: F811
    return opened(far, secrecy="secret")


def test_of_a_secret_ballot_her_node_signs_that_she_took_part_and_the_entry_hides_it(far, secret):  # noqa: F811
    vote(secret, far.camille, "against")
    tasks.keep_entrances()
    row = ballots(secret).get()
    assert opens(signed(row), row.salt, {})
    vote(secret, far.alix)
    vote(secret, far.bachir)
    entry = Entry.objects.get(kind="vote")
    assert "signatures" not in entry.body
    marks = entry.body["sealed_signatures"]
    assert (len(marks), proof_digest(row) in marks) == (8, True)
    assert str(row.key) not in json.dumps([entry.body, verifiable(entry)])
    assert commitment(row.proof_salt, canonical(row.proof).decode()) in marks
    assert SecretBallot.objects.filter(poll=secret).count() == 3
    tasks.keep_entrances()
    all_hold(far)


def test_a_secret_ballot_signed_after_the_count_tells_nobody_that_she_voted(far, secret, clock):  # noqa: F811
    far.home.sign_status = 503
    for member in far.three:
        vote(secret, member)
    far.home.sign_status = 200
    clock.advance(minutes=30)
    before = Entry.objects.count()
    tasks.keep_entrances()
    assert signed(ballots(secret).get())
    assert Entry.objects.count() == before
    assert len(Entry.objects.get(kind="vote").body["sealed_signatures"]) == 8
    all_hold(far)


def test_who_of_another_node_took_part_in_a_secret_vote_they_alone_read(far, secret):  # noqa: F811
    vote(secret, far.camille)
    assert signatures_of(poll_id=secret.pk) == ()
    assert signatures_of(poll_id=secret.pk, viewer=far.alix) == ()
    assert [line.kind for line in signatures_of(poll_id=secret.pk, viewer=far.camille)] == ["vote"]


def test_the_entry_of_a_secret_vote_looks_the_same_without_anybody_of_another_node(far, secret, clock):  # noqa: F811
    vote(secret, far.alix)
    vote(secret, far.bachir)
    clock.advance(hours=200)
    while not Poll.objects.get(pk=secret.pk).closed_at:
        close_poll(poll_id=secret.pk)
        clock.advance(hours=200)
    assert len(Entry.objects.get(kind="vote").body["sealed_signatures"]) == 8
    all_hold(far)


def test_a_false_proof_of_a_secret_ballot_is_found(far, secret):  # noqa: F811
    vote(secret, far.camille)
    tasks.keep_entrances()
    vote(secret, far.alix)
    vote(secret, far.bachir)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE governance_actsignature SET proof_salt = %s WHERE poll_id IS NOT NULL", ["00" * 32])
    assert check_register(far.collective).why == "signature"
