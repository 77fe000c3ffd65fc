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


def ask_quote(username: str, offer: str, quantity: str, message: str = "") -> None:
    """Ask for a quote on an offer known here by its uri."""
    from decimal import Decimal

    from network.actions import quotes
    from network.rules.quotes import QuoteDraft

    asker, row = Account.objects.get(username=username).member, Offer.objects.get(uri=offer)
    draft = QuoteDraft(Decimal(quantity), message=message)
    tell(uri=quotes.ask_quote(actor=asker, offer_id=row.pk, draft=draft).uri)


def answer_quote(uri: str, answer: str, *, accept: bool) -> None:
    """Accept or refuse what somebody asked, as whoever the offer belongs to."""
    from network.actions import quotes
    from network.models import Quote

    row = Quote.objects.get(uri=uri)
    act = quotes.accept_quote if accept else quotes.refuse_quote
    tell(uri=act(actor=row.offer.owner, quote_id=row.pk, answer=answer).uri)


def withdraw_quote(uri: str) -> None:
    """Take a request back, as whoever asked."""
    from network.actions import quotes
    from network.models import Quote

    row = Quote.objects.get(uri=uri)
    tell(uri=quotes.withdraw_quote(actor=row.asker, quote_id=row.pk).uri)


def finish_quote(uri: str) -> None:
    """Say that what was agreed is done, as whichever side lives here."""
    from network.actions import quotes
    from network.models import Quote

    row = Quote.objects.get(uri=uri)
    actor = row.asker if row.asker.local else row.offer.owner
    tell(uri=quotes.finish_quote(actor=actor, quote_id=row.pk).uri)


def post_with_retired_key(username: str, inbox: str) -> None:
    """Send a message to another node, signed with the key that this member had first; tell the answer."""
    from federation import client, keys
    from federation.models import LocalKey
    from federation.rules.vocabulary import AS2

    member = Account.objects.get(username=username).member
    row = LocalKey.objects.filter(owner=member.uri, algorithm="rsa").exclude(retired_at=None).earliest("pk")
    like = {"@context": AS2, "id": f"{member.uri}/likes/1", "type": "Like", "actor": member.uri, "object": inbox}
    answer = client.post(inbox, json.dumps(like).encode(), signer=keys._signing(row), activity_id=like["id"])
    tell(status=answer.status, error=answer.error)


def join(inviter: str, username: str) -> None:
    """Let a second member join by an invitation."""
    from network.actions.members import accept_invitation, create_invitation

    _row, token = create_invitation(actor=Account.objects.get(username=inviter).member)
    made = accept_invitation(
        token=token, username=username, password="correct horse battery", display_name=username.title()
    )
    tell(uri=made.member.uri)


def leave(username: str) -> None:
    """Let a member leave the node."""
    from governance.actions.leaving import leave as go

    account = Account.objects.get(username=username)
    tell(uri=go(actor=account, member_id=account.member_id, password="correct horse battery").uri)


def attest(username: str, subject: str, level: int = 3) -> None:
    """Vouch for somebody of any node, known by address."""
    from network.actions import trust
    from network.models import Member

    row = trust.vouch(
        actor=Account.objects.get(username=username).member,
        subject_id=Member.objects.get(uri=subject).pk,
        level=level,
    )
    tell(uri=row.uri)


def take_back(username: str, uri: str) -> None:
    """Withdraw an attestation."""
    from network.actions import trust
    from network.models import Vouch

    actor = Account.objects.get(username=username).member
    trust.withdraw_vouch(actor=actor, vouch_id=Vouch.objects.get(uri=uri, issuer=actor).pk)
    tell(uri=uri)


def paths(username: str, subject: str) -> None:
    """Tell by which paths of addresses a member of this node comes to trust somebody."""
    from network.clock import now
    from network.models import Member
    from network.queries.trust import viewpoint_for
    from network.queries.webs import scene_of

    viewpoint = viewpoint_for(member=Account.objects.get(username=username).member)
    scene = scene_of(viewpoint.view, viewpoint.collective, now())
    found = scene.accept([uri := Member.objects.get(uri=subject).uri])[uri]
    tell(basis=viewpoint.basis, paths=[list(path) for path in found.paths])


def relay(uri: str) -> None:
    """Hand on what somebody else has proven."""
    from federation import attested

    tell(uri=attested.relay(uri).uri)


def meet(uri: str) -> None:
    """Get to know somebody of another node."""
    from federation import actors
    from network.clock import now

    actors.know_member(uri, now=now())
    tell(uri=uri)


def hurry() -> None:
    """Try now what waits for its next attempt, in and out."""
    from federation import dispatch, inbox
    from federation.models import Delivery, DeliveryState, Envelope, Outcome
    from network.clock import now

    for envelope in Envelope.objects.filter(outcome=Outcome.WAITING):
        inbox.process(envelope.pk)
    Delivery.objects.filter(state=DeliveryState.QUEUED).update(next_attempt_at=now())
    tell(sent=dispatch.deliver_due())


def enter_entry(title: str) -> None:
    """Append an entry to the register of this node's collective."""
    from governance.actions.register import enter
    from network.clock import now
    from network.queries.collectives import home_collective

    made = enter(collective=home_collective(), kind="test", body={"title": title}, terms="sha256:0", at=now())
    tell(n=made.seq, head=made.head)


def put_back(n: int) -> None:
    """Make the register what a backup taken after `n` entries would hold, then let the watchers be told again."""
    from django.db import connection

    from federation.models import Confirmation, SignedHead, Watcher
    from governance.models import Entry, RegisterHead

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM governance_entry WHERE seq > %s", [n])
    RegisterHead.objects.update(n=n, head=Entry.objects.get(seq=n).head)
    Watcher.objects.update(held=n, told=n, told_at=None)
    Confirmation.objects.filter(n__gt=n).delete()
    SignedHead.objects.filter(n__gt=n).delete()
    tell(n=n)


def tell_register() -> None:
    """Tell the watchers where the register stands."""
    from federation.witness import registers_behind, tell_heads

    tell(told=[len(tell_heads(each.pk)) for each in registers_behind()])
