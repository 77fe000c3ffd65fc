"""A table of entries as CSV: a line for each offer, or for an entry without one.

Written as UTF-8 with commas and French column names; read with commas, semicolons or tabs, with decimal commas, with
French or English names in any order. Codes (01400, 2A004) are text. A cell that a spreadsheet would compute (one that
begins with = + - @, a tab or a line break) is written behind an apostrophe, which is taken away when read.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from network.formats.csv_columns import COLUMNS, NAMES, SAYS, UnreadableCell
from network.rules.entries import (
    FIELDS,
    LINES_MAX,
    EntryCard,
    EntryOffer,
    Line,
    Problem,
    Reading,
    Spot,
    distinct,
    spot_problem,
)
from network.rules.places import fold

__all__ = ["COLUMNS", "HOLDS", "read", "rows", "safe_cell", "true_cell", "written"]

HOLDS = FIELDS
CELL_MAX = 20_000  # characters
COLUMNS_MAX = 100
DANGER = re.compile(r"'*[=+\-@\t\r\n]")
HIDDEN = re.compile(r"'+[=+\-@\t\r\n]")
NUMBER = re.compile(r"-[0-9]+\.[0-9]+")  # a coordinate: computed or not, it is the same
Values = dict[str, Any]


def safe_cell(text: str) -> str:
    """Return the cell that says `text` and that no spreadsheet computes; coordinates stay numbers.

    >>> safe_cell("=1+1"), safe_cell("-1.5"), safe_cell("'=x"), safe_cell("Alix")
    ("'=1+1", '-1.5', "''=x", 'Alix')
    """
    return "'" + text if DANGER.match(text) and not NUMBER.fullmatch(text) else text


def true_cell(cell: str) -> str:
    """Return what a cell says, without the apostrophe that kept a spreadsheet from computing it.

    >>> [true_cell(safe_cell(text)) for text in ("=1+1", "'=x", "-1.5", "l'été")]
    ['=1+1', "'=x", '-1.5', "l'été"]
    """
    return cell[1:] if HIDDEN.match(cell) else cell


# --- writing ----------------------------------------------------------------------------------------------


def rows(cards: Iterable[EntryCard]) -> Iterator[list[str]]:
    """Yield the heading, then a row for each offer of each entry, or one for an entry without offers."""
    yield list(COLUMNS)
    for card in cards:
        for offer in card.offers or (None,):
            yield [_cell(card, offer, field, write) for field, write, _r, _n in COLUMNS.values()]


def written(cards: Iterable[EntryCard], *, delimiter: str = ",") -> str:
    """Return the table as text, lines ending as RFC 4180 asks."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows(cards))
    return out.getvalue()


def _cell(card: EntryCard, offer: EntryOffer | None, field: str, write: Callable[[Any], str]) -> str:
    name = field.removeprefix("offer.")
    thing: Any = offer if field.startswith("offer.") else card
    if thing is None:
        return ""
    value = getattr(thing.spot, name.removeprefix("place.")) if name.startswith("place.") else getattr(thing, name)
    return safe_cell(write(value))


# --- reading ----------------------------------------------------------------------------------------------


def read(text: str) -> Reading:
    """Return the entries of a table; the first line names its columns. Problems name the column at fault.

    Columns of other names are left out, and told. Problems of the whole: csv_unreadable, csv_no_heading,
    too_many_lines.
    """
    try:
        numbered = list(_numbered(text))
    except csv.Error:  # a cell too long
        return Reading(problem=Problem("file", "csv_unreadable"))
    heading = [_column(cell) for cell in numbered[0][1]] if numbered else []
    columns = [NAMES.get(name, "") for name in heading]
    if not {"nom", "titre"} & set(columns):
        return Reading(problem=Problem("file", "csv_no_heading", ", ".join(heading)[:200]))
    if len(numbered) - 1 > LINES_MAX:
        return Reading(problem=Problem("file", "too_many_lines", str(len(numbered) - 1)))
    unknown = distinct(name for name, column in zip(heading, columns, strict=True) if name and not column)
    return Reading(tuple(_line(number, row, columns) for number, row in numbered[1:]), unknown)


def _numbered(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that say something, each with the number of the line where it begins."""
    table = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=_delimiter(text))
    before = 0
    for row in table:
        number, before = before + 1, table.line_num
        if any(cell.strip() for cell in row):
            yield number, row[:COLUMNS_MAX]


def _delimiter(text: str) -> str:
    """The sign that the first line with words has most of, outside of quotes."""
    first = next((line for line in text.splitlines() if line.strip(" \ufeff;,\t")), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(",;\t", key=lambda sign: bare.count(sign))


def _column(cell: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", fold(cell).strip()).strip("_")


def _line(number: int, row: list[str], columns: list[str]) -> Line:
    found, problems = _values(row, columns)
    label = str(found.get("offer.title") or found.get("name") or "")
    if "name" not in found and "offer.title" not in found and not problems:
        problems.append(Problem("nom", "name_missing"))
    for part in ("", "offer."):
        if spot_problem(found.get(f"{part}place.lat"), found.get(f"{part}place.lon")):
            problems.append(Problem("latitude", "point_invalid"))
    if problems:
        return Line(number, problems=tuple(problems), label=label)
    return Line(number, _card(found), _said(found), label=label)


def _values(row: list[str], columns: list[str]) -> tuple[Values, list[Problem]]:
    found: Values = {}
    problems: list[Problem] = []
    if len(row) > len(columns) and any(cell.strip() for cell in row[len(columns) :]):
        problems.append(Problem("", "too_many_cells"))
    for column, cell in zip(columns, row, strict=False):
        said = true_cell(cell.replace("\r\n", "\n")).strip()
        if not column or not said:
            continue
        field, _write, reader, _names = COLUMNS[column]
        if len(said) > CELL_MAX:
            problems.append(Problem(column, "cell_too_long"))
            continue
        try:
            found[field] = reader(said)
        except UnreadableCell as bad:
            problems.append(Problem(column, str(bad), said[:60]))
    return found, problems


def _card(found: Values) -> EntryCard:
    own = {name: value for name, value in found.items() if not name.startswith(("offer.", "place."))}
    card = EntryCard(**({"name": ""} | own), spot=_spot(found, "place."))
    if "offer.title" not in found:
        return card
    offer = {name[6:]: value for name, value in found.items() if name.startswith("offer.")}
    offer = {name: value for name, value in offer.items() if not name.startswith("place.")}
    return replace(card, offers=(EntryOffer(**offer, spot=_spot(found, "offer.place.")),))


def _spot(found: Values, prefix: str) -> Spot:
    return Spot(**{name.removeprefix(prefix): value for name, value in found.items() if name.startswith(prefix)})


def _said(found: Values) -> frozenset[str]:
    """Name the fields that a line speaks of."""
    said = set()
    for name in found:
        bare = name.removeprefix("offer.")
        said.add(name.removesuffix(bare) + SAYS.get(bare, bare))
    return frozenset(said)
