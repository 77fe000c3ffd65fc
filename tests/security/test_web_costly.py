"""WEB-12 besides the search: pages, feeds and API whose answers are dear, asked by whoever has no account."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from frontend.pages import anchors, exports
from network import search_rates
from network.queries.trust import trust_page
from tests import factories
from tests.frontend.reading import faults, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "gazetteer")]

# What is limited together, a table that answering reads (none where it reads but what every page does), the address.
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
    ("member", "network_webversion", "/membres/{elise}"),
    ("member", "network_webversion", "/offres/{offer}"),
    ("member", "network_webversion", "/api/v1/members/{elise}"),
    ("member", "network_webversion", "/api/v1/offers/{offer}"),
    ("member", "network_offer", "/membres/{elise}/fiche.vcf"),
    ("search", "network_webversion", "/membres/{closed}/contacter"),
    ("skills", "network_skill", "/competences"),
    ("skills", "network_skill", "/api/v1/skills"),
    ("export", "", "/librehost.json"),
    ("export", "network_member", "/.well-known/chatonsinfos/node.properties"),
]
# For programs, which have no session: counted whoever asks.
FEEDS = ("/agenda.ics", "/agenda.atom", "/librehost.json", "/.well-known/chatonsinfos/node.properties")
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
    closed = factories.member("Fanny", belongs_to=coop, opening="closed")
    offer = factories.offer(elise, skill="nextcloud")
    return {"elise": elise.pk, "slug": coop.slug, "alix": alix, "offer": offer.pk, "closed": closed.pk}


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    monkeypatch.setattr(search_rates, "SEARCHES", 2)
    monkeypatch.setitem(search_rates.MOST, "trust", 2)
    monkeypatch.setattr(exports, "WHOLE", 2)


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
    assert not (table and table in refused)
    assert 1 <= int(third["Retry-After"]) <= (exports.WHOLE_SECONDS if what == "export" else 60)
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
    for what in ("agenda", "trust", "member", "skills", "export"):
        cache.clear()
        asked = [address.format(**town) for group, _, address in DEAR if group == what] * 2
        assert [Client(**VISITOR).get(address).status_code for address in asked[:3]] == [200, 200, 429]


@pytest.mark.parametrize(
    "address", ["/membres/{pk}/confiance", "/api/v1/members/{pk}/trust", "/membres/{pk}", "/api/v1/members/{pk}"]
)
def test_web_12_rights_come_first(town, address):
    """Whoever asks for what is not there learns no more, and uses up nothing."""
    browser = Client(**VISITOR)
    assert [browser.get(address.format(pk=10**9)).status_code for _ in range(4)] == [404] * 4
    assert browser.get(address.format(pk=town["elise"])).status_code == 200


@pytest.mark.parametrize(
    "address", ["/membres/{elise}", "/offres/{offer}", "/annuaire?q=nextcloud", "/membres/{closed}/contacter"]
)
def test_web_12_whoever_looks_from_people_they_chose_is_counted_as_of_trust(town, settings, address, monkeypatch):
    """Each choice is a web of its own to reckon: cookies that somebody collected are no way around that limit."""
    monkeypatch.setattr(search_rates, "SEARCHES", 9)
    address, browsers = address.format(**town), [Client(**VISITOR) for _ in range(3)]
    for number, browser in enumerate(browsers):
        chosen = anchors.keep(HttpResponse(), [f"{settings.ORIGIN}/u/somebody{number}"])
        browser.cookies.load(chosen.cookies)
    assert [browser.get(address).status_code for browser in browsers] == [200, 200, 429]
    browsers[-1].cookies.clear()
    assert browsers[-1].get(address).status_code == 200
    assert browsers[-1].get(f"/membres/{town['elise']}/confiance").status_code == 429


@pytest.mark.parametrize("address", ["/membres/{elise}/confiance", "/api/v1/members/{elise}/trust", "/membres/{elise}"])
def test_tru_07_whoever_asks_too_often_gets_429_and_no_path_is_looked_for(town, address, monkeypatch):
    looked = []
    for place in ("frontend.pages.trust", "frontend.pages.members", "network.api_trust"):
        monkeypatch.setattr(f"{place}.trust_page", lambda *asked: looked.append(asked) or trust_page(*asked))
    answers = [Client(**VISITOR).get(address.format(**town)).status_code for _ in range(5)]
    assert answers == [200, 200, 429, 429, 429]
    assert len(looked) == 2


def test_web_12_a_hall_that_the_operator_named_is_not_counted(town, settings):
    settings.HALL_NETWORKS = ["192.0.2.80/30"]
    assert {Client(**VISITOR).get(f"/membres/{town['elise']}").status_code for _ in range(4)} == {200}


@pytest.mark.parametrize(
    "asked",
    ["radius=1e308", "radius=-5&place=Lens", "place=" + "x" * 5000, "kind=" + "x" * 5000, "page=" + "9" * 400],
    ids=lambda text: text[:20],
)
def test_web_12_extreme_questions_to_the_agenda_stay_cheap(town, asked, django_assert_max_num_queries):
    for number, address in enumerate(("/agenda", "/agenda.ics", "/agenda.atom", "/api/v1/events")):
        with django_assert_max_num_queries(40):
            assert Client(REMOTE_ADDR=f"192.0.2.{number}").get(f"{address}?{asked}").status_code == 200
