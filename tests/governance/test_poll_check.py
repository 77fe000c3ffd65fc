"""The rows of a vote against the register: whatever is altered by SQL is named, with the entry that says otherwise."""
# ruff: noqa: S608  every statement is written here, from names that are written here

import json
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from governance.actions.polls import close_poll
from governance.actions.proxies import end_proxy
from governance.models import Entry, NamedBallot, Poll, Proxy, RollEntry, SecretBallot
from governance.queries.register import check_register
from network.clock import day_of, now
from network.models import Member
from tests.governance.polling import allow_votes, carried_with_proxy, to_vote, vote


@pytest.fixture
def voted(cast, clock):
    """Carried by two to one: Alix also votes for Camille, whose proxy she holds; Bachir is against."""
    carried_with_proxy(cast)
    return cast


@pytest.fixture
def secret(cast, clock):
    """A secret vote in which all three took part: two for, one against."""
    allow_votes(cast, secrecy="secret")
    poll = to_vote(cast)
    for choice in ("for", "against", "for"):
        SecretBallot.objects.create(poll=poll, choice=choice)
    RollEntry.objects.update(has_voted=True)
    clock.advance(hours=169)
    assert close_poll(poll_id=poll.pk)
    return cast


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        for each in statement.split(";"):
            cursor.execute(each)
            assert cursor.rowcount >= 1


def found(cast) -> tuple[str, str]:
    """Return the kind of the first entry that does not hold, and why."""
    whole = check_register(cast.collective)
    assert whole.first_bad is not None
    return Entry.objects.get(collective=cast.collective, seq=whole.first_bad).kind, whole.why


def rewritten(column: str, old: str, new: str) -> None:
    """Alter the text of a JSON column of the vote."""
    poll = Poll.objects.get()
    text = json.dumps(getattr(poll, column))
    assert old in text
    as_json = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE governance_poll SET {column} = {as_json}", [text.replace(old, new)])


def member(name: str) -> str:
    return f"(SELECT id FROM network_member WHERE name = '{name}')"


def place(name: str) -> str:
    return f"(SELECT id FROM governance_rollentry WHERE member_id = {member(name)})"


def test_rows_as_they_were_written_hold(voted):
    assert check_register(voted.collective).first_bad is None


def test_rows_of_a_secret_vote_hold(secret):
    assert Entry.objects.get(kind="vote").body["outcome"] == "carried"
    assert check_register(secret.collective).first_bad is None


def test_rows_of_a_vote_that_is_open_hold(cast, clock):
    allow_votes(cast)
    poll = to_vote(cast)
    assert check_register(cast.collective).first_bad is None
    vote(poll, cast.alix)
    assert check_register(cast.collective).first_bad is None
    sql("UPDATE governance_rollentry SET holder_id = member_id")
    assert found(cast) == ("fallback", "roll")


OPENING = [
    "UPDATE governance_poll SET text = 'Autre chose'",
    "UPDATE governance_poll SET version = 1",
    "UPDATE governance_poll SET tier = 'secret'",
    "UPDATE governance_poll SET closes_at = opened_at",
    "UPDATE governance_poll SET opened_at = closes_at",
    "UPDATE governance_poll SET extended = TRUE",
]


@pytest.mark.parametrize("statement", OPENING)
def test_a_vote_altered_is_named_with_its_opening(voted, statement):
    sql(statement)
    assert found(voted) == ("fallback", "poll")


@pytest.mark.parametrize(("old", "new"), [("exceeded", "reached"), ('"quorum": "1/2"', '"quorum": "0/1"')])
def test_figures_altered_are_named_with_the_opening(voted, old, new):
    rewritten("terms", old, new)
    assert found(voted) == ("fallback", "poll")


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE governance_rollentry SET member_id = {member('Dominique')} WHERE member_id = {member('Bachir')}",
        f"UPDATE governance_rollentry SET holder_id = {member('Bachir')} WHERE member_id = {member('Camille')}",
        f"UPDATE governance_rollentry SET holder_id = {member('Bachir')} WHERE member_id = {member('Alix')}",
        f"UPDATE governance_rollentry SET holder_id = NULL WHERE member_id = {member('Camille')}",
        f"DELETE FROM governance_namedballot WHERE place_id = {place('Bachir')};"
        f"DELETE FROM governance_rollentry WHERE member_id = {member('Bachir')}",
    ],
)
def test_a_roll_altered_is_named_with_the_opening(voted, statement):
    sql(statement)
    assert found(voted) == ("fallback", "roll")


