"""What a test asks of another process's node: run with `manage.py shell -c "from tests.federation.seed import …"`.

Each function prints one line of JSON; the news they cause travels as in the product.
"""

import json
from types import SimpleNamespace

from network.actions import offers
from network.actions.members import set_up_node
from network.models import Account, Offer
from network.rules.offers import OfferDraft

LIEVIN = SimpleNamespace(id=None, name="Liévin", dept="62", code="62510", lat=50.4216, lon=2.7848)


def tell(**facts: object) -> None:
    print(json.dumps(facts))  # noqa: T201 - the caller reads it


def set_up(name: str, username: str) -> None:
    """Name the node, and make its first member, who operates it too."""
    account = set_up_node(
        node_name=name,
        collective_name=f"Collectif {name}",
        username=username,
        password="correct horse battery",
        display_name=username.title(),
        kind="person",
        place=LIEVIN,
    )
    tell(uri=account.member.uri)


def _draft(title: str, price: str, amount_cents: int | None) -> OfferDraft:
    return OfferDraft(title=title, price=price, amount_cents=amount_cents, description="Chez *vous*.", place=LIEVIN)


def publish(username: str, title: str, price: str, amount_cents: int | None = None) -> None:
    """Publish an offer of this member."""
    owner = Account.objects.get(username=username).member
    tell(uri=offers.publish_offer(actor=owner, draft=_draft(title, price, amount_cents)).uri)


def edit(uri: str, title: str, price: str, amount_cents: int | None = None) -> None:
    """Change an offer."""
    offer = Offer.objects.get(uri=uri)
    offers.edit_offer(actor=offer.owner, offer_id=offer.pk, draft=_draft(title, price, amount_cents))
    tell(uri=uri)


def withdraw(uri: str) -> None:
    """Withdraw an offer."""
    offer = Offer.objects.get(uri=uri)
    offers.withdraw_offer(actor=offer.owner, offer_id=offer.pk)
    tell(uri=uri)


def follow(username: str, address: str) -> None:
    """Ask another node to be followed by this one."""
    from federation.nodes import follow_node

    asked = follow_node(origin_or_handle=address, actor=Account.objects.get(username=username))
    tell(activity=asked.activity)


def list_node(origin: str, actor: str) -> None:
    """Take a node as a peer whose Application accepted us before."""
    from federation.models import Follow, FollowState, Node, Standing
    from federation.queries import node_actor
    from network.clock import now

    Node.objects.create(origin=origin, actor=actor, standing=Standing.PEER, software="toile")
    Follow.objects.create(
        follower=node_actor(),
        followed=actor,
        activity=f"{node_actor()}/test-follow",
        outgoing=True,
        state=FollowState.ACCEPTED,
        caught_up_at=now(),
    )
    tell(origin=origin)
