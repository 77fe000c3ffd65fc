"""WEB-06: whatever an address or a form says of where to go next, one stays on this node."""

from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.encoding import iri_to_uri

from tests import factories
from tests.frontend.reading import page_of

pytestmark = pytest.mark.django_db

HERE = "http://testserver"


@pytest.fixture
def node(clock):
    factories.node()
    return factories.member("Alix", handle="alix", belongs_to=factories.collective("Coopérative Démo"))


@pytest.fixture
def member(node):
    browser = Client()
    browser.force_login(factories.account(node))
    return browser


EVIL = [
    "//evil.example/", "///evil.example/", "\\\\evil.example", "/\\evil.example", "\\/evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>", "@evil.example", f"{HERE}@evil.example/",
    "http:evil.example", "http:///evil.example/", "https://evil.example/", "ftp://testserver/",
    " //evil.example", "\t//evil.example",
    "/\t/evil.example", "%0d%0aLocation: //evil.example", "/x\r\nSet-Cookie: a=b", "http://[evil.example/",
    "\x00//evil", "//testserver:80@evil.example", "http://testserver.evil.example/", "http://testserver:99999999/",
    "//",
]  # fmt: skip


def is_here(place):
    """Whether an address leads to this node, as browsers read it, which take a backslash for a slash."""
    led = urlsplit(urljoin(f"{HERE}/compte/connexion", place.replace("\\", "/")))
    return not set("\r\n\t\x00") & set(place) and (led.scheme, led.netloc) == ("http", "testserver")


def stays(answer):
    assert is_here(answer["Location"]), answer["Location"]
    return answer.status_code


@pytest.mark.parametrize("evil", EVIL)
def test_web_06_the_login_and_the_logout_lead_here_only(node, evil):
    account = factories.account(node)
    right = {"login": account.username, "password": factories.PASSWORD}
    assert stays(Client().post(reverse("account_login"), right | {"next": evil})) == 302
    assert stays(Client().post(reverse("account_login"), right, query_params={"next": evil})) == 302
    inside = Client()
    inside.force_login(account)
    assert stays(inside.get(reverse("account_login"), {"next": evil})) == 302
    assert stays(inside.post(reverse("account_logout"), {"next": evil})) == 302


@pytest.mark.parametrize("evil", EVIL)
def test_web_06_every_other_way_back_leads_here_only(node, member, evil):
    same = {"HTTP_SEC_FETCH_SITE": "same-origin"}
    assert stays(Client().post(reverse("language"), {"language": "fr", "next": evil}, **same)) == 302
    assert stays(member.post(reverse("confirm"), {"next": evil})) == 302
    fields = page_of(Client().get(reverse("enter"), {"next": evil})).all("input")
    kept = [field for field in fields if field.attributes.get("name") == "next" and "main" in field.path]
    assert all(is_here(iri_to_uri(field.attributes["value"])) for field in kept)


@pytest.mark.parametrize("path", ["//evil.example", "//evil.example/annuaire", "/\\evil.example/", "/%5Cevil.example/"])
def test_web_06_no_path_is_an_address_elsewhere(node, path):
    answer = Client().get("/", PATH_INFO=path)
    assert answer.status_code == 404
    assert "Location" not in answer
