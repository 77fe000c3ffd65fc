"""The pages of co-optation: from the request to the room, and who may read what, on pages, in the API and in logs."""

import json
import logging
import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from governance.actions.candidacies import act_on
from governance.actions.candidacy_due import tend_candidacies
from governance.models import Candidacy, CandidacyText, Proposal
from governance.rules.candidacy import Stage
from network.models import Account, Collective, Invitation, Member, Membership
from tests import factories
from tests.governance.candidacy_cast import Candidate, Clock, marks
from tests.governance.conftest import make_cast
from tests.governance.test_charter_versions import elsewhere

ARTICLES = ["liberte", "horizontalite", "partage", "entraide", "logiciel-libre", "proximite"]


@pytest.fixture
def way(db, monkeypatch):
    factories.node()
    return Candidate(make_cast(), Clock(monkeypatch))


def browser(member) -> Client:
    client = Client()
    client.force_login(Account.objects.get(member=member))
    return client


def read(client, name, *args) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


def facts(said="Le 2 mars, un atelier ouvert.") -> dict[str, str]:
    return {f"fact-{article}": said for article in ARTICLES}


def test_asking_by_the_form_keeps_what_was_typed(way):
    fanny = browser(way.cast.fanny)
    assert "Demander à nous rejoindre" in read(fanny, "candidacies")
    page = read(fanny, "candidacy_new")
    signed = re.search(r'name="signed" value="([^"]+)"', page)[1]
    given = {"signed": signed, "organisation": "Éclats", "key": str(uuid4()), **facts()}
    refused = fanny.post(reverse("candidacy_new"), {**given, "fact-partage": ""}).content.decode()
    assert "Ce champ est nécessaire" in refused
    assert "Le 2 mars, un atelier ouvert." in refused
    assert not Candidacy.objects.exists()
    for _ in range(2):  # sent twice: one request
        answer = fanny.post(reverse("candidacy_new"), {**given, "agrees": "on"})
        assert answer.status_code == 302
    assert Candidacy.objects.count() == 1
    page = read(fanny, "candidacy", Candidacy.objects.get().pk)
    assert "Demandez à des membres de vous parrainer." in page
    again = fanny.post(reverse("candidacy_new"), {**given, "agrees": "on", "key": str(uuid4())}).content.decode()
    assert "Une demande est déjà en cours" in again


def test_sponsors_answer_and_refusals_are_sentences(way):
    way.expressed()
    fanny, alix = browser(way.cast.fanny), browser(way.cast.alix)
    ask = reverse("candidacy_act", args=[way.pk, "ask_sponsor"])
    assert fanny.post(ask, {"person": way.cast.alix.pk, "key": str(uuid4())}).status_code == 302
    assert "On vous demande de parrainer cette personne." in read(alix, "candidacy", way.pk)
    confirm = reverse("candidacy_act", args=[way.pk, "confirm_sponsor"])
    said = alix.post(confirm, {"organisation": "eclats", "key": str(uuid4())}).content.decode()
    assert "organisations différentes" in said
    assert alix.post(confirm, {"organisation": "Atelier", "key": str(uuid4())}).status_code == 302
    assert "Atelier" in read(fanny, "candidacy", way.pk)


def test_the_charter_that_governs_is_the_one_signed_whichever_is_in_force(way):
    way.expressed()
    elsewhere(way.cast, **{"consent.call_minutes": 15})
    page = read(browser(way.cast.fanny), "candidacy", way.pk)
    told = page.partition("Charte qui s’applique")[2]
    assert f'href="{reverse("charter_version", args=[1])}"' in told[:200]


def evaluation(mark="manifest", fact="Vu à la fête du 3 mai.") -> dict[str, str]:
    given = {"key": str(uuid4())}
    for article in ARTICLES:
        given |= {f"mark-{article}": mark, f"fact-{article}": fact, f"on-{article}": "2026-05-03"}
    return given


