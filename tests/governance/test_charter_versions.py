"""Versions of the charter as decisions: the draft, the text made from it, and what comes into force, exactly that."""

from copy import deepcopy
from uuid import uuid4

import pytest
import rfc8785

from governance.actions.charter import adopt_charter
from governance.actions.charter_drafts import (
    begin_draft,
    discard_draft,
    edit_figures,
    edit_text,
    publish_draft,
    rebase_draft,
)
from governance.actions.circles import open_circle
from governance.actions.proposals import edit_proposal
from governance.errors import Invalid, NotEntitled, NotFound, WrongState
from governance.models import Charter, CharterDraft, CharterDraftVersion, Decision, Entry
from governance.queries.register import check_register
from governance.queries.states import charter_of, consent_terms_for, session_state
from governance.rules.charter import parts


def fill(proposal):
    """What a call needs besides the text."""
    edit_proposal(
        actor=proposal.proposer,
        proposal_id=proposal.pk,
        driver="Dix minutes ne suffisent pas.",
        review_on="2027-06-01",
        responsible_id=proposal.proposer_id,
        criteria="Personne n’est pressé.",
    )


def slower(cast, minutes="15"):
    """A draft of Alix's that gives more time to each call."""
    draft = begin_draft(actor=cast.alix, collective=cast.collective)
    return edit_figures(
        actor=cast.alix,
        draft_id=draft.pk,
        revision=draft.revision,
        figures={"consent.call_minutes": minutes},
        classes={},
    )


def proposed(cast, draft=None):
    """The draft as a proposal, on the agenda of an assembly that Bachir convenes."""
    draft = draft or slower(cast)
    proposal = publish_draft(
        actor=cast.alix, draft_id=draft.pk, revision=draft.revision, title="Plus de temps pour répondre"
    )
    fill(proposal)
    cast.convene()
    cast.assembly.items.filter(position=1).update(proposal=proposal)
    cast.proposal = proposal
    cast.convene = lambda: None
    draft.refresh_from_db()
    return draft


def elsewhere(cast, **figures):
    """Another version comes into force meanwhile."""
    document = deepcopy(charter_of(cast.collective).document)
    document["figures"] |= figures
    text, terms = parts(document)
    return adopt_charter(collective=cast.collective, text=text, terms=terms)


def test_adopted_draft_is_in_force_with_its_decision(cast):
    before = charter_of(cast.collective)
    draft = proposed(cast)
    cast.to_adopted()
    now_in_force, decision = charter_of(cast.collective), Decision.objects.get()
    assert now_in_force.version == before.version + 1
    assert now_in_force.document == draft.document
    assert now_in_force.document["figures"]["consent.call_minutes"] == 15
    entry = Entry.objects.get(kind="charter", body__version=2)
    assert entry.body["cites"] == decision.entry.seq
    assert entry.body["digest"] == now_in_force.digest
    assert decision.entry.body["effect"] == {"kind": "charter", "draft": draft.pk}
    assert f"`{now_in_force.digest}`" in decision.text
    cast.collective.refresh_from_db()
    assert cast.collective.charter == now_in_force.digest
    assert check_register(cast.collective).first_bad is None


def test_digest_holds_for_whoever_recomputes_it_another_way(cast):
    import hashlib

    proposed(cast)
    cast.to_adopted()
    for charter in Charter.objects.all():
        assert charter.digest == f"sha256:{hashlib.sha256(rfc8785.dumps(charter.document)).hexdigest()}"


def test_what_was_open_before_stays_under_its_own_figures(cast):
    cast.to_call()
    before = session_state(cast.session())
    elsewhere(cast, **{"consent.call_minutes": 99, "consent.recall_max": 0})
    session = cast.session()
    assert session.charter.version == 1
    assert session_state(session) == before
    assert consent_terms_for(session.charter, "ordinary").call_minutes == 10
    cast.do(cast.alix, "position", version=1, call=1, choice="consent")
    cast.answer(cast.bachir, cast.camille)
    cast.do(cast.bachir, "reveal", version=1, call=1)
    assert Decision.objects.get().entry.terms == session.charter.digest


def test_amended_text_governs(cast):
    draft = proposed(cast)
    _to_amend(cast)
    edited = edit_figures(
        actor=cast.alix,
        draft_id=draft.pk,
        revision=draft.revision,
        figures={"consent.call_minutes": "20"},
        classes={"charter": {"quorum": "3/4"}},
    )
    for _ in range(2):  # the same act again changes nothing more
        publish_draft(actor=cast.alix, draft_id=draft.pk, revision=edited.revision, key=uuid4())
    assert session_state(cast.session()).version.number == 2
    cast.answer(*cast.three, version=2)
    cast.do(cast.bachir, "reveal", version=2, call=1)
    document = charter_of(cast.collective).document
    assert document["figures"]["consent.call_minutes"] == 20
    assert document["classes"]["charter"]["quorum"] == "3/4"
    assert CharterDraftVersion.objects.count() == 2


