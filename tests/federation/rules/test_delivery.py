"""Who receives, when again, and what an answer means."""

from datetime import UTC, datetime, timedelta

import pytest

from federation.rules.delivery import (
    GIVE_UP_AFTER,
    Audience,
    Recipient,
    Verdict,
    after_attempt,
    inboxes_to_reach,
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


def test_a_stale_key_gets_three_more_chances():
    waits = [judge(401, n).at - T for n in (1, 2, 3)]
    assert waits == [timedelta(hours=1), timedelta(hours=6), timedelta(hours=24)]
    assert judge(401, 4).verdict is Verdict.REFUSED


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
