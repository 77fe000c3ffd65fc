"""Registers for tests: long ones, made without a room, and the stand-alone verifier as a module."""

import importlib.util
from datetime import UTC, datetime, timedelta
from pathlib import Path

from governance.models import Entry, RegisterHead
from governance.queries.register import document_of
from governance.rules.register import digest, link
from network.models import Collective

PATH = Path(__file__).parents[2] / "frontend" / "static" / "verify_register.py"
DAY = datetime(2026, 1, 1, tzinfo=UTC)


def verifier():
    """Return the stand-alone verifier, loaded from its one file."""
    spec = importlib.util.spec_from_file_location("verify_register_alone", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lengthen(collective: Collective, count: int) -> None:
    """Append `count` entries of the size of a decision, in bulk: same columns, same chain."""
    last, _ = RegisterHead.objects.get_or_create(collective=collective)
    terms = collective.charters.order_by("-version").values_list("digest", flat=True).first() or ""
    rows, head = [], bytes.fromhex(last.head)
    for seq in range(last.n + 1, last.n + 1 + count):
        text = f"Décision {seq} : nous ouvrons la salle à {seq % 24} h, « portes comprises ». " * 5
        people = [{"number": n, "name": f"{seq * 10 + n:064x}"} for n in range(1, 4)]
        positions = [{"person": each, "choice": "consent"} for each in people]
        body = {"title": f"Décision {seq}", "text": text, "electorate": people, "calls": [{"positions": positions}]}
        body |= {"objections": [], "quorum": {"share": "1/2", "electorate": 3, "expressed": 3}}
        row = Entry(
            collective=collective, seq=seq, kind="decision", at=DAY + timedelta(minutes=seq), terms=terms, body=body,
            node="http://localhost:8000", collective_uri=collective.uri, salt=f"{seq:064x}",
        )  # fmt: skip
        document = document_of(row)
        row.digest = digest(document)
        head = link(head, row.digest)
        row.head = head.hex()
        rows.append(row)
    Entry.objects.bulk_create(rows, batch_size=500)
    RegisterHead.objects.filter(pk=last.pk).update(n=last.n + count, head=head.hex(), at=DAY)
