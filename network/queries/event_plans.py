"""What an import of a calendar would do: each event becomes one of the member's own, or is left out with a reason.

An event that an earlier import brought is known again by its name in the calendar (UID).
"""

import re
from dataclasses import replace
from datetime import date
from typing import Any

from django.conf import settings

from network.formats import ical_read
from network.models import Event, EventDate, EventState, ImportedChange, ImportState, Member
from network.queries.events import draft_of
from network.queries.import_steps import CREATE, REFUSE, SAME, SKIP, UPDATE, Step
from network.queries.places import PlaceHit, find_place, place_near
from network.queries.readings import CALENDAR
from network.rules.entries import Problem
from network.rules.event_checks import check_draft
from network.rules.event_entries import EventLine, begun_again
from network.rules.events import EventDraft, VenueDraft, horizon
from network.rules.places import normalise

__all__ = ["plan_events"]

PARTS = re.compile(r"[,;\n]")
CODED = re.compile(r"(?:^|.*\s)(\d{5}\s+\D+)$")  # an address that ends with a postcode and a name
LABEL = re.compile(r"\s*\(\w{2,3}\)$")  # « (62) »
LOOKED_UP, SHORTEST = 4, 3  # parts of a place looked up as communes, from the last; letters of one without postcode
SAID = (  # fields of an event that a calendar speaks of
    "title", "description", "first_on", "starts", "ends", "rhythm", "until_on", "listed", "venues", "zone", "online",
    "state",
)  # fmt: skip


def plan_events(actor: Member, text: str, *, today: date) -> tuple[list[Step], tuple[str, ...], Problem | None]:
    """Return a step for each event of a calendar, what nothing here understands, and why none of it can be read."""
    reading = ical_read.read(text, zone=settings.TIME_ZONE)
    if reading.problem is not None:
        return [], (), reading.problem
    known, here = _known(actor), _here([line.uid for line in reading.lines])
    seen: set[str] = set()
    steps = []
    for line in reading.lines:
        steps.append(_step(line, known, here, seen, today))
    return steps, reading.unknown, None


def _known(actor: Member) -> dict[str, Event]:
    """Return the events that earlier imports of this member brought and that still stand, by their name there."""
    made = ImportedChange.objects.filter(
        run__actor=actor, run__format=CALENDAR, run__state=ImportState.APPLIED
    ).order_by("pk")  # fmt: skip
    ids = {after["uid"]: after["event"] for after in made.values_list("after", flat=True) if after.get("uid")}
    own = Event.objects.filter(pk__in=ids.values(), organiser=actor, local=True).exclude(state=EventState.WITHDRAWN)
    events = own.in_bulk()
    return {uid: events[pk] for uid, pk in ids.items() if pk in events}


def _here(uids: list[str]) -> set[str]:
    """Return which of these names are addresses of dates that this node has already, its own or of other nodes."""
    return set(EventDate.objects.filter(uri__in=uids).values_list("uri", flat=True))


def _step(line: EventLine, known: dict[str, Event], here: set[str], seen: set[str], today: date) -> Step:
    step = Step(line.number, line.label, SKIP, line.left_out)
    draft = line.draft
    if line.problems:
        return replace(step, does=REFUSE, problems=line.problems)
    if draft is None:
        return step
    uid = line.uid or f"{draft.title}|{draft.first_on}|{draft.starts}"
    if uid in seen:
        return replace(step, code="line_twice")
    seen.add(uid)
    if uid in here:
        return replace(step, code="event_here")
    event = known.get(uid)
    return _own_step(replace(step, uid=uid), line, draft, event, today)


def _own_step(step: Step, line: EventLine, draft: EventDraft, event: Event | None, today: date) -> Step:
    before = draft_of(event) if event else None
    since = min(today, before.first_on or today) if before else today
    begun = begun_again(draft, since=since, until=horizon(today))
    if begun is None:
        return replace(step, code="event_over")
    venue, problems = _venue(line)
    problems += [] if venue or not line.where or draft.online else [Problem("place", "place_unknown", line.where[:60])]
    wished = replace(begun, venues=(venue,) if venue else ())
    wished = _beside(wished, before) if before else wished
    told = {problem.field for problem in problems}
    found = check_draft(wished, today=today, new=before is None)
    problems += [Problem(name, code) for name, code in found if name not in told]
    if problems:
        return replace(step, does=REFUSE, problems=tuple(problems))
    changed = tuple(name for name in SAID if before is not None and getattr(wished, name) != getattr(before, name))
    does = CREATE if before is None else UPDATE if changed else SAME
    return replace(step, does=does, event=wished, event_id=event.pk if event else None, changed=changed)


def _beside(wished: EventDraft, before: EventDraft) -> EventDraft:
    """Return what stands with what the calendar says put in its place; a place that is the same stays as it is."""
    said: dict[str, Any] = {name: getattr(wished, name) for name in SAID}
    if [_named(venue) for venue in wished.venues] == [_named(venue) for venue in before.venues[:1]]:
        said["venues"] = before.venues
    return replace(before, **said)


def _named(venue: VenueDraft) -> tuple[str, str, str]:
    return venue.venue, getattr(venue.place, "name", ""), getattr(venue.place, "dept", "")


# --- places ------------------------------------------------------------------------------------------------


def _venue(line: EventLine) -> tuple[VenueDraft | None, list[Problem]]:
    """Return where an event is: the commune that its place names, usually last, else the one around its point."""
    parts = [part.strip() for part in PARTS.split(line.where) if part.strip()]
    for number in list(reversed(range(len(parts))))[:LOOKED_UP]:
        place, venue = _commune(parts[number])
        if place is not None:
            return VenueDraft(place, ", ".join([*parts[:number], *([venue] if venue else [])])[:200]), []
    near = place_near(line.lat, line.lon) if line.lat is not None and line.lon is not None else None
    return (VenueDraft(near, ", ".join(parts)[:200]) if near else None), []


def _commune(text: str) -> tuple[PlaceHit | None, str]:
    """Return the commune that a text is, and what stood before it; a name that only begins so is none."""
    coded = CODED.fullmatch(text)
    if coded:
        return find_place(coded[1]).place, text[: coded.start(1)].strip()
    place = find_place(text).place if len(text) >= SHORTEST else None
    same = place is not None and normalise(place.name) == normalise(LABEL.sub("", text))
    return (place if same else None), ""
