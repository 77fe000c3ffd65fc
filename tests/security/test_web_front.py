"""WEB-13, WEB-14, WEB-15: headers and cookies, errors, and the Host header."""

import asyncio
import json

import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import settings as ours
from django.core.asgi import get_asgi_application
from django.db import connection
from django.test import Client
from django.urls import reverse

from federation import actors, tasks
from tests import factories
from tests.deploy.test_options import settings_with
from tests.network.events_cast import published

pytestmark = pytest.mark.django_db

AP = {"accept": "application/activity+json"}


@pytest.fixture
def node(clock):
    """A node with somebody on it, an offer and an event."""
    factories.node()
    alix = factories.member("Alix", handle="alix", belongs_to=factories.collective("Coopérative Démo"))
    factories.offer(alix, "Installation de Nextcloud")
    published(alix)
    return alix


@pytest.fixture
def member(node):
    browser = Client()
    browser.force_login(factories.account(node, operator=True))
    return browser


# --- WEB-13: headers and cookies -------------------------------------------------------------------------------


def ask(method, path, **more):
    return lambda browser: getattr(browser, method)(path, **more)


CLASSES = {
    "home": ask("get", "/"),
    "search": ask("get", "/annuaire"),
    "login": ask("get", "/compte/connexion"),
    "register": ask("get", "/registre"),
    "api page": ask("get", "/api"),
    "not found": ask("get", "/nulle-part"),
    "bad request": ask("get", "/", headers={"host": "evil.example"}),
    "redirect": ask("get", "/compte"),
    "not allowed": ask("get", "/compte/confirmer"),
    "forbidden": ask("post", "/langue", data={"language": "en"}),
    "refused form": ask("post", "/compte/connexion", data={"login": "x", "password": "y"}),
    "feed": ask("get", "/annuaire.atom"),
    "calendar": ask("get", "/agenda.ics"),
    "file": ask("get", "/annuaire/exporter/csv"),
    "whole directory": ask("get", "/annuaire.html"),
    "api": ask("get", "/api/v1/offers"),
    "api problem": ask("get", "/api/v1/nulle-part"),
    "api refusal": ask("post", "/api/v1/offers", data={}, content_type="application/json"),
    "schema": ask("get", "/api/v1/schema"),
    "document": ask("get", "/actor", headers=AP),
    "no document": ask("get", "/u/nobody", headers=AP),
    "webfinger": ask("get", "/.well-known/webfinger?resource=acct:alix@localhost:8000"),
    "software": ask("get", "/nodeinfo/2.1"),
    "static": ask("get", "/static/kept.css"),
}


@pytest.fixture
def static():
    """A file as the node serves them; in tests none is collected."""
    path = ours.STATIC_ROOT / "kept.css"
    path.write_text("p{}")
    yield
    path.unlink()


@pytest.mark.usefixtures("static")
@pytest.mark.parametrize("kind", CLASSES)
def test_web_13_every_class_of_answers_has_its_headers(node, settings, kind):
    actors.ensure_node_actor()
    settings.SECURE_HSTS_SECONDS = 31_536_000
    for secure in (False, True):
        answer = CLASSES[kind](Client(headers={"x-forwarded-proto": "https"}) if not secure else Secure())
        assert answer.status_code < 500
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] in {"same-origin", "no-referrer"}
        assert "Server" not in answer
        assert "X-Powered-By" not in answer
        strict = answer.get("Strict-Transport-Security", "")
        assert strict.startswith("max-age=31536000") if secure else not strict


class Secure(Client):
    """A browser on https."""

    def request(self, **request):
        return super().request(
            **{"wsgi.url_scheme": "https", "SERVER_PORT": "443"} | request | {"wsgi.url_scheme": "https"}
        )


def test_web_13_an_answer_after_a_surprise_has_them_too(node, monkeypatch):
    browser = Client(raise_request_exception=False)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE network_nodeprofile RENAME TO network_elsewhere")
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


COOKIES = ("SESSION_COOKIE", "CSRF_COOKIE", "LANGUAGE_COOKIE")


