"""Layer 1 for everybody at once: the distance rule walked forward from the référents, sixty-four of them a word."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import numpy as np
import numpy.typing as npt

from network.rules.belonging import Standing, attesters_of, counted_from, threshold, whole_root
from network.rules.facts import CHARTE, FLOOD_GUARD, Facts, TrustTerms
from network.rules.fast_arrays import Arrays, Bits, Ints, micros
from network.rules.fast_webs import referents

__all__ = ["belonging", "belongings", "met"]

WORD = 64  # référents at once


def belonging(
    facts: Facts, arrays: Arrays, subject: str, at: datetime, terms: TrustTerms, *, collective: str
) -> Standing:
    """Evaluate the criterion for one person. `facts`: everything that those who attest the subject have issued, and
    where they belong; no more is needed, the walk goes over the arrays."""
    members = arrays.spells.members(arrays.size, micros(at), collective)
    settled = arrays.spells.members(arrays.size, micros(at - FLOOD_GUARD), collective) & members
    number = arrays.names.find(subject)
    n = int(settled.sum()) - (number is not None and bool(settled[number]))
    valid = [fact for fact in facts.counting(at, terms) if fact.kind == CHARTE]
    now, waiting = attesters_of(facts, valid, subject, at, terms, collective)
    chosen = referents(arrays, whole_root(n, terms.k)) & members
    count, reached = int(chosen.sum()), 0
    if number is not None:
        count -= bool(chosen[number])
        reached = int((_before(arrays, number, terms.k) & chosen).sum())
    q = threshold(n, terms)
    return Standing(q, now, waiting, reached, count, len(now) >= q and reached >= terms.x * count)


def _before(arrays: Arrays, number: int, k: int) -> npt.NDArray[np.bool_]:
    """Return whom walking backwards from somebody meets in at most `k` steps, without themselves."""
    met = np.zeros(arrays.size, dtype=bool)
    met[number] = True
    for _ in range(k if len(arrays.filled) else 0):
        met[arrays.filled] |= np.logical_or.reduceat(met[arrays.targets], arrays.starts[arrays.filled])
    met[number] = False
    return met


def belongings(
    facts: Facts, arrays: Arrays, at: datetime, terms: TrustTerms, *, collective: str
) -> Mapping[str, Standing]:
    """Evaluate the criterion of `collective` at `at` for all people of `arrays`, which say what counts then.

    O(k·m) for 64 référents, and once over the attestations for the rate rule.
    """
    members = arrays.spells.members(arrays.size, micros(at), collective)
    settled = arrays.spells.members(arrays.size, micros(at - FLOOD_GUARD), collective) & members
    walks = {n: _walk(arrays, members, n, terms.k) for n in {int(settled.sum()), int(settled.sum()) - 1}}
    attested = _attested(facts, members, arrays, at, terms, collective)
    found = {}
    for number in range(arrays.size):
        n = int(settled.sum()) - bool(settled[number])
        now, waiting = attested.get(number, ((), ()))
        chosen, reached = walks[n]
        count, q = int(chosen.sum()) - bool(chosen[number]), threshold(n, terms)
        passes = len(now) >= q and bool(reached[number] >= terms.x * count)
        found[str(arrays.names[number])] = Standing(q, now, waiting, int(reached[number]), count, passes)
    return found


def _walk(arrays: Arrays, members: npt.NDArray[np.bool_], n: int, k: int) -> tuple[npt.NDArray[np.bool_], Ints]:
    chosen = referents(arrays, whole_root(n, k)) & members
    return chosen, met(arrays, chosen, k)


def met(arrays: Arrays, chosen: npt.NDArray[np.bool_], k: int) -> Ints:
    """Return, for everybody, how many of `chosen` walking backwards at most `k` steps meets, oneself not counted."""
    if not len(arrays.targets):
        return np.zeros(arrays.size, dtype=np.int64)
    back, starts = _turned(arrays)
    filled = np.flatnonzero(np.diff(starts))
    number = np.zeros(arrays.size, dtype=np.int64)
    for word in _words(np.flatnonzero(chosen), arrays.size):
        bits = word
        for _ in range(k):
            wider = bits.copy()
            wider[filled] |= np.bitwise_or.reduceat(bits[back], starts[filled])
            bits = wider
        number += np.bitwise_count(bits)
    return number - chosen


def _turned(arrays: Arrays) -> tuple[Ints, Ints]:
    """Return who attests each person, one after the other, and where each begins."""
    order = np.argsort(arrays.targets, kind="stable")
    issuers = np.repeat(np.arange(arrays.size), np.diff(arrays.starts))[order]
    counts = np.bincount(arrays.targets, minlength=arrays.size)
    return issuers, np.concatenate([[0], np.cumsum(counts)])


def _words(chosen: Ints, size: int) -> Iterator[Bits]:
    for start in range(0, len(chosen), WORD):
        some = chosen[start : start + WORD]
        bits = np.zeros(size, dtype=np.uint64)
        bits[some] = np.left_shift(np.uint64(1), np.arange(len(some), dtype=np.uint64))
        yield bits


def _attested(
    facts: Facts, members: npt.NDArray[np.bool_], arrays: Arrays, at: datetime, terms: TrustTerms, collective: str
) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return, by subject, the members whose attestation counts, and those whose attestation waits, by uri."""
    split: dict[int, tuple[list[str], list[str]]] = {}
    for number in np.flatnonzero(members & (np.diff(arrays.starts) > 0)).tolist():
        issuer = str(arrays.names[number])
        counts = counted_from(facts, issuer, at, terms, collective)
        for subject in arrays.row(number)[0].tolist():
            start = counts.get(str(arrays.names[subject]))
            now, waiting = split.setdefault(subject, ([], []))
            (now if start is not None and start <= at else waiting).append(issuer)
    return {subject: (tuple(sorted(now)), tuple(sorted(waiting))) for subject, (now, waiting) in split.items()}
