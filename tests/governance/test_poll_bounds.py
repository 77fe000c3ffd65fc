"""What a vote must not be led to: a ballot after the proxy ended, a hint who voted, a reader whom it is about."""

from datetime import timedelta

import pytest

from governance.actions.polls import close_poll
from governance.actions.proxies import end_proxy
from governance.errors import NotEntitled, NotFound, WrongState
from governance.models import Poll, Proxy
from governance.queries.poll_list import polls
from governance.queries.polls import poll_view
from governance.queries.proxies import check_no_vote_open
from governance.tasks import close_due
from network.actions.leaving import leave_node
from network.clock import day_of, now
from network.models import Membership, MembershipState
from tests.governance.candidacy_cast import Clock
from tests.governance.polling import PASSWORD, allow_votes, to_vote, vote
from tests.governance.test_candidacy_vote import begin, voting


def opened(cast, **of_class) -> Poll:
    """A vote in which Bachir holds the proxy of Alix."""
    allow_votes(cast, **of_class)
    ends_on = day_of(now()) + timedelta(days=90)
    Proxy.objects.create(circle=cast.circle, giver=cast.alix, holder=cast.bachir, ends_on=ends_on)
    return to_vote(cast)


def secret(cast) -> Poll:
    return opened(cast, secrecy="secret", electorate="collective")


def holder_of(cast, poll, viewer):
    place = next(each for each in poll_view(poll.pk, viewer=viewer).roll if each.person.id == cast.alix.pk)
    return place.holder.id if place.holder else None


def test_a_proxy_ended_between_the_end_and_the_extension_casts_nothing(cast, clock):
    poll = secret(cast)
    vote(poll, cast.camille)
    clock.advance(hours=168, seconds=20)
    end_proxy(actor=cast.alix, proxy_id=Proxy.objects.get().pk)
    assert not close_poll(poll_id=poll.pk)
    with pytest.raises(NotEntitled):
        vote(poll, cast.bachir, "against", of=cast.alix)
    vote(poll, cast.alix)


@pytest.mark.parametrize("used", [True, False])
def test_nobody_else_reads_from_a_proxy_who_voted_in_a_secret_vote(cast, clock, used):
    poll = secret(cast)
    if used:
        vote(poll, cast.bachir, of=cast.alix)
    end_proxy(actor=cast.alix, proxy_id=Proxy.objects.get().pk)
    assert holder_of(cast, poll, cast.dominique) is None


def test_giving_a_proxy_tells_nobody_that_one_has_voted_in_secret(cast, clock):
    poll = secret(cast)
    vote(poll, cast.camille)
    with pytest.raises(WrongState, match="proxy_vote_open"):
        check_no_vote_open(cast.circle, cast.camille.pk, now())
    assert poll.closed_at is None


def test_who_holds_a_proxy_does_not_close_a_named_vote_over_its_giver(cast, clock):
    poll = opened(cast)
    for member in (cast.bachir, cast.camille):
        vote(poll, member)
    vote(poll, cast.bachir, of=cast.alix)
    vote(poll, cast.alix, "against")
    assert poll_view(poll.pk, viewer=cast.alix).count == {"for": 2, "against": 1, "abstain": 0}


def test_who_is_on_probation_by_now_does_not_vote(cast, clock):
    poll = opened(cast)
    Membership.objects.filter(member=cast.camille).update(state=MembershipState.PROBATION)
    with pytest.raises(NotEntitled, match="not_on_roll"):
        vote(poll, cast.camille)


def test_no_ballot_is_offered_once_its_end_has_come(cast, clock):
    poll = opened(cast)
    clock.advance(hours=168)
    assert {(each.allowed, each.refusal) for each in poll_view(poll.pk, viewer=cast.bachir).mine} == {
        (False, "poll_over")
    }


def test_whom_it_is_about_reads_nothing_of_it_and_is_not_let_in_once_gone(cast, monkeypatch):
    way = begin(cast, Clock(monkeypatch))
    poll = voting(way)
    Membership.objects.update_or_create(
        collective=cast.collective, member=cast.fanny, defaults={"state": MembershipState.PROBATION}
    )
    assert polls(viewer=cast.fanny) == ()
    with pytest.raises(NotFound):
        poll_view(poll.pk, viewer=cast.fanny)
    with pytest.raises(NotFound):
        vote(poll, cast.fanny)
    Membership.objects.filter(member=cast.fanny).delete()
    for member in (cast.alix, cast.bachir, cast.dominique):
        vote(poll, member)
    leave_node(actor=cast.fanny.account, member_id=cast.fanny.pk, password=PASSWORD)
    way.time.days(8)
    close_due()
    close_due()
    assert not Membership.objects.filter(member=cast.fanny).exclude(state=MembershipState.ENDED).exists()
