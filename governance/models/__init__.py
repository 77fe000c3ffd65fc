from governance.models.assemblies import AgendaItem, Assembly, Attendance, Minutes, RoomStep
from governance.models.charter import Charter, CharterDraft, CharterDraftVersion
from governance.models.choosing import Election, ElectionStep, Lot, LotStep
from governance.models.circles import Circle, CircleEvent, CircleMember, Mandate
from governance.models.consent import ConsentSession, Proposal, Step
from governance.models.cooptation import Candidacy, CandidacyStep, CandidacyText, PersonObjection
from governance.models.inbox import (
    AsideLine,
    DigestChoice,
    RemindedLine,
    WaitingFeed,
    WaitingMail,
    WaitingSource,
)
from governance.models.polls import NamedBallot, Poll, Proxy, RollEntry, SecretBallot, VoteReceipt
from governance.models.register import Decision, Entry, RegisterHead, SealedName
from governance.models.remote import ActSignature, SignatureState
from governance.models.written import ReminderMail

__all__ = [
    "ActSignature",
    "AgendaItem",
    "AsideLine",
    "Assembly",
    "Attendance",
    "Candidacy",
    "CandidacyStep",
    "CandidacyText",
    "Charter",
    "CharterDraft",
    "CharterDraftVersion",
    "Circle",
    "CircleEvent",
    "CircleMember",
    "ConsentSession",
    "Decision",
    "DigestChoice",
    "Election",
    "ElectionStep",
    "Entry",
    "Lot",
    "LotStep",
    "Mandate",
    "Minutes",
    "NamedBallot",
    "PersonObjection",
    "Poll",
    "Proposal",
    "Proxy",
    "RegisterHead",
    "ReminderMail",
    "RemindedLine",
    "RollEntry",
    "RoomStep",
    "SealedName",
    "SecretBallot",
    "SignatureState",
    "Step",
    "VoteReceipt",
    "WaitingFeed",
    "WaitingMail",
    "WaitingSource",
]
