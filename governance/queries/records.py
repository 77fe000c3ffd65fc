"""The journals that minutes rest on: a digest for each act, so that an altered one can be named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from governance.models import Assembly, ConsentSession, ElectionStep, RoomStep, Step
from governance.queries.folds import until
from governance.rules.assemblies import Room
from governance.rules.register import all_of, digest, instant_text, plain

__all__ = ["Journal", "altered", "journals_of"]

MEETING, DECISION, ELECTION = "meeting", "decision", "election"
Row = Step | RoomStep | ElectionStep


@dataclass(frozen=True)
class Journal:
    """The acts of a meeting, a decision or an election so far; `id` is its own (of a decision: its session's)."""

    kind: str
    id: int
    marks: tuple[str, ...]  # SHA-256, hex, of each act

    def cited(self) -> dict[str, object]:
        """Return how a register entry cites it."""
        return {"kind": self.kind, "id": self.id, "count": len(self.marks), "digest": all_of(self.marks)}


def journals_of(assembly: Assembly, room: Room) -> tuple[Journal, ...]:
    """Return the meeting's own journal, then those of the decisions and of the elections on its agenda, each up to
    the closing: those in which nothing was done by then are left out."""
    proposals = [item.proposal for item in room.items if item.proposal is not None]
    sessions = ConsentSession.everything.filter(proposal_id__in=proposals).order_by("pk").values_list("pk", flat=True)
    elections = sorted(item.election for item in room.items if item.election is not None)
    cited = [(MEETING, assembly.pk), *((DECISION, pk) for pk in sessions), *((ELECTION, pk) for pk in elections)]
    found = (Journal(kind, number, _marks(until(_rows(kind, number), room.closed_at))) for kind, number in cited)
    return tuple(each for each in found if each.marks)


def _rows(kind: str, number: int) -> "QuerySet[Any]":
    if kind == DECISION:
        return Step.objects.filter(session_id=number).order_by("seq")
    if kind == ELECTION:
        return ElectionStep.objects.filter(election_id=number).order_by("seq")
    return RoomStep.objects.filter(assembly_id=number).order_by("seq")


def altered(cited: Mapping[str, object], marks: Iterable[str]) -> str:
    """Return `kind id act` of the first act that is no longer as it was cited; empty if all are.

    `marks` are the digests kept with the minutes, to tell which act it is: 0 if they no longer fit themselves.
    """
    kind, number, count = str(cited.get("kind")), int(str(cited.get("id"))), int(str(cited.get("count")))
    now, kept = _marks(_rows(kind, number)[:count]), tuple(marks)
    if all_of(now) == cited.get("digest"):
        return ""
    if all_of(kept) != cited.get("digest"):
        return f"{kind} {number} 0"
    same = next((at for at, (one, other) in enumerate(zip(now, kept, strict=False)) if one != other), len(now))
    return f"{kind} {number} {same + 1}"


def _marks(rows: Iterable[Row]) -> tuple[str, ...]:
    return tuple(_mark(row) for row in rows)


def _mark(row: Row) -> str:
    facts = {"seq": row.seq, "kind": row.kind, "actor": row.actor_id, "at": instant_text(row.at)}
    return digest({**facts, "payload": plain(row.payload)})
