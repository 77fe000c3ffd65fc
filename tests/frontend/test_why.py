"""Why trust somebody: whom to ask, what would change it, where it comes from; and the sensible words for référents."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from federation.models import SignedKind, SignedObject
from frontend import whatif_words
from frontend.templatetags import ui
from network.actions.trust import vouch, withdraw_vouch
from network.queries.tending import own_vouch
from network.queries.whatif import WhatIf
from network.rules.facts import YEAR, TrustTerms
from tests import factories
from tests.frontend.reading import faults, page_of, plain
from tests.network.web_cast import cloth

PROVIDER = 250  # elements


@pytest.fixture
def cast(db, clock):
    factories.node()
    made = cloth()
    made.client, made.visitor = Client(), Client()
    made.client.force_login(factories.account(made.alix))
    return made


def read(client, name, *args):
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    page = page_of(answer)
    assert faults(page) == []
    return page


def links_after(page, words):
    """The text of the links of the first paragraph that begins so."""
    start = next(n for n, e in enumerate(page.elements) if e.tag == "p" and plain(e.text).startswith(words))
    after = page.elements[start + 1 :]
    return [e.text for e in after[: next((n for n, e in enumerate(after) if e.tag == "p"), None)] if e.tag == "a"]


# --- whom to ask ------------------------------------------------------------------------------------------------


def test_the_one_to_ask_is_on_the_path_and_nearest_to_the_reader(cast):
    for name in ("member", "trust"):
        page = read(cast.client, name, cast.gwen.pk)
        assert links_after(page, "À qui demander :") == ["Camille"]


def test_without_a_path_those_who_vouch_can_be_asked(cast):
    stranger = factories.member("Loin", origin="https://tours.example")
    neighbour = factories.member("Près", origin="https://tours.example")
    other = factories.collective("Ailleurs")
    factories.vouch_between(factories.member("Ici", belongs_to=other), stranger)
    page = read(cast.client, "member", stranger.pk)
    assert "Aucun chemin depuis ce point" in page.words
    assert links_after(page, "À qui demander :") == ["Ici"]
    assert "À qui demander" not in read(cast.client, "member", neighbour.pk).words


def test_figures_are_those_of_the_charter(cast, clock):
    cast.home.trust_terms = {"trust.L": "3", "trust.rate_days": "7"}
    cast.home.save()
    factories.web_changed()
    stranger = factories.member("Loin", origin="https://tours.example")
    page = read(cast.client, "trust", stranger.pk)
    assert "Aucun chemin depuis ce point, à moins de 3 pas." in page.words
    assert "Pas de voie connue à moins de 3 pas." in page.words
    factories.offer(stranger, "Nextcloud de loin")
    assert "pas de voie connue à moins de 3 pas" in page_of(cast.client.get("/annuaire?q=nextcloud")).words
    for subject in (cast.hugo, cast.alix):
        clock.advance(minutes=1)
        vouch(actor=cast.gwen, subject_id=subject.pk, level=1)
    page = read(cast.client, "trust", cast.alix.pk)
    assert "1 autre comptera plus tard." in page.words
    assert "un membre atteste une nouvelle personne tous les 7 jours." in page.words


def test_the_latest_of_those_whom_the_collective_counts(cast, clock):
    other = factories.member("Ici", belongs_to=factories.collective("Ailleurs"))
    clock.advance(days=1)
    factories.vouch_between(other, cast.fanny, issued=clock.now())
    page = read(cast.visitor, "member", cast.fanny.pk)
    assert "1 membre s’en porte garant, dernière attestation le 25 janvier 2026." in page.words


# --- seen from the collective itself ----------------------------------------------------------------------------


def test_the_collective_says_of_its_referent_what_it_is(cast):
    page = read(cast.visitor, "member", cast.camille.pk)
    said = "Camille fait partie des référents de Les Terrils. Deux autres voies indépendantes y mènent aussi :"
    assert said in page.words
    assert "Camille · référent, 2 membres s’en portent garants" in page.words
    assert links_after(page, "À qui demander :")[0] == "Alix"


def test_a_referent_whom_no_other_path_reaches(cast):
    for issuer in (cast.bachir, cast.alix):
        withdraw_vouch(actor=issuer, vouch_id=own_vouch(issuer, cast.camille).pk)
    page = read(cast.visitor, "member", cast.camille.pk)
    assert "qui regarde ici par tous ses membres." in page.words  # too few référents are left
    assert "membre, dont personne ne se porte encore garant" in page.words


def test_paths_are_counted_as_before(cast):
    said = Client().get(f"/api/v1/members/{cast.camille.pk}/trust").json()
    assert (said["kappa"], said["words"][0]) == (3, "Les Terrils → Camille")


# --- what would change it ---------------------------------------------------------------------------------------


def test_who_could_open_a_path_and_whose_loss_would_close_it(cast):
    page = read(cast.client, "trust", cast.fanny.pk)
    assert links_after(page, "Une attestation de l’une de ces personnes ouvrirait une voie de plus :") == ["Bachir"]
    assert "La vôtre aussi." in page.words
    until = ui.day(own_vouch(cast.camille, cast.fanny).expires_at)
    lost = f"Sans l’attestation de Camille pour Fanny, valable jusqu’au {until}, il ne resterait aucune voie."
    assert lost in page.words
    assert "perd la moitié de son poids en 1 an et finit au plus tard après 2 ans" in page.words


def test_a_visitor_is_not_asked_to_attest(cast):
    page = read(cast.visitor, "trust", cast.fanny.pk)
    assert "La vôtre aussi." not in page.words
    assert reverse("vouch", args=[cast.fanny.pk]) not in [a.attributes["href"] for a in page.all("a")]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            WhatIf(2),
            ["Aucune attestation ne tient ces voies à elle seule : si l’une manquait, une autre la remplacerait."],
        ),
        (WhatIf(2, tried=False), []),
        (WhatIf(0), []),
    ],
)
def test_only_what_was_tried_is_said(found, said):
    assert [plain(text) for text in whatif_words.losses(found)] == said


def test_what_is_said_of_weak_support():
    assert whatif_words.support(WhatIf(2)) == ""
    assert "suffirait" in whatif_words.support(WhatIf(2, refreshed=True))
    assert "il en faudrait d’autres" in plain(whatif_words.support(WhatIf(2, refreshed=False)))


def test_spans_of_time_are_those_of_the_charter():
    assert [whatif_words.span(YEAR * n) for n in (1, 2, 1.5)] == ["1 an", "2 ans", "18 mois"]
    assert "en 18 mois" in whatif_words.ageing(TrustTerms(half_life=YEAR * 1.5))


# --- where this comes from --------------------------------------------------------------------------------------


def signed(row, *, via="", at):
    SignedObject.objects.create(
        uri=row.uri, owner=row.issuer.uri, kind=SignedKind.ATTESTATION, body=b"{}", digest="0" * 64,
        key_id=f"{row.issuer.uri}#ed25519-key", made_at=at, verified_at=at, via=via,
    )  # fmt: skip


def test_which_node_said_it_when_it_came_and_the_paper(cast, clock):
    far = factories.member("Dominique", origin="https://tours.example", belongs_to=cast.home)
    other = factories.member("Élise", origin="https://lille.example", belongs_to=cast.home)
    ours, theirs = own_vouch(cast.camille, cast.fanny), factories.vouch_between(far, cast.fanny)
    relayed = factories.vouch_between(other, cast.fanny)
    signed(ours, at=clock.now())
    signed(theirs, at=clock.now(), via="https://tours.example/actor")
    signed(relayed, at=clock.now(), via="https://tours.example/actor")
    page = read(cast.visitor, "trust", cast.fanny.pk)
    today, entered = ui.day(clock.now()), ui.day(theirs.entered_at)
    assert f"Signée sur ce nœud le {today}. Valable jusqu’au {ui.day(ours.expires_at)}." in page.words
    assert f"Signée sur tours.example le {today}, reçue ici le {entered}, vérifiée le {today}." in page.words
    assert f"Signée sur lille.example le {today}, transmise par tours.example, reçue ici le {entered}," in page.words
    papers = {a.attributes["href"] for a in page.all("a") if a.text == "Le papier signé"}
    assert papers == {ours.uri, theirs.uri, relayed.uri}


def test_what_has_no_paper_yet_leads_to_none(cast):
    page = read(cast.visitor, "trust", cast.fanny.pk)
    assert "Dite sur localhost:8000" in page.words
    assert not [a for a in page.all("a") if a.text == "Le papier signé"]


def test_a_private_one_says_that_it_is_kept_here_unsigned(cast):
    vouch(actor=cast.alix, subject_id=cast.fanny.pk, level=2, kind="prestation", public=False)
    assert "Gardée sur ce nœud, sans signature" in read(cast.client, "trust", cast.fanny.pk).words
    assert "sans signature" not in read(cast.visitor, "trust", cast.fanny.pk).words


def test_articles_of_an_older_charter_are_counted_not_named(cast):
    row = own_vouch(cast.camille, cast.fanny)
    type(row).objects.filter(pk=row.pk).update(articles=["a", "b"])
    assert (
        "2 articles vus à l’œuvre, d’une autre version de la charte."
        in read(cast.visitor, "trust", cast.fanny.pk).words
    )


# --- the page as a whole ----------------------------------------------------------------------------------------


def test_the_picture_says_the_sentence_and_the_paths(cast):
    for name in ("trust", "member"):
        page = read(cast.client, name, cast.gwen.pk)
        label = plain(next(e for e in page.all("svg") if e.attributes.get("role") == "img").attributes["aria-label"])
        assert label == "Une voie vous mène à Gwen : Vous → Camille → Fanny → Gwen"
        assert [e.text for e in page.all("text")] == ["Vous", "Gwen", "Camille", "Fanny"]


def test_somebody_with_very_many_attestations_fits_the_budget(cast):
    for n in range(40):
        issuer = factories.member(f"Atelier coopératif numéro {n}", belongs_to=cast.home)
        factories.vouch_between(cast.alix, issuer)
        factories.vouch_between(issuer, cast.fanny, statement="Fiable.")
    page = read(cast.client, "trust", cast.fanny.pk)
    assert len(page.elements) <= PROVIDER
    assert "Et 29 autres attestations." in page.words


def test_as_many_queries_for_forty_attestations_as_for_four(cast):
    few = count(cast, cast.fanny)
    for n in range(36):
        factories.vouch_between(factories.member(f"M{n}", belongs_to=cast.home), cast.fanny)
    assert count(cast, cast.fanny) <= few


def count(cast, member):
    address = reverse("trust", args=[member.pk])
    cast.visitor.get(address)
    with CaptureQueriesContext(connection) as asked:
        cast.visitor.get(address)
    return len(asked)


# --- anchors ----------------------------------------------------------------------------------------------------


def test_a_visitor_chooses_sees_the_effect_and_takes_it_back(cast, settings):
    page = read(cast.visitor, "anchors")
    assert "les pages se lisent de la place du collectif" in page.words
    assert "Tout oublier" not in page.words
    cast.visitor.post(reverse("anchors"), {"known": [cast.alix.pk]})
    assert "Encore 1 personne, et les pages se liront de votre place." in read(cast.visitor, "anchors").words
    cast.visitor.post(reverse("anchors"), {"known": [cast.alix.pk, cast.bachir.pk]})
    page = read(cast.visitor, "anchors")
    assert "Les pages se lisent maintenant de votre place." in page.words
    assert "3 acceptés" in page.words or "1 accepté" in page.words
    answer = cast.visitor.post(reverse("anchors"), {"known": [cast.alix.pk], "forget": "1"}, follow=True)
    assert "Vos repères sont oubliés." in page_of(answer).words
    assert not cast.visitor.cookies[settings.ANCHORS_COOKIE_NAME].value
    assert "de la place du collectif" in read(cast.visitor, "anchors").words
