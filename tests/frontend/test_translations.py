"""The English catalogue: complete, with the same facts in each sentence, and French typography in the source."""

import re
from pathlib import Path

import polib
import pytest
from django.template import engines

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
