"""VOT: what is decided, against those who would change it. Sealed things: `test_vot_sealed.py`; the record:
`test_vot_record.py`. Votes and proxies (VOT-10, 12, 15, 17, 19, 26): `tests/governance/test_poll_*.py` and
`test_prox*.py`, `rules/test_polls.py`. Colleges do not exist: VOT-16 does not apply.

VOT-22 beside the stages of co-optation: `tests/governance/test_candidacies.py` and `rules/test_cooptation.py`. Fifty
threads at one step: `tests/governance/test_races.py`.
"""

import json
import logging
from uuid import uuid4

import pytest
from django.test import Client

from governance.actions.charter import adopt_charter
from governance.actions.circles import join_circle
from governance.actions.proposals import edit_proposal
from governance.errors import DomainError, WrongState
from governance.models import ConsentSession, Decision, Election, Entry, Proposal, Step
from governance.queries.rooms import room_view
from governance.rules.charter import Terms
from governance.rules.templates import template
from tests.governance.conftest import OBJECTION, make_cast
from tests.governance.test_races import at_once
from tests.governance.voting import Voting


def browser(member) -> Client:
    client = Client()
    client.force_login(member.account)
    return client


def post(client, cast, kind, payload, key=None, raw=""):
    body = raw or json.dumps({"kind": kind, "payload": payload, "key": str(key or uuid4())})
    return client.post(f"/api/v1/assemblies/{cast.assembly.pk}/acts", body, content_type="application/json")


# --- VOT-04: change after opening


def test_vot_04_nothing_that_was_frozen_at_the_opening_changes_and_each_try_is_logged(cast, caplog):
    caplog.set_level(logging.INFO, "toile.security")
    cast.to_call()
    before = frozen(cast)
    with pytest.raises(WrongState, match="session_open"):
        edit_proposal(actor=cast.alix, proposal_id=cast.proposal.pk, text="Nous nous réunissons ailleurs.")
    alix = browser(cast.alix)
    form = {"title": "Autre", "text": "Autre", "driver": "Autre"}
    assert alix.post(f"/propositions/{cast.proposal.pk}/modifier", form).status_code in {302, 409}
    for kind, payload in (
        ("edit_draft", {"version": 1, "text": "Autre"}),
        ("amend", {"version": 1, "text": "Autre"}),
        ("keep", {"version": 1}),
        ("submit", {"version": 1}),
    ):
        assert post(alix, cast, kind, payload).status_code in {400, 409}, kind
    for method in ("put", "patch", "delete"):
        for address in (f"proposals/{cast.proposal.pk}", f"assemblies/{cast.assembly.pk}"):
            assert getattr(alix, method)(f"/api/v1/{address}").status_code == 405
    assert frozen(cast) == before
    lines = [each for each in caplog.messages if each.startswith("act refused")]
    assert f"act refused: PATCH api/v1/proposals/<int:proposal_id> {{'proposal_id': {cast.proposal.pk}}}, 405" in lines
    assert len([each for each in lines if each.endswith(", 405")]) == 6
    assert [
        each for each in lines if each.startswith("act refused: POST api/v1/assemblies/") and each.endswith(", 409")
    ]
    assert not [each for each in lines if "Alix" in each or "alix" in each or "ailleurs" in each]


def test_vot_04_electorate_and_figures_are_those_of_the_opening(cast):
    cast.to_call()
    before = frozen(cast)
    join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.dominique)
    text, terms = template("six_values")
    figures = {**terms.figures, "consent.recall_max": terms.figures["consent.recall_max"] + 1}
    adopt_charter(collective=cast.collective, text=text, terms=Terms(figures, terms.classes))
    cast.do(cast.dominique, "check_in")
    position = {"version": 1, "call": 1, "choice": "consent"}
    assert post(browser(cast.dominique), cast, "position", position).status_code == 403
    assert frozen(cast) == before


def test_vot_04_after_the_reveal_no_position_changes_and_no_act_undoes_it(cast):
    cast.to_adopted()
    before, steps = frozen(cast), Step.objects.count()
    for kind, payload in (
        ("position", {"version": 1, "call": 1, **OBJECTION}),
        ("reveal", {"version": 1, "call": 1}),
        ("withdraw", {"reason": "Je change d’avis."}),
        ("undo", {}),
    ):
        assert post(browser(cast.alix), cast, kind, payload).status_code in {403, 409}, kind
    assert (frozen(cast), Step.objects.count()) == (before, steps)


def frozen(cast) -> tuple[object, ...]:
    session = ConsentSession.objects.select_related("charter").get(proposal=cast.proposal)
    texts = Proposal.objects.values_list("title", "text", "driver", "effect", "decision_class").get(pk=cast.proposal.pk)
    seen = room_view(cast.assembly.pk, viewer=cast.camille).state.consent
    return session.electorate, session.charter.digest, texts, seen.version


# --- VOT-06: invalid choice

