"""A whole decision through the room's one door: from the notice to the register and the approved minutes."""

import pytest

from governance.errors import NotEntitled, NotFound, WrongState
from governance.models import Decision, Entry, Minutes
from governance.queries.assemblies import minutes_view
from governance.queries.consent import proposal_view
from governance.queries.register import check_register, entry_view, register_page
from governance.queries.rooms import room_view
from tests.governance.conftest import OBJECTION


@pytest.fixture
def story(cast):
    """Camille objects, Alix amends, everybody consents to the second version; the decision is closed."""
    integrating(cast)
    cast.do(cast.alix, "offer_amendment", version=1, text="Nous nous réunissons au local à 18 h.")
    cast.do(cast.camille, "confirm_resolved", objection=1)
    cast.do(cast.bachir, "accept_amendment", version=1, objection=1)
    cast.answer(cast.alix, cast.camille, version=2)
    cast.do(cast.bachir, "position", version=2, call=1, choice="concern", text="Penser aux trains.")
    cast.do(cast.bachir, "reveal", version=2, call=1)
    return cast


def integrating(cast):
    """Camille's objection qualifies."""
    cast.to_call()
    cast.answer(cast.alix, cast.bachir)
    cast.do(cast.camille, "position", version=1, call=1, **OBJECTION)
    cast.do(cast.bachir, "reveal", version=1, call=1)
    for member in (cast.alix, cast.bachir):
        cast.do(member, "judge", objection=1, agree="yes")
    cast.do(cast.bachir, "close_test", objection=1)


def test_a_text_that_its_objector_never_read_lifts_nothing(cast):
    """Camille presses under Alix's text; Bachir's has taken its place meanwhile."""
    integrating(cast)
    cast.do(cast.alix, "offer_amendment", version=1, text="Nous nous réunissons au local à 18 h.")
    pressed = room_view(cast.assembly.pk, viewer=cast.camille).mine.act("confirm_resolved").fixed
    opposed = room_view(cast.assembly.pk, viewer=cast.bachir).mine.act("oppose_amendment").fixed
    cast.do(cast.bachir, "offer_amendment", version=1, text="Rien ne change.")
    for member, kind, payload in (
        (cast.camille, "confirm_resolved", pressed),
        (cast.bachir, "oppose_amendment", {**opposed, "reason": "Trop tôt."}),
    ):
        with pytest.raises(WrongState) as refused:
            cast.do(member, kind, **payload)
        assert (refused.value.code, refused.value.facts["part"]) == ("stale_version", "offer")
    with pytest.raises(WrongState) as refused:
        cast.do(cast.bachir, "accept_amendment", version=1, objection=1)
    assert refused.value.code == "author_not_confirmed"
    again = room_view(cast.assembly.pk, viewer=cast.camille).mine.act("confirm_resolved").fixed
    assert (pressed["offer"], again["offer"]) == (1, 2)
    cast.do(cast.camille, "confirm_resolved", **again)
    cast.do(cast.bachir, "accept_amendment", version=1, objection=1)


def test_objection_lifted_then_adopted_and_entered(story):
    decision = Decision.objects.get()
    body = decision.entry.body
    assert story.session().stage == "adopted"
    assert decision.text == "Nous nous réunissons au local à 18 h." == body["text"]
    assert body["objections"][0]["state"] == "resolved"
    assert body["objections"][0]["lifted_by_version"] == 2
    assert body["objections"][0]["confirmed_by"] == "author"
    assert [len(call["positions"]) for call in body["calls"]] == [3, 3]
    assert body["concerns"][0]["text"] == "Penser aux trains."
    assert body["quorum"] == {
        "share": "1/2",
        "electorate": 3,
        "present_at_opening": 3,
        "present_at_closing": 3,
        "expressed": 3,
    }
    assert body["follow_up"]["review_on"] == "2027-06-01"
    assert decision.entry.terms == body["charter"]["digest"]


def test_entry_hides_names_behind_commitments(story):
    view = entry_view(Decision.objects.get().entry.seq)
    assert view.whole
    assert view.names[view.body["follow_up"]["responsible"]["name"]] == "Alix"
    assert "Camille" not in str(view.body)
    assert check_register(story.collective).first_bad is None


