"""JSON read strictly: one meaning or none, and small enough to walk (RFC 8259; I-JSON, RFC 7493).

Depth and width are judged on the brackets and commas of the text before anything is built, so a hostile body costs
one linear pass and no recursion.
"""

import json
import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, NoReturn

from federation.errors import Refused

__all__ = ["MAX_DEPTH", "MAX_ITEMS", "parse", "parse_activity", "parse_any", "walk"]

MAX_DEPTH = 32
MAX_ITEMS = 256  # per list, and keys per object
MAX_VALUES = 8192  # in the whole text: what comes after is linear in these, but slower than parsing
MAX_URI = 500  # characters; the width of our columns

# A string, or what is left of one that never ends: possessive, so the time is linear whatever the text.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_PLAIN = re.compile(rb"[^\[\]{},]+")
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_OPENERS, _CLOSERS, _COMMA = b"[{", b"]}", ord(",")


def parse_activity(raw: bytes) -> dict[str, Any]:
    """Return the activity in `raw`: an object with one non-empty string each for `id`, `type` and `actor`.

    Raises Refused("json").
    """
    document = parse(raw)
    for name in ("id", "type", "actor"):
        value = document.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= MAX_URI:
            raise Refused("json", why=f"{name} is not one string")
    return document


def parse(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in `raw`, or raise Refused("json")."""
    value = parse_any(raw)
    if not isinstance(value, dict):
        raise Refused("json", why="not an object")
    return value


def parse_any(raw: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return the JSON value in `raw`: UTF-8 without mark, no duplicate key, no NaN, no NUL, no lone surrogate.

    >>> parse_any(b'{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}

    Raises Refused("json") with the reason in `why`. O(len(raw)).
    """
    check_shape(raw)
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)
    except Refused:
        raise
    except (ValueError, RecursionError) as error:
        raise Refused("json", why=type(error).__name__) from error
    if _SUSPECT.search(text):
        _check_strings(value)
    return value


def check_shape(raw: bytes) -> None:
    """Raise Refused("json") if `raw` nests deeper than MAX_DEPTH, puts more than MAX_ITEMS in one list or object, or
    holds more than MAX_VALUES in all.

    >>> check_shape(b"[" * 32 + b"]" * 32)
    >>> check_shape(b"[" * 33)
    Traceback (most recent call last):
    federation.errors.Refused: json {'why': 'too deep'}
    """
    skeleton = _PLAIN.sub(b"", _STRING.sub(b"", raw))
    if len(skeleton) - skeleton.count(b"]") - skeleton.count(b"}") > MAX_VALUES:
        raise Refused("json", why="too much")
    commas: list[int] = []
    for byte in skeleton:
        if byte in _OPENERS:
            commas.append(0)
            if len(commas) > MAX_DEPTH:
                raise Refused("json", why="too deep")
        elif byte in _CLOSERS:
            if not commas:
                raise Refused("json", why="unbalanced")
            commas.pop()
        elif byte == _COMMA and commas:
            commas[-1] += 1
            if commas[-1] >= MAX_ITEMS:
                raise Refused("json", why="too wide")


def walk(value: object) -> Iterator[object]:
    """Yield `value` and everything inside it, keys included, without recursion.

    >>> list(walk({"a": [1]}))
    [{'a': [1]}, 'a', [1], 1]
    """
    waiting = [value]
    while waiting:
        item = waiting.pop()
        yield item
        if isinstance(item, dict):
            waiting.extend(part for pair in reversed(item.items()) for part in reversed(pair))
        elif isinstance(item, list):
            waiting.extend(reversed(item))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Refused("json", why="duplicate key")
    return value


def _no_constant(name: str) -> NoReturn:
    raise Refused("json", why=name)


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise Refused("json", why="number out of range")
    return number


def _check_strings(value: object) -> None:
    for item in walk(value):
        if isinstance(item, str) and any(char == "\0" or "\ud800" <= char <= "\udfff" for char in item):
            raise Refused("json", why="NUL or lone surrogate")
