"""VOT-19. Proxies given, withdrawn and used at once: one outcome each, and the record says which. On both databases."""

from uuid import uuid4

import pytest

from governance.actions.polls import cast_ballot, close_poll
from governance.actions.proxies import EndedProxy, end_proxy, give_proxy
from governance.errors import DomainError
from governance.models import CircleEvent, Entry, NamedBallot, Poll, Proxy, SecretBallot
from governance.queries.register import check_register
from tests.governance.polling import PASSWORD, allow_votes, leave, to_brink, to_vote
from tests.governance.test_races import at_once

ROUNDS = 4  # races of one test: each is two sides, let go together


def casting(poll, actor, of=None, choice="for"):
    payload = {"choice": choice} | ({"member": of.pk} if of else {})
    return lambda: cast_ballot(poll_id=poll.pk, actor=actor, payload=payload, key=uuid4(), password=PASSWORD)


def ending(actor, proxy):
    return lambda: end_proxy(actor=actor, proxy_id=proxy.pk)


def given(cast, giver, holder):
    return give_proxy(actor=giver, circle_id=cast.circle.pk, holder_id=holder.pk, key=uuid4())


@pytest.mark.parametrize("secrecy", ["open", "secret"])
@pytest.mark.parametrize("first", ["cast", "end"])
def test_vot_19_withdrawing_races_with_the_holder_casting(lasting_cast, clock, secrecy, first):
    cast = lasting_cast
    allow_votes(cast, secrecy=secrecy)
    proxy = given(cast, cast.alix, cast.bachir)
    poll = to_vote(cast)
    calls = [casting(poll, cast.bachir, of=cast.alix), ending(cast.alix, proxy)] * ROUNDS
    results = at_once(calls if first == "cast" else calls[::-1])
    ended = [each for each in results if isinstance(each, EndedProxy)]
    receipts = [each for each in results if not isinstance(each, EndedProxy | DomainError)]
    refused = {each.code for each in results if isinstance(each, DomainError)}
    assert len(ended) == ROUNDS, "a withdrawal is never refused, and repeating it changes nothing"
    assert refused <= {"proxy_withdrawn", "already_voted"}
    told = {poll.pk for each in ended for poll in each.kept}
    place = poll.roll.get(member=cast.alix)
    proxy.refresh_from_db()
    assert proxy.ended_at is not None
    assert CircleEvent.objects.filter(kind="proxy_withdrawn").count() == 1
    cast_first = bool(receipts)
    assert (place.has_voted, place.by_holder, place.holder_id) == (
        (True, True, cast.bachir.pk) if cast_first else (False, False, None)
    )
    assert told == ({poll.pk} if cast_first else set()), "the giver is told what happened"
    ballots = NamedBallot.objects.filter(place=place) if secrecy == "open" else SecretBallot.objects.filter(poll=poll)
    assert ballots.count() == len(receipts)
    with pytest.raises(DomainError):
        casting(poll, cast.bachir, of=cast.alix)()
    if secrecy == "secret":  # too few to be counted
        return
    clock.advance(hours=168)
    close_poll(poll_id=poll.pk)
    entry = Entry.objects.get(kind="vote")
    assert entry.body["voted"] == int(cast_first)
    assert bool(entry.body.get("proxies_withdrawn")) is not cast_first
    assert check_register(cast.collective).first_bad is None


def test_vot_19_giver_and_holder_make_exactly_one_ballot_that_counts(lasting_cast):
    cast = lasting_cast
    allow_votes(cast)
    given(cast, cast.alix, cast.bachir)
    poll = to_vote(cast)
    calls = [casting(poll, cast.alix, choice="against"), casting(poll, cast.bachir, of=cast.alix)] * ROUNDS
    results = at_once(calls)
    assert {each.code for each in results if isinstance(each, DomainError)} <= {"giver_voted"}
    place = poll.roll.get(member=cast.alix)
    assert (place.has_voted, place.by_holder) == (True, False), "in person prevails, whoever was first"
    assert place.ballots.last().choice == "against"
    casting(poll, cast.bachir)()
    casting(poll, cast.camille)()
    assert Entry.objects.get(kind="vote").body["count"] == {"for": 2, "against": 1, "abstain": 0}


def test_in_a_secret_vote_giver_and_holder_make_exactly_one_ballot(lasting_cast):
    cast = lasting_cast
    allow_votes(cast, secrecy="secret")
    given(cast, cast.alix, cast.bachir)
    poll = to_vote(cast)
    results = at_once([casting(poll, cast.alix), casting(poll, cast.bachir, of=cast.alix)] * ROUNDS)
    assert len([each for each in results if not isinstance(each, DomainError)]) == 1
    assert SecretBallot.objects.filter(poll=poll).count() == 1


def test_two_chains_at_once_make_no_chain_and_nobody_over_the_maximum(lasting_cast):
    cast = lasting_cast
    allow_votes(cast, **{"poll.proxies_max": 1})

    def gift(giver, holder):
        return lambda: given(cast, giver, holder)

    results = at_once([
        gift(cast.alix, cast.bachir), gift(cast.bachir, cast.camille), gift(cast.camille, cast.alix),
        gift(cast.alix, cast.camille), gift(cast.camille, cast.bachir), gift(cast.bachir, cast.alix),
    ])  # fmt: skip
    assert len([each for each in results if isinstance(each, Proxy)]) == 1
    assert Proxy.objects.count() == 1


def test_one_key_at_once_is_one_proxy(lasting_cast):
    cast, key = lasting_cast, uuid4()
    allow_votes(cast)
    give = lambda: give_proxy(  # noqa: E731
        actor=cast.alix, circle_id=cast.circle.pk, holder_id=cast.bachir.pk, key=key
    )
    results = at_once([give] * 10)
    assert len({each.pk for each in results}) == 1


def test_withdrawing_races_with_the_opening_and_the_entry_says_what_the_roll_holds(lasting_cast):
    cast = lasting_cast
    allow_votes(cast)
    proxy = given(cast, cast.alix, cast.bachir)
    to_brink(cast)

    def opening():
        return leave(cast, version=2, exit="fallback")

    results = at_once([opening, ending(cast.alix, proxy)])
    assert not [each for each in results if isinstance(each, DomainError)]
    poll, opened = Poll.objects.get(), Entry.objects.get(kind="fallback").body["vote"]
    assert poll.roll.get(member=cast.alix).holder is None
    assert len(opened["proxies"]) <= 1
    with pytest.raises(DomainError):
        casting(poll, cast.bachir, of=cast.alix)()
