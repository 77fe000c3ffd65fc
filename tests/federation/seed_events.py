"""What a test asks of another process's node about events; like seed.py, each prints one line of JSON."""

from datetime import date, time, timedelta

from network.actions import event_dates, events
from network.clock import now
from network.models import Account, Event
from network.rules.events import EventDraft, VenueDraft
from tests.federation.seed import LIEVIN, tell


def publish(username: str, title: str) -> None:
    """Publish a fair on the same weekday of every month, from next week on, for three months."""
    first = now().date() + timedelta(days=7)
    draft = EventDraft(
        title=title, kind="install_fair", first_on=first, starts=time(14), ends=time(18), rhythm="monthly",
        until_on=first + timedelta(days=80), venues=(VenueDraft(LIEVIN, "Salle des fêtes"),),
        description="Avec *vous*.", accessibility=("step_free",), price="prix_libre",
    )  # fmt: skip
    made = events.publish_event(actor=Account.objects.get(username=username).member, draft=draft)
    slots = [day.isoformat() for day in made.dates.order_by("slot").values_list("slot", flat=True)]
    tell(uri=made.uri, slots=slots)


def cancel_date(uri: str, slot: str, note: str) -> None:
    """Cancel one date, as the organiser."""
    event = Event.objects.get(uri=uri)
    event_dates.cancel_date(actor=event.organiser, event_id=event.pk, slot=slot, note=note)
    tell(slot=slot)


def withdraw(uri: str) -> None:
    """Withdraw an event, as the organiser."""
    event = Event.objects.get(uri=uri)
    events.withdraw_event(actor=event.organiser, event_id=event.pk)
    tell(uri=uri)


def single(username: str, title: str, days: int) -> None:
    """Publish a workshop that takes place once, in so many days."""
    draft = EventDraft(
        title=title, kind="workshop", first_on=date.fromordinal(now().date().toordinal() + days), starts=time(18),
        ends=time(20), venues=(VenueDraft(LIEVIN),),
    )  # fmt: skip
    made = events.publish_event(actor=Account.objects.get(username=username).member, draft=draft)
    tell(uri=made.uri, pk=made.pk)
