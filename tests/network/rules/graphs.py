"""Small webs written as « a>b b>c », for the tests of trust."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from network.rules.facts import Facts, MemberFact, VouchFact

AT = datetime(2026, 11, 22, tzinfo=UTC)
HOME = "home"
OLD = AT - timedelta(days=900)


def arrows(text: str) -> list[tuple[str, str]]:
    """Read « 0>1 1>2 »."""
    return [(arrow.split(">")[0], arrow.split(">")[1]) for arrow in text.split()]


def attests(u: str, w: str, *, level=3, issued=AT, days=700, name="", kind="charte", **columns) -> VouchFact:
    """An attestation that begins at `issued`; by default fresh, of weight 1."""
    name = name or (f"{u}>{w}" if kind == "charte" else f"{u}>{w} {kind}")
    return VouchFact(name, u, w, kind, level, issued, issued + timedelta(days), **columns)


def facts_of(pairs: Iterable[tuple[str, str]], members: Iterable[str] | None = None, **columns) -> Facts:
    """Fresh attestations between people who have long been members of HOME (all who issue or receive, by default)."""
    pairs = list(pairs)
    members = {person for pair in pairs for person in pair} if members is None else members
    vouches = [attests(u, w, **columns) for u, w in pairs if u != w]
    return Facts.of(vouches, members=[MemberFact(HOME, person, OLD) for person in members])


def random_pairs(chance: random.Random, people: int, share: float) -> list[tuple[str, str]]:
    """Each ordered pair of `people` with probability `share`."""
    names = [str(n) for n in range(people)]
    return [(u, w) for u in names for w in names if u != w and chance.random() < share]
