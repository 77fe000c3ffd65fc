"""Binding acts of members of other nodes: signed by their node before the lock, or soon after, as the charter says.

The act is held to what was signed: place, version, call and payload are committed to, and the room's own checks refuse
what has moved since. Who asks the other node is told by `set_signer`: this room knows no other node.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from governance import signals
from governance.actions.register import enter, sealed
from governance.errors import DomainError, NotEntitled, WrongState
from governance.models import (
    ActSignature,
    Assembly,
    Candidacy,
    Charter,
    ConsentSession,
    Election,
    Entry,
    Lot,
    Poll,
    SignatureState,
)
from governance.queries.remote import citation
from governance.queries.states import charter_of, terms_of
from governance.rules.register import canonical, plain
from governance.rules.remote import act_facts, binds, signed_as
from network.clock import now
from network.models import Collective, Member
from network.signals import announce

__all__ = [
    "About", "Prepared", "about_candidacy", "about_decision", "about_election", "about_lot", "about_meeting",
    "about_poll", "about_request", "complete", "forget_decision_salts", "forget_salts", "forget_signatures_of",
    "give_up_late", "keep", "prepare", "set_signer", "sign_waiting",
]  # fmt: skip

Signer = Callable[[Member, Mapping[str, Any]], dict[str, Any]]


def _nobody(member: Member, facts: Mapping[str, Any]) -> dict[str, Any]:
    raise WrongState("signature_unreachable", node=member.origin)


_signer: list[Signer] = [_nobody]


def set_signer(signer: Signer) -> None:
    """Say who has an act signed: it returns the signed document, whose proof it has verified, or raises a refusal."""
    _signer[0] = signer


@dataclass(frozen=True)
class About:
    """What an act is part of: its family (`rules/remote.py`), its page, whose figures govern, the row it belongs to."""

    family: str
    path: str
    charter: Charter
    collective: Collective
    rows: Mapping[str, Any] = field(default_factory=dict)


def about_decision(session: ConsentSession, assembly: Assembly | None) -> About:
    """Return what an act of a decision is part of."""
    rows, collective = {"session": session, "assembly": assembly}, session.proposal.circle.collective
    return About("decision", f"/propositions/{session.proposal_id}", session.charter, collective, rows)


def about_meeting(assembly: Assembly) -> About:
    """Return what an act of a meeting, on its minutes, is part of."""
    path, rows = f"/assemblees/{assembly.pk}", {"assembly": assembly}
    return About("decision", path, assembly.charter, assembly.circle.collective, rows)


def about_election(election: Election) -> About:
    """Return what an act of an election without candidate is part of."""
    collective = election.circle.collective
    charter = election.charter or charter_of(collective)
    return About("election", f"/elections/{election.pk}", charter, collective, {"election": election})


def about_lot(lot: Lot) -> About:
    """Return what an act of a lot is part of."""
    charter, collective = lot.charter or charter_of(lot.circle.collective), lot.circle.collective
    return About("lot", f"/tirages/{lot.pk}", charter, collective, {"lot": lot})


def about_poll(poll: Poll) -> About:
    """Return what a ballot is part of."""
    return About("poll", f"/scrutins/{poll.pk}", poll.charter, poll.session.proposal.circle.collective, {"poll": poll})


def about_request(collective: Collective) -> About:
    """Return what a wish to join is part of, before it has a number."""
    return About("candidacy", "/candidatures/nouvelle", charter_of(collective), collective)


def about_candidacy(row: Candidacy) -> About:
    """Return what an act of a candidacy is part of."""
    return About("candidacy", f"/candidatures/{row.pk}", row.charter, row.collective, {"candidacy": row})


@dataclass(frozen=True)
class Prepared:
    """An act about to be done: what is, or is to be, signed of it."""

    facts: dict[str, Any]
    salt: str
    proof: dict[str, Any] | None
    hours: int
    at: datetime


def prepare(*, actor: Member, kind: str, payload: Mapping[str, object], key: UUID, about: About) -> Prepared | None:
    """Return what goes with the act, None for acts and people that need no signature. Before any lock.

    Where the charter lets nothing wait, the member's node is asked here, and its refusal is the act's. Raises
    WrongState `signature_unreachable`, `signature_no_session`, `signature_refused`; TermMissing.
    """
    if actor.local or not binds(about.family, kind) or _is_kept(actor, key):
        return None
    hours, at = terms_of(about.charter).whole("remote.signature_wait_hours"), now()
    salt = _salt(actor, key, payload)
    facts = act_facts(
        actor=actor.uri,
        collective=about.collective.uri,
        place=settings.ORIGIN + about.path,
        kind=signed_as(kind),
        payload=payload,
        salt=salt,
        key=str(key),
        at=at,
    )
    proof = _signer[0](actor, facts) if hours == 0 else None
    if proof is not None:
        facts = {name: proof[name] for name in facts}  # the instant is that of the first try
    return Prepared(facts, salt, proof, hours, at)


def _is_kept(actor: Member, key: UUID) -> bool:
    return ActSignature.objects.filter(member=actor, key=key).exists()


def _salt(actor: Member, key: UUID, payload: Mapping[str, object]) -> str:
    """Return 32 bytes, hex, that nobody without our secret can guess; the same when the same act is tried again, so
    that a node which has signed it already signs no second document under its key."""
    body = canonical(plain({"actor": actor.uri, "key": str(key), "payload": dict(payload)}))
    return salted_hmac("toile.act-salt", body, algorithm="sha256").hexdigest()


def keep(prepared: Prepared | None, *, actor: Member, kind: str, key: UUID, about: About) -> None:
    """Put the signature, or that it is waited for, beside the step; in the transaction that writes the step.

    Only for acts that are new: nothing binding of a member of another node passes here without its signature. Raises
    WrongState `key_reused`, or `stale_version` if what was signed speaks of something that is on the table no more;
    NotEntitled if the act was not prepared.
    """
    if actor.local or not binds(about.family, kind):
        return
    if _is_kept(actor, key):
        raise WrongState("key_reused")
    if prepared is None:
        raise NotEntitled("not_in_circle")
    if prepared.facts["place"] != settings.ORIGIN + about.path:
        raise WrongState("stale_version", part="place", now=about.path)
    row = ActSignature.objects.create(
        member=actor,
        key=key,
        kind=signed_as(kind),
        **about.rows,
        salt=prepared.salt,
        facts=prepared.facts,
        proof=prepared.proof,
        proof_salt=secrets.token_hex(32),
        state=SignatureState.SIGNED if prepared.proof else SignatureState.WAITING,
        made_at=prepared.at,
        wait_until=prepared.at + timedelta(hours=prepared.hours),
        signed_at=prepared.at if prepared.proof else None,
        entry=_entry_so_far(about.rows.get("session"), about.rows.get("assembly")),
    )
    if prepared.proof is None:
        announce(signals.act_to_sign, signature_id=row.pk)
    else:
        _enter_later(row)


def forget_signatures_of(uri: str) -> None:
    """Forget the proofs of somebody who is gone; entries cite them by salted digests, and stay whole."""
    ActSignature.objects.filter(member__uri=uri, member__local=False).delete()


def forget_salts(candidacy: int, author: int | None, *, evaluations: bool) -> None:
    """Forget what would let somebody try words of a candidacy against what was signed of them: the words are erased."""
    rows = ActSignature.objects.filter(candidacy=candidacy, member=author)
    rows = rows.filter(kind="evaluate") if evaluations else rows.exclude(kind="evaluate")
    rows.update(salt="")


def sign_waiting(signature_id: int) -> bool:
    """Ask the member's node for a signature that is waited for; return whether it is there. Safe to repeat."""
    row = ActSignature.objects.select_related("member").filter(pk=signature_id).first()
    if row is None or row.state == SignatureState.SIGNED:
        return row is not None
    try:
        complete(signature_id=row.pk, proof=_signer[0](row.member, row.facts))
    except DomainError as error:
        ActSignature.objects.filter(pk=row.pk, state=SignatureState.WAITING).update(why=error.code[:40])
        return False
    return True


