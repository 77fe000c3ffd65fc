"""Offers of other nodes, as the tests send them."""

import json
from pathlib import Path

PAYLOADS = Path(__file__).parents[1] / "payloads"


def proposal(actor, number=1, **changes):
    """Return a Proposal of `actor` in the current dialect, at /p/<number> of its node."""
    text = (PAYLOADS / "toile" / "proposal-hourly.json").read_text()
    text = text.replace("https://n.example/u/alix", actor.uri).replace("https://n.example/p/1", uri(actor, number))
    document = json.loads(text.replace("https://n.example", actor.peer.origin))
    return {**document, "published": "2026-11-20T00:00:00Z", "endTime": "2035-01-01T00:00:00Z", **changes}


def uri(actor, number=1):
    """Return the id of that Proposal."""
    return f"{actor.peer.origin}/p/{number}"


def created(actor, number=1, kind="Create", **changes):
    """Return an activity of `actor` about its Proposal, which its node serves too."""
    document = proposal(actor, number, **changes)
    actor.peer.serve(f"/p/{number}", document)
    return actor.activity(kind, document, **{"@context": document["@context"]})
