"""Unclaimed entries: written from files of other directories, shown as such, never federated, gone after six months.

They are rows of members and offers like those of other nodes, under addresses of this node that lead to their page.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from network import clock
from network.actions.index import index_offer
from network.models import ImportedChange, ImportRun, Member, Offer, OfferState, RecordState, Skill, SourceRecord
from network.queries.entry_plans import member_state, offer_state
from network.queries.import_steps import EntryWish, OfferWish, Step
from network.rules.offers import default_end

__all__ = [
    "lapse_entries", "remove_entry", "restore_entry", "restore_offer", "take_back_entry", "write_entry",
]  # fmt: skip

FORGOTTEN_AFTER = timedelta(days=183)  # after it left the results, an entry that nobody renewed is erased


def write_entry(run: ImportRun, step: Step) -> Member | None:
    """Make the rows of an entry say what the step wishes, for six months from now; note what changes."""
    wish = step.wish
    if wish is None:
        return None
    record = SourceRecord.objects.select_for_update().filter(digest=wish.digest).first()
    record = record or SourceRecord(digest=wish.digest)
    record.source = run.source  # of one whose entry is gone it may be another
    member = record.member if record.member_id else None
    before = member_state(member) if member else {}
    member = _write_member(member, wish)
    after = member_state(member)
    if before != after:
        ImportedChange.objects.create(run=run, line=step.number, member=member, before=before, after=after)
    _keep(record, member, wish)
    for offer in wish.offers:
        _write_offer(run, step.number, record, member, offer)
    record.save()
    return member


def _write_member(member: Member | None, wish: EntryWish) -> Member:
    instant = clock.now()
    made = member or Member(uri=f"{settings.ORIGIN}/fiches/{uuid4().hex}", local=False, unclaimed=True)
    for name, value in wish.columns.items():
        setattr(made, name, value)
    made.origin, made.heard_at, made.renewed_at = wish.origin, instant, instant
    made.save()
    made.skills.set(Skill.objects.filter(slug__in=wish.skills))
    return made


def _keep(record: SourceRecord, member: Member, wish: EntryWish) -> None:
    instant = clock.now()
    record.member, record.url, record.state = member, wish.url, RecordState.UNCLAIMED
    record.heard_at, record.leaves_at = instant, _end(instant)
    record.save()


def _end(instant: datetime) -> datetime:
    """The first instant after the day six months from now."""
    return clock.end_of(default_end(clock.day_of(instant)))


def _write_offer(run: ImportRun, line: int, record: SourceRecord, member: Member, wish: OfferWish) -> None:
    instant = clock.now()
    offer = Offer.objects.select_for_update().filter(pk=wish.offer_id, owner=member).first() if wish.offer_id else None
    before = offer_state(offer) if offer else {}
    made = offer or Offer(uri=f"{member.uri}/{uuid4().hex[:12]}", owner=member, local=False, published_at=instant)
    for name, value in wish.columns.items():
        setattr(made, name, value)
    made.state, made.ends_at = OfferState.LIVE, record.leaves_at
    made.updated_at = made.renewed_at = made.heard_at = instant
    made.save()
    record.offer_ids[wish.key] = made.pk
    after = offer_state(made)
    if before != after:
        ImportedChange.objects.create(run=run, line=line, offer=made, before=before, after=after)
    elif before:
        index_offer(made)  # its end has moved: it may have expired


# --- taking back ----------------------------------------------------------------------------------------------


def take_back_entry(member: Member) -> None:
    """Erase an entry as if it had never been read: its source may bring it again."""
    SourceRecord.objects.filter(member=member).delete()
    member.delete()


def restore_entry(member: Member, before: dict[str, Any]) -> None:
    """Give an entry back the words it had."""
    columns = {name: value for name, value in before.items() if name != "skills"}
    for name, value in columns.items():
        setattr(member, name, value)
    member.save()
    member.skills.set(Skill.objects.filter(slug__in=before["skills"]))


def restore_offer(offer: Offer, before: dict[str, Any]) -> None:
    """Give an offer of an entry back the words it had, or erase it if the import made it."""
    if not before:
        for record in SourceRecord.objects.filter(member=offer.owner_id):
            record.offer_ids = {key: pk for key, pk in record.offer_ids.items() if pk != offer.pk}
            record.save(update_fields=["offer_ids"])
        offer.delete()
        return
    for name, value in before.items():
        setattr(offer, name, value)
    offer.save()
    index_offer(offer)


@transaction.atomic
def remove_entry(record: SourceRecord, state: str) -> None:
    """Erase an entry for good, because its owner wishes so, or has a page of their own: it cannot be read again."""
    member, record.member = record.member, None
    record.state, record.url, record.offer_ids = state, "", {}
    record.save()
    if member is not None:
        member.delete()


@transaction.atomic
def lapse_entries(*, now: datetime) -> int:
    """Erase the entries that left the results half a year ago, and forget where they came from; return how many."""
    due = SourceRecord.objects.select_for_update(of=("self",)).filter(
        state=RecordState.UNCLAIMED, leaves_at__lt=now - FORGOTTEN_AFTER
    )
    gone = list(due.select_related("member")[:500])
    for record in gone:
        if record.member is not None:
            record.member.delete()
        record.delete()
    return len(gone)
