"""Writing in the register, inside the transactions of other actions."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings

from governance import signals
from governance.models import Entry, RegisterHead, SealedName
from governance.queries.register import document_of
from governance.rules.register import commitment, digest, link, plain
from network.models import Collective, Member, Membership
from network.signals import announce


def enter(*, collective: Collective, kind: str, body: Mapping[str, object], terms: str, at: datetime) -> Entry:
    """Append an entry to the collective's register and return it.

    Inside the caller's transaction; takes the lock of the register's head, which orders all writers.
    """
    last = locked_head(collective)
    entry = Entry(
        collective=collective,
        seq=last.n + 1,
        kind=kind,
        at=at,
        node=settings.ORIGIN,
        collective_uri=collective.uri,
        terms=terms,
        salt=secrets.token_hex(32),
        body=plain(dict(body)),
    )
    entry.digest = digest(document_of(entry))
    entry.head = link(bytes.fromhex(last.head), entry.digest).hex()
    entry.save()
    RegisterHead.objects.filter(pk=last.pk).update(n=entry.seq, head=entry.head, at=at)
    announce(signals.entry_written, entry_id=entry.pk)
    return entry


def locked_head(collective: Collective) -> RegisterHead:
    """Return the end of the register, locked until the transaction ends: nobody else enters anything meanwhile."""
    rows = RegisterHead.objects.select_for_update().filter(collective=collective)
    return rows.first() or _begun(collective)


def _begun(collective: Collective) -> RegisterHead:
    """Return the end of a register that has just begun: of two who begin it, both get the one row."""
    RegisterHead.objects.get_or_create(collective=collective)
    return RegisterHead.objects.select_for_update().get(collective=collective)


def sealed(collective: Collective, person: int | None) -> dict[str, object] | None:
    """Return how an entry names somebody: register number, and a commitment whose name and salt lie apart."""
    if person is None:
        return None
    member = Member.objects.get(pk=person)
    row = SealedName.objects.filter(collective=collective, member=member, name=member.name).first()
    if row is None:
        salt = secrets.token_hex(32)
        row = SealedName.objects.create(
            collective=collective, member=member, name=member.name, salt=salt, commitment=commitment(salt, member.name)
        )
    number = Membership.objects.filter(collective=collective, member=member).values_list("number", flat=True).first()
    return {"number": number or 0, "name": row.commitment}
