"""What a stage asks of whom: four sentences for each stage of each process, said to one role.

`stage_help("objection_call", "facilitator")`; a code that several processes know (`suspended`, `withdrawn`,
`integrate`) is read as the first of PROCESSES that has it, unless it names its process: `"cooptation.suspended"`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from frontend.stage_roles import BY_ROLE
from frontend.stages import DECISION, MEETING, StageText
from frontend.stages_cooptation import COOPTATION
from frontend.stages_election import ELECTION
from frontend.stages_poll import POLL

__all__ = ["PROCESSES", "ROLES", "StageHelp", "stage_help"]

PROCESSES: Mapping[str, Mapping[str, StageText]] = {
    "decision": {stage.value: text for stage, text in DECISION.items()},
    "meeting": {stage.value: text for stage, text in MEETING.items()},
    "election": ELECTION,
    "cooptation": COOPTATION,
    "poll": POLL,
}
ROLES = (
    "member", "observer", "proposer", "facilitator", "deputy", "secretary", "timekeeper", "teller", "objector",
    "responsible", "nominee", "candidate", "sponsor", "companion",
)  # fmt: skip
_OBSERVER = (
    _("Suivez : vous avez la parole si elle vous est donnée, sans prendre position."),
    _("Rien n’attend de réponse de votre part."),
)
# Where a word of the stage is explained: the anchor of its entry in the glossary.
_TERMS = {
    "decision": "consentement",
    "meeting": "assemblee",
    "election": "election-sans-candidat",
    "cooptation": "cooptation",
    "poll": "vote-de-repli",
}
_TERM_OF = {
    ("decision", "driver_check"): "motif",
    ("decision", "clarify"): "clarification",
    ("decision", "react"): "ressenti",
    ("decision", "amend"): "amendement",
    ("decision", "objection_call"): "objection",
    ("decision", "test"): "recevabilite",
    ("decision", "integrate"): "bonification",
    ("decision", "adopted"): "registre",
    ("decision", "closed"): "revision",
    ("decision", "suspended"): "quorum",
    ("decision", "fallback"): "vote-de-repli",
    ("meeting", "convened"): "quorum",
    ("meeting", "minutes_draft"): "compte-rendu",
    ("meeting", "minutes_adopted"): "compte-rendu",
    ("election", "objections"): "objection",
    ("election", "integrate"): "bonification",
    ("election", "done"): "mandat",
    ("election", "vacant"): "mandat",
    ("cooptation", "sponsored"): "parrainage",
    ("cooptation", "evaluation"): "evaluation",
    ("cooptation", "decision"): "consentement",
    ("cooptation", "vote"): "vote-de-repli",
    ("cooptation", "probation"): "periode-probatoire",
    ("cooptation", "renewal"): "renouvellement",
    ("cooptation", "lapsed"): "renouvellement",
    ("cooptation", "appeal"): "recours",
}


@dataclass(frozen=True)
class StageHelp:
    """What this step is, why it exists, what I can do now, what happens if I do nothing.

    `label` names the stage; `term` is the anchor of its word in the glossary (`/glossaire#term`).
    """

    what: Promise
    why: Promise
    now: Promise
    otherwise: Promise
    label: Promise
    term: str


def stage_help(stage: str, role: str = "member") -> StageHelp:
    """Return the words of a stage for a role of ROLES; an unknown stage or role raises ValueError."""
    process, code = _found(stage)
    if role not in ROLES:
        raise ValueError(role)
    text = PROCESSES[process][code]
    usual = _OBSERVER if role == "observer" else (text.now, text.otherwise)
    now, otherwise = BY_ROLE.get((process, code, role), usual)
    term = _TERM_OF.get((process, code), _TERMS[process])
    return StageHelp(text.what, text.why, now, otherwise, text.label, term)


def _found(stage: str) -> tuple[str, str]:
    named, dot, code = stage.partition(".")
    places = {named: PROCESSES.get(named, {})} if dot else PROCESSES
    code = code if dot else stage
    for process, stages in places.items():
        if code in stages:
            return process, code
    raise ValueError(stage)
