"""Odd values in forms and addresses get a plain refusal, never a server error nor seconds of work."""

import uuid

import pytest
from django.core.exceptions import ValidationError

from frontend.fields import AmountField
from network.models import NodeProfile
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "un long mot de passe"


@pytest.fixture
def member(client):
    NodeProfile.objects.get_or_create(pk=1, defaults={"name": "Lille"})
    person = factories.member("Alix", belongs_to=factories.collective())
    factories.account(person, password=PASSWORD)
    return person


@pytest.mark.parametrize("text", ["1e400000", "9e999999", "NaN", "-5", "1,234", "٥", "1" * 19])
def test_an_odd_amount_is_refused_at_once(text):
    with pytest.raises(ValidationError):
        AmountField().clean(text)


def test_a_written_amount_is_cents():
    assert [AmountField().clean(text) for text in ("55", "55,5", "1 250,50 €")] == [5500, 5550, 125050]


@pytest.mark.parametrize("resource", ["http://[", "http://%5B", "acct:", "x" * 3000])
def test_an_odd_resource_is_a_bad_request(client, resource):
    answer = client.get("/.well-known/webfinger", {"resource": resource}, headers={"host": "localhost:8000"})
    assert answer.status_code in {400, 404}


def test_an_odd_origin_does_not_change_the_language(client, member):
    answer = client.post("/langue", {"language": "en"}, headers={"origin": "http://[", "host": "localhost:8000"})
    assert answer.status_code == 403


def test_an_odd_next_leads_home_after_login(client, member):
    given = {"login": member.account.username, "password": PASSWORD, "next": "http://["}
    answer = client.post("/compte/connexion", given, headers={"host": "localhost:8000"})
    assert (answer.status_code, answer.url) == (302, "/")


def test_too_many_values_in_an_act_are_refused(client, member):
    client.force_login(member.account, backend="django.contrib.auth.backends.ModelBackend")
    given = {"act": "&".join(["a=1"] * 30), "key": str(uuid.uuid4())}
    answer = client.post("/assemblees/1/acte", given, headers={"host": "localhost:8000"})
    assert answer.status_code in {400, 404}


def test_an_odd_row_number_changes_nothing(client, member):
    member.account.operator = True
    member.account.save()
    client.force_login(member.account, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/noeuds", {"act": "readmit", "id": "²"}, headers={"host": "localhost:8000"})
    assert answer.status_code == 302
