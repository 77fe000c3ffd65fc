"""The notice of an assembly: which circle, when, where, what about, and how long each point is given."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.forms.boundfield import BoundField, BoundWidget
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from frontend.fields import Form
from frontend.templatetags.ui import day
from governance.queries.assemblies import ConveningChoices
from governance.rules.acts import fields_of

__all__ = ["ConveneForm", "timed"]

OTHER_POINTS = 10
BUDGET = next(field for field in fields_of("set_budget") if field.name == "minutes")
LENGTH = re.compile(r"^(?P<title>.*?)[\s,;:(–—-]*\b(?P<minutes>\d{1,3})\s*(?:min|mn|minutes?)\.?\s*\)?$", re.I)


def timed(line: str) -> tuple[str, int]:
    """Return the title and the minutes of a point written on one line; 0 where it says none that may be given.

    >>> timed("Questions diverses, 10 min")
    ('Questions diverses', 10)
    """
    found = LENGTH.match(line)
    minutes = int(found["minutes"]) if found else 0
    if not found or not found["title"] or not BUDGET.low <= minutes <= BUDGET.high:
        return line, 0
    return found["title"], minutes


def _several(label: Promise) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(label=label, coerce=int, required=False, widget=forms.CheckboxSelectMultiple)


@dataclass(frozen=True)
class Point:
    """One point to tick, the field of its minutes, and what is recorded about it."""

    tick: BoundWidget
    minutes: BoundField
    notes: tuple[str, ...]


class ConveneForm(Form):
    """What convening asks. `agenda()` and `budgets()` give what `actions.assemblies.convene` takes."""

    circle = forms.TypedChoiceField(label=_("Cercle"), coerce=int)
    title = forms.CharField(label=_("Titre"), max_length=200, initial=_("Assemblée"))
    starts_at = forms.DateTimeField(
        label=_("Date et heure"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"],
    )
    place = forms.CharField(label=_("Lieu, ou adresse de la visio"), max_length=200, required=False)
    reviews = _several(_("Décisions dont la date de révision est venue"))
    proposals = _several(_("Propositions à l’ordre du jour"))
    elections = _several(_("Élections à l’ordre du jour"))
    others = forms.CharField(
        label=_("Autres points, un par ligne"),
        help_text=_("La durée peut suivre : « Questions diverses, 10 min »."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, choices: ConveningChoices, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["circle"].choices = [(each.id, each.name) for each in choices.circles]
        self.notes = {each.proposal.id: each.concerns for each in choices.reviews}
        reviews = [
            (
                each.proposal.id,
                _("%(title)s — décidée le %(decided)s, à revoir depuis le %(due)s")
                % {"title": each.proposal.name, "decided": day(each.decided_on), "due": day(each.due_on)},
            )
            for each in choices.reviews
        ]
        self._offer("reviews", reviews)
        self._offer("proposals", [(each.id, each.name) for _circle, each in choices.proposals])
        self._offer("elections", [(each.id, each.name) for _circle, each in choices.elections])

    def _offer(self, group: str, points: list[tuple[int, str]]) -> None:
        """Let points be ticked, each with its minutes; a group without any is not shown."""
        if not points:
            del self.fields[group]
            return
        self.fields[group].choices = points
        for pk, _title in points:
            self.fields[f"minutes_{group}_{pk}"] = forms.IntegerField(
                label=_("Durée prévue, en minutes"), required=False, min_value=BUDGET.low, max_value=BUDGET.high
            )

    def heads(self) -> Iterator[BoundField]:
        """Yield the fields that come before the points."""
        return (self[name] for name in ("circle", "title", "starts_at", "place"))

    def groups(self) -> Iterator[tuple[BoundField, list[Point]]]:
        """Yield each group of points: its field, and one line for each of them."""
        for group in ("reviews", "proposals", "elections"):
            if group in self.fields:
                yield self[group], [self._point(group, tick) for tick in self[group]]

    def _point(self, group: str, tick: BoundWidget) -> Point:
        pk = int(str(tick.data["value"]))
        return Point(tick, self[f"minutes_{group}_{pk}"], self.notes.get(pk, ()) if group == "reviews" else ())

    def agenda(self) -> list[tuple[str, int | None]]:
        """Return the points in their order: reviews, proposals, the others. Elections come after them."""
        return [
            *(("", pk) for pk in self._ticked("reviews", "proposals")),
            *((title, None) for title, _ in self._others()),
        ]

    def budgets(self) -> dict[int, int]:
        """Return the minutes given to points, by position from 1."""
        given = self.cleaned_data
        minutes = [
            given.get(f"minutes_{group}_{pk}") for group in ("reviews", "proposals") for pk in given.get(group, [])
        ]
        minutes += [each for _, each in self._others()]
        minutes += [given.get(f"minutes_elections_{pk}") for pk in given.get("elections", [])]
        return {position: each for position, each in enumerate(minutes, start=1) if each}

    def _ticked(self, *groups: str) -> list[int]:
        return [pk for group in groups for pk in self.cleaned_data.get(group, [])]

    def _others(self) -> list[tuple[str, int]]:
        lines = (line.strip() for line in self.cleaned_data["others"].splitlines())
        return [timed(line) for line in lines if line][:OTHER_POINTS]
