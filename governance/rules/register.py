"""The decision register: canonical bytes, the chain of entries, and the check of a whole chain.

Form: RFC 8785 restricted (ASCII keys, whole numbers, no floats, text in NFC). Chain: h0 = 32 zero bytes,
h(i) = SHA-256(h(i-1) + SHA-256(canonical(entry i))).
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from governance.errors import Invalid

__all__ = ["START", "Line", "Whole", "all_of", "canonical", "commitment", "digest", "instant_text", "link", "plain"]
__all__ += ["text_digest", "verify"]

START = bytes(32)
LARGEST = 2**53 - 1
DEEPEST = 64


def canonical(value: object) -> bytes:
    """Return the one byte form of a value; raises Invalid `not_canonical` for what has none.

    >>> canonical({"b": 1, "a": ["é", True, None]})
    b'{"a":["\\xc3\\xa9",true,null],"b":1}'
    """
    _check(value, 0)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _check(value: object, depth: int) -> None:
    if depth > DEEPEST:
        raise Invalid("not_canonical", why="depth")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        _refuse_unless(-LARGEST <= value <= LARGEST, "number")
    elif isinstance(value, dict):
        _check_keys(value)
        for part in value.values():
            _check(part, depth + 1)
    elif isinstance(value, list):
        for part in value:
            _check(part, depth + 1)
    else:
        raise Invalid("not_canonical", why=type(value).__name__)


def _check_text(text: str) -> None:
    _refuse_unless(not any("\ud800" <= sign <= "\udfff" for sign in text), "surrogate")
    _refuse_unless(unicodedata.is_normalized("NFC", text), "nfc")


def _check_keys(value: Mapping[object, object]) -> None:
    _refuse_unless(all(isinstance(key, str) and key.isascii() for key in value), "key")


def _refuse_unless(good: bool, why: str) -> None:
    if not good:
        raise Invalid("not_canonical", why=why)


def plain(value: object) -> object:
    """Return the value as a register may hold it: text in NFC, instants and fractions as text, tuples as lists."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, Fraction):
        return fraction_text(value)
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


def instant_text(at: datetime) -> str:
    """Return the instant as RFC 3339, UTC, with microseconds.

    >>> instant_text(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    '2026-01-02T03:04:05.000000Z'
    """
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def fraction_text(share: Fraction) -> str:
    """Return the fraction in lowest terms.

    >>> fraction_text(Fraction(2, 4)), fraction_text(Fraction(1))
    ('1/2', '1/1')
    """
    return f"{share.numerator}/{share.denominator}"


def digest(entry: Mapping[str, object]) -> str:
    """Return the SHA-256, hex, of an entry's canonical bytes."""
    return hashlib.sha256(canonical(dict(entry))).hexdigest()


def link(previous: bytes, mark: str) -> bytes:
    """Return the head after an entry of this digest (hex), given the head before it.

    >>> link(START, digest({"seq": 1, "type": "test"})).hex()[:16]
    '06898be2c1728e81'
    """
    return hashlib.sha256(previous + bytes.fromhex(mark)).digest()


def text_digest(text: str) -> str:
    """Return `sha256:<hex>` of a text in NFC, UTF-8.

    >>> text_digest("e\u0301") == text_digest("é")
    True
    """
    return f"sha256:{hashlib.sha256(unicodedata.normalize('NFC', text).encode()).hexdigest()}"


def all_of(digests: Iterable[str]) -> str:
    """Return one digest, hex, for a list of digests in hex: SHA-256 of their bytes side by side.

    >>> all_of([])[:16]
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(b"".join(bytes.fromhex(each) for each in digests)).hexdigest()


def commitment(salt: str, text: str) -> str:
    """Return the SHA-256, hex, of the salt (32 bytes, hex) and the text: what stands in for an erasable name."""
    return hashlib.sha256(bytes.fromhex(salt) + unicodedata.normalize("NFC", text).encode()).hexdigest()


@dataclass(frozen=True)
class Line:
    """A stored entry, as its row says: the document, and the digest and head (hex) that it claims."""

    seq: int
    document: Mapping[str, object]
    digest: str
    head: str


@dataclass(frozen=True)
class Whole:
    """The outcome of a check: `first_bad` is the number of the first altered or missing entry, None if all is good."""

    count: int
    head: str
    first_bad: int | None = None
    why: str = ""
    at: datetime | None = None  # when that entry says it was written
    detail: str = ""  # what beside the entry differs, as `kind id act`


def verify(lines: Iterable[Line], *, last: int | None = None, head: str = "") -> Whole:
    """Recompute the chain and compare; `last` and `head` are what the collective's head row claims, if known.

    Linear in the entries. The first entry whose row was altered is named: later heads follow from stored ones.
    """
    previous, count = START, 0
    for line in lines:
        count += 1
        why = _wrong(line, count, previous)
        if why:
            return Whole(count - 1, previous.hex(), count, why, _at(line))
        previous = bytes.fromhex(line.head)
    if last is not None and (last != count or head != previous.hex()):
        why = "head" if last == count else "missing" if last > count else "added"
        return Whole(count, previous.hex(), min(last, count) + (last != count), why)
    return Whole(count, previous.hex())


def _at(line: Line) -> datetime | None:
    try:
        return datetime.fromisoformat(str(line.document.get("at")))
    except ValueError:
        return None


def _wrong(line: Line, seq: int, previous: bytes) -> str:
    if line.seq != seq:
        return "missing"
    try:
        if digest(line.document) != line.digest:
            return "document"
    except Invalid:
        return "not_canonical"
    return "" if link(previous, line.digest).hex() == line.head else "head"
