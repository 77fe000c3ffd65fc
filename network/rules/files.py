"""Files of the outside as text, and JSON within bounds: refused when too large, packed, or of a kind that nobody reads.

No archive is unpacked and no XML parsed anywhere in the directory: what looks like one is refused before anything
reads it.
"""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from network.errors import Invalid

__all__ = ["BYTES_MAX", "DEPTH_MAX", "VALUES_MAX", "decoded", "parsed", "unfolded"]

BYTES_MAX = 1024 * 1024  # of one file
DEPTH_MAX = 24
VALUES_MAX = 60_000  # lists, objects and values in one file
PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"RIFF")
MARKUP = ("<?xml", "<!doctype", "<rss", "<svg", "<html", "<feed")


def decoded(raw: bytes) -> tuple[str, str]:
    """Return the text of a file and a note: "" or "encoding_guessed" if it is not UTF-8 but may be Windows-1252.

    >>> decoded("\\ufeffété".encode()), decoded("été".encode("latin-1"))
    (('été', ''), ('été', 'encoding_guessed'))

    Raises Invalid: file_too_large, file_packed, file_markup, file_not_text, file_empty.
    """
    if len(raw) > BYTES_MAX:
        raise Invalid("file_too_large", field="file")
    if raw.startswith(PACKED) or raw[257:262] == b"ustar":
        raise Invalid("file_packed", field="file")
    if raw.startswith(PICTURES):
        raise Invalid("file_not_text", field="file")
    text, note = _text(raw)
    if "\0" in text:
        raise Invalid("file_not_text", field="file")
    if text[:200].lstrip().lower().startswith(MARKUP):
        raise Invalid("file_markup", field="file")
    if not text.strip():
        raise Invalid("file_empty", field="file")
    return text, note


def _text(raw: bytes) -> tuple[str, str]:
    try:
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            return raw.decode("utf-16"), ""
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252"), "encoding_guessed"
    except UnicodeDecodeError as error:
        raise Invalid("file_not_text", field="file") from error


def parsed(text: str) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return the JSON value of `text`; its size, depth and number of values are judged before anything is built.

    Raises Invalid: file_too_large, json_too_deep, json_too_much, json_unreadable with the line.
    """
    if len(text) > BYTES_MAX:
        raise Invalid("file_too_large", field="file")
    _judge(text)
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Invalid("json_unreadable", field="file", line=error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise Invalid("json_unreadable", field="file", line=1) from error


def _judge(text: str) -> None:
    """Count brackets and commas outside of strings: one pass, no recursion."""
    depth = values = 0
    quoted = escaped = False
    for sign in text:
        if quoted:
            if escaped:
                escaped = False
            elif sign == "\\":
                escaped = True
            elif sign == '"':
                quoted = False
        elif sign == '"':
            quoted = True
        elif sign in "[{":
            depth, values = depth + 1, values + 1
            if depth > DEPTH_MAX:
                raise Invalid("json_too_deep", field="file")
        elif sign in "]}":
            depth -= 1
        elif sign == ",":
            values += 1
    if values > VALUES_MAX:
        raise Invalid("json_too_much", field="file")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Yield the whole lines of a vCard or a calendar, with the number of their first part.

    >>> list(unfolded("FN:Al\\r\\n ix\\r\\nEND"))
    [(1, 'FN:Alix'), (3, 'END')]
    """
    first = 0
    parts: list[str] = []
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), 1):
        if line[:1] in {" ", "\t"} and parts:
            parts.append(line[1:])
            continue
        if parts:
            yield first, "".join(parts)
        first, parts = number, [line]
    yield first, "".join(parts)
