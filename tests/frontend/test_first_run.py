"""The first-run page: everything at once, once only, and nothing else before it."""

import pytest
from django.test import Client
from django.urls import reverse

from frontend.context import NOT_YET_NEEDED
from governance.models import Charter, Circle, CircleMember
from network.models import Account, Collective, Member, NodeProfile
from tests.frontend.reading import faults, page_of

FIRST = {
    "node_name": "Toile de démonstration",
    "collective_name": "Coopérative Démo",
    "charter": "six_values",
    "circle_name": "Cercle général",
    "display_name": "Alix",
    "kind": "person",
    "place": "",
    "username": "alix",
    "password": "une toile bien solide",
    "password_again": "une toile bien solide",
}


@pytest.mark.django_db
def test_before_it_every_page_leads_to_it(client: Client):
    for name in ("home", "search", "nodes", "account_login", "propositions", "my_profile"):
        answer = client.get(reverse(name))
        assert (answer.status_code, answer["Location"]) == (302, reverse("first_run")), name
    for name in NOT_YET_NEEDED - {"language"}:
        answer = client.get(reverse(name))
        assert answer.status_code == 200
        assert faults(page_of(answer)) == []


@pytest.mark.django_db
def test_it_names_founds_adopts_and_logs_in(client: Client, gazetteer):
    answer = client.post(reverse("first_run"), {**FIRST, "place": "Le Vigan (30)"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("account"))
    assert NodeProfile.objects.get().name == FIRST["node_name"]
    member = Member.objects.get()
    assert (member.handle, member.place_name, member.place_dept) == ("alix", "Le Vigan", "30")
    assert Account.objects.get().operator
    assert Charter.objects.get().collective == Collective.objects.get()
    assert CircleMember.objects.get(circle=Circle.objects.get()).member == member
    page = page_of(client.get(reverse("account")))
    assert "Alix" in page.words
    assert "Compléter votre fiche" in page.words
    assert faults(page) == []


@pytest.mark.django_db
def test_it_works_once(client: Client):
    client.post(reverse("first_run"), FIRST)
    other = Client()
    assert other.get(reverse("first_run"))["Location"] == reverse("home")
    assert other.post(reverse("first_run"), {**FIRST, "username": "pirate"})["Location"] == reverse("home")
    assert Account.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"password_again": "autre chose ici"}, "password_again", "diffèrent"),
        ({"password": "court", "password_again": "court"}, "password", "au moins 10"),
        ({"username": "É lise"}, "username", "lettre sans accent"),
        ({"place": "Xyzzyville"}, "place", "Essayez le code postal"),
        ({"node_name": ""}, "node_name", "nécessaire"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(client: Client, change, field, said):
    answer = client.post(reverse("first_run"), {**FIRST, **change})
    assert answer.status_code == 400
    page = page_of(answer)
    assert said in page.with_id(f"id_{field}_error").text
    assert f"#id_{field}" in [link.attributes.get("href") for link in page.all("a")]
    assert page.with_id("erreurs").attributes["autofocus"] == ""
    assert page.with_id(f"id_{field}").attributes["aria-invalid"] == "true"
    assert f"id_{field}_error" in page.with_id(f"id_{field}").attributes["aria-describedby"]
    typed = page.with_id("id_display_name").attributes["value"]
    assert typed == FIRST["display_name"]
    assert faults(page) == []
    assert not NodeProfile.objects.exists()


@pytest.mark.django_db
def test_a_failure_half_way_leaves_nothing(client: Client, monkeypatch):
    from network.errors import Invalid

    def refuse(**_):
        raise Invalid("template_unknown", field="charter")

    monkeypatch.setattr("frontend.pages.first_run.adopt_template", refuse)
    answer = client.post(reverse("first_run"), FIRST)
    assert answer.status_code == 400
    assert (NodeProfile.objects.count(), Account.objects.count(), Collective.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_a_namesake_is_offered_to_choose(client: Client, gazetteer):
    page = page_of(client.post(reverse("first_run"), {**FIRST, "place": "Saint-Denis"}))
    radios = [e.attributes["value"] for e in page.all("input") if e.attributes.get("name") == "place_choice"]
    assert "Saint-Denis (93)" in radios
    assert "Saint-Denis (974)" in radios
    chosen = {**FIRST, "place": "Saint-Denis", "place_choice": "Saint-Denis (974)"}
    assert client.post(reverse("first_run"), chosen).status_code == 302
    assert Member.objects.get().place_dept == "974"
