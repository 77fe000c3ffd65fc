"""What tests of quotes share: a peer's Offer of an offer of ours, and what our node sends."""

import json
from pathlib import Path

from federation import dispatch, quotes
from tests.federation.conftest import ORIGIN

PAYLOADS = Path(__file__).parents[1] / "payloads"
HERE = f"{ORIGIN}/u/alix"


def posts(peer, kind=""):
    """Deliver what is due; return what `peer` received since the beginning, of one kind if said."""
    dispatch.deliver_due()
    bodies = [json.loads(seen.body) for seen in peer.seen if seen.method == "POST"]
    return [body for body in bodies if kind in {"", body["type"]}]


def outcome(envelope):
    return envelope.outcome, envelope.detail


def tell(quote):
    return quotes.announce_quote(quote.pk)
