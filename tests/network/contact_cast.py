"""What tests of conversations share: a first message, the next steps, and both sides of it."""

from itertools import count
from uuid import uuid4

from network.actions.contact import client_step, open_conversation, provider_step
from network.rules.contact import ContactDraft, Proposal, Step, Way

KEYS = count(1)
HELLO = ContactDraft("Fanny", "Bonjour, trois postes à installer.", "fanny@mail.example")
NINETY = Proposal(Way.WHOLE, amount_cents=9000)


def write(provider, draft=HELLO, *, key="", address="192.0.2.7", offer=None, **more):
    """A first message; returns (conversation, token)."""
    return open_conversation(
        provider_id=provider.pk, draft=draft, key=key or f"key-{next(KEYS)}", address=address,
        offer_id=offer.pk if offer else None, **more,
    )  # fmt: skip


def answers(provider, row, step=Step.WRITE, text="Bonjour, volontiers.", *, key=None, **more):
    """A step of the member's."""
    return provider_step(actor=provider, conversation_id=row.pk, step=Step(step), key=key or uuid4(), text=text, **more)


def proposes(provider, row, proposal=NINETY, text=""):
    """A price of the member's."""
    return answers(provider, row, Step.QUOTE, text, proposal=proposal)


def says(token, step=Step.WRITE, text="", *, key=None, **more):
    """A step of the client's."""
    return client_step(token=token, step=Step(step), key=key or uuid4(), text=text, **more)


def agreed(provider, **more):
    """A conversation in which 90 € were proposed and accepted; returns (conversation, token)."""
    row, token = write(provider, **more)
    price = proposes(provider, row)
    says(token, Step.ACCEPT, proposal_id=price.pk)
    row.refresh_from_db()
    return row, token


def done(provider, **more):
    """One that is done as well."""
    row, token = agreed(provider, **more)
    says(token, Step.FINISH)
    row.refresh_from_db()
    return row, token