def test_evaluations_stay_sealed_then_show_as_distribution_without_names(way, caplog):
    caplog.set_level(logging.DEBUG)
    way.announced()
    cast, secret = way.cast, "SECRET-vu-chez-le-voisin"
    camille, fanny, alix = browser(cast.camille), browser(cast.fanny), browser(cast.alix)
    form = reverse("candidacy_evaluate", args=[way.pk])
    wrong = camille.post(form, {**evaluation(), "on-partage": ""}).content.decode()
    assert "Ce champ est nécessaire" in wrong
    assert camille.post(form, evaluation("contrary", secret)).status_code == 302
    assert secret in read(camille, "candidacy_evaluate", way.pk)  # my own, to change
    pages = [read(each, "candidacy", way.pk) for each in (alix, fanny)]
    pages += [each.get(f"/api/v1/candidacies/{way.pk}").content.decode() for each in (alix, fanny)]
    assert not any(secret in page or "contrary" in page for page in pages)
    assert "Évaluations données\u202f: 1" in pages[0]
    assert "Évaluations données" not in pages[1]
    assert "Camille" not in pages[1]
    assert secret not in pages[3]
    assert "Camille" not in told(pages[3])
    for member in (cast.alix, cast.bachir):
        way.do(member, "evaluate", marks=marks(way.charter, "not_seen"))
    way.do(cast.alix, "close_evaluation")
    member_page, candidate_page = read(alix, "candidacy", way.pk), read(fanny, "candidacy", way.pk)
    assert "contraire : 1" in member_page
    assert "pas vu : 2" in member_page
    assert secret in member_page
    assert "Camille" not in member_page.split("Valeur par valeur")[1].split("</main>")[0]
    raw = fanny.get(f"/api/v1/candidacies/{way.pk}").content.decode()
    for page in (candidate_page, told(raw)):
        assert secret not in page
        assert "Camille" not in page
    assert not json.loads(raw)["values"][0]["counts"]
    assert secret not in caplog.text
    assert "anonymat ne peut pas être promis" in member_page


def told(raw: str) -> str:
    """What the API tells, but for the members whom a candidate may ask to sponsor."""
    return str({name: value for name, value in json.loads(raw).items() if name != "choices"})


def test_the_page_speaks_to_each_stage(way):
    way.heard()
    cast = way.cast
    fanny = read(browser(cast.fanny), "candidacy", way.pk)
    assert "Les valeurs sont vécues." in fanny
    assert "Préparez la décision" in read(browser(cast.alix), "candidacy", way.pk)
    assert browser(cast.alix).post(reverse("candidacy_act", args=[way.pk, "open_decision"])).status_code == 302
    proposal = Proposal.objects.get()
    assert "Fanny" not in proposal.title + proposal.text + proposal.driver
    page = read(browser(cast.bachir), "candidacy", way.pk)
    assert reverse("proposition", args=[proposal.pk]) in page
    assert "Décision possible à partir du" in page
    assert "décision sur une personne" in read(browser(cast.bachir), "proposition", proposal.pk)


def test_the_room_asks_for_article_fact_and_nature(way):
    way.heard().on_the_table()
    client = browser(way.cast.camille)
    page = read(client, "assembly", way.room.pk)
    assert "Pour une décision sur une personne" in page
    act = "kind=position&version=1&call=1&choice=objection"
    given = {"act": act, "argument": "Rien n’est rendu.", "consequence": "Moins.", "ground": "side_effect"}
    given |= {"article": "partage", "nature": "price", "fact": "Le 3 mai.", "key": str(uuid4())}
    refused = client.post(reverse("assembly_act", args=[way.room.pk]), given).content.decode()
    assert "Ce motif ne compte pas" in refused
    kept = client.post(reverse("assembly_act", args=[way.room.pk]), {**given, "nature": "values", "key": str(uuid4())})
    assert kept.status_code == 302
    assert way.session_state().sealed[way.cast.camille.pk].fact == "Le 3 mai."


def test_renewal_by_the_form_of_the_account(way):
    Membership.objects.update(since=way.charter.adopted_at)
    tend_candidacies()
    way.time.days(340)
    tend_candidacies()
    alix = browser(way.cast.alix)
    row = Candidacy.objects.get(person=way.cast.alix)
    assert reverse("candidacy_renew", args=[row.pk]) in read(alix, "account")
    assert alix.post(reverse("candidacy_renew", args=[row.pk]), {"key": str(uuid4()), **facts()}).status_code == 302
    assert Candidacy.objects.get(pk=row.pk).stage == Stage.MEMBER.value
    assert "Renouveler mon appartenance" not in read(alix, "account")


def test_exclusion_begins_on_the_members_page(way):
    tend_candidacies()
    cast, alix = way.cast, browser(way.cast.alix)
    link = reverse("exclusion_new", args=[cast.dominique.pk])
    assert link in read(alix, "member", cast.dominique.pk)
    assert link not in read(browser(cast.fanny), "member", cast.dominique.pk)
    given = {"article": "partage", "fact": "Le 3 mai, rien.", "nature": "values", "key": str(uuid4())}
    assert "Ce motif ne compte pas" in alix.post(link, {**given, "nature": "taste"}).content.decode()
    assert alix.post(link, given).status_code == 302
    row = Candidacy.objects.get(person=cast.dominique)
    page = read(alix, "candidacy", row.pk)
    assert "Proposer une suspension" in page
    assert alix.post(reverse("candidacy_suspension", args=[row.pk])).status_code == 302
    heard = read(browser(cast.dominique), "candidacy", row.pk)
    assert "Le 3 mai, rien." in heard
    assert "Alix" not in heard.split("</header>")[1].split("<aside")[0]


