"""The figures that an election without candidate obeys, read from the charter: nothing by default."""

from dataclasses import dataclass

from governance.errors import Invalid, TermMissing
from governance.rules.charter import ConsentTerms, Terms, consent_terms
from governance.rules.electing import ORDERS

__all__ = ["ElectionTerms", "election_terms", "flag"]


@dataclass(frozen=True)
class ElectionTerms:
    """The figures of one election, from its opening to its end; `consent` are those of the call on a person."""

    allow_pass: bool
    nominee_order: str
    lot_if_vacant: bool
    ballot_minutes: int
    round_minutes: int
    accept_minutes: int
    months_max: int
    consent: ConsentTerms


def flag(terms: Terms, name: str) -> bool:
    """Return a yes or no of the charter; raises TermMissing, Invalid `term_malformed`."""
    value = _given(terms, name)
    if not isinstance(value, bool):
        raise Invalid("term_malformed", term=name)
    return value


def _given(terms: Terms, name: str) -> object:
    if terms.figures.get(name) is None:
        raise TermMissing("term_missing", term=name)
    return terms.figures[name]


def election_terms(terms: Terms, articles: frozenset[str]) -> ElectionTerms:
    """Return the figures of an election; raises TermMissing or Invalid, naming the figure at fault."""
    order, of_class = _given(terms, "election.nominee_order"), _given(terms, "election.decision_class")
    if order not in ORDERS:
        raise Invalid("term_malformed", term="election.nominee_order")
    return ElectionTerms(
        allow_pass=flag(terms, "election.allow_pass"),
        nominee_order=str(order),
        lot_if_vacant=flag(terms, "election.lot_if_vacant"),
        ballot_minutes=terms.whole("election.ballot_minutes"),
        round_minutes=terms.whole("election.round_minutes"),
        accept_minutes=terms.whole("election.accept_minutes"),
        months_max=terms.whole("election.months_max"),
        consent=consent_terms(terms, str(of_class), articles),
    )
