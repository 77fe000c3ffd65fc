"""Lists of nodes as text: one address a line, or CSV as fediverse software exports its blocks; read and written.

Columns, in any order, by these names (a `#` before them is left out): the address as `origin`, `domain` or `host`; what
is made of it as `standing` or `severity`; why as `reason`, `public_comment` or `comment`.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import idna

from federation.errors import OriginError
from federation.rules.origins import host_of, origin_of, parents_of

__all__ = ["Line", "normalised", "read", "written"]

LINES_MAX = 5000
REASON_MAX = 500
COLUMNS = {
    "origin": "origin",
    "domain": "origin",
    "host": "origin",
    "standing": "standing",
    "severity": "standing",
    "reason": "reason",
    "public_comment": "reason",
    "comment": "reason",
}
STANDINGS = {
    "blocked": "blocked",
    "suspend": "blocked",
    "limited": "limited",
    "silence": "limited",
    "allowed": "allowed",
    "peer": "allowed",
    "unknown": "",
    "noop": "",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


@dataclass(frozen=True)
class Line:
    """One line: `standing` is blocked, limited, allowed or empty (nothing to do); `problem` a code, empty if good."""

    number: int
    text: str
    origin: str = ""
    standing: str = ""
    reason: str = ""
    problem: str = ""


def read(text: str, *, otherwise: str = "blocked", reason: str = "", own: str = "") -> list[Line]:
    """Return the lines of a list; `otherwise` and `reason` hold where a line names none, `own` is our origin.

    Problems: list_address, list_standing, list_own, list_twice (it contradicts an earlier line), list_reason (a measure
    needs a reason); alone, for the whole list: list_too_long, list_unreadable. Empty lines and lines that begin with #
    are left out.

    >>> [(line.origin, line.standing) for line in read("https://a.example\\n*.Pirate.example.\\n# b.example")]
    [('https://a.example', 'blocked'), ('https://pirate.example', 'blocked')]
    >>> read("#domain,#severity\\nbücher.example,silence", reason="spam")[0].origin
    'https://xn--bcher-kva.example'
    """
    try:
        rows = list(_rows(text))
    except csv.Error:  # a cell without end
        return [Line(1, "", problem="list_unreadable")]
    if len(rows) > LINES_MAX:
        return [Line(LINES_MAX + 1, "", problem="list_too_long")]
    seen: dict[str, Line] = {}
    return [_checked(number, row, otherwise, reason, own, seen) for number, row in rows]


def written(lines: Iterable[tuple[str, str, str]]) -> str:
    """Return (origin, standing, reason) as CSV that `read` reads back; nothing in it is a formula for a spreadsheet.

    >>> written([("https://a.example", "blocked", "=1+1")])
    "origin,standing,reason\\r\\nhttps://a.example,blocked,'=1+1\\r\\n"
    """
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(("origin", "standing", "reason"))
    for line in lines:
        table.writerow(["'" + cell if cell.startswith(FORMULA) else cell for cell in line])
    return out.getvalue()


def normalised(address: str) -> str:
    """Return the origin that a person, or another list, means: https if no scheme is given, the host in A-labels.

    >>> normalised(" @P1.example "), normalised("http://localhost:8001/x"), normalised("https://b.example.")
    ('https://p1.example', 'http://localhost:8001', 'https://b.example')

    Raises OriginError.
    """
    text = address.strip().removeprefix("@").removeprefix("*.")
    scheme, found, rest = text.partition("://")
    if not found:
        scheme, rest = "https", text
    authority = rest.split("/")[0].split("?")[0].split("#")[0]
    host, colon, port = authority.partition(":")
    try:
        plain = host.removesuffix(".") if host.isascii() else idna.encode(host.removesuffix("."), uts46=True).decode()
    except idna.IDNAError as error:
        raise OriginError("not a host name") from error
    return origin_of(f"{scheme}://{plain}{colon}{port}")


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield numbered rows as {column: text}, after the heading if there is one."""
    table = csv.reader(io.StringIO(text.replace("\0", "").removeprefix("\ufeff")))
    names = ["origin", "standing", "reason"]
    for row in table:
        cells = [_cell(cell) for cell in row]
        heading = [COLUMNS.get(cell.removeprefix("#").strip().lower(), "") for cell in cells]
        if table.line_num == 1 and "origin" in heading:
            names = heading
        elif any(cells) and not cells[0].startswith("#"):
            yield table.line_num, {name: cell for name, cell in zip(names, cells, strict=False) if name}


def _cell(text: str) -> str:
    cell = text.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell


def _checked(number: int, row: dict[str, str], otherwise: str, reason: str, own: str, seen: dict[str, Line]) -> Line:
    text = row.get("origin", "")[:200]
    try:
        origin = normalised(text)
    except OriginError:
        return Line(number, text, problem="list_address")
    standing = STANDINGS.get(row.get("standing", "").lower() or otherwise)
    why = (row.get("reason", "") or reason)[:REASON_MAX]
    line = Line(number, text, origin, standing or "", why)
    problem = _problem(line, standing, own, seen.get(origin))
    seen.setdefault(origin, line)
    return Line(number, text, origin, standing or "", why, problem)


def _is_whole_domain(host: str) -> bool:
    """Whether a name is a top domain: a block holds for what lies below, and nobody means all of `org`."""
    return "." not in host and host != "localhost" and not host.startswith("[")


def _problem(line: Line, standing: str | None, own: str, before: Line | None) -> str:
    if standing is None:
        return "list_standing"
    if _is_whole_domain(host_of(line.origin)):
        return "list_address"
    if own and (line.origin == own or host_of(line.origin) in parents_of(host_of(own))[1:]):
        return "list_own"
    if before is not None and (before.standing, before.reason) != (line.standing, line.reason):
        return "list_twice"
    return "list_reason" if standing in {"blocked", "limited"} and not line.reason else ""