def test_a_proxy_that_was_withdrawn_is_held_by_nobody_when_the_vote_is_closed(cast, clock):
    allow_votes(cast, secrecy="secret")
    held = Proxy.objects.create(circle=cast.circle, giver=cast.camille, holder=cast.alix, ends_on=day_of(now()))
    poll = to_vote(cast)
    end_proxy(actor=cast.camille, proxy_id=held.pk)
    for each in cast.three:
        vote(poll, each)
    assert len(Entry.objects.get(kind="vote").body["proxies_withdrawn"]) == 1
    assert check_register(cast.collective).first_bad is None
    sql(f"UPDATE governance_rollentry SET holder_id = {member('Alix')} WHERE member_id = {member('Camille')}")
    assert found(cast) == ("fallback", "roll")


def test_somebody_added_to_the_roll_is_named(voted):
    RollEntry.objects.create(poll=Poll.objects.get(), member=Member.objects.get(name="Dominique"))
    assert found(voted) == ("fallback", "roll")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE governance_poll SET outcome = 'rejected'",
        "UPDATE governance_poll SET closed_at = opened_at",
        "UPDATE governance_poll SET closed_at = NULL",
        "UPDATE governance_poll SET closed_at = NULL, entry_id = NULL",
    ],
)
def test_a_result_altered_is_named_with_the_count(voted, statement):
    sql(statement)
    assert found(voted) == ("vote", "poll")


@pytest.mark.parametrize(("old", "new"), [("2/3", "1/1"), ('"against": 1', '"against": 0'), ("true", "false")])
def test_a_count_altered_is_named(voted, old, new):
    rewritten("result", old, new)
    assert found(voted) == ("vote", "poll")


BALLOTS = [
    "UPDATE governance_namedballot SET choice = 'for' WHERE choice = 'against'",
    f"UPDATE governance_namedballot SET choice = 'abstain' WHERE place_id = {place('Camille')}",
    f"DELETE FROM governance_namedballot WHERE place_id = {place('Bachir')}",
    f"UPDATE governance_namedballot SET place_id = CASE place_id WHEN {place('Alix')} THEN {place('Bachir')}"
    f" WHEN {place('Bachir')} THEN {place('Alix')} ELSE place_id END",
    f"UPDATE governance_namedballot SET cast_by_id = {member('Bachir')} WHERE place_id = {place('Camille')}",
    f"UPDATE governance_rollentry SET has_voted = FALSE WHERE member_id = {member('Bachir')}",
    f"UPDATE governance_rollentry SET by_holder = FALSE WHERE member_id = {member('Camille')}",
    f"UPDATE governance_rollentry SET by_holder = TRUE WHERE member_id = {member('Bachir')}",
]


@pytest.mark.parametrize("statement", BALLOTS)
def test_a_named_ballot_altered_deleted_or_swapped_is_named_with_the_count(voted, statement):
    sql(statement)
    assert found(voted) == ("vote", "ballot")


def test_a_ballot_added_after_the_count_is_named(voted):
    where = RollEntry.objects.get(member=voted.bachir)
    NamedBallot.objects.create(place=where, choice="for", cast_by=voted.bachir, cast_at=now(), key=uuid4())
    assert found(voted) == ("vote", "ballot")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE governance_secretballot SET choice = 'for' WHERE choice = 'against'",
        "DELETE FROM governance_secretballot WHERE choice = 'against'",
        f"UPDATE governance_rollentry SET has_voted = FALSE WHERE member_id = {member('Bachir')}",
    ],
)
def test_a_secret_ballot_or_a_mark_on_the_roll_altered_is_named(secret, statement):
    sql(statement)
    assert found(secret) == ("vote", "ballot")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (OPENING[0], "le vote n’est plus celui qui a été inscrit"),
        (BALLOTS[0], "un bulletin n’est plus celui qui a été compté"),
    ],
)
def test_the_command_says_which_entry_and_what(voted, statement, said):
    call_command("verify_register", stdout=StringIO())
    sql(statement)
    seq = check_register(voted.collective).first_bad
    with pytest.raises(CommandError, match=f"n° {seq} .*: {said}"):
        call_command("verify_register", stdout=StringIO())
