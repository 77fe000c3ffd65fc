"""What a charter adopted earlier does not say yet of what this software can do by now, and the template's values."""

from collections.abc import Mapping
from typing import Any

from governance.rules.figures import CLASS_FIGURES, FIGURES
from governance.rules.templates import template

__all__ = ["completed", "missing"]

Document = Mapping[str, Any]
LEFT_OPEN = frozenset({"trust"})  # the web of trust has figures of its own for what a charter leaves open


def missing(charter: Document) -> dict[str, object]:
    """Return place → the template's value of every figure that the charter leaves open, by place.

    Classes of the template that the charter lacks count too; its own classes of decision are completed like ordinary
    decisions. `charter` is the canonical document of `charter.document`.
    """
    text_of = "six_values" if charter["articles"] else "empty"  # without articles, an objection has none to cite
    model = template(text_of)[1]
    figures, classes = charter["figures"], charter["classes"]
    found = {
        name: value
        for name, value in model.figures.items()
        if FIGURES[name].process not in LEFT_OPEN and figures.get(name) is None
    }
    for name in sorted({*classes, *model.classes}):
        usual, here = model.classes.get(name, model.classes["ordinary"]), classes.get(name, {})
        known = {each: value for each, value in usual.items() if each in CLASS_FIGURES and here.get(each) is None}
        if name in classes:  # what is not required may have been left out on purpose: no limit, not about a person
            known = {each: value for each, value in known.items() if each not in {"person", "exits"}}
        found |= {f"classes.{name}.{each}": value for each, value in known.items()}
    return dict(sorted(found.items()))


def completed(charter: Document) -> dict[str, Any]:
    """Return the charter with every figure that it leaves open set as the template proposes; the rest stays."""
    figures = dict(charter["figures"])
    classes = {name: dict(of_class) for name, of_class in charter["classes"].items()}
    for place, value in missing(charter).items():
        parts = place.split(".")
        if parts[0] == "classes":
            classes.setdefault(parts[1], {})[parts[2]] = value
        else:
            figures[place] = value
    return {**charter, "figures": figures, "classes": classes}
