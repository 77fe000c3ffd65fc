"""A decision in writing: windows, reminders, and the clock that closes what is due; rights at every door."""

from datetime import timedelta
from uuid import uuid4

import pytest

from governance.actions.assemblies import act, convene
from governance.actions.circles import begin_mandate, end_mandate
from governance.actions.proposals import draft_proposal
from governance.actions.written import act_on_proposal, decide_in_writing, due_sessions, take_due_step
from governance.errors import Invalid, NotEntitled, NotFound, WrongState
from governance.models import CircleMember, ConsentSession, Decision, Entry, Proposal, Step
from governance.queries.consent import proposal_view
from governance.queries.proposal_room import proposal_room, writing_choices
from governance.queries.register import check_register
from governance.queries.states import session_state
from governance.queries.waiting import waiting_for
from governance.tasks import close_due
from tests.governance.conftest import OBJECTION, Cast, sent


@pytest.fixture
def cast(cast, clock) -> Cast:
    """The cast, with a complete proposal of Alix and a clock that moves when told."""
    cast.clock = clock
    cast.proposal = complete_proposal(cast)
    return cast


def complete_proposal(cast: Cast) -> Proposal:
    """A proposal of Alix's with everything that a call needs."""
    return draft_proposal(
        actor=cast.alix,
        circle_id=cast.circle.pk,
        title="Se réunir au local",
        driver="Nos réunions en ligne laissent des membres de côté.",
        text="Nous nous réunissons au local chaque premier mardi du mois.",
        review_on="2027-06-01",
        responsible_id=cast.alix.pk,
        criteria="Au moins deux tiers de présence.",
    )


def begin(cast, actor=None, facilitator=None, key=None):
    who = {"facilitator_id": facilitator.pk} if facilitator else {}
    return decide_in_writing(actor=actor or cast.bachir, proposal_id=cast.proposal.pk, key=key or uuid4(), **who)


@pytest.fixture
def letter(cast):
    """Bachir lets it be decided in writing, and facilitates."""
    begin(cast)
    return cast


def do(cast, actor, kind, *, key=None, **payload):
    payload = sent(state(cast), kind, payload)
    return act_on_proposal(proposal_id=cast.proposal.pk, actor=actor, kind=kind, payload=payload, key=key or uuid4())


def state(cast):
    return session_state(cast.session())