def forget_decision_salts(candidacy: int, author: int | None) -> None:
    """Forget the same of what somebody said in decisions about a person."""
    mine = ActSignature.objects.filter(session__proposal__effect__candidacy=candidacy, member=author)
    mine.update(salt="")


@transaction.atomic
def complete(*, signature_id: int, proof: Mapping[str, Any]) -> None:
    """Write down the signature; if the register has cited the act without it, enter it now, citing that entry."""
    row = ActSignature.objects.select_for_update(of=("self",)).select_related("member").get(pk=signature_id)
    if row.state == SignatureState.SIGNED:
        return
    row.proof, row.state, row.why, row.signed_at = dict(proof), SignatureState.SIGNED, "", now()
    row.save(update_fields=["proof", "state", "why", "signed_at"])
    _enter_later(row)


def _entry_so_far(session: ConsentSession | None, assembly: Assembly | None) -> Entry | None:
    """Return the entry in which the register already speaks of this decision, or of these minutes."""
    if session is not None:
        decision = session.decisions.select_related("entry").order_by("-entry__seq").first()
        return decision.entry if decision else None
    found = (
        Entry.objects.filter(collective=assembly.circle.collective, kind="minutes")
        if assembly
        else Entry.objects.none()
    )
    return next((entry for entry in found if assembly and entry.body.get("assembly") == assembly.pk), None)


def _enter_later(row: ActSignature) -> None:
    """Enter a signature of which the entry of the decision, or of the minutes, could not yet speak."""
    cited = row.entry
    if cited is None:
        return
    collective = cited.collective
    title = str(cited.body.get("title", ""))
    body = {"title": title, "cites": cited.seq, **citation(row, sealed(collective, row.member_id), None)}
    enter(collective=collective, kind="signature", body=body, terms=cited.terms, at=now())


def give_up_late(*, at: datetime) -> int:
    """Mark what was not signed in time. The act stands; it is shown as unsigned."""
    late = ActSignature.objects.filter(state=SignatureState.WAITING, wait_until__lt=at)
    return late.update(state=SignatureState.MISSING)
