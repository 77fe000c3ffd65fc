"""People without a device, observers, hands and moods, through the one door of acts."""

import json
from dataclasses import asdict
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.actions.circles import join_circle
from governance.actions.presence import sweep
from governance.drawing import PLAIN
from governance.errors import DomainError, NotEntitled, NotFound, WrongState
from governance.models import Entry, RoomStep
from governance.models import Step as StepRow
from governance.queries.rooms import load, room_view, state_for
from governance.queries.shapes import AUDIENCES
from governance.tasks import close_due
from network.actions.collectives import end_membership, suspend_membership
from network.models import Membership, MembershipState

WORDS = "La salle du fond est trop petite."
GIVEN = {"means": "paper", "version": 1, "call": 1, "choice": "concern", "text": WORDS}


@pytest.fixture
def four(cast):
    """Dominique sits in the circle and comes without a device; Camille keeps the record."""
    join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.dominique)
    cast.convene()
    cast.do(cast.bachir, "name_secretary", person=cast.camille.pk)
    for member in cast.three:
        cast.do(member, "check_in")
    cast.do(cast.camille, "check_in_person", person=cast.dominique.pk)
    cast.do(cast.bachir, "open")
    cast.do(cast.bachir, "go_to_item", item=1)
    return cast


def to_call(cast):
    absent = cast.dominique.pk
    cast.do(cast.alix, "submit", version=1)
    for member in cast.three:
        cast.do(member, "answer_driver", version=1, answer="clear")
    cast.do(cast.camille, "relay", person=absent, said="clear")
    cast.do(cast.bachir, "accept_driver", version=1)
    cast.do(cast.bachir, "start", version=1)
    for number, said in ((1, "pass"), (2, "turn")):
        for member in cast.three:
            kind = "pass_turn" if said == "pass" else "take_turn"
            cast.do(member, kind, round=number, **({} if said == "pass" else {"text": "Bien."}))
        cast.do(cast.camille, "relay", person=absent, said=said, **({} if said == "pass" else {"text": "Bien."}))
        cast.do(cast.bachir, "close_round", round=number)
    cast.do(cast.alix, "keep", version=1)


def enter(cast, **changes):
    given = {"person": cast.dominique.pk, "second": cast.bachir.pk, **GIVEN, **changes}
    return cast.do(cast.camille, "enter_position", **given)


def test_position_by_two_people_is_sealed_then_recorded_with_how_it_came(four):
    to_call(four)
    enter(four)
    four.answer()
    with pytest.raises(WrongState, match="waiting_for_answers"):
        four.do(four.bachir, "reveal", version=1, call=1)
    room = load(four.assembly.pk)
    assert room.room.entries
    four.do(four.bachir, "confirm_position", entry=room.room.entries[0].id)
    for audience in AUDIENCES:
        assert WORDS not in PLAIN.state(state_for(load(four.assembly.pk), audience), "fr")
    assert four.do(four.bachir, "reveal", version=1, call=1).code == "adopted"
    call = room_view(four.assembly.pk, viewer=four.alix).state.consent.calls[0]
    assert [(p.choice, p.means) for p in call.positions if p.person.id == four.dominique.pk] == [("concern", "paper")]
    assert call.counts == {"consent": 3, "concern": 1}
    body = Entry.objects.get(kind="decision").body
    paper = [p for p in body["calls"][0]["positions"] if p.get("means")]
    assert [p["means"] for p in paper] == ["paper"]
    assert set(paper[0]) >= {"entered_by", "confirmed_by"}


def test_words_of_an_entry_are_for_its_two_people_alone(four):
    to_call(four)
    enter(four)
    views = {m: json.dumps(asdict(room_view(four.assembly.pk, viewer=m)), default=str) for m in four.three}
    assert WORDS not in views[four.alix]
    assert WORDS in views[four.bachir]
    assert WORDS in views[four.camille]


def test_unconfirmed_refused_or_outdated_entries_count_for_nothing(four):
    to_call(four)
    enter(four)
    four.do(four.bachir, "refuse_position", entry=1, reason="Ce n’est pas ce qu’elle a dit.")
    assert four.dominique.pk not in load(four.assembly.pk).state.sealed
    with pytest.raises(DomainError, match="stale_version"):
        enter(four, call=2)
    with pytest.raises(DomainError, match="field_missing"):
        enter(four, choice="objection", consequence="", text="Non.")
    with pytest.raises(NotEntitled, match="party_to_it"):
        enter(four, second=four.alix.pk)
    assert not StepRow.objects.filter(actor=four.dominique, kind="position").exists()


