"""The recount bundle of a register: one canonical JSON file that a stand-alone program checks (docs/register.md).

Entries, heads and countersignatures with their keys, minutes, charters; names and their salts only for members.
What is beside the entries is sealed by the collective's key, so that no byte can change unseen.
"""

import json
from hashlib import sha256
from typing import Any

from django.conf import settings

from federation import attested, keys, witness
from federation.models import Confirmation, HeadConflict, ProofKey, SignedHead
from federation.rules.vocabulary import AS2, DATA_INTEGRITY, TOILE
from governance.models import Charter, Entry, Minutes, RegisterHead, SealedName
from governance.queries.names import commitments
from governance.queries.register import document_of
from governance.queries.remote import verifiable
from governance.rules.register import canonical, instant_text, plain
from network.clock import now
from network.models import Collective

__all__ = ["FORMAT", "bundle"]

FORMAT = "toile-register/1"
SEAL_CONTEXT: list[Any] = [
    AS2,
    DATA_INTEGRITY,
    {"toile": TOILE, "RegisterBundle": "toile:RegisterBundle", "parts": {"@id": "toile:parts", "@type": "@json"}},
]
HEADS = 200  # signed heads given along, the newest


def bundle(collective: Collective, *, with_names: bool = False) -> bytes:
    """Return the canonical bytes of a local collective's bundle. `with_names` is for members; who may is the door's.

    Signs a head for the last entry, so that the whole register is covered by a signature.
    """
    parts = _parts(collective, with_names)
    sums = {name: sha256(canonical(part)).hexdigest() for name, part in parts.items() if name != "entries"}
    head = {"@context": SEAL_CONTEXT, "type": "RegisterBundle", "id": f"{collective.uri}/bundles/{parts['made_at']}"}
    seal = {**head, "attributedTo": collective.uri, "parts": sums}
    signed = attested.signed_here(seal, collective.uri, now=now()).document
    return canonical({**parts, "seal": signed})


def _parts(collective: Collective, with_names: bool) -> dict[str, Any]:
    last = RegisterHead.objects.filter(collective=collective).first()
    if last is not None and last.n:
        witness.signed_head(collective, last.n, last.n)
    rows = list(Entry.objects.filter(collective=collective).order_by("seq"))
    ours = SignedHead.objects.filter(collective=collective.uri, local=True).order_by("-n", "-pk")[:HEADS]
    conflicts = HeadConflict.objects.filter(collective=collective.uri, local=True)
    newest = Confirmation.objects.filter(collective=collective.uri).order_by("witness", "n")
    confirmations = list({row.witness: row for row in newest}.values())
    acts = _acts(rows) if with_names else []
    used = {row.key_id for row in confirmations} | {each["document"]["proof"]["verificationMethod"] for each in acts}
    return {
        **({"acts": acts} if acts else {}),
        "format": FORMAT,
        "made_at": instant_text(now()),
        "node": settings.ORIGIN,
        "collective": {"uri": collective.uri, "name": plain(collective.name)},
        "entries": [{"document": document_of(row), "digest": row.digest, "head": row.head} for row in rows],
        "heads": [_json(row.body) for row in sorted(ours, key=lambda row: (row.since, row.n))],
        "confirmations": [_json(row.body) for row in confirmations],
        "conflicts": [_conflict(row) for row in conflicts],
        "keys": _keys(collective, used),
        "minutes": _minutes(rows),
        "charters": [
            {"version": row.version, "digest": row.digest, "document": row.document}
            for row in Charter.objects.filter(collective=collective).order_by("version")
        ],
        "with_names": with_names,
        "names": _names(collective, rows) if with_names else [],
    }


def _json(body: bytes | memoryview) -> Any:  # noqa: ANN401
    return json.loads(bytes(body))


def _conflict(row: HeadConflict) -> dict[str, Any]:
    return {"kind": row.kind, "n": row.n, "first": _json(row.first), "second": _json(row.second)}


def _keys(collective: Collective, used: set[str]) -> list[dict[str, str]]:
    theirs = ProofKey.objects.filter(key_id__in=used).order_by("key_id")
    found = [*keys.public_documents(collective.uri).multikeys, *(_multikey(row) for row in theirs)]
    return sorted(found, key=lambda key: key["id"])


def _multikey(row: ProofKey) -> dict[str, str]:
    document = {"id": row.key_id, "type": "Multikey", "controller": row.owner, "publicKeyMultibase": row.multibase}
    ends = {"revoked": row.revoked_at, "expires": row.retired_at}
    return document | {name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in ends.items() if at is not None}


def _acts(rows: list[Entry]) -> list[dict[str, Any]]:
    """Return the proofs of acts that the entries cite, as far as they are kept and their keys count: they name people.

    Proofs that entries cite without a person (sealed evaluations and the like) are their author's alone.
    """
    citing = [row for row in rows if row.kind == "signature" or "signatures" in row.body]
    found: dict[str, Any] = {str(proof["proof_digest"]): proof for row in citing for proof in verifiable(row)}
    methods = {digest: proof["document"]["proof"]["verificationMethod"] for digest, proof in found.items()}
    known = ProofKey.objects.filter(key_id__in=set(methods.values()), revoked_at=None)
    listed = set(known.values_list("key_id", flat=True))
    return [
        {"document": found[digest]["document"], "proof_salt": found[digest]["proof_salt"]}
        for digest in sorted(found)
        if methods[digest] in listed
    ]


def _minutes(rows: list[Entry]) -> list[dict[str, Any]]:
    found = []
    for row in rows:
        if row.kind == "minutes" and "text" not in row.body:
            kept = Minutes.objects.filter(assembly_id=row.body["assembly"], digest=row.body["digest"]).last()
            if kept is not None:
                found.append({"entry": row.seq, "digest": kept.digest, "text": kept.text})
    return found


def _names(collective: Collective, rows: list[Entry]) -> list[dict[str, str]]:
    cited = {each for row in rows for each in commitments(row.body)}
    kept = SealedName.objects.filter(collective=collective, commitment__in=cited).order_by("commitment")
    return [{"commitment": row.commitment, "name": str(plain(row.name)), "salt": row.salt} for row in kept]
