"""Attesting, renewing and withdrawing, as rows and as facts."""

import pytest

from network.actions.leaving import mark_member_gone
from network.actions.trust import renew_vouch, vouch, withdraw_vouch
from network.errors import Invalid, NotEntitled, NotFound
from network.models import Tombstone, Vouch, WebVersion
from network.queries.webs import load
from network.rules.facts import DEFAULT_TERMS, YEAR, grave_of
from network.signals import vouch_given, vouch_withdrawn
from tests.factories import at_once, candidate, collective, member, vouch_between

pytestmark = pytest.mark.django_db


@pytest.fixture
def home():
    return collective(charter="sha256:c0")


@pytest.fixture
def alix(home):
    return member("Alix", belongs_to=home)


@pytest.fixture
def bachir(home):
    return member("Bachir", belongs_to=home)


def _version():
    return WebVersion.objects.values_list("number", "mark").get()


def _counting(clock, **kwargs):
    return [fact.id for fact in load().facts.counting(clock.now(), DEFAULT_TERMS, **kwargs)]


@pytest.fixture
def news(django_capture_on_commit_callbacks):
    """Run the block, then tell which signals it sent."""
    heard = []

    def hear(sender, signal, **facts):
        facts.pop("sender", None)
        heard.append((signal, facts))

    vouch_given.connect(hear)
    vouch_withdrawn.connect(hear)
    yield heard
    vouch_given.disconnect(hear)
    vouch_withdrawn.disconnect(hear)


# --- success ---------------------------------------------------------------------------------------------


def test_vouching_writes_a_fact_that_counts_at_once(clock, alix, bachir):
    row = vouch(actor=alix, subject_id=bachir.pk, level=3, statement=" Nous avons réparé des vélos. ")
    assert (row.issuer, row.subject, row.kind, row.level) == (alix, bachir, "charte", 3)
    assert row.statement == "Nous avons réparé des vélos."
    assert row.uri.startswith("http://localhost:8000/att/")
    assert row.charter == "sha256:c0"
    assert row.expires_at - row.issued_at == 2 * YEAR
    assert _counting(clock) == [row.uri]


def test_the_web_gets_a_new_version_with_each_change(alix, bachir):
    before = _version()
    row = vouch(actor=alix, subject_id=bachir.pk, level=1)
    given = _version()
    withdraw_vouch(actor=alix, vouch_id=row.pk)
    assert before[0] < given[0] < _version()[0]
    assert len({before[1], given[1], _version()[1]}) == 3


