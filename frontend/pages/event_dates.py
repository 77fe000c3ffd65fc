"""One date of an event: other hours, another place, a word; cancelled, taken up again, added."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from frontend import event_words, messages
from frontend.context import me
from frontend.doors import for_members, show
from frontend.event_fields import DayField, HourField
from frontend.fields import Form, PlaceField
from network.actions.event_dates import add_date, cancel_date, change_date, restore_date
from network.errors import DomainError, NotEntitled, NotFound
from network.queries.event_cards import state_of
from network.queries.events import date_draft_of, event_page
from network.rules.events import DateDraft, VenueDraft


class DateForm(Form):
    """One date, set by hand: the rhythm spares it from then on."""

    on = DayField(label=_("Date"))
    starts = HourField(label=_("Début"))
    ends = HourField(label=_("Fin"))
    place = PlaceField(required=False, help_text=_("Vide : en ligne, ou sans lieu."))
    venue = forms.CharField(label=_("Lieu précis"), required=False, max_length=200)
    note = forms.CharField(
        label=_("Ce qui est particulier cette fois"), required=False, max_length=200, help_text=_("Public.")
    )

    def draft(self) -> DateDraft:
        """Return the draft that the form describes."""
        given = self.cleaned_data
        venue = VenueDraft(given["place"], given["venue"]) if given["place"] is not None else None
        return DateDraft(given["on"], given["starts"], given["ends"], venue, given["note"])


def _initial(draft: DateDraft) -> dict[str, Any]:
    venue = draft.venue
    return {
        "on": draft.on,
        "starts": draft.starts,
        "ends": draft.ends,
        "place": venue.place if venue else None,
        "venue": venue.venue if venue else "",
        "note": draft.note,
    }


@for_members
def event_date(request: HttpRequest, pk: int, slot: str) -> HttpResponseBase:
    """Change one date of one's own event, or cancel it: two forms on one page."""
    page, row = _own(request, pk, slot)
    typed = request.method == "POST" and request.POST.get("act", "change") == "change"
    form = DateForm(request.POST if typed else None, initial=_initial(date_draft_of(row)))
    if request.method == "POST":
        try:
            done = _act(request, form, pk, slot)
        except DomainError as error:
            _refuse(form, error)
        else:
            if done:
                return redirect("event", pk)
    context = {"form": form, "event": page.event, "row": row, "state": state_of(row), "when": event_words.moment(row)}
    return show(request, "events/date.html", context)


def _act(request: HttpRequest, form: DateForm, pk: int, slot: str) -> bool:
    """Do what was pressed; False if the form must be shown again."""
    act, who = request.POST.get("act", "change"), me(request)
    if act == "cancel":
        cancel_date(actor=who, event_id=pk, slot=slot, note=request.POST.get("why", ""))
        messages.tell(request, _("Cette date est annulée ; elle reste affichée pour que personne ne vienne en vain."))
    elif act == "restore":
        restore_date(actor=who, event_id=pk, slot=slot)
        messages.tell(request, _("Cette date a lieu après tout."))
    elif form.is_valid():
        change_date(actor=who, event_id=pk, slot=slot, draft=form.draft())
        messages.tell(request, _("Cette date est modifiée."))
    else:
        return False
    return True


def _refuse(form: Form, error: DomainError) -> None:
    if isinstance(error, NotEntitled | NotFound) or not form.is_bound:
        raise error
    form.refuse(error)


def _own(request: HttpRequest, pk: int, slot: str = "") -> tuple[Any, Any]:
    page = event_page(pk, viewer=me(request))
    if not page.can_edit:
        raise NotEntitled("not_the_organiser")
    row = next((each for each in page.coming if each.slot.isoformat() == slot), None)
    if slot and row is None:
        raise NotFound("event_date_unknown")
    return page, row


@for_members
def event_date_new(request: HttpRequest, pk: int) -> HttpResponse | HttpResponseBase:
    """Add a date outside the rhythm; the form begins with the hours and place of the last one."""
    page, _none = _own(request, pk)
    last = (page.coming or page.past)[-1]
    form = DateForm(request.POST or None, initial=_initial(date_draft_of(last)) | {"on": None, "note": ""})
    if request.method == "POST" and form.is_valid():
        try:
            add_date(actor=me(request), event_id=pk, draft=form.draft())
        except DomainError as error:
            _refuse(form, error)
        else:
            messages.tell(request, _("La date est ajoutée."))
            return redirect("event", pk)
    return show(request, "events/date_new.html", {"form": form, "event": page.event})
