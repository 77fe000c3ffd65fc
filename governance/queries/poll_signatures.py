"""What the entry of a vote says of the ballots that members of other nodes had signed at home."""

import secrets

from governance.models import ActSignature, NamedBallot, Poll
from governance.queries.remote import MARKS, Namer, citation, payload_of, proof_digest

__all__ = ["poll_citations", "poll_marks"]


def poll_citations(poll: Poll, who: Namer) -> list[dict[str, object]]:
    """Return what the entry of a named vote says of signatures. Opened is what the entry tells anyway: one's own ballot
    that counts. A choice that was changed, or cast for somebody, whom the payload names, stays a commitment for ever.
    """
    ballots = NamedBallot.objects.filter(place__poll=poll).order_by("pk").values_list("place", "cast_by", "key")
    counted = {place: (person, key) for place, person, key in ballots}
    found = []
    for row in ActSignature.objects.filter(poll=poll):
        payload = payload_of(row) or {}
        told = "member" not in payload and (row.member_id, row.key) in counted.values()
        found.append(citation(row, who(row.member_id), payload if told else None))
    return found


def poll_marks(poll: Poll) -> list[str]:
    """Return what the entry of a secret vote says of signatures: the digests of their proofs, among random ones.

    Nobody learns who of another node took part, nor how many; who holds a proof and its salt finds its own.
    """
    digests = [proof_digest(row) for row in ActSignature.objects.filter(poll=poll).exclude(proof=None)]
    return sorted([*digests, *(secrets.token_hex(32) for _ in range(MARKS - len(digests) % MARKS))])
