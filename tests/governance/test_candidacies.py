"""From a wish to a membership, and its other ends, through the doors that everybody uses."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from governance.actions import candidacies as candidacies_door
from governance.actions.assemblies import act, convene
from governance.actions.candidacies import act_on, express
from governance.actions.candidacy_decisions import propose_suspension
from governance.actions.candidacy_due import tend_candidacies
from governance.actions.candidacy_follow import follow
from governance.actions.candidacy_journal import write_step
from governance.actions.charter import adopt_charter
from governance.actions.charter_drafts import begin_draft
from governance.actions.circles import join_circle, open_circle
from governance.actions.elections import call_election
from governance.actions.lots import act_in_lot, open_lot
from governance.actions.presence import heartbeats, sweep
from governance.actions.proposals import draft_proposal
from governance.actions.written import act_on_proposal, decide_in_writing
from governance.errors import IllegalStep, Invalid, NotEntitled, NotFound, WrongState
from governance.models import Candidacy, CandidacyStep, CandidacyText, ConsentSession, Entry, PersonObjection, Proposal
from governance.permissions import belongs, can_follow, in_circle
from governance.queries.candidacies import candidacies
from governance.queries.candidacy_view import candidacy_view
from governance.queries.own_data import own_data
from governance.queries.proposal_room import proposal_room
from governance.queries.register import check_register
from governance.queries.rooms import room_view
from governance.queries.waiting import waiting_for
from governance.rules.candidacy import Stage
from governance.rules.charter import Article, CharterText, Terms
from governance.rules.lot import permutation, seed
from governance.rules.register import commitment
from governance.rules.session import Step
from governance.rules.templates import template
from network import clock
from network.actions.collectives import admit_member, end_membership
from network.actions.leaving import mark_member_gone
from network.models import Collective, Member, Membership, MembershipState
from tests.governance.candidacy_cast import OBJECTION, Candidate, Clock, answers, marks
from tests.governance.conftest import make_member
from tests.governance.test_lots import frozen


@pytest.fixture
def time(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def way(cast, time):
    return Candidate(cast, time)


def state_in(cast, member):
    return Membership.objects.filter(collective=cast.collective, member=member).values_list("state", flat=True).first()


def test_from_request_to_member(way, cast, time):
    way.on_probation()
    assert way.state.stage is Stage.PROBATION
    assert state_in(cast, cast.fanny) == MembershipState.PROBATION
    assert can_follow(cast.fanny, cast.circle)
    assert not in_circle(cast.fanny, cast.circle)
    time.days(170)
    tend_candidacies()
    assert way.state.notice_at is not None
    time.days(13)
    tend_candidacies()
    assert way.state.stage is Stage.PROBATION
    time.days(2)
    assert tend_candidacies() >= 1
    assert way.state.stage is Stage.MEMBER
    assert belongs(cast.fanny, cast.collective.pk)
    kinds = list(Entry.objects.order_by("seq").values_list("kind", "body__outcome"))
    assert kinds[1:] == [("decision", None), ("candidacy", "probation"), ("membership", "admitted")]
    assert check_register(cast.collective).first_bad is None


def test_nobody_is_named_in_the_register(way, cast):
    way.heard().on_the_table()
    way.answer(cast.alix, cast.bachir)
    way.answer(cast.camille, choice="concern", text="Gardons un œil sur la charge de travail de Fanny.")
    way.reveal()
    told = str(list(Entry.objects.exclude(kind="charter").values_list("body", flat=True)))
    assert "Fanny" not in told
    assert "charge de travail" not in told
    kept = CandidacyText.objects.get(role="decision", text__contains="charge de travail")
    assert commitment(kept.salt, kept.text) in told


def test_a_repeated_act_gets_its_receipt_again(way, cast):
    way.expressed()
    key = uuid4()
    first = way.do(cast.fanny, "ask_sponsor", key=key, person=cast.alix.pk)
    assert way.do(cast.fanny, "ask_sponsor", key=key, person=cast.alix.pk) == first
    with pytest.raises(WrongState, match="key_reused"):
        way.do(cast.fanny, "ask_sponsor", key=key, person=cast.bachir.pk)
    signed = {"signed": way.charter.digest, "answers": answers(way.charter), "organisation": ""}
    with pytest.raises(WrongState, match="candidacy_under_way"):
        express(actor=cast.fanny, collective_id=cast.collective.pk, key=uuid4(), **signed)
    with pytest.raises(WrongState, match="already_member"):
        express(actor=cast.alix, collective_id=cast.collective.pk, key=uuid4(), **signed)


def test_an_act_sent_twice_at_once_gets_one_receipt(way, cast, monkeypatch):
    """The second send looks for a receipt, finds none, and gets the lock after the first."""
    way.announced()
    key, lock, first = uuid4(), candidacies_door.locked_candidacy, []

    def locked(candidacy_id):
        if not first:
            first.append(None)
            first[0] = way.do(cast.camille, "evaluate", key=key, marks=marks(way.charter))
        return lock(candidacy_id)

    monkeypatch.setattr(candidacies_door, "locked_candidacy", locked)
    assert way.do(cast.camille, "evaluate", key=key, marks=marks(way.charter)) == first[0]
    assert CandidacyStep.objects.filter(kind="evaluate").count() == 1


def test_a_wish_sent_twice_at_once_is_one(way, cast, monkeypatch):
    signed = {"signed": way.charter.digest, "answers": answers(way.charter), "organisation": "", "key": uuid4()}
    first = []

    def meanwhile(*asked):
        if not first:
            first.append(None)
            first[0] = express(actor=cast.fanny, collective_id=cast.collective.pk, **signed)

    monkeypatch.setattr(candidacies_door, "_request_signature", meanwhile)
    assert express(actor=cast.fanny, collective_id=cast.collective.pk, **signed) == first[0]
    assert Candidacy.objects.filter(person=cast.fanny).count() == 1


def test_the_signature_covers_the_charter_in_force(way, cast):
    with pytest.raises(Invalid, match="charter_changed"):
        express(
            actor=cast.fanny, collective_id=cast.collective.pk, signed="sha256:00", answers=answers(way.charter),
            organisation="", key=uuid4(),
        )  # fmt: skip
    assert not Candidacy.objects.exists()
    assert state_in(cast, cast.fanny) is None


def test_sponsors_in_good_standing_with_limits(way, cast):
    """VOT-22: the refusal names the rule."""
    way.expressed().do(cast.fanny, "ask_sponsor", person=cast.alix.pk)
    Membership.objects.filter(member=cast.alix).update(since=clock.now() - timedelta(days=40))
    with pytest.raises(IllegalStep, match="sponsor_standing"):
        way.do(cast.alix, "confirm_sponsor", organisation="A")
    with pytest.raises(NotEntitled, match="not_asked"):
        way.do(cast.bachir, "confirm_sponsor", organisation="B")
    with pytest.raises(Invalid, match="sponsor_not_member"):
        way.do(cast.fanny, "ask_sponsor", person=cast.fanny.pk)


def test_a_sponsor_carries_a_candidacy_a_month(way, cast, time):
    way.sponsored()
    other = Candidate(cast, time).expressed(_stranger("Elise"))
    person = other.row.person
    other.do(person, "ask_sponsor", person=cast.alix.pk)
    with pytest.raises(IllegalStep, match="sponsor_too_soon"):
        other.do(cast.alix, "confirm_sponsor", organisation="A")
    time.days(31)
    other.do(cast.alix, "confirm_sponsor", organisation="A")
    third = Candidate(cast, time).expressed(_stranger("Gael"))
    time.days(31)
    third.do(third.row.person, "ask_sponsor", person=cast.alix.pk)
    with pytest.raises(IllegalStep, match="sponsor_too_many"):
        third.do(cast.alix, "confirm_sponsor", organisation="A")


def _stranger(name, origin="http://localhost:8000"):
    return Member.objects.create(
        uri=f"{origin}/u/{name.lower()}", origin=origin, handle=name.lower(), name=name, local=origin.endswith(":8000")
    )


def test_a_sponsor_who_leaves_pauses_the_candidacy(way, cast):
    """VOT-22: a sponsor who is revoked carries nothing."""
    way.evaluated()
    end_membership(collective=cast.collective, member=cast.bachir)
    tend_candidacies()
    assert way.state.stage is Stage.PAUSED
    way.do(cast.fanny, "ask_sponsor", person=cast.camille.pk)
    way.do(cast.camille, "confirm_sponsor", organisation="Atelier C")
    assert way.state.stage is Stage.HEARING


def test_what_one_takes_along_proves_no_evaluation_to_a_buyer(way, cast):
    """R5: among the marks in the register nobody can show which is theirs; words that were theirs they keep."""
    way.evaluated()
    mine = CandidacyText.objects.filter(author=cast.alix, role="evaluation")
    taken = str(own_data(cast.alix))
    assert mine.exists()
    for row in mine:
        assert row.salt not in taken
        assert row.commitment not in taken
        assert row.text in [each["text"] for each in own_data(cast.alix)["texts"]]


def test_frozen_electorate(way, cast, time):
    """R10: whoever joins after the announcement neither evaluates nor decides; whoever left is out."""
    way.heard()
    admit_member(collective=cast.collective, member=(late := _stranger("Gael")), at=clock.now())
    with pytest.raises(NotEntitled, match="not_elector"):
        way.do(late, "open_decision")
    way.on_the_table()
    electorate = ConsentSession.objects.get().electorate
    assert late.pk not in electorate
    assert cast.fanny.pk not in electorate
    assert cast.dominique.pk in electorate  # of the collective, though not of the circle


def test_members_outside_the_circle_are_called_to_the_decision(way, cast):
    way.heard().on_the_table()
    way.acts(cast.dominique, "check_in")
    assert cast.dominique.pk in way.session_state().present


def test_no_decision_before_the_gap(way, cast):
    way.heard().do(cast.alix, "open_decision")
    way.meet("Le même jour", [("", way.state.proposal)])
    with pytest.raises(IllegalStep, match="too_early"):
        way.acts(cast.bachir, "go_to_item", item=1)
    assert not ConsentSession.objects.exists()


def test_objection_cites_article_and_fact(way, cast):
    way.heard().on_the_table()
    for wrong, code in [
        ({"article": ""}, "field_missing"),
        ({"article": "inconnu"}, "article_unknown"),
        ({"fact": ""}, "field_missing"),
        ({"nature": "commercial"}, "ground_void"),
        ({"nature": "territory"}, "ground_void"),
    ]:
        with pytest.raises(Invalid, match=code):
            way.answer(cast.camille, **(OBJECTION | wrong))
    way.answer(cast.camille, **OBJECTION)
    assert PersonObjection.objects.get().article == "partage"


@pytest.mark.parametrize("missing", [{"article": ""}, {"article": "  "}, {"fact": ""}, {"fact": "   "}])
def test_the_database_refuses_an_objection_without_article_or_fact(way, cast, missing):
    way.expressed()
    said = {"article": "partage", "fact": "Le 3 mars."} | missing
    with pytest.raises(IntegrityError), transaction.atomic():
        PersonObjection.objects.create(candidacy=way.row, author=cast.alix, source="room", **said)


def _qualified(way, cast):
    way.answer(cast.alix, cast.bachir)
    way.answer(cast.camille, **OBJECTION)
    way.reveal()
    for member in (cast.alix, cast.bachir):
        way.acts(member, "judge", objection=1, agree="yes")
    way.acts(cast.bachir, "close_test", objection=1)


def test_adjourned_with_conditions_then_decided_over_no_objection(way, cast, time):
    way.heard().on_the_table()
    _qualified(way, cast)
    with pytest.raises(IllegalStep, match="exit_not_allowed"):
        way.acts(cast.bachir, "choose_exit", version=1, exit="refer", reason="Ailleurs.", addressee="Le bureau")
    until = (clock.now() + timedelta(days=3)).date().isoformat()
    way.acts(cast.bachir, "choose_exit", version=1, exit="defer", reason="Publier la documentation.", until=until)
    assert way.state.stage is Stage.ADJOURNED
    assert candidacy_view(way.pk, viewer=cast.fanny).conditions.text == "Publier la documentation."
    time.days(4)
    way.meet("Trop tôt", [("", way.state.proposal)])
    way.acts(cast.bachir, "go_to_item", item=1)
    with pytest.raises(IllegalStep, match="candidacy_not_decided_now"):
        way.acts(cast.bachir, "resume", version=1)
    end_membership(collective=cast.collective, member=cast.dominique)
    way.do(cast.fanny, "answer_conditions", text="Publiée le 5 mars.")
    assert cast.dominique.pk not in way.state.electorate
    assert cast.dominique.pk not in way.session_state().electorate
    way.meet("Troisième rencontre", [("", way.state.proposal)])
    way.acts(cast.bachir, "go_to_item", item=1)
    way.acts(cast.bachir, "resume", version=1)
    way.to_call()
    way.answer()
    way.reveal()
    assert way.state.stage is Stage.DECISION  # the objection is still there, to be confirmed or withdrawn
    way.acts(cast.camille, "withdraw_objection", objection=1)
    way.answer()
    way.reveal()
    assert way.state.stage is Stage.PROBATION


def test_declined_once_adjournments_are_spent_then_appealed(way, cast, time):
    way.heard().on_the_table()
    for _ in range(3):
        if way.session_state().stage == "objection_call":
            _qualified(way, cast)
        until = (clock.now() + timedelta(days=1)).date().isoformat()
        way.acts(cast.bachir, "choose_exit", version=1, exit="defer", reason="Encore un mois.", until=until)
        if way.state.stage is not Stage.ADJOURNED:
            break
        way.taken_up_again()
    assert way.state.stage is Stage.DECLINED
    assert state_in(cast, cast.fanny) is None
    assert Entry.objects.filter(kind="candidacy", body__outcome="declined").get().body["articles"] == []
    way.do(cast.fanny, "appeal", text="Je n’ai pas été entendue sur ce point.")
    assert way.state.panel == (cast.dominique.pk,)  # sponsors and objector are out
    told = candidacy_view(way.pk, viewer=cast.bachir).draw
    assert [who.name for _, who in told.pool] == ["Dominique"]
    sown = seed(told.identifier, [bytes.fromhex(each) for each in told.secrets], told.beacon)
    assert (sown.hex(), permutation(sown, [name for name, _ in told.pool])) == (told.seed, list(told.order))
    assert candidacy_view(way.pk, viewer=cast.fanny).draw is None, "who objected would show"
    entered = Entry.objects.get(kind="appeal", body__outcome="drawn").body
    kept = CandidacyText.objects.get(candidacy=way.pk, role="draw")
    assert entered["draw"] == commitment(kept.salt, kept.text)
    assert told.seed in kept.text
    assert "membre-" not in str(entered)
    way.do(cast.dominique, "panel_vote", send_back="yes", text="La synthèse n’a pas été lue.")
    assert way.state.stage is Stage.DECISION
    assert Entry.objects.filter(kind="appeal").last().body["outcome"] == "sent_back"


def test_taking_the_proposal_back_does_not_shake_an_objection_off(way, cast, time):
    way.heard().on_the_table()
    _qualified(way, cast)
    way.acts(cast.alix, "withdraw", reason="On recommence.")
    assert (way.state.stage, way.state.adjournments, way.state.objectors) == (Stage.DECISION, 0, {cast.camille.pk})
    way.on_the_table()
    assert [each.author for each in way.session_state().pending()] == [cast.camille.pk]
    way.answer(cast.alix, cast.bachir, cast.camille)
    way.reveal()
    assert way.session_state().stage == "test"


def _dropped(way, opener, facilitator):
    """`opener` alone prepares the decision, opens it in writing and takes the proposal back."""
    way.do(opener, "open_decision")
    proposal = way.state.proposal
    decide_in_writing(actor=opener, proposal_id=proposal, facilitator_id=facilitator.pk, key=uuid4())
    pending = [each.author for each in way.session_state().pending()]
    act_on_proposal(proposal_id=proposal, actor=opener, kind="withdraw", payload={"reason": "Non."}, key=uuid4())
    return pending


def test_nobody_declines_a_candidate_alone(way, cast, time):
    way.heard()
    time.days(8)
    for _ in range(4):
        _dropped(way, cast.camille, cast.bachir)
        assert (way.state.stage, way.state.adjournments, way.state.proposal) == (Stage.DECISION, 0, None)
    assert state_in(cast, cast.fanny) == MembershipState.CANDIDATE
    assert candidacy_view(way.pk, viewer=cast.fanny).conditions is None


def test_nobody_ends_a_probation_alone(way, cast, time):
    way.on_probation()
    time.days(3)
    way.do(cast.camille, "object", article="partage", fact="Le 3 mars, rien n’est publié.", nature="values")
    for _ in range(3):
        assert _dropped(way, cast.camille, cast.bachir) == [cast.camille.pk]  # carried over, once
        assert (way.state.stage, way.state.extended) == (Stage.DECISION, False)
    way.do(cast.camille, "withdraw_objection", objection=1)
    assert way.state.stage is Stage.PROBATION


def test_paused_while_on_the_table(way, cast):
    way.heard().on_the_table()
    way.do(cast.alix, "step_down")
    with pytest.raises(IllegalStep, match="candidacy_not_decided_now"):
        way.answer(cast.bachir)
    way.acts(cast.alix, "withdraw", reason="Nous cherchons d’abord un parrainage.")
    assert (way.state.stage, way.state.proposal) == (Stage.PAUSED, None)


def test_charter_amended_midway_the_signed_one_governs(way, cast, time):
    """VOT-22: the rules are those of the opening."""
    way.announced()
    text, terms = template("six_values")
    figures = {**terms.figures, "cooptation.meeting_gap_days": 60, "cooptation.probation_months": 1}
    shorter = CharterText(text.title, text.preamble, (*text.articles[:2], Article("neuf", "Neuf", "Nouveau.")))
    adopt_charter(collective=cast.collective, text=shorter, terms=Terms(figures, terms.classes))
    for member in cast.three:
        way.do(member, "evaluate", marks=marks(way.charter))
    way.do(cast.alix, "close_evaluation")
    way.do(cast.alix, "synthesise", text="Vu.")
    way.do(cast.camille, "hear", assembly=way.meet("Première").pk, present="yes")
    way.on_the_table()
    assert ConsentSession.objects.get().charter_id == way.charter.pk
    way.answer()
    way.reveal()
    assert way.state.probation_until - clock.now() > timedelta(days=150)
    assert Entry.objects.filter(kind="candidacy").get().terms == way.charter.digest


def test_objection_during_probation_is_carried_into_the_room(way, cast, time):
    way.on_probation()
    way.do(cast.camille, "object", article="partage", fact="Rien n’a été publié depuis mars.", nature="values")
    way.do(cast.alix, "open_decision")
    way.call()
    assert [each.author for each in way.session_state().open()] == [cast.camille.pk]
    way.answer()
    way.reveal()
    way.acts(cast.camille, "withdraw_objection", objection=1)
    way.answer()
    way.reveal()
    assert way.state.stage is Stage.MEMBER


def test_a_sponsor_who_objects_is_not_named_to_the_candidate(way, cast):
    way.on_probation()
    way.do(cast.alix, "object", article="partage", fact="Rien n’a été publié depuis mars.", nature="values")
    told = candidacy_view(way.pk, viewer=cast.fanny)
    named = [(kind, who.name) for _, kind, who in told.history if who]
    assert [each.by for each in told.objections] == [None]
    assert ("confirm_sponsor", "Alix") in named
    assert {kind for kind, name in named if name != "Fanny"} == {"confirm_sponsor", "announce"}
    inside = candidacy_view(way.pk, viewer=cast.camille)
    assert [who.name for _, kind, who in inside.history if kind == "object" and who] == ["Alix"]


def test_withdrawn_leaves_no_membership(way, cast):
    way.announced()
    assert state_in(cast, cast.fanny) == MembershipState.CANDIDATE
    way.do(cast.fanny, "withdraw")
    assert state_in(cast, cast.fanny) is None
    way.expressed()
    assert way.state.stage is Stage.EXPRESSION


def test_renewal_is_asked_once_then_lapses_without_fault(way, cast, time):
    Membership.objects.filter(collective=cast.collective).update(since=clock.now() - timedelta(days=330))
    tend_candidacies()
    time.days(10)
    tend_candidacies()
    assert [each.kind for each in waiting_for(cast.alix, clock.now())] == ["candidacy_renew"]
    rows = {row.person_id: row for row in Candidacy.objects.select_related("charter")}
    act_on(
        candidacy_id=rows[cast.alix.pk].pk, actor=cast.alix, kind="renew",
        payload={"answers": answers(way.charter)}, key=uuid4(),
    )  # fmt: skip
    time.days(31)
    tend_candidacies()
    assert belongs(cast.alix, cast.collective.pk)
    assert not belongs(cast.camille, cast.collective.pk)
    assert Entry.objects.filter(kind="membership_lapse").count() == 3
    assert not cast.camille.circle_seats.filter(until=None).exists()
    way.expressed(cast.camille)
    assert state_in(cast, cast.camille) == MembershipState.CANDIDATE
    way.do(cast.camille, "withdraw")
    assert state_in(cast, cast.camille) == MembershipState.ENDED


def test_what_waits_for_me_reads_nobody_elses_renewal(cast, time):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert [each.kind for each in waiting_for(cast.alix, clock.now())] == ["candidacy_renew"]
        return len(queries)

    others = [make_member(f"Membre {n}") for n in range(6)]
    for member in others:
        admit_member(collective=cast.collective, member=member)
    Membership.objects.filter(collective=cast.collective).update(since=clock.now() - timedelta(days=330))
    tend_candidacies()
    time.days(10)
    tend_candidacies()
    renewals = Candidacy.objects.filter(stage=Stage.RENEWAL.value)
    assert renewals.count() == 10
    many = asked()
    for member in others:
        renew = {"answers": answers(Candidacy.objects.get(person=member))}
        act_on(candidacy_id=renewals.get(person=member).pk, actor=member, kind="renew", payload=renew, key=uuid4())
    assert renewals.count() == 4
    assert asked() == many


def test_the_last_member_does_not_lapse(cast, time):
    for member in (cast.bachir, cast.camille, cast.dominique):
        end_membership(collective=cast.collective, member=member)
    tend_candidacies()
    time.days(800)
    tend_candidacies()
    tend_candidacies()
    assert belongs(cast.alix, cast.collective.pk)


def test_exclusion_with_suspension_by_separate_decision(way, cast, time):
    tend_candidacies()
    way.pk = Candidacy.objects.get(person=cast.dominique).pk
    wrong = {"article": "partage", "fact": "Le 2 mars, un fait.", "nature": "values"}
    with pytest.raises(Invalid, match="ground_void"):
        way.do(cast.alix, "propose_exclusion", **(wrong | {"nature": "taste"}))
    way.do(cast.alix, "propose_exclusion", **wrong)
    suspension = propose_suspension(actor=cast.alix, candidacy_id=way.pk)
    way.meet("Suspension", [("", suspension.pk)])
    way.acts(cast.bachir, "go_to_item", item=1)
    _adopt(way, cast, suspension)
    assert state_in(cast, cast.dominique) == MembershipState.SUSPENDED
    way.do(cast.camille, "hear", assembly=way.room.pk, present="no")
    way.do(cast.alix, "open_decision")
    time.days(8)
    way.meet("Décision", [("", way.state.proposal)])
    way.acts(cast.bachir, "go_to_item", item=1)
    assert cast.dominique.pk not in way.session_state().electorate
    _adopt(way, cast, Proposal.objects.get(pk=way.state.proposal))
    assert way.state.stage is Stage.EXCLUDED
    assert state_in(cast, cast.dominique) == MembershipState.ENDED
    assert Entry.objects.filter(kind="exclusion").get().body["articles"] == ["partage"]


def test_who_is_suspended_does_not_act_and_is_heard(way, cast, time):
    """Camille sits in a circle, a decision in writing waits for her and a meeting runs; then she is suspended."""
    tend_candidacies()
    row = Candidacy.objects.get(person=cast.camille)
    way.pk = row.pk
    elsewhere = open_circle(actor=cast.alix, collective=cast.collective, name="Ailleurs", members=(cast.camille,))
    written = draft_proposal(
        actor=cast.alix, circle_id=cast.circle.pk, title="x", driver="y", text="z", review_on="2030-01-01",
        responsible_id=cast.alix.pk, criteria="c",
    )  # fmt: skip
    decide_in_writing(actor=cast.alix, proposal_id=written.pk, key=uuid4(), facilitator_id=cast.bachir.pk)
    lot = open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=frozen(cast))
    wish = Candidate(cast, time).expressed()
    way.do(cast.alix, "propose_exclusion", article="partage", fact="Le 2 mars, un fait.", nature="values")
    meeting = convene(actor=cast.bachir, circle_id=cast.circle.pk, title="Autre", starts_at=clock.now())
    for member, kind in ((cast.camille, "check_in"), (cast.bachir, "check_in"), (cast.bachir, "open")):
        act(assembly_id=meeting.pk, actor=member, kind=kind, payload={}, key=uuid4())
    before, after, _ = write_step(row, Step("suspend", None, clock.now()))
    follow(row, before, after, "suspend", clock.now())

    who, key = cast.camille, uuid4()
    answer, mark = {"version": 1, "answer": "clear"}, {"commitment": "ab" * 32}
    doors = {
        "a room": lambda: act(assembly_id=meeting.pk, actor=who, kind="check_in", payload={}, key=key),
        "writing": lambda: act_on_proposal(
            proposal_id=written.pk, actor=who, kind="answer_driver", payload=answer, key=key
        ),
        "going to writing": lambda: decide_in_writing(actor=who, proposal_id=written.pk, key=key),
        "a lot": lambda: act_in_lot(lot_id=lot.pk, actor=who, kind="commit", payload=mark, key=key),
        "opening a lot": lambda: open_lot(actor=who, circle_id=cast.circle.pk, frozen=frozen(cast)),
        "an election": lambda: call_election(actor=who, circle_id=cast.circle.pk, role="animation"),
        "proposing": lambda: draft_proposal(actor=who, circle_id=cast.circle.pk, title="x"),
        "convening": lambda: convene(actor=who, circle_id=cast.circle.pk, title="x", starts_at=clock.now()),
        "opening a circle": lambda: open_circle(actor=who, collective=cast.collective, name="Neuf"),
        "welcoming": lambda: join_circle(actor=who, circle_id=elsewhere.pk, member=cast.alix),
        "the charter": lambda: begin_draft(actor=who, collective=cast.collective),
        "sponsoring": lambda: wish.do(who, "confirm_sponsor", organisation="x"),
    }
    for name, door in doors.items():
        with pytest.raises(NotEntitled) as refused:
            door()
        assert (name, refused.value.code) == (name, "membership_suspended")
        assert refused.value.facts["since"] == after.suspended_at

    sweep(assembly_id=meeting.pk)
    shown = room_view(meeting.pk, viewer=who)
    assert who.pk not in [each.id for each in shown.state.present], "no part of a quorum"
    assert (shown.audience, shown.mine.entitled) == ("observer", False)
    for kind in ("observe", "ask_to_speak"):
        assert kind in {each.kind for each in room_view(meeting.pk, viewer=who).mine.acts if each.allowed}
        act(assembly_id=meeting.pk, actor=who, kind=kind, payload={}, key=uuid4())
    heartbeats(member=who)
    assert not sweep(assembly_id=meeting.pk), "being heard brings no presence back"
    assert proposal_room(written.pk, viewer=who).mine.acts == ()
    told = candidacy_view(way.pk, viewer=who)
    assert told.suspended_at == after.suspended_at
    assert "Autre" in [each.name for each, _ in told.meetings] or way.row.circle_id != cast.circle.pk


def _adopt(way, cast, proposal):
    from governance.queries.states import session_state

    way.session_state = lambda: session_state(ConsentSession.objects.get(proposal=proposal))
    way.to_call()
    way.answer()
    way.reveal()
    del way.session_state


def test_who_leaves_the_node_leaves_the_candidacy(way, cast):
    way.announced()
    mark_member_gone(uri=cast.fanny.uri)
    tend_candidacies()
    assert way.state.stage is Stage.WITHDRAWN


def test_a_candidate_of_another_node(way, cast, time):
    remote = _stranger("Elise", "https://loin.example")
    way.on_probation(remote)
    time.days(170)
    tend_candidacies()
    time.days(20)
    tend_candidacies()
    membership = Membership.objects.get(member=remote)
    assert membership.state == MembershipState.ACTIVE
    assert membership.uri.startswith("http://localhost:8000/mem/")


def test_flag_of_another_nodes_member(way, cast):
    way.announced()
    remote = _stranger("Elise", "https://loin.example")
    said = {"article": "partage", "fact": "Chez nous, le 4 mai, rien n’a été rendu.", "nature": "values"}
    for person in (remote, cast.dominique):
        with pytest.raises(NotEntitled, match="flag_for_other_nodes"):
            way.do(person, "flag", **said)
    other = Collective.objects.create(
        uri="https://loin.example/g/a", origin="https://loin.example", slug="a", name="Loin"
    )
    Membership.objects.create(collective=other, member=remote, state=MembershipState.ACTIVE)
    way.do(remote, "flag", **said)
    seen = candidacy_view(way.pk, viewer=remote)
    assert (seen.reader, seen.values, seen.history, len(seen.flags)) == ("outside", (), (), 1)
    with pytest.raises(NotFound):
        candidacy_view(way.pk, viewer=None)


def test_raw_words_are_erased_and_the_register_holds(way, cast, time):
    way.on_probation()
    evaluation = CandidacyText.objects.filter(role="evaluation").first()
    time.days(367)
    tend_candidacies()
    assert not CandidacyText.objects.filter(role="evaluation").exists()
    assert CandidacyStep.objects.filter(payload__commitment=evaluation.commitment).exists()
    assert evaluation.commitment in Entry.objects.filter(kind="candidacy").first().body["evaluations"]
    assert check_register(cast.collective).first_bad is None


def test_the_register_does_not_tell_how_many_evaluated(way, cast, time):
    """Among digests of nothing: one for each who evaluated, however often, in no order, the same in each entry."""
    way.announced()
    for _ in range(3):
        way.do(cast.camille, "evaluate", marks=marks(way.charter, "not_seen"))
    for member in (cast.bachir, cast.alix):
        way.do(member, "evaluate", marks=marks(way.charter))
    kept = set(CandidacyText.objects.filter(role="evaluation").values_list("commitment", flat=True))
    way.do(cast.alix, "close_evaluation")
    way.do(cast.alix, "synthesise", text="Vu.")
    way.do(cast.camille, "hear", assembly=way.meet("Première").pk, present="yes")
    way.on_the_table().answer()
    way.reveal()
    time.days(170)
    tend_candidacies()
    time.days(20)
    tend_candidacies()
    bodies = [each.body for each in Entry.objects.filter(kind__in=["candidacy", "membership"]).order_by("seq")]
    told = [body["evaluations"] for body in bodies]
    assert len(told) == 2
    assert told[0] == told[1] == sorted(told[0])
    assert len(kept) == 3
    assert kept < set(told[0])
    assert len(set(told[0])) == 8
    again = CandidacyStep.objects.filter(kind="evaluate", actor=cast.camille).order_by("seq").first()
    assert again.payload["commitment"] not in told[0]


def test_a_long_pause_erases_evaluations_and_the_reveal_counts_what_is_left(way, cast, time):
    way.announced()
    for member in (cast.bachir, cast.camille):
        way.do(member, "evaluate", marks=marks(way.charter))
    way.do(cast.alix, "step_down")
    time.days(370)
    tend_candidacies()
    assert not CandidacyText.objects.filter(role="evaluation").exists()
    way.do(cast.fanny, "ask_sponsor", person=cast.dominique.pk)
    way.do(cast.dominique, "confirm_sponsor", organisation="Le Fournil")
    way.do(cast.camille, "evaluate", marks=marks(way.charter, "in_progress"))
    time.days(40)
    tend_candidacies()
    assert way.state.stage is Stage.HEARING
    assert way.state.evaluators == {cast.camille.pk}
    assert {each["in_progress"] for each in way.state.counts.values()} == {1}


def test_no_appeal_while_another_candidacy_is_under_way(way, cast, time):
    _declined(way, cast, time)
    old = way.pk
    way.expressed()
    new, way.pk = way.pk, old
    with pytest.raises(WrongState, match="candidacy_under_way"):
        way.do(cast.fanny, "appeal", text="Je n’ai pas été entendue.")
    assert not CandidacyText.objects.filter(candidacy=old, role="appeal").exists()
    way.pk = new
    way.do(cast.fanny, "withdraw")
    way.pk = old
    way.do(cast.fanny, "appeal", text="Je n’ai pas été entendue.")
    assert way.state.stage is Stage.APPEAL


def _declined(way, cast, time):
    """Three times the charter's adjournments, by the consent's own ends."""
    way.heard().do(cast.alix, "open_decision")
    for _ in range(3):
        electorate = sorted(way.state.electorate)
        ended = {"outcome": "parked", "proposal": way.state.proposal, "open": 1, "electorate": electorate}
        row = way.row
        follow(row, *write_step(row, Step("decided", None, clock.now(), ended))[:2], "decided", clock.now())
        if way.state.stage is Stage.ADJOURNED:
            way.do(cast.fanny, "answer_conditions", text="Voilà.")
    assert way.state.stage is Stage.DECLINED


def test_lists_and_what_is_expected(way, cast):
    way.expressed().do(cast.fanny, "ask_sponsor", person=cast.alix.pk)
    assert [row.why for row in candidacies(cast.alix)] == ["confirm_sponsor"]
    assert [row.why for row in candidacies(cast.fanny)] == ["ask_sponsor"]
    assert [each.kind for each in waiting_for(cast.alix, clock.now())] == ["candidacy_confirm_sponsor"]
    assert candidacies(_stranger("Gael")) == ()
