"""The room's door: who may do what, what an act offers next, what happens between items."""

from datetime import UTC, datetime

import pytest

from governance.actions.assemblies import convene
from governance.actions.circles import join_circle
from governance.actions.proposals import draft_proposal, edit_proposal
from governance.errors import Invalid, NotEntitled, NotFound, TermMissing, WrongState
from governance.models import Charter, ConsentSession, Decision, Proposal
from governance.queries.agenda import charter_in_force, circles, propositions_for
from governance.queries.assemblies import assemblies, convening_choices
from governance.queries.consent import proposal_view
from governance.queries.rooms import room_view
from governance.queries.states import charter_of
from governance.tasks import close_due


def acts(cast, member):
    return {act.kind: act for act in room_view(cast.assembly.pk, viewer=member).mine.acts}


def test_strangers_do_not_know_of_the_room(cast):
    cast.convene()
    for viewer in (cast.fanny, None):
        with pytest.raises(NotFound):
            room_view(cast.assembly.pk, viewer=viewer)
        with pytest.raises(NotFound):
            proposal_view(cast.proposal.pk, viewer=viewer)
        assert assemblies(viewer=viewer) == ()
        assert propositions_for(viewer) == ()


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)])
def test_an_assembly_is_convened_within_the_calendar(cast, at):
    with pytest.raises(Invalid, match="field_malformed") as refused:
        convene(actor=cast.bachir, circle_id=cast.circle.pk, title="Loin", starts_at=at)
    assert refused.value.facts == {"field": "starts_at"}


def test_offered_acts_are_legal_and_refused_ones_say_why(cast):
    cast.to_call()
    facilitator = acts(cast, cast.bachir)
    assert (facilitator["reveal"].allowed, facilitator["reveal"].refusal) == (False, "waiting_for_answers")
    assert facilitator["reveal"].fixed == {"version": 1, "call": 1}
    assert "reveal" not in acts(cast, cast.alix)
    mine = acts(cast, cast.camille)["position"]
    assert mine.allowed
    assert [field.name for field in mine.fields] == ["choice", "text", "consequence", "ground"]
    assert set(acts(cast, cast.dominique)) == {"observe"}


def test_every_allowed_act_without_fields_is_accepted(cast):
    """What a button offers, the door takes: for each person in turn, on a fresh room."""
    cast.to_adopted()
    for member in cast.three:
        for act in acts(cast, member).values():
            if act.allowed and not act.fields and act.kind not in {"close", "leave", "close_decision"}:
                cast.do(member, act.kind, **act.fixed)


def test_going_elsewhere_waits_for_the_end_of_a_call(cast):
    cast.to_call()
    with pytest.raises(WrongState, match="call_open"):
        cast.do(cast.bachir, "go_to_item", item=2)
    cast.answer()
    cast.do(cast.bachir, "reveal", version=1, call=1)
    cast.do(cast.bachir, "go_to_item", item=2)
    assert cast.session().stage == "closed"
    with pytest.raises(WrongState, match="no_decision_here"):
        cast.do(cast.alix, "submit", version=1)


def test_item_put_aside_is_suspended_and_taken_up_where_it_was(cast):
    cast.enter()
    cast.do(cast.alix, "submit", version=1)
    cast.do(cast.bachir, "go_to_item", item=2)
    assert cast.session().stage == "suspended"
    cast.do(cast.bachir, "go_to_item", item=1)
    assert cast.session().stage == "driver_check"


def test_closing_mid_call_adopts_nothing(cast):
    cast.to_call()
    cast.answer()
    cast.do(cast.bachir, "close")
    assert cast.session().stage == "suspended"
    assert not Decision.objects.exists()
    cast.do(cast.bachir, "draw_up_minutes")


def test_decision_goes_on_in_the_next_assembly(cast):
    cast.to_call()
    cast.do(cast.bachir, "close")
    proposal = cast.proposal
    cast.convene()
    cast.assembly.items.filter(position=1).update(proposal=proposal)
    cast.proposal = proposal
    for member in cast.three:
        cast.do(member, "check_in")
    cast.do(cast.bachir, "open")
    cast.do(cast.bachir, "go_to_item", item=1)
    cast.answer(call=2)
    assert cast.do(cast.bachir, "reveal", version=1, call=2).code == "adopted"


