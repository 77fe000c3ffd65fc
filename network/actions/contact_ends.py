"""How a conversation with a client ends: a new link, erasure, blocking, a report, a member who leaves, time."""

from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from network import clock, permissions
from network.actions.contact import sender_digest, take_step, token_of
from network.actions.contact_mails import drop_mails
from network.errors import Invalid, NotEntitled, NotFound
from network.models import (
    ContactAddress,
    ContactBlock,
    ContactLink,
    ContactMessage,
    ContactReport,
    Conversation,
    Member,
    Testimony,
)
from network.queries.contact import by_token, digest_of, own_conversation
from network.rules.contact import ENDS, REASON_MAX, Side, Step, check_said, expires_before
from network.signals import announce, contact_changed

__all__ = [
    "block_sender", "close_conversations_of", "erase_conversation", "expire_conversations", "mark_read", "renew_link",
    "report_contact",
]  # fmt: skip

AT_A_TIME = 200


# --- the client -------------------------------------------------------------------------------------------


@transaction.atomic
def renew_link(*, token: str, key: str) -> str:
    """Make a new private link and end all others, those in mails too; return its token.

    The same `key` again gives the same token, although the old link no longer leads anywhere.
    """
    fresh = token_of(key)
    if ContactLink.objects.filter(digest=digest_of(fresh)).exists():
        return fresh
    row = _locked(by_token(token).pk)
    if not ContactLink.objects.filter(conversation=row, digest=digest_of(token)).exists():
        raise NotFound("contact_unknown")  # somebody renewed it just now
    row.links.all().delete()
    ContactLink.objects.create(conversation=row, digest=digest_of(fresh), made_at=clock.now())
    return fresh


@transaction.atomic
def erase_conversation(*, token: str) -> None:
    """Delete a conversation at its client's wish, for both sides: every word of either, name, address, testimony,
    links. What stays for a while is a row that says to the member that somebody erased something, and a report."""
    row = _locked(by_token(token).pk)
    _empty(row)
    Testimony.objects.filter(conversation=row).delete()
    row.links.all().delete()
    row.state, row.erased_at = "closed", clock.now()
    row.moved_at = row.erased_at
    row.save()
    announce(contact_changed, conversation_id=row.pk)


def _locked(pk: int) -> Conversation:
    return Conversation.objects.select_for_update(of=("self",)).select_related("provider").get(pk=pk)


def _empty(row: Conversation) -> None:
    """Forget what was said and by whom; the caller saves the row."""
    row.messages.all().delete()
    drop_mails(row)
    row.name = row.reach = row.sender = row.price = row.body_digest = ""
    row.quantity = row.amount_cents = None


# --- the member -------------------------------------------------------------------------------------------


def mark_read(*, actor: Member, conversation_id: int) -> None:
    """Note that the member has looked."""
    Conversation.objects.filter(pk=conversation_id, provider=actor).update(read_at=clock.now())


@transaction.atomic
def block_sender(*, actor: Member, conversation_id: int) -> None:
    """Take no more first messages from where this one came, nor from the same mail or telephone; close it."""
    row = _own(actor, conversation_id)
    marks = [mark for mark in (row.sender, sender_digest("reach", row.reach.lower()) if row.reach else "") if mark]
    ContactBlock.objects.bulk_create(
        [ContactBlock(provider=actor, sender=mark, made_at=clock.now()) for mark in marks], ignore_conflicts=True
    )
    if row.state not in ENDS:
        take_step(row, Side.PROVIDER, Step.CLOSE, key=uuid4())


@transaction.atomic
def report_contact(*, actor: Member, conversation_id: int, reason: str) -> ContactReport:
    """Show a conversation to the moderators, with what the client had written by now; done once, it stays done."""
    row = _own(actor, conversation_id)
    if problems := check_said(reason, "reason", most=REASON_MAX):
        raise Invalid(problems[0][1], field="reason", problems=problems)
    words = row.messages.filter(author=Side.CLIENT).exclude(text="").order_by("pk").values_list("text", flat=True)
    fields = {"reason": reason.strip(), "words": "\n\n".join(words), "made_at": clock.now()}
    return ContactReport.objects.get_or_create(conversation=row, defaults=fields)[0]


def _own(actor: Member, pk: int) -> Conversation:
    if not permissions.can_edit_profile(actor):
        raise NotEntitled("not_a_member")
    row = _locked(own_conversation(pk, member=actor).pk)
    if row.erased_at is not None:
        raise NotFound("contact_unknown")
    return row


# --- ends that nobody chose -------------------------------------------------------------------------------


def close_conversations_of(member: Member) -> None:
    """Close what a member who leaves was written, and forget their words and everybody's way to be reached; the
    clients read on their link that the member has left. What clients said of them goes too."""
    ContactBlock.objects.filter(provider=member).delete()
    for row in Conversation.objects.filter(provider=member, erased_at=None).select_for_update().order_by("pk"):
        if row.state not in ENDS:
            take_step(row, Side.NODE, Step.LEAVE, key=uuid4())
        row.reach, row.sender, row.offer = "", "", None  # what it was about is erased as well
        row.save(update_fields=["reach", "sender", "offer"])
    ContactMessage.objects.filter(conversation__provider=member, author=Side.PROVIDER).update(text="")
    Testimony.objects.filter(subject=member).delete()


def expire_conversations() -> int:
    """Delete conversations without news for the months that the node sets, and marks of addresses; return how many.

    One whose client published a testimony keeps only that, and the link by which they can remove it.
    """
    limit = expires_before(clock.now(), settings.CONTACT_MONTHS)
    Testimony.objects.filter(ends_at__lte=clock.now()).delete()
    ContactBlock.objects.filter(made_at__lt=limit).delete()
    ContactAddress.objects.filter(asked_at__lt=limit).delete()
    published = Q(testimony__public=True)
    old = Conversation.objects.filter(moved_at__lt=limit)
    found = list(old.exclude(published).order_by("pk").values_list("pk", flat=True)[:AT_A_TIME])
    Conversation.objects.filter(pk__in=found, moved_at__lt=limit).delete()
    quoted = old.filter(published, messages__isnull=False).order_by("pk").values_list("pk", flat=True).distinct()
    kept = list(quoted[:AT_A_TIME])
    for pk in kept:
        _forget(pk)
    return len(found) + len(kept)


@transaction.atomic
def _forget(pk: int) -> None:
    row = _locked(pk)
    _empty(row)
    row.state = "closed"
    row.save()
