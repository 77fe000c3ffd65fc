"""News of the network, always sent after commit (see `announce`). Arguments in the comment."""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

profile_edited = Signal()  # member_id
member_joined = Signal()  # member_id, collective_id
offer_published = Signal()  # offer_id
offer_edited = Signal()  # offer_id
offer_withdrawn = Signal()  # offer_id
event_changed = Signal()  # event_id: it, or dates of it
quote_changed = Signal()  # quote_id
contact_changed = Signal()  # conversation_id
vouch_given = Signal()  # vouch_id
vouch_withdrawn = Signal()  # vouch_id
membership_changed = Signal()  # membership_id
entry_hidden = Signal()  # hidden_id
owner_asked = Signal()  # act_id: moderators ask the owner of an entry to confirm it


def announce(signal: Signal, **facts: object) -> None:
    """Send `signal` once the present transaction has committed; a receiver's error is logged, never raised."""
    transaction.on_commit(partial(signal.send_robust, sender=None, **facts))
