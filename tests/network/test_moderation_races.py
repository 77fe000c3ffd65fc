"""Two moderators at once, and members who vote at once: one effect, whichever database."""

import pytest

from network.actions.moderation import dismiss, hide, report, vote_on_record
from network.errors import WrongState
from network.models import Hidden, ModerationAct, RecordVote, Report
from tests import factories
from tests.network.moderation_cast import town

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def here():
    found = town()
    found.camille = factories.member("Camille", belongs_to=found.collective)
    factories.account(found.camille, operator=True)
    return found


def outcome(result) -> str:
    return result.code if isinstance(result, WrongState) else "done"


@pytest.mark.parametrize("turn", range(3))
def test_of_two_who_settle_the_same_reports_one_does(here, turn):
    seen = [report(uri=here.copy.uri, kind="gone").pk for _n in range(3)][-1]
    calls = [
        lambda who=who: dismiss(actor=who, uri=here.copy.uri, seen=seen, words="Rien.")
        for who in (here.alix, here.camille)
    ]
    assert sorted(map(outcome, factories.at_once(*calls))) == ["done", "reports_settled"]
    assert ModerationAct.objects.get().reports == 3
    assert not Report.objects.filter(settled_at=None).exists()


@pytest.mark.parametrize("turn", range(3))
def test_of_two_who_hide_the_same_entry_one_does(here, turn):
    calls = [
        lambda who=who: hide(actor=who, uri=here.copy.uri, reason=f"Motif de {who.name}.")
        for who in (here.alix, here.camille)
    ]
    assert sorted(map(outcome, factories.at_once(*calls))) == ["already_hidden", "done"]
    assert (Hidden.objects.count(), ModerationAct.objects.count()) == (1, 1)


@pytest.mark.parametrize("turn", range(3))
def test_one_hides_while_the_other_dismisses(here, turn):
    seen = report(uri=here.copy.uri, kind="gone").pk
    results = factories.at_once(
        lambda: hide(actor=here.alix, uri=here.copy.uri, seen=seen, reason="Arnaque."),
        lambda: dismiss(actor=here.camille, uri=here.copy.uri, seen=seen, words="Rien."),
    )
    assert sorted(map(outcome, results)) == ["done", "reports_settled"]
    assert ModerationAct.objects.count() == 1
    assert Hidden.objects.count() == (outcome(results[0]) == "done")


def test_members_who_vote_at_once_hide_once(here):
    people = [factories.member(f"Membre {n}", belongs_to=here.collective) for n in range(6)]
    results = factories.at_once(
        *(lambda who=who: vote_on_record(actor=who, uri=here.copy.uri, gone=True) for who in people)
    )
    assert sorted(results) == ["", "", "", "", "gone", "gone"]
    assert (Hidden.objects.count(), RecordVote.objects.count()) == (1, 6)