def test_presence_at_the_door_does_not_lapse(clock, four):
    clock.advance(hours=1)
    close_due()
    present = load(four.assembly.pk).room.present
    assert present == (four.dominique.pk,)


def test_late_joiner_ends_the_round_but_misses_the_open_call(cast):
    join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.dominique)
    cast.to_call()
    cast.do(cast.dominique, "check_in")
    with pytest.raises(NotEntitled, match="not_called"):
        cast.do(cast.dominique, "position", version=1, call=1, choice="consent")
    cast.do(cast.bachir, "start_round", question="Un mot ?")
    assert load(cast.assembly.pk).room.speech.round.order[-1] == cast.dominique.pk


def test_somebody_who_joined_the_circle_late_is_offered_to_come_in(cast):
    cast.convene()
    assert [a.kind for a in room_view(cast.assembly.pk, viewer=cast.dominique).mine.acts] == ["observe"]
    join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.dominique)
    assert "check_in" in [a.kind for a in room_view(cast.assembly.pk, viewer=cast.dominique).mine.acts]


def test_observers_are_of_the_collective_and_take_no_position(cast):
    cast.to_call()
    cast.do(cast.dominique, "observe")
    cast.do(cast.dominique, "ask_to_speak")
    with pytest.raises(NotEntitled):
        cast.do(cast.dominique, "position", version=1, call=1, choice="consent")
    with pytest.raises(NotFound):
        cast.do(cast.fanny, "observe")
    cast.do(cast.bachir, "give_floor", person=cast.dominique.pk)
    assert room_view(cast.assembly.pk, viewer=cast.alix).state.speaker.name == "Dominique"


