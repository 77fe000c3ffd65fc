"""Claims: somebody says that an unclaimed entry is theirs, or wants it gone; operators settle it.

A member whose claim is accepted gets the offers as their own, and the entry ends. Whoever has no account leaves a way
to be reached, which is erased once the claim is settled.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction

from network import clock, permissions
from network.actions.entries import remove_entry
from network.actions.offers import publish_offer
from network.errors import DomainError, Invalid, NotEntitled, NotFound, WrongState
from network.models import Claim, ClaimState, Member, Offer, OfferState, Price, RecordState, SourceRecord
from network.queries.offers import draft_of
from network.rules.cards import plain
from network.rules.markdown import plain_text

__all__ = ["CLAIM", "REMOVE", "ask_claim", "forget_old_claims", "settle_claim"]

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
    record = SourceRecord.objects.select_for_update(of=("self",)).filter(
        member_id=member_id, state=RecordState.UNCLAIMED
    ).first()  # fmt: skip
    if record is None:
        raise NotFound("member_unknown")
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


def _check(wants: str, message: str, contact: str, actor: Member | None) -> None:
    if wants not in {CLAIM, REMOVE}:
        raise Invalid("claim_wants", field="wants")
    if actor is None and not 5 <= len(plain(contact)) <= CONTACT_MAX:
        raise Invalid("claim_contact", field="contact")
    if len(message) > MESSAGE_MAX:
        raise Invalid("claim_message", field="message")


@transaction.atomic
def settle_claim(*, actor: Member, claim_id: int, accept: bool) -> Claim:
    """Accept or refuse. Accepted: the entry ends for good; its offers become the member's own, if a member claims it.

    Locks the claim; NotEntitled("not_operator"), NotFound("claim_unknown"), WrongState("claim_settled",
    "claim_without_member": somebody without account must join first).
    """
    if not permissions.can_import_entries(actor):
        raise NotEntitled("not_operator")
    claim = Claim.objects.select_for_update(of=("self",)).select_related("record__member", "member").filter(pk=claim_id)
    found = claim.first()
    if found is None:
        raise NotFound("claim_unknown")
    if found.state != ClaimState.ASKED:
        raise WrongState("claim_settled")
    if accept:
        _accept(found)
    found.state = ClaimState.ACCEPTED if accept else ClaimState.REFUSED
    found.settled_at, found.contact, found.message = clock.now(), "", ""
    found.save()
    return found


def _accept(claim: Claim) -> None:
    if claim.wants == CLAIM:
        if claim.member is None:
            raise WrongState("claim_without_member")
        if claim.record.member is not None:
            _hand_over(claim.record.member, claim.member)
    remove_entry(claim.record, RecordState.CLAIMED if claim.wants == CLAIM else RecordState.REMOVED)
    others = Claim.objects.filter(record=claim.record, state=ClaimState.ASKED).exclude(pk=claim.pk)
    others.update(state=ClaimState.REFUSED, settled_at=clock.now(), contact="", message="")


def _hand_over(entry: Member, member: Member) -> None:
    """Publish the entry's offers as the member's own; those that a member could not publish are left to them."""
    for offer in Offer.objects.filter(owner=entry, state=OfferState.LIVE).select_related("skill"):
        draft = draft_of(offer)
        price = Price.FREE_PRICE if offer.price == Price.UNSAID else offer.price
        changes: dict[str, Any] = {"price": price, "description": plain_text(offer.description), "ends_on": None}
        try:
            with transaction.atomic():
                publish_offer(actor=member, draft=type(draft)(**{**vars(draft), **changes}))
        except DomainError:
            continue


@transaction.atomic
def forget_old_claims(*, now: Any) -> int:
    """Drop claims that nobody settled within a year, with the way to reach whoever asked; return how many."""
    return Claim.objects.filter(state=ClaimState.ASKED, asked_at__lt=now - timedelta(days=KEPT_DAYS)).delete()[0]