def test_others_are_told_after_the_commit(alix, bachir, news, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        row = vouch(actor=alix, subject_id=bachir.pk, level=1)
        assert news == []
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_vouch(actor=alix, vouch_id=row.pk)
    assert news == [(vouch_given, {"vouch_id": row.pk}), (vouch_withdrawn, {"vouch_id": row.pk})]


def test_vouching_again_renews_under_the_same_address(clock, alix, bachir):
    first = vouch(actor=alix, subject_id=bachir.pk, level=1)
    clock.advance(days=300)
    again = vouch(actor=alix, subject_id=bachir.pk, level=3)
    assert (again.pk, again.uri, again.level) == (first.pk, first.uri, 3)
    assert again.issued_at == clock.now() > again.entered_at == first.issued_at
    assert Vouch.objects.count() == 1


def test_a_first_one_is_not_renewed_though_time_passes_while_it_is_written(alix, bachir):
    row = vouch(actor=alix, subject_id=bachir.pk, level=1)
    assert [fact.renewed for fact in load().facts.surviving] == [False]
    renew_vouch(actor=alix, vouch_id=row.pk)
    assert [fact.renewed for fact in load().facts.surviving] == [True]


def test_renewing_keeps_what_is_not_said(clock, alix, bachir):
    first = vouch(actor=alix, subject_id=bachir.pk, level=2, statement="Fiable.")
    clock.advance(days=700)
    renewed = renew_vouch(actor=alix, vouch_id=first.pk)
    assert (renewed.level, renewed.statement, renewed.issued_at) == (2, "Fiable.", clock.now())
    clock.advance(days=700)
    assert _counting(clock) == [first.uri]


def test_somebody_of_another_node_can_be_vouched_for(clock, alix):
    dominique = member("Dominique", origin="https://tours.example")
    row = vouch(actor=alix, subject_id=dominique.pk, level=2)
    assert _counting(clock) == [row.uri]


def test_withdrawing_buries_every_living_one_of_that_kind(clock, alix, bachir):
    older = vouch_between(alix, bachir, issued=clock.now())
    other_kind = vouch_between(alix, bachir, kind="competence:nextcloud")
    newer = vouch_between(alix, bachir)
    withdraw_vouch(actor=alix, vouch_id=newer.pk)
    assert _counting(clock) == [other_kind.uri]
    buried = {(row.uri_digest, row.issuer_digest) for row in Tombstone.objects.all()}
    graves = {grave_of(row.uri, alix.uri) for row in (older, newer)}
    assert buried == {(grave.uri_digest, grave.issuer_digest) for grave in graves}


def test_after_withdrawing_one_may_vouch_again_under_a_new_address(clock, alix, bachir):
    first = vouch(actor=alix, subject_id=bachir.pk, level=1)
    withdraw_vouch(actor=alix, vouch_id=first.pk)
    second = vouch(actor=alix, subject_id=bachir.pk, level=2)
    assert second.uri != first.uri
    assert _counting(clock) == [second.uri]


def test_a_private_one_is_forgotten_without_trace(alix, bachir, news, django_capture_on_commit_callbacks):
    row = vouch(actor=alix, subject_id=bachir.pk, level=2, kind="prestation", public=False)
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_vouch(actor=alix, vouch_id=row.pk)
    assert not Vouch.objects.exists()
    assert not Tombstone.objects.exists()
    assert news == []


# --- refusals --------------------------------------------------------------------------------------------


def _refused(error, code, call, **kwargs):
    before = (Vouch.objects.count(), Tombstone.objects.count())
    with pytest.raises(error) as refusal:
        call(**kwargs)
    assert refusal.value.code == code
    assert (Vouch.objects.count(), Tombstone.objects.count()) == before


def test_not_for_oneself(alix):
    _refused(NotEntitled, "self_vouch", vouch, actor=alix, subject_id=alix.pk, level=3)


def test_not_by_somebody_who_is_no_member(home, bachir):
    outsider, waiting = member("Fanny"), member("Camille")
    candidate(home, waiting)
    for actor in (outsider, waiting):
        _refused(NotEntitled, "not_a_member", vouch, actor=actor, subject_id=bachir.pk, level=1)


def test_not_in_the_name_of_somebody_of_another_node(home, bachir):
    dominique = member("Dominique", origin="https://tours.example", belongs_to=home)
    _refused(NotEntitled, "not_a_member", vouch, actor=dominique, subject_id=bachir.pk, level=1)


def test_not_for_nobody_nor_for_somebody_gone(clock, alix):
    elise = member("Élise", gone_at=clock.now())
    for pk in (elise.pk, 10**9):
        _refused(NotFound, "member_unknown", vouch, actor=alix, subject_id=pk, level=1)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"level": 0}, "level_invalid"),
        ({"level": 4}, "level_invalid"),
        ({"statement": "x" * 501}, "statement_too_long"),
        ({"kind": "confiance"}, "vouch_kind_unknown"),
        ({"kind": "competence:"}, "vouch_kind_unknown"),
        ({"kind": "competence:" + "x" * 600}, "vouch_kind_unknown"),
        ({"public": False}, "charte_is_public"),
    ],
)
def test_not_out_of_bounds(alix, bachir, wrong, code):
    _refused(Invalid, code, vouch, **({"actor": alix, "subject_id": bachir.pk, "level": 1} | wrong))


def test_not_somebody_elses_and_it_looks_as_if_there_were_none(alix, bachir):
    row = vouch(actor=alix, subject_id=bachir.pk, level=2, kind="prestation", public=False)
    for call in (withdraw_vouch, renew_vouch):
        _refused(NotFound, "vouch_unknown", call, actor=bachir, vouch_id=row.pk)
        _refused(NotFound, "vouch_unknown", call, actor=bachir, vouch_id=10**9)


