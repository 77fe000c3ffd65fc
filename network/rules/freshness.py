"""How old an entry is, in one word, and when its owner is to be asked whether it still holds."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

__all__ = ["REMIND_DAYS", "Ages", "Delays", "is_unsteady", "missed", "reminders_due", "state_of"]

REMIND_DAYS = (30, 7, 0)  # before the day on which something is due
UNSTEADY_DAYS, UNSTEADY_TIMES = 30, 2  # a source missed on so many days among so many is marked


@dataclass(frozen=True, slots=True)
class Delays:
    """After how many days what happens. The first two concern copies, the others entries of this node.

    old_copy: marked; silent: off the default results; confirm: the owner is asked, and the entry marked; fade: off the
    default results.
    """

    old_copy: int = 7
    silent: int = 90
    confirm: int = 365
    fade: int = 456

    def __post_init__(self) -> None:
        if not (0 < self.old_copy <= self.silent and 0 < self.confirm <= self.fade):
            raise ValueError("delays must be positive, and what is marked is marked before it leaves")


@dataclass(frozen=True, slots=True)
class Ages:
    """What decides how old an entry is. `ends_at`: of an offer; `unsteady`: its source is missed now and then."""

    local: bool
    renewed_at: datetime
    heard_at: datetime
    ends_at: datetime | None = None
    unsteady: bool = False


def state_of(ages: Ages, at: datetime, delays: Delays) -> str:
    """Return expired, faded, old_copy, unsteady, to_confirm or fresh: the first that is true at `at`.

    >>> from datetime import UTC
    >>> then = datetime(2026, 1, 1, tzinfo=UTC)
    >>> ours = Ages(True, then, then)
    >>> [state_of(ours, then + timedelta(days=n), Delays()) for n in (364, 365, 456)]
    ['fresh', 'to_confirm', 'faded']
    >>> copy = Ages(False, then, then)
    >>> [state_of(copy, then + timedelta(days=n), Delays()) for n in (6, 7, 90)]
    ['fresh', 'old_copy', 'faded']
    """
    if ages.ends_at is not None and ages.ends_at <= at:
        return "expired"
    since = at - (ages.renewed_at if ages.local else ages.heard_at)
    if since >= timedelta(days=delays.fade if ages.local else delays.silent):
        return "faded"
    if not ages.local and since >= timedelta(days=delays.old_copy):
        return "old_copy"
    if ages.unsteady:
        return "unsteady"
    return "to_confirm" if ages.local and since >= timedelta(days=delays.confirm) else "fresh"


def reminders_due(due_at: datetime, at: datetime) -> tuple[int, ...]:
    """Return which reminders of something due at `due_at` have come by `at`: the latest one only, if any.

    A task that did not run for a month sends one reminder, not three.

    >>> from datetime import UTC
    >>> due = datetime(2026, 3, 1, tzinfo=UTC)
    >>> [reminders_due(due, due - timedelta(days=n)) for n in (31, 30, 8, 7, 0, -5)]
    [(), (30,), (30,), (7,), (0,), (0,)]
    """
    come = [days for days in REMIND_DAYS if due_at - timedelta(days=days) <= at]
    return (min(come),) if come else ()


def missed(days: list[str], today: date) -> list[str]:
    """Return the days (ISO) on which a source was missed, today added, those of more than 30 days ago forgotten.

    >>> missed(["2026-01-01", "2026-02-20"], date(2026, 3, 1))
    ['2026-02-20', '2026-03-01']
    """
    return sorted({day for day in days if _is_recent(day, today)} | {today.isoformat()})


def is_unsteady(days: list[str], today: date) -> bool:
    """Say whether a source was missed on two days at least of the last thirty.

    >>> is_unsteady(["2026-02-20", "2026-03-01"], date(2026, 3, 1)), is_unsteady(["2026-03-01"], date(2026, 3, 1))
    (True, False)
    """
    return sum(_is_recent(day, today) for day in days) >= UNSTEADY_TIMES


def _is_recent(day: str, today: date) -> bool:
    return date.fromisoformat(day) > today - timedelta(days=UNSTEADY_DAYS)
