"""The form with which one attests: what it asks, what it keeps, what it promises; nothing is lost on the way."""

import pytest
from django.test import Client
from django.urls import reverse

from governance.actions.charter import adopt_template
from network.actions.trust import vouch
from network.models import Vouch
from network.queries.tending import kind_of_skill, own_vouch
from tests import factories
from tests.frontend.reading import faults, page_of, plain
from tests.network.web_cast import cloth

FORM = 120  # elements


@pytest.fixture
def cast(db, clock):
    factories.node()
    made = cloth()
    adopt_template(collective=made.home)
    made.home.refresh_from_db()
    made.hugo.skills.set([factories.skill("nextcloud"), factories.skill("audio")])
    made.client = Client()
    made.client.force_login(factories.account(made.bachir))
    return made


def form(cast, member, **data):
    answer = cast.client.get(reverse("vouch", args=[member.pk]), data)
    page = page_of(answer)
    assert (answer.status_code, faults(page)) == (200, [])
    return page


def post(cast, member, **data):
    answer = cast.client.post(reverse("vouch", args=[member.pk]), data, follow=True)
    page = page_of(answer)
    assert faults(page) == []
    return answer.status_code, page


def article_ids(page):
    return [e.attributes["value"] for e in page.all("input") if e.attributes.get("name") == "articles"]


def test_the_form_asks_what_screen_and_charter_say(cast):
    page = form(cast, cast.hugo)
    assert len(page.elements) <= FORM
    assert len(article_ids(page)) == 6
    assert "Quels articles de la charte avez-vous vus à l’œuvre ?" in page.words
    assert "Ce texte sera public" in page.words
    kinds = [plain(option.text) for option in page.all("option")]
    assert kinds == ["le respect de la charte", "la compétence « Audio »", "la compétence « Nextcloud »"]


def test_what_does_not_apply_is_not_asked(cast):
    page = form(cast, cast.gwen)
    assert page.with_id("id_kind") is None
    assert page.with_id("id_audience") is None
    other = factories.collective("Sans charte")
    bare = factories.member("Nouvelle", belongs_to=other)
    cast.client.force_login(factories.account(bare))
    assert article_ids(form(cast, cast.gwen)) == []


def test_everything_said_is_shown_again_then_kept(cast):
    first, second = article_ids(form(cast, cast.hugo))[:2]
    said = {
        "kind": "charte",
        "level": "2",
        "articles": [first, second],
        "known_since": "depuis 2021",
        "audience": "public",
    }
    said["statement"] = "Du <b>soin</b>."
    status, page = post(cast, cast.hugo, **said)
    assert status == 200
    for words in ("J’ai travaillé avec elle", "Se connaissent : depuis 2021", "Du <b>soin</b>.", "Articles vus :"):
        assert words in page.words
    assert "se lisent sur ce nœud seulement" in page.words
    assert not Vouch.objects.filter(subject=cast.hugo).exists()
    typed = {}
    for e in page.all("input"):
        if e.attributes["type"] == "hidden" and e.attributes["name"] != "csrfmiddlewaretoken":
            typed.setdefault(e.attributes["name"], []).append(e.attributes["value"])
    post(cast, cast.hugo, **typed, confirmed="1")
    made = Vouch.objects.get(subject=cast.hugo)
    assert (made.kind, made.level, made.statement, made.known_since) == ("charte", 2, "Du <b>soin</b>.", "depuis 2021")
    assert (made.articles, made.charter, made.public) == ([first, second], cast.home.charter, True)
    page = page_of(cast.client.get(reverse("trust", args=[cast.hugo.pk])))
    assert "Se connaissent : depuis 2021. Articles de la charte vus à l’œuvre :" in page.words


def test_one_may_go_back_and_correct(cast):
    status, page = post(cast, cast.hugo, kind="charte", level="2", statement="À revoir", audience="public", back="1")
    assert status == 200
    assert page.with_id("id_statement").text.strip() == "À revoir"
    assert not Vouch.objects.filter(subject=cast.hugo).exists()


def test_an_article_of_no_charter_is_refused_and_what_was_typed_stays(cast):
    status, page = post(
        cast, cast.hugo, kind="charte", level="2", articles=["rien"], statement="Bien", audience="public"
    )
    assert status == 400
    assert page.with_id("id_statement").text.strip() == "Bien"


# --- competences, public or not -----------------------------------------------------------------------------


