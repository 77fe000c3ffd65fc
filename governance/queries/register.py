"""Reads of the register: pages, one entry, and the check of the whole."""

from collections.abc import Iterator
from datetime import date

from governance.errors import NotFound
from governance.models import Assembly, Decision, Entry, Minutes, RegisterHead, SealedName
from governance.queries.shapes import EntryRow, EntryView, Person, RegisterPage
from governance.rules.register import START, Line, Whole, commitment, instant_text, link, verify
from governance.rules.register import digest as digest_of
from network.models import Collective
from network.queries.collectives import home_collective

PAGE = 20


def document_of(entry: Entry) -> dict[str, object]:
    """Return the document that the chain covers, from the columns of the row."""
    return {
        "seq": entry.seq,
        "type": entry.kind,
        "at": instant_text(entry.at),
        "node": entry.node,
        "collective": entry.collective_uri,
        "terms": entry.terms,
        "salt": entry.salt,
        "body": entry.body,
    }


def _collective(collective: Collective | None) -> Collective:
    found = collective or home_collective()
    if found is None:
        raise NotFound("collective_unknown")
    return found


def _row(entry: Entry) -> EntryRow:
    review = entry.body.get("follow_up", {}).get("review_on") if isinstance(entry.body, dict) else None
    review_on = date.fromisoformat(review) if review else None
    return EntryRow(entry.seq, entry.kind, entry.at, str(entry.body.get("title", "")), entry.head, review_on)


def register_page(*, page: int = 1, collective: Collective | None = None) -> RegisterPage:
    """Return a page of the register, newest first. The register is public."""
    owner = _collective(collective)
    entries = Entry.objects.filter(collective=owner).order_by("-seq")
    total = entries.count()
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    rows = tuple(_row(entry) for entry in entries[(page - 1) * PAGE : page * PAGE])
    head = RegisterHead.objects.filter(collective=owner).values_list("head", flat=True).first()
    return RegisterPage(Person(owner.pk, owner.name), rows, total, page, pages, head or START.hex())


def entry_view(seq: int, *, collective: Collective | None = None) -> EntryView:
    """Return one entry, recomputed; raises NotFound."""
    owner = _collective(collective)
    entry = Entry.objects.filter(collective=owner, seq=seq).first()
    if entry is None:
        raise NotFound("entry_unknown")
    near = {each.seq: each for each in Entry.objects.filter(collective=owner, seq__in=[seq - 1, seq + 1])}
    before = near[seq - 1].head if seq - 1 in near else START.hex()
    document = document_of(entry)
    whole = digest_of(document) == entry.digest and link(bytes.fromhex(before), document).hex() == entry.head
    return EntryView(
        seq=entry.seq,
        kind=entry.kind,
        at=entry.at,
        title=str(entry.body.get("title", "")),
        node=entry.node,
        terms=entry.terms,
        salt=entry.salt,
        body=entry.body,
        digest=entry.digest,
        head=entry.head,
        previous_head=before,
        names=_names(owner, entry.body),
        whole=whole,
        previous_seq=seq - 1 if seq - 1 in near else None,
        next_seq=seq + 1 if seq + 1 in near else None,
        later=_later(owner, seq),
    )


def _names(collective: Collective, body: object) -> dict[str, str]:
    cited = set(_commitments(body))
    return dict(
        SealedName.objects.filter(collective=collective, commitment__in=cited).values_list("commitment", "name")
    )


def _commitments(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if set(value) == {"number", "name"}:
            yield str(value["name"])
        for part in value.values():
            yield from _commitments(part)
    elif isinstance(value, list):
        for part in value:
            yield from _commitments(part)


def _later(collective: Collective, seq: int) -> tuple[EntryRow, ...]:
    found = Entry.objects.filter(collective=collective, seq__gt=seq, body__cites=seq).order_by("seq")
    return tuple(_row(entry) for entry in found)


def text_entry(assembly: Assembly) -> int | None:
    """Return the number of the entry that holds the assembly's adopted minutes."""
    found = Entry.objects.filter(collective=assembly.circle.collective, kind="minutes", body__assembly=assembly.pk)
    return found.values_list("seq", flat=True).first()


def check_register(collective: Collective) -> Whole:
    """Recompute the chain, the names, the decisions and the minutes of a collective from its rows."""
    head = RegisterHead.objects.filter(collective=collective).first()
    entries = Entry.objects.filter(collective=collective).order_by("seq")
    lines = (Line(entry.seq, document_of(entry), entry.digest, entry.head) for entry in entries.iterator())
    whole = verify(lines, last=head.n if head else 0, head=head.head if head else START.hex())
    bad = sorted(_beside(collective), key=lambda each: each[0])
    if bad and (whole.first_bad is None or bad[0][0] < whole.first_bad):
        return Whole(whole.count, whole.head, *bad[0])
    return whole


def _beside(collective: Collective) -> Iterator[tuple[int, str]]:
    """Yield (entry, why) for rows beside the chain that no longer say what an entry says."""
    rows = SealedName.objects.filter(collective=collective)
    false = {row.commitment for row in rows if commitment(row.salt, row.name) != row.commitment}
    for entry in Entry.objects.filter(collective=collective).order_by("seq") if false else ():
        if false & set(_commitments(entry.body)):
            yield entry.seq, "name"
    for decision in Decision.objects.filter(entry__collective=collective).select_related("entry"):
        if decision.text != decision.entry.body.get("text"):
            yield decision.entry.seq, "decision"
    yield from _false_minutes(collective)


def _false_minutes(collective: Collective) -> Iterator[tuple[int, str]]:
    texts = {(m.assembly_id, m.digest): m.text for m in Minutes.objects.filter(assembly__circle__collective=collective)}
    for entry in Entry.objects.filter(collective=collective, kind="minutes").order_by("seq"):
        if texts.get((entry.body.get("assembly"), entry.body.get("digest"))) != entry.body.get("text"):
            yield entry.seq, "minutes"
