"""What the worker does for the directory: one call each, repeatable, ended when it takes too long."""

from celery import shared_task

from network import clock
from network.actions.offers import expire_offers
from network.actions.reminders import remind as write_reminders

MINUTE = 60  # seconds


@shared_task(time_limit=5 * MINUTE, soft_time_limit=4 * MINUTE, ignore_result=True)
def expire() -> int:
    """Take offers that have ended off the results, some hundreds at a time, until none is left."""
    total = 0
    while ended := expire_offers(now=clock.now()):
        total += ended
    return total


@shared_task(time_limit=5 * MINUTE, soft_time_limit=4 * MINUTE, ignore_result=True)
def remind() -> int:
    """Ask owners to confirm what is nearly a year old, or about to end."""
    return write_reminders(now=clock.now())
