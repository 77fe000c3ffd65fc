"""Election without candidate as one machine: a table of legal steps, and `advance`, the only way between two states.

ROLE → BALLOT → REASONS → CHANGE → PROPOSE → OBJECTIONS → INTEGRATE or ACCEPT → DONE, or VACANT. Source: sociocratic
role selection, as the charter words it. There is no other path to DONE than a call with nothing open, nothing upheld
and unresolved and enough positions, then the acceptance of whoever was proposed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from governance.errors import DomainError, IllegalStep
from governance.rules import consent
from governance.rules import election_call as c
from governance.rules import election_ends as n
from governance.rules import election_steps as s
from governance.rules.consent import LegalStep
from governance.rules.electing import ENDED, Election, ElectionStage
from governance.rules.election_terms import ElectionTerms
from governance.rules.session import Step, evolve

__all__ = ["TABLE", "Election", "ElectionStage", "Rule", "advance", "legal_steps", "replay"]

Who = Callable[[Election, int | None], None]
Guard = Callable[[Election, int | None, datetime, ElectionTerms], None]
Apply = Callable[[Election, Step, ElectionTerms], Election]
E = ElectionStage


@dataclass(frozen=True)
class Rule:
    """One legal step: who may take it, when, what it does, and the stages it can lead to."""

    who: Who
    guard: Guard
    apply: Apply
    to: tuple[ElectionStage, ...] = ()


def _who(kind: str) -> Who:
    def who(state: Election, actor: int | None) -> None:
        inner = c.the_call(state)
        consent.TABLE[inner.stage, kind].who(inner, actor)

    return who


def _guard(kind: str) -> Guard:
    def guard(state: Election, actor: int | None, at: datetime, terms: ElectionTerms) -> None:
        inner = c.the_call(state)
        consent.TABLE[inner.stage, kind].guard(inner, actor, at, terms.consent)

    return guard


def _called(kind: str, *to: ElectionStage, guard: Guard | None = None, apply: Apply = c.delegate) -> dict[str, Rule]:
    """Return a step of the call, with the rules of consent; `guard` comes on top where an election asks for more."""
    return {kind: Rule(_who(kind), guard or _guard(kind), apply, to)}


_EXTEND = {"extend": Rule(s.leads, n.can_extend, n.extend)}
_AFTER = (E.OBJECTIONS, E.TEST, E.INTEGRATE, E.ACCEPT, E.VACANT, E.SUSPENDED)
_TAKE_BACK = _called("withdraw_objection", *_AFTER)
_ROUND = {"say_reasons": Rule(s.here, s.can_speak, s.say_reasons)}
_CALL = {**_called("extend"), **_TAKE_BACK}
_PROPOSE = {"propose": Rule(s.proposes, s.quorate, c.propose, (E.OBJECTIONS,))}
_VACANT = {
    "set_new_date": Rule(s.leads, s.free, n.set_new_date, (E.POSTPONED,)),
    "choose_lot": Rule(s.leads, n.can_choose_lot, n.choose_lot, (E.LOT,)),
}

_BY_STAGE: dict[ElectionStage, dict[str, Rule]] = {
    E.NEW: {"prepare": Rule(s.system, s.free, s.prepare, (E.ROLE,))},
    E.ROLE: {
        "edit_role": Rule(s.leads, s.free, s.edit_role),
        "agree_role": Rule(s.here, s.free, s.agree_role),
        "open_ballot": Rule(s.leads, s.can_open_ballot, s.open_ballot, (E.BALLOT,)),
        "drop_election": Rule(s.opener, s.free, s.drop, (E.DROPPED,)),
    },
    E.BALLOT: {
        "cast_ballot": Rule(s.here, s.can_cast, s.cast),
        "pass_ballot": Rule(s.here, s.can_pass, s.cast_pass),
        "open_names": Rule(s.leads, s.can_open_names, s.open_names, (E.REASONS,)),
        **_EXTEND,
    },
    E.REASONS: {
        **_ROUND,
        "close_names": Rule(s.leads, s.can_close_round, s.close_reasons, (E.CHANGE,)),
        **_EXTEND,
    },
    E.CHANGE: {
        "change_voice": Rule(s.here, s.can_speak, s.change_voice),
        "keep_voice": Rule(s.here, s.can_speak, s.keep_voice),
        "close_voices": Rule(s.leads, s.can_close_round, s.close_changes, (E.PROPOSE,)),
        **_EXTEND,
    },
    E.PROPOSE: {
        **_PROPOSE,
        "declare_vacant": Rule(s.leads, s.can_declare_vacant, s.declare_vacant, (E.VACANT,)),
    },
    E.OBJECTIONS: {
        **_called("position", guard=c.can_position),
        **_called("confirm_objection"),
        **_called("confirm_resolved"),
        **_called("reveal", *_AFTER),
        **_CALL,
    },
    E.TEST: {
        **_called("judge"),
        **_called("refine"),
        **_called("close_test", *_AFTER),
        **_called("draw_jury", *_AFTER, guard=c.can_draw_jury, apply=c.draw_jury),
        **_called("jury_vote", *_AFTER),
        **_called("confirm_objection"),
        **_CALL,
    },
    E.INTEGRATE: {
        "offer_change": Rule(s.here, s.free, c.offer_change),
        **_called("oppose_amendment"),
        **_called("confirm_resolved"),
        **_called("accept_amendment", E.OBJECTIONS, apply=c.accept_amendment),
        **_called("draw_jury", *_AFTER, guard=c.can_draw_jury, apply=c.draw_jury),
        **_called("jury_vote", *_AFTER),
        **_PROPOSE,
        "expire": Rule(s.leads, c.can_expire, c.expire, (E.VACANT,)),
        **_CALL,
    },
    E.SUSPENDED: {**_TAKE_BACK},
    E.ACCEPT: {
        "accept_mandate": Rule(s.holder, s.free, n.accept, (E.DONE,)),
        "decline_mandate": Rule(s.holder, s.free, n.decline, (E.PROPOSE,)),
        "note_silence": Rule(s.leads, n.can_note_silence, n.note_silence, (E.PROPOSE,)),
        **_EXTEND,
    },
    E.VACANT: _VACANT,
    **{stage: {} for stage in ENDED},
}
_PRESENCE = Rule(s.system, s.free, c.presence, (E.SUSPENDED, *_AFTER))
TABLE: dict[tuple[ElectionStage, str], Rule] = {
    (stage, kind): rule for stage, rules in _BY_STAGE.items() for kind, rule in rules.items()
} | {(stage, "presence"): _PRESENCE for stage in E if stage not in ENDED and stage is not E.NEW}


def advance(state: Election, step: Step, terms: ElectionTerms) -> Election:
    """Return the election after `step`, or raise: nothing in between.

    Raises IllegalStep (no such step now, or a guard), NotEntitled (this person), WrongState `stale_version` (an older
    round, call or version), Invalid (the form). Pure; linear in the size of the state.
    """
    rule = TABLE.get((state.stage, step.kind))
    if rule is None:
        raise IllegalStep("not_now", stage=state.stage.value, act=step.kind)
    rule.who(state, step.actor)
    rule.guard(state, step.actor, step.at, terms)
    after = rule.apply(state, step, terms)
    if after.stage is not state.stage and after.stage not in rule.to and state.stage is not E.SUSPENDED:
        raise RuntimeError(f"the table does not know {state.stage} --{step.kind}--> {after.stage}")
    return evolve(after, seq=state.seq + 1)


def replay(steps: Iterable[Step], terms: ElectionTerms) -> Election:
    """Return the election after all its steps, from nothing. A prefix of the steps gives the state then."""
    state = Election()
    for step in steps:
        state = advance(state, step, terms)
    return state


def legal_steps(state: Election, viewer: int | None, at: datetime, terms: ElectionTerms) -> tuple[LegalStep, ...]:
    """Return every step that the table knows for this stage, with the refusal that this person would meet."""
    rules = [(kind, rule) for (stage, kind), rule in TABLE.items() if stage is state.stage and rule.who is not s.system]
    return tuple(_judged(state, viewer, at, terms, kind, rule) for kind, rule in rules)


def _judged(
    state: Election, viewer: int | None, at: datetime, terms: ElectionTerms, kind: str, rule: Rule
) -> LegalStep:
    try:
        if viewer is None:
            raise IllegalStep("not_elector")
        rule.who(state, viewer)
        rule.guard(state, viewer, at, terms)
    except DomainError as refusal:
        return LegalStep(kind, False, refusal.code, dict(refusal.facts))
    return LegalStep(kind, True, "", {})
