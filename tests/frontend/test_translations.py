"""The English catalogue: complete, with the same facts in each sentence, and French typography in the source."""

import re
from datetime import UTC, datetime
from pathlib import Path

import polib
import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.utils import translation

from tests.frontend.reading import page_of

BASE = Path(__file__).parents[2]
CATALOGUE = polib.pofile(str(BASE / "frontend" / "locale" / "en" / "LC_MESSAGES" / "django.po"))
FACT = re.compile(r"%\(\w+\)[sd]|%%|%[sd]")
# A plain space before a sign that wants a narrow no-break one, or just inside guillemets.
PLAIN = re.compile(r"(?<=[\w’»)}\]s]) [;!?»](?!=)|« |(?<=[\w’»)}\]s]) :(?=\s|$)")


def english(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_sentence_has_its_english():
    assert len(CATALOGUE) > 500
    assert [e.msgid for e in CATALOGUE if e.obsolete or "fuzzy" in e.flags or not all(english(e))] == []


def facts(text: str) -> set[str]:
    """The facts in a sentence; `of_place` is `place` with the preposition that French contracts."""
    return {fact.replace("of_place", "place") for fact in FACT.findall(text)}


def test_the_same_facts_in_both_languages():
    wrong = []
    for entry in CATALOGUE:
        *singular, last = english(entry)
        if facts(last) != facts(entry.msgid_plural or entry.msgid):
            wrong.append((entry.msgid, last))
        wrong += [(entry.msgid, one) for one in singular if not facts(one) <= facts(entry.msgid_plural)]
    assert wrong == []


def test_pages_write_french_as_printers_do():
    found = [entry.msgid for entry in CATALOGUE if PLAIN.search(entry.msgid) and "frontend" in str(entry.occurrences)]
    assert found == []


def test_no_typewriter_apostrophe_in_the_pages():
    found = [
        entry.msgid for entry in CATALOGUE if re.search(r"\w'\w", entry.msgid) and "frontend" in str(entry.occurrences)
    ]
    assert found == []


@pytest.mark.parametrize("path", sorted((BASE / "frontend" / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_templates_compile_and_say_nothing_outside_the_catalogue(path):
    text = path.read_text()
    engines["django"].from_string(text)
    if path.name in {"500.html", "503.html"}:  # static on purpose, in both languages
        return
    text = re.sub(r"\{% block (page_class|body) %\}.*?\{% endblock %\}", "", text)
    bare = re.sub(r"(?s)\{#.*?#\}|\{% blocktranslate.*?endblocktranslate %\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", text)
    words = [word for word in re.findall(r"[^\W\d_]{3,}", bare) if word not in {"API", "Français", "English", "nbsp"}]
    assert words == []


def test_a_page_in_english(town):
    """The catalogue as it is in the source, whether or not it has been compiled here."""
    answer = town.visitor.get("/annuaire", headers={"accept-language": "en"})
    assert page_of(answer).all("html")[0].attributes["lang"] == "en"
    assert answer["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", ["0 réponse sur 5.", "1 réponse sur 5.", "2 réponses sur 5."]),
        ("en", ["0 answers of 5.", "1 answer of 5.", "2 answers of 5."]),
    ],
)
def test_none_is_singular_in_french_and_plural_in_english(language, told):
    """French sentences are in no catalogue: they are the source."""
    mood = {"open": False, "asked": 5, "ends_at": datetime(2026, 11, 21, 9, 0, tzinfo=UTC)}
    with translation.override(language):
        shown = [
            render_to_string(
                "assemblies/parts/passing.html", {"passing": {"number": 1, "mood": mood | {"answered": n}}}
            )
            for n in (0, 1, 2)
        ]
        days = [translation.ngettext("%(n)s jour", "%(n)s jours", n) % {"n": n} for n in (0, 1, 2)]
    assert [each for each, page in zip(told, shown, strict=True) if each not in page] == []
    assert days == (["0 jour", "1 jour", "2 jours"] if language == "fr" else ["0 days", "1 day", "2 days"])
    with translation.override(language):
        assert translation.npgettext("nowhere", "%s pomme", "%s pommes", 0) == (
            "%s pomme" if language == "fr" else "%s pommes"
        )
