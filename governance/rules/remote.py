"""Acts of members whose home is another node: which of them their own node signs, and what exactly is signed.

Their node signs a commitment, never the choice: SHA-256 of a salt of 32 bytes and the canonical payload. At the reveal
salt and payload are opened in the register, and anybody can put the two together again.
"""

from collections.abc import Mapping
from datetime import datetime

from governance.rules.register import canonical, commitment, instant_text, plain

__all__ = ["BINDING", "BINDING_BY", "act_facts", "ballot_signed", "binds", "committed", "opens", "signed_as"]
__all__ += ["told_of_candidacy", "told_of_election", "wordless"]

BINDING = frozenset(
    {
        "approve_minutes", "confirm_objection", "confirm_resolved", "contest_minutes", "file_concern", "judge",
        "jury_vote", "position", "refine", "reopen", "withdraw_objection",
    }
)  # fmt: skip
BINDING_BY = {  # by what the act is part of; steps that only lead (open, close, extend) bind nobody
    "decision": BINDING,
    "election": frozenset(
        {
            "accept_mandate", "agree_role", "cast_ballot", "change_voice", "confirm_objection", "confirm_resolved",
            "decline_mandate", "judge", "jury_vote", "keep_voice", "pass_ballot", "position", "propose", "refine",
            "withdraw_objection",
        }
    ),
    "candidacy": frozenset(
        {
            "announce", "answer_conditions", "appeal", "confirm_sponsor", "decline_sponsor", "drop_exclusion",
            "evaluate", "express", "flag", "hear", "object", "panel_vote", "propose_exclusion", "renew", "step_down",
            "synthesise", "take_up_flag", "withdraw", "withdraw_objection",
        }
    ),
    "poll": frozenset({"vote"}),
    "lot": frozenset({"accept_draw", "commit", "read_beacon", "refuse_draw", "reveal_secret"}),
}  # fmt: skip
SIGNED_AS = {"pass_ballot": "cast_ballot"}  # who passes is not to be told from who names
WORDS = frozenset({"text", "argument", "consequence", "fact", "reason", "grounds", "addressee"})
TOLD_OF_ELECTION = frozenset(
    {"accept_mandate", "confirm_objection", "confirm_resolved", "position", "withdraw_objection"}
)
TOLD_OF_CANDIDATE = frozenset({"answer_conditions", "appeal", "express", "renew", "withdraw"})
TOLD_OF_SPONSOR = frozenset({"announce", "confirm_sponsor"})


def binds(family: str, kind: str) -> bool:
    """Whether an act of a decision (or a meeting), an election, a candidacy, a vote or a lot is signed at home."""
    return kind in BINDING_BY[family]


def signed_as(kind: str) -> str:
    """Return the kind that is signed, kept and shown of an act.

    >>> signed_as("pass_ballot"), signed_as("position")
    ('cast_ballot', 'position')
    """
    return SIGNED_AS.get(kind, kind)


def ballot_signed(choice: str, *, member: int, actor: int) -> dict[str, object]:
    """Return what is signed of a ballot in a named vote; `member` is told only where it is not who casts it.

    So one's own ballot may be opened by a register for ever: it names nobody.

    >>> ballot_signed("for", member=7, actor=7), ballot_signed("for", member=8, actor=7)
    ({'choice': 'for'}, {'choice': 'for', 'member': 8})
    """
    return {"choice": choice} if member == actor else {"choice": choice, "member": member}


def wordless(payload: Mapping[str, object]) -> bool:
    """Whether a payload names nobody and says nothing that must be erasable: a register may open it for ever.

    >>> wordless({"choice": "consent", "text": ""}), wordless({"person": 7}), wordless({"reason": "Non."})
    (True, False, False)
    """
    return "person" not in payload and not any(payload.get(name) for name in WORDS)


def told_of_election(kind: str, payload: Mapping[str, object]) -> bool:
    """Whether the register opens an act of an election: what its entry tells anyway. No ballot and no voice, ever."""
    return kind in TOLD_OF_ELECTION and wordless(payload)


def told_of_candidacy(kind: str, *, candidate: bool, sponsor: bool) -> bool:
    """Whether the register may say who made this act: those whom its entries name, of what everybody saw them do.

    All other acts about a person (evaluations above all) are cited by a digest that tells neither who nor what.
    """
    return (candidate and kind in TOLD_OF_CANDIDATE) or (sponsor and kind in TOLD_OF_SPONSOR)


def committed(salt: str, payload: Mapping[str, object]) -> str:
    """Return the commitment to a payload, `sha256:<hex>`. `salt`: 32 bytes, hex.

    >>> committed("00" * 32, {"a": 1}) == committed("00" * 32, {"a": 1}) != committed("11" * 32, {"a": 1})
    True
    """
    return "sha256:" + commitment(salt, canonical(plain(dict(payload))).decode())


def opens(document: Mapping[str, object], salt: str, payload: Mapping[str, object]) -> bool:
    """Whether this salt and payload are what a signed document commits to."""
    return document.get("commitment") == committed(salt, payload)


def act_facts(
    *,
    actor: str,
    collective: str,
    place: str,
    kind: str,
    payload: Mapping[str, object],
    salt: str,
    key: str,
    at: datetime,
) -> dict[str, object]:
    """Return what is signed of an act; version and call are 0 where the act has none."""
    return {
        "actor": actor,
        "collective": collective,
        "place": place,
        "kind": kind,
        "version": _number(payload, "version"),
        "call": _number(payload, "call"),
        "commitment": committed(salt, payload),
        "key": key,
        "instant": instant_text(at),
    }


def _number(payload: Mapping[str, object], name: str) -> int:
    value = payload.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
