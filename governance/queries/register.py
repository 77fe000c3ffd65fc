"""Reads of the register: pages, one entry, and the check of the whole."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from governance.errors import NotFound
from governance.models import Assembly, Charter, Decision, Entry, Minutes, RegisterHead, SealedName
from governance.queries.names import commitments, in_words, names_behind
from governance.queries.poll_check import false_polls
from governance.queries.records import altered
from governance.queries.register_search import chosen_in, entries_of, narrowed, row_of, states_of
from governance.queries.remote import false_signatures
from governance.queries.shapes import EntryRow, EntryView, Person, RegisterPage, RegisterSearch
from governance.rules.register import START, Line, Whole, commitment, instant_text, link, plain, text_digest, verify
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
        raise NotFound("no_collective")
    return found


def register_page(
    *, page: int = 1, collective: Collective | None = None, search: RegisterSearch | None = None, size: int = PAGE
) -> RegisterPage:
    """Return a page of the register, newest first, or of what is found in it. The register is public."""
    owner = _collective(collective)
    every = Entry.objects.filter(collective=owner)
    search = search or RegisterSearch()
    entries = narrowed(owner, search)
    chosen = chosen_in(entries, owner, search)
    total = entries.count() if chosen is None else len(chosen)
    pages = max(1, -(-total // size))
    page = min(max(1, page), pages)
    part = slice((page - 1) * size, page * size)
    shown = list(entries[part]) if chosen is None else entries_of(entries, chosen[part])
    states = states_of(owner, [entry.seq for entry in shown])
    rows = tuple(row_of(entry, states.get(entry.seq, "")) for entry in shown)
    head = RegisterHead.objects.filter(collective=owner).values_list("head", flat=True).first()
    kinds = tuple(every.order_by("kind").values_list("kind", flat=True).distinct())
    years = tuple(each.year for each in every.dates("at", "year", order="DESC"))
    return RegisterPage(Person(owner.pk, owner.name), rows, total, page, pages, head or START.hex(), kinds, years)


def entry_view(seq: int, *, collective: Collective | None = None) -> EntryView:
    """Return one entry, recomputed; raises NotFound."""
    owner = _collective(collective)
    entry = Entry.objects.filter(collective=owner, seq=seq).first()
    if entry is None:
        raise NotFound("inscription_unknown")
    near = {each.seq: each for each in Entry.objects.filter(collective=owner, seq__in=[seq - 1, seq + 1])}
    before = near[seq - 1].head if seq - 1 in near else START.hex()
    document = document_of(entry)
    whole = digest_of(document) == entry.digest and link(bytes.fromhex(before), entry.digest).hex() == entry.head
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
        names=names_behind(owner, commitments(entry.body)),
        text=_text(entry),
        state=states_of(owner, [seq]).get(seq, ""),
        whole=whole,
        previous_seq=seq - 1 if seq - 1 in near else None,
        next_seq=seq + 1 if seq + 1 in near else None,
        later=_later(owner, seq),
    )


def _text(entry: Entry) -> str:
    """Return the minutes that this entry adopted, in words; empty for other entries."""
    found = _minutes_of(entry) if entry.kind == "minutes" else None
    return in_words(found) if found else str(entry.body.get("text", "")) if entry.kind == "minutes" else ""


def _minutes_of(entry: Entry) -> Minutes | None:
    rows = Minutes.objects.select_related("assembly__circle__collective")
    return rows.filter(assembly_id=entry.body.get("assembly"), digest=entry.body.get("digest")).last()


def _later(collective: Collective, seq: int) -> tuple[EntryRow, ...]:
    cites = Q(body__cites=seq) | Q(kind__in=("vote", "vote_extended"), body__opening=seq)
    found = Entry.objects.filter(cites, collective=collective, seq__gt=seq).order_by("seq")
    return tuple(row_of(entry) for entry in found)


def text_entry(assembly: Assembly) -> int | None:
    """Return the number of the entry that holds the assembly's adopted minutes."""
    found = Entry.objects.filter(collective=assembly.circle.collective, kind="minutes", body__assembly=assembly.pk)
    return found.values_list("seq", flat=True).first()


def check_register(collective: Collective) -> Whole:
    """Recompute the chain, names, decisions, minutes, the journals that minutes rest on, charters and votes, from rows.

    The first entry that does not hold is named, with why: missing, document, head, not_canonical, added, or what lies
    beside it: name, decision, minutes, record (with `detail`), charter, signature, poll, roll, ballot.
    """
    head = RegisterHead.objects.filter(collective=collective).first()
    entries = Entry.objects.filter(collective=collective).order_by("seq")
    lines = (Line(entry.seq, document_of(entry), entry.digest, entry.head) for entry in entries.iterator())
    whole = verify(lines, last=head.n if head else 0, head=head.head if head else START.hex())
    bad = min(_beside(collective), key=lambda each: each[0].seq, default=None)
    if bad and (whole.first_bad is None or bad[0].seq < whole.first_bad):
        return Whole(whole.count, whole.head, bad[0].seq, bad[1], bad[0].at, bad[2])
    return whole


def _beside(collective: Collective) -> Iterator[tuple[Entry, str, str]]:
    """Yield (entry, why, detail) for rows beside the chain that no longer say what an entry says."""
    entries = Entry.objects.filter(collective=collective).order_by("seq")
    rows = SealedName.objects.filter(collective=collective)
    false = {row.commitment for row in rows if commitment(row.salt, row.name) != row.commitment}
    for entry in entries if false else ():
        if false & set(commitments(entry.body)):
            yield entry, "name", ""
    for decision in Decision.objects.filter(entry__collective=collective).select_related("entry"):
        if plain(decision.text) != decision.entry.body.get("text"):
            yield decision.entry, "decision", ""
    for entry in entries.filter(kind="minutes"):
        yield from _false_minutes(entry)
    yield from _false_charters(collective, entries)
    yield from false_polls(collective)
    for entry in false_signatures(collective):
        yield entry, "signature", ""


def _false_minutes(entry: Entry) -> Iterator[tuple[Entry, str, str]]:
    body, minutes = entry.body, _minutes_of(entry)
    if minutes is None or text_digest(minutes.text) != body.get("digest") or minutes.people != body.get("people", []):
        yield entry, "minutes", ""
        return
    marks = {(each["kind"], each["id"]): each["marks"] for each in minutes.journals}
    for cited in body.get("records", []):
        detail = altered(cited, marks.get((cited["kind"], cited["id"]), []))
        if detail:
            yield entry, "record", detail


def _false_charters(collective: Collective, entries: QuerySet[Entry]) -> Iterator[tuple[Entry, str, str]]:
    """Yield the entries of charters that are kept otherwise than adopted, or not at all."""
    rows = Charter.objects.filter(collective=collective).values_list("version", "digest", "document")
    kept = {version: (mark, document) for version, mark, document in rows}
    for entry in entries.filter(kind="charter"):
        if kept.get(entry.body.get("version")) != (entry.body["digest"], entry.body["charter"]):
            yield entry, "charter", ""
