"""What other nodes say of our registers, and what we hold of theirs, for people."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from federation.models import Confirmation, HeadConflict, RemoteActor, SignedHead
from federation.rules.origins import origin_of
from governance.models import Entry
from network.clock import now
from network.models import Collective

__all__ = ["ConflictView", "Witnessed", "WitnessView", "conflicts", "witnessed", "witnesses_of"]

STALE = timedelta(days=30)  # after which a silent witness no longer holds the common number back


@dataclass(frozen=True)
class WitnessView:
    """A node that countersigned our register: up to which entry, when, and whether our rows still say the same."""

    origin: str
    n: int
    at: datetime
    holds: bool


@dataclass(frozen=True)
class Witnessed:
    """A register, ours or another node's: who confirms it; `n`: the last entry that all recent witnesses confirm."""

    witnesses: tuple[WitnessView, ...]
    n: int
    at: datetime | None

    @property
    def count(self) -> int:
        return len(self.witnesses)


@dataclass(frozen=True)
class ConflictView:
    """Two signatures of one collective that contradict each other."""

    collective: str
    name: str
    kind: str  # fork, rollback
    n: int
    local: bool
    found_at: datetime


def witnesses_of(collective: Collective) -> Witnessed:
    """Return who confirms a register of ours."""
    rows = Confirmation.objects.filter(collective=collective.uri).order_by("witness", "n")
    newest = {row.witness: row for row in rows}.values()
    entries = Entry.objects.filter(collective=collective, seq__in=[row.n for row in newest])
    heads = dict(entries.values_list("seq", "head"))
    views = [WitnessView(origin_of(r.witness), r.n, r.made_at, heads.get(r.n) == r.head) for r in newest]
    holding = [view for view in views if view.holds]
    recent = [view for view in holding if view.at > now() - STALE] or holding
    least = min(recent, key=lambda view: view.n, default=None)
    shown = tuple(sorted(views, key=lambda view: (-view.n, view.origin)))
    return Witnessed(shown, least.n if least else 0, least.at if least else None)


def conflicts(collective: Collective | None = None) -> tuple[ConflictView, ...]:
    """Return the contradictions found, of one collective of ours or of every register, the newest first."""
    rows = HeadConflict.objects.order_by("-pk")
    if collective is not None:
        rows = rows.filter(collective=collective.uri, local=True)
    shown = list(rows[:100])
    uris = [row.collective for row in shown]
    names = dict(RemoteActor.objects.filter(uri__in=uris).values_list("uri", "name"))
    names |= dict(Collective.objects.filter(uri__in=uris).values_list("uri", "name"))
    return tuple(
        ConflictView(r.collective, names.get(r.collective) or r.collective, r.kind, r.n, r.local, r.found_at)
        for r in shown
    )


def witnessed() -> tuple[tuple[str, str, int, datetime], ...]:
    """Return the registers of others that we confirm: (address, name, last entry, when)."""
    newest = {row.collective: row for row in SignedHead.objects.filter(local=False).order_by("n", "pk")}
    names = dict(RemoteActor.objects.filter(uri__in=list(newest)).values_list("uri", "name"))
    return tuple((uri, names.get(uri) or uri, row.n, row.made_at) for uri, row in sorted(newest.items()))
