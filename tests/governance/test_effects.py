"""What an adopted text changes by itself happens with its adoption, or not at all."""

import pytest

from governance.actions import effects
from governance.actions.effects import Effect, register_effect
from governance.actions.proposals import draft_proposal
from governance.errors import Invalid
from governance.models import Decision, Entry


@pytest.fixture
def heard(monkeypatch):
    """A kind of proposal that notes what it is told."""
    heard = []
    monkeypatch.setattr(effects, "_effects", {})
    adopted = lambda decision, at: heard.append(("adopted", decision.entry.seq, at))  # noqa: E731
    register_effect("note", Effect(adopted, lambda session, stage, at: heard.append((stage.value, session.pk, at))))
    return heard


def _called(cast):
    cast.convene()
    cast.proposal.effect = {"kind": "note", "of": 7}
    cast.proposal.save()
    cast.convene = lambda: None
    cast.to_call()


def test_effect_runs_with_the_adoption_and_stands_in_the_entry(cast, heard):
    _called(cast)
    cast.answer(*cast.three)
    assert heard == []
    cast.do(cast.bachir, "reveal", version=1, call=1)
    decision = Decision.objects.get()
    assert heard == [("adopted", decision.entry.seq, decision.adopted_at)]
    assert decision.entry.body["effect"] == {"kind": "note", "of": 7}


def test_effect_that_fails_leaves_no_decision(cast, heard, monkeypatch):
    _called(cast)
    cast.answer(*cast.three)
    monkeypatch.setattr(effects, "_effects", {"note": Effect(lambda decision, at: 1 / 0)})
    with pytest.raises(ZeroDivisionError):
        cast.do(cast.bachir, "reveal", version=1, call=1)
    assert not Decision.objects.exists()
    assert not Entry.objects.filter(kind="decision").exists()
    assert cast.session().stage == "objection_call"


def test_effect_hears_of_other_ends(cast, heard):
    _called(cast)
    cast.do(cast.alix, "withdraw", reason="Plus besoin.")
    assert [each[0] for each in heard] == ["withdrawn"]


def test_unknown_effect_is_refused(cast, heard):
    with pytest.raises(Invalid, match="effect_unknown"):
        draft_proposal(actor=cast.alix, circle_id=cast.circle.pk, title="Texte", effect={"kind": "autre"})
