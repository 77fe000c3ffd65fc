"""Reminders that leave by mail: rows that wait, one claim at a time, and the step that says that one really left.

A row holds no word: `frontend` words and sends it. What the charter makes of silence rests on the steps written here.
"""

from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from governance.actions.journal import locked_session, write_session
from governance.errors import DomainError
from governance.models import ConsentSession, ReminderMail
from governance.queries.states import session_state
from governance.rules.awaiting import awaited
from governance.rules.session import Step
from network.actions.contact_mails import mail_of
from network.clock import now
from network.models import Member
from network.rules.contact import is_mail

__all__ = ["begin_reminder", "end_reminder", "let_mails_wait", "take_due_reminders"]

RETRY = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))


def let_mails_wait(session: ConsentSession, step: Step) -> None:
    """Let a mail wait for each person that a `remind` step names and who left an address; in its transaction."""
    if not settings.MAIL_ON:
        return
    state = session_state(session)
    for member in Member.objects.filter(pk__in=step.payload["persons"]):  # type: ignore[misc]
        if is_mail(mail_of(member)):
            row = {"session": session, "member": member, "window": state.window, "number": len(state.reminders)}
            ReminderMail.objects.get_or_create(**row, defaults={"made_at": step.at, "next_at": step.at})


def take_due_reminders(limit: int = 20) -> list[int]:
    """Return the ids of reminders that wait to leave."""
    due = ReminderMail.objects.filter(next_at__lte=now()).order_by("next_at", "pk")
    return list(due.values_list("pk", flat=True)[:limit])


@transaction.atomic
def begin_reminder(mail_id: int) -> ReminderMail | None:
    """Claim a reminder: the next try, should this one die, comes later. None if another process has it, if nobody is
    left to tell, or if its window is over or its reader has answered: then it is given up."""
    rows = ReminderMail.objects.select_for_update(of=("self",)).select_related("member", "session__charter")
    mail = rows.filter(pk=mail_id, next_at__lte=now()).first()
    if mail is None:
        return None
    useful = mail.attempts < len(RETRY) and is_mail(mail_of(mail.member)) and _still_waits(mail)
    mail.next_at = now() + RETRY[mail.attempts] if useful else None
    mail.attempts += 1
    mail.save(update_fields=["next_at", "attempts"])
    return mail if useful else None


def _still_waits(mail: ReminderMail) -> bool:
    state = session_state(mail.session)
    return state.written and state.window == mail.window and mail.member_id in awaited(state)


@transaction.atomic
def end_reminder(mail_id: int) -> None:
    """A reminder left: say so in the journal of the decision, unless its window has closed in the meantime."""
    found = ReminderMail.objects.filter(pk=mail_id).values_list("session_id").first()
    if found is None:
        return
    session, at = locked_session(found[0]), now()
    mail = ReminderMail.objects.select_for_update(of=("self",)).get(pk=mail_id)
    if mail.sent_at:
        return
    payload = {"person": mail.member_id, "number": mail.number, "window": mail.window}
    with suppress(DomainError):  # the window closed while it was on its way: it left, and counts for nothing
        write_session(session, None, Step("mailed", None, at, payload))
    mail.sent_at, mail.next_at = at, None
    mail.save(update_fields=["sent_at", "next_at"])
