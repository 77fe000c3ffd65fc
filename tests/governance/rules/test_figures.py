"""The catalogue of figures: every one is explained, typed and bounded, and every fault is named by its place."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.charter import Article, Terms, check
from governance.rules.figure_kinds import Figure, fault_of, read
from governance.rules.figures import CLASS_FIGURES, FIGURES, PROCESSES, figure_at
from governance.rules.templates import TEMPLATES, template
from network.rules import facts

EVERY = [*FIGURES.values(), *CLASS_FIGURES.values()]


def faults(figures=None, classes=None, text=None):
    """What is wrong with the template once these values are set (None: left open)."""
    whole, terms = template("six_values")
    all_figures = {name: value for name, value in {**terms.figures, **(figures or {})}.items() if value is not None}
    return check(text or whole, Terms(all_figures, {**terms.classes, **(classes or {})}))


@pytest.mark.parametrize("figure", EVERY, ids=lambda each: each.name)
def test_every_figure_is_explained_and_bounded(figure):
    assert figure.says.endswith(".")
    assert len(figure.says) < 120
    assert figure.low <= figure.high
    assert figure.process
    assert bool(figure.choices) == (figure.kind == "choice")


def test_templates_set_nothing_but_figures_of_the_catalogue():
    for text, terms in TEMPLATES.values():
        assert check(text, terms) == []
        assert set(terms.figures) <= set(FIGURES)
    assert set(PROCESSES) >= {"consent", "assembly", "mandate", "trust", "ballot", "membership"}


def test_trust_has_the_bounds_of_the_web_itself():
    ours = {name.removeprefix("trust."): (each.low, each.high) for name, each in FIGURES.items() if "trust" in name}
    assert ours == facts._BOUNDS


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ballot.secrecy_floor", 2, "out_of_bounds"),
        ("ballot.secrecy_floor", 3, ""),
        ("consent.call_minutes", "10", "term_malformed"),
        ("consent.call_minutes", True, "term_malformed"),
        ("consent.call_minutes", 10.0, "term_malformed"),
        ("minutes.quorum", "3/2", "out_of_bounds"),
        ("minutes.quorum", 0.5, "term_malformed"),
        ("trust.C", "10/3", ""),
        ("trust.C", 101, "out_of_bounds"),
        ("consent.jury_size", 2, "out_of_bounds"),
        ("consent.unheard_of", 1, "figure_unknown"),
        ("consent.call_minutes", None, "term_missing"),
        ("election.round_minutes", "soon", "term_malformed"),
    ],
)
def test_fault_is_named_by_place_and_code(name, value, code):
    found = faults({name: value})
    assert [each for each in found if each[0] == name] == ([(name, code)] if code else [])


def test_process_in_use_needs_all_of_its_figures():
    without = {name: None for name in FIGURES if name.startswith("mandate.")}
    assert faults(without) == []  # nothing of it is set: the process is not used, and blocks until it is
    assert faults(without | {"mandate.max_months": 12}) == [
        ("mandate.cooling_months", "term_missing"),
        ("mandate.reminder_days", "term_missing"),
        ("mandate.renewals_max", "term_missing"),
    ]


def test_faults_of_decision_classes():
    ordinary = template("six_values")[1].classes["ordinary"]
    assert faults(classes={"ordinary": {**ordinary, "quorum": "2"}}) == [("classes.ordinary.quorum", "term_malformed")]
    assert faults(classes={"ordinary": {**ordinary, "colour": 1}}) == [("classes.ordinary.colour", "figure_unknown")]
    assert faults(classes={"ordinary": {**ordinary, "process": "vote"}})[0] == (
        "classes.ordinary.process",
        "term_malformed",
    )
    assert faults(classes={"Big!": dict(ordinary)}) == [("classes.Big!", "class_malformed")]
    bare = {name: value for name, value in ordinary.items() if name != "review_days"}
    assert faults(classes={"works": bare}) == [("classes.works.review_days", "term_missing")]


def test_charter_can_always_be_changed_and_objected_to():
    text, terms = template("six_values")
    only = Terms(terms.figures, {"ordinary": terms.classes["ordinary"]})
    assert check(text, only) == [("classes.charter", "term_missing")]
    assert faults(text=replace(text, articles=())) == [
        ("classes.charter.cites_article", "articles_missing"),
        ("classes.cooptation.cites_article", "articles_missing"),
    ]


def test_faults_of_the_text():
    text = template("six_values")[0]
    twice = replace(text, title=" ", articles=(*text.articles, text.articles[0], Article("Été", "", "")))
    assert faults(text=twice) == [
        ("articles.liberte", "doubled"),
        ("articles.Été", "article_malformed"),
        ("articles.Été.title", "heading_missing"),
        ("title", "heading_missing"),
    ]


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("consent.recall_max", " 2 ", 2),
        ("consent.recall_max", "2,5", "2,5"),
        ("consent.recall_max", "", None),
        ("minutes.quorum", "50 %", "1/2"),
        ("minutes.quorum", "2 / 4", "1/2"),
        ("minutes.quorum", "1", "1/1"),
        ("minutes.quorum", "1/0", "1/0"),
        ("trust.C", "10/3", "10/3"),
        ("trust.C", "4", 4),
        ("classes.charter.fallback", "yes", True),
        ("classes.charter.fallback", "peut-être", "peut-être"),
    ],
)
def test_what_is_typed_is_read_or_kept(name, typed, value):
    assert read(figure_at(name), typed) == value


def test_list_of_ids():
    values = Figure("cooptation.values", "ids", "cooptation", "Les valeurs.")
    assert read(values, "liberte, partage\nliberte") == ["liberte", "partage"]
    assert [fault_of(values, each) for each in (["liberte"], ["é"], "liberte")] == [
        "",
        "term_malformed",
        "term_malformed",
    ]


@given(st.sampled_from(EVERY), st.one_of(st.text(max_size=12), st.integers(), st.booleans(), st.fractions()))
def test_nothing_typed_breaks_and_what_is_good_has_bounds(figure, value):
    found = read(figure, str(value) if isinstance(value, Fraction) else value)
    if found is not None and not fault_of(figure, found) and figure.kind in {"whole", "number", "share"}:
        assert figure.low <= Fraction(found) <= figure.high
