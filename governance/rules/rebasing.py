"""Bringing a change of the charter onto a version that came into force meanwhile: three documents, and what clashes.

What only one side changed is taken from that side. What both changed differently is a clash: the draft's wish is kept
and named, so that its author looks at it; nothing is settled silently. An article that the draft rewrote and the other
side removed stays as a new one: the id of a removed article is dead, the author's text is not.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from governance.rules.charter_changes import fresh_id, places

__all__ = ["rebase"]

Document = Mapping[str, Any]


def rebase(old: Document, new: Document, draft: Document, ever: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the draft carried from `old` to `new`, and the places where both had changed the same thing.

    `ever`: every article id that was ever in force; an article of the draft whose id was taken meanwhile gets another.
    """
    clashes: list[str] = []
    titles = {name: _pick(name, old[name], new[name], draft[name], clashes) for name in ("title", "preamble")}
    articles = _articles(old["articles"], new["articles"], draft["articles"], set(ever), clashes)
    figures = _merged(places(old), places(new), places(draft), clashes)
    flat = {name: value for name, value in figures.items() if not name.startswith("classes.")}
    return {**titles, "articles": articles, "figures": flat, "classes": _classes(new, draft, figures)}, clashes


def _pick(place: str, old: object, new: object, draft: object, clashes: list[str]) -> object:
    if _same(draft, old):
        return new
    if not _same(new, old) and not _same(new, draft):
        clashes.append(place)
    return draft


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def _merged(
    old: Mapping[str, object], new: Mapping[str, object], draft: Mapping[str, object], clashes: list[str]
) -> dict[str, object]:
    names = sorted(old.keys() | new.keys() | draft.keys())
    picked = {name: _pick(name, old.get(name), new.get(name), draft.get(name), clashes) for name in names}
    return {name: value for name, value in picked.items() if value is not None}


def _classes(new: Document, draft: Document, figures: Mapping[str, object]) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for place, value in figures.items():
        if place.startswith("classes."):
            _, name, figure = place.split(".", 2)
            found.setdefault(name, {})[figure] = value
    return found


def _articles(old: Any, new: Any, draft: Any, ever: set[str], clashes: list[str]) -> list[dict[str, str]]:
    before, now, wish = ({each["id"]: each for each in some} for some in (old, new, draft))
    found: dict[str, dict[str, str]] = {}
    taken = ever | set(before) | set(now) | set(wish)
    for name in _order(list(before), list(now), list(wish)):
        rewritten = name in before and name not in now and wish.get(name, before[name]) != before[name]
        if name in before and not rewritten:
            kept = _kept(name, before[name], now.get(name), wish.get(name), clashes)
            found |= {name: dict(kept)} if kept else {}
            continue
        found |= {name: dict(now[name])} if name in now else {}
        if name in wish:
            fresh = fresh_id(wish[name]["title"], taken | set(found)) if rewritten or name in ever else name
            found[fresh] = {**wish[name], "id": fresh}
            clashes += [f"articles.{fresh}"] if rewritten else []
    return list(found.values())


def _kept(name: str, old: Document, new: Document | None, draft: Document | None, clashes: list[str]) -> Any:
    """Return an article of the old version as it stands now, None if it is gone."""
    if new is None:
        return None  # removed there, and not rewritten here
    if draft is not None:
        return _pick(f"articles.{name}", old, new, draft, clashes)
    if new == old:
        return None
    clashes.append(f"articles.{name}")
    return new  # removed here but changed there: it stays until its author looks


def _order(before: list[str], now: list[str], wish: list[str]) -> list[str]:
    """The draft's order if it moved articles, else that of the version in force; the others after their neighbour."""
    moved = [each for each in wish if each in before] != [each for each in before if each in wish]
    first, second = (wish, now) if moved else (now, wish)
    order = list(first)
    for position, name in enumerate(second):
        if name not in order:
            before_it = [each for each in second[:position] if each in order]
            order.insert(order.index(before_it[-1]) + 1 if before_it else 0, name)
    return order
