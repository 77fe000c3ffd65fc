"""Mails about what waits, as rows: `frontend` words and sends them. A row holds no word of any process.

Digests come as often as their reader chose; reminders as many days before a deadline as the collective's charter says.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from governance.models import DigestChoice, RemindedLine, WaitingMail
from governance.queries.inbox import Line, at_hand, lines_for
from governance.rules.inbox import SPANS, Rhythm, family_of, reminder_due
from network.actions.contact_mails import RETRY
from network.clock import now
from network.models import Member

__all__ = ["WaitingLetter", "begin_mail", "end_mail", "look", "take_due"]

LOOK_EVERY = timedelta(hours=1)  # how often the deadlines of one person are looked at
LOOKS_AT_ONCE = 20  # people in one turn


@dataclass(frozen=True)
class WaitingLetter:
    """A mail to write: to whom, which sort (`digest` or `reminder`), and the lines that it may count."""

    id: int
    member: Member
    email: str
    sort: str
    lines: tuple[Line, ...]


def look() -> int:
    """Have the digests and reminders wait that have come; return how many people were looked at. Safe to repeat."""
    if not settings.MAIL_ON:
        return 0
    instant = now()
    due = Q(looked_at=None) | Q(looked_at__lte=instant - LOOK_EVERY) | Q(next_at__lte=instant)
    rows = DigestChoice.objects.filter(due, member__gone_at=None).order_by("looked_at", "pk")
    people = list(rows.values_list("pk", flat=True)[:LOOKS_AT_ONCE])
    return sum(_look_at(pk, instant) for pk in people)


@transaction.atomic
def _look_at(choice_id: int, at: datetime) -> bool:
    choice = DigestChoice.objects.select_for_update().filter(pk=choice_id).first()
    if choice is None:
        return False
    RemindedLine.objects.filter(member=choice.member_id, due_at__lte=at).delete()
    lines = _told_by_mail(choice, at)
    if _newly_reminded(choice.member, lines, at):
        WaitingMail.objects.get_or_create(member=choice.member, sort="reminder", defaults={"next_at": at})
    if choice.next_at <= at:
        if lines:
            WaitingMail.objects.get_or_create(member=choice.member, sort="digest", defaults={"next_at": at})
        choice.next_at = at + SPANS[Rhythm(choice.rhythm)]
    choice.looked_at = at
    choice.save(update_fields=["looked_at", "next_at"])
    return True


def _told_by_mail(choice: DigestChoice, at: datetime) -> list[Line]:
    """Return what waits for somebody, without what they leave out of mails; lines of other nodes are all told."""
    quiet = {(collective, family) for collective, family in choice.left_out}
    lines = at_hand(lines_for(choice.member, at))
    return [each for each in lines if (each.collective_id, family_of(each.kind)) not in quiet]


def _newly_reminded(member: Member, lines: list[Line], at: datetime) -> bool:
    new = False
    for line in lines:
        days = reminder_due(line.due_at, line.remind_days, at)
        if days is not None:
            fields = {"member": member, "line": line.key, "days": days}
            new |= RemindedLine.objects.get_or_create(**fields, defaults={"due_at": line.due_at})[1]
    return new


def take_due(limit: int = 10) -> list[int]:
    """Return the ids of mails that are due."""
    due = WaitingMail.objects.filter(next_at__lte=now()).order_by("next_at", "pk")
    return list(due.values_list("pk", flat=True)[:limit])


@transaction.atomic
def begin_mail(mail_id: int) -> WaitingLetter | None:
    """Claim a mail that is due; the next try, should this one die, comes later. None if there is nothing to send: it
    was taken, its reader wants no mail any more, nothing waits by now, or the last try was made."""
    rows = WaitingMail.objects.select_for_update(of=("self",)).select_related("member")
    mail = rows.filter(pk=mail_id, next_at__lte=now()).first()
    if mail is None:
        return None
    choice = DigestChoice.objects.filter(member=mail.member, member__gone_at=None).first()
    lines = _to_tell(mail, choice, now()) if choice else ()
    if choice is None or not lines or mail.attempts >= len(RETRY):
        mail.delete()
        return None
    mail.next_at = now() + RETRY[mail.attempts]
    mail.attempts += 1
    mail.save(update_fields=["next_at", "attempts"])
    return WaitingLetter(mail.pk, mail.member, choice.email, mail.sort, lines)


def _to_tell(mail: WaitingMail, choice: DigestChoice, at: datetime) -> tuple[Line, ...]:
    lines = _told_by_mail(choice, at)
    if mail.sort == "reminder":
        lines = [each for each in lines if reminder_due(each.due_at, each.remind_days, at) is not None]
    return tuple(lines)


def end_mail(mail_id: int) -> None:
    """A mail was sent: it waits no more."""
    WaitingMail.objects.filter(pk=mail_id).delete()
