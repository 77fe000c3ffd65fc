"""People and a web of trust that grow by preference: who is much attested is attested more (a power law)."""

import random
from datetime import timedelta

from network.clock import now
from network.models import Collective, Member, Membership, Vouch, WebVersion

__all__ = ["DEGREE", "Web"]

DEGREE, BATCH = 8, 5_000
KINDS = ("person", "association", "company", "collective", "public_body")


class Web:
    """The members, all of one collective, and what they attest."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.at = now() - timedelta(days=400)
        self.collective = Collective.objects.create(
            uri="m:c", origin="m:", slug="bench", name="Bench", local=True, founded_at=self.at
        )
        WebVersion.objects.get_or_create(id=1)
        self.members: list[Member] = []
        self.ends: list[int] = []  # each subject as often as it was attested, and once for being there

    def grown(self, size: int) -> list[Member]:
        """Add people until there are `size`; each new one attests and is attested."""
        first = len(self.members)
        new = [Member(id=n + 1, uri=f"m:{n}", origin="m:", name=f"Membre {n}", kind=KINDS[n % 5], languages=["fr"])
               for n in range(first, size)]  # fmt: skip
        Member.objects.bulk_create(new, batch_size=BATCH)
        self.members += new
        since = self.at + timedelta(days=1)
        rows = [Membership(collective=self.collective, member=member, number=member.pk, since=since) for member in new]
        Membership.objects.bulk_create(rows, batch_size=BATCH)
        Vouch.objects.bulk_create(self._vouches(first, size), batch_size=BATCH)
        WebVersion.objects.update(number=size)
        return self.members

    def _vouches(self, first: int, size: int) -> list[Vouch]:
        pairs: set[tuple[int, int]] = set()
        for newcomer in range(first, size):
            self.ends.append(newcomer)
            for _ in range(DEGREE // 2):
                known = self.chance.choice(self.ends)
                pairs |= {(newcomer, known), (known, newcomer)} if known != newcomer else set()
                self.ends += [known, newcomer]
        return [self._vouch(*pair) for pair in sorted(pairs)]

    def _vouch(self, issuer: int, subject: int) -> Vouch:
        issued = now() - timedelta(days=self.chance.randint(1, 350))
        return Vouch(
            uri=f"v:{issuer}:{subject}", issuer=self.members[issuer], subject=self.members[subject], kind="charte",
            level=self.chance.randint(1, 3), issued_at=issued, entered_at=issued,
            expires_at=issued + timedelta(days=730),
        )  # fmt: skip
