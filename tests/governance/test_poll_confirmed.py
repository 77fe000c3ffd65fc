"""VOT-12 and VOT-26: what a receipt of a secret vote says, and that a stolen session alone casts no ballot."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from governance.actions.polls import close_poll
from governance.actions.remote import complete
from governance.errors import DomainError, IllegalStep, Invalid, NotEntitled, TooOften
from governance.models import ActSignature, Entry, NamedBallot, Poll, Proxy, SecretBallot, VoteReceipt
from governance.queries.polls import ENTERED, entered_at
from governance.queries.register import check_register
from network.clock import now
from network.models import Member
from tests.governance.polling import allow_votes, on_charter, to_vote
from tests.governance.secret_voting import PASSWORD, opened, read, vote
from tests.governance.test_races import at_once


@pytest.fixture
def poll(cast, clock):
    return opened(cast)


# --- VOT-12 and 9.4: receipts, lost acknowledgements


def test_vot_12_a_lost_acknowledgement_gets_the_same_receipt_and_leaves_one_ballot(cast, poll, clock):
    key = uuid4()
    first = vote(poll, cast.alix, "against", key=key)
    assert (first.facts, first.code) == ({"member": cast.alix.pk}, "ballot_recorded")
    clock.advance(hours=5)
    assert vote(poll, cast.alix, "against", key=key) == first
    assert vote(poll, cast.alix, "for", key=key) == first, "no choice is kept that another could be held against"
    for member in (cast.bachir, cast.camille):
        vote(poll, member, "against")
    assert SecretBallot.objects.count() == 3
    clock.advance(days=7)
    assert close_poll(poll_id=poll.pk)
    assert vote(poll, cast.alix, "against", key=key) == first, "after the close too"
    assert Poll.objects.get().result["count"]["against"] == 3


def test_a_secret_ballot_is_not_changed(cast, poll):
    vote(poll, cast.alix)
    with pytest.raises(IllegalStep, match="already_voted"):
        vote(poll, cast.alix, "against")


def test_who_holds_a_proxy_says_their_own_password_and_the_giver_casts_no_second_ballot(cast, clock):
    """In a named vote the giver's own choice prevails; here no ballot can be found again to take its place."""
    ends = clock.now().date() + timedelta(days=30)
    Proxy.objects.create(circle=cast.circle, giver=cast.bachir, holder=cast.alix, ends_on=ends)
    poll = opened(cast)
    with pytest.raises(Invalid, match="password_wrong"):
        vote(poll, cast.alix, "against", of=cast.bachir, password="pas le bon")
    assert vote(poll, cast.alix, "against", of=cast.bachir).facts == {"member": cast.bachir.pk}
    with pytest.raises(IllegalStep, match="already_voted"):
        vote(poll, cast.bachir)
    assert SecretBallot.objects.count() == 1
    assert not any(place.by_holder for place in read(poll, cast.bachir).roll)


@pytest.mark.parametrize("one_key", [True, False])
def test_many_at_once_cast_one_secret_ballot(lasting_cast, one_key):
    poll, key = opened(lasting_cast), uuid4()
    calls = [lambda each=each: vote(poll, lasting_cast.alix, "against", key=each) for each in _keys(key, one_key)]
    results = at_once(calls)
    refused = {each.code for each in results if isinstance(each, DomainError)}
    receipts = [each for each in results if not isinstance(each, DomainError)]
    assert refused == (set() if one_key else {"already_voted"})
    assert len({str(each) for each in receipts}) == 1
    assert SecretBallot.objects.count() == VoteReceipt.objects.count() == 1


def _keys(key: UUID, one_key: bool) -> list[UUID]:
    return [key if one_key else uuid4() for _ in range(9)]


# --- VOT-26: who is there


def test_vot_26_a_stolen_session_alone_casts_no_secret_ballot(cast, poll):
    for password, code in (("", "password_needed"), ("pas le bon", "password_wrong"), ("x" * 300, "password_wrong")):
        with pytest.raises(Invalid) as refused:
            vote(poll, cast.alix, password=password)
        assert refused.value.code == code
        assert refused.value.facts["field"] == "password"
    assert not SecretBallot.objects.exists()
    assert read(poll, cast.alix).proof == "password"
    vote(poll, cast.alix)


