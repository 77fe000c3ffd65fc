"""People leave, votes stay: an open roll keeps its places, a closed vote never changes. And what one takes along."""

from datetime import timedelta

import pytest
from django.db.models import ProtectedError

from governance.actions.leaving import leave
from governance.actions.polls import close_poll
from governance.errors import DomainError, NotFound
from governance.models import Entry, Poll, Proxy, RollEntry, SealedName
from governance.queries.own_data import own_data
from governance.queries.poll_list import polls
from governance.queries.polls import poll_view
from governance.queries.register import check_register
from network.actions.collectives import end_membership
from network.clock import day_of, now
from tests.governance.polling import allow_votes, to_vote
from tests.governance.secret_voting import vote


def opened(cast, *, giver=None, holder=None, **of_class) -> Poll:
    allow_votes(cast, **of_class)
    if giver:
        ends = day_of(now() + timedelta(days=60))
        Proxy.objects.create(circle=cast.circle, giver=giver, holder=holder, ends_on=ends)
    return to_vote(cast)


def goes(member):
    leave(actor=member.account, member_id=member.pk, password="motdepasse-1")
    member.refresh_from_db()


def told(poll, viewer):
    seen = poll_view(poll.pk, viewer=viewer)
    return seen.outcome, seen.electorate, seen.voted, seen.count


def test_the_ballot_of_who_leaves_counts_and_their_name_is_in_no_entry(cast, clock):
    poll = opened(cast)
    vote(poll, cast.camille, "against")
    goes(cast.camille)
    with pytest.raises(NotFound, match="poll_unknown"):
        vote(poll, cast.camille)
    vote(poll, cast.alix)
    vote(poll, cast.bachir)
    assert told(poll, cast.alix) == ("carried", 3, 3, {"for": 2, "against": 1, "abstain": 0})
    assert not SealedName.objects.filter(name="Camille").exists()
    assert [each["choice"] for each in Entry.objects.get(kind="vote").body["ballots"]] == ["for", "for", "against"]
    assert check_register(cast.collective).first_bad is None


def test_who_leaves_without_voting_keeps_their_place_and_the_electorate_its_size(cast, clock):
    poll = opened(cast, quorum="2/3")
    goes(cast.camille)
    vote(poll, cast.alix)
    assert not Poll.objects.get(pk=poll.pk).closed_at
    clock.advance(hours=200)
    assert close_poll(poll_id=poll.pk)
    assert told(poll, cast.alix) == ("void", 3, 1, {"for": 1, "against": 0, "abstain": 0})
    assert check_register(cast.collective).first_bad is None


def test_a_closed_vote_never_changes_with_those_who_leave(cast, clock):
    poll = opened(cast)
    for member in cast.three:
        vote(poll, member)
    places = list(RollEntry.objects.order_by("pk").values())
    rows, seen = Poll.objects.values().get(), told(poll, cast.alix)
    entry = Entry.objects.get(kind="vote").head
    goes(cast.camille)
    end_membership(collective=cast.collective, member=cast.bachir, at=now())
    assert (list(RollEntry.objects.order_by("pk").values()), Poll.objects.values().get()) == (places, rows)
    assert (told(poll, cast.alix), Entry.objects.get(kind="vote").head) == (seen, entry)
    assert check_register(cast.collective).first_bad is None


def test_nobody_on_a_roll_is_deleted(cast, clock):
    poll = opened(cast)
    vote(poll, cast.alix)
    for row in (cast.alix, poll.session):
        with pytest.raises(ProtectedError):
            row.delete()


@pytest.mark.parametrize("way", ["gone", "ended"])
def test_nobody_votes_for_who_has_left(cast, clock, way):
    poll = opened(cast, giver=cast.alix, holder=cast.bachir)
    vote(poll, cast.bachir)
    assert polls(viewer=cast.bachir)[0].waits
    if way == "gone":
        goes(cast.alix)
    else:
        end_membership(collective=cast.collective, member=cast.alix, at=now())
    with pytest.raises(DomainError):
        vote(poll, cast.bachir, of=cast.alix)
    assert not poll.roll.get(member=cast.alix).has_voted
    assert not polls(viewer=cast.bachir)[0].waits


def test_nobody_votes_for_who_holds_their_proxy_and_has_left(cast, clock):
    poll = opened(cast, giver=cast.alix, holder=cast.bachir)
    goes(cast.bachir)
    with pytest.raises(DomainError):
        vote(poll, cast.bachir, of=cast.alix)
    vote(poll, cast.alix, "against")
    clock.advance(hours=200)
    assert close_poll(poll_id=poll.pk)
    assert check_register(cast.collective).first_bad is None


# --- taken along ----------------------------------------------------------------------------------------------


def test_one_takes_along_ones_places_ballots_and_proxies(cast, clock):
    poll = opened(cast, giver=cast.alix, holder=cast.bachir)
    vote(poll, cast.alix, "against")
    vote(poll, cast.alix)
    taken = own_data(cast.alix)
    assert taken["votes"] == [{"has_voted": True, "tier": "open", "title": poll.title}]
    assert [row["choice"] for row in taken["ballots"]] == ["against", "for"]
    assert {row["person_uri"] for row in taken["ballots"]} == {cast.alix.uri}
    assert [row["person_uri"] for row in taken["proxies_given"]] == [cast.bachir.uri]
    held = own_data(cast.bachir)
    assert held["votes_for_others"] == [{"title": poll.title, "person_uri": cast.alix.uri}]
    assert [row["person_uri"] for row in held["proxies_held"]] == [cast.alix.uri]
    assert held["ballots"] == held["ballot_receipts"] == []


def test_of_a_secret_vote_one_takes_along_that_one_took_part(cast, clock):
    poll = opened(cast, secrecy="secret", giver=cast.alix, holder=cast.bachir)
    vote(poll, cast.alix, "against")
    taken = own_data(cast.alix)
    assert taken["votes"] == [{"has_voted": True, "tier": "secret", "title": poll.title}]
    assert (taken["ballots"], len(taken["ballot_receipts"])) == ([], 1)
    of_votes = {name: taken[name] for name in ("votes", "votes_for_others", "ballots", "ballot_receipts")}
    assert "against" not in str(of_votes)
    assert "has_voted" not in own_data(cast.bachir)["votes_for_others"][0], "whether she has voted is hers to tell"
