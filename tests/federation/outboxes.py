"""What another node shows of its past: collections of offers, outboxes, and how they are read."""

from federation import harvest
from federation.models import Follow
from network.models import Offer
from tests.federation.offers import proposal, uri
from tests.peers import PUBLIC


def offering(peer, actor, numbers, listed=None):
    """Serve these Proposals, and a collection that lists them in pages of two."""
    for number in numbers:
        peer.serve(f"/p/{number}", proposal(actor, number, name=f"Offre {number}"))
    ids = listed if listed is not None else [uri(actor, number) for number in numbers]
    pages = [ids[start : start + 2] for start in range(0, len(ids), 2)]
    first = {"first": f"{peer.origin}/offers/0"} if pages else {}
    peer.serve("/offers", {"id": f"{peer.origin}/offers", "type": "OrderedCollection", **first})
    for number, page in enumerate(pages):
        more = {"next": f"{peer.origin}/offers/{number + 1}"} if number + 1 < len(pages) else {}
        document = {
            "type": "OrderedCollectionPage",
            "id": f"{peer.origin}/offers/{number}",
            "orderedItems": page,
            **more,
        }
        peer.serve(f"/offers/{number}", document)


def activity(actor, number, kind="Create", **thing):
    """An activity of `actor` about its offer `number`, whole, as an outbox may show it."""
    inner = {k: v for k, v in proposal(actor, number, **thing).items() if k != "@context"}
    context = proposal(actor, number)["@context"]
    uri = f"{uri_of(actor)}/a/{number}/{kind.lower()}"
    return {"@context": context, "id": uri, "type": kind, "actor": actor.uri, "to": [PUBLIC], "object": inner}


def uri_of(actor):
    return actor.peer.origin


def outbox(peer, entries, name="node"):
    """Serve an outbox with these entries, newest first, in pages of two."""
    head = f"{peer.origin}/u/{name}/outbox"
    pages = [entries[start : start + 2] for start in range(0, len(entries), 2)]
    first = {"first": f"{head}/0"} if pages else {}
    peer.serve(f"/u/{name}/outbox", {"id": head, "type": "OrderedCollection", **first})
    for number, page in enumerate(pages):
        more = {"next": f"{head}/{number + 1}"} if number + 1 < len(pages) else {}
        document = {"id": f"{head}/{number}", "type": "OrderedCollectionPage", "orderedItems": page, **more}
        peer.serve(f"/u/{name}/outbox/{number}", document)


def served(peer, message):
    """Serve an activity at its own address too; return its id."""
    peer.serve(message["id"].removeprefix(peer.origin), message)
    return message["id"]


def catch_up():
    return harvest.catch_up(Follow.objects.get(outgoing=True).pk)


def held():
    return dict(Offer.objects.values_list("title", "state"))
