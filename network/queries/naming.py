"""Who is named to whom where people appear in passing: on paths of trust, among those who vouch, in a web's picture.

Whoever moderation has hidden is « une personne » there, without address, link or words. What they attested counts as
before: an entry is hidden, not somebody's place in the web.
"""

from functools import cached_property

from django.utils.translation import gettext_lazy as _

from network.models import Member
from network.queries.moderators import is_moderator

__all__ = ["SOMEBODY", "Naming"]

SOMEBODY = _("une personne")


class Naming:
    """How people are named to one viewer (None: a visitor, or everybody alike). Who is hidden sees themselves, and
    moderators see everybody, as on the pages of entries; whether the viewer moderates is asked at the first need."""

    def __init__(self, viewer: Member | None) -> None:
        self.viewer = viewer

    @cached_property
    def _moderates(self) -> bool:
        return is_moderator(self.viewer)

    def conceals(self, pk: int, *, hidden: bool) -> bool:
        """Whether the viewer may not know who member `pk` is."""
        own = self.viewer is not None and self.viewer.pk == pk
        return hidden and not own and not self._moderates

    def of(self, person: Member, *, hidden: bool) -> Member:
        """Return `person`, or in their place somebody without key, address or words."""
        return Member(name=str(SOMEBODY)) if self.conceals(person.pk, hidden=hidden) else person
