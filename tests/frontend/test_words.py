"""Figures, dates and small sentences, in the typography of each language."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from frontend import messages, words
from frontend.templatetags import ui
from frontend.web_picture import picture
from governance.rules.assemblies import RoomStage
from governance.rules.candidacy import Stage as CandidacyStage
from governance.rules.electing import ElectionStage
from governance.rules.lot_state import LotStage
from governance.rules.session import Stage
from network.errors import Invalid, NotEntitled, NotFound, TooOften, WrongState
from network.queries.trust import Hop, TrustLine
from tests.frontend.reading import Page, plain


def priced(price, cents=None, *, currency="EUR", tax=True):
    return SimpleNamespace(price=price, amount_cents=cents, currency=currency, tax_included=tax)


def test_figures_in_french_and_english():
    assert ui.number(14188) == "14\u202f188"
    with override("en"):
        assert ui.number(14188) == "14,188"


@pytest.mark.parametrize(("km", "said"), [(0, "0 km"), (0.44, "0,4 km"), (9.96, "10 km"), (12.4, "12 km"), (None, "")])
def test_distances(km, said):
    assert plain(ui.distance(km)) == said


def test_dates_and_hours():
    instant = datetime(2026, 10, 3, 16, 4, tzinfo=UTC)
    assert plain(ui.moment(instant)) == "3 octobre 2026, 18 h 04"
    assert ui.day(datetime(2026, 10, 1, 16, tzinfo=UTC)) == "1ᵉʳ octobre 2026"
    with override("en"):
        assert ui.day(datetime(2026, 10, 1, 16, tzinfo=UTC)) == "1 October 2026"
        assert ui.hour(instant) == "18:04"
    assert 'datetime="2026-10-03' in ui.when(instant)


@pytest.mark.parametrize(
    ("offer", "said"),
    [
        (priced("hourly", 5500), "55 € de l’heure"),
        (priced("fixed", 125050), "forfait de 1 250,50 €"),
        (priced("fixed", 8000, currency="CHF", tax=False), "forfait de 80 CHF hors taxes"),
        (priced("prix_libre"), "prix libre"),
        (priced("gift"), "don"),
        (priced("barter"), "troc"),
    ],
)
def test_prices_in_words(offer, said):
    assert plain(words.price(offer)) == said


@pytest.mark.parametrize(
    ("area", "place", "said"),
    [
        ("circle", "Arras", "se déplace jusqu’à 30 km autour d’Arras"),
        ("circle", "Le Vigan", "se déplace jusqu’à 30 km autour du Vigan"),
        ("country", "Lens", "se déplace dans tout le pays"),
        ("on_site", "Lens", "sur place (Lens)"),
        ("on_site", "", ""),
    ],
)
def test_areas_in_words(area, place, said):
    assert plain(words.area(SimpleNamespace(area=area, area_km=30, place_name=place))) == said


def test_a_path_begins_with_you_or_with_the_collective():
    assert words.path_words([Hop("a", "", None), Hop("b", "Bachir", 2)]) == "Vous → Bachir"
    assert words.path_words([Hop("g", "Coopérative", None), Hop("b", "Bachir", 2)]) == "Coopérative → Bachir"


def test_no_label_ever_says_untrusted():
    labels = {words.trust_label(TrustLine(label=name), 4) for name in
              ("self", "accepted", "weak", "one_path", "two_paths", "direct", "no_path", "whatever")}  # fmt: skip
    assert "pas de voie connue à moins de 4 pas" in labels
    assert not any("confian" in label for label in labels)


def test_remote_html_is_cleaned_and_local_markdown_has_no_html_of_its_own():
    hostile = '<p onclick="x()">Bon</p><script>x()</script><a href="javascript:x()">là</a><img src=x onerror=x()>'
    for shown in (words.safe_text(hostile, local=False), words.safe_text(hostile, local=True)):
        page = Page(shown)
        assert {element.tag for element in page.elements} <= {"p", "a"}
        assert {name for element in page.elements for name in element.attributes} <= {"rel"}


# --- sentences of refusals -----------------------------------------------------------------------------------


def test_a_code_without_sentence_still_gives_one():
    assert "surprise_totale" in messages.sentence("surprise_totale")


def test_a_missing_fact_does_not_break_the_sentence():
    assert "…" in messages.sentence("place_unknown")


def test_facts_are_written_as_people_write_them():
    said = messages.sentence("too_often", {"retry_after": 3600})
    assert "3\u202f600" in said


@pytest.mark.parametrize(
    ("error", "status"),
    [(Invalid("a"), 400), (NotEntitled("a"), 403), (NotFound("a"), 404), (WrongState("a"), 409), (TooOften("a"), 429)],
)
def test_statuses(error, status):
    assert messages.status_of(error) == status


def test_every_sentence_can_be_filled():
    for code in messages.SENTENCES:
        assert "%(" not in messages.sentence(code)


def test_all_problems_of_a_form_are_told():
    error = Invalid("title_length", field="title", problems=[("title", "title_length"), ("price", "price_unknown")])
    assert [field for field, _ in messages.problems_of(error)] == ["title", "price"]


# --- the picture of the paths ----------------------------------------------------------------------------------


def test_no_picture_without_a_path():
    assert picture([]) is None


def test_a_direct_path_keeps_the_middle_free():
    drawn = picture([["Vous", "Léo"], ["Vous", "Ana", "Léo"], ["Vous", "Zoé", "Léo"]])
    start, end, ana, zoe = drawn.knots
    assert start.x == end.x == drawn.width // 2
    assert {ana.x < start.x, zoe.x > start.x} == {True}
    assert len(drawn.lines) == 3


def test_names_stay_inside_the_picture_of_the_paths():
    name = "Les Ateliers coopératifs de la Grande Rive"
    for number in (1, 2, 3):
        drawn = picture([["Vous", f"{name} {n}", "Léo"] for n in range(number)])
        for knot in drawn.knots:
            assert len(knot.lines) <= 2
            for y, text in knot.lines:
                half = len(text) * 8.5 / 2  # a wide letter at the size in which it is drawn
                assert knot.x - half >= 0, text
                assert knot.x + half <= drawn.width, text
                assert 12 <= y <= drawn.height - 4


def test_at_most_three_paths_and_twelve_knots():
    long = [["Vous", *[f"{n}{i}" for i in range(4)], "Léo"] for n in "abcd"]
    drawn = picture(long)
    assert len(drawn.lines) == 2
    assert len(drawn.knots) == 10


@pytest.mark.parametrize(
    "stages", [Stage, RoomStage, ElectionStage, LotStage, CandidacyStage], ids=lambda stages: stages.__module__
)
def test_no_stage_is_told_by_its_code(stages):
    codes = [stage.value for stage in stages if stage.value != "new"]  # nothing is refused before the first step
    told = {code: messages.sentence("not_now", {"stage": code}) for code in codes}
    assert [code for code, said in told.items() if f"«\u202f{code}\u202f»" in said] == []
    assert messages.sentence("not_now", {"stage": "commits"}) == (
        "Ce n’est pas le moment\u202f: l’étape est «\u202fDépôt des enveloppes\u202f»."
    )


def test_a_figure_of_the_charter_is_told_by_what_it_is_about():
    said = messages.sentence("term_missing", {"term": "cooptation.appeal_days"})
    assert "Temps laissé pour un recours\u202f»" in said
    assert "cooptation.appeal_days" not in said
    faulty = messages.sentence("charter_faulty", {"place": "cooptation.appeal_days", "why": "term_missing"})
    assert faulty == "La charte est incomplète ou se contredit\u202f: Temps laissé pour un recours."
    assert "inconnue.ici" in messages.sentence("term_missing", {"term": "inconnue.ici"})


@pytest.mark.parametrize(("answered", "said"), [(1, "1 réponse sur 4."), (2, "2 réponses sur 4.")])
def test_answers_about_the_mood_agree_with_their_number(answered, said):
    mood = SimpleNamespace(open=False, answered=answered, asked=4, ends_at=datetime(2026, 10, 3, 16, 4, tzinfo=UTC))
    shown = {"passing": SimpleNamespace(number=1, mood=mood), "hands": [], "mood_question": ""}
    with override("fr"):
        assert said in plain(render_to_string("assemblies/parts/passing.html", shown))
