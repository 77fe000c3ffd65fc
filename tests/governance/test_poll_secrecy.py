"""Secret votes: governance 9.2 to 9.4, VOT-08, 09 and 11. Nothing leads from a person to a choice, and nothing tells a
count before the close."""

import json
import logging
import os
import random
from collections import Counter
from dataclasses import asdict
from statistics import correlation
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection

from governance.actions.polls import close_poll
from governance.errors import DomainError
from governance.models import Poll, RollEntry, SecretBallot, VoteReceipt
from network.models import Member
from network.signals import announce
from tests.governance.secret_voting import PASSWORD, opened, read, vote
from tests.security.readers import remembered

TELLING = ("abstain", "against")  # choices that are no word of anything else


@pytest.fixture
def poll(cast, clock):
    return opened(cast)


def rows_of(*tables: str) -> Counter:
    """Every row of these tables, or of all of them, as text."""
    with connection.cursor() as cursor:
        names = tables or [name for name in connection.introspection.table_names(cursor) if "gazetteer" not in name]
        found: Counter = Counter()
        for name in names:
            cursor.execute(f"SELECT * FROM {name}")  # noqa: S608
            columns = [column[0] for column in cursor.description]
            rows = [json.dumps(dict(zip(columns, row, strict=True)), default=str) for row in cursor.fetchall()]
            found.update((name, row) for row in rows)
    return found


def as_stored(columns: str, table: str) -> list:
    """Rows in the order in which they lie in the database."""
    order = "ctid" if connection.vendor == "postgresql" else "rowid"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table} ORDER BY {order}")  # noqa: S608
        return cursor.fetchall()


# --- 9.4: schema, and what one vote changes


def test_no_column_leads_from_a_secret_ballot_to_a_person_an_instant_or_an_order():
    columns = {field.column: field for field in SecretBallot._meta.get_fields()}
    assert set(columns) == {"id", "poll_id", "choice"}
    assert SecretBallot().pk.version == 4
    pointing = [
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.related_model is SecretBallot and model is not Poll
    ]
    assert pointing == []


@pytest.mark.django_db
def test_the_table_itself_has_no_other_column():
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, "governance_secretballot")
    assert {column.name for column in described} == {"id", "poll_id", "choice"}


def test_one_vote_changes_one_flag_adds_one_receipt_and_one_random_row(cast, poll):
    before = rows_of()
    vote(poll, cast.alix, "abstain")
    after = rows_of()
    gone, come = before - after, after - before
    assert [table for table, _ in gone] == ["governance_rollentry"]
    assert sorted(table for table, _ in come) == [
        "governance_rollentry", "governance_secretballot", "governance_votereceipt",
    ]  # fmt: skip
    told = {table: json.loads(row) for table, row in come}
    was = json.loads(next(iter(gone))[1])
    flag = told["governance_rollentry"]
    assert {name for name in flag if flag[name] != was[name]} == {"has_voted"}
    ballot = told["governance_secretballot"]
    assert UUID(str(ballot.pop("id"))).version == 4
    assert ballot == {"poll_id": poll.pk, "choice": "abstain"}
    assert "abstain" not in json.dumps(told["governance_votereceipt"])


# --- VOT-08: order and time


def a_thousand_voted(poll) -> None:
    """A thousand on the roll; all but one have voted, in a known order, and what they chose follows it exactly."""
    RollEntry.objects.filter(poll=poll).delete()
    origin = "http://localhost:8000"
    people = [Member(uri=f"{origin}/u/{n}", origin=origin, handle=f"p{n}", name=f"P{n}") for n in range(1000)]
    Member.objects.bulk_create(people)
    RollEntry.objects.bulk_create(RollEntry(poll=poll, member=each, has_voted=each is not people[0]) for each in people)
    said = ["for"] * 500 + ["against"] * 499
    SecretBallot.objects.bulk_create([SecretBallot(poll=poll, choice=choice) for choice in said], batch_size=1)


