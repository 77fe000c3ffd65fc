"""What a person finds who asks for a skill near a town, and what the answer says when nothing is near."""

from datetime import timedelta

import pytest

from network.actions.index import index_offer, index_offers_of, reindex_all
from network.actions.skills import load_skills
from network.clock import now
from network.models import Area, Kind, OfferState, OfferTerm, Price, Skill, WebVersion
from network.queries import matches, search
from network.queries.search import find_offers
from network.rules.ranking import because, by_provider
from network.rules.search import SearchQuery
from tests.network.catalogue import BRUSSELS, LIEVIN, LILLE, TOURS, VISITOR, lines, member, offer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gazetteer")]


@pytest.fixture(autouse=True)
def skills(db):
    load_skills()


def find(text="", *, viewpoint=VISITOR, **asked):
    return find_offers(SearchQuery(text=text, **asked), viewpoint=viewpoint)


def titles(answer):
    return [hit.offer.title for hit in answer.hits]


# --- text and skill ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "hébergement",
        "HEBERGEUR",
        "l'hébergement d'un site",
        "œuvres hébergées",
        "atelier hébergement",
        "mastodon",
        "cloud",
    ],
)
def test_words_of_title_description_owner_and_skill(typed):
    offer("Hébergement de site", description="Vos **œuvres** en ligne", owner=member("Atelier Démo"), skill="nextcloud")
    offer("Taille de haies", owner=member("Autre"))
    found = titles(find(typed))
    assert found == (["Hébergement de site"] if typed != "mastodon" else [])


def test_all_words_are_needed():
    offer("Formation Linux")
    offer("Formation musique")
    assert titles(find("formation linux")) == ["Formation Linux"]


def test_a_typing_error_is_understood_and_said():
    offer("Formation Nextcloud")
    answer = find("nextcluod")
    assert titles(answer) == ["Formation Nextcloud"]
    assert answer.corrections == (("nextcluod", "nextcloud"),)
    assert find("nextc").corrections == (("nextc", "nextcloud"),)
    assert find("plomberie").reason == "nothing"


def test_a_very_long_question_stays_cheap(django_assert_max_num_queries):
    offer("Radio")
    with django_assert_max_num_queries(60):
        assert find(" ".join(f"mot{n} truc{n}x" for n in range(80))).reason == "nothing"


def test_a_skill_finds_everything_narrower():
    offer("Agenda en ligne", skill="nextcloud")
    offer("Boîtes aux lettres", skill="courriel")
    offer("Cours", skill="formation")
    assert sorted(titles(find(skill="hebergement"))) == ["Agenda en ligne", "Boîtes aux lettres"]
    assert titles(find(skill="nextcloud")) == ["Agenda en ligne"]
    assert titles(find(skill="Courriel")) == ["Boîtes aux lettres"]


def test_an_unknown_skill_is_searched_as_words():
    offer("Cours de vannerie")
    assert titles(find(skill="vannerie")) == ["Cours de vannerie"]


# --- territory --------------------------------------------------------------------------------------------


def test_distance_and_reach_are_told():
    offer("ici", at=LIEVIN)
    offer("il vient", at=LILLE, area=Area.CIRCLE, area_km=40)
    offer("à distance", at=TOURS, remote=True)
    offer("pays", at=None, area=Area.COUNTRY)
    offer("trop loin", at=TOURS)
    answer = find(place="Liévin")
    assert [(hit.offer.title, hit.reach) for hit in answer.hits] == [
        ("ici", "near"),
        ("il vient", "comes"),
        ("pays", "comes"),
        ("à distance", "remote"),
    ]
    assert [hit.distance_km and round(hit.distance_km, 1) for hit in answer.hits] == [0.0, 30.8, None, 370.1]
    assert answer.place.place.label == "Liévin (62)"


def test_30_km_leave_lille_out_and_31_take_it():
    offer("à Lille", at=LILLE)
    assert find(place="lievin", radius_km=30).widening is not None
    answer = find(place="lievin", radius_km=31)
    assert (titles(answer), answer.widening) == (["à Lille"], None)


def test_the_whole_country_stops_at_the_border():
    offer("d'ici", at=LILLE, dept="59", area=Area.COUNTRY)
    assert titles(find(place="Tours")) == ["d'ici"]
    assert find(place="Bruxelles", radius_km=1).widening.relaxed == "radius"


