"""Who receives, when again, and what an answer means."""

from datetime import UTC, datetime, timedelta

import pytest

from federation.rules.delivery import (
    GIVE_UP_AFTER,
    WELL,
    Audience,
    Health,
    Reception,
    Recipient,
    Verdict,
    after_attempt,
    inboxes_to_reach,
    may_have_moved,
    next_attempt,
    public_audience,
)
from federation.rules.vocabulary import PUBLIC

T = datetime(2026, 11, 22, tzinfo=UTC)


def judge(status, attempts=1, age=timedelta(0), **more):
    return after_attempt(status=status, attempts=attempts, queued_at=T - age, now=T, jitter=0.0, **more)


def test_one_copy_per_server_with_a_shared_inbox():
    many = [
        Recipient(f"https://b.example/u/{n}", f"https://b.example/u/{n}/inbox", "https://b.example/inbox")
        for n in range(300)
    ]
    alone = Recipient("https://c.example/u/1", "https://c.example/u/1/inbox")
    assert inboxes_to_reach([*many, alone, alone]) == ("https://b.example/inbox", "https://c.example/u/1/inbox")


def test_personal_messages_are_not_folded_and_nobody_without_inbox_is_reached():
    pair = [
        Recipient(f"https://b.example/u/{n}", f"https://b.example/u/{n}/inbox", "https://b.example/inbox")
        for n in (1, 2)
    ]
    assert len(inboxes_to_reach(pair, share=False)) == 2
    assert inboxes_to_reach([Recipient("https://b.example/u/1", "")]) == ()


def test_public_means_named_in_to_or_cc():
    assert public_audience("https://n.example/u/a", "https://n.example/actor").public
    assert Audience(("https://b.example/u/1",), (PUBLIC,)).public
    assert not Audience(("https://b.example/u/1",)).public


@pytest.mark.parametrize("status", [200, 202, 204])
def test_done(status):
    assert judge(status).verdict is Verdict.DONE


@pytest.mark.parametrize("status", [301, 303, 400, 403, 404, 405, 406, 410, 413, 415, 422])
def test_refused_for_good(status):
    then = judge(status)
    assert (then.verdict, then.ill) == (Verdict.REFUSED, False)


@pytest.mark.parametrize("status", [0, 408, 425, 429, 500, 502, 503, 504])
def test_tried_again(status):
    then = judge(status)
    assert then.verdict is Verdict.AGAIN
    assert then.at == T + timedelta(minutes=1)
    assert then.ill is (status == 0 or status >= 500)


def test_an_unknown_or_stale_key_gets_four_more_chances():
    waits = [judge(401, 9, unauthorised=n).at - T for n in (1, 2, 3, 4)]
    assert waits == [timedelta(minutes=2), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24)]
    assert judge(401, 9, unauthorised=5).verdict is Verdict.REFUSED


def test_after_thirty_days_it_is_over():
    assert judge(500, 70, GIVE_UP_AFTER).verdict is Verdict.EXPIRED
    assert judge(500, 70, GIVE_UP_AFTER - timedelta(seconds=1)).verdict is Verdict.AGAIN
    assert judge(202, 70, GIVE_UP_AFTER).verdict is Verdict.DONE


def test_a_named_delay_is_kept_up_to_a_day_and_only_where_it_belongs():
    assert judge(429, retry_after=7200).at == T + timedelta(hours=2)
    assert judge(503, retry_after=10**9).at == T + timedelta(hours=24)
    assert judge(503, retry_after=0).at == T + timedelta(seconds=1)
    assert judge(500, retry_after=7200).at == T + timedelta(minutes=1)


@pytest.mark.parametrize("jitter", [-1.0, -0.3, 0.0, 0.7, 1.0])
def test_jitter_stays_within_a_quarter(jitter):
    for attempts in range(1, 12):
        steady = next_attempt(500, attempts, T, 0.0) - T
        assert abs((next_attempt(500, attempts, T, jitter) - T) / steady - 1) <= 0.25 + 1e-9


@pytest.mark.parametrize(("status", "moved"), [(404, True), (301, True), (401, True), (410, False), (403, False)])
def test_when_an_inbox_is_looked_for_again(status, moved):
    assert may_have_moved(status) is moved


# --- the breaker --------------------------------------------------------------------------------------------


def after_failures(number, *, at=T):
    health = WELL
    for _ in range(number):
        health = health.failed(at)
    return health


@pytest.mark.parametrize(("failures", "patience"), [(0, 5), (1, 4), (4, 1), (5, 0), (60, 0)])
def test_how_many_failures_more_are_borne(failures, patience):
    assert after_failures(failures).patience(T) == patience
    assert after_failures(failures).is_open(T) is (failures >= 5)


def test_an_open_breaker_lets_one_probe_through_at_a_time():
    health, later = after_failures(5), T + timedelta(minutes=5)
    assert health.patience(later - timedelta(seconds=1)) == 0
    assert health.patience(later) == 1
    probing = health.probing(later + timedelta(seconds=30))
    assert probing.patience(later) == 0
    assert probing.patience(later + timedelta(seconds=30)) == 1  # whoever probed has died
    assert probing.failed(later).patience(later + timedelta(minutes=4)) == 0


def test_an_open_breaker_expires():
    health, later = after_failures(12), T + timedelta(hours=1)
    assert health.is_open(later - timedelta(seconds=1))
    assert health.patience(later) == 5
    assert health.failed(later) == Health(1)


# --- what a peer does not read ------------------------------------------------------------------------------


def failing(number, hours):
    reception = Reception()
    for turn in range(number):
        reception = reception.failed(T + timedelta(hours=hours) * turn / (number - 1))
    return reception


@pytest.mark.parametrize(
    ("reception", "else_accepted_at", "hopeless"),
    [
        (failing(5, 6), T + timedelta(hours=1), True),
        (failing(4, 6), T + timedelta(hours=1), False),
        (failing(50, 5), T + timedelta(hours=1), False),
        (failing(5, 6), None, False),
        (failing(5, 6), T - timedelta(hours=1), False),
        (Reception(T - timedelta(days=300)).failed(T), T, False),
    ],
)
def test_when_a_peer_is_believed_not_to_read_a_type(reception, else_accepted_at, hopeless):
    end = T + timedelta(hours=6) if reception.failures != 50 else T + timedelta(hours=5)
    assert reception.hopeless(end, else_accepted_at=else_accepted_at) is hopeless


def test_whoever_took_a_type_once_reads_it():
    reception = failing(5, 6).accepted(T)
    for _ in range(20):
        reception = reception.failed(T)
    assert not reception.hopeless(T + timedelta(days=20), else_accepted_at=T)
