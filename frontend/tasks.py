"""What the worker does for the pages: one call each, repeatable, ended when it takes too long."""

from celery import shared_task

from frontend import inbox_mails
from frontend.mails import send_due


@shared_task(time_limit=300, soft_time_limit=280, ignore_result=True)
def send_mails() -> int:
    """Send the mails that wait."""
    return send_due() + inbox_mails.send_due()
