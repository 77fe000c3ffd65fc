"""News of the exchange, sent after commit with `network.signals.announce`. Arguments in the comment."""

from django.dispatch import Signal

deliveries_queued = Signal()  # no arguments
follow_accepted = Signal()  # follow_id: somebody we asked accepted us
head_confirmed = Signal()  # collective_id
