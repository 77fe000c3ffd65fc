"""A search as a feed: valid Atom, exactly what was asked, the same for everybody."""

from xml.etree import ElementTree

import pytest

from network.actions.offers import edit_offer
from network.queries.offers import draft_of
from network.queries.places import find_place
from tests import factories
from tests.frontend.reading import page_of

FEED = "/annuaire.atom"
ATOM, GEORSS = "{http://www.w3.org/2005/Atom}", "{http://www.georss.org/georss}"


@pytest.fixture
def found(town, gazetteer, clock):
    at = find_place("Lens").place
    for name in ("Un", "Deux"):
        clock.advance(hours=1)
        factories.offer(factories.member(name), f"Nextcloud {name}", place=at, skill="nextcloud", tags=["pad"])
    return town


def read(body):
    return ElementTree.fromstring(body)  # noqa: S314 (written by us)


def feed(town, **asked):
    answer = town.visitor.get(FEED, asked)
    assert answer.status_code == 200
    return answer, read(answer.content)


def titles(root):
    return [entry.findtext(f"{ATOM}title") for entry in root.findall(f"{ATOM}entry")]


def test_the_newest_change_comes_first(found, clock):
    answer, root = feed(found, q="nextcloud", place="Liévin")
    assert answer["Content-Type"].startswith("application/atom+xml")
    assert titles(root) == ["Nextcloud Deux · Deux", "Nextcloud Un · Un"]
    entry = root.find(f"{ATOM}entry")
    offer = factories.Offer.objects.get(title="Nextcloud Deux")
    assert entry.findtext(f"{ATOM}id") == offer.uri
    assert entry.findtext(f"{ATOM}updated") == "2026-11-21T11:00:00+00:00"
    assert entry.find(f"{ATOM}link").attrib["href"].endswith(f"/offres/{offer.pk}")
    assert entry.findtext(f"{GEORSS}point") == f"{offer.lat:.5f} {offer.lon:.5f}"
    assert [each.attrib["term"] for each in entry.findall(f"{ATOM}category")] == ["pad"]
    assert root.findtext(f"{ATOM}updated") == "2026-11-21T11:00:00+00:00"
    first = factories.Offer.objects.get(title="Nextcloud Un")
    clock.advance(hours=2)
    edit_offer(actor=first.owner, offer_id=first.pk, draft=draft_of(first))
    assert titles(feed(found, q="nextcloud", place="Liévin")[1])[0] == "Nextcloud Un · Un"


def test_news_from_nobody_known_and_further_away_is_in_the_feed(found, clock):
    at = {name: find_place(name).place for name in ("Liévin", "Lens")}
    for n in range(101):
        factories.offer(found.elise, f"Courriel {n}", place=at["Liévin"])
    clock.advance(hours=1)
    factories.offer(factories.member("Zoé"), "Courriel neuf", place=at["Lens"])
    told = titles(feed(found, q="courriel", place="Liévin")[1])
    assert (told[0], len(told)) == ("Courriel neuf · Zoé", 100)


def test_every_feed_has_an_address_of_its_own(found):
    ids = {feed(found, **asked)[1].findtext(f"{ATOM}id") for asked in ({}, {"q": "a"}, {"q": "a", "place": "Lens"})}
    assert len(ids) == 3
    assert all("/annuaire.atom" in each for each in ids)


def test_a_feed_never_widens(found):
    _, root = feed(found, q="nextcloud", place="Tours")
    assert titles(root) == []
    assert root.findtext(f"{ATOM}updated") == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize("asked", [{"place": "saint-denis"}, {"place": "Nulle-Part"}, {"radius": "x"}, {"q": "\x00"}])
def test_whatever_is_asked_is_a_feed(found, asked):
    feed(found, **asked)


def test_it_is_not_sent_twice_and_is_nobodys(found):
    answer, _ = feed(found, q="nextcloud")
    assert answer["Cache-Control"] == "public, max-age=900"
    assert not answer.cookies
    tag = {"if-none-match": answer["ETag"]}
    assert found.visitor.get(FEED, {"q": "nextcloud"}, headers=tag).status_code == 304
    assert found.visitor.get(FEED, {"q": "nextcloud"}, headers={"if-modified-since": answer["Last-Modified"]}).content
    factories.offer(factories.member("Trois"), "Nextcloud Trois")
    assert found.visitor.get(FEED, {"q": "nextcloud"}, headers=tag).status_code == 200


def test_what_is_not_for_everybody_is_in_no_feed(found):
    factories.offer(found.alix, "Nextcloud interne", visibility="members")
    own = read(found.client.get(FEED, {"q": "nextcloud"}).content)
    assert "Nextcloud interne · Alix" not in titles(own)


def test_the_page_leads_to_its_feed_and_back(found):
    page = page_of(found.visitor.get("/annuaire", {"q": "nextcloud", "place": "Lens", "price": ["gift", "prix_libre"]}))
    link = next(e for e in page.all("link") if e.attributes.get("type") == "application/atom+xml").attributes["href"]
    assert link in {a.attributes["href"] for a in page.all("a") if a.text == "M’avertir (flux)"}
    answer = found.visitor.get(link)
    assert len(titles(read(answer.content))) == 2
    back = read(answer.content).findall(f"{ATOM}link")
    assert any("/annuaire?q=nextcloud&place=Lens" in each.attrib["href"] for each in back)


def test_nothing_found_offers_the_feed(found):
    page = page_of(found.visitor.get("/annuaire", {"q": "zzyzx"}))
    assert "M’avertir (flux)" in [a.text for a in page.all("a")]
