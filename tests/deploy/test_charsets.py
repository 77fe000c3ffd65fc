"""What is sent is UTF-8: anything else is refused in words, whatever reads it, and nothing stumbles over its name."""

import asyncio
from urllib.parse import urlencode

import pytest
from asgiref.testing import ApplicationCommunicator
from django.test import Client
from django.test.client import encode_multipart
from django.urls import reverse

from deploy.asgi import http
from tests import factories

ODD = ["hex", "idna", "zlib", "rot13", "undefined", "utf-7", "utf-16", "latin-1", "klingon"]
FORMS = {
    "urlencoded": ("application/x-www-form-urlencoded", lambda given: urlencode(given).encode()),
    "multipart": ("multipart/form-data; boundary=x", lambda given: encode_multipart("x", given)),
}
PROBLEM = "application/problem+json"


@pytest.fixture
def account(db):
    factories.node()
    return factories.account(factories.member("Alix", belongs_to=factories.collective()))


def log_in(account, charset, form="multipart"):
    kind, written = FORMS[form]
    body = written({"login": account.username, "password": factories.PASSWORD})
    return post(Client(), reverse("account_login"), body, f"{kind}; charset={charset}")


def post(browser, path, body, content_type):
    """Send bytes as they are; `Client.post` would write them in the charset that is named."""
    return browser.generic("POST", path, body, content_type=content_type)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("charset", ODD)
def test_a_form_in_another_charset_gets_a_page_that_says_so(account, charset, form):
    answer = log_in(account, charset, form)
    assert answer.status_code == 400
    assert "Cette demande n’est pas lisible" in answer.content.decode()
    assert "s’écrit en UTF-8" in answer.content.decode()


@pytest.mark.parametrize("kind", ["application/json", *(kind for kind, _ in FORMS.values())])
@pytest.mark.parametrize("charset", ODD)
def test_the_api_answers_with_a_problem(account, charset, kind):
    browser = Client()
    browser.force_login(account)
    answer = post(browser, "/api/v1/offers", b"{}", f"{kind}; charset={charset}")
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert (answer.json()["code"], answer.json()["detail"]) == (
        "charset_unknown",
        "Ce qui est envoyé ici s’écrit en UTF-8.",
    )


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8", ""])
def test_however_utf_8_is_spelled_it_is_read(account, charset):
    assert log_in(account, charset).status_code == 302


def test_what_only_reads_is_not_asked_how_it_would_write(account):
    assert Client().get("/annuaire", CONTENT_TYPE="text/plain; charset=hex").status_code == 200


HEADERS = [b"x/y; charset=\0", b"x/y; charset*=none''x", b"x/y; charset*=utf-8''a%00b", b"x/y; a*=idna''%ff"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("header", HEADERS)
def test_a_header_with_which_no_request_can_be_made_is_refused_too(header):
    factories.node()
    for path, kind in (("/langue", b"text/html"), ("/api/v1/offers", PROBLEM.encode())):
        found = asyncio.run(_sent(path, header))
        assert found["status"] == 400
        assert dict(found["headers"])[b"Content-Type"].startswith(kind)


async def _sent(path, kind):
    headers = [(b"host", b"localhost"), (b"content-type", kind)]
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": path, "raw_path": path.encode(),
             "query_string": b"", "headers": headers, "scheme": "http", "root_path": "",
             "client": ["127.0.0.1", 5], "server": ["127.0.0.1", 8000]}  # fmt: skip
    link = ApplicationCommunicator(http, scope)
    await link.send_input({"type": "http.request", "body": b"a=1"})
    return await link.receive_output(30)