def test_hands_write_nothing_fade_and_stay_out_of_the_record(cast, clock):
    cast.enter()
    steps, seq = RoomStep.objects.count(), load(cast.assembly.pk).assembly.seq
    key = uuid4()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        first = cast.do(cast.camille, "signal", key=key, sign="slow_down")
    assert not [q["sql"] for q in seen if q["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    assert cast.do(cast.camille, "signal", key=key, sign="slow_down") == first
    view = room_view(cast.assembly.pk, viewer=cast.alix)
    assert [(s.sign, [p.name for p in s.people]) for s in view.state.passing.signals] == [("slow_down", ["Camille"])]
    hall = room_view(cast.assembly.pk, viewer=cast.alix, hall=True).state.passing.signals
    assert [(s.count, s.people) for s in hall] == [(1, ())]
    assert (RoomStep.objects.count(), load(cast.assembly.pk).assembly.seq) == (steps, seq)
    clock.advance(seconds=31)
    assert room_view(cast.assembly.pk, viewer=cast.alix).state.passing.signals == ()
    with pytest.raises(DomainError, match="field_malformed"):
        cast.do(cast.camille, "signal", sign="dance")
    with pytest.raises(NotEntitled, match="not_present"):
        cast.do(cast.dominique, "signal", sign="agree")


def test_mood_opens_when_all_have_answered_and_names_nobody(cast):
    cast.enter()
    cast.do(cast.bachir, "ask_mood", question="Prêts à décider ?")
    for member, word in ((cast.alix, 0), (cast.bachir, 2)):
        cast.do(member, "answer_mood", mood=1, word=word)
    closed = room_view(cast.assembly.pk, viewer=cast.camille).state.passing.mood
    assert (closed.answered, closed.asked, closed.open, closed.counts) == (2, 3, False, None)
    assert room_view(cast.assembly.pk, viewer=cast.alix).mine.mood == 0
    cast.do(cast.camille, "answer_mood", mood=1, word=2)
    opened = room_view(cast.assembly.pk, viewer=cast.camille).state.passing.mood
    assert opened.counts[:3] == (("Grand soleil", 1), ("Éclaircies", 0), ("Nuages", 2))
    with pytest.raises(WrongState, match="mood_over"):
        cast.do(cast.alix, "answer_mood", mood=1, word=1)
    cast.do(cast.bachir, "close")
    cast.do(cast.bachir, "draw_up_minutes")
    text = cast.assembly.minutes.get().text
    assert "prise de température" in text
    assert "soleil" not in text
    assert "Nuages" not in text
    assert not RoomStep.objects.filter(kind="answer_mood").exists()


def test_a_mood_with_too_few_answers_to_tell_waits_for_whoever_comes_in_time(cast):
    cast.convene()
    for member in (cast.alix, cast.bachir):
        cast.do(member, "check_in")
    cast.do(cast.bachir, "open")
    cast.do(cast.bachir, "ask_mood", question="Prêts à décider ?")
    for member in (cast.alix, cast.bachir):
        cast.do(member, "answer_mood", mood=1, word=0)
    few = room_view(cast.assembly.pk, viewer=cast.alix).state.passing.mood
    assert (few.open, few.counts) == (False, None)
    cast.do(cast.camille, "check_in")
    cast.do(cast.camille, "answer_mood", mood=1, word=2)
    told = room_view(cast.assembly.pk, viewer=cast.alix).state.passing.mood
    assert (told.open, told.counts[:3]) == (True, (("Grand soleil", 2), ("Éclaircies", 0), ("Nuages", 1)))


def test_whoever_comes_once_the_mood_is_told_adds_nothing_to_it(cast):
    """Their answer would be the difference between what was shown before and after."""
    cast.enter()
    join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.dominique)
    cast.do(cast.bachir, "ask_mood", question="Prêts à décider ?")
    for member in cast.three:
        cast.do(member, "answer_mood", mood=1, word=2)
    told = room_view(cast.assembly.pk, viewer=cast.alix).state.passing.mood
    assert (told.open, told.counts[:3]) == (True, (("Grand soleil", 0), ("Éclaircies", 0), ("Nuages", 3)))
    cast.do(cast.dominique, "check_in")
    with pytest.raises(WrongState, match="mood_over"):
        cast.do(cast.dominique, "answer_mood", mood=1, word=0)
    assert room_view(cast.assembly.pk, viewer=cast.alix).state.passing.mood == told


def test_nobody_answers_for_somebody_suspended(four):
    """Neither let in nor answered for: what was written down before cannot be confirmed either, only refused."""
    to_call(four)
    enter(four)
    suspend_membership(collective=four.collective, member=four.dominique)
    absent = four.dominique.pk
    doors = {
        "confirming": lambda: four.do(four.bachir, "confirm_position", entry=1),
        "entering": lambda: enter(four, choice="consent", text=""),
        "relaying": lambda: four.do(four.camille, "relay", person=absent, said="yes"),
        "letting in": lambda: four.do(four.camille, "check_in_person", person=absent),
    }
    for swept in (False, True):
        for name, door in doors.items():
            with pytest.raises(NotEntitled) as refused:
                door()
            assert (swept, name, refused.value.code) == (swept, name, "person_suspended")
        sweep(assembly_id=four.assembly.pk)
    room = load(four.assembly.pk)
    assert absent not in room.room.present, "no part of a quorum"
    assert absent not in room.state.sealed
    assert not StepRow.objects.filter(actor=four.dominique, kind="position").exists()
    four.do(four.bachir, "refuse_position", entry=1, reason="Suspendue entre-temps.")
    assert not load(four.assembly.pk).room.entries


def test_who_is_no_longer_suspended_is_let_in_again_and_answered_for(four):
    to_call(four)
    suspend_membership(collective=four.collective, member=four.dominique)
    sweep(assembly_id=four.assembly.pk)
    Membership.objects.filter(member=four.dominique).update(state=MembershipState.ACTIVE)
    assert not sweep(assembly_id=four.assembly.pk), "nobody is back without a device by themselves"
    four.do(four.camille, "check_in_person", person=four.dominique.pk)
    enter(four)
    four.do(four.bachir, "confirm_position", entry=1)
    assert four.dominique.pk in load(four.assembly.pk).state.sealed


def test_nobody_answers_for_somebody_who_left_the_collective(four):
    to_call(four)
    end_membership(collective=four.collective, member=four.dominique)
    with pytest.raises(WrongState, match="person_unknown"):
        enter(four)
