"""The gazetteer: loading, and which place is meant."""

import gzip
import math

import pytest

from network.actions.places import EUROPE, FRANCE, load_gazetteer
from network.errors import Invalid
from network.models import Alias, Gazetteer, Locality, Postcode
from network.queries.places import find_place, find_places
from network.rules.places import distance_km

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gazetteer")]

TOWN_HALLS = {
    "Lille": ("59350", "59000", 50.6309, 3.0709),
    "Liévin": ("62510", "62800", 50.4216, 2.7848),
    "Mons-en-Barœul": ("59410", "59370", 50.6424, 3.1102),
    "Tours": ("37261", "37000", 47.3912, 0.6892),
    "Le Vigan": ("30350", "30120", 43.9920, 3.6081),
}
COUNTRIES = "AD AT BE BG CH CY CZ DE DK EE ES FI GB GR HR HU IE IT LI LT LU LV MC MT NL NO PL PT RO SE SI SK SM"


NO_PLACE = [("", "empty"), ("  ", "empty"), ("zzzz", "unknown"), ("00000", "unknown")]
SPELLINGS = ["mons en baroeul", "MONS-EN-BARŒUL", "Mons-en-Barœul (59)", "59370", " 59370 Mons en Barœul"]


def codes(hits):
    return {hit.code for hit in hits}


# --- loading ------------------------------------------------------------------------------------------


def test_all_places_are_there():
    assert Locality.objects.filter(country="FR").count() == 37_590
    assert Locality.objects.exclude(country="FR").count() == 15_364
    assert set(Locality.objects.exclude(country="FR").values_list("country", flat=True)) == set(COUNTRIES.split())
    assert Alias.objects.count() == 16_550
    assert Gazetteer.objects.count() == 1


def test_second_loading_does_nothing(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert load_gazetteer() is False


def test_no_point_is_nan_and_98_places_have_none():
    points = list(Locality.objects.values_list("lat", "lon"))
    assert sum(lat is None for lat, _ in points) == 98
    known = [(lat, lon) for lat, lon in points if lat is not None]
    assert all(math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 for lat, lon in known)


def test_other_files_replace_everything(tmp_path):
    write(tmp_path, "01001,COM,L'Abergement,01,01400,776,46.1517,4.9201,,m")
    assert load_gazetteer(folder=tmp_path) is True
    assert list(Locality.objects.values_list("id", "name", "bare")) == [
        (1, "L'Abergement", "abergement"),
        (2, "Gent", "gent"),
    ]
    assert list(Postcode.objects.values_list("postcode", "locality_id")) == [("01400", 1)]
    assert list(Alias.objects.values_list("name", "locality_id")) == [("Gand", 2)]


def test_a_nan_point_is_refused_and_nothing_changes(tmp_path):
    write(tmp_path, "01001,COM,L'Abergement,01,01400,776,nan,4.9201,,m")
    with pytest.raises(Invalid, match="gazetteer_point"):
        load_gazetteer(folder=tmp_path)
    assert Locality.objects.filter(country="FR").count() == 37_590


def write(folder, row):
    header = "code,type,name,dept,postcodes,pop,lat,lon,parent,src"
    (folder / FRANCE).write_bytes(gzip.compress(f"{header}\n{row}\n".encode()))
    towns = "country,name,admin1,pop,lat,lon,aliases\nBE,Gent,VLG,231493,51.05,3.7167,Gand\n"
    (folder / EUROPE).write_bytes(gzip.compress(towns.encode()))


# --- which place is meant --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TOWN_HALLS)
def test_town_hall_within_two_km(name):
    code, postcode, lat, lon = TOWN_HALLS[name]
    row = Locality.objects.get(code=code, kind="COM")
    assert row.name == name
    assert distance_km(row.lat, row.lon, lat, lon) < 2
    assert Postcode.objects.filter(locality=row, postcode=postcode).exists()


@pytest.mark.parametrize(
    "typed",
    ["mons en baroeul", "MONS-EN-BARŒUL", "Mons-en-Barœul (59)", "59370", " 59370 Mons en Barœul"],
)
def test_one_place_however_typed(typed):
    answer = find_place(typed)
    assert (answer.place.code, answer.place.label, answer.reason) == ("59410", "Mons-en-Barœul (59)", "")


@pytest.mark.parametrize(
    ("typed", "code"),
    [("st etienne", "42218"), ("ST-ÉTIENNE", "42218"), ("75001", "75101"), ("havre", "76351"), ("liév", "62510")],
)
def test_place_taken(typed, code):
    assert find_place(typed).place.code == code


def test_le_vigan_is_taken_and_its_namesake_offered():
    answer = find_place("le vigan")
    assert answer.place.label == "Le Vigan (30)"
    assert "46334" in codes(answer.others)


def test_postcode_of_twelve_takes_the_largest_and_lists_the_others():
    answer = find_place("30120")
    assert answer.place.name == "Le Vigan"
    assert len(answer.others) == 11
    assert find_place("30120 Avèze").place.name == "Avèze"


def test_namesakes_of_like_size_are_asked():
    answer = find_place("saint-denis")
    assert (answer.place, answer.reason) == (None, "ambiguous")
    assert codes(answer.others) >= {"93066", "97411", "30247", "11339"}
    assert answer.others[0].code == "97411"


def test_the_label_offered_decides():
    for hit in find_place("saint-denis").others:
        assert find_place(hit.label).place.code == hit.code


def test_places_abroad():
    basel = find_place("Bâle").place
    assert (basel.label, basel.country) == ("Bâle (CH)", "CH")
    assert find_place("Gent").place.country == "BE"
    assert find_place("Mons", country="BE").place.dept == "BE"
    assert find_place("Bâle (CH)").place == basel


def test_a_place_without_point_is_found():
    place = find_place("Nouméa").place
    assert (place.name, place.lat, place.lon) == ("Nouméa", None, None)


def test_merged_communes_are_not_repeated():
    found = [candidate.hit for candidate in find_places("saint-denis") if candidate.step == 0]
    assert len({hit.code for hit in found}) == len(found) == 4


@pytest.mark.parametrize(
    ("typed", "reason"), [("", "empty"), ("  ", "empty"), ("zzzz", "unknown"), ("00000", "unknown")]
)
def test_answers_without_place(typed, reason):
    answer = find_place(typed)
    assert (answer.place, answer.others, answer.reason) == (None, (), reason)


def test_the_beginning_of_a_name_gives_the_best_first():
    assert find_places("liév")[0].hit.label == "Liévin (62)"
    assert find_places("a") == []
