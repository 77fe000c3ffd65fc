"""Who moderates here, and what a hidden entry shows to whom.

Which members hold the mandate, only the room that knows mandates can tell: it adds a source. As long as nobody holds
it, the people who operate the node stand in, and the pages say so.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from network.models import Account, Hidden, Member

__all__ = ["Concealment", "add_source", "concealment", "is_moderator", "moderators", "stand_in"]

Source = Callable[[], Iterable[int]]

_sources: list[Source] = []


def add_source(source: Source) -> None:
    """Ask `source` too for the keys of the members who hold the mandate today. Adding it again changes nothing."""
    if source not in _sources:
        _sources.append(source)


def moderators() -> list[Member]:
    """Return who moderates today, by name: those with the mandate, else the operators."""
    return list(Member.objects.filter(pk__in=_mandated() or _operators(), gone_at=None).order_by("name", "pk"))


def stand_in() -> bool:
    """Whether nobody holds the mandate, so that operators stand in."""
    return not _mandated()


def is_moderator(member: Member | None) -> bool:
    """Whether this member moderates today."""
    if member is None or not member.local or member.gone_at is not None:
        return False
    return member.pk in (_mandated() or _operators())


def _mandated() -> set[int]:
    named = {pk for source in _sources for pk in source()}
    return set(Member.objects.filter(pk__in=named, local=True, gone_at=None).values_list("pk", flat=True))


def _operators() -> set[int]:
    active = Account.objects.filter(operator=True, is_active=True, member__gone_at=None)
    return {pk for pk in active.values_list("member_id", flat=True) if pk is not None}


@dataclass(frozen=True, slots=True)
class Concealment:
    """Why the words of an entry are not shown: hidden by moderation (`by_node` False) with a public reason, or because
    its node is blocked here or has departed."""

    reason: str = ""
    at: datetime | None = None
    by_node: bool = False
    answer: str = ""


def concealment(owner: Member, hidden: Hidden | None, *, viewer: Member | None) -> Concealment | None:
    """Return what conceals an entry of `owner` from `viewer`, None if nothing does.

    Its owner and the moderators see what is hidden; what a blocked or departed node has sent is shown to nobody.
    """
    if owner.muted:
        return Concealment(by_node=True)
    if hidden is None or (viewer is not None and viewer.pk == owner.pk) or is_moderator(viewer):
        return None
    return Concealment(hidden.reason, hidden.at, answer=hidden.answer)
