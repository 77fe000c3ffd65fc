"""What is looked for in a register, and what became of each decision: in force, to review, lapsed, replaced.

A decision is made by consent, or by a vote that carried it: either stands until its review. A vote whose effect was
refused (the candidacy had ended, the charter had changed) carried nothing.
"""

import unicodedata
from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from governance.models import Entry
from governance.queries.shapes import EntryRow, RegisterSearch
from governance.rules.polls import Outcome
from network.clock import now
from network.models import Collective

__all__ = ["CHUNK", "SEARCHES", "chosen_in", "entries_of", "is_costly", "narrowed", "row_of", "states_of"]

SEARCHED = ("title", "text", "driver")
SEARCHES = 60  # of words or states, by one address without an account, each minute: they read the whole register
CHUNK = 500  # numbers in one question: a database takes only so many values at once
_TOOK_EFFECT = Q(body__effect_refused="") | Q(body__effect_refused__isnull=True)  # older entries do not say
DECIDES = Q(kind="decision") | Q(_TOOK_EFFECT, kind="vote", body__outcome=Outcome.CARRIED.value)


def row_of(entry: Entry, state: str = "") -> EntryRow:
    """Return an entry as lists show it. What a vote did not carry, or not into effect, has no review."""
    outcome = str(entry.body.get("outcome", "")) if entry.kind == "vote" else ""
    refused = str(entry.body.get("effect_refused", ""))
    stands = outcome in {"", Outcome.CARRIED} and not refused
    follow_up = (entry.body.get("follow_up") or {}) if stands else {}
    review = follow_up.get("review_on")
    title, review_on = str(entry.body.get("title", "")), date.fromisoformat(review) if review else None
    return EntryRow(entry.seq, entry.kind, entry.at, title, entry.head, review_on, state, outcome, refused)


def is_costly(search: RegisterSearch) -> bool:
    """Return whether the whole register has to be read to answer."""
    return bool(search.words.strip() or search.state)


def narrowed(collective: Collective, search: RegisterSearch) -> QuerySet[Entry]:
    """Return the entries of the kind and the year asked for, newest first."""
    rows = Entry.objects.filter(collective=collective)
    if search.decided:
        rows = rows.filter(DECIDES)
    if search.kind:
        rows = rows.filter(kind=search.kind)
    if search.year:
        rows = rows.filter(at__year=search.year)
    return rows.order_by("-seq")


def chosen_in(rows: QuerySet[Entry], collective: Collective, search: RegisterSearch) -> list[int] | None:
    """Return the numbers of those `rows` that fit, in their order; None if neither words nor a state are asked for.

    Every word is in title, text or reason, whatever its accents and case.
    """
    words = _folded(search.words).split()
    if not words and not search.state:
        return None
    found = _with(rows, words) if words else list(rows.values_list("seq", flat=True))
    states = states_of(collective) if search.state else {}
    return [seq for seq in found if states.get(seq, "") == search.state] if search.state else found


def entries_of(rows: QuerySet[Entry], seqs: list[int]) -> list[Entry]:
    """Return the entries with these numbers, in that order."""
    found = {entry.seq: entry for part in _parts(seqs) for entry in rows.filter(seq__in=part)}
    return [found[seq] for seq in seqs if seq in found]


def _parts(seqs: list[int]) -> list[list[int]]:
    return [seqs[at : at + CHUNK] for at in range(0, len(seqs), CHUNK)]


def _with(rows: QuerySet[Entry], words: list[str]) -> list[int]:
    told = rows.annotate(**{f"said_{name}": KeyTextTransform(name, "body") for name in SEARCHED})
    columns = told.values_list("seq", *(f"said_{name}" for name in SEARCHED))
    texts = ((seq, _folded(" ".join(part or "" for part in parts))) for seq, *parts in columns.iterator(2000))
    return [seq for seq, text in texts if all(word in text for word in words)]


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def states_of(collective: Collective, seqs: Iterable[int] | None = None) -> dict[int, str]:
    """Return what became of decisions, by entry: all of them, or those of these entries."""
    decisions = Entry.objects.filter(DECIDES, collective=collective)
    wanted = [decisions] if seqs is None else [decisions.filter(seq__in=part) for part in _parts(list(seqs))]
    columns = decisions.annotate(earlier=KeyTextTransform("cites", "body")).exclude(earlier=None)
    replaced = {int(earlier) for earlier in columns.values_list("earlier", flat=True) if str(earlier).isdigit()}
    today = now().date().isoformat()
    told = (row for rows in wanted for row in rows.values_list("seq", "body__follow_up"))
    return {seq: _state(seq, follow_up or {}, replaced, today) for seq, follow_up in told}


def _state(seq: int, follow_up: dict[str, str], replaced: set[int], today: str) -> str:
    if seq in replaced:
        return "replaced"
    if (follow_up.get("ends_on") or "9") < today:
        return "lapsed"
    return "to_review" if (follow_up.get("review_on") or "9") <= today else "in_force"
