"""Events: the page of one, one's own list, publishing, editing, cancelling, withdrawing, doing it again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from frontend import event_words, messages, words
from frontend.concealed import concealed_page
from frontend.context import me
from frontend.doors import for_members, linked, show
from frontend.event_fields import DayField, DaysField, HourField
from frontend.event_map import map_of, spot_of
from frontend.fields import AmountField, Form, LanguagesField, PartnersField, PlaceField
from frontend.map import Drawing
from frontend.pages.agenda_feeds import data_of
from network.actions.events import cancel_event, edit_event, publish_event, restore_event, withdraw_event
from network.clock import day_of, now
from network.errors import DomainError, NotEntitled
from network.queries.event_cards import state_of
from network.queries.events import draft_of, event_page, own_events
from network.queries.freshness import is_old_copy
from network.queries.offers import place_of
from network.rules.events import EventDraft, VenueDraft, horizon, moved_to_next

SHOWN = 6  # dates, until somebody asks for all
DESCRIBED = 3  # dates told to programs in the page


@require_GET
def event(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show an event with its dates, its places on a map, who organises it and how one can take part."""
    found = event_page(pk, viewer=me(request), concealed_too=True)
    if found.concealed:
        return concealed_page(request, found.concealed, _("Rendez-vous masqué"))
    coming = found.coming if "toutes" in request.GET else found.coming[:SHOWN]
    context = {
        "found": found,
        "hidden": found.hidden,
        "event": found.event,
        "member": found.event.organiser,
        "dates": [_line(row) for row in coming],
        "more": len(found.coming) - len(coming),
        "past": [_line(row) for row in found.past[: 1 if found.coming else SHOWN]],
        "languages": ", ".join(words.language_name(tag) for tag in found.event.languages),
        "map": _map(coming or found.past[:1]),
        "old_copy": is_old_copy(found.event, at=now()),
        "data": data_of((found.coming or found.past)[:DESCRIBED]) if found.event.visibility == "public" else "",
        "uri": next((row.uri for row in (*found.coming, *found.past)), found.event.uri),
    }
    answer = show(request, "events/event.html", context)
    return linked(answer, context["uri"]) if found.event.visibility == "public" else answer


def _line(row: Any) -> dict[str, Any]:
    return {"row": row, "state": state_of(row), "when": event_words.moment(row), "where": event_words.where(row)}


def _map(rows: list[Any]) -> Drawing | None:
    """Return the map of the places of some dates, each place once, under the number of its first date."""
    seen: dict[tuple[float, float], tuple[int, Any]] = {}
    for number, row in enumerate(rows, 1):
        if row.lat is not None and row.lon is not None:
            seen.setdefault((row.lat, row.lon), (number, row))
    spots = [spot_of(row, number, f"#d{row.slot}", event_words.where(row)) for number, row in seen.values()]
    first = next((row for _number, row in seen.values()), None)
    return map_of([spot for spot in spots if spot], place_of(first)) if first else None


# --- one's own -----------------------------------------------------------------------------------------------


NOTHING = EventDraft("", "", None, None, None)


class DraftForm(Form):
    """A part of what is said of an event; what this form does not show stays as `kept` has it."""

    kept: EventDraft = NOTHING

    def draft(self) -> EventDraft:
        """Return the draft that the form describes."""
        given = dict(self.cleaned_data)
        venues = self.venues(given)
        given |= {name: tuple(given[name]) for name in ("accessibility", "languages") if name in given}
        return replace(self.kept, **given, venues=tuple(venue for venue in venues if venue.place is not None))

    def venues(self, given: dict[str, Any]) -> list[VenueDraft]:
        """Take the places out of what was given; return all places of the event, in turn."""
        raise NotImplementedError


