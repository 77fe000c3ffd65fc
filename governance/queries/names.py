"""The names behind commitments and marks, as far as they were not forgotten."""

from collections.abc import Iterable, Iterator, Mapping

from governance.models import Minutes, SealedName
from governance.rules.naming import reveal
from network.models import Collective

__all__ = ["commitments", "in_words", "names_behind", "names_in", "tags_of"]


def names_behind(collective: Collective, cited: Iterable[str]) -> dict[str, str]:
    """Return names by commitment."""
    rows = SealedName.objects.filter(collective=collective, commitment__in=set(cited))
    return dict(rows.values_list("commitment", "name"))


def commitments(value: object) -> Iterator[str]:
    """Yield the commitments that an entry's body cites."""
    if isinstance(value, dict):
        if set(value) == {"number", "name"}:
            yield str(value["name"])
        for part in value.values():
            yield from commitments(part)
    elif isinstance(value, list):
        for part in value:
            yield from commitments(part)


def names_in(minutes: Minutes) -> list[str]:
    """Return the names that the marks of the minutes stand for, in their order; empty where one was forgotten."""
    names = names_behind(minutes.assembly.circle.collective, (str(each["name"]) for each in minutes.people))
    return [names.get(str(each["name"]), "") for each in minutes.people]


def tags_of(people: Iterable[Mapping[str, object]]) -> list[str]:
    """Return what tells apart the people of minutes: register numbers, or their place among them who have none."""
    numbers = enumerate((each["number"] for each in people), start=1)
    return [f"sociétaire n° {number}" if number else f"personne {place} de la liste" for place, number in numbers]


def in_words(minutes: Minutes) -> str:
    """Return the text of the minutes as people read it; those of one name stand with their register numbers."""
    return reveal(minutes.text, names_in(minutes), tags_of(minutes.people))
