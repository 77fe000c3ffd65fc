"""Mails about conversations wait here as rows; `frontend` words and sends them, if the node has a way out for mail.

A row holds no word and no token: the link that a mail carries is made while it is written.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from network import clock
from network.models import Account, ContactLink, ContactMail, Conversation, Member
from network.queries.contact import digest_of
from network.rules.contact import Side, is_mail

__all__ = ["begin_mail", "end_mail", "link_for_mail", "mail_of", "news_to", "set_mail", "take_due"]

RETRY = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
LINKS_KEPT = 20  # mails of one conversation whose link still leads there
MAILS_A_DAY = 5  # first mails to one address: nobody is flooded through us


def mail_of(member: Member) -> str:
    """Return where a member of this node wants to be told, "" for nowhere."""
    return Account.objects.filter(member=member, is_active=True).values_list("email", flat=True).first() or ""


def set_mail(*, actor: Member, email: str) -> None:
    """Say where to be told of new messages, or, with "", that no mail is wanted."""
    Account.objects.filter(member=actor).update(email=email if is_mail(email) else "")


def news_to(row: Conversation, side: Side, *, first: bool = False) -> None:
    """Let a mail to `side` wait, if they left an address and the node can send; one that waits already says it all."""
    to = row.reach if side == Side.CLIENT else mail_of(row.provider)
    if not settings.MAIL_ON or not is_mail(to) or (first and _is_flooded(row)):
        return
    fields = {"first": first, "next_at": clock.now()}
    ContactMail.objects.get_or_create(conversation=row, to=side, defaults=fields)


def _is_flooded(row: Conversation) -> bool:
    since = clock.now() - timedelta(days=1)
    same = Conversation.objects.filter(reach__iexact=row.reach, opened_at__gt=since).exclude(pk=row.pk)
    return same.count() >= MAILS_A_DAY


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
        mail.delete()
        return None
    mail.next_at = clock.now() + RETRY[mail.attempts]
    mail.attempts += 1
    mail.save(update_fields=["next_at", "attempts"])
    return mail


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
