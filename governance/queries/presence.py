"""When presence lapses."""

from datetime import datetime, timedelta

from governance.models import Attendance
from governance.rules.charter import Terms


def lapses_at(row: Attendance, terms: Terms) -> datetime:
    """Return when this presence lapses without another sign of life: sooner with a live socket than without."""
    name = "presence.grace_seconds" if row.by_socket else "presence.grace_without_socket_seconds"
    return row.seen_at + timedelta(seconds=terms.whole(name))
