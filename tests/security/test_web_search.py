"""WEB-08, WEB-11, WEB-12, WEB-16 on the search; and that nobody learns what a person searches for."""

import logging
import socket
from functools import partial

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from deploy.server import Server, node_limits
from network import api, rates, search_rates
from network.actions.skills import load_skills
from network.errors import TooOften
from network.queries.search import find_offers
from tests import factories
from tests.frontend.reading import page_of

pytestmark = pytest.mark.django_db

PAGE, FEED, API = "/annuaire", "/annuaire.atom", "/api/v1/offers"
SECRET = "zzquestionzz"


@pytest.fixture
def held(gazetteer):
    load_skills()
    factories.node()
    coop = factories.collective("Coopérative Démo")
    alix = factories.member("Alix", belongs_to=coop)
    factories.offer(alix, "Nextcloud pour tous", skill="nextcloud")
    factories.offer(alix, "Nextcloud entre nous", visibility="members")
    return alix


# --- WEB-11: what a filter may not reach --------------------------------------------------------------------


@pytest.fixture
def three(held):
    """Three answers of three owners, whose passwords sort otherwise than the answers do."""
    coop = held.memberships.get().collective
    for name in ("Bachir", "Camille"):
        factories.offer(factories.member(name, belongs_to=coop), f"Nextcloud de {name}", skill="nextcloud")
    titles = [hit["title"] for hit in Client().get(API, {"q": "nextcloud"}).json()["results"]]
    for title, password in zip(titles, "bac", strict=True):
        account = factories.account(factories.Offer.objects.get(title=title).owner)
        type(account).objects.filter(pk=account.pk).update(password=password)
    return titles


@pytest.mark.parametrize(
    "asked",
    [
        {"ordering": "password"},
        {"order_by": "owner__account__password"},
        {"owner__account__password__startswith": "a"},
        {"ballot__choice": "1"},
        {"fields": "owner__account"},
        {"visibility": "members"},
        {"state": "withdrawn"},
        {"seen": "1"},
        {"id__in": "1,2,3"},
        {"kind": "person' OR '1'='1"},
        {"price__regex": "(a+)+$"},
    ],
)
def test_web_11_unknown_filters_are_ignored(three, asked):
    plain, odd = (Client().get(API, {"q": "nextcloud"} | more).json() for more in ({}, asked))
    assert odd == plain
    assert [hit["title"] for hit in odd["results"]] == three
    assert "password" not in Client().get(API, asked).content.decode()
    assert Client().get(PAGE, asked).status_code == 200


@pytest.mark.parametrize("size", ["-1", "0", "101", "99999999999999999999", "1e9", "NaN", "١٠"])
@pytest.mark.parametrize("page", ["-1", "99999999999999999999", "x"])
def test_web_11_pages_of_the_api_are_bounded(three, monkeypatch, size, page):
    assert (api.SIZE_MOST, api.PAGE_SIZE) == (100, 20)
    for bound in ("SIZE_MOST", "PAGE_SIZE"):
        monkeypatch.setattr(api, bound, 2)
    answer = Client().get(API, {"size": size, "page": page})
    assert answer.status_code == 200
    assert len(answer.json()["results"]) <= 2
    assert answer.json()["total"] == 3


@pytest.mark.parametrize("page", ["-1", "99999999999999999999", "x", "1"])
def test_web_11_the_page_is_bounded_whatever_size_is_asked(three, monkeypatch, page):
    assert find_offers.__kwdefaults__["size"] == 20
    monkeypatch.setitem(find_offers.__kwdefaults__, "size", 2)
    found = page_of(Client().get(PAGE, {"q": "nextcloud", "size": "999", "page": page}))
    assert 1 <= len(found.all("h2")) <= 2


# --- WEB-12: costly calls -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        {"lat": "nan", "lon": "inf"},
        {"lat": "90", "lon": "180", "radius": "1e308"},
        {"radius": "-5", "place": "Lens"},
        {"q": "a " * 5000},
        {"q": "près de " * 500},
        {"q": "((((" * 500},
        {"place": "x" * 5000},
        {"skill": [f"s{n}" for n in range(500)]},
        {"language": ["x" * 5000] * 50},
    ],
    ids=str,
)
def test_web_12_extreme_questions_stay_cheap(held, asked, django_assert_max_num_queries):
    for address in (PAGE, FEED, API):
        with django_assert_max_num_queries(120):
            assert Client().get(address, asked).status_code == 200


