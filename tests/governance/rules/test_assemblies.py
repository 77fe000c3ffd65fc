"""The meeting: presence, floor, facilitation, undo, minutes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from governance.errors import DomainError
from governance.rules.assemblies import Item, Room, RoomStage, advance_room, replay_room, room_acts
from governance.rules.session import Step
from governance.rules.templates import template

TERMS = template("six_values")[1]
AT = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)


@dataclass
class Meeting:
    """Three people: 1 facilitates, item 2 is carried by 1."""

    room: Room = field(
        default_factory=lambda: Room(
            invited=frozenset({1, 2, 3}), facilitator=1, items=(Item(1, "Accueil"), Item(2, "Local", 7, 1))
        )
    )
    at: datetime = AT
    steps: list = field(default_factory=list)

    def do(self, kind, actor, **payload):
        self.at += timedelta(seconds=1)
        step = Step(kind, actor, self.at, payload)
        self.room = advance_room(self.room, step, TERMS)
        self.steps.append(step)
        return self

    def refused(self, kind, actor, **payload):
        before = self.room
        with pytest.raises(DomainError) as refusal:
            self.do(kind, actor, **payload)
        assert self.room is before
        return refusal.value.code


@pytest.fixture
def meeting():
    found = Meeting()
    for person in (1, 2, 3):
        found.do("check_in", person)
    return found.do("open", 1)


def test_only_the_invited_enter_and_only_the_facilitator_opens():
    meeting = Meeting()
    assert meeting.refused("check_in", 9) == "not_invited"
    assert meeting.refused("open", 1) == "not_present"
    meeting.do("check_in", 2)
    assert meeting.refused("open", 2) == "not_facilitator"
    assert meeting.refused("lapse", 2, person=2) == "only_the_clock"


def test_queue_serves_points_of_order_first_then_first_come(meeting):
    meeting.do("ask_to_speak", 3).do("ask_to_speak", 2, why="point_of_order")
    assert [each.person for each in meeting.room.speech.ordered()] == [2, 3]
    assert meeting.refused("ask_to_speak", 3) == "already_in_queue"
    meeting.do("give_floor", 1, person=3)
    assert (meeting.room.speech.speaker, len(meeting.room.speech.queue)) == (3, 1)
    assert meeting.refused("end_turn", 2) == "not_facilitator"
    meeting.do("end_turn", 3)
    assert meeting.refused("end_turn", 3) == "nobody_speaks"


def test_undo_takes_back_ones_own_last_act_of_speech_for_ten_seconds(meeting):
    before = meeting.room
    meeting.do("ask_to_speak", 3)
    assert meeting.refused("undo", 2) == "nothing_to_undo"
    meeting.do("undo", 3)
    assert meeting.room.speech == before.speech
    assert meeting.room.seq == before.seq + 2
    meeting.do("ask_to_speak", 3)
    meeting.at += timedelta(seconds=11)
    assert meeting.refused("undo", 3) == "undo_too_late"
    meeting.do("go_to_item", 1, item=1)
    assert meeting.refused("undo", 1) == "nothing_to_undo"


def test_timer_counts_and_pauses(meeting):
    meeting.do("set_timer", 1, minutes=2, label="Tour")
    timer = meeting.room.speech.timer
    assert timer.left(meeting.at + timedelta(seconds=30)) == 90
    meeting.at += timedelta(seconds=29)
    meeting.do("pause_timer", 1)
    meeting.at += timedelta(hours=1)
    meeting.do("resume_timer", 1)
    assert meeting.room.speech.timer.left(meeting.at) == 90
    assert meeting.refused("resume_timer", 1) == "timer_running"


def test_deputy_leads_the_item_that_the_facilitator_carries(meeting):
    meeting.do("name_deputy", 1, person=2).do("go_to_item", 1, item=2)
    assert meeting.room.leading() == 2
    meeting.do("give_floor", 2, person=3)


def test_facilitation_is_handed_over_when_accepted(meeting):
    meeting.do("hand_over", 1, person=3)
    assert meeting.refused("accept_facilitation", 2) == "not_offered"
    meeting.do("accept_facilitation", 3)
    assert meeting.room.facilitator == 3
    assert meeting.room.handovers[0][1:] == (1, 3)


def test_deputy_takes_over_from_an_absent_facilitator_else_two_others_agree(meeting):
    assert meeting.refused("take_over", 2) == "facilitator_present"
    meeting.do("lapse", None, person=1).do("take_over", 2)
    assert meeting.room.facilitator == 1, "no deputy: somebody must second"
    assert meeting.refused("second_facilitator", 2, person=2) == "not_for_oneself"
    meeting.do("second_facilitator", 3, person=2)
    assert meeting.room.facilitator == 2


def test_lapse_and_return(meeting):
    meeting.do("lapse", None, person=3)
    assert meeting.room.present == (1, 2)
    meeting.do("back", None, person=3)
    assert meeting.room.present == (1, 2, 3)
    assert meeting.refused("back", None, person=3) == "not_lapsed"


def test_minutes_stand_when_enough_approve_and_nobody_contests(meeting):
    meeting.do("close", 1).do("draw_up_minutes", 1, digest="a")
    meeting.do("contest_minutes", 3, digest="a", reason="Faux.").do("approve_minutes", 1, digest="a")
    meeting.do("approve_minutes", 2, digest="a")
    assert meeting.room.stage is RoomStage.MINUTES_DRAFT
    meeting.do("approve_minutes", 3, digest="a")
    assert meeting.room.stage is RoomStage.MINUTES_ADOPTED
    assert not room_acts(meeting.room, 1)


def test_a_prefix_replays(meeting):
    meeting.do("ask_to_speak", 2).do("undo", 2).do("go_to_item", 1, item=1).do("close", 1)
    start = Meeting().room
    assert replay_room(start, meeting.steps, TERMS) == meeting.room
    assert replay_room(start, meeting.steps[:3], TERMS).present == (1, 2, 3)
