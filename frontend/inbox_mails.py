"""Mails about what waits: how much, of which sort, until when. Never a choice, a name of anybody, a title or a text.

Whoever reads over a shoulder, or keeps the mails, learns nothing that the list itself guards behind the login.
"""

import logging

from django.conf import settings
from django.core import signing
from django.core.mail import BadHeaderError, EmailMessage
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from frontend.mails import one_line
from frontend.sentences.waiting import waiting_words
from frontend.waiting import when_due
from governance.actions.inbox_mails import WaitingLetter, begin_mail, end_mail, take_due
from governance.queries.inbox import Line
from network.queries.members import this_node

__all__ = ["member_of", "send_due", "token_for"]

log = logging.getLogger("toile.mail")
SALT = "toile.waiting.unsubscribe"
MOST = 20  # lines in a mail


def token_for(member_id: int) -> str:
    """Return what a link to end the mails carries; it opens nothing else."""
    return signing.Signer(salt=SALT).sign_object({"member": member_id})


def member_of(token: str) -> int:
    """Return whose mails a link ends. Raises signing.BadSignature."""
    try:
        return int(signing.Signer(salt=SALT).unsign_object(token)["member"])
    except (ValueError, KeyError, TypeError) as error:
        raise signing.BadSignature from error


def send_due() -> int:
    """Send the mails that wait; return how many went. What cannot be sent now is tried again later."""
    return sum(_send(mail_id) for mail_id in take_due()) if settings.MAIL_ON else 0


def _send(mail_id: int) -> bool:
    letter = begin_mail(mail_id)
    if letter is None:
        return False
    with override(settings.LANGUAGE_CODE):
        message = _worded(letter)
    try:
        message.send()
    except (OSError, BadHeaderError) as error:  # a mail server's refusals are OSErrors too
        log.warning("mail about what waits, %s, not sent: %s", mail_id, type(error).__name__)
        return False
    end_mail(mail_id)
    return True


def _worded(letter: WaitingLetter) -> EmailMessage:
    stop = settings.ORIGIN + reverse("waiting_unsubscribe", args=[token_for(letter.member.pk)])
    here = settings.ORIGIN + reverse("waiting")
    parts = [_opening(letter), *_lines(letter.lines), "", here, "", _closing(), stop, ""]
    message = EmailMessage(one_line(_subject(letter)), "\n".join(parts), settings.DEFAULT_FROM_EMAIL, [letter.email])
    message.extra_headers |= {
        "Auto-Submitted": "auto-generated",  # RFC 3834: no machine answers
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
    }
    return message


def _subject(letter: WaitingLetter) -> str:
    n = len(letter.lines)
    said = {"n": n, "node": _node_name()}
    if letter.sort == "reminder":
        return ngettext("Une échéance approche, sur %(node)s", "%(n)s échéances approchent, sur %(node)s", n) % said
    return ngettext("Une chose vous attend, sur %(node)s", "%(n)s choses vous attendent, sur %(node)s", n) % said


def _opening(letter: WaitingLetter) -> str:
    if letter.sort == "reminder":
        return _("Il reste peu de temps pour ceci :")
    return _("Voici ce qui vous attend :")


def _lines(lines: tuple[Line, ...]) -> list[str]:
    """Say each line without its title: what it is, of which collective, until when."""
    said = ["", *(f"- {_one(line)}" for line in lines[:MOST])]
    more = len(lines) - MOST
    return [*said, _("- et encore %(n)s") % {"n": more}] if more > 0 else said


def _one(line: Line) -> str:
    facts = (str(waiting_words(line.kind).name), when_due(line), f"({line.collective})" if line.collective else "")
    return one_line(" ".join(fact for fact in facts if fact))


def _closing() -> str:
    return _("Votre compte demande cet e-mail. Pour ne plus en recevoir, sans vous connecter :")


def _node_name() -> str:
    node = this_node()
    return one_line(node.name if node else "Toile")
