"""What the worker does for the directory: one call each, repeatable, ended when it takes too long."""

from celery import shared_task

from network import clock
from network.actions.claims import forget_old_claims
from network.actions.entries import lapse_entries
from network.actions.imports import forget_old_imports
from network.actions.offers import expire_offers

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
