"""The PDF of the minutes: PDF/UA-1, all the words, fonts inside; and loaded by nobody who does not ask for one."""

import io
import re
import subprocess
import sys
from datetime import UTC, datetime

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.formats.minutes_pdf import blocks, minutes_pdf

AT = datetime(2026, 11, 22, tzinfo=UTC)
TEXT = (
    """# Procès-verbal : assemblée d’été

- Collectif : Les Ateliers Réunis, cercle général
- Présent·es (2) : Zoé, Łukasz
  - Zoé : consentement

## Point 1 : « Ouvrir » #let x = 1

> Nous ouvrons à 18 h 30, 12 € l’entrée.
>
> $ \\ [lien](http://n.example) @qui <b>

Inscription n° 2, empreinte `sha256:"""
    + "ab" * 32
    + """`. Émotion 😀.
"""
)


def made(text: str = TEXT) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(minutes_pdf(title="Procès-verbal", author="Les Ateliers", text=text, made_at=AT)))


def words(pdf: pypdf.PdfReader) -> str:
    text = "".join(page.extract_text() for page in pdf.pages)
    return re.sub(r"[\s•‣–]|\d+ / \d+$", "", text)


def every(found) -> str:
    """All words of the blocks, in order, without spaces."""

    def of(points):
        return "".join(each["text"] + of(each["points"]) for each in points)

    told = "".join(each.get("text", "") + of(each.get("points", [])) for each in found)
    return re.sub(r"[\s•‣–]", "", told)


def test_tagged_titled_and_in_french():
    pdf = made()
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fr"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata.title == "Procès-verbal"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert {"/Document", "/H1", "/H2", "/L", "/LI", "/LBody", "/BlockQuote", "/P"} <= set(
        kinds(root["/StructTreeRoot"])
    )


def kinds(element):
    """Yield the structure types below an element."""
    element = element.get_object()
    if isinstance(element, list):
        for each in element:
            yield from kinds(each)
    elif isinstance(element, dict):
        if "/S" in element:
            yield element["/S"]
        if "/K" in element:
            yield from kinds(element["/K"])


def test_every_word_is_there_and_every_font_is_inside():
    pdf = made()
    told = re.sub(r"\d+/\d+", "", words(pdf))
    assert told == every(blocks(TEXT)).replace("—", "—")
    for page in pdf.pages:
        for font in page["/Resources"]["/Font"].values():
            font = font.get_object()
            assert "/ToUnicode" in font
            assert "/FontDescriptor" in font["/DescendantFonts"][0].get_object()
            below = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert {"/FontFile3", "/FontFile2"} & set(below)


def test_a_sign_without_glyph_is_told_by_its_number():
    assert "Émotion[U+1F600]." in words(made())


def test_the_same_minutes_give_the_same_bytes():
    once, again = (minutes_pdf(title="t", author="a", text=TEXT, made_at=AT) for _ in range(2))
    assert once == again


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=80))
def test_no_text_is_code_or_breaks_it(text):
    assert len(made(text).pages) >= 1


@pytest.mark.parametrize(
    "text", ["### Trois\n\n###### Six", "- - - a", "> - q\n\n1. un\n2. deux", "```\ncode\n```", ""]
)
def test_any_markdown_has_headings_that_skip_no_level(text):
    levels = [each["level"] for each in blocks(text) if each["kind"] == "heading"]
    assert all(later <= earlier + 1 for earlier, later in zip([0, *levels], levels, strict=False))
    assert made(text).pages


def test_the_web_process_does_not_load_it():
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'deploy.settings_test'; django.setup();"
        "import deploy.asgi, frontend.urls, governance.formats.minutes_pdf; sys.exit('typst' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
