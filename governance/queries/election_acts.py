"""The acts of an election offered to one person: what they are about, and whom one may choose."""

from collections.abc import Iterable, Mapping

from governance.rules.acts import fields_of
from governance.rules.electing import Election
from governance.rules.guards import subjects

__all__ = ["LED", "choosable", "fixed_fields", "initial"]

LED = frozenset(
    {"edit_role", "open_ballot", "open_names", "close_names", "close_voices", "propose", "declare_vacant"}
    | {"note_silence", "set_new_date", "choose_lot"}
)
ROLE_VERSION = frozenset({"edit_role", "agree_role", "open_ballot"})


def fixed_fields(election: Election, kind: str) -> dict[str, object]:
    """Return the hidden fields of an act: what it speaks of now."""
    names, call = {field.name for field in fields_of(kind)}, election.call
    now: dict[str, object] = {"round": election.round, "version": election.version}
    if call is not None and kind not in ROLE_VERSION:
        now = {**subjects(call), "round": election.round}
    return {name: value for name, value in now.items() if name in names}


def choosable(election: Election, kind: str) -> Iterable[int]:
    """Return whom an act may name."""
    open_names = election.named - election.refused
    offered: Mapping[str, Iterable[int]] = {
        "cast_ballot": election.electorate - election.resting,
        "change_voice": election.named,
        "propose": open_names - {election.nominee},
        "offer_change": election.electorate - election.resting - {election.nominee, election.leader()},
    }
    return offered.get(kind, ())


def initial(election: Election, kind: str, name: str) -> object:
    """Return what the form of an act starts with."""
    return getattr(election, name, "") if kind == "edit_role" else ""
