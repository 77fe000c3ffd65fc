"""Co-optation as one machine: a table of legal steps, and `advance`, the only way from one state to the next.

Source: the charter's rules on joining (sponsors, signature, sealed evaluations, hearing, consent at a second meeting,
probation, appeal, renewal). There is no way to MEMBER but through a heard candidate, a consent of the electorate
frozen at the announcement with nothing left open (or, where its charter allows one, a secret vote of that electorate
that carried), and a probation that everybody was told about; or by `keep`, which only follows a membership that exists
already.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from governance.errors import DomainError, IllegalStep
from governance.rules import admitting as a
from governance.rules import candidacy_guards as g
from governance.rules import evaluating as e
from governance.rules import keeping as k
from governance.rules import sponsoring as s
from governance.rules.candidacy import BEFORE_MEMBER, Candidacy, Stage
from governance.rules.cooptation_terms import CooptationTerms
from governance.rules.session import Step, evolve

__all__ = ["TABLE", "Rule", "advance", "diagram", "may", "replay"]


@dataclass(frozen=True)
class Rule:
    """One legal step: who may take it, what it does (its guards raise), and the stages it can lead to."""

    who: g.Who
    apply: g.Apply
    to: tuple[Stage, ...] = ()


S = Stage
_WITHDRAW = {"withdraw": Rule(g.candidate, a.withdraw, (S.WITHDRAWN,))}
_SPONSORING = {
    "ask_sponsor": Rule(g.candidate, s.ask_sponsor),
    "decline_sponsor": Rule(g.asked, s.decline_sponsor),
}
_STEP_DOWN = {
    "step_down": Rule(g.sponsor, s.sponsor_left, (S.PAUSED,)),
    "sponsor_left": Rule(g.clock, s.sponsor_left, (S.PAUSED,)),
}
_STEP_BACK = {
    "step_down": Rule(g.sponsor, s.sponsor_left, (S.EXPRESSION,)),
    "sponsor_left": Rule(g.clock, s.sponsor_left, (S.EXPRESSION,)),
}
_STEP_OUT = {"step_down": Rule(g.sponsor, s.sponsor_left), "sponsor_left": Rule(g.clock, s.sponsor_left)}
_FLAG = {"flag": Rule(g.not_candidate, a.flag)}
_TAKE_UP = {"take_up_flag": Rule(g.elector, a.take_up_flag)}
_DECIDED = (S.PROBATION, S.MEMBER, S.EXCLUDED, S.ADJOURNED, S.VOTE, S.DECLINED)
_LEFT = {"left": Rule(g.clock, k.left, (S.WITHDRAWN,))}
_SUSPEND = {"suspend": Rule(g.clock, k.suspend)}
_EXCLUDE = {"propose_exclusion": Rule(g.not_candidate, k.propose_exclusion, (S.HEARING,))}
_DROP = {"drop_exclusion": Rule(g.elector, k.drop_exclusion, (S.MEMBER,))}
_GIVEN_UP = {"decision_dropped": Rule(g.clock, a.decision_dropped)}
_APPEAL = {"appeal": Rule(g.candidate, k.appeal, (S.APPEAL,))}

_BY_STAGE: dict[Stage, dict[str, Rule]] = {
    S.NEW: {
        "express": Rule(lambda state, actor: None, s.express, (S.EXPRESSION,)),
        "keep": Rule(g.clock, k.keep, (S.MEMBER,)),
    },
    S.EXPRESSION: {
        **_SPONSORING,
        "confirm_sponsor": Rule(g.asked, s.confirm_sponsor, (S.SPONSORED,)),
        **_STEP_OUT,
        **_WITHDRAW,
    },
    S.SPONSORED: {"announce": Rule(g.sponsor, s.announce, (S.EVALUATION,)), **_STEP_BACK, **_WITHDRAW},
    S.EVALUATION: {
        "evaluate": Rule(g.elector, e.evaluate),
        "close_evaluation": Rule(g.sponsor, e.reveal, (S.HEARING,)),
        "reveal": Rule(g.clock, e.reveal, (S.HEARING,)),
        **_FLAG,
        **_STEP_DOWN,
        **_WITHDRAW,
    },
    S.HEARING: {
        "synthesise": Rule(g.sponsor, e.synthesise),
        "hear": Rule(g.witness, e.hear, (S.DECISION,)),
        **_FLAG,
        **_TAKE_UP,
        **_STEP_DOWN,
        **_DROP,
        **_SUSPEND,
        **_WITHDRAW,
    },
    S.DECISION: {
        "open_decision": Rule(g.elector, a.open_decision),
        "decided": Rule(g.clock, a.decided, _DECIDED),
        **_GIVEN_UP,
        "withdraw_objection": Rule(g.elector, a.withdraw_objection, (S.PROBATION,)),
        **_FLAG,
        **_TAKE_UP,
        **_STEP_DOWN,
        **_DROP,
        **_SUSPEND,
        **_WITHDRAW,
    },
    S.ADJOURNED: {
        "answer_conditions": Rule(g.candidate, a.answer_conditions, (S.DECISION,)),
        "decide_again": Rule(g.elector, a.decide_again, (S.DECISION,)),
        **_GIVEN_UP,
        **_FLAG,
        **_TAKE_UP,
        **_STEP_DOWN,
        **_DROP,
        **_SUSPEND,
        **_WITHDRAW,
    },
    S.VOTE: {"counted": Rule(g.clock, a.counted, (S.PROBATION, S.DECLINED)), **_FLAG, **_WITHDRAW},
    S.PAUSED: {
        **_SPONSORING,
        "confirm_sponsor": Rule(g.asked, s.confirm_sponsor, (S.EVALUATION, S.HEARING, S.DECISION, S.ADJOURNED)),
        **_GIVEN_UP,
        **_FLAG,
        **_STEP_OUT,
        **_WITHDRAW,
    },
    S.PROBATION: {
        "name_companion": Rule(g.sponsor, a.name_companion),
        "object": Rule(g.elector, a.object_to, (S.DECISION,)),
        "notice": Rule(g.clock, a.notice),
        "end_probation": Rule(g.clock, a.end_probation, (S.MEMBER,)),
        **_FLAG,
        "take_up_flag": Rule(g.elector, a.take_up_flag, (S.DECISION,)),
        **_WITHDRAW,
    },
    S.MEMBER: {"renewal_due": Rule(g.clock, k.renewal_due, (S.RENEWAL,)), **_EXCLUDE},
    S.RENEWAL: {
        "renew": Rule(g.candidate, k.renew, (S.MEMBER,)),
        "lapse": Rule(g.clock, k.lapse, (S.LAPSED,)),
        **_EXCLUDE,
    },
    S.APPEAL: {
        "panel_vote": Rule(g.juror, k.panel_vote, (S.DECISION, S.DECLINED, S.EXCLUDED)),
        "juror_left": Rule(g.clock, k.juror_left, (S.DECISION, S.DECLINED, S.EXCLUDED)),
        **_GIVEN_UP,
    },
    S.DECLINED: {**_APPEAL, **_GIVEN_UP},
    S.EXCLUDED: _APPEAL,
    S.LAPSED: {},
    S.WITHDRAWN: {},
}
_STANDING = BEFORE_MEMBER | {S.MEMBER, S.RENEWAL, S.APPEAL}

TABLE: dict[tuple[Stage, str], Rule] = {
    (stage, kind): rule for stage, rules in _BY_STAGE.items() for kind, rule in rules.items()
} | {(stage, "left"): _LEFT["left"] for stage in _STANDING}


def advance(state: Candidacy, step: Step, terms: CooptationTerms) -> Candidacy:
    """Return the state after `step`, or raise: nothing in between.

    Raises IllegalStep (no such step now, or a guard), NotEntitled (this person), Invalid (the form). Pure.
    """
    rule = TABLE.get((state.stage, step.kind))
    if rule is None:
        raise IllegalStep("not_now", stage=state.stage.value, act=step.kind)
    rule.who(state, step.actor)
    if state.cause == "exclusion" and step.kind == "withdraw":
        raise IllegalStep("not_now", stage=state.stage.value, act=step.kind)
    after = rule.apply(state, step, terms)
    if after.stage is not state.stage and after.stage not in rule.to:
        raise RuntimeError(f"the table does not know {state.stage} --{step.kind}--> {after.stage}")
    return evolve(after, seq=state.seq + 1)


def may(state: Candidacy, kind: str, actor: int | None) -> str:
    """Return why this person may not take that step now, empty if the table lets them (guards may still refuse)."""
    rule = TABLE.get((state.stage, kind))
    if rule is None or (state.cause == "exclusion" and kind == "withdraw"):
        return "not_now"
    check: Callable[[Candidacy, int | None], None] = rule.who
    try:
        check(state, actor)
    except DomainError as refusal:
        return refusal.code
    return ""


def replay(steps: Iterable[tuple[Step, CooptationTerms]]) -> Candidacy:
    """Return the state after all the steps, each with the figures of the charter that governs it."""
    state = Candidacy()
    for step, terms in steps:
        state = advance(state, step, terms)
    return state


def diagram() -> str:
    """Return the table as a Mermaid state diagram, in a stable order."""
    lines = ["stateDiagram-v2", "    [*] --> new"]
    for stage in Stage:
        found: dict[str, list[str]] = {}
        for (start, kind), rule in TABLE.items():
            for target in rule.to if start is stage else ():
                found.setdefault(target.value, []).append(kind)
        lines += [f"    {stage} --> {target}: {', '.join(kinds)}" for target, kinds in sorted(found.items())]
    return "\n".join(lines)