def wait(cast, hours: int) -> None:
    """Let time pass; the worker comes by every six hours."""
    for _ in range(hours // 6):
        cast.clock.advance(hours=6)
        close_due()


def to_call(cast) -> None:
    """Up to the call: the worker moves on as soon as everybody has answered."""
    do(cast, cast.alix, "submit", version=1)
    for member in cast.three:
        do(cast, member, "answer_driver", version=1, answer="clear")
    close_due()
    do(cast, cast.bachir, "start", version=1)
    for number in (1, 2):
        for member in cast.three:
            do(cast, member, "pass_turn", round=number)
        close_due()
    do(cast, cast.alix, "keep", version=1)


def kinds(cast) -> list[str]:
    return list(Step.objects.filter(session=cast.session()).values_list("kind", flat=True))


# --- opening it -----------------------------------------------------------------------------------------


def test_whoever_convenes_facilitates_and_everybody_counts_as_present(letter):
    assert state(letter).written
    assert state(letter).facilitator == letter.bachir.pk
    assert state(letter).here == {member.pk for member in letter.three}
    assert letter.session().assembly is None


def test_the_circle_mandate_goes_before_who_convenes(cast):
    today = cast.clock.now().date()
    begin_mandate(circle=cast.circle, member=cast.camille, role="facilitator", starts_on=today, ends_on=None)
    assert writing_choices(cast.proposal.pk, viewer=cast.bachir).mandated.id == cast.camille.pk
    begin(cast, cast.bachir)
    assert state(cast).facilitator == cast.camille.pk


def test_a_mandate_ended_before_its_day_names_no_facilitator(cast):
    today = cast.clock.now().date()
    given = begin_mandate(circle=cast.circle, member=cast.camille, role="facilitator", starts_on=today, ends_on=None)
    end_mandate(actor=cast.camille, mandate_id=given.pk, reason="Je passe la main.")
    assert writing_choices(cast.proposal.pk, viewer=cast.bachir).mandated is None
    begin(cast, cast.bachir)
    assert state(cast).facilitator == cast.bachir.pk


def test_a_proposer_with_the_mandate_still_does_not_facilitate(cast):
    today = cast.clock.now().date()
    begin_mandate(circle=cast.circle, member=cast.alix, role="facilitator", starts_on=today, ends_on=None)
    begin(cast, cast.camille)
    assert state(cast).facilitator == cast.camille.pk


@pytest.mark.parametrize(("named", "code"), [(None, "facilitator_needed"), ("alix", "facilitator_unfit")])
def test_the_proposer_names_somebody_else_or_nothing_opens(cast, named, code):
    with pytest.raises(Invalid) as refused:
        begin(cast, cast.alix, getattr(cast, named) if named else None)
    assert refused.value.code == code
    assert not ConsentSession.objects.exists()
    begin(cast, cast.alix, cast.camille)
    assert state(cast).facilitator == cast.camille.pk


def test_only_the_circle_opens_it_and_strangers_know_nothing(cast):
    with pytest.raises(NotEntitled):
        begin(cast, cast.dominique)
    with pytest.raises(NotFound):
        begin(cast, cast.fanny)
    begin(cast)
    for who, refusal in ((cast.dominique, NotEntitled), (cast.fanny, NotFound)):
        with pytest.raises(refusal):
            do(cast, who, "submit", version=1)
    with pytest.raises(NotFound):
        proposal_room(cast.proposal.pk, viewer=cast.fanny)
    assert proposal_room(cast.proposal.pk, viewer=cast.dominique).mine.acts == ()


def test_same_key_same_receipt(cast):
    key = uuid4()
    assert begin(cast, key=key) == begin(cast, key=key)
    assert kinds(cast).count("go_written") == 1


# --- from the first window to the register ----------------------------------------------------------------


def test_an_objection_is_integrated_in_writing(letter):
    to_call(letter)
    for member in (letter.alix, letter.bachir):
        do(letter, member, "position", version=1, call=1, choice="consent")
    do(letter, letter.camille, "position", version=1, call=1, **OBJECTION)
    assert state(letter).stage == "objection_call", "one may change one's mind until the worker comes by"
    close_due()
    for member in (letter.alix, letter.bachir):
        do(letter, member, "judge", objection=1, agree="yes")
    close_due()
    do(letter, letter.alix, "offer_amendment", version=1, text="Nous nous réunissons au local à 18 h.")
    do(letter, letter.camille, "confirm_resolved", objection=1)
    wait(letter, 12)
    assert state(letter).stage == "integrate", "the others may still oppose"
    wait(letter, 168)
    assert (state(letter).stage, state(letter).version.number) == ("objection_call", 2)
    for member in letter.three:
        do(letter, member, "position", version=2, call=1, choice="consent")
    close_due()
    body = Decision.objects.get().entry.body
    assert body["context"]["written"] is True
    assert body["calls"][1]["window"]["opens_at"] < body["calls"][1]["window"]["closes_at"]
    assert body["assembly"] is None
    wait(letter, 54)
    assert state(letter).stage == "closed"
    assert check_register(letter.collective).first_bad is None


def test_the_clock_accepts_no_text_that_its_objector_never_read(letter):
    integrating(letter)
    do(letter, letter.alix, "offer_amendment", version=1, text="Nous nous réunissons au local à 18 h.")
    do(letter, letter.bachir, "offer_amendment", version=1, text="Rien ne change.")
    with pytest.raises(WrongState, match="stale_version"):
        do(letter, letter.camille, "confirm_resolved", objection=1, offer=1)
    wait(letter, 180)
    assert (state(letter).stage, state(letter).objection(1).upheld()) == ("deferred", True)


def test_windows_end_only_after_two_reminders(letter):
    do(letter, letter.alix, "submit", version=1)
    assert letter.session().due_at == state(letter).ends_at - timedelta(hours=48)
    wait(letter, 78)
    assert kinds(letter).count("remind") == 2
    assert state(letter).stage == "presented"


def test_a_node_that_slept_still_reminds_before_it_closes(letter):
    to_call(letter)
    letter.clock.advance(days=30)
    close_due()
    assert state(letter).stage == "objection_call"
    assert state(letter).ends_at > letter.clock.now(), "the end moved: reminders must precede it"
    wait(letter, 60)
    assert kinds(letter)[-3:].count("remind") >= 1
    assert state(letter).stage != "objection_call" or state(letter).call == 2


def test_clarifying_goes_on_while_a_question_has_no_answer(letter):
    do(letter, letter.alix, "submit", version=1)
    for member in letter.three:
        do(letter, member, "answer_driver", version=1, answer="clear")
    close_due()
    do(letter, letter.bachir, "start", version=1)
    do(letter, letter.camille, "take_turn", round=1, text="À quelle heure ?")
    for member in (letter.alix, letter.bachir):
        do(letter, member, "pass_turn", round=1)
    with pytest.raises(WrongState) as refused:
        do(letter, letter.bachir, "close_round", round=1)
    assert refused.value.code == "question_unanswered"
    wait(letter, 78)
    assert (state(letter).stage, kinds(letter).count("prolong")) == ("clarify", 1)
    do(letter, letter.alix, "answer_question", text="À 18 h.", question=1)
    close_due()
    assert state(letter).round == 2


def test_silence_is_no_position_and_too_few_call_again(letter):
    to_call(letter)
    do(letter, letter.alix, "position", version=1, call=1, choice="consent")
    wait(letter, 132)
    call = state(letter).revealed[0]
    assert [each.choice for each in call.positions] == ["consent", "no_position", "no_position"]
    assert state(letter).call == 2


def test_what_waits_for_whom_and_until_when(letter):
    assert [each.kind for each in waiting_for(letter.alix, letter.clock.now())] == ["consent_submit"]
    to_call(letter)
    for member in letter.three:
        assert [each.kind for each in waiting_for(member, letter.clock.now())] == ["consent_position"]
    line = waiting_for(letter.camille, letter.clock.now())[0]
    assert (line.page, line.args, line.due_at) == ("proposition", (letter.proposal.pk,), state(letter).ends_at)
    do(letter, letter.camille, "position", version=1, call=1, choice="consent")
    assert waiting_for(letter.camille, letter.clock.now()) == []
    assert waiting_for(letter.dominique, letter.clock.now()) == []


def test_who_leaves_the_circle_counts_no_more(letter):
    to_call(letter)
    CircleMember.objects.filter(member=letter.camille).update(until=letter.clock.now())
    for member in (letter.alix, letter.bachir):
        do(letter, member, "position", version=1, call=1, choice="consent")
    with pytest.raises(NotEntitled):
        do(letter, letter.camille, "position", version=1, call=1, **OBJECTION)
    close_due()
    assert state(letter).stage == "adopted"


def test_facilitation_is_handed_on_and_taken_when_nobody_holds_it(letter):
    do(letter, letter.bachir, "offer_facilitation", person=letter.camille.pk)
    with pytest.raises(NotEntitled):
        do(letter, letter.alix, "take_facilitation")
    do(letter, letter.camille, "take_facilitation")
    assert state(letter).facilitator == letter.camille.pk
    CircleMember.objects.filter(member=letter.camille).update(until=letter.clock.now())
    with pytest.raises(NotEntitled):
        do(letter, letter.alix, "take_facilitation")
    do(letter, letter.bachir, "take_facilitation")
    assert state(letter).facilitator == letter.bachir.pk


# --- a room or writing, never both --------------------------------------------------------------------------


def room_of(cast):
    cast.assembly = convene(
        actor=cast.bachir,
        circle_id=cast.circle.pk,
        title="Assemblée",
        starts_at=cast.clock.now(),
        agenda=[("", cast.proposal.pk), ("Divers", None)],
    )
    for member in cast.three:
        cast.do(member, "check_in")
    cast.do(cast.bachir, "open")


def test_a_room_takes_it_up_at_the_edge_of_a_stage_only(letter):
    room_of(letter)
    to_call(letter)
    do(letter, letter.camille, "position", version=1, call=1, choice="consent")
    with pytest.raises(WrongState) as refused:
        letter.do(letter.bachir, "go_to_item", item=1)
    assert refused.value.code == "inside_stage"
    wait(letter, 132)
    room_of(letter)
    letter.do(letter.bachir, "go_to_item", item=1)
    assert not state(letter).written
    assert (state(letter).stage, state(letter).call) == ("objection_call", 3)
    assert "go_live" in kinds(letter)
    with pytest.raises(WrongState) as refused:
        begin(letter)
    assert refused.value.code == "item_on_table"
    with pytest.raises(WrongState) as refused:
        do(letter, letter.camille, "position", version=1, call=3, choice="consent")
    assert refused.value.code == "item_on_table"


def test_what_a_room_left_goes_on_in_writing(cast):
    room_of(cast)
    cast.do(cast.bachir, "go_to_item", item=1)
    cast.do(cast.alix, "submit", version=1)
    with pytest.raises(WrongState) as refused:
        act(assembly_id=cast.assembly.pk, actor=cast.camille, kind="go_written", payload={}, key=uuid4())
    assert refused.value.code == "item_on_table"
    cast.do(cast.bachir, "go_to_item", item=2)
    begin(cast, cast.camille)
    assert (state(cast).stage, state(cast).facilitator) == ("driver_check", cast.camille.pk)
    assert state(cast).moves[0][1] is True
    cast.do(cast.bachir, "close")
    assert state(cast).written


# --- what falls due -----------------------------------------------------------------------------------------


def test_two_workers_take_a_step_once(letter):
    do(letter, letter.alix, "submit", version=1)
    for member in letter.three:
        do(letter, member, "answer_driver", version=1, answer="clear")
    (session,) = due_sessions()
    assert [take_due_step(session_id=session), take_due_step(session_id=session)] == [True, False]
    assert kinds(letter).count("accept_driver") == 1


def test_deferred_resumes_on_its_day_by_itself(letter):
    integrating(letter)
    day = letter.clock.now().date().replace(day=28).isoformat()
    do(letter, letter.bachir, "choose_exit", version=1, exit="defer", reason="Plus tard.", until=day)
    assert state(letter).stage == "deferred"
    wait(letter, 24 * 10)
    assert (state(letter).stage, state(letter).objection(1).to_confirm) == ("draft", True)


def integrating(cast):
    to_call(cast)
    for member in (cast.alix, cast.bachir):
        do(cast, member, "position", version=1, call=1, choice="consent")
    do(cast, cast.camille, "position", version=1, call=1, **OBJECTION)
    close_due()
    for member in (cast.alix, cast.bachir):
        do(cast, member, "judge", objection=1, agree="yes")
    close_due()


def test_a_trial_lapses_at_its_instant_and_the_register_says_so(letter):
    integrating(letter)
    trial = {"exit": "trial", "reason": "Essayons.", "text": "Deux mois au local.", "ends_on": "2026-12-31"}
    do(letter, letter.bachir, "choose_exit", version=1, **trial)
    do(letter, letter.camille, "confirm_resolved", objection=1)
    for member in letter.three:
        do(letter, member, "position", version=2, call=1, choice="consent")
    close_due()
    assert state(letter).stage == "adopted"
    wait(letter, 24 * 60)
    assert state(letter).lapsed_at.isoformat() == "2027-01-01T00:00:00+00:00"
    lapse = Entry.objects.get(kind="lapse")
    assert lapse.body["cites"] == Decision.objects.get().entry.seq
    assert lapse.body["lapsed_at"].startswith("2027-01-01T00:00:00")
    assert proposal_view(letter.proposal.pk, viewer=letter.alix).consent.lapsed_at
    with pytest.raises(WrongState) as refused:
        do(letter, letter.camille, "reopen", fact="Vendu.", text="a", consequence="b", ground="side_effect")
    assert refused.value.code == "already_lapsed"


def test_the_review_brings_the_decision_back_with_its_concerns(letter):
    to_call(letter)
    for member in (letter.alix, letter.bachir):
        do(letter, member, "position", version=1, call=1, choice="consent")
    do(letter, letter.camille, "position", version=1, call=1, choice="concern", text="Penser aux trains.")
    close_due()
    wait(letter, 54)
    letter.clock.advance(days=220)
    close_due()
    draft = Proposal.objects.get(follows=Decision.objects.get())
    assert "Penser aux trains." in draft.driver
    assert draft.criteria == letter.proposal.criteria
    close_due()
    assert Proposal.objects.filter(follows__isnull=False).count() == 1
