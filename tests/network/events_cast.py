"""Events for tests, with as little said as possible: a fair on the first Saturdays of Liévin and Lille in turn."""

from datetime import date, time

from network.actions.events import publish_event
from network.models import Event, Member
from network.rules.events import DateDraft, EventDraft, VenueDraft
from tests import factories
from tests.factories import LENS, LIEVIN, LILLE

__all__ = ["HALL", "LENS", "LIEVIN", "LILLE", "at", "date_draft", "draft", "fair", "published"]

HALL = VenueDraft(LIEVIN, "Salle des fêtes")


def draft(title="Fête d’installation", **columns) -> EventDraft:
    """A draft of an event on Saturday 5 December 2026 from 14 h to 18 h in Liévin."""
    said = {"kind": "install_fair", "first_on": date(2026, 12, 5), "starts": time(14), "ends": time(18)}
    return EventDraft(title=title, **(said | {"venues": (HALL,)} | columns))


def fair(**columns) -> EventDraft:
    """The first Saturdays, alternating between two towns, until June."""
    rhythm = {
        "rhythm": "monthly",
        "until_on": date(2027, 6, 30),
        "venues": (HALL, VenueDraft(LILLE, "Maison de quartier")),
    }
    return draft(**(rhythm | columns))


def date_draft(day=date(2027, 1, 9), **columns) -> DateDraft:
    return DateDraft(**({"on": day, "starts": time(10), "ends": time(12), "venue": VenueDraft(LENS)} | columns))


def published(organiser: Member | None = None, of: EventDraft | None = None, **columns) -> Event:
    """An event in the agenda; the clock should stand still (`clock` fixture)."""
    organiser = organiser or factories.member(belongs_to=factories.collective())
    return publish_event(actor=organiser, draft=of or draft(**columns))


def at(event: Event, slot: str):
    """The date of an event that was planned for a day."""
    return event.dates.select_related("event__organiser").get(slot=slot)
