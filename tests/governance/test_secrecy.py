"""Before the reveal, no view, drawn frame, API answer or log record holds a choice, or a count by choice, of others."""

import json
import logging
from dataclasses import asdict

import pytest
from django.test import Client

from governance.drawing import PLAIN, hand
from governance.queries.agenda import propositions_for
from governance.queries.consent import proposal_view
from governance.queries.rooms import load, room_view, state_for
from governance.queries.shapes import AUDIENCES
from tests.governance.conftest import OBJECTION

CHOSEN = ("consent", "concern", "objection")


def choices_in(value: object, path: str = "") -> list[str]:
    """Where a dump holds something that looks like a position: a choice as a value, or the words of a sealed one."""
    if isinstance(value, dict):
        return [hit for key, part in value.items() for hit in choices_in(part, f"{path}.{key}")]
    if isinstance(value, list | tuple):
        return [hit for part in value for hit in choices_in(part, path)]
    text = str(value)
    held = text in CHOSEN or OBJECTION["text"] in text or "Penser aux trains" in text
    return [path] if held else []


def outside_forms(hits: list[str]) -> list[str]:
    """Without the choices that the form itself offers to everybody."""
    return [hit for hit in hits if not hit.endswith(".fields.choices")]


def drawn_for(cast, member) -> str:
    return hand().mine(room_view(cast.assembly.pk, viewer=member), "fr")


@pytest.fixture
def sealed(cast, caplog):
    caplog.set_level(logging.DEBUG)
    cast.to_call()
    cast.do(cast.camille, "position", version=1, call=1, **OBJECTION)
    cast.do(cast.bachir, "position", version=1, call=1, choice="concern", text="Penser aux trains.")
    return cast


def test_drawn_frames_hold_no_word_of_a_sealed_position(sealed):
    """Whoever draws them: here, what the node itself would send."""
    for audience in AUDIENCES:
        text = hand().state(state_for(load(sealed.assembly.pk), audience), "fr")
        assert OBJECTION["text"] not in text
        assert "Penser aux trains" not in text
    for member in (sealed.alix, sealed.bachir, sealed.dominique):
        assert OBJECTION["text"] not in drawn_for(sealed, member)


def test_shared_states_hold_who_answered_and_nothing_else(sealed):
    for audience in AUDIENCES:
        document = json.loads(PLAIN.state(state_for(load(sealed.assembly.pk), audience), "fr"))
        assert outside_forms(choices_in(document)) == []
        assert document["state"]["consent"]["answered_count"] == 2
        assert document["state"]["consent"]["calls"] == []


def test_each_sees_only_their_own_position(sealed):
    for member in (sealed.alix, sealed.dominique):
        view = room_view(sealed.assembly.pk, viewer=member)
        assert view.mine.position is None
        assert outside_forms(choices_in(asdict(view))) == []
    mine = room_view(sealed.assembly.pk, viewer=sealed.camille).mine
    assert (mine.position.choice, mine.position.person.name) == ("objection", "Camille")
    other = room_view(sealed.assembly.pk, viewer=sealed.bachir)
    assert OBJECTION["text"] not in drawn_for(sealed, sealed.bachir)
    assert other.mine.position.choice == "concern"


def test_proposal_pages_hold_none(sealed):
    for member in (*sealed.three, sealed.dominique):
        assert outside_forms(choices_in(asdict(proposal_view(sealed.proposal.pk, viewer=member)))) == []
        assert outside_forms(choices_in([asdict(row) for row in propositions_for(member)])) == []


def test_api_answers_hold_none(sealed):
    client = Client()
    client.login(username="alix", password="motdepasse-1")
    for address in (f"assemblies/{sealed.assembly.pk}", f"proposals/{sealed.proposal.pk}", "proposals", "register"):
        answer = client.get(f"/api/v1/{address}")
        assert answer.status_code == 200
        assert outside_forms(choices_in(answer.json())) == []


def test_receipts_and_logs_hold_none(sealed, caplog):
    assert [receipt.code for receipt in sealed.receipts[-2:]] == ["recorded", "recorded"]
    assert all(choices_in(asdict(receipt)) == [] for receipt in sealed.receipts)
    for record in caplog.records:
        if not record.name.startswith("django.db"):  # SQL is logged only in debug, never on a node
            assert choices_in(record.getMessage()) == []


def test_a_position_is_replaceable_until_the_reveal_and_never_after(sealed):
    sealed.do(sealed.camille, "position", version=1, call=1, choice="consent")
    sealed.answer(sealed.alix)
    sealed.do(sealed.bachir, "reveal", version=1, call=1)
    view = room_view(sealed.assembly.pk, viewer=sealed.alix).state.consent
    assert view.stage == "adopted"
    assert view.calls[0].counts == {"consent": 2, "concern": 1}
    with pytest.raises(Exception, match="not_now"):
        sealed.do(sealed.camille, "position", version=1, call=1, **OBJECTION)