def test_a_place_without_point_gives_results_without_distance():
    offer("partout")
    answer = find(place="Nouméa")
    assert [(hit.distance_km, hit.reach) for hit in answer.hits] == [(None, "")]


def test_without_place_no_distance():
    offer("un", at=LILLE)
    assert [hit.distance_km for hit in find().hits] == [None]


# --- who is shown -----------------------------------------------------------------------------------------


def test_only_live_offers_of_people_who_are_there():
    offer("visible")
    offer("finie", ends_at=now() - timedelta(days=1))
    offer("retirée", state=OfferState.WITHDRAWN)
    offer("partie", owner=member("Élise", gone_at=now()))
    offer("copie muette", owner=member("Loin", origin="https://b.example"), heard_at=now() - timedelta(days=91))
    offer("demande", purpose="request")
    assert titles(find()) == ["visible"]
    assert titles(find(purpose="request")) == ["demande"]


def test_freshness_of_copies():
    remote = member("Loin", origin="https://b.example")
    offer("ancienne", owner=remote, heard_at=now() - timedelta(days=8))
    offer("neuve", owner=remote)
    offer("nôtre", heard_at=now() - timedelta(days=30))
    fresh = {hit.offer.title: (hit.freshness.state, hit.freshness.source_origin) for hit in find().hits}
    assert fresh == {
        "ancienne": ("old_copy", "https://b.example"),
        "neuve": ("fresh", "https://b.example"),
        "nôtre": ("fresh", ""),
    }


def test_filters():
    offer("a", price=Price.BARTER, owner=member("A", languages=["fr", "nl-BE"], kind=Kind.ASSOCIATION))
    offer("b", price=Price.HOURLY, amount_cents=5500, opening="closed", owner=member("B", languages=["fr"]))
    assert titles(find(price="barter")) == ["a"]
    assert titles(find(language="nl")) == ["a"]
    assert titles(find(kind="association")) == ["a"]
    assert titles(find(opening="closed")) == ["b"]
    prices = {facet.value: facet.count for facet in find().facets["price"]}
    assert prices == {"barter": 1, "hourly": 1}


# --- order ------------------------------------------------------------------------------------------------


def test_path_class_then_distance_then_support_then_name(monkeypatch):
    monkeypatch.setattr(search, "trust_lines", lines(A=(3, 0.1), B=(3, 0.2), C=(2, 0.9), D=(3, 0.1), E=(7, 0.0)))
    offer("C tout près", owner=member("C"))
    offer("A ici", owner=member("A"))
    offer("D ici", owner=member("D"))
    offer("B ici", owner=member("B"))
    offer("E à distance", owner=member("E"), at=TOURS, remote=True)
    offer("Z sans voie", owner=member("Z"))
    offer("A à Lille", owner=member("A"), at=LILLE)
    answer = find(place="Liévin", radius_km=50)
    assert titles(answer) == ["B ici", "A ici", "D ici", "A à Lille", "E à distance", "C tout près", "Z sans voie"]
    assert titles(find(place="Liévin", radius_km=50, accepted_only=True)) == titles(answer)[:-1]


def test_pages_hold_every_result_once(monkeypatch):
    monkeypatch.setattr(search, "trust_lines", lines(M3=(3, 0.0), M7=(3, 0.0)))
    owners = [member(f"M{n}") for n in range(9)]
    for n in range(90):
        offer(f"n{n}", owner=owners[n % 9], at=(LIEVIN[0] + n / 1000, LIEVIN[1]))
    pages = [find(place="Liévin", page=n) for n in range(1, 6)]
    seen = [title for page in pages for title in titles(page)]
    assert [len(page.hits) for page in pages] == [20, 20, 20, 20, 10]
    assert len(set(seen)) == 90
    assert seen[:20] == [f"n{n}" for n in range(90) if n % 9 in (3, 7)]
    assert seen[20:] == [f"n{n}" for n in range(90) if n % 9 not in (3, 7)]
    beyond = find(place="Liévin", page=30)
    assert (beyond.page, beyond.pages, beyond.total) == (5, 5, 90)


def test_enough_of_the_best_class_stops_asking(monkeypatch):
    asked = []

    def trust(viewpoint, subjects, **how):
        asked.extend(subjects if how else ())  # to rank them, not to show them
        return {subject.pk: search.TrustLine(3, True, "accepted", 0.5) for subject in subjects}

    monkeypatch.setattr(search, "trust_lines", trust)
    for n in range(90):
        offer(f"n{n}", owner=member(f"M{n}"), at=(LIEVIN[0] + n / 1000, LIEVIN[1]))
    answer = find(place="Liévin")
    assert titles(answer) == [f"n{n}" for n in range(20)]
    assert (answer.total, len(asked)) == (90, search.BATCH)


