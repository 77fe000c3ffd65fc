"""Days and hours as people write them: native fields where the browser has them, plain text where it has not."""

import re
from datetime import date, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

__all__ = ["DayField", "DaysField", "HourField", "day_of", "hour_of"]

SPELT = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")
HOUR = re.compile(r"(\d{1,2})\s*(?:h|:|\.)?\s*(\d{2})?", re.IGNORECASE)


def day_of(text: str) -> date | None:
    """Return a day written 2027-03-06 or 6/3/2027, None for anything else.

    >>> day_of("06/03/2027"), day_of("2027-03-06"), day_of("demain")
    (datetime.date(2027, 3, 6), datetime.date(2027, 3, 6), None)
    """
    spelt = SPELT.fullmatch(text.strip())
    try:
        return date(int(spelt[3]), int(spelt[2]), int(spelt[1])) if spelt else parse_date(text.strip())
    except ValueError:
        return None


def hour_of(text: str) -> time | None:
    """Return an hour written 14:30, 14h30, 14 h or 14, None for anything else.

    >>> hour_of("14h30"), hour_of("9"), hour_of("25 h")
    (datetime.time(14, 30), datetime.time(9, 0), None)
    """
    found = HOUR.fullmatch(text.strip().removesuffix(":00") if text.count(":") == 2 else text.strip())
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
        return None
    return time(int(found[1]), int(found[2] or 0))


class DayField(forms.CharField):
    """One day, cleaned to a date, None when empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, strip=True, **kwargs)
        self.widget.input_type = "date"

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    def clean(self, value: Any) -> date | None:  # type: ignore[override]
        text = str(super().clean(value))
        day = day_of(text)
        if text and day is None:
            raise ValidationError(_("Écrivez une date : 2026-12-31 ou 31/12/2026."))
        return day


class HourField(forms.CharField):
    """One hour of the day, cleaned to a time, None when empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=8, strip=True, **kwargs)
        self.widget.input_type = "time"

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%H:%M}" if isinstance(value, time) else value

    def clean(self, value: Any) -> time | None:  # type: ignore[override]
        text = str(super().clean(value))
        hour = hour_of(text) if text else None
        if text and hour is None:
            raise ValidationError(_("Écrivez une heure : 14:30 ou 14 h 30."))
        return hour


class DaysField(forms.CharField):
    """Several days, one a line, cleaned to a tuple of dates in order, each once."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=2000, strip=True, **kwargs)
        self.widget.attrs.update(rows=3)

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else "\n".join(day.isoformat() for day in value)

    def clean(self, value: Any) -> tuple[date, ...]:  # type: ignore[override]
        lines = [line.strip(" ,;") for line in str(super().clean(value)).splitlines()]
        days = {line: day_of(line) for line in lines if line}
        wrong = next((line for line, day in days.items() if day is None), None)
        if wrong is not None:
            raise ValidationError(
                _("« %(typed)s » n’est pas une date. Écrivez une date par ligne : 31/12/2026.") % {"typed": wrong}
            )
        return tuple(sorted({day for day in days.values() if day}))
