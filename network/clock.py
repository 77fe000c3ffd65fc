"""The one clock of the house. Rules never read it: they take the instant as an argument."""

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

SMALL_HOURS = timedelta(hours=4, microseconds=1)


def now() -> datetime:
    """Return the present instant (UTC, aware).

    While the federation test allowlist is set, the file `TOILE_CLOCK_OFFSET_FILE` may hold seconds to add,
    so that several processes of a test share simulated days. Otherwise it is never read.
    """
    return datetime.fromtimestamp(time.time(), UTC) + timedelta(seconds=_offset())


def day_of(at: datetime) -> date:
    """Return the day that it is at an instant, where the node is."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def end_of(day: date) -> datetime:
    """Return the first instant after a day, where the node is."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(settings.TIME_ZONE)).astimezone(UTC)


def last_day(end: datetime) -> date:
    """Return the last day of what ends at an instant, where the node is.

    An end in the small hours is the day before's: other nodes end theirs at the midnight of another zone.
    """
    return day_of(end - SMALL_HOURS)


def _offset() -> float:
    path = settings.CLOCK_OFFSET_FILE
    if not (path and settings.FEDERATION_TEST_PEERS):
        return 0.0
    try:
        return float(Path(path).read_text())
    except (FileNotFoundError, ValueError):
        return 0.0
