"""A decision practised with simulated people: the same doors, nothing registered, nothing left."""

import hashlib
from uuid import uuid4

import pytest

from governance.actions.assemblies import act
from governance.actions.exercise import delete_exercise, start_exercise
from governance.errors import DomainError, NotEntitled
from governance.models import Assembly, ConsentSession, Decision, Entry, Minutes, Proposal, RoomStep
from governance.models import Step as StepRow
from governance.queries.agenda import propositions_for
from governance.queries.assemblies import assemblies, exercises
from governance.queries.rooms import room_view
from governance.rules.exercise import FIRST_ID, NAMES, Cast, is_simulated
from governance.tasks import close_due
from network.models import Member

FIRST = ("confirm_resolved", "submit", "check_in", "open", "go_to_item", "answer_driver", "accept_driver", "start",
         "pass_turn", "take_turn", "close_round", "keep", "position", "reveal", "judge", "close_test",
         "offer_amendment", "accept_amendment", "close_decision", "continue_exercise", "close", "draw_up_minutes",
         "approve_minutes")  # fmt: skip
WORDS = {
    "answer_driver": {"answer": "clear"},
    "take_turn": {"text": "Oui."},
    "position": {"choice": "consent"},
    "judge": {"agree": "yes"},
    "offer_amendment": {"text": "Un vélo-cargo, rangé dans la cour."},
    "go_to_item": {"item": 1},
}


def walk(assembly, person, *, position=None, most=80):
    """Do as a newcomer would: press the first thing that the page allows, until the minutes stand."""
    kinds = []
    for _ in range(most):
        view = room_view(assembly.pk, viewer=person)
        if view.state.stage == "minutes_adopted":
            break
        allowed = {each.kind: each for each in view.mine.acts if each.allowed}
        kind = next(each for each in FIRST if each in allowed and sensible(each, view, person))
        more = (position if kind == "position" and position and not kinds.count("position") else None) or WORDS.get(
            kind, {}
        )
        payload = {**allowed[kind].fixed, **more}
        act(assembly_id=assembly.pk, actor=person, kind=kind, payload=payload, key=uuid4())
        kinds.append(kind)
    return kinds


def sensible(kind, view, person):
    """Whether this person has not done that already, and would not end a meeting that is still deciding."""
    consent, answered = view.state.consent, ()
    if consent:
        answered = [each.id for each in consent.answered]
        if kind == "offer_amendment":
            return consent.amendment is None and consent.proposer.id == person.pk
        if kind == "confirm_resolved":
            return consent.amendment is not None and not consent.amendment.confirmed
        if kind == "close_round":
            return consent.answered_count == consent.expected_count
    if kind == "go_to_item":
        return view.state.current is None
    if kind == "close":
        return consent is not None and consent.stage == "closed"
    return kind not in {"answer_driver", "position", "judge"} or person.pk not in answered


@pytest.mark.parametrize("role", ["take_part", "facilitate", "carry"])
def test_one_person_alone_walks_from_the_door_to_the_minutes(cast, role):
    before = Entry.objects.count()
    made = start_exercise(actor=cast.alix, role=role)
    kinds = walk(made, cast.alix)
    view = room_view(made.pk, viewer=cast.alix)
    assert view.state.stage == "minutes_adopted", kinds
    session = ConsentSession.everything.get(assembly=made)
    assert session.stage == "closed"
    assert StepRow.objects.filter(session=session, kind="judge").exists(), "somebody objected, and it was examined"
    assert view.state.exercise is not None
    assert Entry.objects.count() == before
    assert not Decision.objects.exists()
    assert "(simulation)" in made.minutes.last().text


def test_objection_of_the_person_is_taken_up_by_the_others(cast):
    made = start_exercise(actor=cast.alix, role="take_part")
    mine = {
        "choice": "objection",
        "text": "Trop cher.",
        "consequence": "La caisse serait vide.",
        "ground": "side_effect",
    }
    assert "confirm_resolved" in walk(made, cast.alix, position=mine)
    assert room_view(made.pk, viewer=cast.alix).state.stage == "minutes_adopted"


def test_exercise_is_in_no_list_of_real_things(cast):
    made = start_exercise(actor=cast.alix, role="take_part")
    walk(made, cast.alix, most=6)
    assert assemblies(viewer=cast.alix) == ()
    assert propositions_for(cast.alix) == ()
    assert [row.id for row in exercises(viewer=cast.alix)] == [made.pk]
    assert exercises(viewer=cast.fanny) == ()
    for table in (Assembly, Proposal, ConsentSession):
        assert not table.objects.exists()
    assert not Member.objects.filter(name__in=NAMES).exists()
    assert made.circle.assemblies.count() == 0


def test_others_of_the_collective_join_before_the_decision_opens(cast):
    made = start_exercise(actor=cast.alix, role="take_part")
    act(assembly_id=made.pk, actor=cast.dominique, kind="check_in", payload={}, key=uuid4())
    walk(made, cast.alix, most=4)
    assert cast.dominique.pk in ConsentSession.everything.get(assembly=made).electorate
    with pytest.raises(DomainError):
        act(assembly_id=made.pk, actor=cast.fanny, kind="check_in", payload={}, key=uuid4())
    with pytest.raises(NotEntitled):
        start_exercise(actor=cast.fanny, role="take_part")


def test_nobody_goes_on_in_a_real_meeting(cast):
    cast.enter()
    with pytest.raises(DomainError, match="no_exercise"):
        cast.do(cast.alix, "continue_exercise")


def test_nobody_speaks_for_a_simulated_person(cast):
    made = start_exercise(actor=cast.alix, role="take_part")
    with pytest.raises(DomainError, match="unknown_field"):
        act(assembly_id=made.pk, actor=cast.alix, kind="check_in", payload={"as": FIRST_ID}, key=uuid4())


def test_everything_goes_after_the_days_of_the_charter_and_nothing_else(cast, clock):
    cast.to_adopted()
    real = (StepRow.objects.count(), RoomStep.objects.count(), Entry.objects.count())
    made = start_exercise(actor=cast.alix, role="facilitate")
    walk(made, cast.alix)
    clock.advance(days=6)
    assert close_due()["exercises"] == 0
    clock.advance(days=2)
    assert close_due()["exercises"] == 1
    assert close_due()["exercises"] == 0
    assert not Assembly.everything.filter(exercise=True).exists()
    assert not Proposal.everything.filter(exercise=True).exists()
    assert not Minutes.objects.exists()
    assert (StepRow.objects.count(), Entry.objects.count()) == (real[0] + lapses(cast), real[2])
    assert not delete_exercise(assembly_id=cast.assembly.pk), "a real meeting is never reached"


def lapses(cast):
    """Steps that time alone has put into the real decision meanwhile: presence lapsed."""
    return StepRow.objects.filter(session=cast.session(), kind="presence", seq__gt=0).count() - PRESENCE


PRESENCE = 1  # noted when the item came on the table


def test_characters_are_drawn_from_the_seed_alone():
    people = {FIRST_ID + n: name for n, name in enumerate(NAMES[:4])}
    seeds = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(20)]
    places = {tuple(Cast(people, seed, FIRST_ID + 1, FIRST_ID).place(FIRST_ID + n) for n in (2, 3)) for seed in seeds}
    assert places == {(0, 1), (1, 0)}
    again = Cast(people, seeds[0], FIRST_ID + 1, FIRST_ID)
    assert again.place(FIRST_ID + 2) == Cast(people, seeds[0], FIRST_ID + 1, FIRST_ID).place(FIRST_ID + 2)
    assert again.place(FIRST_ID) == 2
    assert not is_simulated(FIRST_ID - 1)
