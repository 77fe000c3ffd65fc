"""Circles: who may open one, welcome others in it and give its mandates; the action itself says no."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from governance.actions.circles import assign_mandate, join_circle, open_circle
from governance.errors import DomainError, Invalid, NotEntitled, NotFound
from governance.models import Circle, CircleMember, Mandate
from network.clock import now


def test_member_of_the_collective_opens_a_circle(cast):
    circle = open_circle(actor=cast.dominique, collective=cast.collective, name="Repas", members=[cast.dominique])
    assert [seat.member for seat in circle.seats.all()] == [cast.dominique]


def test_stranger_opens_none(cast):
    with pytest.raises(NotEntitled, match="not_member"):
        open_circle(actor=cast.fanny, collective=cast.collective, name="Repas")
    assert not Circle.objects.filter(name="Repas").exists()


def test_member_of_the_circle_welcomes_and_gives_mandates(cast):
    join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.dominique)
    assign_mandate(
        actor=cast.bachir, circle_id=cast.circle.pk, member=cast.dominique, role="secretary", starts_on=now().date()
    )
    assert Mandate.objects.get().member == cast.dominique


def test_outside_of_the_circle_nobody_does(cast):
    seats = CircleMember.objects.count()
    for actor in (cast.dominique, cast.fanny):
        with pytest.raises(NotEntitled, match="not_in_circle"):
            join_circle(actor=actor, circle_id=cast.circle.pk, member=cast.dominique)
        with pytest.raises(NotEntitled, match="not_in_circle"):
            assign_mandate(
                actor=actor, circle_id=cast.circle.pk, member=cast.alix, role="facilitator", starts_on=now().date()
            )
    assert CircleMember.objects.count() == seats
    assert not Mandate.objects.exists()


def test_stranger_is_not_seated_by_anybody(cast):
    with pytest.raises(NotEntitled, match="not_member"):
        join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.fanny)
    with pytest.raises(NotFound):
        join_circle(actor=cast.alix, circle_id=999_999, member=cast.dominique)


def test_one_name_opened_by_many_at_once_is_one_circle(lasting_cast):
    cast, barrier = lasting_cast, Barrier(8)

    def opening(_: int) -> str:
        barrier.wait()
        try:
            open_circle(actor=cast.alix, collective=cast.collective, name="Repas", members=[cast.alix])
        except DomainError as refusal:
            return refusal.code if isinstance(refusal, Invalid) else "another"
        finally:
            connection.close()
        return "opened"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(opening, range(8)))
    assert outcomes == ["name_taken"] * 7 + ["opened"]
    assert Circle.objects.filter(name="Repas").count() == 1
