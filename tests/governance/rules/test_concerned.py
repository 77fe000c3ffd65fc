"""Whoever a decision is about is heard on it, and holds no role while it is on the table."""

import pytest

from governance.rules.assemblies import Item, Room, room_acts
from tests.governance.rules.test_assemblies import Meeting

CASE = {"item": 2, "concerns": 1}


@pytest.fixture
def meeting():
    """1 facilitates and keeps the record; item 2, carried by 3, is about 1; 5 is at the door, without a device."""
    items = (Item(1, "Accueil"), Item(2, "Exclusion", 7, 3))
    found = Meeting(Room(invited=frozenset({1, 2, 3, 4, 5}), facilitator=1, items=items))
    for person in (1, 2, 3, 4):
        found.do("check_in", person)
    found.do("open", 1).do("name_secretary", 1, person=1)
    return found.do("check_in_person", 1, person=5)


LED = {
    "give_floor": {"person": 3},
    "set_timer": {"minutes": 2},
    "start_round": {"question": "Et vous ?"},
    "pause": {"reason": "Un instant."},
    "hand_over": {"person": 2},
    "name_deputy": {"person": 2},
    "name_secretary": {"person": 2},
    "check_out_person": {"person": 5},
    "relay": {"person": 5, "said": "clear"},
    "enter_position": {"person": 5, "second": 2, "means": "paper", "version": 1, "call": 1, "choice": "consent"},
}


@pytest.mark.parametrize("kind", LED)
def test_the_person_concerned_leads_and_records_nothing(meeting, kind):
    meeting.do("name_deputy", 1, person=2).do("go_to_item", 1, **CASE)
    assert meeting.refused(kind, 1, **LED[kind]) == "person_concerned"
    assert room_acts(meeting.room, 1)[kind][0] == "person_concerned"


def test_they_are_heard(meeting):
    meeting.do("name_deputy", 1, person=2).do("go_to_item", 1, **CASE)
    meeting.do("ask_to_speak", 1).do("undo", 1).do("ask_to_speak", 1)
    meeting.do("give_floor", 2, person=1)
    assert meeting.room.speech.speaker == 1
    meeting.do("end_turn", 1)
    meeting.do("give_floor", 2, person=3)
    assert meeting.refused("end_turn", 1) == "not_facilitator"


def test_the_deputy_leads_that_item_and_no_other(meeting):
    meeting.do("name_deputy", 1, person=2).do("go_to_item", 1, **CASE)
    assert meeting.room.leading() == 2
    assert meeting.refused("take_over", 4) == "facilitator_present"
    assert meeting.refused("go_to_item", 1, item=1) == "person_concerned"
    meeting.do("go_to_item", 2, item=1)
    assert meeting.room.leading() == 1
    meeting.do("give_floor", 1, person=3)


def test_without_a_deputy_two_others_agree_on_who_leads(meeting):
    meeting.do("go_to_item", 1, **CASE)
    assert meeting.room.leading() is None
    assert meeting.refused("take_over", 1) == "person_concerned"
    assert meeting.refused("take_over", 3) == "own_proposal"
    meeting.do("take_over", 2)
    assert meeting.refused("second_facilitator", 1, person=2) == "person_concerned"
    assert meeting.refused("second_facilitator", 2, person=2) == "not_for_oneself"
    meeting.do("second_facilitator", 4, person=2)
    assert (meeting.room.leading(), meeting.room.facilitator) == (2, 1)
    assert [(note.role, note.receiver) for note in meeting.room.role_log][-1] == ("deputy", 2)
    meeting.do("give_floor", 2, person=4)


def test_a_deputy_who_carries_the_proposal_does_not_lead_it_either(meeting):
    meeting.do("name_deputy", 1, person=3).do("go_to_item", 1, **CASE)
    assert meeting.room.leading() is None
    meeting.do("take_over", 4).do("second_facilitator", 2, person=4)
    assert meeting.room.leading() == 4


def test_nothing_is_given_to_the_person_concerned(meeting):
    meeting.do("name_deputy", 1, person=2).do("go_to_item", 1, item=2, concerns=4)
    for kind in ("hand_over", "name_deputy", "name_secretary"):
        assert meeting.refused(kind, 1, person=4) == "about_that_person"
    entered = {**LED["enter_position"], "second": 4}
    assert meeting.refused("enter_position", 1, **entered) == "about_that_person"


def test_a_deputy_whom_it_is_about_does_not_stand_in_for_an_absent_facilitator(meeting):
    meeting.do("name_deputy", 1, person=4).do("go_to_item", 1, item=2, concerns=4).do("leave", 1)
    assert meeting.refused("take_over", 4) == "person_concerned"
    meeting.do("take_over", 2).do("second_facilitator", 3, person=2)
    assert meeting.room.facilitator == 2


def test_where_nobody_leads_the_room_is_not_locked_on_their_case(meeting):
    meeting.do("go_to_item", 1, **CASE)
    assert meeting.refused("pause", 1, reason="x") == "person_concerned"
    meeting.do("go_to_item", 1, item=1)
    assert meeting.room.concerned is None
    meeting.do("give_floor", 1, person=3)


def test_a_role_given_just_before_is_not_taken_back_from_within(meeting):
    meeting.do("name_deputy", 1, person=2).do("go_to_item", 1, **CASE)
    assert meeting.refused("undo", 1) == "person_concerned"
    assert meeting.room.deputy == 2


def test_minutes_are_corrected_by_somebody_else(meeting):
    meeting.do("name_deputy", 1, person=2).do("go_to_item", 1, **CASE).do("close", 2)
    meeting.do("draw_up_minutes", 1, digest="a")
    assert meeting.refused("amend_minutes", 1, digest="b") == "minutes_about_you"
    assert meeting.refused("amend_minutes", 4, digest="b") == "not_facilitator"
    meeting.do("amend_minutes", 2, digest="b")


def test_a_journal_written_before_reads_as_it_did(meeting):
    meeting.do("go_to_item", 1, item=2)
    for kind in ("give_floor", "end_turn"):
        meeting.do(kind, 1, **({"person": 3} if kind == "give_floor" else {}))
    assert (meeting.room.leading(), meeting.room.cases) == (1, frozenset())