def test_electorate_and_charter_are_frozen_at_the_opening(cast):
    cast.enter()
    join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.dominique)
    cast.do(cast.dominique, "check_in")
    cast.do(cast.alix, "submit", version=1)
    with pytest.raises(NotEntitled, match="not_elector"):
        cast.do(cast.dominique, "answer_driver", version=1, answer="clear")
    assert sorted(cast.session().electorate) == sorted(member.pk for member in cast.three)


def test_facilitator_of_an_own_proposal_needs_a_deputy(cast):
    cast.convene()
    cast.assembly.convened_by = cast.alix
    cast.assembly.save()
    for member in cast.three:
        cast.do(member, "check_in")
    cast.do(cast.alix, "open")
    cast.do(cast.alix, "name_deputy", person=cast.bachir.pk)
    cast.do(cast.alix, "go_to_item", item=1)
    cast.do(cast.alix, "submit", version=1)
    for member in cast.three:
        cast.do(member, "answer_driver", version=1, answer="clear")
    with pytest.raises(NotEntitled):
        cast.do(cast.alix, "accept_driver", version=1)
    assert cast.do(cast.bachir, "accept_driver", version=1).code == "presented"


def test_review_opens_a_draft_with_the_concerns(cast, clock):
    cast.to_adopted()
    cast.do(cast.camille, "file_concern", text="Le chauffage est cher.")
    cast.do(cast.bachir, "close_decision")
    assert close_due()["reviews"] == 0
    clock.advance(days=200)
    assert close_due()["reviews"] == 1
    assert close_due()["reviews"] == 0
    draft = Proposal.objects.get(follows__isnull=False)
    assert "Le chauffage est cher." in draft.driver
    assert draft.criteria == cast.proposal.criteria
    assert not ConsentSession.objects.filter(proposal=draft).exists()


def test_draft_is_checked_and_edited_by_its_author_only(cast):
    draft = draft_proposal(actor=cast.alix, circle_id=cast.circle.pk, title="Titre")
    edit_proposal(actor=cast.alix, proposal_id=draft.pk, text="Neuf", review_on="2027-01-01")
    draft.refresh_from_db()
    assert (draft.text, draft.title, str(draft.review_on)) == ("Neuf", "Titre", "2027-01-01")
    with pytest.raises(NotEntitled):
        edit_proposal(actor=cast.bachir, proposal_id=draft.pk, text="x")
    with pytest.raises(NotEntitled):
        draft_proposal(actor=cast.dominique, circle_id=cast.circle.pk, title="Titre")
    with pytest.raises(Invalid):
        draft_proposal(actor=cast.alix, circle_id=cast.circle.pk, title=" ")
    with pytest.raises(Invalid):
        draft_proposal(actor=cast.alix, circle_id=cast.circle.pk, title="T", responsible_id=cast.fanny.pk)
    with pytest.raises(TermMissing):
        draft_proposal(actor=cast.alix, circle_id=cast.circle.pk, title="T", decision_class="statutory")


def test_charter_hands_trust_figures_down_and_never_changes(cast):
    cast.collective.refresh_from_db()
    assert cast.collective.trust_terms["trust.alpha"] == "3/20"
    view = charter_in_force()
    assert len(view.articles) == 6
    assert ("consent.test_minutes", "15") in view.terms
    with pytest.raises(TypeError):
        Charter.objects.update(version=9)
    assert charter_of(cast.collective).digest == view.digest


def test_lists(cast):
    cast.enter()
    cast.do(cast.alix, "submit", version=1)
    (row,) = propositions_for(cast.camille)
    assert (row.group, row.why) == ("for_me", "driver_check")
    assert propositions_for(cast.dominique)[0].group == "assembly"
    assert assemblies(viewer=cast.dominique)[0].mine is False
    assert [circle.mine for circle in circles(viewer=cast.alix)] == [True]
    assert [person.name for _, person in convening_choices(cast.alix).proposals] == ["Se réunir au local"]
