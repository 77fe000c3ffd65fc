"""Claims: somebody says that an unclaimed entry is theirs, or wants it gone.

Operators settle it; or the member proves it by showing a code on the entry's own website. The entry then ends, and its
offers become the member's own. Whoever has no account leaves a way to be reached, which is erased once that is settled.
Operators can undo what was taken over, for some weeks; what was removed is gone.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction

from network import clock, permissions
from network.actions.claimed import give_back, hand_over
from network.actions.entries import remove_entry
from network.errors import Invalid, NotEntitled, NotFound, WrongState
from network.models import Claim, ClaimState, Member, RecordState, SourceRecord
from network.queries.claims import UNDO_DAYS, is_undoable, site_proof
from network.rules.cards import plain

__all__ = ["CLAIM", "REMOVE", "ask_claim", "forget_old_claims", "settle_claim", "take_proven_entry", "undo_claim"]

CLAIM, REMOVE = "claim", "remove"
MESSAGE_MAX, CONTACT_MAX = 2_000, 200  # characters
WAITING_MOST = 5  # claims of one entry that wait at a time
KEPT_DAYS = 365


@transaction.atomic
def ask_claim(
    *, member_id: int, wants: str, message: str = "", contact: str = "", actor: Member | None = None
) -> Claim:
    """Ask the operators for an entry, or for its removal. Without an account a way to be reached is needed.

    NotFound("member_unknown") unless the entry is unclaimed; Invalid("claim_wants", "claim_contact", "claim_message");
    WrongState("claims_waiting") when enough wait already. One member's repeated claim is the same claim.
    """
    record = _unclaimed(member_id)
    _check(wants, message, contact, actor)
    waiting = Claim.objects.filter(record=record, state=ClaimState.ASKED)
    if actor is not None and (same := waiting.filter(member=actor, wants=wants).first()):
        return same
    if waiting.count() >= WAITING_MOST:
        raise WrongState("claims_waiting")
    return Claim.objects.create(
        record=record, member=actor, wants=wants, contact=plain(contact, CONTACT_MAX), message=plain(message),
        asked_at=clock.now(),
    )  # fmt: skip


def _unclaimed(member_id: int) -> SourceRecord:
    """Lock where an unclaimed entry comes from; NotFound("member_unknown") if there is no such entry."""
    record = SourceRecord.objects.select_for_update(of=("self",)).select_related("member").filter(
        member_id=member_id, state=RecordState.UNCLAIMED
    ).first()  # fmt: skip
    if record is None:
        raise NotFound("member_unknown")
    return record


def _check(wants: str, message: str, contact: str, actor: Member | None) -> None:
    if wants not in {CLAIM, REMOVE}:
        raise Invalid("claim_wants", field="wants")
    if actor is None and not 5 <= len(plain(contact)) <= CONTACT_MAX:
        raise Invalid("claim_contact", field="contact")
    if len(message) > MESSAGE_MAX:
        raise Invalid("claim_message", field="message")


@transaction.atomic
def settle_claim(*, actor: Member, claim_id: int, accept: bool) -> Claim:
    """Accept or refuse. Accepted: the entry ends; its offers become the member's own, if a member claims it.

    Locks the claim; NotEntitled("not_operator"), NotFound("claim_unknown"), WrongState("claim_settled",
    "claim_without_member": somebody without account, or who may not publish here, must join first).
    """
    claim = _locked(actor, claim_id)
    if claim.state != ClaimState.ASKED:
        raise WrongState("claim_settled")
    if accept:
        _accept(claim)
    return _settle(claim, ClaimState.ACCEPTED if accept else ClaimState.REFUSED, by=actor)


@transaction.atomic
def take_proven_entry(*, actor: Member, member_id: int, address: str) -> Claim:
    """Give an entry to a member whose code was seen at `address`, the entry's own website.

    Locks where the entry comes from. NotFound("member_unknown") unless it is still unclaimed and that its website;
    NotEntitled("not_a_member").
    """
    if not permissions.can_publish(actor):
        raise NotEntitled("not_a_member")
    record = _unclaimed(member_id)
    proof = site_proof(member_id, actor=actor)
    if proof is None or proof.address != address:
        raise NotFound("member_unknown")
    waiting = Claim.objects.filter(record=record, member=actor, wants=CLAIM, state=ClaimState.ASKED).first()
    claim = waiting or Claim(record=record, member=actor, wants=CLAIM, asked_at=clock.now())
    claim.proof = address
    _accept(claim)
    return _settle(claim, ClaimState.ACCEPTED, by=None)


@transaction.atomic
def undo_claim(*, actor: Member, claim_id: int) -> int:
    """Make an entry that was taken over unclaimed again; return how many offers stay, since their owner changed them.

    Locks the claim. The member cannot prove it again, only ask. NotEntitled("not_operator"), NotFound("claim_unknown"),
    WrongState("claim_not_undoable") after some weeks, for what was refused or removed, and the second time.
    """
    claim = _locked(actor, claim_id)
    if not is_undoable(claim):
        raise WrongState("claim_not_undoable")
    stay = give_back(claim)
    claim.state, claim.kept, claim.undone_at, claim.undone_by = ClaimState.UNDONE, {}, clock.now(), actor
    claim.save()
    return stay


def _locked(actor: Member, claim_id: int) -> Claim:
    """Lock a claim, after the record that it is about, as every claim of that record does; refuse but operators."""
    if not permissions.can_import_entries(actor):
        raise NotEntitled("not_operator")
    SourceRecord.objects.select_for_update().filter(claims=claim_id).first()
    rows = Claim.objects.select_for_update(of=("self",)).select_related("record__member", "member")
    claim = rows.filter(pk=claim_id).first()
    if claim is None:
        raise NotFound("claim_unknown")
    return claim


def _settle(claim: Claim, state: str, *, by: Member | None) -> Claim:
    claim.state, claim.settled_at, claim.settled_by = state, clock.now(), by
    claim.contact = claim.message = ""
    claim.save()
    return claim


def _accept(claim: Claim) -> None:
    entry = claim.record.member
    if claim.wants == CLAIM:
        if claim.member is None or not permissions.can_publish(claim.member):
            raise WrongState("claim_without_member")
        if entry is not None:
            claim.title, claim.uri = entry.name, entry.uri
            claim.kept = hand_over(claim.record, claim.member)
    remove_entry(claim.record, RecordState.CLAIMED if claim.wants == CLAIM else RecordState.REMOVED)
    others = Claim.objects.filter(record=claim.record, state=ClaimState.ASKED).exclude(pk=claim.pk)
    others.update(
        state=ClaimState.REFUSED, settled_at=clock.now(), settled_by=None, contact="", message="",
    )  # fmt: skip


@transaction.atomic
def forget_old_claims(*, now: Any) -> int:
    """Drop claims that nobody settled within a year, with the way to reach whoever asked, and what the entries were
    whose taking over can no longer be undone; return how many."""
    old = Claim.objects.filter(state=ClaimState.ASKED, asked_at__lt=now - timedelta(days=KEPT_DAYS)).delete()[0]
    done = Claim.objects.filter(settled_at__lt=now - timedelta(days=UNDO_DAYS)).exclude(kept={})
    return old + done.update(kept={})
