"""Reads what waits for our members at other nodes, so that no node learns from it where else somebody belongs.

A request carries nothing but the secret address of one feed: no cookie, no referrer, no signature, the node's usual
agent. Each source has an hour of its own, drawn by chance; those of one person that fall due together (after a stop of
this node) are not read together: one is, and the others are given new hours.
"""

import secrets
from datetime import datetime, timedelta

from federation import client
from federation.errors import Unreachable
from federation.rules.origins import origin_of, same_origin
from governance.actions.inbox import write_failure, write_reading
from governance.errors import Invalid
from governance.models import WaitingSource
from governance.queries.sealed import unseal
from governance.rules.inbox import feed_document, read_feed, spread
from network.clock import now

__all__ = ["read_due"]

AT_ONCE = 5  # sources in one turn, each of another person
LEAST, MOST = timedelta(hours=2), timedelta(hours=6)  # between two readings of a source
APART_LEAST, APART_MOST = timedelta(minutes=5), timedelta(hours=2)  # from the other sources of the same person


def read_due() -> int:
    """Read the feeds whose hour has come; return how many were asked for. Safe to repeat."""
    due = WaitingSource.objects.filter(next_at__lte=now(), member__gone_at=None).order_by("next_at", "pk")
    chosen: dict[int, int] = {}
    for source_id, member_id in due.values_list("pk", "member_id"):
        if member_id in chosen:
            _move(source_id, spread(now(), APART_LEAST, APART_MOST, secrets.randbelow))
        elif len(chosen) < AT_ONCE:
            chosen[member_id] = source_id
    return sum(_read(source_id) for source_id in chosen.values())


def _move(source_id: int, next_at: datetime) -> bool:
    """Give a source another hour, unless another worker did; say whether it was ours."""
    return bool(WaitingSource.objects.filter(pk=source_id, next_at__lte=now()).update(next_at=next_at))


def _read(source_id: int) -> bool:
    """Read one feed, whose next hour is drawn before it is asked: another worker, or a crash, asks no second time."""
    next_at = spread(now(), LEAST, MOST, secrets.randbelow)
    source = WaitingSource.objects.filter(pk=source_id).first()
    if source is None or not _move(source_id, next_at):
        return False
    address = unseal(source.address)
    if not address:
        write_failure(source_id, "sealed", next_at=next_at)
        return False
    try:
        fetched = client.get_json(address)
        if not same_origin(fetched.url, address):
            raise Unreachable("origin")
        items = read_feed(fetched.document, origin_of(address))
    except Unreachable as error:
        write_failure(source_id, "gone" if error.gone else error.code, next_at=next_at)
    except Invalid:
        write_failure(source_id, "json", next_at=next_at)
    else:
        write_reading(source_id, feed_document(origin_of(address), "", items), next_at=next_at)
    return True
