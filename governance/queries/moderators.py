"""Who holds the mandate of moderation: given, like any mandate, in a circle; it counts in the collective's first one.

Anybody may open a circle and give mandates there. In the first circle, only those who sit there already let others in,
so nobody makes themselves a moderator.
"""

from governance.models import Circle, Mandate
from network.clock import now
from network.models import Membership
from network.queries.collectives import home_collective

__all__ = ["MODERATION", "first_circle", "mandated"]

MODERATION = "moderation"


def first_circle() -> Circle | None:
    """Return the circle that this node's collective opened first; None before there is one."""
    home = home_collective()
    return Circle.objects.filter(collective=home).order_by("opened_at", "pk").first() if home else None


def mandated() -> list[int]:
    """Return the keys of the active members of the collective who hold the mandate today."""
    circle = first_circle()
    if circle is None:
        return []
    today = now().date()
    running = Mandate.objects.filter(circle=circle, role=MODERATION, starts_on__lte=today).exclude(ends_on__lt=today)
    active = Membership.objects.filter(collective=circle.collective, state="active").values("member_id")
    return list(running.filter(member__in=active).values_list("member_id", flat=True))
