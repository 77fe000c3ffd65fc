"""What the worker does for the directory: one call each, repeatable, ended when it takes too long."""

from celery import shared_task

from network import clock
from network.actions.claims import forget_old_claims
from network.actions.contact_ends import expire_conversations
from network.actions.entries import lapse_entries
from network.actions.event_dates import extend_rhythms
from network.actions.imports import forget_old_imports
from network.actions.offers import expire_offers
from network.actions.reminders import remind as write_reminders
from network.actions.webs import keep_arrays

MINUTE = 60  # seconds


@shared_task(time_limit=5 * MINUTE, soft_time_limit=4 * MINUTE, ignore_result=True)
def expire() -> int:
    """Take offers that have ended off the results, some hundreds at a time, until none is left."""
    total = 0
    while ended := expire_offers(now=clock.now()):
        total += ended
    for forget in (lapse_entries, forget_old_imports, forget_old_claims):
        forget(now=clock.now())
    return total


@shared_task(time_limit=5 * MINUTE, soft_time_limit=4 * MINUTE, ignore_result=True)
def keep_web() -> bool:
    """Keep the web of trust as arrays, where it is large enough for that; say whether there was anything to write."""
    return keep_arrays()


@shared_task(time_limit=5 * MINUTE, soft_time_limit=4 * MINUTE, ignore_result=True)
def forget() -> int:
    """Delete conversations with clients that have had no news for long, some hundreds at a time."""
    total = 0
    while ended := expire_conversations():
        total += ended
    return total


@shared_task(time_limit=5 * MINUTE, soft_time_limit=4 * MINUTE, ignore_result=True)
def remind() -> int:
    """Ask owners to confirm what is nearly a year old, or about to end."""
    return write_reminders(now=clock.now())


@shared_task(time_limit=5 * MINUTE, soft_time_limit=4 * MINUTE, ignore_result=True)
def plan_ahead() -> int:
    """Write down the dates of rhythms that have come within the horizon."""
    return extend_rhythms(now=clock.now())