def test_more_matches_than_are_ranked(monkeypatch):
    monkeypatch.setattr(search, "find", lambda wanted, around: matches.find(wanted, around, most=5))
    for n in range(7):
        offer(f"n{n}", at=(LIEVIN[0] + n / 1000, LIEVIN[1]))
    answer = find(place="Liévin")
    assert (answer.capped, answer.total, titles(answer)) == (True, 5, [f"n{n}" for n in range(5)])


# --- when nothing is near ------------------------------------------------------------------------------------


def test_widening_takes_the_first_radius_that_answers():
    offer("à Lille", at=LILLE)
    offer("à Tours", at=TOURS)
    answer = find(place="Liévin", radius_km=5)
    assert titles(answer) == ["à Lille"]
    assert (answer.widening.relaxed, answer.widening.from_km, answer.widening.to_km) == ("radius", 5, 50)
    assert answer.query.radius_km == 50
    assert answer.wider == (100, None)


def test_widening_to_the_country_then_a_broader_skill_then_any_word():
    offer("Site à Tours", at=TOURS, skill="cms")
    assert find(place="Liévin", skill="cms").widening.to_km is None
    broader = find(place="Liévin", skill="boutique-en-ligne").widening
    assert (broader.relaxed, broader.skill, broader.to_km) == ("skill", "site-internet", None)
    words = find("site vannerie", place="Tours").widening
    assert (words.relaxed, words.to_km) == ("words", 30)


def test_reasons():
    assert find().reason == "empty_node"
    offer("une", price=Price.GIFT)
    assert find(price="barter").reason == "nothing"
    assert find(place="zzzz").reason == "unknown_place"
    ambiguous = find(place="saint-denis")
    assert (ambiguous.reason, ambiguous.hits, len(ambiguous.place.others)) == ("ambiguous_place", [], 4)


def test_coordinates_win_over_a_name():
    offer("à Bruxelles", at=BRUSSELS, dept="BE")
    assert titles(find(place="Liévin", lat=BRUSSELS[0], lon=BRUSSELS[1])) == ["à Bruxelles"]


# --- what it costs and says -----------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow(django_assert_max_num_queries):
    WebVersion.objects.get_or_create(id=1)
    for n in range(40):
        offer(f"Hébergement {n}", skill="nextcloud", owner=member(f"M{n}"))
    with django_assert_max_num_queries(28):
        answer = find("hébergement", place="Liévin", skill="hebergement")
        assert [hit.owner.name for hit in answer.hits][:2] == ["M0", "M1"]
        assert {hit.offer.skill.slug for hit in answer.hits} == {"nextcloud"}


def test_because_and_by_provider():
    owner = member("A")
    offer("un", owner=owner)
    offer("deux", owner=owner)
    hits = find(place="Liévin").hits
    assert [code for code, _ in because(hits[0])] == ["trust", "paths", "reach", "distance_km", "renewed_at"]
    assert [(who.name, len(theirs)) for who, theirs in by_provider(hits)] == [("A", 2)]


# --- the index ---------------------------------------------------------------------------------------------


def test_terms_follow_the_offer():
    row = offer("Cours", skill="nextcloud", remote=True, owner=member("A", languages=["fr-FR"]))
    terms = set(OfferTerm.objects.filter(offer=row).values_list("term", flat=True))
    assert {"cour", "skill:nextcloud", "skill:fichiers-partages", "skill:hebergement"} <= terms
    assert {"price:gift", "lang:fr", "reach:wide"} <= terms
    row.title, row.state = "Stages", OfferState.WITHDRAWN
    index_offer(row)
    assert not OfferTerm.objects.filter(offer=row).exists()


def test_a_new_name_and_new_skills_are_found_after_indexing():
    row = offer("Cours", skill="nextcloud")
    row.owner.name = "Zéphyr"
    row.owner.save()
    assert index_offers_of(row.owner) == 1
    assert titles(find("zephyr")) == ["Cours"]
    Skill.objects.filter(slug="nextcloud").update(synonyms="nuage")
    assert reindex_all() == 1
    assert titles(find("nuages")) == ["Cours"]
