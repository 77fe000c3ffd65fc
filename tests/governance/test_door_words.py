"""What people without a device say aloud of an objection: a juror's vote, an objector's word that it is lifted."""

import pytest

from governance.actions.circles import join_circle
from governance.actions.presence import heartbeat
from governance.errors import DomainError, NotEntitled
from governance.models import Step as StepRow
from governance.queries.rooms import load, room_view
from network.actions.collectives import admit_member
from tests.governance.conftest import OBJECTION, make_member
from tests.governance.test_hybrid import enter, to_call


@pytest.fixture
def five(cast):
    """Dominique comes without a device, Élise late; Camille keeps the record; the call is open."""
    cast.elise = make_member("Elise")
    admit_member(collective=cast.collective, member=cast.elise)
    for member in (cast.dominique, cast.elise):
        join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=member)
    cast.convene()
    cast.do(cast.bachir, "name_secretary", person=cast.camille.pk)
    for member in cast.three:
        cast.do(member, "check_in")
    cast.do(cast.camille, "check_in_person", person=cast.dominique.pk)
    cast.do(cast.bachir, "open")
    cast.do(cast.bachir, "go_to_item", item=1)
    to_call(cast)
    return cast


def relay(cast, said, **more):
    return cast.do(cast.camille, "relay", person=cast.dominique.pk, said=said, **more)


def deadlock(cast, clock):
    """Bachir objects, Alix disagrees that it qualifies, and the time of the examination passes."""
    enter(cast, choice="consent", text="")
    cast.do(cast.bachir, "confirm_position", entry=1)
    cast.answer(cast.alix, cast.camille)
    cast.do(cast.bachir, "position", version=1, call=1, **OBJECTION)
    cast.do(cast.bachir, "reveal", version=1, call=1)
    cast.do(cast.elise, "check_in")
    cast.do(cast.alix, "judge", objection=1, agree="no", reason="Nous finissons avant.")
    for _ in range(3):
        clock.advance(minutes=6)
        for member in (*cast.three, cast.elise):
            heartbeat(assembly_id=cast.assembly.pk, member=member)
    cast.do(cast.bachir, "draw_jury", objection=1)


def test_a_juror_at_the_door_votes_aloud(five, clock):
    deadlock(five, clock)
    jury = load(five.assembly.pk).state.objection(1).jury
    assert set(jury) == {five.camille.pk, five.dominique.pk, five.elise.pk}
    with pytest.raises(DomainError, match="field_missing"):
        relay(five, "yes")
    relay(five, "yes", text="Cela s’est vu deux fois.")
    vote = StepRow.objects.get(kind="jury_vote")
    assert (vote.actor, vote.payload["agree"], vote.payload["entered_by"]) == (five.dominique, True, five.camille.pk)
    with pytest.raises(DomainError, match="already_answered"):
        relay(five, "no", text="Finalement non.")
    five.do(five.elise, "jury_vote", objection=1, agree="yes", reason="Oui.")
    assert load(five.assembly.pk).state.stage == "integrate"


def objected_at_the_door(cast):
    """Dominique's objection, entered by two, is found to qualify; Alix offers a change."""
    enter(cast, **OBJECTION)
    cast.do(cast.bachir, "confirm_position", entry=1)
    cast.answer()
    cast.do(cast.bachir, "reveal", version=1, call=1)
    for member in cast.three:
        cast.do(member, "judge", objection=1, agree="yes")
    cast.do(cast.bachir, "close_test", objection=1)
    cast.do(cast.alix, "offer_amendment", version=1, text="Nous nous réunissons au local à 18 h.")


def test_an_objector_at_the_door_says_that_it_is_lifted(five):
    objected_at_the_door(five)
    with pytest.raises(DomainError, match="author_not_confirmed"):
        five.do(five.bachir, "accept_amendment", version=1, objection=1)
    offered = room_view(five.assembly.pk, viewer=five.camille).mine.act("relay")
    assert "resolved" in dict(next(each for each in offered.fields if each.name == "said").choices)
    relay(five, "resolved")
    assert five.do(five.bachir, "accept_amendment", version=1, objection=1).code == "objection_call"


def test_words_said_of_one_offer_do_not_count_for_another(five):
    objected_at_the_door(five)
    heard = room_view(five.assembly.pk, viewer=five.camille).mine.act("relay").fixed
    five.do(five.alix, "offer_amendment", version=1, text="Rien ne change.")
    with pytest.raises(DomainError, match="stale_version"):
        relay(five, "resolved", **heard)
    assert not load(five.assembly.pk).state.amendment.confirmed_by


def test_who_carries_the_proposal_does_not_pass_that_on(five):
    objected_at_the_door(five)
    five.do(five.bachir, "name_secretary", person=five.alix.pk)
    with pytest.raises(NotEntitled, match="party_to_it"):
        five.do(five.alix, "relay", person=five.dominique.pk, said="resolved")
    assert not load(five.assembly.pk).state.amendment.confirmed_by
