"""The one style sheet: contrasts recomputed from its tokens, its weight, what it must carry."""

import re
from pathlib import Path

import brotli
import pytest

SHEET = (Path(__file__).parents[2] / "frontend" / "static" / "toile.css").read_text()
COLOUR = re.compile(r"--([a-z-]+):(#[0-9a-f]{3,6})\b")
DARK_QUERY = "@media screen and (prefers-color-scheme:dark)"  # paper is white, whatever the screen is
LIGHT, DARK = (dict(COLOUR.findall(part.split("}")[0])) for part in SHEET.split(DARK_QUERY))
TEXTS = ["ink", "ink-soft", "woad", "madder", "weld", "leaf"]


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    digits = colour.removeprefix("#")
    pairs = [d * 2 for d in digits] if len(digits) == 3 else [digits[i : i + 2] for i in (0, 2, 4)]
    parts = [int(pair, 16) / 255 for pair in pairs]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    lighter, darker = sorted((luminance(a), luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula_on_known_pairs():
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["linen", "cloth"])
def test_text_has_four_and_a_half(tokens, ground):
    ratios = {name: round(contrast(tokens[name], tokens[ground]), 2) for name in TEXTS}
    assert {name: ratio for name, ratio in ratios.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_borders_have_three_and_the_button_four_and_a_half(tokens):
    assert contrast(tokens["thread"], tokens["linen"]) >= 3
    assert contrast(tokens["thread"], tokens["cloth"]) >= 3
    assert contrast(tokens["on-woad"], tokens["woad"]) >= 4.5


def test_both_schemes_name_the_same_tokens():
    assert set(LIGHT) == set(DARK)


def test_weight():
    assert len(brotli.compress(SHEET.encode())) <= 8 * 1024


def test_nothing_from_elsewhere():
    assert "http" not in re.sub(r'\[href\^="http"\]', "", SHEET)
    assert "@import" not in SHEET


@pytest.mark.parametrize("wish", ["print", "forced-colors", "prefers-contrast", "prefers-reduced-motion"])
def test_wishes_of_readers_are_heard(wish):
    assert re.search(rf"@media[^{{]*{wish}", SHEET)


def test_braces_match():
    assert SHEET.count("{") == SHEET.count("}")
