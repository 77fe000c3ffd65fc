"""Terms: exact, digested, and never guessed."""

from dataclasses import replace
from fractions import Fraction

import pytest

from governance.errors import Invalid, TermMissing
from governance.rules.charter import Article, Terms, check, consent_terms, digest
from governance.rules.templates import TEMPLATES, template


def test_templates_are_whole_and_empty_has_no_article():
    for text, terms in TEMPLATES.values():
        assert check(text, terms) == []
    assert [len(template(name)[0].articles) for name in ("six_values", "empty")] == [6, 0]


@pytest.mark.parametrize("name", [name for name in template("empty")[1].figures if name.startswith("consent.")])
def test_missing_figure_blocks_and_is_named(name):
    text, terms = template("empty")
    figures = {key: value for key, value in terms.figures.items() if key != name}
    with pytest.raises(TermMissing) as missing:
        consent_terms(Terms(figures, terms.classes), "ordinary", frozenset()).in_writing()
    assert missing.value.facts == {"term": name}
    assert check(text, Terms(figures, terms.classes)) == [(name, "term_missing")]


@pytest.mark.parametrize("wrong", ["0.5", 0.5, "3/2", "1/0", "-1/2", "½", 1, True, " 1/2"])
def test_share_is_an_exact_fraction(wrong):
    _, terms = template("empty")
    classes = {"ordinary": {**terms.classes["ordinary"], "quorum": wrong}}
    with pytest.raises(Invalid):
        consent_terms(Terms(terms.figures, classes), "ordinary", frozenset())


def test_unknown_class_blocks():
    with pytest.raises(TermMissing):
        consent_terms(template("empty")[1], "statutory", frozenset())


def test_template_figures_of_the_rulings():
    rules = consent_terms(template("six_values")[1], "ordinary", frozenset())
    assert (rules.test_minutes, rules.recall_max, rules.fallback_min_loops) == (15, 2, 2)
    assert rules.quorum == Fraction(1, 2)
    figures = template("six_values")[1]
    assert figures.whole("presence.grace_seconds") == 120
    assert figures.whole("presence.grace_without_socket_seconds") == 600


def test_digest_changes_with_any_word_or_figure():
    text, terms = template("six_values")
    mark = digest(text, terms)
    assert mark.startswith("sha256:")
    assert mark == digest(text, Terms(dict(reversed(terms.figures.items())), terms.classes))
    assert mark != digest(replace(text, title="Autre"), terms)
    assert mark != digest(text, Terms({**terms.figures, "consent.test_minutes": 16}, terms.classes))


def test_doubled_article_is_found():
    text, terms = template("empty")
    twice = replace(text, articles=(Article("a", "A", ""), Article("a", "B", "")))
    assert check(twice, terms) == [("articles.a", "doubled")]
