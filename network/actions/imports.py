"""Imports: read, shown, applied as a whole, undone as a whole. Each is one transaction; repeated, it changes nothing.

What is undone is only what nobody has changed and no later import has read since; the report says what stays, and why.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from network import clock, permissions
from network.actions.entries import restore_entry, restore_offer, take_back_entry, write_entry
from network.actions.event_imports import take_event, title_of, undo_event
from network.actions.index import index_offers
from network.actions.own_imports import read_again, take_offer, undo_offer
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import ImportedChange, ImportRun, ImportScope, ImportState, Member
from network.queries.entry_plans import member_state, offer_state
from network.queries.import_plans import plan_of
from network.queries.import_steps import REFUSE, SKIP, Step
from network.queries.readings import CALENDAR, CHAINED, READERS, format_of
from network.rules.cards import plain
from network.rules.entries import web_address

__all__ = ["apply_import", "forget_old_imports", "replace_content", "start_directory", "start_import", "undo_import"]

KEPT_DAYS = 30  # a file that was read and never applied
SKIPPED_TOLD = 500  # reasons kept in a report
CHANGED, CONFIRMED = "changed", "confirmed"  # why something stays when an import is undone


# --- reading ------------------------------------------------------------------------------------------------


@transaction.atomic
def start_import(
    *, actor: Member | None, scope: str, name: str, text: str, kind: str = "", source: str = ""
) -> ImportRun:
    """Keep a file for a preview; nothing of it is written yet. `actor` None: the person at the machine.

    `kind`: the format, told from the file if empty. `source`: whose entries these are; needed for entries of others.
    NotEntitled("not_a_member", "not_operator"); Invalid("format_unknown", "source_missing", "calendar_own_only").
    """
    _check_may(actor, scope)
    source = plain(source, 500) or (web_address(name) if scope == ImportScope.ENTRIES else "")
    if scope == ImportScope.ENTRIES and not source:
        raise Invalid("source_missing", field="source")
    kind = kind or format_of(name, text)
    if kind not in READERS and kind != CALENDAR:
        raise Invalid("format_unknown", field="kind")
    if kind == CALENDAR and scope != ImportScope.OWN:
        raise Invalid("calendar_own_only", field="scope")
    return ImportRun.objects.create(
        actor=actor, scope=scope, format=kind, name=plain(name, 300), source=source, content=text.replace("\0", ""),
        created_at=clock.now(),
    )  # fmt: skip


@transaction.atomic
def start_directory(*, actor: Member | None, kind: str, url: str) -> ImportRun:
    """Note that the directory at `url` is to be read, file by file, before its preview (federation/directories.py).

    Invalid("format_not_chained", "address_unreadable").
    """
    _check_may(actor, ImportScope.ENTRIES)
    if kind not in CHAINED:
        raise Invalid("format_not_chained", field="kind")
    if not web_address(url):
        raise Invalid("address_unreadable", field="url")
    return ImportRun.objects.create(
        actor=actor, scope=ImportScope.ENTRIES, format=kind, name=url[:300], source=web_address(url),
        state=ImportState.FETCHING, progress={"waiting": [[web_address(url), 0]], "failed": []},
        created_at=clock.now(), content="[]",
    )  # fmt: skip


@transaction.atomic
def replace_content(*, actor: Member | None, run_id: int, text: str) -> ImportRun:
    """Put a mended text in the place of the one read, before it is applied."""
    run = _locked(actor, run_id, ImportState.READ)
    run.content = text.replace("\0", "")
    run.save(update_fields=["content"])
    return run


def _check_may(actor: Member | None, scope: str) -> None:
    if scope == ImportScope.OWN and not permissions.can_publish(actor):
        raise NotEntitled("not_a_member")
    if scope == ImportScope.ENTRIES and actor is not None and not permissions.can_import_entries(actor):
        raise NotEntitled("not_operator")


def _locked(actor: Member | None, run_id: int, *states: str) -> ImportRun:
    """Lock an import of one's own; entries of others are every operator's affair. NotFound("import_unknown")."""
    run = ImportRun.objects.select_for_update(of=("self",)).select_related("actor").filter(pk=run_id).first()
    mine = run is not None and (actor is None or run.actor_id == actor.pk or run.scope == ImportScope.ENTRIES)
    if run is None or not mine:
        raise NotFound("import_unknown")
    _check_may(actor, run.scope)
    if states and run.state not in states:
        raise WrongState(f"import_{run.state}")
    return run


# --- applying -----------------------------------------------------------------------------------------------


@transaction.atomic
def apply_import(*, actor: Member | None, run_id: int) -> ImportRun:
    """Do what the preview says, and report; the lines at fault are left out, with their reasons.

    Once only: repeated, the report of the first time comes back. WrongState("import_undone", "import_fetching").
    """
    run = _locked(actor, run_id, ImportState.READ, ImportState.APPLIED)
    if run.state == ImportState.APPLIED:
        return run
    instant = clock.now()
    plan = plan_of(run, today=clock.day_of(instant))
    if plan.problem is not None:
        raise Invalid(plan.problem.code, field="file", value=plan.problem.value)
    for step in plan.steps:
        _take(run, step)
    index_offers(run.changes.filter(offer__local=False).values_list("offer_id", flat=True))
    run.state, run.applied_at, run.content = ImportState.APPLIED, instant, ""
    run.report = plan.counts | {"unknown": list(plan.unknown), "left_out": _left_out(plan.steps)}
    run.save()
    return run


def _take(run: ImportRun, step: Step) -> None:
    if run.format == CALENDAR:
        take_event(run, step)
    elif run.scope == ImportScope.OWN:
        take_offer(run, step)
    elif step.wish is not None:
        write_entry(run, step)


def _left_out(steps: list[Step]) -> list[dict[str, Any]]:
    """Tell each line that was not taken: number, label, and the reason or the problems."""
    told = []
    for step in steps:
        if step.does in {SKIP, REFUSE}:
            problems = [[each.field, each.code, each.value] for each in step.problems] or [["", step.code, ""]]
            told.append({"line": step.number, "label": step.label[:120], "where": step.where, "problems": problems})
    return told[:SKIPPED_TOLD]


# --- undoing ------------------------------------------------------------------------------------------------


@transaction.atomic
def undo_import(*, actor: Member | None, run_id: int) -> ImportRun:
    """Withdraw what an import made and restore what it changed. What stays is told, and `why`: "changed" by somebody
    since, or "confirmed" by a later import of the same source or person, which still stands.

    Once only: repeated, the same report comes back. WrongState("import_read", "import_fetching").
    """
    run = _locked(actor, run_id, ImportState.APPLIED, ImportState.UNDONE)
    if run.state == ImportState.UNDONE:
        return run
    kept, later, again = [], _later_than(run), read_again(run)
    rows = run.changes.select_related("offer__skill", "offer__owner", "member").order_by("-pk")
    changes = [row for row in rows if row.before != row.after.get("said", row.after)]  # the others changed nothing
    for change in changes:
        label = _label(run, change)
        why = CONFIRMED if change.after.get("event", change.offer_id) in again else _undo(run, change, later)
        if why:
            kept.append({"line": change.line, "label": label[:120], "why": why})
    run.state, run.undone_at = ImportState.UNDONE, clock.now()
    run.report = run.report | {
        "kept": kept[:SKIPPED_TOLD], "kept_counts": Counter(each["why"] for each in kept),
        "undone": len(changes) - len(kept),
    }  # fmt: skip
    run.save()
    return run


def _later_than(run: ImportRun) -> list[datetime]:
    """When later imports of the same source began, those undone left out. What they read bears a later instant."""
    same = ImportRun.objects.filter(scope=run.scope, source=run.source, state=ImportState.APPLIED)
    return list(same.filter(applied_at__gt=run.applied_at).values_list("applied_at", flat=True))


def _label(run: ImportRun, change: ImportedChange) -> str:
    if run.format == CALENDAR:
        return title_of(change)
    return change.member.name if change.member else change.offer.title if change.offer else ""


def _undo(run: ImportRun, change: ImportedChange, later: Collection[datetime]) -> str:
    """Undo one change; return why what it concerns must stay, else the empty text."""
    if run.format == CALENDAR:
        return "" if undo_event(run, change) else CHANGED
    if run.scope == ImportScope.OWN:
        return "" if undo_offer(run, change) else CHANGED
    entry = change.member or change.offer
    if entry is not None and any(began <= entry.heard_at for began in later):
        return CONFIRMED
    if change.member is not None:
        return _undo_entry(change.member, change)
    if change.offer is not None:
        if not _is_as_left(offer_state(change.offer), change):
            return CHANGED
        restore_offer(change.offer, change.before)
    return ""


def _is_as_left(state: dict[str, Any], change: ImportedChange) -> bool:
    """Whether an entry still says what the import left; of what imports did not write at its time, nothing is asked."""
    return {name: state.get(name) for name in change.after} == change.after


def _undo_entry(member: Member, change: ImportedChange) -> str:
    if not _is_as_left(member_state(member), change) or not member.unclaimed:
        return CHANGED
    if change.before:
        restore_entry(member, change.before)
    elif member.offers.exists():  # those of this import are gone by now: of the others somebody else has more to say
        return CHANGED
    else:
        take_back_entry(member)
    return ""


@transaction.atomic
def forget_old_imports(*, now: Any) -> int:
    """Drop the files that were read a month ago and never applied; return how many."""
    old = ImportRun.objects.filter(created_at__lt=now - timedelta(days=KEPT_DAYS))
    return old.filter(state__in=[ImportState.READ, ImportState.FETCHING]).delete()[0]