def test_not_one_that_is_withdrawn(alix, bachir):
    row = vouch(actor=alix, subject_id=bachir.pk, level=1)
    withdraw_vouch(actor=alix, vouch_id=row.pk)
    for call in (withdraw_vouch, renew_vouch):
        _refused(NotFound, "vouch_unknown", call, actor=alix, vouch_id=row.pk)


# --- at once ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_same_attestation_sent_several_times_at_once_is_one(clock):
    home = collective()
    alix, bachir = member("Alix", belongs_to=home), member("Bachir", belongs_to=home)
    before = WebVersion.objects.get().number
    results = at_once(*[lambda n=n: vouch(actor=alix, subject_id=bachir.pk, level=n) for n in (1, 2, 3)])
    assert len({row.uri for row in results}) == Vouch.objects.count() == 1
    assert WebVersion.objects.get().number == before + 3


# --- what stays on this node ------------------------------------------------------------------------------


def test_articles_and_since_when_are_kept_with_it(alix, bachir):
    row = vouch(
        actor=alix, subject_id=bachir.pk, level=2, known_since=" depuis 2021 ", articles=["partage", "soin", "partage"]
    )
    assert (row.known_since, row.articles) == ("depuis 2021", ["partage", "soin"])
    again = vouch(actor=alix, subject_id=bachir.pk, level=2)
    assert (again.pk, again.known_since, again.articles) == (row.pk, "", [])


def test_renewing_under_another_charter_drops_the_articles_of_the_old_one(alix, bachir, home):
    row = vouch(actor=alix, subject_id=bachir.pk, level=2, known_since="depuis 2021", articles=["partage"])
    assert renew_vouch(actor=alix, vouch_id=row.pk).articles == ["partage"]
    home.charter = "sha256:c1"
    home.save()
    renewed = renew_vouch(actor=alix, vouch_id=row.pk)
    assert (renewed.charter, renewed.articles, renewed.known_since) == ("sha256:c1", [], "depuis 2021")


def test_withdrawing_forgets_the_words_and_keeps_the_reason(alix, bachir):
    row = vouch(
        actor=alix, subject_id=bachir.pk, level=2, statement="Fiable.", known_since="2021", articles=["partage"]
    )
    withdraw_vouch(actor=alix, vouch_id=row.pk, reason=" Plus de nouvelles. ")
    row.refresh_from_db()
    assert (row.statement, row.known_since, row.articles, row.reason) == ("", "", [], "Plus de nouvelles.")


def test_whoever_leaves_leaves_no_words_behind(alix, bachir, home):
    third = member("Camille", belongs_to=home)
    row = vouch(actor=alix, subject_id=bachir.pk, level=2, statement="Fiable.", known_since="2021", articles=["soin"])
    withdrawn = vouch(actor=alix, subject_id=third.pk, level=2)
    withdraw_vouch(actor=alix, vouch_id=withdrawn.pk, reason="Entre nous.")
    mark_member_gone(uri=alix.uri)
    for each in (row, withdrawn):
        each.refresh_from_db()
        assert (each.statement, each.known_since, each.articles, each.reason) == ("", "", [], "")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"known_since": "x" * 81}, "known_since_too_long"),
        ({"articles": ["a b"]}, "articles_invalid"),
        ({"articles": ["<i>"]}, "articles_invalid"),
        ({"articles": [""]}, "articles_invalid"),
        ({"articles": [f"a{n}" for n in range(61)]}, "articles_invalid"),
    ],
)
def test_not_beyond_what_is_kept(alix, bachir, wrong, code):
    _refused(Invalid, code, vouch, **({"actor": alix, "subject_id": bachir.pk, "level": 1} | wrong))


def test_not_a_reason_as_long_as_a_letter(alix, bachir):
    row = vouch(actor=alix, subject_id=bachir.pk, level=1)
    _refused(Invalid, "reason_too_long", withdraw_vouch, actor=alix, vouch_id=row.pk, reason="x" * 501)
