"""VOT-10: ballots so few that their count would tell whose they are. And who took part, told if many did."""

import json
from datetime import timedelta

import pytest
from django.template.loader import render_to_string

from governance.actions.polls import close_poll, due_polls
from governance.errors import IllegalStep
from governance.models import Decision, Entry, Poll, Proxy, SecretBallot
from governance.queries.register import check_register
from governance.queries.waiting import waiting_for
from network.actions.collectives import admit_member
from network.clock import now
from tests.governance.conftest import make_member
from tests.governance.polling import allow_votes, leave, to_vote
from tests.governance.secret_voting import opened, read, vote


@pytest.fixture
def poll(cast, clock):
    return opened(cast)


# --- VOT-10: the floor


def test_vot_10_a_roll_smaller_than_the_floor_is_refused_when_the_exit_is_chosen(cast, clock):
    allow_votes(cast, secrecy="secret", **{"ballot.secrecy_floor": 5})
    with pytest.raises(IllegalStep) as refused:
        to_vote(cast)
    assert (refused.value.code, refused.value.facts["electorate"], refused.value.facts["needed"]) == (
        "too_few_for_secrecy", 3, 5,
    )  # fmt: skip
    assert not Poll.objects.exists()
    assert cast.session().stage == "integrate"
    leave(cast, version=2, exit="alternative", text="Nous gardons la salle et changeons l’heure.")
    assert cast.session().stage != "integrate"


def test_vot_10_too_few_ballots_give_the_same_time_once_more(cast, poll, clock):
    vote(poll, cast.alix, "against")
    vote(poll, cast.bachir, "against")
    clock.advance(hours=169)
    assert not close_poll(poll_id=due_polls()[0])
    assert due_polls() == []
    seen = read(poll, cast.camille)
    assert (seen.extended, seen.closes_at, seen.closed_at) == (True, now() + timedelta(hours=168), None)
    assert (seen.voted, seen.count) == (None, {})
    entry = Entry.objects.get(kind="vote_extended")
    assert entry.body["opening"] == poll.opening.seq
    assert not {"voted", "count", "electorate", "participants"} & set(entry.body)
    assert "poll_vote" in [each.kind for each in waiting_for(cast.camille, now())]
    vote(poll, cast.camille)
    clock.advance(hours=168)
    assert close_poll(poll_id=poll.pk)
    assert read(poll, cast.alix).count == {"for": 1, "against": 2, "abstain": 0}
    assert check_register(cast.collective).first_bad is None


def test_vot_10_a_vote_that_stays_under_the_floor_is_withheld_for_good(cast, poll, clock):
    vote(poll, cast.alix, "against")
    vote(poll, cast.bachir, "against")
    for _ in range(2):
        clock.advance(hours=168)
        close_poll(poll_id=poll.pk)
    seen = read(poll, cast.alix)
    assert (seen.outcome, seen.voted, seen.count, seen.share, seen.quorum_reached) == ("withheld", None, {}, "", None)
    assert {place.voted for place in seen.roll} == {None}
    body = Entry.objects.get(kind="vote").body
    assert (body["outcome"], body["voted"], body["count"], body["participants"]) == ("withheld", None, {}, None)
    assert not SecretBallot.objects.exists()
    assert "against" not in json.dumps(Poll.objects.get().result)
    assert not Decision.objects.exists()
    assert not close_poll(poll_id=poll.pk)
    assert Entry.objects.filter(kind="vote_extended").count() == 1
    assert check_register(cast.collective).first_bad is None


def proxies_to_alix(cast, clock, *givers):
    """Who holds proxies casts their ballots too, and knows what those say."""
    for giver in givers:
        ends_on = clock.now().date() + timedelta(days=30)
        Proxy.objects.create(circle=cast.circle, giver=giver, holder=cast.alix, ends_on=ends_on)


