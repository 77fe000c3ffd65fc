"""Whoever moderation has hidden is « une personne » wherever trust is shown, with no link and none of their words."""

import pytest
from django.test import Client
from django.urls import reverse

from network.actions.moderation import hide, unhide
from network.models import Member, SkillMerge, Vouch
from network.queries.collective_web import collective_web
from network.queries.tending import my_web
from network.queries.trust import trust_page, viewpoint_for
from network.queries.whatif import what_if
from tests import factories
from tests.frontend.reading import faults, page_of
from tests.network.events_cast import draft, published

pytestmark = pytest.mark.django_db

NAME, WORDS = "Bachirou Zzyzx", "Nous avons bâti un four."


@pytest.fixture
def here(clock, town):
    """Fanny knows Bachir and Camille, who both attest Élise. Bachir says why, was her client too, shares an event with
    her, added a skill and made another part of it, and is hidden."""
    town.fanny = factories.member("Fanny", belongs_to=town.collective)
    factories.web(town.collective, (town.fanny, town.bachir), (town.fanny, town.camille))
    Member.objects.filter(pk=town.bachir.pk).update(name=NAME)
    given = Vouch.objects.filter(issuer=town.bachir, subject=town.elise)
    given.update(statement=WORDS, known_since="depuis le four", articles=["a1"], charter="sha256:c0")
    factories.offer(town.elise, "Nextcloud pour tous")
    factories.vouch_between(town.bachir, town.elise, kind="prestation", statement=WORDS)
    town.skill = factories.skill("four", added_by=town.bachir)
    SkillMerge.objects.create(skill=factories.skill("fournil"), into=town.skill, by=town.bachir)
    town.event = published(town.elise, draft(partners=(town.bachir.pk,)))
    hide(actor=town.alix, uri=town.bachir.uri, reason="Annonces trompeuses.")
    town.bachir.refresh_from_db()
    town.given = given.get(kind="charte")
    return town


def browser(of):
    made = Client()
    made.force_login(factories.account(of))
    return made


def addresses(here):
    return [
        reverse("trust", args=[here.elise.pk]), reverse("member", args=[here.elise.pk]), "/annuaire?q=nextcloud",
        reverse("collective", args=[here.collective.slug]), reverse("anchors"), "/api/v1/offers?q=nextcloud",
        f"/api/v1/members/{here.elise.pk}/trust", f"/api/v1/members/{here.elise.pk}",
        reverse("event", args=[here.event.pk]), f"/api/v1/events/{here.event.pk}",
        reverse("skill", args=["four"]),
    ]  # fmt: skip


def tells(here, answer):
    """What an answer gives away of Bachir: a name, words, a link, an address."""
    text = answer.content.decode()
    given_away = {NAME, WORDS, "depuis le four", here.bachir.uri, here.given.uri, f"/membres/{here.bachir.pk}"}
    return {word for word in given_away if f'{word}"' in text or (not word.startswith("/") and word in text)}


def test_nobody_else_learns_who_it_is(here):
    for reader in (Client(), browser(here.fanny), browser(here.elise)):
        for address in addresses(here):
            answer = reader.get(address)
            assert answer.status_code == 200, address
            assert tells(here, answer) == set(), address


def test_the_pages_say_somebody(here):
    fanny = browser(here.fanny)
    places = [("trust", here.elise.pk), ("collective", here.collective.slug), ("skill", "four")]
    for address in (reverse(name, args=[of]) for name, of in places):
        page = page_of(fanny.get(address))
        assert "une personne" in page.words
        assert faults(page) == []
    assert "Vous → une personne → Élise" in fanny.get(f"/api/v1/members/{here.elise.pk}/trust").json()["words"]


def test_the_attestation_counts_as_before(here):
    line = trust_page(viewpoint_for(member=here.fanny), here.elise).line
    assert (line.kappa, line.accepted) == (2, True)
    hop = next(path[1] for path in line.paths if path[1].name == "une personne")
    assert (hop.uri, hop.member_id, hop.level) == ("", None, 2)


