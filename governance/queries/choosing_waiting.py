"""What elections and lots wait for from a member: a ballot, a turn, an answer, a secret."""

from datetime import datetime

from governance.models import Election, Lot
from governance.queries.election_states import election_state, lot_state
from governance.queries.elections import asked_and_answered
from governance.queries.waiting import Waiting
from governance.rules.electing import ENDED
from governance.rules.lot_state import LotStage
from network.models import Member

__all__ = ["choosing_waits"]


def choosing_waits(member: Member, at: datetime) -> list[Waiting]:
    """Return what elections on a table, and lots, ask of the member now."""
    collectives = list(member.memberships.filter(state="active").values_list("collective_id", flat=True))
    return [*_elections(member, collectives), *_lots(member, collectives, at)]


def _elections(member: Member, collectives: list[int]) -> list[Waiting]:
    over = [stage.value for stage in ENDED]
    rows = Election.objects.filter(circle__collective_id__in=collectives, assembly__isnull=False).exclude(
        stage__in=over
    )
    found = []
    for election in rows.select_related("circle__collective", "charter"):
        asked, answered = asked_and_answered(election_state(election))
        if member.pk in asked - answered:
            found.append(
                Waiting(
                    kind=f"election_{election.stage}",
                    collective_id=election.circle.collective_id,
                    title=election.role,
                    page="assembly",
                    args=(election.assembly_id,),
                    since=election.changed_at,
                )
            )
    return found


def _lots(member: Member, collectives: list[int], at: datetime) -> list[Waiting]:
    over = [LotStage.DONE.value, LotStage.SHORT.value, LotStage.VOID.value]
    rows = Lot.objects.filter(circle__collective_id__in=collectives).exclude(stage__in=over)
    found = []
    for lot in rows.select_related("circle", "charter"):
        kind = _asked_by_lot(lot, member.pk)
        if kind:
            found.append(
                Waiting(kind, lot.circle.collective_id, lot.role, "lot", (lot.pk,), lot.changed_at, lot.next_at)
            )
    return found


def _asked_by_lot(lot: Lot, person: int) -> str:
    """Return what a lot asks of somebody: to commit, to open their secret, to answer; empty for nothing."""
    state = lot_state(lot)
    if state.stage is LotStage.COMMITS and person in state.electorate - frozenset(state.commits):
        return "lot_commit"
    if state.stage is LotStage.REVEALS and person in state.dropped:
        return "lot_reveal"
    if state.stage is LotStage.BEACON and person in state.readers - frozenset(state.readings):
        return "lot_beacon"
    return "lot_answer" if state.mine(person) in state.waiting() else ""