@pytest.fixture(scope="module")
def on_https(tmp_path_factory):
    """What the settings say of a node on https."""
    names = [f"{cookie}_{what}" for cookie in COOKIES for what in ("NAME", "SECURE", "HTTPONLY", "SAMESITE")]
    names += ["ANCHORS_COOKIE_NAME", "HTTPS", "SECURE_HSTS_SECONDS"]
    return settings_with(tmp_path_factory.mktemp("https"), *names, ORIGIN="https://toile.example")


def test_web_13_cookies_are_of_this_host_alone_and_no_script_reads_them(node, settings, on_https):
    for name, value in on_https.items():
        setattr(settings, name, value)
    assert settings.SECURE_HSTS_SECONDS >= 31_536_000
    account, browser = factories.account(node), Secure()
    browser.post(reverse("account_login"), {"login": account.username, "password": factories.PASSWORD})
    browser.get(reverse("my_profile"))
    browser.post(reverse("language"), {"language": "en"}, HTTP_SEC_FETCH_SITE="same-origin")
    browser.post(
        reverse("anchors"), {"known": [factories.member("Zoé", belongs_to=node.memberships.get().collective).pk]}
    )
    assert set(browser.cookies) == {f"__Host-toile-{each}" for each in ("session", "csrf", "language", "anchors")}
    for cookie in browser.cookies.values():
        assert cookie["secure"], cookie
        assert cookie["httponly"], cookie
        assert cookie["samesite"] in {"Lax", "Strict"}, cookie
        assert (cookie["path"], cookie["domain"]) == ("/", ""), cookie


# --- WEB-14: talkative errors ------------------------------------------------------------------------------------

TOLD = (
    "Traceback",
    'File "',
    "site-packages",
    ".py",
    "Exception",
    "Error:",
    "SELECT",
    "sqlite",
    "psycopg",
    "django",
    "Django",
)


def quiet(answer):
    text = answer.content.decode()
    for word in (*TOLD, str(ours.BASE_DIR), str(ours.DATA), ours.SECRET_KEY, "network_"):
        assert word not in text, word
    return answer.status_code


