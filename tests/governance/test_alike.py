"""Personal parts computed once for all who stand alike are what each person would get alone, however a meeting goes."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.errors import DomainError
from governance.queries.alike import places_in
from governance.queries.parts import parts_of
from governance.queries.rooms import load
from governance.rules.assemblies import RoomStage, advance_room
from governance.rules.session import Step
from tests.governance.conftest import Cast

PLAIN = ("check_in", "ask_to_speak", "withdraw_request", "end_turn", "leave", "open", "undo", "pass_round", "take_over")
ABOUT = ("give_floor", "name_secretary", "name_deputy", "name_timekeeper", "check_in_person", "hand_over")
steps = st.tuples(st.sampled_from(PLAIN + ABOUT + ("start_round",)), st.integers(0, 3), st.integers(0, 3))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(steps, max_size=25))
def test_whoever_stands_alike_sees_what_they_would_alone(cast: Cast, story):
    if cast.assembly is None:
        cast.convene()
    loaded = load(cast.assembly.pk)
    people, room = [*cast.three, cast.dominique], loaded.room
    begun = [("check_in", who, who) for who in range(3)] + [("open", 1, 1)]
    for kind, who, about in begun + story:
        payload = {"person": people[about].pk} if kind in ABOUT else {"question": "Et vous ?"}
        step = Step(kind, people[who].pk, loaded.at, payload if kind in (*ABOUT, "start_round") else {}, room.seq + 1)
        try:
            room = advance_room(room, step, loaded.figures)
        except DomainError:
            continue
    assert room.stage is RoomStage.OPEN
    now = replace(loaded, room=room, made={})
    together = parts_of(now, dict.fromkeys(people, "member"))
    for person in people:
        alone = parts_of(replace(now, made={}), {person: "member"})[person.pk]
        assert together[person.pk].view.mine == alone.view.mine
        assert together[person.pk].mark == alone.mark


def test_places_tell_apart_whoever_is_named_alone():
    found = places_in({"present": (1, 2, 3), "heard": {1: 20, 2: 20, 3: 5}}, None)
    assert found[1] == found[2] != found[3]
    assert 20 in found  # a count of seconds may be somebody's number: it sets apart for nothing, never together