def test_vot_26_passwords_are_tried_no_more_often_than_elsewhere(cast, poll, clock):
    codes = []
    for _ in range(15):
        with pytest.raises(DomainError) as refused:
            vote(poll, cast.alix, password="pas le bon")
        codes.append(refused.value.code)
    assert codes == ["password_wrong"] * 11 + ["too_often"] * 4, "ten, and one for the ballot that may be cast"
    with pytest.raises(TooOften):
        vote(poll, cast.alix)
    clock.advance(minutes=10)
    vote(poll, cast.alix)


def test_who_has_no_place_on_the_roll_can_try_no_password(cast, poll):
    for password in (PASSWORD, "pas le bon", ""):
        with pytest.raises(DomainError) as refused:
            vote(poll, cast.fanny, password=password)
        assert not refused.value.code.startswith("password")


def test_an_open_vote_asks_for_no_password(cast, clock):
    allow_votes(cast)
    poll = to_vote(cast)
    assert read(poll, cast.alix).proof == ""
    vote(poll, cast.alix, password="")


def test_vot_26_a_stolen_session_alone_casts_no_named_vote_on_the_charter(cast, clock):
    poll = on_charter(cast)
    assert (poll.tier, read(poll, cast.alix).proof) == ("open", "password")
    for password, code in (("", "password_needed"), ("pas le bon", "password_wrong")):
        with pytest.raises(Invalid, match=code):
            vote(poll, cast.alix, password=password)
    assert not NamedBallot.objects.exists()
    vote(poll, cast.alix)
    with pytest.raises(Invalid, match="password_needed"):
        vote(poll, cast.alix, "against", password="")
    assert [each.choice for each in NamedBallot.objects.all()] == ["for"]
    vote(poll, cast.alix, "against")


def test_vot_26_members_of_other_nodes_vote_on_the_charter_just_after_coming_in(cast, clock):
    poll = on_charter(cast, electorate="collective")
    dominique = moved(cast)
    assert read(poll, dominique).proof == "entry"
    with pytest.raises(NotEntitled, match="entry_needed"):
        vote(poll, dominique, entered_at=now() - timedelta(minutes=16))
    vote(poll, dominique, password="", entered_at=now() - timedelta(minutes=14))
    assert NamedBallot.objects.get().cast_by == dominique


@pytest.fixture
def from_elsewhere(cast, poll):
    return moved(cast)


def moved(cast) -> Member:
    """Dominique's home is another node: no password here opens anything."""
    node = "https://autre.exemple"
    Member.objects.filter(pk=cast.dominique.pk).update(local=False, origin=node, uri=f"{node}/u/dominique")
    cast.dominique.account.set_unusable_password()
    cast.dominique.account.save()
    return Member.objects.get(pk=cast.dominique.pk)


def test_vot_26_members_of_other_nodes_have_just_come_in_by_their_node(poll, from_elsewhere):
    assert read(poll, from_elsewhere).proof == "entry"
    for entered in (None, now() - timedelta(minutes=16), now() + timedelta(minutes=1)):
        with pytest.raises(NotEntitled) as refused:
            vote(poll, from_elsewhere, entered_at=entered)
        assert (refused.value.code, refused.value.facts["minutes"]) == ("entry_needed", 15)
    session = {ENTERED: (now() - timedelta(minutes=14)).timestamp()}
    vote(poll, from_elsewhere, password="", entered_at=entered_at(session))
    assert entered_at({}) is None


def test_the_signature_of_another_node_tells_the_register_neither_who_voted_nor_what(cast, poll, from_elsewhere, clock):
    vote(poll, from_elsewhere, "against", entered_at=now())
    for member in (cast.alix, cast.bachir):
        vote(poll, member, "against")
    row = ActSignature.objects.get()
    assert "against" not in json.dumps(row.facts)
    clock.advance(hours=1)
    complete(signature_id=row.pk, proof=dict(row.facts))
    clock.advance(hours=168)
    close_poll(poll_id=poll.pk)
    body = Entry.objects.get(kind="vote").body
    assert len(body["sealed_signatures"]) == 8
    assert "signatures" not in body
    assert check_register(cast.collective).first_bad is None


def test_a_signature_that_comes_after_the_close_enters_no_register(cast, poll, from_elsewhere, clock):
    vote(poll, from_elsewhere, entered_at=now())
    for member in cast.three:
        vote(poll, member)
    assert Poll.objects.get().outcome == "carried"
    entries = Entry.objects.count()
    row = ActSignature.objects.get()
    complete(signature_id=row.pk, proof=dict(row.facts))
    assert Entry.objects.count() == entries
    assert check_register(cast.collective).first_bad is None