def test_vot_10_the_ballots_of_one_hand_are_no_secret(cast, clock):
    proxies_to_alix(cast, clock, cast.bachir, cast.camille)
    poll = opened(cast)
    for giver in (None, cast.bachir, cast.camille):
        vote(poll, cast.alix, of=giver)
    assert SecretBallot.objects.count() == 3
    for _ in range(2):
        clock.advance(hours=168)
        close_poll(poll_id=poll.pk)
    assert Poll.objects.get().outcome == "withheld"
    assert read(poll, cast.bachir).count == Entry.objects.get(kind="vote").body["count"] == {}
    assert not SecretBallot.objects.exists()
    assert check_register(cast.collective).first_bad is None


def test_vot_10_everybody_voting_by_too_few_hands_ends_nothing_early(cast, clock):
    """It would tell that everybody voted; and no vote is withheld that was not given its time."""
    proxies_to_alix(cast, clock, cast.bachir, cast.camille)
    poll = opened(cast)
    for giver in (None, cast.bachir, cast.camille):
        vote(poll, cast.alix, of=giver)
    vote(poll, cast.dominique)
    assert not close_poll(poll_id=poll.pk)
    clock.advance(hours=168)
    assert not close_poll(poll_id=poll.pk)
    assert (read(poll, cast.alix).extended, Poll.objects.get().closed_at) == (True, None)
    assert not close_poll(poll_id=poll.pk)
    clock.advance(hours=168)
    assert close_poll(poll_id=poll.pk)
    assert Poll.objects.get().outcome == "withheld"


def test_vot_10_enough_hands_are_counted_and_which_were_lent_stays_untold(cast, clock):
    proxies_to_alix(cast, clock, cast.bachir)
    poll = opened(cast)
    vote(poll, cast.alix, of=cast.bachir)
    for member in (cast.alix, cast.camille, cast.dominique):
        vote(poll, member, "against")
    seen = read(poll, cast.bachir)
    assert (seen.outcome, seen.count) == ("rejected", {"for": 1, "against": 3, "abstain": 0})
    assert ({place.voted for place in seen.roll}, {place.by_holder for place in seen.roll}) == ({True}, {False})


def test_nobody_voting_gives_no_more_time(cast, poll, clock):
    clock.advance(hours=168)
    assert close_poll(poll_id=poll.pk)
    seen = read(poll, cast.alix)
    assert (seen.outcome, seen.voted, seen.extended) == ("void", 0, False)


def test_the_clock_closes_what_the_last_ballot_could_not_close(cast, poll):
    assert due_polls() == []
    poll.roll.update(has_voted=True)
    assert due_polls() == [poll.pk]


def test_the_page_of_an_open_vote_says_that_no_floor_hides_unanimity(cast, poll):
    words = render_to_string("polls/secrecy.html", {"poll": read(poll, cast.alix)})
    for said in ("L’unanimité", "moins de 3", "sauvegardes", "pouvoir"):
        assert said in words


# --- S5: who took part


def test_who_took_part_is_told_once_half_of_the_roll_did(cast, poll, clock):
    for member in cast.three:
        vote(poll, member)
    assert {place.voted for place in read(poll, cast.alix).roll} == {None}
    clock.advance(hours=168)
    close_poll(poll_id=poll.pk)
    told = {place.person.name: place.voted for place in read(poll, cast.alix).roll}
    assert told == {"Alix": True, "Bachir": True, "Camille": True, "Dominique": False}
    body = Entry.objects.get(kind="vote").body
    assert len(body["participants"]) == 3
    assert "ballots" not in body


def test_who_took_part_is_told_nowhere_if_it_was_less_than_half(cast, clock):
    allow_votes(cast, secrecy="secret", electorate="collective")
    for name in ("Gaston", "Hana", "Ines"):
        admit_member(collective=cast.collective, member=make_member(name))
    poll = to_vote(cast)
    for member in cast.three:
        vote(poll, member)
    clock.advance(hours=168)
    close_poll(poll_id=poll.pk)
    seen, body = read(poll, cast.alix), Entry.objects.get(kind="vote").body
    assert (seen.electorate, seen.voted) == (7, 3)
    assert {place.voted for place in seen.roll} == {None}
    assert body["participants"] is None
