"""WEB-12 besides the search: pages, feeds and API whose answers are dear, asked by whoever has no account."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from network import search_rates
from tests import factories
from tests.frontend.reading import faults, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "gazetteer")]

# What is limited together, what answering reads (a table), and the address.
DEAR = [
    ("search", "network_offer", "/annuaire/affiche?place=Lens"),
    ("agenda", "network_eventdate", "/agenda?place=Lens"),
    ("agenda", "network_eventdate", "/agenda.ics"),
    ("agenda", "network_eventdate", "/agenda.atom"),
    ("agenda", "network_eventdate", "/api/v1/events?place=Lens"),
    ("agenda", "network_eventdate", "/api/v1/events.geojson"),
    ("places", "network_locality", "/api/v1/places?q=Lens"),
    ("trust", "network_vouch", "/membres/{elise}/confiance"),
    ("trust", "network_vouch", "/api/v1/members/{elise}/trust"),
    ("trust", "network_vouch", "/compte/reperes"),
    ("trust", "network_vouch", "/collectifs/{slug}"),
]
FEEDS = ("/agenda.ics", "/agenda.atom")  # for programs, which have no session: counted whoever asks
VISITOR, OTHER = {"REMOTE_ADDR": "192.0.2.81"}, {"REMOTE_ADDR": "192.0.2.82"}


@pytest.fixture
def town(db):
    """Alix knows Bachir and Camille, and both know Élise: paths to look for."""
    factories.node()
    coop = factories.collective("Coopérative Démo")
    alix, bachir, camille, elise = (
        factories.member(name, belongs_to=coop) for name in ("Alix", "Bachir", "Camille", "Élise")
    )
    factories.web(coop, (alix, bachir), (alix, camille), (bachir, elise), (camille, elise))
    return {"elise": elise.pk, "slug": coop.slug, "alix": alix}


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(search_rates, "SEARCHES", 2)
    monkeypatch.setitem(search_rates.MOST, "trust", 2)


def read(browser, address):
    """The answer, and all that was asked of the database for it."""
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(address)
    return answer, " ".join(each["sql"] for each in asked.captured_queries)


@pytest.mark.parametrize(("what", "table", "address"), DEAR, ids=lambda value: value)
def test_web_12_what_is_dear_is_refused_before_any_work(town, what, table, address):
    address, browser = address.format(**town), Client(**VISITOR)
    (first, asked), (second, _), (third, refused) = (read(browser, address) for _ in range(3))
    assert [each.status_code for each in (first, second, third)] == [200, 200, 429]
    assert table in asked
    assert table not in refused
    assert 1 <= int(third["Retry-After"]) <= 60
    assert Client(**OTHER).get(address).status_code == 200


@pytest.mark.parametrize(("what", "table", "address"), DEAR, ids=lambda value: value)
def test_web_12_the_refusal_is_a_plain_sentence(town, what, table, address):
    address, browser = address.format(**town), Client(**VISITOR)
    refusal = [browser.get(address) for _ in range(3)][-1]
    said = "C’est beaucoup de demandes à la fois. Réessayez dans"
    if address.startswith("/api/"):
        assert refusal["Content-Type"] == "application/problem+json"
        assert (refusal.json()["code"], refusal.json()["status"]) == ("too_often", 429)
        assert refusal.json()["detail"].startswith(said)
    else:
        page = page_of(refusal)
        assert said in page.words
        assert faults(page) == []


@pytest.mark.parametrize("address", [address for _, _, address in DEAR if address not in FEEDS])
def test_web_12_members_are_not_counted(town, address):
    member = Client(**VISITOR)
    member.force_login(factories.account(town["alix"]))
    assert {member.get(address.format(**town)).status_code for _ in range(4)} == {200}
    assert Client(**VISITOR).get(address.format(**town)).status_code == 200


def test_web_12_all_doors_to_one_thing_share_its_limit(town):
    for what in ("agenda", "trust"):
        cache.clear()
        asked = [address.format(**town) for group, _, address in DEAR if group == what]
        assert [Client(**VISITOR).get(address).status_code for address in asked[:3]] == [200, 200, 429]


@pytest.mark.parametrize("address", ["/membres/{pk}/confiance", "/api/v1/members/{pk}/trust"])
def test_web_12_rights_come_first(town, address):
    """Whoever asks for what is not there learns no more, and uses up nothing."""
    browser = Client(**VISITOR)
    assert [browser.get(address.format(pk=10**9)).status_code for _ in range(4)] == [404] * 4
    assert browser.get(address.format(pk=town["elise"])).status_code == 200


@pytest.mark.parametrize(
    "asked",
    ["radius=1e308", "radius=-5&place=Lens", "place=" + "x" * 5000, "kind=" + "x" * 5000, "page=" + "9" * 400],
    ids=lambda text: text[:20],
)
def test_web_12_extreme_questions_to_the_agenda_stay_cheap(town, asked, django_assert_max_num_queries):
    for number, address in enumerate(("/agenda", "/agenda.ics", "/agenda.atom", "/api/v1/events")):
        with django_assert_max_num_queries(40):
            assert Client(REMOTE_ADDR=f"192.0.2.{number}").get(f"{address}?{asked}").status_code == 200
