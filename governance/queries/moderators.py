"""Who holds the mandate of moderation: given, like any mandate, in a circle; it counts in the collective's first one.

Anybody may open a circle and give mandates there. In the first circle, only those who sit there already let others in,
so nobody makes themselves a moderator.
"""

from governance.queries.circles import first_circle, running
from governance.queries.states import seated
from network.clock import day_of, now
from network.queries.collectives import home_collective

__all__ = ["MODERATION", "mandated"]

MODERATION = "moderation"


def mandated() -> list[int]:
    """Return the keys of the active members of the collective who hold the mandate today."""
    home = home_collective()
    circle = first_circle(home) if home else None
    if circle is None:
        return []
    held = running(day_of(now())).filter(circle=circle, role=MODERATION, member__in=seated(circle))
    return list(held.values_list("member_id", flat=True))
