"""The charter of a collective: articles, and Terms, the figures that every process obeys. No figure is in code."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from governance.errors import Invalid, TermMissing
from governance.rules.register import canonical

__all__ = ["Article", "CharterText", "ConsentTerms", "Terms", "consent_terms", "digest", "document"]

SHARE = re.compile(r"(0|[1-9]\d{0,8})/([1-9]\d{0,8})", re.ASCII)
PROCESSES = frozenset({"consent"})


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


def consent_terms(terms: Terms, decision_class: str, articles: frozenset[str]) -> ConsentTerms:
    """Return the figures for a decision of that class; raises TermMissing or Invalid, naming the figure at fault."""
    if terms.of_class(decision_class, "process") not in PROCESSES:
        raise Invalid("term_malformed", term=f"classes.{decision_class}.process")
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
    )


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
    """Return what is wrong with a charter, as (place, code): doubled article ids, figures missing or malformed."""
    ids = [article.id for article in text.articles]
    wrong = [(f"articles.{each}", "doubled") for each in sorted({i for i in ids if ids.count(i) > 1})]
    for name in terms.classes:
        try:
            consent_terms(terms, name, frozenset(ids))
        except (TermMissing, Invalid) as error:
            wrong.append((str(error.facts["term"]), error.code))
    return wrong
