"""Offers that an import of one's own publishes or changes, how that is undone, and what a later one has read again.

See actions/imports.py; events of a calendar are in actions/event_imports.py.
"""

from dataclasses import asdict
from datetime import date
from typing import Any

from network import clock
from network.actions.offers import edit_offer, publish_offer, withdraw_offer
from network.models import Event, EventState, ImportedChange, ImportRun, ImportScope, ImportState, Offer, OfferState
from network.queries.import_steps import SAME, Step
from network.queries.offers import PlaceValue, draft_of
from network.queries.readings import CALENDAR
from network.rules.offers import OfferDraft

__all__ = ["read_again", "take_offer", "undo_offer"]


def take_offer(run: ImportRun, step: Step) -> None:
    """Publish or change the offer of a step, and note it with what it was before; of one that is the same, nothing."""
    if step.does == SAME:
        ImportedChange.objects.create(run=run, line=step.number, offer_id=step.offer_id)
    if step.draft is None or run.actor is None:
        return
    before: dict[str, Any] = {}
    if step.offer_id is None:
        offer = publish_offer(actor=run.actor, draft=step.draft)
    else:
        before = _values(draft_of(Offer.objects.select_related("skill").get(pk=step.offer_id)))
        offer = edit_offer(actor=run.actor, offer_id=step.offer_id, draft=step.draft)
    after = _values(draft_of(offer))
    ImportedChange.objects.create(run=run, line=step.number, offer=offer, before=before, after=after)


def read_again(run: ImportRun) -> set[int]:
    """Return the offers, or events of a calendar, that still stand and of which later imports of the same person, those
    undone left out, spoke too: changed or the same."""
    if run.scope != ImportScope.OWN or run.actor is None:
        return set()
    later = ImportedChange.objects.filter(
        run__actor=run.actor, run__scope=run.scope, run__state=ImportState.APPLIED, run__applied_at__gt=run.applied_at
    )
    if run.format == CALENDAR:
        told = {after["event"] for after in later.filter(run__format=CALENDAR).values_list("after", flat=True)}
        standing = Event.objects.filter(pk__in=told).exclude(state=EventState.WITHDRAWN)
        return set(standing.values_list("pk", flat=True))
    offers = later.exclude(offer=None).exclude(offer__state=OfferState.WITHDRAWN)
    return set(offers.values_list("offer", flat=True))


def undo_offer(run: ImportRun, change: ImportedChange) -> bool:
    """Undo one change; return False if the offer must stay, because somebody has changed it."""
    offer = change.offer
    if offer is None or run.actor is None or offer.state == OfferState.WITHDRAWN:
        return True
    if _values(draft_of(offer)) != change.after:
        return False
    if change.before:
        edit_offer(actor=run.actor, offer_id=offer.pk, draft=_draft(change.before))
    else:
        withdraw_offer(actor=run.actor, offer_id=offer.pk)
    return True


def _values(draft: OfferDraft) -> dict[str, Any]:
    """Return a draft as plain values; its last day as a date in ISO form."""
    place = draft.place
    values = {name: _listed(getattr(draft, name)) for name in vars(draft)}
    values["place"] = asdict(place) if isinstance(place, PlaceValue) else None
    values["ends_on"] = draft.ends_on.isoformat() if draft.ends_on else None
    return values


def _listed(value: Any) -> Any:
    """As a row of JSON gives it back."""
    return list(value) if isinstance(value, tuple) else value


def _draft(values: dict[str, Any]) -> OfferDraft:
    place = PlaceValue(**values["place"]) if values["place"] else None
    last = date.fromisoformat(values["ends_on"]) if values["ends_on"] else None
    last = last if last and last > clock.day_of(clock.now()) else None
    said: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return OfferDraft(**{**said, "place": place, "ends_on": last})
