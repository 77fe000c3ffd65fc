"""The kinds of figures that a charter may set: how each is typed, how it is held, and when it is wrong."""

import re
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["NAME", "Figure", "fault_of", "read"]

RATIO = re.compile(r"(0|[1-9]\d{0,8})/([1-9]\d{0,8})", re.ASCII)
TYPED_RATIO = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})", re.ASCII)
WHOLE = re.compile(r"\d{1,9}", re.ASCII)
PERCENT = re.compile(r"(\d{1,3})\s*%", re.ASCII)
NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)


@dataclass(frozen=True)
class Figure:
    """One figure. `kind`: whole, number (whole or n/d), share (n/d from 0 to 1), flag, choice, ids or text.

    `unit` is a word for pages (minutes, days, …); `process` names what needs the figure, "" for what nothing needs.
    """

    name: str
    kind: str
    process: str
    says: str
    low: Fraction | int = 0
    high: Fraction | int = 10**6
    unit: str = ""
    choices: tuple[str, ...] = ()
    required: bool = True


def read(figure: Figure, typed: object) -> object:
    """Return what somebody typed as the charter holds it; what cannot be read stays as it was typed, None if empty.

    >>> read(Figure("minutes.quorum", "share", "assembly", ""), " 50 % ")
    '1/2'
    """
    text = typed.strip() if isinstance(typed, str) else typed
    if not isinstance(text, str):
        return text
    if not text:
        return None
    return _READERS.get(figure.kind, _as_text)(text)


def _as_text(text: str) -> object:
    return text


def _read_whole(text: str) -> object:
    return int(text) if WHOLE.fullmatch(text) else text


def _read_ratio(text: str) -> object:
    found, percent = TYPED_RATIO.fullmatch(text), PERCENT.fullmatch(text)
    if percent:
        return _ratio(Fraction(int(percent[1]), 100))
    return _ratio(Fraction(int(found[1]), int(found[2]))) if found and int(found[2]) else text


def _read_share(text: str) -> object:
    return _ratio(Fraction(int(text))) if text in {"0", "1"} else _read_ratio(text)


def _ratio(share: Fraction) -> str:
    return f"{share.numerator}/{share.denominator}"


def _read_number(text: str) -> object:
    return int(text) if WHOLE.fullmatch(text) else _read_ratio(text)


def _read_flag(text: str) -> object:
    return {"yes": True, "no": False}.get(text, text)


def _read_ids(text: str) -> object:
    return list(dict.fromkeys(part for part in re.split(r"[\s,;]+", text) if part))


_READERS = {
    "whole": _read_whole,
    "number": _read_number,
    "share": _read_share,
    "flag": _read_flag,
    "ids": _read_ids,
}


def fault_of(figure: Figure, value: object) -> str:
    """Return what is wrong with a value: "", `term_malformed` or `out_of_bounds`.

    >>> fault_of(Figure("ballot.secrecy_floor", "whole", "ballot", "", low=3), 2)
    'out_of_bounds'
    """
    if figure.kind == "flag":
        return "" if isinstance(value, bool) else "term_malformed"
    if figure.kind == "choice":
        return "" if isinstance(value, str) and value in figure.choices else "term_malformed"
    if figure.kind == "ids":
        return "" if _are_ids(value) else "term_malformed"
    if figure.kind == "text":
        return "" if isinstance(value, str) and value.strip() else "term_malformed"
    found = _exact(figure.kind, value)
    if found is None:
        return "term_malformed"
    return "" if figure.low <= found <= figure.high else "out_of_bounds"


def _are_ids(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and NAME.fullmatch(each) for each in value)


def _exact(kind: str, value: object) -> Fraction | None:
    if kind in {"whole", "number"} and isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    ratio = RATIO.fullmatch(value) if kind in {"share", "number"} and isinstance(value, str) else None
    return Fraction(int(ratio[1]), int(ratio[2])) if ratio else None
