"""Minutes as PDF/UA-1: tagged, with title, language, headings, and fonts inside. To read, print, and sign elsewhere.

Typst is loaded at the first document, here and nowhere else: it weighs some 35 MB. Nothing of a text is ever code for
it: words travel as data, and the template is ours.
"""

import importlib
import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["blocks", "minutes_pdf"]

# What Libertinus Serif and DejaVu Sans Mono, which come with Typst, can write: Latin, Greek, Cyrillic, punctuation.
WRITABLE = "\n\u0020-\u007e\u00a0-\u024f\u0370-\u0373\u0384-\u03ce\u0400-\u045f\u2010-\u2027\u202f\u2030-\u203a\u20ac"
UNWRITABLE = re.compile(f"[^{WRITABLE}]")
TEMPLATE = b"""
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title, author: data.author)
#set page(paper: "a4", margin: 2.2cm, numbering: "1 / 1")
#set text(lang: "fr", size: 11pt, font: "Libertinus Serif")
#let points(found) = list(..found.map(one => [#one.text #if one.points.len() > 0 { points(one.points) }]))
#for block in data.blocks {
  if block.kind == "heading" { heading(level: block.level, block.text) }
  if block.kind == "text" { par(block.text) }
  if block.kind == "quote" { quote(block: true, block.text) }
  if block.kind == "points" { points(block.points) }
}
"""


def minutes_pdf(*, title: str, author: str, text: str, made_at: datetime) -> bytes:
    """Return the minutes (Markdown, French) as PDF/UA-1; the same words at the same instant give the same bytes.

    Signs that the fonts lack, emoji among them, are written as their number: `[U+1F600]`.
    """
    data = {"title": _writable(title), "author": _writable(author), "blocks": blocks(text)}
    return bytes(
        _typst().compile(
            TEMPLATE,
            format="pdf",
            pdf_standards="ua-1",
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data)},
            timestamp=int(made_at.timestamp()),
        )
    )


def _typst() -> Any:  # noqa: ANN401 - a compiled module
    return importlib.import_module("typst")


def _writable(text: str) -> str:
    return UNWRITABLE.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def blocks(text: str) -> list[dict[str, Any]]:
    """Return Markdown as headings, texts, quotes and points; heading levels start at 1 and skip none.

    >>> blocks("# A\\n\\n- b `c`\\n  - d")[1]
    {'kind': 'points', 'points': [{'text': 'b c', 'points': [{'text': 'd', 'points': []}]}]}
    """
    found: list[dict[str, Any]] = []
    lists: list[list[dict[str, Any]]] = []
    level = quoted = 0
    for token in MarkdownIt("commonmark", {"html": False}).parse(text):
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            lists.append(_new_list(found, lists))
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            lists.pop()
        elif token.type == "list_item_open":
            lists[-1].append({"text": "", "points": []})
        elif token.type in {"blockquote_open", "blockquote_close"}:
            quoted += token.nesting
        elif token.type == "heading_open":
            level = min(int(token.tag[1:]), level + 1)
            found.append({"kind": "heading", "level": level, "text": ""})
        elif token.type in {"inline", "fence", "code_block"}:
            _add(found, lists, _words(token), quoted)
    return found


def _new_list(found: list[dict[str, Any]], lists: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    points: list[dict[str, Any]] = []
    if lists and lists[-1]:
        points = lists[-1][-1]["points"] or points
        lists[-1][-1]["points"] = points
    else:
        found.append({"kind": "points", "points": points})
    return points


def _add(found: list[dict[str, Any]], lists: list[list[dict[str, Any]]], words: str, quoted: int) -> None:
    if lists and lists[-1]:
        point = lists[-1][-1]
        point["text"] = f"{point['text']} {words}".strip()
    elif found and found[-1]["kind"] == "heading" and not found[-1]["text"]:
        found[-1]["text"] = words
    else:
        found.append({"kind": "quote" if quoted else "text", "text": words})


def _words(token: Token) -> str:
    return _writable("".join(_plain(token.children)) if token.children is not None else token.content.strip())


def _plain(children: Iterable[Token]) -> Iterable[str]:
    for child in children:
        if child.type in {"softbreak", "hardbreak"}:
            yield " "
        else:
            yield child.content
