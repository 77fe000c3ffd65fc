"""The checks of templates and translations can fail: each sees a fault put before it."""

from pathlib import Path

import polib

from tests import check


def test_an_open_tag_is_seen(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.html", tmp_path / "bad.html"
    good.write_text("<main>\n    <p>{{ name }}</p>\n</main>\n")
    bad.write_text("<main>\n    <section><p>{{ name }}</p>\n</main>\n")
    assert list(check._open_tags([good])) == []
    (problem,) = check._open_tags([good, bad])
    assert "bad.html" in problem


def test_missing_and_doubtful_sentences_are_seen(tmp_path: Path) -> None:
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="Oui", msgstr="Yes"))
    catalogue.append(polib.POEntry(msgid="Non", msgstr=""))
    catalogue.append(polib.POEntry(msgid="Peut-être", msgstr="Yes", flags=["fuzzy"]))
    catalogue.append(polib.POEntry(msgid="Jamais", msgstr="", obsolete=True))
    catalogue.save(str(tmp_path / "django.po"))
    found = list(check._incomplete(tmp_path / "django.po", Path("django.po")))
    assert found == ["django.po: missing: 'Non'", "django.po: doubtful: 'Peut-être'"]


def test_every_template_is_looked_at() -> None:
    names = {path.name for path in check._templates()}
    assert "base.html" in names
