"""Forms made from a draft of the charter: its articles in their order, its figures from the catalogue."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from frontend import figure_words
from frontend.fields import Form
from governance.queries.charters import DraftView
from governance.rules.figure_kinds import Figure
from governance.rules.figures import CLASS_FIGURES, FIGURES, PROCESSES

AREA = {"rows": 5}


class TextForm(Form):
    """Title, preamble, and for each article its title, its text, its place, and whether it leaves the charter."""

    field_for = {"articles": ""}

    title = forms.CharField(label=gettext_lazy("Titre de la charte"), max_length=200, required=False)
    preamble = forms.CharField(
        label=gettext_lazy("Préambule"), max_length=10_000, required=False, widget=forms.Textarea(attrs=AREA)
    )

    def __init__(self, draft: DraftView, *args: Any, **kwargs: Any) -> None:
        initial = {name: draft.document[name] for name in ("title", "preamble")}
        super().__init__(*args, initial=initial, **kwargs)
        self.ids = [each["id"] for each in draft.document["articles"]]
        for n, article in enumerate(draft.document["articles"]):
            self._add(str(n), article, n + 1)
        self._add("new", {"title": "", "text": ""}, None)

    def _add(self, name: str, article: Mapping[str, str], place: int | None) -> None:
        fields = {
            "title": forms.CharField(label=gettext("Titre"), max_length=200, required=False),
            "text": forms.CharField(
                label=gettext("Texte"), max_length=10_000, required=False, widget=forms.Textarea(attrs=AREA)
            ),
            "place": forms.IntegerField(label=gettext("Place"), min_value=1, max_value=200, required=False),
        }
        if place is not None:
            fields["out"] = forms.BooleanField(label=gettext("Retirer cet article"), required=False)
        for part, field in fields.items():
            field.initial = {"title": article["title"], "text": article["text"], "place": place}.get(part)
            field.widget.use_required_attribute = lambda initial: False
            self.fields[f"{name}-{part}"] = field

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each article's fields, for the template."""
        for n, name in enumerate(self.ids):
            yield {"id": name, "number": n + 1, "fields": self._bound(str(n), "title", "text", "place", "out")}

    def added(self) -> list[Any]:
        """Return the fields of an article to add."""
        return self._bound("new", "title", "text", "place")

    def head(self) -> list[Any]:
        """Return the fields of the heading."""
        return [self["title"], self["preamble"]]

    def _bound(self, name: str, *parts: str) -> list[Any]:
        return [self[f"{name}-{part}"] for part in parts]

    def articles(self) -> list[dict[str, str]]:
        """Return the articles in the order asked for: those whose place was changed go exactly there."""
        given = self.cleaned_data
        kept: list[tuple[int, dict[str, str]]] = []
        moved: list[tuple[int, dict[str, str]]] = []
        for n, name in enumerate(self.ids):
            if given.get(f"{n}-out"):
                continue
            article = {"id": name, "title": given[f"{n}-title"], "text": given[f"{n}-text"]}
            place = given.get(f"{n}-place")
            (moved if place and place != n + 1 else kept).append((place or n + 1, article))
        fresh = {"id": "", "title": given["new-title"], "text": given["new-text"]}
        moved.append((given.get("new-place") or 1_000, fresh))
        found = [article for _, article in kept]
        for place, article in sorted(moved, key=lambda each: each[0]):
            found.insert(place - 1, article)
        return found


class FiguresForm(Form):
    """Every figure of the catalogue and of each decision class, as people type it."""

    new_class = forms.CharField(
        label=gettext_lazy("Nouveau genre de décision"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Un nom court : travaux, budget. Il part des règles des décisions ordinaires."),
    )

    def __init__(self, draft: DraftView, data: Mapping[str, Any] | None = None) -> None:
        self.draft = draft
        super().__init__(data)
        known = dict(FIGURES) | {name: _unknown(name) for name in draft.document["figures"] if name not in FIGURES}
        for name, figure in known.items():
            self._add(name, figure, draft.document["figures"].get(name))
        for of_class, values in draft.document["classes"].items():
            unknown = {name: _unknown(name) for name in values if name not in CLASS_FIGURES}
            for name, figure in (CLASS_FIGURES | unknown).items():
                self._add(f"classes.{of_class}.{name}", figure, values.get(name))
            if of_class not in figure_words.CLASSES:
                self.fields[f"out.{of_class}"] = forms.BooleanField(
                    label=gettext("Retirer ce genre de décision"), required=False
                )
        if data is None:
            self.is_bound, self.data = True, _typed(self)
            for place, code in draft.faults:
                if place in self.fields:
                    self.add_error(place, figure_words.fault(code))

    def _add(self, place: str, figure: Figure, value: object) -> None:
        field: forms.Field
        if figure.kind in {"flag", "choice"}:
            field = forms.ChoiceField(choices=_choices(figure), required=False)
        else:
            field = forms.CharField(max_length=200, required=False)
        field.label, field.help_text = figure_words.label_of(place), figure_words.help_of(place)
        field.initial = _as_typed(value)
        field.widget.use_required_attribute = lambda initial: False
        self.fields[place] = field

    def groups(self) -> Iterator[dict[str, Any]]:
        """Yield the fields in groups: by process, then by decision class."""
        for process in PROCESSES:
            names = [name for name, figure in FIGURES.items() if figure.process == process]
            yield {"label": figure_words.PROCESSES.get(process, process), "fields": [self[name] for name in names]}
        other = [name for name in self.draft.document["figures"] if name not in FIGURES]
        if other:
            yield {"label": gettext("Règles inconnues de ce nœud"), "fields": [self[name] for name in other]}
        for of_class in self.draft.document["classes"]:
            names = [name for name in self.fields if name.startswith(f"classes.{of_class}.")]
            names += [f"out.{of_class}"] if f"out.{of_class}" in self.fields else []
            yield {"label": figure_words.CLASSES.get(of_class, of_class), "fields": [self[name] for name in names]}

    def given(self) -> tuple[dict[str, object], dict[str, dict[str, object] | None]]:
        """Return figures and decision classes as the action takes them."""
        data = self.cleaned_data
        figures = {
            name: value for name, value in data.items() if name.split(".")[0] not in {"classes", "out", "new_class"}
        }
        classes: dict[str, dict[str, object] | None] = {}
        for of_class in self.draft.document["classes"]:
            prefix = f"classes.{of_class}."
            values = {name.removeprefix(prefix): value for name, value in data.items() if name.startswith(prefix)}
            classes[of_class] = None if data.get(f"out.{of_class}") else values
        if data["new_class"].strip():
            classes.setdefault(data["new_class"].strip(), dict(self.draft.document["classes"].get("ordinary", {})))
        return figures, classes


def _as_typed(value: object) -> str:
    """Write a figure as one would type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _unknown(name: str) -> Figure:
    return Figure(name, "text", "", name)


def _choices(figure: Figure) -> list[tuple[str, object]]:
    known = [("yes", gettext("oui")), ("no", gettext("non"))] if figure.kind == "flag" else []
    known += [(each, str(figure_words.CHOICES.get(each, each))) for each in figure.choices]
    return [("", figure_words.UNSET), *known]


def _typed(form: Form) -> dict[str, str]:
    """What the fields hold, as if it had been typed: so that faults stand beside them."""
    return {name: str(field.initial if field.initial is not None else "") for name, field in form.fields.items()}
