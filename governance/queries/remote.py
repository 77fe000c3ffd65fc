"""Signatures of members of other nodes: of a process, of an entry of the register, and what is still to be signed."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from governance.errors import NotFound
from governance.models import (
    ActSignature,
    Assembly,
    Candidacy,
    ConsentSession,
    Election,
    ElectionStep,
    Entry,
    Lot,
    LotStep,
    NamedBallot,
    RoomStep,
    SignatureState,
    Step,
)
from governance.queries.consent_shapes import somebody
from governance.queries.covered import said_in
from governance.rules.candidacy import Candidacy as CandidacyState
from governance.rules.register import canonical, commitment, plain
from governance.rules.remote import ballot_signed, committed, told_of_candidacy, told_of_election, wordless
from governance.rules.session import Session
from network.models import Collective, Member
from network.queries.collectives import home_collective

__all__ = [
    "SignatureLine", "approvals", "candidacy_citations", "candidacy_signatures", "citation", "citations",
    "election_citations", "entry_signatures", "false_signatures", "lot_citations", "own_proof", "payload_of",
    "proof_digest", "signatures_of", "to_sign", "verifiable",
]  # fmt: skip

MARKS = 8  # digests that tell nobody apart come by so many: how many of them are real is not told

Sealed = dict[str, object] | None
Namer = Callable[[int | None], Sealed]
Act = tuple[int | None, Any]  # person, key


@dataclass(frozen=True)
class SignatureLine:
    """One act of a member of another node, as everybody may see it: never its content."""

    person: str
    node: str
    kind: str
    state: str
    at: Any
    told: bool = True  # False: only the person who acted reads this line
    own_proof: str = ""  # the key of the reader's own signed act: they may take its proof along


def signatures_of(
    *,
    proposal_id: int | None = None,
    assembly_id: int | None = None,
    election_id: int | None = None,
    lot_id: int | None = None,
    poll_id: int | None = None,
    viewer: Member | None = None,
) -> tuple[SignatureLine, ...]:
    """Return the signatures of a decision, of a meeting's minutes, of an election, a lot or a vote, in the order of
    the acts. Of a secret vote everybody reads their own alone: the others would tell who has voted, and when."""
    if proposal_id:
        decided: dict[str, object] = {"session__proposal": proposal_id}
    elif election_id:
        decided = {"election": election_id}
    elif lot_id:
        decided = {"lot": lot_id}
    elif poll_id:
        decided = {"poll": poll_id}
    else:
        decided = {"assembly": assembly_id, "session": None}
    rows = ActSignature.objects.select_related("member", "poll").filter(**decided)
    return tuple(_line(row, viewer=viewer) for row in rows if row.member == viewer or not row.secret)


def candidacy_signatures(row: Candidacy, state: CandidacyState, viewer: Member) -> tuple[SignatureLine, ...]:
    """Return the signatures in a candidacy that this reader may know of: told ones, and their own."""
    rows = ActSignature.objects.select_related("member").filter(candidacy=row)
    lines = [_line(each, told=_is_told(each, state), viewer=viewer) for each in rows if each.member_id == viewer.pk]
    others = [_line(each) for each in rows if each.member_id != viewer.pk and _is_told(each, state)]
    return tuple(sorted([*lines, *others], key=lambda line: line.at))


def _line(row: ActSignature, *, told: bool = True, viewer: Member | None = None) -> SignatureLine:
    node = row.member.origin.partition("://")[2]
    who = somebody(row.member_id, row.member.name)
    mine = viewer is not None and row.member_id == viewer.pk and row.proof is not None
    return SignatureLine(who.name, node, row.kind, row.state, row.made_at, told, str(row.key) if mine else "")


def own_proof(key: UUID, *, viewer: Member) -> dict[str, object]:
    """Return the proof of an act of this person, as their node signed it, for their eyes alone; raises NotFound.

    It shows that they acted, when and on what: with its salt they find it in the register. What they chose cannot be
    shown with it: the salt of that commitment is never theirs, or a ballot and an evaluation could be sold.
    """
    rows = ActSignature.objects.select_related("entry").filter(member=viewer, key=key)
    row = rows.exclude(proof=None).first()
    if row is None:
        raise NotFound("proof_unknown")
    return {
        "document": row.proof,
        "proof_salt": row.proof_salt,
        "proof_digest": proof_digest(row),
        "entry": row.entry.seq if row.entry else None,
    }


def to_sign(*, member_id: int | None = None) -> QuerySet[ActSignature]:
    """Return what waits for a signature, oldest first; of one member if given."""
    rows = ActSignature.objects.filter(state=SignatureState.WAITING).order_by("made_at")
    return rows.filter(member_id=member_id) if member_id else rows


def citations(session: ConsentSession, state: Session, who: Namer, *, covered: bool = False) -> list[dict[str, object]]:
    """Return what the entry of a decision says of signatures. Only what the reveal opens is opened: a position that
    was replaced, or of a call that was never revealed, stays a commitment. `covered`: so do words about somebody."""
    rows = list(ActSignature.objects.filter(session=session))
    steps = Step.objects.filter(session=session, key__in=[row.key for row in rows]).order_by("seq")
    said = {(step.actor_id, step.key): said_in(step.payload) for step in steps}
    last = {(s.actor_id, s.payload.get("version"), s.payload.get("call")): s.key for s in steps if s.kind == "position"}
    revealed = {(call.version, call.call) for call in state.revealed}
    opened = {(person, key) for (person, version, call), key in last.items() if (version, call) in revealed}
    found = []
    for row in rows:
        act = (row.member_id, row.key)
        payload = said.get(act) if row.kind != "position" or act in opened else None
        told = payload is not None and (wordless(payload) or not covered)
        found.append(citation(row, who(row.member_id), payload if told else None))
    return found


def election_citations(election: Election, who: Namer) -> list[dict[str, object]]:
    """Return what the entry of an election says of signatures.

    Opened is what the entry tells of itself: revealed positions without words, the mandate accepted. Ballots and
    voices, which it counts only, and grounds and reasons, which it seals, stay commitments for ever.
    """
    steps = list(ElectionStep.objects.filter(election=election).order_by("seq"))
    said = {(step.actor_id, step.key): (step.kind, step.payload) for step in steps}
    shown, found = _revealed_positions(steps), []
    for row in ActSignature.objects.filter(election=election, entry=None):
        act = (row.member_id, row.key)
        kind, payload = said.get(act, ("", {}))
        told = told_of_election(kind, payload) and (kind != "position" or act in shown)
        found.append(citation(row, who(row.member_id), payload if told else None))
    return found


def _revealed_positions(steps: list[ElectionStep]) -> set[Act]:
    """Return the positions (person, key) that a reveal showed: the last of each before it, about whom it was about."""
    shown: set[Act] = set()
    sealed: dict[int | None, Act] = {}
    for step in steps:
        if step.kind == "position":
            sealed[step.actor_id] = (step.actor_id, step.key)
        elif step.kind == "reveal":
            shown |= set(sealed.values())
        if step.kind in {"reveal", "propose"}:
            sealed = {}
    return shown


def candidacy_citations(
    row: Candidacy, state: CandidacyState, who: Namer
) -> tuple[list[dict[str, object]], list[str], list[int]]:
    """Return what an entry about somebody says of signatures since the entry before: acts of those whom it names, the
    digests of all other proofs, and the rows that these stand for.

    Among the digests are random ones, so that nobody learns how many there are; who holds a proof and its salt finds
    its own. What is not signed yet waits for the next entry.
    """
    rows = list(ActSignature.objects.filter(candidacy=row, entry=None))
    told = [each for each in rows if _is_told(each, state)]
    hidden = [each for each in rows if each.proof and not _is_told(each, state)]
    digests = [proof_digest(each) for each in hidden]
    digests += [secrets.token_hex(32) for _ in range(MARKS - len(digests) % MARKS)]
    cited = [citation(each, who(each.member_id), None) for each in told]
    return cited, sorted(digests), [each.pk for each in (*told, *hidden)]


def _is_told(row: ActSignature, state: CandidacyState) -> bool:
    candidate, sponsor = row.member_id == state.person, state.sponsor(row.member_id) is not None
    return told_of_candidacy(row.kind, candidate=candidate, sponsor=sponsor)


def approvals(assembly: Assembly, who: Namer) -> list[dict[str, object]]:
    """Return what the entry of minutes says of the signatures of those who approved them."""
    rows = ActSignature.objects.filter(assembly=assembly, session=None)
    return [citation(row, who(row.member_id), payload_of(row)) for row in rows]


def lot_citations(lot: Lot, who: Namer, *, opened: frozenset[str]) -> list[dict[str, object]]:
    """Return what an entry of a lot says of signatures since the entry before.

    What was done in it is public by then: envelopes, the keys that `opened` them, what was read of the beacon, who
    accepted and who refused. A key that opens nothing stays a commitment: nobody knows what was typed there.
    """
    found = []
    for row in ActSignature.objects.filter(lot=lot, entry=None):
        payload = payload_of(row) or {}
        told = row.kind != "reveal_secret" or str(payload.get("secret")).lower() in opened
        found.append(citation(row, who(row.member_id), payload if told else None))
    return found


def citation(row: ActSignature, person: Sealed, payload: object) -> dict[str, object]:
    """Return one act as an entry cites it: names by commitment, the proof by its salted digest, the payload if open."""
    return {
        "person": person,
        "kind": row.kind,
        "key": str(row.key),
        "commitment": row.facts["commitment"],
        "opened": {"salt": row.salt, "payload": plain(payload)} if payload is not None else None,
        "signature": row.state,
        "proof": proof_digest(row) if row.proof else None,
    }


def proof_digest(row: ActSignature) -> str:
    """Return what stands in an entry for a proof that names a person: SHA-256 of its salt and canonical form."""
    return commitment(row.proof_salt, canonical(plain(row.proof)).decode())


def verifiable(entry: Entry) -> list[dict[str, object]]:
    """Return what lets anybody verify the signatures that an entry cites: proofs and salts, which lie beside it.

    With the person's data erased the list is shorter, and the entry is whole all the same.
    """
    keys = [cited["key"] for cited in _cited(entry.body)]
    kept = ActSignature.objects.filter(key__in=keys).exclude(proof=None)
    rows = {row.facts["commitment"]: row for row in kept}  # two people may choose one key, but no one commitment
    found = [(cited, rows[cited["commitment"]]) for cited in _cited(entry.body) if cited["commitment"] in rows]
    return [
        {
            "key": cited["key"],
            "kind": cited["kind"],
            "opened": cited["opened"],
            "document": row.proof,
            "proof_salt": row.proof_salt,
            "proof_digest": cited["proof"] or proof_digest(row),
        }
        for cited, row in found
    ]


def entry_signatures(seq: int) -> list[dict[str, object]]:
    """Return the same for the entry `seq` of this node's collective; raises NotFound."""
    found = Entry.objects.filter(collective=home_collective(), seq=seq).first()
    if found is None:
        raise NotFound("inscription_unknown")
    return verifiable(found)