def test_minutes_are_drawn_up_and_approved(story):
    story.do(story.bachir, "close")
    assert story.session().stage == "closed"
    story.do(story.bachir, "draw_up_minutes")
    draft = minutes_view(story.assembly.pk, viewer=story.alix)
    for mention in ("Alix, Bachir, Camille", "Quorum : 3 présent·es sur 3", "Inscription n°", "Incidents techniques"):
        assert mention in draft.text
    story.do(story.camille, "contest_minutes", digest=draft.digest, reason="Il manque le lieu.")
    story.do(story.alix, "approve_minutes", digest=draft.digest)
    story.do(story.bachir, "approve_minutes", digest=draft.digest)
    assert minutes_view(story.assembly.pk, viewer=story.alix).stage == "minutes_draft"
    story.do(story.bachir, "amend_minutes", text=draft.text + "\nAu local de Liévin.\n")
    mark = minutes_view(story.assembly.pk, viewer=story.alix).digest
    with pytest.raises(WrongState) as refused:
        story.do(story.alix, "approve_minutes", digest=draft.digest)
    assert refused.value.code == "stale_version"
    story.do(story.alix, "approve_minutes", digest=mark)
    receipt = story.do(story.camille, "approve_minutes", digest=mark)
    assert receipt.code == "minutes_adopted"
    assert Entry.objects.get(kind="minutes").body["digest"] == mark
    assert Minutes.objects.count() == 2
    assert check_register(story.collective).first_bad is None


def test_register_page_and_proposal_page(story):
    page = register_page()
    assert [row.kind for row in page.entries] == ["decision", "charter"]
    view = proposal_view(story.proposal.pk, viewer=story.dominique)
    assert view.stage == "adopted"
    assert view.register_seqs == (2,)
    assert [part.op for part in view.consent.versions[1].changes] == ["same", "removed", "added"]


def test_concern_filed_later_is_an_entry_of_its_own(story):
    story.do(story.camille, "file_concern", text="Le chauffage est cher.")
    later = entry_view(2).later
    assert [row.kind for row in later] == ["concern"]
    assert Decision.objects.count() == 1


def test_nobody_acts_on_a_room_of_others(story):
    for stranger, refusal in ((story.dominique, NotEntitled), (story.fanny, NotFound)):
        with pytest.raises(refusal):
            story.do(stranger, "file_concern", text="Je ne suis pas du cercle.")
        with pytest.raises(refusal):
            story.do(stranger, "check_in")


def test_views_of_every_audience(story):
    assert room_view(story.assembly.pk, viewer=story.bachir).audience == "facilitator"
    assert room_view(story.assembly.pk, viewer=story.alix).audience == "member"
    assert room_view(story.assembly.pk, viewer=story.dominique).audience == "observer"
    hall = room_view(story.assembly.pk, viewer=story.dominique, hall=True)
    assert hall.state.present == ()
    assert hall.mine.acts == ()


def test_minutes_are_written_as_people_write(cast):
    """One full stop at the end of a sentence, days and kinds of decisions in words, one way to write both genders."""
    cast.to_call()
    cast.answer(cast.alix, cast.bachir)
    cast.do(cast.camille, "position", version=1, call=1, **OBJECTION)
    cast.do(cast.bachir, "reveal", version=1, call=1)
    cast.do(cast.bachir, "close")
    cast.do(cast.bachir, "draw_up_minutes")
    text = minutes_view(cast.assembly.pk, viewer=cast.alix).text
    for wrong in ("..", ". .", "ordinary", "side_effect", "2027-06-01", "objection_call", "None", "(s)"):
        assert wrong not in text, wrong
    assert "À revoir : le 01/06/2027 ; responsable : Alix" in text
    assert "Version 1 ; décision ordinaire" in text
    assert "nous finissons plus tard. Conséquence : Une partie des gens partirait avant la décision. État :" in text
    assert "6 tours de parole, 0 réponse" in text
    assert text.count("·") == text.count("·es") + text.count("·e ") + text.count("·e,")
