"""Reads about imports: one's own, one with its preview, where an unclaimed entry comes from."""

from dataclasses import dataclass

from network import clock, permissions
from network.errors import NotFound
from network.models import ImportRun, ImportScope, ImportState, Member, SourceRecord
from network.queries.import_plans import Plan, plan_of

__all__ = ["ImportPage", "import_page", "imports_of", "record_of"]

MOST_LISTED = 50


@dataclass(frozen=True)
class ImportPage:
    """One import. `plan`: what it would do, while it has done nothing; `read`: files read so far, of a directory."""

    run: ImportRun
    plan: Plan | None

    @property
    def waiting(self) -> int:
        return len(self.run.progress.get("waiting", ()))

    @property
    def read(self) -> int:
        return int(self.run.progress.get("read", 0))


def imports_of(member: Member) -> list[ImportRun]:
    """Return the latest imports of one's own; those of others' entries too for whoever may make them."""
    mine = ImportRun.objects.filter(actor=member)
    if permissions.can_import_entries(member):
        mine = mine | ImportRun.objects.filter(scope=ImportScope.ENTRIES)
    return list(mine.defer("content").order_by("-created_at", "-pk")[:MOST_LISTED])


def import_page(pk: int, *, viewer: Member | None) -> ImportPage:
    """Return one import with its plan; NotFound("import_unknown") for anybody whom it does not concern."""
    run = ImportRun.objects.select_related("actor").filter(pk=pk).first()
    allowed = run is not None and viewer is not None and run.actor_id == viewer.pk
    if run is not None and run.scope == ImportScope.ENTRIES:
        allowed = permissions.can_import_entries(viewer)
    if run is None or not allowed:
        raise NotFound("import_unknown")
    plan = plan_of(run, today=clock.day_of(clock.now())) if run.state == ImportState.READ else None
    return ImportPage(run, plan)


def record_of(member: Member) -> SourceRecord | None:
    """Where an unclaimed entry comes from; None for anybody else."""
    return SourceRecord.objects.filter(member=member).first() if member.unclaimed else None
