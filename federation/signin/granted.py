"""Where a member of this node entered with it: what their account page lists, and may withdraw."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from federation.models import Entrance, SignedAct, SignInToken
from network import clock
from network.models import Account

__all__ = ["HomeLine", "NodeLine", "home_of", "nodes_entered"]


@dataclass(frozen=True)
class NodeLine:
    """One node where a member entered: the name it gives itself, when, until when it may still ask, acts signed."""

    origin: str
    name: str
    since: datetime
    last: datetime
    live_until: datetime | None
    acts: int


@dataclass(frozen=True)
class HomeLine:
    """The home of somebody who entered here, and until when this session holds at most."""

    issuer: str
    node: str
    until: datetime
    signs: bool


def nodes_entered(account: Account) -> tuple[NodeLine, ...]:
    """Return the nodes that hold, or held of late, a token of this member, those still open first."""
    acts = Counter(SignedAct.objects.filter(account=account).values_list("origin", flat=True))
    by_origin: dict[str, list[SignInToken]] = {}
    for row in SignInToken.objects.filter(account=account).select_related("client").order_by("issued_at"):
        by_origin.setdefault(row.client.origin, []).append(row)
    instant = clock.now()
    lines = [_line(origin, rows, acts[origin], instant) for origin, rows in by_origin.items()]
    return tuple(sorted(lines, key=lambda line: (line.live_until is None, line.origin)))


def _line(origin: str, rows: list[SignInToken], acts: int, instant: datetime) -> NodeLine:
    live = [row.expires_at for row in rows if row.revoked_at is None and row.expires_at > instant]
    name = rows[-1].client.name
    return NodeLine(origin, name, rows[0].issued_at, rows[-1].issued_at, max(live, default=None), acts)


def home_of(account: Account, session_key: str | None) -> HomeLine | None:
    """Return the home behind this session, None if it is no entrance."""
    rows = Entrance.objects.filter(account=account, session_key=session_key or "", ended_at=None)
    found = rows.select_related("issuer").first()
    if found is None:
        return None
    issuer = found.issuer.issuer
    return HomeLine(issuer, issuer.partition("://")[2], found.expires_at, "acts" in found.scope.split())