def _to_amend(cast):
    cast.enter()
    cast.do(cast.alix, "submit", version=1)
    for member in cast.three:
        cast.do(member, "answer_driver", version=1, answer="clear")
    cast.do(cast.bachir, "accept_driver", version=1)
    cast.do(cast.bachir, "start", version=1)
    for member in cast.three:
        cast.do(member, "pass_turn", round=1)
    cast.do(cast.bachir, "close_round", round=1)
    for member in cast.three:
        cast.do(member, "take_turn", round=2, text="Cela me va.")
    cast.do(cast.bachir, "close_round", round=2)


def test_text_that_no_draft_stands_for_never_comes_on_the_table(cast):
    proposed(cast)
    _to_amend(cast)
    text = cast.proposal.text
    for changed in (text.replace("15", "16"), "Tout le pouvoir à Alix.", f"{text}\n\nEt Alix décide."):
        with pytest.raises(WrongState, match="charter_text_differs"):
            cast.do(cast.alix, "amend", version=1, text=changed)
    with pytest.raises(WrongState, match="charter_no_end"):
        cast.do(cast.alix, "amend", version=1, text=text, ends_on="2027-01-01")
    assert len(session_state(cast.session()).versions) == 1
    cast.do(cast.alix, "amend", version=1, text=text, criteria="Autres critères.")


def test_text_is_not_changed_beside_the_draft(cast):
    proposed(cast)
    with pytest.raises(WrongState, match="text_from_draft"):
        edit_proposal(actor=cast.alix, proposal_id=cast.proposal.pk, text="Autre chose.")


def test_row_changed_behind_the_text_never_comes_into_force(cast):
    proposed(cast)
    cast.to_call()
    cast.answer()
    row = CharterDraftVersion.objects.get()
    row.document["figures"]["consent.call_minutes"] = 99
    super(type(CharterDraftVersion.objects.all()), CharterDraftVersion.objects.all()).update(document=row.document)
    with pytest.raises(WrongState, match="charter_text_differs"):
        cast.do(cast.bachir, "reveal", version=1, call=1)
    assert not Decision.objects.exists()
    assert charter_of(cast.collective).version == 1


def test_another_version_meanwhile_blocks_and_is_rebased(cast):
    draft = proposed(cast)
    cast.to_call()
    cast.answer()
    elsewhere(cast, **{"consent.round_minutes": 45})
    with pytest.raises(WrongState, match="charter_base_moved"):
        cast.do(cast.bachir, "reveal", version=1, call=1)
    assert not Decision.objects.exists()
    assert cast.session().stage == "objection_call"
    with pytest.raises(WrongState, match="charter_base_moved"):
        publish_draft(actor=cast.alix, draft_id=draft.pk, revision=draft.revision, key=uuid4())
    draft = rebase_draft(actor=cast.alix, draft_id=draft.pk)
    assert draft.base.version == 2
    assert (draft.document["figures"]["consent.round_minutes"], draft.clashes) == (45, [])
    # an objection is what opens the text again: then the rebased one comes on the table
    cast.do(
        cast.camille, "position", version=1, call=1, choice="objection", text="La charte a changé.",
        consequence="Ce texte ne peut plus s’appliquer.", ground="effectiveness", article="horizontalite",
    )  # fmt: skip
    cast.do(cast.bachir, "reveal", version=1, call=1)
    for member in (cast.alix, cast.bachir):
        cast.do(member, "judge", objection=1, agree="yes")
    cast.do(cast.bachir, "close_test", objection=1)
    publish_draft(actor=cast.alix, draft_id=draft.pk, revision=draft.revision, key=uuid4())
    cast.do(cast.camille, "confirm_resolved", objection=1)
    cast.do(cast.bachir, "accept_amendment", version=1, objection=1)
    cast.answer(*cast.three, version=2)
    cast.do(cast.bachir, "reveal", version=2, call=1)
    figures = charter_of(cast.collective).document["figures"]
    assert charter_of(cast.collective).version == 3
    assert (figures["consent.call_minutes"], figures["consent.round_minutes"]) == (15, 45)


def test_stale_proposal_is_not_opened(cast):
    proposed(cast)
    elsewhere(cast, **{"consent.round_minutes": 45})
    with pytest.raises(WrongState, match="charter_base_moved"):
        cast.enter()


def test_clashes_are_named(cast):
    draft = slower(cast)
    elsewhere(cast, **{"consent.call_minutes": 30})
    draft = rebase_draft(actor=cast.alix, draft_id=draft.pk)
    assert draft.clashes == ["consent.call_minutes"]
    assert draft.document["figures"]["consent.call_minutes"] == 15


