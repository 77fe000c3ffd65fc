"""The register of rows: chained, checked, and altered by SQL."""

from io import StringIO
from sqlite3 import SQLITE_LIMIT_VARIABLE_NUMBER

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from governance.actions.register import enter, sealed
from governance.models import Entry, Minutes, RoomStep, SealedName, Step
from governance.queries.register import check_register, entry_view, register_page
from governance.queries.shapes import RegisterSearch
from network.clock import now
from tests.governance.registers import lengthen


@pytest.fixture
def filled(cast):
    """Six entries: the charter, a decision, and four concerns."""
    cast.to_adopted()
    for number in range(4):
        cast.do(cast.camille, "file_concern", text=f"Réserve {number}")
    return cast


def alter(statement: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount >= 1


def verified() -> str:
    out = StringIO()
    call_command("verify_register", stdout=out)
    return out.getvalue()


def test_whole_register_verifies(filled):
    assert Entry.objects.count() == 6
    assert "6 inscriptions" in verified()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE governance_entry SET body = REPLACE(CAST(body AS TEXT), 'serve 1', 'serve 9'){cast} WHERE seq = 4",
        "UPDATE governance_entry SET kind = 'other' WHERE seq = 4",
        "UPDATE governance_entry SET salt = REPLACE(salt, SUBSTR(salt, 1, 8), '00000000') WHERE seq = 4",
        "UPDATE governance_entry SET terms = 'sha256:0' WHERE seq = 4",
        "UPDATE governance_entry SET node = 'http://pirate' WHERE seq = 4",
        "UPDATE governance_entry SET digest = REPLACE(digest, SUBSTR(digest, 1, 8), '00000000') WHERE seq = 4",
        "UPDATE governance_entry SET head = REPLACE(head, SUBSTR(head, 1, 8), '00000000') WHERE seq = 4",
        "DELETE FROM governance_entry WHERE seq = 4",
    ],
)
def test_altered_row_is_named(filled, statement):
    if "body =" in statement:
        cast = "::jsonb" if connection.vendor == "postgresql" else ""
        statement = statement.format(cast=cast)
    alter(statement)
    with pytest.raises(CommandError, match="n° 4 ") as refused:
        verified()
    assert refused.value.returncode == 1


def test_cut_tail_is_named(filled):
    alter("DELETE FROM governance_entry WHERE seq = 6")
    assert check_register(filled.collective).first_bad == 6


def test_altered_decision_names_its_entry(filled):
    alter("UPDATE governance_decision SET text = 'Autre chose'")
    assert (check_register(filled.collective).first_bad, check_register(filled.collective).why) == (2, "decision")


def test_a_charter_that_is_not_kept_any_more_names_the_entry_of_its_adoption(filled):
    alter("UPDATE governance_charter SET version = 9 WHERE version = 1")
    assert (check_register(filled.collective).first_bad, check_register(filled.collective).why) == (1, "charter")


def test_altered_name_names_its_first_entry_and_a_forgotten_one_leaves_the_chain_whole(filled):
    alter("UPDATE governance_sealedname SET name = 'Personne' WHERE name = 'Camille'")
    assert (check_register(filled.collective).first_bad, check_register(filled.collective).why) == (2, "name")
    SealedName.objects.filter(name="Personne").delete()
    assert check_register(filled.collective).first_bad is None
    assert "Camille" not in entry_view(3).names.values()


def test_one_commitment_a_name(filled):
    again = sealed(filled.collective, filled.camille.pk)
    assert again == sealed(filled.collective, filled.camille.pk)
    assert again["number"] == 3


def test_rows_written_once_know_no_change(filled):
    for table in (Entry, Step, RoomStep, Minutes):
        with pytest.raises(TypeError):
            table.objects.update(id=1)
        with pytest.raises(TypeError):
            table.objects.all().delete()
    entry = Entry.objects.first()
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()


def test_odd_texts_are_stored_in_their_one_form(cast):
    body = {"title": "e\u0301te\u0301", "list": [1, True, None, "\u2028 😀"]}
    enter(collective=cast.collective, kind="test", body=body, terms="sha256:0", at=now())
    assert entry_view(2).title == "été"
    assert check_register(cast.collective).first_bad is None


def test_a_register_longer_than_what_one_question_may_hold_is_listed_and_searched(cast):
    lengthen(cast.collective, 1_200)
    connection.ensure_connection()
    bounded = connection.vendor == "sqlite"
    usual = connection.connection.setlimit(SQLITE_LIMIT_VARIABLE_NUMBER, 900) if bounded else 0
    try:
        every = register_page(size=100_000)
        assert len(every.entries) == 1_201
        assert {each.state for each in every.entries} == {"", "in_force"}
        for search in (RegisterSearch(state="in_force"), RegisterSearch(words="decision portes")):
            found = register_page(search=search, size=100_000)
            assert (found.total, len(found.entries)) == (1_200, 1_200)
            assert [each.seq for each in found.entries] == sorted((each.seq for each in found.entries), reverse=True)
            last = register_page(search=search, page=60)
            assert (last.pages, len(last.entries), last.entries[-1].seq) == (60, 20, found.entries[-1].seq)
        both = RegisterSearch(state="in_force", words="1200")
        assert [each.seq for each in register_page(search=both).entries] == [1200]
    finally:
        if bounded:
            connection.connection.setlimit(SQLITE_LIMIT_VARIABLE_NUMBER, usual)
