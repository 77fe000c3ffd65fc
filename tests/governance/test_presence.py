"""Presence: signs of life, graces, and what a lapse does to the decision on the table."""

from uuid import uuid4

import pytest
from django.test import Client

from governance.actions.consent import record
from governance.actions.presence import heartbeat, sweep
from governance.errors import DomainError
from governance.queries.rooms import room_view
from governance.tasks import close_due

SOCKET_GRACE, GRACE = 120, 600  # seconds, of the template


def present(cast):
    return [person.name for person in room_view(cast.assembly.pk, viewer=cast.alix).state.present]


def test_without_socket_presence_lasts_ten_minutes(cast, clock):
    cast.enter()
    clock.advance(seconds=GRACE)
    assert not sweep(assembly_id=cast.assembly.pk)
    clock.advance(seconds=1)
    assert sweep(assembly_id=cast.assembly.pk)
    assert present(cast) == []


def test_with_a_socket_it_lapses_sooner_and_returns_with_a_sign(cast, clock):
    cast.enter()
    clock.advance(seconds=60)
    for member in cast.three:
        heartbeat(assembly_id=cast.assembly.pk, member=member, socket=True)
    clock.advance(seconds=SOCKET_GRACE)
    heartbeat(assembly_id=cast.assembly.pk, member=cast.alix, socket=True)
    clock.advance(seconds=1)
    assert close_due()["lapses"] == 1
    assert present(cast) == ["Alix"]
    heartbeat(assembly_id=cast.assembly.pk, member=cast.camille, socket=True)
    sweep(assembly_id=cast.assembly.pk)
    assert present(cast) == ["Alix", "Camille"]


def test_losing_the_quorum_suspends_the_call_which_starts_again(cast, clock):
    cast.to_call()
    cast.answer(cast.alix)
    clock.advance(seconds=GRACE - 1)
    heartbeat(assembly_id=cast.assembly.pk, member=cast.bachir)
    clock.advance(seconds=2)
    sweep(assembly_id=cast.assembly.pk)
    assert cast.session().stage == "suspended"
    with pytest.raises(DomainError, match="not_now"):
        cast.do(cast.bachir, "reveal", version=1, call=1)
    heartbeat(assembly_id=cast.assembly.pk, member=cast.alix)
    sweep(assembly_id=cast.assembly.pk)
    consent = room_view(cast.assembly.pk, viewer=cast.bachir).state.consent
    assert (consent.stage, consent.call, consent.answered_count) == ("objection_call", 2, 0)


def test_whoever_left_is_not_brought_back_by_a_sign_of_life(cast, clock):
    cast.enter()
    cast.do(cast.camille, "leave")
    clock.advance(seconds=30)
    heartbeat(assembly_id=cast.assembly.pk, member=cast.camille)
    assert not sweep(assembly_id=cast.assembly.pk)
    assert present(cast) == ["Alix", "Bachir"]


def test_every_request_is_a_sign_of_life(cast, clock):
    cast.enter()
    client = Client()
    client.login(username="camille", password="motdepasse-1")
    clock.advance(seconds=GRACE - 1)
    client.get("/api/v1/charter")
    clock.advance(seconds=2)
    sweep(assembly_id=cast.assembly.pk)
    assert present(cast) == ["Camille"]


def test_the_page_knows_when_presence_lapses(cast, clock):
    cast.enter()
    mine = room_view(cast.assembly.pk, viewer=cast.alix).mine
    assert (mine.lapses_at - clock.now()).total_seconds() == GRACE
    assert room_view(cast.assembly.pk, viewer=cast.dominique).mine.lapses_at is None


def test_step_recorded_without_the_room_counts_nobody_who_lapsed(cast, clock):
    cast.to_call()
    clock.advance(seconds=GRACE - 1)
    for member in (cast.bachir, cast.camille):
        heartbeat(assembly_id=cast.assembly.pk, member=member)
    clock.advance(seconds=2)
    payload = {"version": 1, "call": 1, "choice": "consent"}
    record(session_id=cast.session().pk, actor=cast.camille, kind="position", payload=payload, key=uuid4())
    assert present(cast) == ["Bachir", "Camille"]
