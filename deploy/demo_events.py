"""Invented install fairs, workshops, trainings and a debate for `make demo`, published by the invented members."""

from datetime import date, time, timedelta
from typing import NamedTuple

from network.actions.event_dates import cancel_date
from network.actions.events import publish_event
from network.clock import now
from network.models import Event, Member
from network.queries.places import find_place
from network.rules.events import EventDraft, VenueDraft

__all__ = ["publish_events"]


class Meeting(NamedTuple):
    """One invented event. `weekday` 0 is Monday; the first one is `weeks` from now. Places alternate."""

    handle: str
    kind: str
    title: str
    text: str
    weekday: int
    weeks: int
    hours: tuple[int, int]
    rhythm: str
    places: tuple[tuple[str, str], ...]
    access: tuple[str, ...] = ("step_free",)
    price: str = "gift"
    registration: str = "Sans inscription."


MEETINGS = (
    Meeting(
        "terrils", "install_fair", "Foire aux installs", "Venez avec votre ordinateur, repartez avec un système libre. **Café offert.**",
        5, 1, (14, 18), "monthly", (("Liévin", "Salle de démonstration du Bassin"), ("Mons-en-Barœul", "Maison inventée du quartier")),
        ("step_free", "easy_read"), "prix_libre",
    ),
    Meeting(
        "barolle", "workshop", "Atelier : mes démarches en ligne", "On fait avec vous, jamais à votre place.",
        2, 0, (14, 16), "fortnightly", (("Mons-en-Barœul", "Cercle de démonstration"),), ("step_free", "phone"),
    ),
    Meeting(
        "bachir", "training", "Formation : la bureautique libre", "Six personnes au plus, une journée, un repas partagé.",
        3, 3, (9, 17), "once", (("Lens", ""),), ("step_free",), "prix_libre", "Sur inscription, six places.",
    ),
    Meeting(
        "ducasse", "debate", "Débat : à qui appartiennent nos données ?", "Une heure de récits, une heure de questions.",
        4, 5, (19, 21), "once", (("Béthune", "Studio inventé"),), ("step_free", "sign_language", "remote"),
    ),
    Meeting(
        "halles", "install_fair", "Fête d’installation des Halles", "Linux, téléphones et conseils, sans rendez-vous.",
        5, 2, (10, 17), "monthly", (("Tours", "Atelier inventé des Halles"), ("Amboise", "Préau de démonstration")),
        ("step_free",), "prix_libre",
    ),
    Meeting(
        "ecluse", "workshop", "Atelier de cartographie", "Relever le quartier à pied, puis le dessiner.",
        6, 1, (10, 12), "once", (("Vendôme", ""),), ("easy_read",),
    ),
)  # fmt: skip


def publish_events(members: list[Member]) -> list[Event]:
    """Publish what the members of this half organise; one date of the first fair is cancelled, as it happens."""
    by_handle = {member.handle: member for member in members}
    made = [_publish(by_handle[one.handle], one) for one in MEETINGS if one.handle in by_handle]
    fairs = [event for event in made if event.rhythm == "monthly"]
    for event in fairs[:1]:
        slot = event.dates.order_by("slot")[2].slot.isoformat()
        cancel_date(actor=event.organiser, event_id=event.pk, slot=slot, note="La salle est prise ce jour-là.")
    return made


def _publish(organiser: Member, one: Meeting) -> Event:
    today = now().date()
    draft = EventDraft(
        title=one.title, kind=one.kind, description=one.text, first_on=_first(today, one), starts=time(one.hours[0]),
        ends=time(one.hours[1]), rhythm=one.rhythm, venues=tuple(_venue(*place) for place in one.places),
        accessibility=one.access, languages=("fr",), price=one.price, registration=one.registration,
        online="https://visio.example/demo" if "remote" in one.access else "",
    )  # fmt: skip
    event = publish_event(actor=organiser, draft=draft)
    Event.objects.filter(pk=event.pk).update(demo=True)
    return event


def _first(today: date, one: Meeting) -> date:
    """Return the first such weekday after so many weeks; of a monthly rhythm the first of its month."""
    day = today + timedelta(weeks=one.weeks, days=1)
    while day.weekday() != one.weekday or (one.rhythm == "monthly" and day.day > 7):
        day += timedelta(days=1)
    return day


def _venue(name: str, venue: str) -> VenueDraft:
    answer = find_place(name)
    return VenueDraft(answer.place or answer.others[0], venue)
