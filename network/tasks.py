"""What the worker does for the directory: one call each, repeatable, ended when it takes too long."""

from celery import shared_task

from network import clock
from network.actions.contact_ends import expire_conversations
from network.actions.offers import expire_offers

MINUTE = 60  # seconds


@shared_task(time_limit=5 * MINUTE, soft_time_limit=4 * MINUTE, ignore_result=True)
def expire() -> int:
    """Take offers that have ended off the results, some hundreds at a time, until none is left."""
    total = 0
    while ended := expire_offers(now=clock.now()):
        total += ended
    return total


@shared_task(time_limit=5 * MINUTE, soft_time_limit=4 * MINUTE, ignore_result=True)
def forget() -> int:
    """Delete conversations with clients that have had no news for long, some hundreds at a time."""
    total = 0
    while ended := expire_conversations():
        total += ended
    return total
