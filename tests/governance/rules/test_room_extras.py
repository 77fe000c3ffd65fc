"""Rounds, airtime, fairness, roles, the door, moods, the agenda: the meeting beside its decisions."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import DomainError
from governance.rules.assemblies import Item, Room, RoomStage, advance_room
from governance.rules.charter import Terms
from governance.rules.door import spoken_for
from governance.rules.moods import Mood, mood_result
from governance.rules.room_terms import fair, signals_of, words_of
from governance.rules.session import Step
from governance.rules.undoing import undo_of
from tests.governance.rules.test_assemblies import AT, TERMS, Meeting


@pytest.fixture
def meeting():
    """Five invited; 1 facilitates, 2 keeps the record, item 2 is carried by 3; 5 is not there yet."""
    items = (Item(1, "Accueil"), Item(2, "Local", 7, 3))
    found = Meeting(Room(invited=frozenset({1, 2, 3, 4, 5}), facilitator=1, items=items))
    for person in (1, 2, 3, 4):
        found.do("check_in", person)
    return found.do("open", 1).do("name_secretary", 1, person=2)


def wait(meeting, seconds):
    meeting.at += timedelta(seconds=seconds)
    return meeting


def test_airtime_counts_the_seconds_each_has_held_over_the_whole_meeting(meeting):
    meeting.do("give_floor", 1, person=3)
    wait(meeting, 29).do("give_floor", 1, person=4)
    wait(meeting, 9).do("end_turn", 4)
    assert meeting.room.speech.heard == {3: 30, 4: 10}
    meeting.do("go_to_item", 1, item=1).do("give_floor", 1, person=3)
    assert meeting.room.speech.airtime(meeting.at + timedelta(seconds=5)) == {3: 35, 4: 10}
    wait(meeting, 4).do("leave", 3)
    assert meeting.room.speech.heard[3] == 35, "leaving ends the turn"
    assert meeting.room.speech.turns == {3: 1}


def test_who_has_not_spoken_goes_first_where_the_charter_says_so_and_is_told_why(meeting):
    meeting.do("give_floor", 1, person=3).do("end_turn", 3)
    meeting.do("ask_to_speak", 3).do("ask_to_speak", 4).do("ask_to_speak", 2, why="point_of_order")
    speech = meeting.room.speech
    assert [each.person for each in speech.ordered()] == [2, 3, 4]
    assert [each.person for each in speech.ordered(fair=True)] == [2, 4, 3]
    assert [speech.reason(person, fair=True) for person in (2, 4, 3, 1)] == ["order", "unheard", "heard", ""]
    assert speech.reason(3) == "arrival"
    assert (fair(TERMS), fair(Terms({}, {})), fair(Terms({"room.fairness": True}, {}))) == (False, False, True)


def test_round_gives_each_one_turn_in_the_published_order(meeting):
    meeting.do("start_round", 1, question="Que retenez-vous ?")
    assert meeting.room.speech.round.order == (1, 2, 3, 4)
    assert meeting.room.speech.speaker == 1
    assert meeting.refused("start_round", 1, question="Encore ?") == "round_open"
    assert meeting.refused("give_floor", 1, person=4) == "round_open"
    meeting.do("pass_round", 3).do("end_turn", 1)
    assert meeting.room.speech.speaker == 2
    assert meeting.refused("finish_round", 1) == "waiting_for_turns"
    meeting.do("end_turn", 2)
    assert meeting.room.speech.speaker == 4, "3 has passed"
    meeting.do("pass_round", 4)
    assert meeting.room.speech.round.done == {3: "passed", 1: "spoke", 2: "spoke", 4: "passed"}
    assert meeting.refused("pass_round", 4) == "already_spoke"
    meeting.do("finish_round", 1)
    assert meeting.room.speech.round is None
    assert len(meeting.room.rounds) == 1


def test_absent_people_keep_their_turn_and_late_ones_come_last(meeting):
    meeting.do("start_round", 1, question="Et vous ?").do("lapse", None, person=2).do("check_in", 5)
    meeting.do("end_turn", 1)
    assert meeting.room.speech.speaker == 3
    meeting.do("back", None, person=2).do("end_turn", 3)
    assert meeting.room.speech.speaker == 2, "back: their turn comes at once"
    meeting.do("lapse", None, person=2)
    assert meeting.room.speech.speaker == 4, "whoever vanishes with the floor holds nobody up"
    meeting.do("end_turn", 4)
    assert meeting.room.speech.speaker == 5
    assert meeting.room.speech.round.away(meeting.room.present) == (2,)


def test_whoever_does_not_answer_is_asked_again_at_the_end_then_the_round_may_close(meeting):
    meeting.do("start_round", 1, question="Et vous ?", minutes=2).do("end_turn", 1)
    assert meeting.room.speech.timer.seconds == 120
    meeting.do("skip_in_round", 1, person=2)
    assert (meeting.room.speech.speaker, meeting.room.speech.round.order) == (3, (1, 3, 4, 2))
    meeting.do("pass_round", 3).do("pass_round", 4)
    assert meeting.room.speech.speaker == 2
    meeting.do("skip_in_round", 1, person=2)
    assert meeting.room.speech.speaker is None
    meeting.do("finish_round", 1)


def test_a_point_of_order_comes_between_and_the_round_goes_on(meeting):
    meeting.do("start_round", 1, question="Et vous ?").do("ask_to_speak", 4, why="point_of_order")
    meeting.do("give_floor", 1, person=4).do("end_turn", 4)
    assert meeting.room.speech.round.done == {4: "spoke"}
    assert meeting.room.speech.speaker == 1
    assert meeting.refused("go_to_item", 1, item=1) == "round_open"


def test_least_heard_go_first_if_asked(meeting):
    meeting.do("give_floor", 1, person=1)
    wait(meeting, 10).do("start_round", 1, question="Et vous ?", order="least_heard")
    assert meeting.room.speech.round.order == (2, 3, 4, 1)


def test_undo_survives_the_acts_of_others_but_not_a_change_of_the_same_thing(meeting):
    meeting.do("ask_to_speak", 3).do("ask_to_speak", 4)
    assert undo_of(meeting.room, 3, meeting.at).kind == "ask_to_speak"
    meeting.do("undo", 3)
    assert [each.person for each in meeting.room.speech.queue] == [4]
    meeting.do("give_floor", 1, person=4).do("end_turn", 4)
    assert meeting.refused("undo", 1) == "undo_overtaken"
    meeting.do("add_item", 1, title="Divers").do("go_to_item", 1, item=3)
    assert meeting.refused("undo", 1) == "undo_overtaken"


def test_undoing_a_role_gives_it_back_and_says_so(meeting):
    meeting.do("name_timekeeper", 1, person=3).do("name_timekeeper", 1, person=4).do("undo", 1)
    assert meeting.room.timekeeper == 3
    assert [(each.role, each.receiver) for each in meeting.room.role_log][1:] == [
        ("timekeeper", 3), ("timekeeper", 4), ("timekeeper", 3),
    ]  # fmt: skip


def test_timekeeper_runs_timers_and_nothing_else(meeting):
    assert meeting.refused("set_timer", 4, minutes=2) == "not_facilitator"
    meeting.do("name_timekeeper", 1, person=4).do("set_timer", 4, minutes=2).do("extend_timer", 4, minutes=1)
    assert meeting.room.speech.timer.seconds == 180
    wait(meeting, 600).do("extend_timer", 4, minutes=1)
    assert meeting.room.speech.timer.left(meeting.at) == 60, "a timer that ran out starts again"
    for kind in ("pause", "go_to_item", "start_round", "close"):
        assert meeting.refused(kind, 4, reason="Non", item=1, question="?") == "not_facilitator"


def test_pause_says_why_and_stops_the_clocks(meeting):
    meeting.do("go_to_item", 1, item=1).do("set_timer", 1, minutes=2).do("give_floor", 1, person=3)
    wait(meeting, 20).do("pause", 1, reason="Un café.")
    assert (meeting.room.pause_reason, meeting.room.speech.speaker) == ("Un café.", None)
    spent = meeting.room.spent_on(1, meeting.at)
    wait(meeting, 3600).do("resume_meeting", 1)
    assert meeting.room.spent_on(1, meeting.at) == spent
    assert meeting.room.speech.timer.paused_at


def test_agenda_moves_and_budgets(meeting):
    meeting.do("add_item", 1, title="Divers", minutes=10).do("move_item", 1, item=3, position=1)
    assert [item.id for item in meeting.room.items] == [3, 1, 2]
    meeting.do("set_budget", 1, item=1, minutes=5)
    assert meeting.room.item(1).minutes == 5
    assert meeting.refused("move_item", 1, item=3, position=1) == "already_there"
    meeting.do("undo", 1)
    assert meeting.room.item(1).minutes == 0


ENTRY = {"person": 5, "second": 4, "means": "paper", "version": 1, "call": 1, "choice": "consent"}


def test_position_at_the_door_counts_only_with_a_second_person(meeting):
    assert meeting.refused("enter_position", 2, **ENTRY) == "no_decision_here"
    meeting.do("go_to_item", 1, item=2)
    assert meeting.refused("enter_position", 2, **ENTRY) == "not_at_door"
    assert meeting.refused("check_in_person", 1, person=5) == "not_secretary"
    meeting.do("check_in_person", 2, person=5)
    assert meeting.refused("enter_position", 1, **ENTRY) == "not_secretary"
    assert meeting.refused("enter_position", 2, **{**ENTRY, "second": 2}) == "two_others_needed"
    assert meeting.refused("enter_position", 2, **{**ENTRY, "second": 5}) == "two_others_needed"
    assert meeting.refused("enter_position", 2, **{**ENTRY, "second": 3}) == "party_to_it"
    assert meeting.refused("enter_position", 2, **{**ENTRY, "person": 4}) == "not_at_door"
    meeting.do("enter_position", 2, **ENTRY).do("enter_position", 2, **{**ENTRY, "choice": "concern", "text": "x"})
    assert [entry.id for entry in meeting.room.entries] == [2], "one a person"
    assert meeting.refused("confirm_position", 1, entry=2) == "not_the_second"
    assert meeting.refused("confirm_position", 2, entry=2) == "not_the_second"
    assert meeting.refused("confirm_position", 4, entry=1) == "entry_gone"
    meeting.do("confirm_position", 4, entry=2)
    assert meeting.refused("confirm_position", 4, entry=2) == "entry_gone"


def test_whoever_comes_in_with_a_device_answers_for_themself(meeting):
    meeting.do("go_to_item", 1, item=2).do("check_in_person", 2, person=5).do("enter_position", 2, **ENTRY)
    meeting.do("check_in", 5)
    assert not meeting.room.entries
    assert meeting.room.present.count(5) == 1
    assert meeting.refused("enter_position", 2, **ENTRY) == "not_at_door"


def test_an_act_at_the_door_says_for_whom_it_counts(meeting):
    meeting.do("go_to_item", 1, item=2).do("check_in_person", 2, person=5).do("enter_position", 2, **ENTRY)

    def whom(kind, **payload):
        return spoken_for(meeting.room, Step(kind, 2, AT, payload))

    assert [whom(kind, person=5) for kind in ("check_in_person", "enter_position", "relay")] == [5, 5, 5]
    assert (whom("confirm_position", entry=1), whom("confirm_position", entry=9)) == (5, None)
    assert (whom("refuse_position", entry=1), whom("check_out_person", person=5), whom("check_in")) == (
        None,
        None,
        None,
    )


def test_who_lapses_at_the_door_leaves_what_was_written_to_be_refused_alone(meeting):
    meeting.do("go_to_item", 1, item=2).do("check_in_person", 2, person=5).do("enter_position", 2, **ENTRY)
    meeting.do("lapse", None, person=5)
    assert (5 in meeting.room.present, 5 in meeting.room.door) == (False, False)
    assert meeting.refused("confirm_position", 4, entry=1) == "not_at_door"
    meeting.do("refuse_position", 4, entry=1, reason="x")
    assert not meeting.room.entries
    meeting.do("check_in_person", 2, person=5).do("enter_position", 2, **ENTRY).do("lapse", None, person=4)
    assert not meeting.room.entries, "nobody is left to confirm it"


def test_secretary_who_carries_the_proposal_enters_nothing(meeting):
    meeting.do("name_secretary", 1, person=3).do("go_to_item", 1, item=2).do("check_in_person", 3, person=5)
    assert meeting.refused("enter_position", 3, **ENTRY) == "party_to_it"


def test_observers_wait_behind_members_and_speak_when_invited(meeting):
    meeting.do("observe", 9).do("ask_to_speak", 9, why="point_of_order").do("ask_to_speak", 4)
    assert [each.person for each in meeting.room.speech.ordered()] == [4, 9]
    assert meeting.refused("pass_round", 9) == "not_invited"
    meeting.do("give_floor", 1, person=9).do("end_turn", 9)
    assert meeting.refused("ask_to_speak", 8) == "not_invited"
    assert 9 not in meeting.room.present
    meeting.do("leave", 9)
    assert meeting.room.observers == ()


def test_mood_is_sealed_until_everybody_or_the_timer_and_hides_small_numbers(meeting):
    assert meeting.refused("ask_mood", 1) == "field_missing"
    meeting.do("ask_mood", 1, question="Prêts à décider ?").do("ask_mood", 1, moment="opening")
    mood = meeting.room.moods[-1]
    here = {1, 2, 3, 4}
    half = mood_result(mood, {1: 0, 2: 1, 3: 1}, here, meeting.at, 3)
    assert (half.answered, half.asked, half.open, half.counts) == (3, 4, False, None)
    late = mood_result(mood, {1: 0, 2: 1, 3: 1}, here, mood.ends_at, 3)
    assert late.counts[:2] == (("Grand soleil", 1), ("Éclaircies", 2))
    assert mood_result(mood, {1: 0, 2: 1}, here, mood.ends_at, 3).counts is None
    assert mood_result(mood, dict.fromkeys(here, 0), here, meeting.at, 3).open


def test_words_of_the_charter_are_read_or_refused():
    assert words_of(TERMS, "room.mood_words")[0] == "Grand soleil"
    assert "slow_down" in signals_of(TERMS)
    assert signals_of(Terms({}, {})) == ()
    for wrong in ("", "a,,b", "a, a", 3, ",".join(map(str, range(13)))):
        with pytest.raises(DomainError, match="term_malformed"):
            words_of(Terms({"x": wrong}, {}), "x")
    with pytest.raises(DomainError, match="term_missing"):
        words_of(TERMS, "x")


ACTS = st.sampled_from(
    [("end_turn", {}), ("pass_round", {}), ("skip_in_round", {"person": 3}), ("lapse", {"person": 2}),
     ("back", {"person": 2}), ("call_next", {}), ("undo", {}), ("finish_round", {}), ("check_in", {})]
)  # fmt: skip


@given(st.lists(st.tuples(ACTS, st.integers(1, 5)), max_size=40))
def test_nobody_has_two_turns_of_a_round_and_nobody_is_forgotten(acts):
    room = Room(invited=frozenset(range(1, 6)), facilitator=1, stage=RoomStage.OPEN, present=(1, 2, 3, 4))
    room = advance_room(room, Step("start_round", 1, AT, {"question": "?"}), TERMS)
    for number, ((kind, payload), actor) in enumerate(acts):
        step = Step(kind, None if kind in {"lapse", "back"} else actor, AT + timedelta(seconds=number), payload)
        before = room
        try:
            room = advance_room(room, step, TERMS)
        except DomainError:
            continue
        held = room.speech.round
        if held is None:
            missing = set(before.speech.round.to_come(before.present)) - before.speech.round.skipped
            assert not missing or kind == "undo"
            return
        assert sorted(held.order) == sorted(set(held.order))
        assert set(held.done) <= set(held.order)
        assert room.speech.speaker is None or room.speech.speaker not in held.done or kind == "undo"


def test_result_of_a_mood_never_counts_an_unknown_word():
    mood = Mood(1, "check", "?", ("a", "b"), AT, AT)
    assert mood_result(mood, {1: 0, 2: 5, 3: 1, 4: 1}, {1}, AT, 3).counts == (("a", 1), ("b", 2))
