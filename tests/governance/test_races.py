"""VOT-23. Many at once: one transition, one receipt for one key, in any order. On both databases, on real threads."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import OperationalError, connection

from governance.actions.assemblies import act
from governance.errors import DomainError
from governance.models import Decision, Entry, Step
from governance.queries.register import check_register

THREADS = 50
PATIENCE = 40  # tries against SQLite's « database is locked », which a door answers with « again later »


def at_once(calls):
    """Run each call in a thread of its own, all released together; return the results or refusals."""
    barrier = Barrier(len(calls))

    def run(call):
        barrier.wait()
        try:
            return _patiently(call)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def _patiently(call):
    for _ in range(PATIENCE):
        try:
            return call()
        except DomainError as refusal:
            return refusal
        except OperationalError as busy:
            if "locked" not in str(busy):
                raise
    raise AssertionError("the database stayed locked")


def test_fifty_racing_reveals_make_one_decision(lasting_cast):
    cast = lasting_cast
    cast.to_call()
    cast.answer()
    payload = {"version": 1, "call": 1}

    def reveal():
        return act(assembly_id=cast.assembly.pk, actor=cast.bachir, kind="reveal", payload=payload, key=uuid4())

    results = at_once([reveal] * THREADS)
    done = [each for each in results if not isinstance(each, DomainError)]
    assert [each.code for each in done] == ["adopted"]
    assert {each.code for each in results if isinstance(each, DomainError)} <= {"not_now", "stale_version"}
    assert Decision.objects.count() == Entry.objects.filter(kind="decision").count() == 1
    assert Step.objects.filter(kind="reveal").count() == 1
    assert check_register(cast.collective).first_bad is None


def test_fifty_racing_closings_close_once(lasting_cast):
    cast = lasting_cast
    cast.to_adopted()

    def close():
        return act(assembly_id=cast.assembly.pk, actor=cast.bachir, kind="close", payload={}, key=uuid4())

    results = at_once([close] * THREADS)
    assert [each.code for each in results if not isinstance(each, DomainError)] == ["closed"]
    assert {each.code for each in results if isinstance(each, DomainError)} == {"not_now"}


def test_one_key_from_fifty_threads_gets_one_receipt(lasting_cast):
    cast, key = lasting_cast, uuid4()
    cast.to_call()
    cast.answer()
    payload = {"version": 1, "call": 1}

    def reveal():
        return act(assembly_id=cast.assembly.pk, actor=cast.bachir, kind="reveal", payload=payload, key=key)

    results = at_once([reveal] * THREADS)
    assert all(each == results[0] for each in results)
    assert results[0].code == "adopted"
    assert Decision.objects.count() == 1


def test_positions_racing_a_reveal_are_counted_or_refused(lasting_cast):
    """VOT-21: an objection of the last second either stands in the way or was never acknowledged."""
    cast = lasting_cast
    cast.to_call()
    cast.answer(cast.alix, cast.bachir)

    def position(number):
        words = {"choice": "objection", "text": f"Argument {number}", "consequence": "Grave.", "ground": "side_effect"}
        payload = {"version": 1, "call": 1, **words}
        return lambda: act(
            assembly_id=cast.assembly.pk, actor=cast.camille, kind="position", payload=payload, key=uuid4()
        )

    def reveal():
        return act(
            assembly_id=cast.assembly.pk,
            actor=cast.bachir,
            kind="reveal",
            payload={"version": 1, "call": 1},
            key=uuid4(),
        )

    results = at_once([*[position(n) for n in range(10)], *[reveal] * 10])
    revealed = [each for each in results[10:] if not isinstance(each, DomainError)]
    counted = [each for each in results[:10] if not isinstance(each, DomainError)]
    assert len(revealed) <= 1
    assert Decision.objects.count() == 0, "Camille never consented, so nothing may be adopted"
    assert counted, "with Camille present and silent, no reveal can come first"


@pytest.mark.parametrize("kind", ["submit"])
def test_same_key_with_another_body_is_refused(cast, kind):
    cast.enter()
    key = uuid4()
    first = cast.do(cast.alix, kind, version=1, key=key)
    assert cast.do(cast.alix, kind, version=1, key=key) == first
    with pytest.raises(DomainError, match="key_reused"):
        cast.do(cast.alix, kind, version=2, key=key)
