"""Words that mean the same trade meet; words that do not stay apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.rules.words import LONGEST, closest, edit_distance, stem, words_of

FAMILIES = [
    "hébergement hébergements héberger hébergeur hébergeuse hébergé hébergée hébergées",
    "formation formations former formateur formatrice formatrices",
    "dépannage dépannages dépanner dépanneur dépanneuse dépanneurs",
    "réparation réparations réparer réparateur réparatrice",
    "installation installer installateur installations",
    "développement développeur développeuse développer",
    "accompagnement accompagner accompagnements accompagnant",
    "réseau réseaux",
    "journal journaux",
    "sauvegarde sauvegardes sauvegarder",
    "logiciel logiciels",
    "coopérative coopératives",
]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_one_stem(family):
    assert len({words_of(word) for word in family.split()}) == 1


def test_families_stay_apart():
    stems = [words_of(family.split()[0]) for family in FAMILIES]
    assert len(set(stems)) == len(FAMILIES)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("L'hébergement d’un site", ("heberg", "sit")),
        ("aujourd'hui", ("aujourd", "hui")),
        ("Œuvre d'art", ("oeuvr", "art")),
        ("site-internet, wi-fi", ("sit", "internet", "wifi")),
        ("C++ et 3D", ("3d",)),
        ("près de chez vous", ()),
        ("e-mail mail", ("email", "mail")),
        ("", ()),
    ],
)
def test_terms_of_texts(text, terms):
    assert words_of(text) == terms


@given(st.text())
def test_terms_are_terms_again(text):
    for term in words_of(text):
        assert 0 < len(term) <= LONGEST
        assert term.isascii()
        assert ":" not in term  # so that no word is taken for a skill or a price


def test_short_words_and_numbers_keep_their_form():
    assert [stem(word) for word in ("bus", "vpn", "php8", "2026")] == ["bus", "vpn", "php8", "2026"]


@pytest.mark.parametrize(
    ("one", "two", "errors"),
    [
        ("wiki", "wiki", 0),
        ("wiki", "wikis", 1),
        ("wiki", "wkii", 1),
        ("wiki", "wika", 1),
        ("wiki", "kiwi", 2),
        ("a", "abc", 2),
    ],
)
def test_errors_between_two_words(one, two, errors):
    assert edit_distance(one, two, 3) == edit_distance(two, one, 3) == errors


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_a_limit_changes_nothing_below_it(one, two):
    exact = edit_distance(one, two, 99)
    assert edit_distance(one, two, 2) == min(exact, 3)
    assert (exact == 0) == (one == two)


KNOWN = [("nextcloud", 5), ("network", 9), ("formation", 3), ("format", 3), ("2026", 9)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nextcluod", "nextcloud"),
        ("nextclod", "nextcloud"),
        ("nex", ""),
        ("forma", "format"),
        ("plomberi", ""),
        ("2027", ""),
    ],
)
def test_the_word_that_was_meant(typed, meant):
    assert closest(typed, KNOWN) == meant
