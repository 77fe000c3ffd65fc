"""Which engine answers questions of trust. What each of them needs is loaded here, at the first question, only."""

from types import ModuleType
from typing import NamedTuple
from uuid import UUID, uuid4

from django.conf import settings

from network.models import Member, WebVersion
from network.queries.bounded import Bounded

__all__ = ["FAST_FROM", "Version", "arrays", "changes", "fast_scenes", "is_fast", "paths", "version_now"]

FAST_FROM = 1_000  # members; below, the readable engine answers before arrays are even loaded

_members: Bounded[int] = Bounded(2)  # by mark


class Version(NamedTuple):
    """Which state of the web: `mark` is another after each change, also where a restored backup counts anew."""

    mark: UUID
    number: int


def version_now() -> Version:
    """Return the version of the web; one under a mark that nobody asks for again if nothing has ever changed."""
    row = WebVersion.objects.values_list("mark", "number").first()
    return Version(*row) if row else Version(uuid4(), 0)


def is_fast(version: Version) -> bool:
    """Whether arrays answer: as TOILE_TRUST_ENGINE says, else from so many members on. One query at most."""
    if settings.TRUST_ENGINE != "auto":
        return bool(settings.TRUST_ENGINE == "fast")
    if version.number < FAST_FROM:  # every attestation and admission has raised it: there cannot be so many members
        return False
    return _members.get(version.mark, lambda: Member.objects.filter(gone_at=None).count()) >= FAST_FROM


def paths() -> ModuleType:
    """Load the path finder, and networkx with it (some 50 MiB)."""
    from network.rules import paths

    return paths


def changes() -> ModuleType:
    """Load what tries changes of a web, and networkx with it."""
    from network.rules import changes

    return changes


def arrays() -> ModuleType:
    """Load the reader of arrays, and numpy with it."""
    from network.queries import arrays

    return arrays


def fast_scenes() -> ModuleType:
    """Load the engine on arrays: numpy, scipy and networkx."""
    from network.queries import fast_scenes

    return fast_scenes
