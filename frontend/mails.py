"""Mails about conversations, and reminders of decisions: text alone, one link, and not one word that a client wrote.

Whoever fills in somebody else's address can make them read nothing but these sentences.
"""

import logging

from django.conf import settings
from django.core.mail import BadHeaderError, EmailMessage
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from frontend.stages import if_silent
from frontend.templatetags.ui import moment
from governance.actions.reminders import begin_reminder, end_reminder, take_due_reminders
from governance.queries.proposal_room import proposal_room
from network.actions.contact_mails import (
    address_of,
    begin_mail,
    end_mail,
    is_agreed,
    link_for_mail,
    mail_of,
    proof_of,
    take_due,
)
from network.errors import NotFound
from network.queries.members import this_node
from network.rules.contact import Side

__all__ = ["send_due"]

log = logging.getLogger("toile.mail")


def send_due() -> int:
    """Send the mails that wait; return how many went. What cannot be sent now is tried again later."""
    if not settings.MAIL_ON:
        return 0
    return sum(_send(mail_id) for mail_id in take_due()) + sum(_remind(mail_id) for mail_id in take_due_reminders())


def _send(mail_id: int) -> bool:
    mail = begin_mail(mail_id)
    if mail is None:
        return False
    row = mail.conversation
    to_client = mail.to == Side.CLIENT
    with override(row.language if to_client else settings.LANGUAGE_CODE):
        subject, body = _to_client(row, first=mail.first) if to_client else _to_provider(row)
    if not _leaves(f"mail {mail_id}", subject, body, address_of(mail)):
        return False
    end_mail(mail_id)
    return True


def _leaves(name: str, subject: str, body: str, address: str) -> bool:
    """Hand a mail over; return whether the mail server took it."""
    message = EmailMessage(one_line(subject), body, settings.DEFAULT_FROM_EMAIL, [address])
    message.extra_headers["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine answers
    try:
        message.send()
    except (OSError, BadHeaderError) as error:  # a mail server's refusals are OSErrors too
        log.warning("%s not sent: %s", name, type(error).__name__)
        return False
    return True


def _remind(mail_id: int) -> bool:
    """Send one reminder of a decision in writing; only what really left may count against who stays silent."""
    mail = begin_reminder(mail_id)
    if mail is None:
        return False
    with override(settings.LANGUAGE_CODE):
        said = _reminder(mail)
    if said is None or not _leaves(f"reminder {mail_id}", *said, mail_of(mail.member)):
        return False
    end_reminder(mail_id)
    return True


def _reminder(mail) -> tuple[str, str] | None:  # type: ignore[no-untyped-def]
    """Word a reminder; None if the decision has moved on, or is closed to its reader, since it was claimed."""
    try:
        view = proposal_room(mail.session.proposal_id, viewer=mail.member)
    except NotFound:
        return None
    consent = view.state.consent if view else None
    if consent is None or consent.window is None:
        return None
    said = {"title": one_line(consent.version.title), "node": _node_name(), "until": moment(consent.window.closes_at)}
    said["link"] = settings.ORIGIN + reverse("proposition", args=[mail.session.proposal_id])
    subject = _("Rappel : « %(title)s » attend votre réponse") % said
    opening = _("La décision « %(title)s », sur %(node)s, attend votre réponse jusqu’au %(until)s :") % said
    closing = _("Vous recevez cet e-mail parce que votre compte le demande ; la page « Messages » permet d’y renoncer.")
    silence = str(if_silent(consent))
    return subject, f"{opening}\n\n{said['link']}\n\n{silence}\n\n{closing}\n"


def one_line(text: str) -> str:
    r"""Return `text` as a header may hold it.

    >>> one_line("Nœud\r\nBcc: x@y.example")
    'Nœud Bcc: x@y.example'
    """
    return " ".join(text.split())


def _to_client(row, *, first: bool) -> tuple[str, str]:  # type: ignore[no-untyped-def]
    said = {"member": one_line(row.provider.name), "node": _node_name(), "months": settings.CONTACT_MONTHS}
    said["link"] = settings.ORIGIN + reverse("private_thread", args=[link_for_mail(row)])
    if asks := not is_agreed(row.reach):
        said["link"] += f"?adresse={proof_of(row.reach)}"
    if first:
        subject = _("Votre message à %(member)s") % said
        opening = _("Votre message à %(member)s est arrivé, sur %(node)s. La réponse vous attendra ici :") % said
    else:
        subject = _("Du nouveau dans votre conversation avec %(member)s") % said
        opening = _("Il y a du nouveau dans votre conversation avec %(member)s, sur %(node)s. Elle est ici :") % said
    closing = _(
        "Ce lien est privé : qui l’a peut lire et répondre à votre place. Sans nouvelles pendant %(months)s mois, tout "
        "est effacé. Si vous n’avez rien écrit, quelqu’un s’est trompé d’adresse : ne faites rien."
    )
    asking = _("Pour recevoir ici les réponses, ouvrez ce lien et dites-le. Sinon, nous n’écrirons plus.")
    told = [opening, said["link"], *([asking] if asks else []), closing % said]
    return subject, "\n\n".join(str(part) for part in told) + "\n"


def _to_provider(row) -> tuple[str, str]:  # type: ignore[no-untyped-def]
    said = {"node": _node_name(), "link": settings.ORIGIN + reverse("conversation", args=[row.pk])}
    subject = _("Un client vous a écrit, sur %(node)s") % said
    opening = _("Un message vous attend sur %(node)s :") % said
    closing = _("Vous recevez cet e-mail parce que votre compte le demande ; la page « Messages » permet d’y renoncer.")
    return subject, f"{opening}\n\n{said['link']}\n\n{closing}\n"


def _node_name() -> str:
    node = this_node()
    return one_line(node.name if node else "Toile")
