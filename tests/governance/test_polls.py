"""The vote that takes the place of consent: opening, casting, closing, and what it leaves in the register."""

import pytest

from governance.actions.polls import close_poll, due_polls
from governance.errors import DomainError, NotEntitled
from governance.models import Decision, Entry, NamedBallot, Poll
from governance.queries.polls import poll_view
from governance.queries.register import check_register
from governance.queries.waiting import waiting_for
from network.clock import now
from tests.governance.polling import allow_votes, to_vote, vote


@pytest.fixture
def poll(cast, clock) -> Poll:
    allow_votes(cast)
    return to_vote(cast)


def read(poll, member):
    return poll_view(poll.pk, viewer=member)


def test_the_exit_opens_a_vote_of_the_whole_circle_on_the_last_text(cast, poll):
    seen = read(poll, cast.alix)
    assert (seen.title, seen.version, seen.electorate, seen.outcome) == ("Se réunir au local", 2, 3, "")
    assert "premier lundi" in seen.text
    opening = Entry.objects.get(kind="fallback")
    assert opening.body["vote"]["rules"]["threshold"] == "1/2"
    assert len(opening.body["vote"]["roll"]) == 3
    assert not Decision.objects.exists()


def test_it_waits_for_everybody_on_the_roll(cast, poll):
    for member in cast.three:
        assert "poll_vote" in [each.kind for each in waiting_for(member, now())]
    vote(poll, cast.alix)
    assert "poll_vote" not in [each.kind for each in waiting_for(cast.alix, now())]
    assert "poll_vote" not in [each.kind for each in waiting_for(cast.dominique, now())]


def test_the_last_ballot_closes_and_the_decision_says_that_it_was_voted(cast, poll):
    vote(poll, cast.alix)
    vote(poll, cast.bachir)
    assert read(poll, cast.camille).count == {}
    vote(poll, cast.camille, "against")
    seen, entry = read(poll, cast.camille), Entry.objects.get(kind="vote")
    assert (seen.outcome, seen.share, seen.count) == ("carried", "2/3", {"for": 2, "against": 1, "abstain": 0})
    assert entry.body["statement"] == "decided by vote after consent was not reached"
    assert [each["choice"] for each in entry.body["ballots"]] == ["for", "for", "against"]
    assert Decision.objects.get().entry == entry
    assert check_register(cast.collective).first_bad is None


def test_the_clock_closes_and_too_few_make_it_void(cast, poll, clock):
    vote(poll, cast.alix)
    assert due_polls() == []
    clock.advance(hours=168)
    with pytest.raises(DomainError) as late:
        vote(poll, cast.bachir)
    assert late.value.code == "poll_over"
    assert close_poll(poll_id=due_polls()[0])
    assert not close_poll(poll_id=poll.pk)
    assert read(poll, cast.alix).outcome == "void"
    assert not Decision.objects.exists()


def test_one_may_change_ones_mind_and_the_last_choice_counts(cast, poll):
    vote(poll, cast.alix, "against")
    vote(poll, cast.alix)
    vote(poll, cast.bachir)
    vote(poll, cast.camille)
    assert read(poll, cast.alix).count["for"] == 3
    assert NamedBallot.objects.count() == 4


def test_nobody_else_votes(cast, poll):
    with pytest.raises(NotEntitled, match="not_on_roll"):
        vote(poll, cast.dominique)
    with pytest.raises(NotEntitled, match="no_proxy"):
        vote(poll, cast.alix, of=cast.bachir)