class EventForm(DraftForm):
    """What, when, where, for whom: what an event needs to be published."""

    kind = forms.ChoiceField(
        label=_("Que préparez-vous ?"), choices=lambda: words.choices(event_words.KINDS), initial="install_fair"
    )
    title = forms.CharField(label=_("Titre"), max_length=120)
    description = forms.CharField(
        label=_("Description, en Markdown : **gras**, *italique*, listes, liens"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    first_on = DayField(label=_("Date"))
    starts = HourField(label=_("Début"))
    ends = HourField(label=_("Fin, le lendemain si l’heure vient avant le début"))
    rhythm = forms.ChoiceField(label=_("Rythme"), choices=lambda: words.choices(event_words.RHYTHMS), initial="once")
    until_on = DayField(label=_("Jusqu’au"), required=False)
    listed = DaysField(label=_("Autres dates, une par ligne : 31/12/2026"), required=False)
    place = PlaceField(required=False)
    venue = forms.CharField(label=_("Lieu précis"), required=False, max_length=200)
    price = forms.ChoiceField(label=_("Prix"), choices=lambda: words.choices(event_words.PRICES), initial="gift")
    amount_cents = AmountField(label=_("Montant"), required=False)
    accessibility = forms.MultipleChoiceField(
        label=_("Accès"),
        required=False,
        choices=lambda: words.choices(event_words.ACCESS),
        widget=forms.CheckboxSelectMultiple,
    )
    online = forms.CharField(label=_("Adresse en ligne"), required=False, max_length=500)
    visibility = forms.ChoiceField(
        label=_("Qui peut le voir"),
        choices=[
            ("public", _("Tout le monde, ici et sur les autres nœuds")),
            ("members", _("Les membres de mes coopératives, sur ce nœud seulement")),
        ],
    )

    def venues(self, given: dict[str, Any]) -> list[VenueDraft]:
        return [VenueDraft(given.pop("place"), given.pop("venue")), *self.kept.venues[1:]]


class MoreForm(DraftForm):
    """What can be said besides: a second town, who organises it too, languages, how to register, whether it is sure."""

    other_place = PlaceField(label=_("En alternance avec cette ville"), required=False)
    other_venue = forms.CharField(label=_("Lieu précis, dans cette ville"), required=False, max_length=200)
    partners = PartnersField(
        label=_("Avec qui, parmi les membres de ce nœud : un nom ou une adresse de page par ligne"),
        required=False,
        help_text=_("Leur nom est montré, et ces membres peuvent modifier ce rendez-vous."),
    )
    languages = LanguagesField(label=_("Langues"), required=False)
    capacity = forms.CharField(label=_("Places"), required=False, max_length=200)
    registration = forms.CharField(label=_("Inscription"), required=False, max_length=200)
    registration_link = forms.CharField(label=_("Adresse d’inscription"), required=False, max_length=500)
    state = forms.ChoiceField(
        label=_("État"), choices=[(name, event_words.STATES[name]) for name in ("confirmed", "tentative")]
    )

    def venues(self, given: dict[str, Any]) -> list[VenueDraft]:
        other = VenueDraft(given.pop("other_place"), given.pop("other_venue"))
        return [*self.kept.venues[:1], other, *self.kept.venues[2:]]


def _initial(draft: EventDraft) -> dict[str, Any]:
    """Return what the forms begin with: the draft, its first two places apart."""
    shown = {name: getattr(draft, name, None) for name in (*EventForm.base_fields, *MoreForm.base_fields)}
    for names, venue in zip((("place", "venue"), ("other_place", "other_venue")), draft.venues, strict=False):
        shown |= dict(zip(names, (venue.place, venue.venue), strict=True))
    return shown | {
        "accessibility": list(draft.accessibility),
        "languages": ", ".join(words.language_name(tag) for tag in draft.languages),
    }


def _form(request: HttpRequest, kept: EventDraft, initial: dict[str, Any]) -> EventForm:
    form = EventForm(request.POST or None, initial=initial)
    form.kept = kept
    form.fields["first_on"].widget.attrs.update(max=horizon(day_of(now())).isoformat())
    return form


@for_members
def my_events(request: HttpRequest) -> HttpResponse:
    """List what I organise, what comes next first."""
    own = [
        {"event": found, "next": _line(found.coming[0]) if found.coming else None} for found in own_events(me(request))
    ]
    return show(request, "events/mine.html", {"own": own})


@for_members
def event_new(request: HttpRequest) -> HttpResponseBase:
    """Publish an event; `?copie=` begins with another of one's own, for the next time."""
    member, like = me(request), _like(request)
    form = _form(request, like or NOTHING, _initial(like) if like else {"place": place_of(member)})
    if request.method == "POST" and form.is_valid():
        try:
            made = publish_event(actor=member, draft=form.draft())
        except DomainError as error:
            _refuse(form, error)
        else:
            messages.tell(
                request,
                _("C’est dans l’agenda. Vous pouvez encore préciser avec qui, langues, places et inscription."),
            )
            return redirect("event", made.pk)
    return show(request, "events/edit.html", {"form": form, "copied": like})


def _like(request: HttpRequest) -> EventDraft | None:
    asked = request.GET.get("copie", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return None
    return moved_to_next(draft_of(_own(request, int(asked))), today=day_of(now()))


def _refuse(form: Form, error: DomainError) -> None:
    """Put a refusal on its field; one that no field can mend is the page's."""
    if isinstance(error, NotEntitled):
        raise error
    form.refuse(error)


@for_members
def event_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = _own(request, pk)
    draft = draft_of(found)
    form = _form(request, draft, _initial(draft))
    return _edited(request, found, form, lambda: replace(form.draft(), zone=_zone_kept(form, draft)))


@for_members
def event_more(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say more of one's own event: a second town, with whom, languages, how to register."""
    found = _own(request, pk)
    draft = draft_of(found)
    form = MoreForm(request.POST or None, initial=_initial(draft))
    form.kept = draft
    return _edited(request, found, form, form.draft)


def _edited(request: HttpRequest, found: Any, form: DraftForm, draft: Callable[[], EventDraft]) -> HttpResponseBase:
    """Write what a form says of an event, or show the form."""
    if request.method == "POST" and form.is_valid():
        try:
            edit_event(actor=me(request), event_id=found.pk, draft=draft())
        except DomainError as error:
            _refuse(form, error)
        else:
            messages.tell(request, _("Le rendez-vous est modifié, ici et sur les nœuds qui nous suivent."))
            return redirect("event", found.pk)
    return show(request, "events/edit.html", {"form": form, "event": found})


def _zone_kept(form: EventForm, draft: EventDraft) -> str:
    """Keep the zone as long as the first place stays the same: it may have been chosen by another door."""
    before = draft.venues[0].place if draft.venues else None
    place = form.cleaned_data["place"]
    return draft.zone if getattr(before, "code", "") == getattr(place, "code", "") else ""


def _own(request: HttpRequest, pk: int) -> Any:
    """Fetch an event of the reader's own; others' are refused, unknown ones not found."""
    page = event_page(pk, viewer=me(request))
    if not page.can_edit:
        raise NotEntitled("not_the_organiser")
    return page.event


@for_members
def event_cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Cancel all dates to come in two steps, or let them take place after all."""
    found = _own(request, pk)
    if request.method == "POST" and request.POST.get("confirmed") == "1":
        if found.state == "cancelled":
            restore_event(actor=me(request), event_id=pk)
            messages.tell(request, _("Le rendez-vous a lieu après tout."))
        else:
            cancel_event(actor=me(request), event_id=pk)
            messages.tell(
                request, _("Le rendez-vous est annulé ; il reste affiché pour que personne ne vienne en vain.")
            )
        return redirect("event", pk)
    return show(request, "events/cancel.html", {"event": found})


@for_members
def event_withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Withdraw in two steps: a page that says what it means, then the act."""
    found = _own(request, pk)
    if request.method == "POST" and request.POST.get("confirmed") == "1":
        withdraw_event(actor=me(request), event_id=pk)
        messages.tell(request, _("Le rendez-vous est retiré."))
        return redirect("my_events")
    return show(request, "events/withdraw.html", {"event": found})
