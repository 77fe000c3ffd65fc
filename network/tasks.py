"""What the worker does for the directory: one call each, repeatable, ended when it takes too long."""

from celery import shared_task

from network import clock
from network.actions.event_dates import extend_rhythms
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
def plan_ahead() -> int:
    """Write down the dates of rhythms that have come within the horizon."""
    return extend_rhythms(now=clock.now())