def test_of_an_attestation_only_that_it_is_there_remains(here):
    page = trust_page(viewpoint_for(member=None), here.elise)
    kept = next(v for v in page.vouchers if v.member.pk is None)
    assert (kept.member.name, kept.statement, kept.known_since, kept.articles, kept.uri) == (
        "une personne",
        "",
        "",
        (),
        "",
    )
    assert {v.member.name for v in page.vouchers} == {"une personne", "Camille"}
    told = Client().get(f"/api/v1/members/{here.elise.pk}/trust").json()["attestations"]
    assert {"id": None, "uri": "", "name": "une personne"} in [each["issuer"] for each in told]


def test_nobody_is_sent_to_ask_them(here):
    found = what_if(viewpoint_for(member=here.fanny), factories.member("Hugo", belongs_to=here.collective))
    assert all(person.pk for person in found.openers)
    asked = Client().get(f"/api/v1/members/{here.elise.pk}/trust").json()
    assert here.bachir.pk not in [each["id"] for each in (*asked["ask"], *asked["changes"]["openers"])]


def test_the_only_way_passes_through_somebody(here):
    Vouch.objects.filter(issuer=here.camille, subject=here.elise).delete()
    factories.web_changed()
    page = trust_page(viewpoint_for(member=here.fanny), here.elise)
    assert (page.line.kappa, page.cut.name, page.cut.pk) == (1, "une personne", None)
    (loss, *_) = what_if(viewpoint_for(member=here.fanny), here.elise).losses
    assert {loss.issuer and loss.issuer.name, loss.subject.name} & {"une personne"}
    assert (
        "Toutes les voies passent par une personne."
        in page_of(browser(here.fanny).get(reverse("trust", args=[here.elise.pk]))).words
    )


def test_themselves_and_moderators_see_who_it_is(here):
    for reader, sees in ((here.bachir, browser(here.bachir)), (here.alix, here.client)):
        names = {v.member.name: v.statement for v in trust_page(viewpoint_for(member=reader), here.elise).vouchers}
        assert names[NAME] == WORDS
        assert NAME in page_of(sees.get(reverse("trust", args=[here.elise.pk]))).words


def test_a_collectives_picture_and_table_are_the_same_to_everybody(here):
    web = collective_web(here.collective.slug)
    assert "une personne" in {name for _, name in web.drawn.people}
    assert NAME not in {name for _, name in web.drawn.people} | {row.member.name for row in web.rows}
    assert len(web.rows) == 5
    assert NAME not in here.client.get(reverse("collective", args=[here.collective.slug])).content.decode()


def test_who_is_attested_by_them_sees_somebody(here):
    somebody = [each for each in my_web(here.elise).received if each.person.pk is None]
    assert {(each.person.name, each.statement, each.known_since) for each in somebody} == {("une personne", "", "")}
    page = browser(here.elise).get(reverse("my_web"))
    assert tells(here, page) == set()
    given = [each.person.name for each in my_web(here.fanny).given]
    assert NAME in given  # one's own attestation can still be taken back


def test_their_own_page_of_trust_is_hidden_as_their_page_is(here):
    for reader in (Client(), browser(here.fanny)):
        answer = reader.get(reverse("trust", args=[here.bachir.pk]))
        assert answer.status_code == 410
        assert NAME not in answer.content.decode()
        assert reader.get(f"/api/v1/members/{here.bachir.pk}/trust").status_code == 404
    assert browser(here.bachir).get(reverse("trust", args=[here.bachir.pk])).status_code == 200


def test_all_is_said_again_once_it_is_shown_again(here):
    unhide(actor=here.alix, uri=here.bachir.uri, words="Corrigé.")
    names = {v.member.name: v.statement for v in trust_page(viewpoint_for(member=None), here.elise).vouchers}
    assert names[NAME] == WORDS
    assert NAME in page_of(Client().get(reverse("collective", args=[here.collective.slug]))).words