@pytest.mark.parametrize(
    ("kind", "status"),
    [("bad request", 400), ("forbidden", 403), ("not found", 404), ("api problem", 404), ("api refusal", 403),
     ("no document", 404), ("refused form", 400)],
)  # fmt: skip
def test_web_14_expected_errors_say_nothing_of_how_it_is_made(node, kind, status):
    assert quiet(CLASSES[kind](Client(raise_request_exception=False))) == status


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100, b'{"title": 1e999}', b"null", b'"x"'])
def test_web_14_malformed_bodies_are_answered_without_telling_who_read_them(node, member, body):
    for path in ("/api/v1/offers", "/api/v1/events"):
        answer = member.post(path, body, content_type="application/json")
        assert quiet(answer) in {400, 403}
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/", "/annuaire", "/agenda.ics", "/api/v1/node", "/nulle-part"])
def test_web_14_a_database_that_fails_is_not_described(node, path):
    """A true fault, with SQL, a table and a path in its words."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE network_nodeprofile RENAME TO network_elsewhere")
        cursor.execute("ALTER TABLE network_offer RENAME TO network_nowhere")
        cursor.execute("ALTER TABLE network_eventdate RENAME TO network_never")
    assert quiet(Client(raise_request_exception=False).get(path)) == 500


def test_web_14_the_description_of_the_api_holds_no_address_but_its_own(node):
    told = Client().get("/api/v1/schema")
    assert told.status_code == 200
    assert set(json.loads(told.content)["paths"]) == {
        path for path in json.loads(told.content)["paths"] if path[:8] == "/api/v1/"
    }
    described = json.loads(told.content)
    asked = {name for name, each in described["components"]["schemas"].items() if "password" in json.dumps(each)}
    assert asked == {"Ballot", "BallotRequest"} & set(described["components"]["schemas"])  # sent, for a secret ballot
    for name in asked:
        del described["components"]["schemas"][name]
    for word in ("password", "key_digest", "token_digest", str(ours.BASE_DIR)):
        assert word not in json.dumps(described)


# --- WEB-15: the Host header -------------------------------------------------------------------------------------

HOSTS = [
    "evil.example", "evil.example:8000", "localhost.evil.example", "evil-localhost", "localhost@evil.example",
    "localhost:8000@evil.example", "localhost,evil.example", "localhost evil.example", "localhost/evil", "[::1]",
    "127.1", "localhost:80:80", "localhost:x",
]  # fmt: skip
TELLING = ["/", "/annuaire", "/annuaire.atom", "/agenda.ics", "/agenda.atom", "/api/v1/offers", "/annuaire.html",
           "/annuaire/affiche", "/annuaire/exporter/jsonld", "/elements.json", "/.well-known/nodeinfo", "/nodeinfo/2.1",
           "/.well-known/host-meta", "/.well-known/openid-configuration", "/api/v1/schema"]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_web_15_a_host_that_is_not_ours_is_refused(node, host):
    for path, accept in (
        ("/", "text/html"),
        ("/api/v1/offers", "*/*"),
        ("/annuaire.atom", "*/*"),
        ("/nulle-part", "*/*"),
    ):
        answer = Client().get(path, headers={"host": host, "accept": accept})
        assert quiet(answer) == 400, path
        assert "evil" not in answer.content.decode()
    answer = Client().post(reverse("account_login"), {"login": "x", "password": "y"}, headers={"host": host})
    assert answer.status_code == 400


@pytest.mark.parametrize("header", ["x-forwarded-host", "x-host", "x-original-host", "forwarded", "x-forwarded-server"])
def test_web_15_forwarded_hosts_are_not_believed(node, header):
    value = "host=evil.example" if header == "forwarded" else "evil.example"
    for path in TELLING:
        answer = Client().get(path, headers={header: value})
        assert answer.status_code == 200, path
        assert "evil" not in answer.content.decode() + str(answer.headers), path


def test_web_15_addresses_given_out_are_the_nodes_own_whatever_host_was_asked(node):
    """An allowed host is no reason to repeat it: a port of somebody's choice would travel in links and ids."""
    actors.ensure_node_actor()
    tasks.announce("member", node.pk)
    found = [(path, Client().get(path, headers={"host": "localhost:9999"})) for path in TELLING]
    found.append(("actor", Client().get("/u/alix", headers=AP | {"host": "localhost:9999"})))
    found.append(
        (
            "name",
            Client().get(
                "/.well-known/webfinger?resource=acct:alix@localhost:8000", headers={"host": "localhost:9999"}
            ),
        )
    )
    for path, answer in found:
        assert answer.status_code == 200, path
        assert ":9999" not in answer.content.decode() + str(answer.headers), path


def test_web_15_links_that_open_something_are_the_nodes_own(node, member):
    for name in ("invite", "my_nodes", "waiting_settings"):
        page = member.post(reverse(name), headers={"host": "localhost:9999"}, follow=True)
        assert ":9999" not in page.content.decode(), name
        page = member.get(reverse(name), headers={"host": "localhost:9999"})
        assert ":9999" not in page.content.decode(), name


@pytest.mark.django_db(transaction=True)
def test_web_15_an_absolute_address_in_the_request_leads_to_no_other_host():
    factories.node()
    for host, status in ((b"localhost", 404), (b"evil.example", 400)):
        found = asyncio.run(_absolute("http://evil.example/annuaire", host))
        assert found["status"] == status
        assert b"evil.example/" not in dict(found["headers"]).get(b"location", b"")


async def _absolute(target, host):
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": target, "raw_path": target.encode(),
             "query_string": b"", "headers": [(b"host", host)], "scheme": "http", "root_path": "",
             "client": ["127.0.0.1", 5], "server": ["127.0.0.1", 8000]}  # fmt: skip
    link = ApplicationCommunicator(get_asgi_application(), scope)
    await link.send_input({"type": "http.request", "body": b""})
    return await link.receive_output(30)
