"""What is here already of the entries that a file names: read at once, however many they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Prefetch

from network.models import Member, Offer, Skill, SourceRecord
from network.rules.entries import EntryCard

__all__ = ["Here", "here_of"]


@dataclass(frozen=True)
class Here:
    """`records`: where entries came from, by digest, with their member and its skills; `offers`: their offers by id;
    `uris`, `websites`: of cards, those of somebody who is here for themselves."""

    records: Mapping[str, SourceRecord]
    offers: Mapping[int, Offer]
    uris: frozenset[str]
    websites: frozenset[str]

    def has(self, card: EntryCard) -> bool:
        """Say whether whom a card is about is here already, under their own entry."""
        return card.uri in self.uris or card.website in self.websites


def here_of(cards: Mapping[str, EntryCard]) -> Here:
    """Return what is here of some cards, by their digests: five queries whatever their number."""
    listed = SourceRecord.objects.filter(digest__in=list(cards)).select_related("member")
    records = {
        record.digest: record
        for record in listed.prefetch_related(Prefetch("member__skills", Skill.objects.only("slug")))
    }
    ids = [pk for record in records.values() for pk in record.offer_ids.values()]
    uris = [card.uri for card in cards.values() if card.uri]
    websites = [card.website for card in cards.values() if card.website]
    present = Member.objects.filter(gone_at=None, unclaimed=False)
    local = present.filter(local=True, website__in=websites)
    return Here(
        records,
        Offer.objects.in_bulk(ids),
        frozenset(present.filter(uri__in=uris).values_list("uri", flat=True)),
        frozenset(local.values_list("website", flat=True)),
    )
