"""The fields of an act, and how what was sent becomes plain values. Same rules for form, API and socket."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from governance.errors import Invalid
from network.rules.calendar import in_calendar
from network.rules.cards import plain

__all__ = ["Field", "clean", "whole"]

SHORT, LONG = 200, 10_000  # characters
MAX_WHOLE = 2**53 - 1


@dataclass(frozen=True)
class Field:
    """One value of a payload. `kind`: text, long, choice, date, person, persons, whole, yes_no or seconds of talk."""

    name: str
    kind: str = "text"
    required: bool = True
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = MAX_WHOLE


def clean(fields: tuple[Field, ...], payload: object) -> dict[str, object]:
    """Return the payload with each value in its type; text as it reads (`network.rules.cards.plain`).

    Controls are refused, what deceives the eye is left out.

    Raises Invalid: `not_an_object`, `unknown_field`, `field_missing`, `field_malformed`, `field_too_long`.

    >>> clean((Field("person", "person"),), {"person": "7"})
    {'person': 7}
    """
    if not isinstance(payload, Mapping):
        raise Invalid("not_an_object")
    unknown = sorted(str(name) for name in payload if name not in {field.name for field in fields})
    if unknown:
        raise Invalid("unknown_field", field=unknown[0][:60])
    values = ((field, payload.get(field.name)) for field in fields)
    return {field.name: _value(field, value) for field, value in values if _given(field, value)}


def _given(field: Field, value: object) -> bool:
    empty = value is None or value == "" or value == [] or (isinstance(value, str) and not value.strip())
    if empty and field.required:
        raise Invalid("field_missing", field=field.name)
    return not empty


def _value(field: Field, value: object) -> object:
    return _READERS[field.kind](field, value)


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise Invalid("field_malformed", field=field.name)
    limit = LONG if field.kind == "long" else SHORT
    if len(value) > limit:
        raise Invalid("field_too_long", field=field.name, limit=limit)
    lines = value.replace("\r\n", "\n")
    if any(_forbidden(sign) for sign in lines):
        raise Invalid("field_malformed", field=field.name)
    text = plain(lines)
    if field.required and not text:
        raise Invalid("field_missing", field=field.name)
    return text


def _forbidden(sign: str) -> bool:
    return sign not in "\n\t" and unicodedata.category(sign) in {"Cc", "Cs"}


def _choice(field: Field, value: object) -> str:
    if not isinstance(value, str) or value not in field.choices:
        raise Invalid("field_malformed", field=field.name)
    return value


def _date(field: Field, value: object) -> str:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        raise Invalid("field_malformed", field=field.name) from None
    if not in_calendar(day):
        raise Invalid("field_malformed", field=field.name)
    return day.isoformat()


def whole(field: Field, value: object) -> int:
    """Return a whole number within the field's bounds; true, floats and other texts are refused."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) <= 16:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not field.low <= value <= field.high:
        raise Invalid("field_malformed", field=field.name)
    return value


def _persons(field: Field, value: object) -> list[int]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or len(parts) > 1_000:
        raise Invalid("field_malformed", field=field.name)
    return sorted({whole(field, part) for part in parts})


def _yes_no(field: Field, value: object) -> bool:
    known = {True: True, False: False, "yes": True, "no": False, "on": True, "true": True, "false": False}
    if not isinstance(value, bool | str) or value not in known:
        raise Invalid("field_malformed", field=field.name)
    return known[value]


_READERS = {
    "text": _text,
    "long": _text,
    "choice": _choice,
    "date": _date,
    "person": whole,
    "whole": whole,
    "persons": _persons,
    "yes_no": _yes_no,
}
