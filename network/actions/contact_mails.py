"""Mails about conversations wait here as rows; `frontend` words and sends them, if the node has a way out for mail.

A row holds no word and no token: the link that a mail carries is made while it is written. Anybody can type somebody
else's address: an address gets one mail, which asks, and no other until whoever reads it has agreed there.
"""

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from network import clock
from network.errors import NotEntitled
from network.models import Account, ContactAddress, ContactLink, ContactMail, Conversation, Member
from network.queries.contact import by_token, digest_of
from network.rules.contact import Side, is_mail

__all__ = [
    "agree_to_mail", "begin_mail", "end_mail", "is_agreed", "is_proof", "link_for_mail", "mail_of", "news_to",
    "proof_of", "sender_digest", "set_mail", "take_due",
]  # fmt: skip

RETRY = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
LINKS_KEPT = 20  # mails of one conversation whose link still leads there
MAILS_A_DAY = 5  # first mails to one address that agreed: nobody is flooded through us


def sender_digest(*parts: str) -> str:
    """Return what is kept of an address: enough to know it again here, useless elsewhere."""
    return hmac.new(settings.SECRET_KEY.encode(), "\n".join(("sender", *parts)).encode(), sha256).hexdigest()


def mail_of(member: Member) -> str:
    """Return where a member of this node wants to be told, "" for nowhere."""
    return Account.objects.filter(member=member, is_active=True).values_list("email", flat=True).first() or ""


def set_mail(*, actor: Member, email: str) -> None:
    """Say where to be told of new messages, or, with "", that no mail is wanted."""
    Account.objects.filter(member=actor).update(email=email if is_mail(email) else "")


def news_to(row: Conversation, side: Side, *, first: bool = False) -> None:
    """Let a mail to `side` wait, if they left an address and the node can send; one that waits already says it all."""
    to = row.reach if side == Side.CLIENT else mail_of(row.provider)
    if not settings.MAIL_ON or not is_mail(to):
        return
    if side == Side.CLIENT and not is_agreed(to):
        first = _ask(to)
        if not first:
            return
    elif first and _is_flooded(row):
        return
    fields = {"first": first, "next_at": clock.now()}
    ContactMail.objects.get_or_create(conversation=row, to=side, defaults=fields)


def _is_flooded(row: Conversation) -> bool:
    since = clock.now() - timedelta(days=1)
    same = Conversation.objects.filter(reach__iexact=row.reach, opened_at__gt=since).exclude(pk=row.pk)
    return same.count() >= MAILS_A_DAY


# --- may mails go there? ----------------------------------------------------------------------------------


def is_agreed(address: str) -> bool:
    """Whether somebody who reads the mail of `address` agreed that news of conversations come there."""
    return ContactAddress.objects.filter(mark=_mark(address), agreed_at__isnull=False).exists()


def _mark(address: str) -> str:
    return sender_digest("reach", address.lower())


def _ask(address: str) -> bool:
    """Note that `address` is asked; False if it was asked before: once is all."""
    return ContactAddress.objects.get_or_create(mark=_mark(address), defaults={"asked_at": clock.now()})[1]


def proof_of(address: str) -> str:
    """Return what the mail that asks carries, and only this node can compute: who sends it back reads that mail."""
    return sender_digest("agrees", address.lower())[:48]


def is_proof(row: Conversation, proof: str) -> bool:
    """Whether `proof` came by mail to the address of this conversation."""
    return is_mail(row.reach) and hmac.compare_digest(proof_of(row.reach).encode(), proof.encode())


def agree_to_mail(*, token: str, proof: str) -> None:
    """Let news of conversations come to the address that the mail with `proof` went to.

    NotFound("contact_unknown"); NotEntitled("contact_not_yours") without that proof.
    """
    row = by_token(token)
    if not is_proof(row, proof):
        raise NotEntitled("contact_not_yours")
    instant = clock.now()
    agreed = {"agreed_at": instant}
    ContactAddress.objects.update_or_create(
        mark=_mark(row.reach), defaults=agreed, create_defaults={"asked_at": instant, **agreed}
    )


# --- mails that wait --------------------------------------------------------------------------------------


def take_due(limit: int = 10) -> list[int]:
    """Return the ids of mails that are due."""
    due = ContactMail.objects.filter(next_at__lte=clock.now()).order_by("next_at", "pk")
    return list(due.values_list("pk", flat=True)[:limit])


@transaction.atomic
def begin_mail(mail_id: int) -> ContactMail | None:
    """Claim a mail that is due: the next try, should this one die, comes later. None if another process has it, or
    if there is nobody left to tell; after the last try it is given up."""
    rows = ContactMail.objects.select_for_update(of=("self",)).select_related("conversation__provider")
    mail = rows.filter(pk=mail_id, next_at__lte=clock.now()).first()
    if mail is None:
        return None
    if mail.attempts >= len(RETRY) or not is_mail(address_of(mail)):
        _give_up(mail)
        return None
    mail.next_at = clock.now() + RETRY[mail.attempts]
    mail.attempts += 1
    mail.save(update_fields=["next_at", "attempts"])
    return mail


def _give_up(mail: ContactMail) -> None:
    """Drop a mail. One that was to ask never arrived: its address may be asked another time."""
    if mail.to == Side.CLIENT and mail.first:
        ContactAddress.objects.filter(mark=_mark(address_of(mail)), agreed_at=None).delete()
    mail.delete()


def drop_mails(row: Conversation) -> None:
    """Drop what still waits for a conversation; called while it is still known where its mails go."""
    for mail in row.mails.select_related("conversation__provider"):
        _give_up(mail)


def mails_come(row: Conversation) -> str:
    """Return what a client can expect by mail: "agreed", "asked" while the mail that asks is under way, "unasked" where
    an earlier one got no answer, "" where nothing can be sent."""
    if not settings.MAIL_ON or not is_mail(row.reach):
        return ""
    if is_agreed(row.reach):
        return "agreed"
    asked = ContactAddress.objects.filter(mark=_mark(row.reach)).values_list("asked_at", flat=True).first()
    return "asked" if asked is not None and asked >= row.opened_at else "unasked"


def address_of(mail: ContactMail) -> str:
    """Return where a mail goes, as things stand now."""
    row = mail.conversation
    return row.reach if mail.to == Side.CLIENT else mail_of(row.provider)


def end_mail(mail_id: int) -> None:
    """A mail was sent: it waits no more."""
    ContactMail.objects.filter(pk=mail_id).delete()


@transaction.atomic
def link_for_mail(row: Conversation) -> str:
    """Return a fresh token of this conversation, for one mail; only its digest stays."""
    token = secrets.token_hex(24)
    ContactLink.objects.create(conversation=row, digest=digest_of(token), made_at=clock.now())
    first = row.links.order_by("pk").values_list("pk", flat=True)[:1]
    kept = row.links.order_by("-pk").values_list("pk", flat=True)[:LINKS_KEPT]
    row.links.exclude(pk__in=[*first, *kept]).delete()
    return token