def _cited(body: Any) -> list[dict[str, Any]]:
    if not isinstance(body, dict):
        return []
    return [body] if "commitment" in body and "key" in body else list(body.get("signatures", []))


def payload_of(row: ActSignature) -> dict[str, Any] | None:
    """Return the payload of the act, from the step with the same key; none of a candidacy: its words can be erased."""
    if row.candidacy_id:
        return None
    if row.poll_id:
        return _ballot(row)
    table: Any = LotStep if row.lot_id else Step if row.session_id else ElectionStep if row.election_id else RoomStep
    found = table.objects.filter(actor=row.member_id, key=row.key).values_list("payload", flat=True).first()
    return said_in(found) if isinstance(found, dict) else None


def _ballot(row: ActSignature) -> dict[str, Any]:
    """Return what was signed of a vote: of a secret one nothing but that its signer took part."""
    ballots = NamedBallot.objects.filter(place__poll=row.poll_id, cast_by=row.member_id, key=row.key)
    found = ballots.values_list("choice", "place__member").first()
    return ballot_signed(found[0], member=found[1], actor=row.member_id) if found else {}


def false_signatures(collective: Collective) -> Iterator[Entry]:
    """Yield entries that speak of a signature otherwise than what is kept of it, or of the act in its journal."""
    rows = ActSignature.objects.filter(entry__collective=collective).select_related("entry").order_by("entry__seq")
    later = Entry.objects.filter(collective=collective, kind="signature") if rows else ()
    alone = {str(entry.body.get("commitment")): entry for entry in later}
    for row in rows:
        entry: Any = row.entry
        after = alone.get(row.facts["commitment"])
        cited = [each for of in (entry, after) if of for each in _cited(of.body)]
        mine = [each for each in cited if each["commitment"] == row.facts["commitment"]]
        told = bool(mine) or row.proof is None or proof_digest(row) in entry.body.get("sealed_signatures", [])
        if not told or not all(_bears_out(row, each) for each in mine) or not _is_itself(row):
            yield after if after and not _cited(entry.body) else entry


def _bears_out(row: ActSignature, cited: dict[str, Any]) -> bool:
    opened = cited["opened"]
    fits = opened is None or committed(opened["salt"], opened["payload"]) == cited["commitment"]
    proven = cited["proof"] in {None, proof_digest(row) if row.proof else ""}
    return fits and proven and (cited["kind"], cited["key"]) == (row.kind, str(row.key))


def _is_itself(row: ActSignature) -> bool:
    """Whether what is signed, what was to be signed and the act in the journal are one."""
    if row.proof and any(row.proof.get(name) != value for name, value in row.facts.items() if name != "instant"):
        return False
    payload = payload_of(row) if row.salt else None
    return payload is None or committed(row.salt, payload) == row.facts["commitment"]