def test_articles_keep_their_id_and_dead_ids_stay_dead(cast):
    base = charter_of(cast.collective).document
    draft = begin_draft(actor=cast.alix, collective=cast.collective)
    articles = [{**each, "title": each["title"]} for each in base["articles"][1:]]
    articles = [articles[1], articles[0], *articles[2:], {"id": "", "title": "Prendre soin", "text": "De tout."}]
    draft = edit_text(actor=cast.alix, draft_id=draft.pk, revision=1, title="Charte", preamble="", articles=articles)
    proposed(cast, draft)
    cast.to_adopted()
    ids = [each["id"] for each in charter_of(cast.collective).document["articles"]]
    assert ids == ["partage", "horizontalite", "entraide", "logiciel-libre", "proximite", "prendre-soin"]
    again = begin_draft(actor=cast.alix, collective=cast.collective)
    with pytest.raises(Invalid, match="article_unknown"):
        edit_text(
            actor=cast.alix, draft_id=again.pk, revision=1, title="Charte", preamble="",
            articles=[{"id": "liberte", "title": "Autre chose", "text": ""}],
        )  # fmt: skip
    again = edit_text(
        actor=cast.alix, draft_id=again.pk, revision=1, title="Charte", preamble="",
        articles=[{"id": "", "title": "Liberté", "text": "Revenue."}],
    )  # fmt: skip
    assert [each["id"] for each in again.document["articles"]] == ["liberte-2"]
    text, terms = parts({**again.document, "articles": [{"id": "liberte", "title": "Revenue", "text": ""}]})
    with pytest.raises(Invalid, match="charter_faulty") as refused:
        adopt_charter(collective=cast.collective, text=text, terms=terms)
    assert ("articles.liberte", "article_reused") in refused.value.facts["faults"]


def test_faulty_draft_is_kept_and_not_published(cast):
    draft = slower(cast, "bientôt")
    assert draft.document["figures"]["consent.call_minutes"] == "bientôt"
    draft = edit_figures(
        actor=cast.alix, draft_id=draft.pk, revision=draft.revision, figures={"ballot.secrecy_floor": "2"}, classes={}
    )
    with pytest.raises(Invalid, match="charter_faulty") as refused:
        publish_draft(actor=cast.alix, draft_id=draft.pk, revision=draft.revision, title="Texte")
    assert refused.value.facts["faults"] == [
        ("ballot.secrecy_floor", "out_of_bounds"),
        ("consent.call_minutes", "term_malformed"),
    ]
    draft.refresh_from_db()
    assert draft.document["figures"]["consent.call_minutes"] == "bientôt"
    assert draft.proposal_id is None


def test_draft_without_change_is_not_published(cast):
    draft = begin_draft(actor=cast.alix, collective=cast.collective)
    assert begin_draft(actor=cast.alix, collective=cast.collective) == draft
    with pytest.raises(WrongState, match="charter_unchanged"):
        publish_draft(actor=cast.alix, draft_id=draft.pk, revision=1, title="Rien")


def test_two_tabs_do_not_overwrite_each_other(cast):
    draft = slower(cast)
    with pytest.raises(WrongState, match="stale_version"):
        edit_figures(actor=cast.alix, draft_id=draft.pk, revision=1, figures={}, classes={})
    with pytest.raises(WrongState, match="stale_version"):
        publish_draft(actor=cast.alix, draft_id=draft.pk, revision=1, title="Texte")


def test_charter_is_changed_in_the_first_circle_alone(cast):
    own = open_circle(actor=cast.dominique, collective=cast.collective, name="À moi", members=[cast.dominique])
    assert own.pk != cast.circle.pk
    for actor in (cast.dominique, cast.fanny):
        with pytest.raises(NotEntitled, match="not_in_first_circle"):
            begin_draft(actor=actor, collective=cast.collective)
    draft = slower(cast)
    for actor in (cast.bachir, cast.dominique):
        with pytest.raises(NotFound, match="draft_unknown"):
            publish_draft(actor=actor, draft_id=draft.pk, revision=draft.revision, title="Texte")
        with pytest.raises(NotFound, match="draft_unknown"):
            edit_figures(actor=actor, draft_id=draft.pk, revision=draft.revision, figures={}, classes={})
    proposal = publish_draft(actor=cast.alix, draft_id=draft.pk, revision=draft.revision, title="Texte")
    assert proposal.circle == cast.circle
    assert proposal.decision_class == "charter"


def test_withdrawn_change_is_taken_up_in_a_new_draft(cast):
    draft = proposed(cast)
    cast.enter()
    cast.do(cast.alix, "withdraw", reason="Plus tard.")
    elsewhere(cast, **{"consent.round_minutes": 45})
    with pytest.raises(WrongState, match="draft_proposed"):
        discard_draft(actor=cast.alix, draft_id=draft.pk)
    fresh = begin_draft(actor=cast.alix, collective=cast.collective, source_id=draft.pk)
    assert (fresh.pk != draft.pk, fresh.base.version, fresh.proposal_id) == (True, 2, None)
    assert fresh.document["figures"]["consent.call_minutes"] == 15
    discard_draft(actor=cast.alix, draft_id=fresh.pk)
    assert not CharterDraft.objects.filter(pk=fresh.pk).exists()