NO_POSITION = [
    {"choice": "abstain"}, {"choice": ""}, {"choice": None}, {"choice": 1}, {"choice": ["consent"]},
    {"choice": ["consent", "objection"]}, {"choice": {"$ne": ""}}, {"choice": "CONSENT"}, {"choice": "cоnsent"},
    {"choice": "consent", "version": 2}, {"choice": "consent", "version": -1}, {"choice": "consent", "version": 10**9},
    {"choice": "consent", "version": 1.0}, {"choice": "consent", "call": 0}, {"choice": "consent", "call": 10**30},
    {"choice": "consent", "call": True}, {"choice": "consent", "weight": 2}, {"choice": "consent", "person": 1},
    {"choice": "consent", "at": "2020-01-01"}, {"choice": "objection"}, {"choice": "objection", "text": "Non."},
    {"choice": "objection", "text": "x" * 1_000_000, "consequence": "y", "ground": "side_effect"},
    {"choice": "objection", "text": "a\x00b", "consequence": "y", "ground": "side_effect"},
    {"choice": "objection", "text": "a\ud800b", "consequence": "y", "ground": "side_effect"},
    {"choice": "objection", "text": "Non.", "consequence": "y", "ground": "taste"},
]  # fmt: skip


def test_vot_06_invalid_positions_are_refused_and_not_counted(cast):
    cast.to_call()
    alix = browser(cast.alix)
    for changes in NO_POSITION:
        status = post(alix, cast, "position", {"version": 1, "call": 1, **changes}).status_code
        # 409: a whole number like another, but of no version or call on the table
        assert status == (409 if changes.get("version") in {2, 10**9} else 400), changes
    raw = '{"kind": "position", "payload": {"version": %s, "call": 1, "choice": "consent"}, "key": "%s"}'
    for number in ("NaN", "Infinity", "-Infinity", "1e9", "1e400", "01"):
        assert post(alix, cast, "", {}, raw=raw % (number, uuid4())).status_code == 400, number
    assert room_view(cast.assembly.pk, viewer=cast.alix).state.consent.answered_count == 0


def test_vot_06_ballots_name_somebody_who_may_be_named(cast):
    voting = Voting(cast).to_ballot()
    alix, round_ = browser(cast.alix), voting.state().round
    for person in (cast.fanny.pk, cast.dominique.pk, 0, -1, 10**9, 10**30, 1.5, True, None, [cast.bachir.pk], "x", {}):
        answer = post(alix, cast, "cast_ballot", {"round": round_, "person": person})
        assert answer.status_code in {400, 403}, person
    for number in (round_ + 1, 0, -1, 10**30, "x"):
        assert post(alix, cast, "cast_ballot", {"round": number, "person": cast.bachir.pk}).status_code in {400, 409}
    assert voting.state().sealed == {}


# --- VOT-21: objection suppressed


def test_vot_21_nobody_touches_the_objection_of_another_and_nothing_is_adopted_over_it(cast):
    cast.to_call()
    cast.answer(cast.alix, cast.bachir)
    cast.do(cast.camille, "position", version=1, call=1, **OBJECTION)
    with pytest.raises(DomainError):  # in another's name
        cast.do(cast.bachir, "position", version=1, call=1, choice="consent", person=cast.camille.pk)
    cast.do(cast.bachir, "reveal", version=1, call=1)
    number = room_view(cast.assembly.pk, viewer=cast.alix).state.consent.objections[0].id
    kept = Step.objects.count()
    for member in (cast.alix, cast.bachir, cast.dominique, cast.fanny):
        for kind, payload in (
            ("withdraw_objection", {"objection": number}),
            ("refine", {"objection": number, "text": "Rien.", "consequence": "Rien."}),
            ("confirm_resolved", {"version": 1, "objection": number, "offer": 0}),
        ):
            assert post(browser(member), cast, kind, payload).status_code in {403, 404, 409}, (member.name, kind)
    assert post(browser(cast.bachir), cast, "close_decision", {}).status_code in {400, 403, 409}
    seen = room_view(cast.assembly.pk, viewer=cast.alix).state.consent
    assert (Step.objects.count(), Decision.objects.count()) == (kept, 0)
    assert (seen.stage, seen.objections[0].text) == ("test", OBJECTION["text"])
    assert not Entry.objects.filter(kind="decision").exists()


# --- VOT-23: two facilitators in parallel


@pytest.mark.django_db(transaction=True)
def test_vot_23_two_facilitators_open_and_reveal_and_close_once():
    """By the API, with keys of their own: one transition each, and the second is told 409."""
    cast = make_cast()
    cast.convene()
    for member in cast.three:
        cast.do(member, "check_in")
    statuses = twice(cast, "open", {})
    cast.do(cast.bachir, "go_to_item", item=2)
    statuses += twice(cast, "close", {})
    assert statuses == [200, 409] * 2


@pytest.mark.django_db(transaction=True)
def test_vot_23_two_reveals_of_one_call():
    cast = make_cast()
    cast.to_call()
    cast.answer()
    assert twice(cast, "reveal", {"version": 1, "call": 1}) == [200, 409]
    assert Decision.objects.count() == Entry.objects.filter(kind="decision").count() == 1


@pytest.mark.django_db(transaction=True)
def test_vot_23_ballots_are_opened_once():
    voting = Voting(make_cast()).to_ballot().cast_ballots()
    assert twice(voting.cast, "open_names", {"round": voting.state().round}) == [200, 409]
    assert Election.objects.get().steps.filter(kind="open_names").count() == 1


def twice(cast, kind: str, payload: dict) -> list[int]:
    def press():
        return post(browser(cast.bachir), cast, kind, payload)

    answers = at_once([press, press])
    while busy := [each for each in answers if each.status_code == 503]:  # « again later » is no answer yet
        answers = [each for each in answers if each not in busy] + [press() for _ in busy]
    return sorted(each.status_code for each in answers)
