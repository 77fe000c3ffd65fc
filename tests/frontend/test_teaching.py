"""Every stage says to every role what it is, why, what to do and what happens otherwise."""

import pytest
from django.utils import translation

from frontend.stage_roles import BY_ROLE
from frontend.teaching import PROCESSES, ROLES, stage_help

CONSENT = "new draft driver_check presented clarify react amend objection_call test integrate adopted closed reopened"
STAGES = {
    "decision": f"{CONSENT} suspended deferred delegated referred withdrawn fallback",
    "meeting": "convened open suspended closed minutes_draft minutes_adopted",
    "election": "role ballot reasons change propose objections integrate accept done vacant",
    "cooptation": "expression sponsored evaluation hearing decision adjourned vote probation member renewal lapsed "
    "declined excluded appeal suspended withdrawn",
}


@pytest.mark.parametrize("process", STAGES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_stage_has_four_sentences_for_every_role(process, language):
    assert set(PROCESSES[process]) >= set(STAGES[process].split())
    with translation.override(language):
        for stage in STAGES[process].split():
            for role in ROLES:
                said = stage_help(f"{process}.{stage}", role)
                texts = [str(each) for each in (said.what, said.why, said.now, said.otherwise)]
                assert all(text.endswith((".", "»", "”", "?")) for text in texts), (stage, role, texts)
                assert len(set(texts)) == 4


def test_a_role_hears_what_is_asked_of_it_and_no_other():
    member, facilitator = stage_help("amend"), stage_help("amend", "proposer")
    assert member.what == facilitator.what
    assert str(member.now) != str(facilitator.now)
    assert "sans prendre position" in str(stage_help("objection_call", "observer").now)


def test_a_code_of_several_processes_is_named_with_its_process():
    assert str(stage_help("suspended").what) != str(stage_help("cooptation.suspended").what)
    assert stage_help("evaluation").term == "evaluation"


@pytest.mark.parametrize(("stage", "role"), [("nowhere", "member"), ("vote.draft", "member"), ("draft", "king")])
def test_what_nobody_knows_is_an_error(stage, role):
    with pytest.raises(ValueError, match=stage if role == "member" else role):
        stage_help(stage, role)


def test_what_is_said_to_a_role_belongs_to_a_stage_and_a_role_that_exist():
    for process, stage, role in BY_ROLE:
        assert stage in PROCESSES[process]
        assert role in ROLES
