"""How members of a collective stand, on arrays: `standing.cloth_of` and `standings` are the definition."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

import numpy as np

from network.rules.belonging import whole_root
from network.rules.facts import FLOOD_GUARD, Facts, TrustTerms
from network.rules.fast_arrays import Arrays, Ints, Mask, micros
from network.rules.fast_belonging import belonging
from network.rules.fast_webs import referents
from network.rules.standing import Arrow, Cloth, Standing

__all__ = ["attesters", "cloth_of", "received", "standings"]


def cloth_of(arrays: Arrays, collective: str, people: Collection[str], at: datetime, terms: TrustTerms) -> Cloth:
    """Return the web of `collective` at `at`; of the arrows only those between its members and `people`."""
    members = arrays.spells.members(arrays.size, micros(at), collective)
    settled = arrays.spells.members(arrays.size, micros(at - FLOOD_GUARD), collective) & members
    y = whole_root(int(settled.sum()), terms.k)
    known = members.copy()
    known[_numbers(arrays, people)] = True
    chosen = referents(arrays, y) & members
    return Cloth(
        collective, _uris(arrays, members), _uris(arrays, settled), tuple(_between(arrays, known)),
        _uris(arrays, chosen), y,
    )  # fmt: skip


def _numbers(arrays: Arrays, people: Iterable[str]) -> Ints:
    found = (arrays.names.find(uri) for uri in people)
    return np.array([number for number in found if number is not None], dtype=np.int64)


def _uris(arrays: Arrays, mask: Mask) -> frozenset[str]:
    return frozenset(str(arrays.names[n]) for n in np.flatnonzero(mask).tolist())


def _between(arrays: Arrays, known: Mask) -> Iterator[Arrow]:
    """Yield the arrows between `known` people, in the order of uris."""
    names = {n: str(arrays.names[n]) for n in np.flatnonzero(known).tolist()}
    for u, uri in sorted(names.items(), key=lambda pair: pair[1]):
        targets = arrays.row(u)[0]
        yield from sorted((uri, names[w]) for w in targets[known[targets]].tolist())


def received(arrays: Arrays, people: Iterable[str]) -> dict[str, int]:
    """Return how many attestations each of `people` has received, from members of any collective."""
    counts = np.bincount(arrays.targets, minlength=arrays.size)
    numbers = {uri: arrays.names.find(uri) for uri in people}
    return {uri: 0 if number is None else int(counts[number]) for uri, number in numbers.items()}


def attesters(arrays: Arrays, people: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return who attests each of `people`: whose facts `standings` has to know."""
    return {uri: tuple(_attesting(arrays, uri)) for uri in people}


def _attesting(arrays: Arrays, uri: str) -> Iterator[str]:
    number = arrays.names.find(uri)
    if number is not None:
        found = np.searchsorted(arrays.starts, np.flatnonzero(arrays.targets == number), side="right") - 1
        yield from (str(arrays.names[n]) for n in found.tolist())


def standings(
    facts: Facts, arrays: Arrays, cloth: Cloth, subjects: Iterable[str], at: datetime, terms: TrustTerms
) -> dict[str, Standing]:
    """Return how each of `subjects` stands. `facts`: what those who attest them have issued, and where they belong."""
    members = arrays.spells.members(arrays.size, micros(at), cloth.collective)
    found = {}
    for uri, issuers in attesters(arrays, subjects).items():
        said = (fact for issuer in issuers for fact in facts.versions_by_issuer.get(issuer, ()))
        own = Facts(frozenset(said), facts.graves, facts.members)
        seen = belonging(own, arrays, uri, at, terms, collective=cloth.collective)
        number = arrays.names.find(uri)
        given = 0 if number is None else int(members[arrays.row(number)[0]].sum())
        referent = uri in cloth.referents
        found[uri] = Standing(uri, seen.q, len(seen.attesters), len(seen.waiting), given, referent, seen.passes)
    return found