def test_web_12_too_many_searches_of_one_address_are_refused_before_any_work(clock, held, monkeypatch):
    monkeypatch.setattr(search_rates, "SEARCHES", 3)
    browser, done = Client(REMOTE_ADDR="192.0.2.77"), []
    monkeypatch.setattr(api, "find_offers", _counted(api.find_offers, done))
    answers = [browser.get(API, {"q": SECRET}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert len(done) == 3
    assert answers[-1].json()["code"] == "too_often"
    assert int(answers[-1]["Retry-After"]) >= 1
    assert Client(REMOTE_ADDR="192.0.2.78").get(API).status_code == 200
    assert browser.get(API, {"format": "csv"}).json()["status"] == 429


def test_web_12_a_hundred_at_once_pass_no_more_than_the_limit(clock, monkeypatch):
    monkeypatch.setattr(search_rates, "SEARCHES", 7)
    answers = factories.at_once(*[partial(search_rates.spare, {"REMOTE_ADDR": "192.0.2.76"})] * 100)
    assert answers.count(None) == 7
    assert sum(isinstance(answer, TooOften) for answer in answers) == 93


def test_web_12_the_page_and_the_feed_are_limited_too(clock, held, monkeypatch):
    monkeypatch.setattr(search_rates, "SEARCHES", 2)
    browser = Client(REMOTE_ADDR="192.0.2.79")
    assert [browser.get(address).status_code for address in (PAGE, FEED, PAGE)] == [200, 200, 429]
    assert browser.get(FEED)["Retry-After"]


def _counted(call, done):
    def counted(*args, **kwargs):
        done.append(1)
        return call(*args, **kwargs)

    return counted


# --- WEB-08: formulas ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_web_08_a_table_computes_nothing(held, evil):
    factories.Offer.objects.filter(title="Nextcloud pour tous").update(title=evil)
    table = Client().get(API, {"format": "csv"}).content.decode()
    assert f"'{evil.strip()}" in table or f"'{evil}" in table
    assert f",{evil}," not in table


# --- WEB-16: caches ------------------------------------------------------------------------------------------


def test_web_16_what_is_personal_is_kept_by_nobody(held):
    member = Client()
    member.force_login(factories.account(held))
    for address in (PAGE, FEED):
        assert "public" in Client().get(address)["Cache-Control"]
        answer = member.get(address, {"q": "nextcloud"})
        assert {"private", "no-store"} <= set(answer["Cache-Control"].replace(" ", "").split(","))
        assert "ETag" not in answer
        assert "Cookie" in answer["Vary"]
    assert "Nextcloud entre nous" in member.get(PAGE, {"q": "nextcloud"}).content.decode()
    assert "private" in member.get(API)["Cache-Control"]


def test_web_16_whoever_chose_people_they_know_sees_a_page_of_their_own(held):
    browser = Client()
    browser.cookies["toile-8000-anchors"] = "whatever"
    assert "no-store" in browser.get(PAGE)["Cache-Control"]


def test_web_16_two_languages_are_two_pages(held):
    french, english = (Client().get(PAGE, headers={"accept-language": tongue}) for tongue in ("fr", "en"))
    assert french["ETag"] != english["ETag"]
    assert "Accept-Language" in french["Vary"]


# --- what is searched stays here ---------------------------------------------------------------------------


class Everything(logging.Handler):
    """Keeps each line that any logger writes, with its traceback, in the form of the node's own logs."""

    def __init__(self):
        super().__init__(logging.NOTSET)
        self.setFormatter(logging.Formatter(settings.LOGGING["formatters"]["line"]["format"]))
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.mark.parametrize("address", [PAGE, FEED, API])
@pytest.mark.parametrize("more", [{}, {"place": SECRET}, {"skill": SECRET}, {"format": SECRET}, {"page": SECRET}])
def test_no_log_holds_a_question(held, address, more):
    ear = Everything()
    loggers = [logging.getLogger(name) for name in ("", "django", "django.request", "django.server", "toile.security")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(ear)
        logger.setLevel(logging.INFO)
    try:
        Client().get(address, {"q": SECRET} | more)
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.removeHandler(ear)
            logger.setLevel(level)
    assert not [line for line in ear.lines if SECRET in line]


def test_no_server_writes_down_what_was_asked():
    """Daphne gets nobody to tell of requests; the proxy's lines carry the path, and never what follows it."""
    door = Server(None, bind="127.0.0.1", port=0, limits=node_limits(), proxies=(), ready=lambda: None)
    assert door.action_logger is None
    proxy = (settings.BASE_DIR / "deploy/proxy/nginx.conf").read_text()
    written = next(line for line in proxy.splitlines() if line.startswith("log_format"))
    assert "$uri" in written
    assert not [name for name in ("$request ", '$request"', "$request_uri", "$args", "referer") if name in written]


def test_a_question_leaves_this_node_by_no_way(held, monkeypatch):
    """No connection is opened, nothing is put in a queue, and no row remembers the words."""

    def refuse(*args, **kwargs):
        raise AssertionError("a search reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr("celery.app.task.Task.apply_async", refuse)
    before = _rows()
    for address in (PAGE, FEED, API):
        assert Client().get(address, {"q": SECRET, "place": "Lens"}).status_code == 200
    assert _rows() == before


def _rows():
    ours = (apps.get_app_config(name) for name in ("network", "governance", "federation", "sessions"))
    return {model._meta.label: model.objects.count() for app in ours for model in app.get_models()}


def test_the_counter_of_an_address_does_not_hold_the_question(held, monkeypatch):
    kept = []
    monkeypatch.setattr(search_rates, "allow", lambda *args: kept.append(args) or 0)
    Client().get(API, {"q": SECRET})
    assert kept
    assert SECRET not in str(kept)
    assert rates.allow("search", "x", 1, 60) == 0