def test_strangers_get_nothing(way):
    way.announced()
    other = browser(factories.account(name="Gaël").member)
    assert "Fanny" not in read(other, "candidacies")
    for name, args in [("candidacy", []), ("candidacy_evaluate", []), ("candidacy_act", ["evaluate"])]:
        client = browser(way.cast.dominique) if args else other
        assert client.get(reverse(name, args=[way.pk, *args])).status_code == 404
    assert Client().get(reverse("candidacy", args=[way.pk])).status_code == 302
    act = {"kind": "close_evaluation", "key": str(uuid4())}
    refused = other.post(f"/api/v1/candidacies/{way.pk}/acts", act, content_type="application/json")
    assert refused.status_code == 404


def test_the_same_by_the_api(way):
    fanny, alix = browser(way.cast.fanny), browser(way.cast.alix)
    sent = {
        "collective_id": way.cast.collective.pk, "signed": way.charter.digest, "key": str(uuid4()),
        "answers": {article: {"fact": "Un fait."} for article in ARTICLES},
    }  # fmt: skip
    made = fanny.post("/api/v1/candidacies", sent, content_type="application/json")
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    acts = f"/api/v1/candidacies/{pk}/acts"
    ask = {"kind": "ask_sponsor", "payload": {"person": way.cast.alix.pk}, "key": str(uuid4())}
    first = fanny.post(acts, ask, content_type="application/json").json()
    assert fanny.post(acts, ask, content_type="application/json").json() == first
    wrong = {"kind": "confirm_sponsor", "payload": {}, "key": str(uuid4())}
    assert alix.post(acts, wrong, content_type="application/json").status_code == 400
    assert [row["why"] for row in alix.get("/api/v1/candidacies").json()["results"]] == ["confirm_sponsor"]


def test_an_invitation_may_lead_to_a_request_only(way):
    alix = browser(way.cast.alix)
    page = alix.post(reverse("invite"), {"as": "candidate"}).content.decode()
    link = re.search(r'value="(http[^"]+)"', page)[1]
    assert Invitation.objects.get().as_candidate
    new = Client()
    given = {"display_name": "Gaël", "kind": "person", "username": "gael", "password": "un long mot de passe"}
    joined = new.post(link.split("8000")[-1], {**given, "password_again": given["password"]})
    assert joined.status_code == 302
    assert not Membership.objects.filter(member__handle="gael").exists()
    assert "Demander à nous rejoindre" in read(new, "candidacies")


def test_objection_in_probation_by_the_page(way):
    way.on_probation()
    camille = browser(way.cast.camille)
    form = reverse("candidacy_act", args=[way.pk, "object"])
    given = {"article": "", "fact": "Le 3 mai.", "nature": "values", "key": str(uuid4())}
    assert "Ce champ est nécessaire" in camille.post(form, given).content.decode()
    assert camille.post(form, {**given, "article": "partage"}).status_code == 302
    assert "Retirer mon objection" in read(camille, "candidacy", way.pk)
    seen = read(browser(way.cast.fanny), "candidacy", way.pk)
    assert "Le 3 mai." in seen
    CandidacyText.objects.filter(role="objection").delete()
    assert "a été effacé" in read(camille, "candidacy", way.pk)
    act_on(
        candidacy_id=way.pk, actor=way.cast.camille, kind="withdraw_objection", payload={"objection": 1}, key=uuid4()
    )
    assert way.state.stage is Stage.PROBATION


def test_what_another_node_points_at_is_taken_up_on_the_page_or_in_the_room(way):
    cast = way.heard().cast
    loin = "https://loin.example"
    remote = Member.objects.create(uri=f"{loin}/u/elise", origin=loin, kind="person", name="Elise", handle="elise")
    other = Collective.objects.create(uri=f"{loin}/g/a", origin=loin, slug="a")
    Membership.objects.create(collective=other, member=remote, state="active")
    way.do(remote, "flag", article="partage", fact="Chez nous, rien n’a été rendu.", nature="values")
    camille = browser(cast.camille)
    take_up, in_the_room = (
        reverse("candidacy_act", args=[way.pk, "take_up_flag"]),
        "en fait une objection dans la salle",
    )
    page = read(camille, "candidacy", way.pk)
    assert (take_up in page, in_the_room in page) == (True, False)
    way.do(cast.alix, "open_decision")
    page = read(camille, "candidacy", way.pk)
    assert (take_up in page, in_the_room in page) == (False, True)
