"""News of decisions, always sent after commit (`network.signals.announce`). Arguments in the comment."""

from django.dispatch import Signal

session_advanced = Signal()  # session_id, stage
room_changed = Signal()  # assembly_id, seq
election_advanced = Signal()  # election_id, stage
lot_advanced = Signal()  # lot_id, stage
room_stirred = Signal()  # assembly_id: hands or moods, which have no seq
decision_recorded = Signal()  # decision_id
charter_adopted = Signal()  # charter_id
entry_written = Signal()  # entry_id
candidacy_advanced = Signal()  # candidacy_id, stage
act_to_sign = Signal()  # signature_id: an act of a member of another node waits for its signature
