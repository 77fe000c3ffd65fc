"""Presence: signs of life, and the lapses and returns that follow from them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from governance.actions.elections import locked_election, sync_election
from governance.actions.journal import locked_assembly, locked_session, save_assembly, sync_presence, write_room
from governance.models import Assembly, Attendance
from governance.queries.presence import SUSPENDED, changed_presence
from governance.queries.states import room_of, session_on, terms_of
from governance.rules.assemblies import Room, RoomStage
from governance.rules.exercise import is_simulated
from governance.rules.session import Step
from network.clock import now
from network.models import Member

BEAT_SECONDS = 10  # a sign of life is written at most this often, far below any grace
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # of somebody of whom no sign of life counts
MEETING = (RoomStage.CONVENED.value, RoomStage.OPEN.value, RoomStage.SUSPENDED.value)


def heartbeat(*, assembly_id: int, member: Member, socket: bool = False) -> None:
    """Note a sign of life of somebody who checked in; others leave no trace, and who is suspended is not here."""
    at = now()
    rows = Attendance.objects.filter(assembly_id=assembly_id, member=member, expected=True)
    row = rows.exclude(SUSPENDED).first()
    if row is None or (at - row.seen_at < timedelta(seconds=BEAT_SECONDS) and row.by_socket >= socket):
        return
    Attendance.objects.filter(pk=row.pk).update(seen_at=at, by_socket=socket)


def hush(*, member: Member, collective_id: int) -> None:
    """Take back the signs of life of somebody who may no longer act: their presence lapses at the next look."""
    rows = Attendance.objects.filter(member=member, expected=True, assembly__circle__collective=collective_id)
    rows.filter(assembly__stage__in=MEETING).update(seen_at=NEVER)


def beat(*, assembly_id: int, member_ids: Iterable[int]) -> None:
    """Note a sign of life of everybody behind a live socket. One statement, however many."""
    late = Q(seen_at__lt=now() - timedelta(seconds=BEAT_SECONDS)) | Q(by_socket=False)
    rows = Attendance.objects.filter(late, assembly_id=assembly_id, member_id__in=list(member_ids), expected=True)
    rows.update(seen_at=now(), by_socket=True)


def heartbeats(*, member: Member) -> None:
    """Note a sign of life in every meeting where this person is expected."""
    rows = Attendance.objects.filter(member=member, expected=True, assembly__stage__in=MEETING)
    for assembly_id in rows.values_list("assembly_id", flat=True):
        heartbeat(assembly_id=assembly_id, member=member)


def arrived(assembly: Assembly, member: Member, at: datetime) -> None:
    """Expect signs of life of this person."""
    values = {"seen_at": at, "present": True, "expected": True}
    Attendance.objects.update_or_create(assembly=assembly, member=member, defaults=values)


def at_door(assembly: Assembly, member_id: int, at: datetime, *, here: bool) -> None:
    """Note who came in without a device: no signs of life are expected, and presence does not lapse."""
    if is_simulated(member_id):
        return
    values = {"seen_at": at, "present": here, "expected": False}
    Attendance.objects.update_or_create(assembly=assembly, member_id=member_id, defaults=values)


def departed(assembly: Assembly, member: Member) -> None:
    """Expect none any more."""
    Attendance.objects.filter(assembly=assembly, member=member).update(present=False, expected=False)


def sync_current(assembly: Assembly, room: Room, at: datetime) -> None:
    """Tell the decision, or the election, on the table who is present."""
    item = room.item(room.current)
    if item is not None and item.election is not None:
        sync_election(locked_election(item.election), assembly, room, at)
    found = session_on(room)
    if found is not None:
        sync_presence(locked_session(found.pk), assembly, room, at)


def sweep(*, assembly_id: int) -> bool:
    """Record lapses and returns of presence that are due; return whether there were any. A transaction of its own."""
    found = Assembly.everything.select_related("charter").filter(pk=assembly_id, stage__in=MEETING).first()
    if found is None or not changed_presence(assembly_id, terms_of(found.charter), now()):
        return False
    with transaction.atomic():
        assembly = locked_assembly(assembly_id)
        room, at = room_of(assembly), now()
        due = changed_presence(assembly_id, terms_of(assembly.charter), at) if assembly.stage in MEETING else []
        for pk, member_id, alive in due:
            room, _ = write_room(assembly, room, Step("back" if alive else "lapse", None, at, {"person": member_id}))
            Attendance.objects.filter(pk=pk).update(present=alive)
        if due:
            sync_current(assembly, room, at)
            save_assembly(assembly)
    return bool(due)
