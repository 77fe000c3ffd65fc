"""VOT-23: ballots and closings at once, on real threads and on both databases. Counted if and only if acknowledged."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, Lock
from uuid import uuid4

import pytest
from django.db import connection

from governance.actions.poll_close import close_poll, due_polls
from governance.errors import DomainError, WrongState
from governance.models import Decision, Entry, NamedBallot, Poll, Proxy, SecretBallot, VoteReceipt
from governance.queries.polls import poll_view
from governance.queries.register import check_register
from network.actions.collectives import admit_member
from network.clock import day_of, now
from tests.governance.conftest import make_member
from tests.governance.polling import allow_votes, leave, to_brink, to_vote
from tests.governance.secret_voting import vote
from tests.governance.test_races import _patiently, at_once

PEOPLE = 50
FEW = 10  # tries of one password: more are refused for a while
THREADS = 40  # connections at once: fewer than PostgreSQL lets in
ENOUGH = 15  # ballots before the clock comes to the end
GUARD = 60  # seconds; a guard against hanging, never a measurement


@pytest.fixture
def cast(lasting_cast):
    return lasting_cast


def refusals(results) -> Counter:
    return Counter(each.code for each in results if isinstance(each, DomainError))


def in_turns(calls):
    """Run calls on a few threads, in the order in which they were given; return the results or refusals."""

    def run(call):
        try:
            return _patiently(call)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, calls))


def counted(poll_id, viewer):
    """What a closed vote tells: who voted, what, and the count."""
    seen = poll_view(poll_id, viewer=viewer)
    return {each.person.id: each.choice for each in seen.roll if each.voted}, seen.count, seen.outcome


def test_fifty_ballots_race_fifty_closings_and_every_closing_finds_the_same_set(cast, clock):
    people = [make_member(f"Votante{number}", account=False) for number in range(PEOPLE)]
    for member in people:
        admit_member(collective=cast.collective, member=member)
    allow_votes(cast, electorate="collective", quorum="1/10")
    poll = to_vote(cast)
    over, lock, done = Event(), Lock(), []

    def cast_one(member, choice):
        receipt = vote(poll, member, choice)
        with lock:
            done.append(member.pk)
            if len(done) == ENOUGH:
                clock.set(poll.closes_at)
                over.set()
        return receipt

    def close():
        assert over.wait(GUARD)
        closed = close_poll(poll_id=poll.pk)
        return closed, counted(poll.pk, cast.alix)

    ballots = [lambda each=each, n=n: cast_one(each, ("for", "against")[n % 2]) for n, each in enumerate(people)]
    results = in_turns([call for pair in zip(ballots, [close] * PEOPLE, strict=True) for call in pair])
    votes, closings = results[::2], results[1::2]
    assert [closed for closed, _ in closings].count(True) == 1
    told, count, _outcome = closings[0][1]
    assert all(seen == closings[0][1] for _, seen in closings)
    acknowledged = {each.pk for each, answer in zip(people, votes, strict=True) if not isinstance(answer, DomainError)}
    assert set(told) == acknowledged
    assert ENOUGH <= len(acknowledged) < PEOPLE
    assert set(refusals(votes)) <= {"poll_over"}
    assert sum(count.values()) == len(acknowledged) == NamedBallot.objects.count() == VoteReceipt.objects.count()
    entry = Entry.objects.get(kind="vote")
    assert [each["choice"] for each in entry.body["ballots"] if each["choice"]] == [told[n] for n in sorted(told)]
    assert check_register(cast.collective).first_bad is None


def test_the_last_ballots_at_once_close_once_and_all_count(cast):
    allow_votes(cast)
    poll = to_vote(cast)
    results = at_once([lambda each=each: vote(poll, each) for each in cast.three for _ in range(10)])
    assert set(refusals(results)) <= {"poll_over"}
    acknowledged = [each for each in results if not isinstance(each, DomainError)]
    assert len(acknowledged) == NamedBallot.objects.count() == VoteReceipt.objects.count()
    for poll_id in due_polls():  # where the database was too busy at the last ballot, the clock closes
        close_poll(poll_id=poll_id)
    assert Entry.objects.filter(kind="vote").count() == Decision.objects.count() == 1
    assert counted(poll.pk, cast.alix)[1:] == ({"for": 3, "against": 0, "abstain": 0}, "carried")
    assert check_register(cast.collective).first_bad is None


def test_fifty_racing_exits_open_one_vote(cast):
    allow_votes(cast)
    to_brink(cast)
    results = at_once([lambda: leave(cast, version=2, exit="fallback")] * PEOPLE)
    assert sum(refusals(results).values()) == PEOPLE - 1
    assert Poll.objects.count() == Entry.objects.filter(kind="fallback").count() == 1
    assert Poll.objects.get().roll.count() == len(cast.three)


@pytest.mark.parametrize("secrecy", ["open", "secret"])
def test_one_key_from_many_threads_is_one_ballot_with_one_receipt(cast, secrecy):
    allow_votes(cast, secrecy=secrecy)
    poll, key = to_vote(cast), uuid4()
    results = at_once([lambda: vote(poll, cast.alix, key=key)] * (PEOPLE if secrecy == "open" else FEW))
    assert all(each == results[0] for each in results)
    assert results[0].code == "ballot_recorded"
    assert NamedBallot.objects.count() + SecretBallot.objects.count() == VoteReceipt.objects.count() == 1


def test_many_secret_ballots_of_one_person_are_one(cast):
    allow_votes(cast, secrecy="secret")
    poll = to_vote(cast)
    results = at_once([lambda: vote(poll, cast.alix)] * FEW)
    assert refusals(results) == {"already_voted": FEW - 1}
    assert SecretBallot.objects.filter(poll=poll).count() == VoteReceipt.objects.count() == 1


@pytest.mark.parametrize("secrecy", ["open", "secret"])
def test_giver_and_holder_at_once_make_exactly_one_vote(cast, secrecy):
    allow_votes(cast, secrecy=secrecy)
    ends = day_of(now() + timedelta(days=30))
    Proxy.objects.create(circle=cast.circle, giver=cast.alix, holder=cast.bachir, ends_on=ends)
    poll = to_vote(cast)
    own = [lambda: vote(poll, cast.alix, "for")] * FEW
    for_her = [lambda: vote(poll, cast.bachir, "against", of=cast.alix)] * FEW
    results = at_once([call for pair in zip(own, for_her, strict=True) for call in pair])
    place = poll.roll.get(member=cast.alix)
    assert place.has_voted
    if secrecy == "secret":
        assert SecretBallot.objects.filter(poll=poll).count() == 1
        assert set(refusals(results)) <= {"already_voted", "giver_voted"}
        assert sum(refusals(results).values()) == 2 * FEW - 1
    else:
        assert not place.by_holder, "her own vote prevails, whoever came first"
        assert place.ballots.last().choice == "for"
        assert set(refusals(results)) <= {"giver_voted"}


@pytest.mark.parametrize("secrecy", ["open", "secret"])
def test_a_lost_acknowledgement_is_given_again_whatever_came_since(cast, clock, secrecy):
    allow_votes(cast, secrecy=secrecy)
    poll, key = to_vote(cast), uuid4()
    first = vote(poll, cast.alix, key=key)
    assert vote(poll, cast.alix, key=key) == first
    vote(poll, cast.bachir)
    vote(poll, cast.camille)
    poll.refresh_from_db()
    assert poll.closed_at
    before = Entry.objects.count()
    assert vote(poll, cast.alix, key=key) == first
    assert (Entry.objects.count(), VoteReceipt.objects.count()) == (before, 3)
    with pytest.raises(WrongState, match="key_reused"):
        vote(poll, cast.alix, of=cast.bachir, key=key)
    if secrecy == "open":
        with pytest.raises(WrongState, match="key_reused"):
            vote(poll, cast.alix, "against", key=key)
