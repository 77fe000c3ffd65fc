"""News of decisions, always sent after commit (`network.signals.announce`). Arguments in the comment."""

from django.dispatch import Signal

session_advanced = Signal()  # session_id, stage
room_changed = Signal()  # assembly_id, seq
decision_recorded = Signal()  # decision_id
charter_adopted = Signal()  # charter_id
entry_written = Signal()  # entry_id