def test_a_competence_by_choice_for_oneself_alone(cast):
    said = {"kind": kind_of_skill("nextcloud"), "level": "3", "audience": "private"}
    _, page = post(cast, cast.hugo, **said)
    assert "la compétence « Nextcloud »" in page.words
    assert "Vous seul la verrez." in page.words
    _, page = post(cast, cast.hugo, **said, confirmed="1")
    assert "pour vous seul" in page.words
    made = Vouch.objects.get(subject=cast.hugo)
    assert (made.public, made.kind, made.articles) == (False, kind_of_skill("nextcloud"), [])


def test_a_public_competence_stands_beside_the_skill(cast):
    for issuer in (cast.alix, cast.camille):
        vouch(actor=issuer, subject_id=cast.hugo.pk, level=2, kind=kind_of_skill("nextcloud"))
    page = page_of(Client().get(reverse("member", args=[cast.hugo.pk])))
    assert "Nextcloud (attestée par 2 personnes que vous acceptez)" in page.words
    assert "Audio (" not in page.words


def test_articles_of_the_charter_do_not_go_with_a_competence(cast):
    article = article_ids(form(cast, cast.hugo))[0]
    post(
        cast, cast.hugo, kind=kind_of_skill("audio"), level="1", articles=[article], audience="public", confirmed="1"
    )  # fmt: skip
    assert Vouch.objects.get(subject=cast.hugo).articles == []


def test_an_attestation_of_the_charter_is_never_private(cast):
    status, page = post(cast, cast.hugo, kind="charte", level="1", audience="private", confirmed="1")
    assert status == 400
    assert "Une attestation de charte est publique." in page.words
    assert not Vouch.objects.filter(subject=cast.hugo).exists()


def test_a_skill_that_they_do_not_name_cannot_be_attested(cast):
    status, _ = post(cast, cast.hugo, kind=kind_of_skill("piano"), level="1", audience="public", confirmed="1")
    assert status == 400
    assert not Vouch.objects.filter(subject=cast.hugo).exists()


# --- renewing with other words --------------------------------------------------------------------------------


def test_the_form_of_a_renewal_holds_what_was_said(cast):
    article = article_ids(form(cast, cast.hugo))[1]
    vouch(actor=cast.bachir, subject_id=cast.hugo.pk, level=3, known_since="2019", statement="Oui", articles=[article])
    page = form(cast, cast.hugo)
    assert "Renouveler mon attestation pour Hugo" in page.words
    checked = [e.attributes["value"] for e in page.all("input") if "checked" in e.attributes]
    assert checked == ["3", article]
    assert page.with_id("id_known_since").attributes["value"] == "2019"
    assert page.with_id("id_statement").text.strip() == "Oui"
    assert page.with_id("id_audience") is None  # who sees it stays as it is


def test_a_private_one_stays_private_when_renewed(cast):
    kind = kind_of_skill("audio")
    row = vouch(actor=cast.bachir, subject_id=cast.hugo.pk, level=1, kind=kind, public=False)
    assert "Renouveler" in form(cast, cast.hugo, genre=kind).words
    post(cast, cast.hugo, kind=kind, level="2", audience="public", confirmed="1")
    made = Vouch.objects.get(subject=cast.hugo)
    assert (made.pk, made.level, made.public) == (row.pk, 2, False)


# --- the pace -------------------------------------------------------------------------------------------------


def test_who_attests_too_fast_is_told_from_when_it_counts(cast, clock):
    assert "comptera à partir du" not in form(cast, cast.hugo).words
    vouch(actor=cast.bachir, subject_id=cast.gwen.pk, level=1)
    assert "elle comptera à partir du 21 décembre 2026" in form(cast, cast.hugo).words
    _, page = post(cast, cast.hugo, kind="charte", level="1", audience="public")
    assert "elle comptera à partir du 21 décembre 2026" in page.words
    assert "comptera à partir du" not in form(cast, cast.alix).words  # nobody new


def test_whoever_may_not_attest_is_told_so_and_asked_nothing(cast):
    outsider = Client()
    outsider.force_login(factories.account(factories.member("Seule")))
    page = page_of(outsider.get(reverse("vouch", args=[cast.hugo.pk])))
    assert "Il faut être membre actif" in page.words
    assert page.with_id("id_level") is None
    assert own_vouch(cast.bachir, cast.hugo) is None
