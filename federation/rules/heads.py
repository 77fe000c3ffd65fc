"""Heads of registers between nodes: what one claims, whether it holds by itself, and what it makes of what is held.

A head says: after `n` entries the chain stands at `head`. It carries the digests of the entries after `since`, where
the chain stood at `sinceHead`, so that whoever holds an earlier head recomputes (governance: h(i) = SHA-256(h(i-1) +
digest(i)), h(0) = 32 zero bytes). A witness countersigns by a head of its own, without digests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import accumulate
from typing import Any

from federation.errors import Untranslatable
from federation.rules.vocabulary import HEAD_CONTEXT, PUBLIC

__all__ = [
    "CHUNK", "LARGEST", "START", "Claim", "Verdict", "confirmation", "confirmation_uri", "conflict", "document",
    "head_uri", "is_head", "judge", "read",
]  # fmt: skip

START = "0" * 64
CHUNK = 2000  # digests in one message: 134 kB of the 256 that an inbox takes
LARGEST = 2**31 - 1
TYPE = "RegisterHead"
HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Claim:
    """A head as its signer states it. `at`: instant of entry `n`, as text of the register."""

    collective: str
    node: str
    n: int
    head: str
    at: str
    since: int = 0
    since_head: str = START
    digests: tuple[str, ...] = ()

    def chain(self) -> list[str]:
        """Return the heads after `since`, `since` + 1, … `n` entries, recomputed from the digests."""
        step = lambda head, digest: sha256(head + bytes.fromhex(digest)).digest()  # noqa: E731
        return [head.hex() for head in accumulate(self.digests, step, initial=bytes.fromhex(self.since_head))]

    def holds(self) -> bool:
        """Whether the digests lead from `sinceHead` to `head`, in as many steps as it says."""
        if self.n - self.since != len(self.digests) or (self.since == 0 and self.since_head != START):
            return False
        return self.chain()[-1] == self.head


@dataclass(frozen=True)
class Verdict:
    """What a claim is to a witness: `extends` what it holds, is `known`, lies `behind`, leaves a `gap`, or is a `fork`.

    `n`: of a fork the first held number at which the values differ, else the last number held.
    """

    word: str
    n: int


def head_uri(collective: str, since: int, n: int) -> str:
    """Return the id of a head.

    >>> head_uri("https://n.example/g/lievin", 40, 41)
    'https://n.example/g/lievin/heads/40-41'
    """
    return f"{collective}/heads/{since}-{n}"


def confirmation_uri(witness: str, collective: str, n: int) -> str:
    """Return the id of a countersignature."""
    return f"{witness}/heads/{sha256(collective.encode()).hexdigest()[:32]}/{n}"


def document(claim: Claim) -> dict[str, Any]:
    """Return the head, still to be signed by the collective's Group."""
    extra = {"since": claim.since, "sinceHead": claim.since_head, "entryDigests": list(claim.digests)}
    uri = head_uri(claim.collective, claim.since, claim.n)
    return {**_common(claim), "id": uri, "attributedTo": claim.collective, **extra}


def confirmation(claim: Claim, witness: str) -> dict[str, Any]:
    """Return the countersignature of `witness`, an Application, still to be signed by it: the same head, its own."""
    uri = confirmation_uri(witness, claim.collective, claim.n)
    return {**_common(claim), "id": uri, "attributedTo": witness}


def _common(claim: Claim) -> dict[str, Any]:
    return {
        "@context": HEAD_CONTEXT,
        "type": TYPE,
        "collective": claim.collective,
        "node": claim.node,
        "n": claim.n,
        "head": claim.head,
        "at": claim.at,
        "to": PUBLIC,
    }


def is_head(thing: object) -> bool:
    """Whether this is a head, or a countersignature, as our nodes write them."""
    return isinstance(thing, Mapping) and thing.get("type") == TYPE


def read(thing: Mapping[str, Any]) -> Claim:
    """Return what a head or a countersignature claims; raise Untranslatable naming the field. One spelling is read."""
    if thing.get("@context") != HEAD_CONTEXT:
        raise Untranslatable("@context")
    if not is_head(thing) or thing.get("to") != PUBLIC:
        raise Untranslatable("type")
    digests = thing.get("entryDigests", [])
    if not isinstance(digests, list) or len(digests) > CHUNK:
        raise Untranslatable("entryDigests")
    return Claim(
        collective=_text(thing, "collective"),
        node=_text(thing, "node"),
        n=_number(thing, "n", 1),
        head=_hex("head", thing.get("head")),
        at=_instant(thing),
        since=_number(thing, "since", 0) if "since" in thing else 0,
        since_head=_hex("sinceHead", thing.get("sinceHead", START)),
        digests=tuple(_hex("entryDigests", digest) for digest in digests),
    )


def _text(thing: Mapping[str, Any], name: str) -> str:
    value = thing.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 500:
        raise Untranslatable(name)
    return value


def _number(thing: Mapping[str, Any], name: str, least: int) -> int:
    value = thing.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LARGEST:
        raise Untranslatable(name)
    return value


def _hex(name: str, value: object) -> str:
    if not isinstance(value, str) or len(value) != 64 or not set(value) <= HEX:
        raise Untranslatable(name)
    return value


def _instant(thing: Mapping[str, Any]) -> str:
    text = _text(thing, "at")
    try:
        if len(text) == 27 and text.endswith("Z") and datetime.fromisoformat(text).tzinfo == UTC:
            return text
    except ValueError:
        pass
    raise Untranslatable("at")


def judge(claim: Claim, held: Sequence[tuple[int, str]]) -> Verdict:
    """Return what a claim that holds by itself is to a witness that holds these heads, (number, value), rising."""
    chain = claim.chain()
    for n, head in held:
        if claim.since <= n <= claim.n and chain[n - claim.since] != head:
            return Verdict("fork", n)
    last = held[-1][0] if held else 0
    if claim.since > last:
        return Verdict("gap", last)
    if claim.n > last:
        return Verdict("extends", last)
    return Verdict("known" if claim.n == last else "behind", last)


def conflict(one: Claim, other: Claim) -> int | None:
    """Return the first number at which two claims about one register give different values; None if they agree.

    >>> a = Claim("c", "n", 1, "aa", "", 1, "aa"); b = Claim("c", "n", 1, "bb", "", 1, "bb")
    >>> conflict(a, b), conflict(a, a)
    (1, None)
    """
    if (one.collective, one.node) != (other.collective, other.node):
        return None
    values = dict(enumerate(one.chain(), start=one.since)) | {one.n: one.head}
    others = dict(enumerate(other.chain(), start=other.since)) | {other.n: other.head}
    return min((n for n in values.keys() & others.keys() if values[n] != others[n]), default=None)
