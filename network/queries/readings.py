"""Files of the outside, told apart and read into entries; and what a directory of files says as a whole."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from network.errors import Invalid
from network.formats import chatons, csv_table, geojson, gogocarto, librehost, murmurations, vcard
from network.rules.entries import LINES_MAX, Line, Link, Problem, Reading, distinct
from network.rules.files import parsed

__all__ = [
    "CALENDAR",
    "CHAINED",
    "READERS",
    "FetchedFile",
    "format_of",
    "from_content",
    "links_of",
    "read_files",
    "read_text",
    "to_content",
]

CALENDAR = "ical"  # holds events, which queries/event_plans.py reads
READERS: dict[str, Callable[[str], Reading]] = {
    "csv": csv_table.read,
    "geojson": geojson.read,
    "chatons": chatons.read,
    "murmurations": murmurations.read,
    "librehost": librehost.read,
    "gogocarto": gogocarto.read,
    "vcard": vcard.read,
}
CHAINED: dict[str, Callable[..., Reading]] = {  # formats whose files name others
    "chatons": chatons.read,
    "murmurations": murmurations.read,
    "librehost": librehost.read,
}
ENDINGS = {".csv": "csv", ".tsv": "csv", ".geojson": "geojson", ".properties": "chatons", ".vcf": "vcard"}
MARKS = (  # a key that only this format has → format, in this order
    ("features", "geojson"),
    ("geometry", "geojson"),
    ("linked_schemas", "murmurations"),
    ("exchange_type", "murmurations"),
    ("profile_url", "murmurations"),
    ("ontology", "gogocarto"),
    ("geo", "gogocarto"),
    ("communicationLanguages", "librehost"),
    ("isServiceProvider", "librehost"),
    ("directory", "librehost"),
    ("homeUrl", "librehost"),
)


@dataclass(frozen=True)
class FetchedFile:
    """One file of a directory: where it was found, and its text."""

    url: str
    text: str


def format_of(name: str, text: str) -> str:
    """Return the format of a file by what it holds, and by its name where that leaves a choice.

    >>> format_of("x", "BEGIN:VCARD\\n"), format_of("x", "nom;ville\\n"), format_of("x", "organization.name = A\\n")
    ('vcard', 'csv', 'chatons')

    Raises Invalid("format_unknown"), and for JSON as rules/files.py says.
    """
    head = text.lstrip("\ufeff \r\n\t")
    if head[:12].upper().startswith("BEGIN:VCARD"):
        return "vcard"
    if head[:15].upper().startswith("BEGIN:VCALENDAR"):
        return CALENDAR
    if head[:1] in {"{", "["}:
        return _json_format(text)
    ending = next((kind for end, kind in ENDINGS.items() if name.lower().endswith(end)), "")
    if ending in {"csv", "chatons"}:
        return ending
    lines = [line for line in head.splitlines() if line.strip() and not line.startswith("#")][:5]
    if lines and all("=" in line for line in lines):
        return "chatons"
    if lines:
        return "csv"
    raise Invalid("format_unknown", field="file")


def _json_format(text: str) -> str:
    document = parsed(text)
    listed = document.get("data") if isinstance(document, dict) and "ontology" not in document else None
    first = (
        listed[0]
        if isinstance(listed, list) and listed
        else document[0]
        if document and isinstance(document, list)
        else document
    )
    for mark, kind in MARKS:
        if isinstance(first, dict) and mark in first:
            return kind
    if isinstance(first, list) and len(first) >= 4:
        return "gogocarto"
    raise Invalid("format_unknown", field="file")


def read_text(kind: str, text: str) -> Reading:
    """Return what one file says; what makes it unreadable as a whole is a problem of the reading, not an error."""
    try:
        return READERS[kind](text)
    except Invalid as error:
        return Reading(problem=Problem("file", error.code, str(error.facts.get("line", ""))))


# --- several files that name one another --------------------------------------------------------------------


def to_content(files: Iterable[FetchedFile]) -> str:
    return json.dumps([[file.url, file.text] for file in files], ensure_ascii=False)


def from_content(content: str) -> list[FetchedFile]:
    return [FetchedFile(url, text) for url, text in json.loads(content or "[]")]


def links_of(kind: str, file: FetchedFile) -> tuple[Link, ...]:
    """Return the files that this one names; none if it cannot be read."""
    return _one(kind, file).links


def read_files(kind: str, files: Iterable[FetchedFile]) -> Reading:
    """Return what the files of a directory say together: `number` is the rank of the file, `where` its address.

    A service of the CHATONS belongs to the organisation whose file names it.
    """
    listed = list(files)
    readings = [_one(kind, file) for file in listed]
    lines: list[Line] = []
    for number, (file, reading) in enumerate(zip(listed, readings, strict=True), 1):
        if reading.problem is not None:
            lines.append(Line(number, problems=(reading.problem,), label=file.url, where=file.url))
        lines += [replace(line, number=number, where=file.url) for line in reading.lines]
    if kind == "chatons":
        lines = _with_services(lines, {file.url: reading for file, reading in zip(listed, readings, strict=True)})
    if len(lines) > LINES_MAX:
        return Reading(problem=Problem("file", "too_many_lines", str(len(lines))))
    return Reading(tuple(lines), distinct(name for reading in readings for name in reading.unknown))


def _one(kind: str, file: FetchedFile) -> Reading:
    try:
        return CHAINED[kind](file.text, url=file.url)
    except Invalid as error:
        return Reading(problem=Problem("file", error.code, str(error.facts.get("line", ""))))


def _with_services(lines: list[Line], readings: dict[str, Reading]) -> list[Line]:
    services = {line.where: line for line in lines if line.card is not None and not line.card.name}
    whole: list[Line] = []
    for line in lines:
        if line.where in services and line is services[line.where]:
            continue
        if line.card is not None and line.card.name:
            named = [services[link.url] for link in readings[line.where].links if link.url in services]
            line = chatons.with_services(line, named)
        whole.append(line)
    return whole
