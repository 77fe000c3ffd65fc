"""States kept in memory: only newer rows are read, and nothing that is not in the table is ever believed."""

from contextlib import suppress
from dataclasses import replace

from django.db import transaction

from governance.queries.folds import Folds
from governance.queries.rooms import load
from governance.queries.states import assembly_row, room_of, terms_of
from governance.rules.assemblies import Room, replay_room
from governance.rules.session import Step


class Undone(Exception):
    """Rolls a transaction back."""


def test_kept_state_is_what_the_rows_tell(cast):
    cast.enter()
    assembly = assembly_row(cast.assembly.pk)
    kept = room_of(assembly)
    for member, kind in ((cast.camille, "ask_to_speak"), (cast.bachir, "ask_to_speak"), (cast.bachir, "undo")):
        cast.do(member, kind)
    steps = [Step(row.kind, row.actor_id, row.at, row.payload, row.seq) for row in assembly.steps.all()]
    start = replace(Room(), invited=frozenset(assembly.invited), facilitator=cast.bachir.pk, items=kept.items)
    assert room_of(assembly) == replay_room(start, steps, terms_of(assembly.charter))
    assert room_of(assembly).seq == len(steps) > kept.seq


def test_only_newer_rows_are_read(cast, django_assert_num_queries):
    cast.enter()
    assembly = assembly_row(cast.assembly.pk)
    room_of(assembly)
    with django_assert_num_queries(1) as asked:
        room_of(assembly)
    assert '"seq" >= ' in asked.captured_queries[0]["sql"]


def test_step_that_was_rolled_back_is_forgotten(cast):
    cast.enter()
    assembly = assembly_row(cast.assembly.pk)
    before = room_of(assembly)
    with suppress(Undone), transaction.atomic():
        cast.do(cast.camille, "ask_to_speak")
        assert room_of(assembly).seq == before.seq + 1  # read, and kept
        raise Undone
    assert room_of(assembly) == before
    cast.do(cast.alix, "ask_to_speak")  # another step, under the number of the one that never was
    assert [request.person for request in room_of(assembly).speech.queue] == [cast.alix.pk]


def test_no_more_than_so_many_journals_are_kept(cast):
    cast.enter()
    folds = Folds(most=1)
    rows = cast.assembly.steps.all()
    for name in ("first", "second"):
        assert folds.state(name, rows, int, lambda count, step: count + 1) == rows.count()
    assert list(folds.kept) == ["second"]


def test_reading_a_room_takes_few_queries_however_many_people(cast, django_assert_max_num_queries):
    cast.to_call()
    load(cast.assembly.pk)
    with django_assert_max_num_queries(7):
        assert load(cast.assembly.pk).shared.consent is not None
