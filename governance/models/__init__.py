from governance.models.assemblies import AgendaItem, Assembly, Attendance, Minutes, RoomStep
from governance.models.charter import Charter
from governance.models.circles import Circle, CircleMember, Mandate
from governance.models.consent import ConsentSession, Proposal, Step
from governance.models.register import Decision, Entry, RegisterHead, SealedName

__all__ = [
    "AgendaItem",
    "Assembly",
    "Attendance",
    "Charter",
    "Circle",
    "CircleMember",
    "ConsentSession",
    "Decision",
    "Entry",
    "Mandate",
    "Minutes",
    "Proposal",
    "RegisterHead",
    "RoomStep",
    "SealedName",
    "Step",
]
