"""What a charter changes against another: by article and by figure, and the text that says so.

Documents are those of `charter.document`. Ids of articles never change meaning: an id that left the charter never
comes back, and a new article gets one that was never in force.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["ArticleChange", "Changes", "FigureChange", "changes", "fresh_id", "places", "reused", "said"]

Document = Mapping[str, Any]


@dataclass(frozen=True)
class ArticleChange:
    """One article: `kind` is added, removed, edited, moved or same. `number`: its place in the new text, from 1.

    An edited article may have been moved too (`moved`).
    """

    kind: str
    id: str
    number: int | None
    old_title: str
    title: str
    old_text: str
    text: str
    moved: bool = False


@dataclass(frozen=True)
class FigureChange:
    """One figure, by its place (`consent.call_minutes`, `classes.charter.quorum`); None: not set."""

    place: str
    old: object
    new: object


@dataclass(frozen=True)
class Changes:
    """Everything that differs between two charters; articles in the new order, removed ones where they stood."""

    title: tuple[str, str] | None
    preamble: tuple[str, str] | None
    articles: tuple[ArticleChange, ...]
    figures: tuple[FigureChange, ...]

    def any(self) -> bool:
        """Return whether anything differs."""
        differs = any(each.kind != "same" for each in self.articles)
        return differs or bool(self.title or self.preamble or self.figures)


def changes(old: Document, new: Document) -> Changes:
    """Return what `new` changes against `old`. Quadratic in the articles, of which there are few."""
    return Changes(
        _pair(old["title"], new["title"]),
        _pair(old["preamble"], new["preamble"]),
        tuple(_articles(old["articles"], new["articles"])),
        _figures(places(old), places(new)),
    )


def _pair(old: str, new: str) -> tuple[str, str] | None:
    return (old, new) if old != new else None


def _articles(old: Sequence[Document], new: Sequence[Document]) -> list[ArticleChange]:
    before, after = ({each["id"]: each for each in some} for some in (old, new))
    kept = _longest([i for i in after if i in before], list(before))
    found = [_article(before.get(i), after[i], number, i not in kept) for number, i in enumerate(after, start=1)]
    for position, each in enumerate(old):
        if each["id"] not in after:
            found.insert(_slot(found, old, position), _removed(each))
    return found


def _article(old: Document | None, new: Document, number: int, moved: bool) -> ArticleChange:
    if old is None:
        return ArticleChange("added", new["id"], number, "", new["title"], "", new["text"])
    edited = (old["title"], old["text"]) != (new["title"], new["text"])
    kind = "edited" if edited else "moved" if moved else "same"
    return ArticleChange(kind, new["id"], number, old["title"], new["title"], old["text"], new["text"], moved)


def _removed(old: Document) -> ArticleChange:
    return ArticleChange("removed", old["id"], None, old["title"], "", old["text"], "")


def _slot(found: list[ArticleChange], old: Sequence[Document], position: int) -> int:
    """Where a removed article is shown: after the one that stood before it."""
    if position == 0:
        return 0
    before = old[position - 1]["id"]
    return next((n + 1 for n, each in enumerate(found) if each.id == before), len(found))


def _longest(new: list[str], old: list[str]) -> frozenset[str]:
    """Return a longest run of ids that keep their order: those outside of it were moved."""
    rank = {name: n for n, name in enumerate(old)}
    best: list[list[str]] = []
    for n, name in enumerate(new):
        run: list[str] = []
        for m in range(n):
            if rank[new[m]] < rank[name] and len(best[m]) > len(run):
                run = best[m]
        best.append([*run, name])
    longest: list[str] = []
    for run in best:
        longest = run if len(run) > len(longest) else longest
    return frozenset(longest)


def places(charter: Document) -> dict[str, object]:
    """Return every figure of a charter by its place, those of decision classes included; unset ones are left out."""
    found = {name: value for name, value in charter["figures"].items() if value is not None}
    for name, of_class in charter["classes"].items():
        found |= {f"classes.{name}.{each}": value for each, value in of_class.items() if value is not None}
    return found


def _figures(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[FigureChange, ...]:
    names = sorted(old.keys() | new.keys())
    pairs = (FigureChange(name, old.get(name), new.get(name)) for name in names)
    # True == 1 in Python, not in a charter
    return tuple(each for each in pairs if (type(each.old), each.old) != (type(each.new), each.new))


def reused(base: Document, new: Document, ever: Iterable[str]) -> list[str]:
    """Return the ids in `new` that stood in some earlier charter (`ever`) but not in `base`: dead ids come back."""
    here = {each["id"] for each in base["articles"]}
    past = set(ever) - here
    return [each["id"] for each in new["articles"] if each["id"] in past]


def fresh_id(title: str, taken: Iterable[str]) -> str:
    """Return an id for a new article, from its title, that nobody has had.

    >>> fresh_id("Être libre !", {"etre-libre"})
    'etre-libre-2'
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = "-".join(re.findall(r"[a-z0-9]+", plain))[:40].strip("-") or "article"
    known, n, found = set(taken), 1, stem
    while found in known:
        n += 1
        found = f"{stem}-{n}"
    return found


def said(change: Changes, *, version: int, digest: str) -> str:
    """Return the change as a text to decide on: Markdown, French, in the order of the charter.

    `version` is the number of the charter that it changes. The last line names the charter that would be in force,
    by its digest: the same text never stands for two charters.
    """
    lines = [f"Ce texte change la version {version} de la charte."]
    lines += [f"**Titre** : « {change.title[0]} » devient « {change.title[1]} »."] if change.title else []
    lines += ["**Préambule**, nouveau texte :", change.preamble[1] or "(aucun)"] if change.preamble else []
    for article in change.articles:
        lines += _lines(article)
    if change.figures:
        figures = [f"- `{each.place}` : {_value(each.old)} → {_value(each.new)}" for each in change.figures]
        lines += ["**Règles**", "\n".join(figures)]
    return "\n\n".join([*lines, f"Empreinte de la charte proposée : `{digest}`"])


def _lines(article: ArticleChange) -> list[str]:
    moved = f"déplacé au nᵒ {article.number}"
    if article.kind == "added":
        return [f"**Article ajouté** (nᵒ {article.number}, `{article.id}`) : {article.title}", article.text]
    if article.kind == "removed":
        return [f"**Article retiré** (`{article.id}`) : {article.old_title}"]
    if article.kind == "edited":
        also = f", {moved}" if article.moved else ""
        return [f"**Article changé** (`{article.id}`{also}), nouveau texte : {article.title}", article.text]
    return [f"**Article {moved}** (`{article.id}`) : {article.title}"] if article.kind == "moved" else []


def _value(value: object) -> str:
    if value is None:
        return "non fixé"
    if isinstance(value, bool):
        return "oui" if value else "non"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
