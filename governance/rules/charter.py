"""The charter of a collective: articles, and Terms, the figures that every process obeys. No figure is in code."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from governance.errors import Invalid, TermMissing
from governance.rules.figures import faults
from governance.rules.register import canonical

__all__ = ["Article", "CharterText", "ConsentTerms", "Terms", "WrittenTerms", "check", "consent_terms", "digest"]
__all__ += ["document", "parts"]

SHARE = re.compile(r"(0|[1-9]\d{0,8})/([1-9]\d{0,8})", re.ASCII)
PROCESSES = frozenset({"consent"})
ARTICLE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}", re.ASCII)


@dataclass(frozen=True)
class Article:
    """One article, under an identifier that never changes (objections cite it)."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class CharterText:
    """What people read and sign: title, preamble, articles."""

    title: str
    preamble: str
    articles: tuple[Article, ...]


@dataclass(frozen=True)
class Terms:
    """The figures of one version of a charter, by name; `classes` holds those of each decision class.

    Asking for a figure that the charter does not set raises TermMissing: nothing is decided by a hidden default.
    """

    figures: Mapping[str, object]
    classes: Mapping[str, Mapping[str, object]]

    def whole(self, name: str) -> int:
        """Return a whole number of at least 0."""
        value = self._figure(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise Invalid("term_malformed", term=name)
        return value

    def share(self, name: str) -> Fraction:
        """Return an exact fraction, written `n/d`.

        >>> Terms({"minutes.quorum": "1/2"}, {}).share("minutes.quorum")
        Fraction(1, 2)
        """
        return fraction(name, self._figure(name))

    def of_class(self, decision_class: str, name: str) -> object:
        """Return what the class says under `name`."""
        if decision_class not in self.classes:
            raise TermMissing("term_missing", term=f"classes.{decision_class}")
        return _required(self.classes[decision_class], name, f"classes.{decision_class}.{name}")

    def trust(self) -> dict[str, str]:
        """Return the figures handed down to the web of trust, as text."""
        return {name: str(value) for name, value in self.figures.items() if name.startswith("trust.")}

    def _figure(self, name: str) -> object:
        return _required(self.figures, name, name)


def _required(figures: Mapping[str, object], name: str, full: str) -> object:
    if figures.get(name) is None:
        raise TermMissing("term_missing", term=full)
    return figures[name]


def fraction(name: str, value: object) -> Fraction:
    """Return the share between 0 and 1 written `n/d`; raises Invalid `term_malformed`.

    >>> fraction("quorum", "2/3")
    Fraction(2, 3)
    """
    found = SHARE.fullmatch(value) if isinstance(value, str) else None
    share = Fraction(int(found[1]), int(found[2])) if found else Fraction(-1)
    if not 0 <= share <= 1:
        raise Invalid("term_malformed", term=name)
    return share


WINDOWS = ("driver_check", "presented", "clarify", "react", "objection_call", "test", "integrate", "adopted")
SILENCES = frozenset({"no_position", "consent"})
FEWEST_REMINDERS = 2  # the law of the process, not a choice of the charter


@dataclass(frozen=True)
class WrittenTerms:
    """The figures of a decision in writing: `windows` are hours by stage.

    `silence`: what it means that somebody let the call pass, `no_position` or `consent`; a consent by silence counts
    towards the quorum only with `silence_counts`.
    """

    windows: Mapping[str, int]
    reminders: int
    reminder_hours: int
    silence: str
    silence_counts: bool


@dataclass(frozen=True)
class ConsentTerms:
    """The figures that one decision by consent obeys from its opening to its end. Minutes and days are whole."""

    round_minutes: int
    call_minutes: int
    test_minutes: int
    integrate_minutes: int
    recall_max: int
    fallback_min_loops: int
    jury_size: int
    quorum: Fraction
    presence_quorum: Fraction
    fallback: bool
    cites_article: bool
    review_days: int
    articles: frozenset[str]
    written: WrittenTerms | None = None
    written_missing: str = ""  # the figure without which nothing is decided in writing

    def in_writing(self) -> WrittenTerms:
        """Return the figures of a decision in writing; raises TermMissing naming the first that the charter omits."""
        if self.written is None:
            raise TermMissing("term_missing", term=self.written_missing)
        return self.written

    person: bool = False  # about somebody: an objection also says a fact, and some grounds are void
    exits: frozenset[str] | None = None  # ways out of the integration, besides an amendment; None: all
    void_grounds: frozenset[str] = frozenset()


def consent_terms(terms: Terms, decision_class: str, articles: frozenset[str]) -> ConsentTerms:
    """Return the figures for a decision of that class; raises TermMissing or Invalid, naming the figure at fault."""
    if terms.of_class(decision_class, "process") not in PROCESSES:
        raise Invalid("term_malformed", term=f"classes.{decision_class}.process")
    written, missing = _in_writing(terms, decision_class)
    return ConsentTerms(
        round_minutes=terms.whole("consent.round_minutes"),
        call_minutes=terms.whole("consent.call_minutes"),
        test_minutes=terms.whole("consent.test_minutes"),
        integrate_minutes=terms.whole("consent.integrate_minutes"),
        recall_max=terms.whole("consent.recall_max"),
        fallback_min_loops=terms.whole("consent.fallback_min_loops"),
        jury_size=terms.whole("consent.jury_size"),
        quorum=_class_share(terms, decision_class, "quorum"),
        presence_quorum=_class_share(terms, decision_class, "presence_quorum"),
        fallback=_class_flag(terms, decision_class, "fallback"),
        cites_article=_class_flag(terms, decision_class, "cites_article"),
        review_days=_class_days(terms, decision_class),
        articles=articles,
        written=written,
        written_missing=missing,
        person=terms.classes[decision_class].get("person") is True,
        exits=_class_names(terms, decision_class, "exits"),
        void_grounds=frozenset(terms.figures.get("cooptation.void_grounds") or ()),  # type: ignore[call-overload]
    )


def _in_writing(terms: Terms, decision_class: str) -> tuple[WrittenTerms | None, str]:
    """Return the figures of decisions in writing, or the first one missing: a charter may do without them."""
    try:
        return _written_terms(terms, decision_class), ""
    except TermMissing as missing:
        return None, str(missing.facts["term"])


def _written_terms(terms: Terms, decision_class: str) -> WrittenTerms:
    silence = terms.of_class(decision_class, "silence")
    if silence not in SILENCES:
        raise Invalid("term_malformed", term=f"classes.{decision_class}.silence")
    return WrittenTerms(
        windows={stage: _at_least(terms, f"consent.window_{stage}_hours", 1) for stage in WINDOWS},
        reminders=_at_least(terms, "consent.reminders", FEWEST_REMINDERS),
        reminder_hours=_at_least(terms, "consent.reminder_hours", 1),
        silence=str(silence),
        silence_counts=_class_flag(terms, decision_class, "silence_counts"),
    )


def _at_least(terms: Terms, name: str, least: int) -> int:
    value = terms.whole(name)
    if value < least:
        raise Invalid("term_malformed", term=name)
    return value


def _class_names(terms: Terms, decision_class: str, name: str) -> frozenset[str] | None:
    """Return the names that the class lists, None if it lists none: then there is no limit."""
    value = terms.classes[decision_class].get(name)
    if value is None:
        return None
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise Invalid("term_malformed", term=f"classes.{decision_class}.{name}")
    return frozenset(value)


def _class_share(terms: Terms, decision_class: str, name: str) -> Fraction:
    return fraction(f"classes.{decision_class}.{name}", terms.of_class(decision_class, name))


def _class_flag(terms: Terms, decision_class: str, name: str) -> bool:
    value = terms.of_class(decision_class, name)
    if not isinstance(value, bool):
        raise Invalid("term_malformed", term=f"classes.{decision_class}.{name}")
    return value


def _class_days(terms: Terms, decision_class: str) -> int:
    value = terms.of_class(decision_class, "review_days")
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Invalid("term_malformed", term=f"classes.{decision_class}.review_days")
    return value


def document(text: CharterText, terms: Terms) -> dict[str, object]:
    """Return the one canonical document of a charter version: what its digest covers."""
    articles = [{"id": a.id, "title": a.title, "text": a.text} for a in text.articles]
    classes = {name: dict(of_class) for name, of_class in terms.classes.items()}
    return {
        "title": text.title,
        "preamble": text.preamble,
        "articles": articles,
        "figures": dict(terms.figures),
        "classes": classes,
    }


def digest(text: CharterText, terms: Terms) -> str:
    """Return the Terms version: `sha256:` and the SHA-256, hex, of the canonical document."""
    return f"sha256:{hashlib.sha256(canonical(document(text, terms))).hexdigest()}"


def check(text: CharterText, terms: Terms) -> list[tuple[str, str]]:
    """Return everything that is wrong with a charter, as (place, code), by place.

    Of figures and classes: see `figures.faults`. Of the text: `doubled` (article id), `article_malformed` (id),
    `heading_missing`, and `articles_missing` where an objection would have to cite an article and there is none.
    """
    ids = [article.id for article in text.articles]
    wrong = [(f"articles.{each}", "doubled") for each in sorted({i for i in ids if ids.count(i) > 1})]
    wrong += [(f"articles.{each}", "article_malformed") for each in ids if not ARTICLE.fullmatch(each)]
    wrong += [(f"articles.{each.id}.title", "heading_missing") for each in text.articles if not each.title.strip()]
    wrong += [] if text.title.strip() else [("title", "heading_missing")]
    wrong += faults(terms.figures, terms.classes)
    if not ids:
        cites = [name for name, of_class in terms.classes.items() if dict(of_class).get("cites_article") is True]
        wrong += [(f"classes.{name}.cites_article", "articles_missing") for name in sorted(cites)]
    return sorted(set(wrong))


def parts(charter: Mapping[str, Any]) -> tuple[CharterText, Terms]:
    """Return the text and the figures of a charter's canonical document: the inverse of `document`."""
    articles = tuple(Article(each["id"], each["title"], each["text"]) for each in charter["articles"])
    return CharterText(charter["title"], charter["preamble"], articles), Terms(charter["figures"], charter["classes"])