def test_vot_08_after_the_close_ballots_lie_in_no_order_of_casting(cast, poll, clock, monkeypatch):
    a_thousand_voted(poll)
    before = as_stored("id, choice", "governance_secretballot")
    assert correlation(range(999), [choice == "for" for _, choice in before]) < -0.8, "the test sees what it looks for"
    clock.advance(hours=168)
    monkeypatch.setattr(os, "urandom", random.Random(8).randbytes)  # 1,000 true draws pass 0.05 once in nine times
    assert close_poll(poll_id=poll.pk)
    stored = as_stored("id, choice", "governance_secretballot")
    assert not {pk for pk, _ in before} & {pk for pk, _ in stored}
    assert [str(pk) for pk, _ in stored] == sorted(str(pk) for pk, _ in stored)
    assert abs(correlation(range(999), [choice == "for" for _, choice in stored])) < 0.05
    read_again = SecretBallot.objects.values_list("choice", flat=True)
    assert abs(correlation(range(999), [choice == "for" for choice in read_again])) < 0.05
    assert Poll.objects.get().result["count"] == {"for": 500, "against": 499, "abstain": 0}


@pytest.mark.parametrize("last_ballot_closes", [True, False])
def test_after_the_close_no_transaction_is_shared_by_ballots_and_roll(lasting_cast, clock, last_ballot_closes):
    poll = opened(lasting_cast)
    people = [*lasting_cast.three, *([lasting_cast.dominique] if last_ballot_closes else [])]
    for member in people:
        vote(poll, member)
    if not last_ballot_closes:
        clock.advance(hours=168)
        assert close_poll(poll_id=poll.pk)
    assert Poll.objects.get().outcome == "carried"
    if connection.vendor == "postgresql":
        numbers = {
            table: {number for (number,) in as_stored("xmin::text", f"governance_{table}")}
            for table in ("secretballot", "rollentry", "votereceipt")
        }
        assert len(numbers["secretballot"]) == 1
        assert not numbers["secretballot"] & (numbers["rollentry"] | numbers["votereceipt"])
    keys = [str(pk) for (pk,) in as_stored("id", "governance_secretballot")]
    assert keys == sorted(keys)


def test_no_receipt_ever_knows_more_than_the_day(cast, poll, clock):
    given = []
    for member in cast.three:
        clock.advance(minutes=7)
        given.append(vote(poll, member))
    assert len({receipt.at for receipt in given}) == 1
    for row in VoteReceipt.objects.all():
        assert row.receipt["at"][11:] in {"23:00:00.000000Z", "23:00:00Z"}, "midnight, where the node is"


# --- VOT-09: logs, announcements, tasks, cache


@pytest.fixture
def told(monkeypatch):
    """What is announced to the rest of the house, and so all that tasks and frames can be made of."""
    found = []

    def listen(signal, **facts):
        found.append(facts)
        announce(signal, **facts)

    for module in ("poll_close", "remote", "register"):
        monkeypatch.setattr(f"governance.actions.{module}.announce", listen)
    return found


def test_vot_09_no_log_announcement_or_cache_holds_a_choice(cast, poll, told, caplog, clock):
    caplog.set_level(logging.DEBUG)
    for member, choice in zip((*cast.three, cast.dominique), ("abstain", "against", "abstain", "against"), strict=True):
        vote(poll, member, choice)
    assert Poll.objects.get().outcome == "rejected"
    lines = [line.getMessage() for line in caplog.records if not line.name.startswith("django.db")]
    for text in (*lines, *remembered()):
        assert not [word for word in TELLING if word in text]
    assert {name for facts in told for name in facts} == {"entry_id"}
    assert len(told) == 1, "nothing is announced of a ballot: only the entry that closes the vote"


def test_no_refusal_tells_the_choice_that_was_refused(cast, poll):
    for again in (PASSWORD, "pas le bon", ""):
        with pytest.raises(DomainError) as refused:
            vote(poll, cast.fanny, "abstain", password=again)
        assert "abstain" not in f"{refused.value} {refused.value.facts}"


# --- VOT-11: nothing before the close


def test_vot_11_what_anybody_reads_is_the_same_before_and_after_the_ballot_of_another(cast, poll):
    readers = (cast.bachir, cast.camille, cast.dominique)
    before = [asdict(read(poll, each)) for each in readers]
    entries = rows_of("governance_entry", "governance_step")
    vote(poll, cast.alix, "against")
    assert [asdict(read(poll, each)) for each in readers] == before
    assert rows_of("governance_entry", "governance_step") == entries
    for view in before:
        assert (view["voted"], view["count"], view["share"], view["outcome"]) == (None, {}, "", "")
        assert {place["voted"] for place in view["roll"]} == {None}
        assert {place["choice"] for place in view["roll"]} == {""}
    assert read(poll, cast.alix).mine[0].choice == ""


def test_vot_11_there_is_no_page_of_an_administrator_to_read_ballots_on():
    assert not apps.is_installed("django.contrib.admin")
