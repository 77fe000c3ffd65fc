"""What is proven of people: attestations, memberships, and the tombstones that revoke them; both ways.

The names are ActivityStreams': its `subject` is who attests or admits, its `object` the person concerned.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785

from federation.errors import Untranslatable
from federation.rules.origins import is_uri
from federation.rules.translate.reading import Node, as2, instant, number, text, texts, types
from federation.rules.vocabulary import (
    AS2_NS,
    HAS_MEMBER,
    PUBLIC,
    SIGNED_CONTEXT,
    STONE_CONTEXT,
    TOILE,
    VOUCHES_FOR,
)
from network.rules.facts import VouchFact, instant_text

__all__ = [
    "Paper", "Stone", "attestation", "exact", "is_public", "membership", "one", "read_attestation", "read_membership",
    "read_tombstone", "relationship_of", "tombstone",
]  # fmt: skip

TEXT_MAX, KIND_MAX = 80, 500
RELATIONSHIP = "Relationship"


@dataclass(frozen=True)
class Paper:
    """One version of a collective's word that somebody belongs to it."""

    uri: str
    collective: str
    member: str
    issued: datetime
    expires: datetime
    terms: str = ""

    @property
    def rank(self) -> tuple[datetime, bytes]:
        """Of the versions of one paper the greatest counts: by date, then by canonical line, never by arrival."""
        line = {"id": self.uri, "collective": self.collective, "member": self.member, "terms": self.terms}
        line |= {"issued": instant_text(self.issued), "expires": instant_text(self.expires)}
        return self.issued, rfc8785.dumps(line)


@dataclass(frozen=True)
class Stone:
    """A tombstone: the id that it revokes, whose it was, since when."""

    uri: str
    owner: str
    at: datetime
    former: str


def exact(moment: datetime) -> str:
    """Return an instant in UTC with all that it has: what is signed reads the same at every node.

    >>> exact(datetime(2026, 11, 22, tzinfo=UTC)), exact(datetime(2026, 11, 22, 0, 0, 0, 1500, tzinfo=UTC))
    ('2026-11-22T00:00:00Z', '2026-11-22T00:00:00.001500Z')
    """
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def attestation(fact: VouchFact) -> dict[str, Any]:
    """Return the document of a public attestation, still to be signed by its issuer."""
    return {
        "@context": SIGNED_CONTEXT,
        "type": RELATIONSHIP,
        "id": fact.id,
        "attributedTo": fact.issuer,
        "subject": fact.issuer,
        "relationship": VOUCHES_FOR,
        "object": fact.subject,
        "kind": fact.kind,
        "level": fact.level,
        **({"charter": fact.charter} if fact.charter else {}),
        "published": exact(fact.issued),
        "endTime": exact(fact.expires),
        "to": PUBLIC,
    }


def membership(paper: Paper) -> dict[str, Any]:
    """Return the document of a membership, still to be signed by the collective's Group."""
    return {
        "@context": SIGNED_CONTEXT,
        "type": RELATIONSHIP,
        "id": paper.uri,
        "attributedTo": paper.collective,
        "subject": paper.collective,
        "relationship": HAS_MEMBER,
        "object": paper.member,
        **({"terms": paper.terms} if paper.terms else {}),
        "published": exact(paper.issued),
        "endTime": exact(paper.expires),
        "to": PUBLIC,
    }


def tombstone(stone: Stone) -> dict[str, Any]:
    """Return the document that revokes an attestation or a membership, still to be signed."""
    return {
        "@context": STONE_CONTEXT,
        "type": "Tombstone",
        "id": stone.uri,
        "formerType": stone.former,
        "attributedTo": stone.owner,
        "deleted": exact(stone.at),
        "to": PUBLIC,
    }


def relationship_of(found: Node) -> str:
    """Return VOUCHES_FOR or HAS_MEMBER for an expanded Relationship that is one of the two, else the empty text."""
    name = text(found, as2("relationship")) or ""
    return name if AS2_NS + RELATIONSHIP in types(found) and name in {VOUCHES_FOR, HAS_MEMBER} else ""


def read_attestation(found: Node) -> VouchFact:
    """Return the fact in an expanded attestation; raise Untranslatable naming the field at fault."""
    owner = _issuer(found)
    kind, level = text(found, (TOILE + "kind",)) or "", number(found, (TOILE + "level",))
    if not 0 < len(kind) <= KIND_MAX:
        raise Untranslatable("kind")
    if level is None or level not in {1, 2, 3}:
        raise Untranslatable("level")
    issued, expires = _when(found)
    charter = _short(found, "charter")
    return VouchFact(_id(found), owner, one(found, as2("object")), kind, int(level), issued, expires, charter)


def read_membership(found: Node) -> Paper:
    """Return the paper in an expanded membership; raise Untranslatable naming the field at fault."""
    owner = _issuer(found)
    issued, expires = _when(found)
    return Paper(_id(found), owner, one(found, as2("object")), issued, expires, _short(found, "terms"))


def read_tombstone(found: Node) -> Stone:
    """Return what an expanded Tombstone says; raise Untranslatable naming the field at fault."""
    if AS2_NS + "Tombstone" not in types(found):
        raise Untranslatable("type")
    at = instant(found, as2("deleted"))
    if at is None:
        raise Untranslatable("deleted")
    former = text(found, as2("formerType")) or ""  # by its context a link: its bare name comes with some base
    return Stone(_id(found), one(found, as2("attributedTo")), at, former.rpartition("#")[2].rpartition("/")[2])


def is_public(found: Node) -> bool:
    """Whether an expanded document is addressed to everybody."""
    return PUBLIC in {*texts(found, as2("to")), *texts(found, as2("cc"))}


def one(found: Node, iris: tuple[str, ...]) -> str:
    """Return the one address under these IRIs; raise Untranslatable for none, several, or no address."""
    values = list(texts(found, iris))
    if len(values) != 1 or not is_uri(values[0]):
        raise Untranslatable(iris[0].rpartition("#")[2])
    return values[0]


def _id(found: Node) -> str:
    uri = found.get("@id")
    if not isinstance(uri, str) or not is_uri(uri):
        raise Untranslatable("id")
    return uri


def _issuer(found: Node) -> str:
    owner = one(found, as2("attributedTo"))
    if one(found, as2("subject")) != owner:
        raise Untranslatable("subject")
    return owner


def _when(found: Node) -> tuple[datetime, datetime]:
    issued, expires = instant(found, as2("published")), instant(found, as2("endTime"))
    if issued is None or expires is None:
        raise Untranslatable("published" if issued is None else "endTime")
    return issued, expires


def _short(found: Node, name: str) -> str:
    value = text(found, (TOILE + name,)) or ""
    if len(value) > TEXT_MAX:
        raise Untranslatable(name)
    return value
