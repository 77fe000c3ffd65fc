"""Decision by consent as one machine: a table of legal steps, and `advance`, the only way from one state to the next.

Source: sociocratic practice as the charter words it (driver, clarifying, reactions, amendment, sealed objections,
examination, integration). There is no other path to ADOPTED than a reveal with nothing open, nothing qualified and
unresolved, and enough positions.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from governance.errors import DomainError, IllegalStep
from governance.rules import calling, guards, integrating, objections, preparing, written
from governance.rules.charter import ConsentTerms
from governance.rules.quorum import reached
from governance.rules.session import FINAL, LIVE, Session, Stage, Step, evolve
from governance.rules.windows import restarted

__all__ = ["TABLE", "LegalStep", "Rule", "Session", "Stage", "Step", "advance", "diagram", "legal_steps", "replay"]

Who = Callable[[Session, int | None], None]
Guard = Callable[[Session, int | None, datetime, ConsentTerms], None]
Apply = Callable[[Session, Step, ConsentTerms], Session]


@dataclass(frozen=True)
class Rule:
    """One legal step: who may take it, when, what it does, and the stages it can lead to."""

    who: Who
    guard: Guard
    apply: Apply
    to: tuple[Stage, ...]


S = Stage
g, p, c, o, i, w = guards, preparing, calling, objections, integrating, written
_CALLED = (S.TEST, S.INTEGRATE, S.ADOPTED, S.OBJECTION_CALL, S.DEFERRED, S.CLOSED)
_SETTLED = (S.TEST, S.OBJECTION_CALL, S.CLOSED)
_JUDGED = {
    "judge": Rule(g.here, o.can_judge, o.judge, ()),
    "refine": Rule(g.here, o.can_refine, o.refine, ()),
    "close_test": Rule(g.facilitator_or_clock, o.can_close_test, o.close_test, (S.INTEGRATE,)),
    "draw_jury": Rule(g.facilitator_or_clock, o.can_draw_jury, o.draw_jury, (S.INTEGRATE,)),
    "jury_vote": Rule(g.here, o.can_vote_in_jury, o.jury_vote, (S.INTEGRATE, *_SETTLED)),
}
_EXTEND = {
    "extend": Rule(g.facilitator, c.can_extend, i.extend, ()),
    "extend_window": Rule(g.facilitator, w.can_extend_window, w.extend_window, ()),
}
_WITHDRAW = {"withdraw": Rule(g.proposer_or_system, g.free, i.withdraw, (S.WITHDRAWN,))}
_BACK = (S.WITHDRAWN, S.CLOSED)  # of a revision: back to rest
_END = {"withdraw": Rule(g.proposer_or_system, g.free, i.withdraw, _BACK)}
_TAKE_BACK = {"withdraw_objection": Rule(o.own, g.free, o.withdraw_objection, ())}
_TAKE_BACK_NOW = {"withdraw_objection": Rule(o.own, g.free, o.withdraw_objection, _SETTLED)}
_ROUND = {
    "take_turn": Rule(g.here, p.can_speak, p.turn, ()),
    "pass_turn": Rule(g.here, p.can_speak, p.turn, ()),
}
_LATER = {
    "file_concern": Rule(g.elector, g.free, i.file_concern, ()),
}

_BY_STAGE: dict[Stage, dict[str, Rule]] = {
    S.NEW: {"prepare": Rule(g.system, g.free, p.prepare, (S.DRAFT,))},
    S.DRAFT: {
        "edit_draft": Rule(g.proposer, g.free, p.edit_draft, ()),
        "submit": Rule(g.proposer_here, p.can_submit, p.submit, (S.DRIVER_CHECK,)),
        **_WITHDRAW,
        **_TAKE_BACK,
    },
    S.DRIVER_CHECK: {
        "answer_driver": Rule(g.here, g.free, p.answer_driver, ()),
        "accept_driver": Rule(g.facilitator_or_clock, p.can_accept_driver, p.accept_driver, (S.PRESENTED,)),
        "send_back": Rule(g.facilitator, p.can_send_back, p.send_back, (S.DRAFT,)),
        "refer": Rule(g.facilitator, p.can_refer, p.refer, (S.REFERRED,)),
        **_EXTEND,
        **_WITHDRAW,
        **_TAKE_BACK,
    },
    S.PRESENTED: {
        "start": Rule(g.facilitator_or_clock, p.can_start, p.start, (S.CLARIFY,)),
        **_WITHDRAW,
        **_TAKE_BACK,
    },
    S.CLARIFY: {
        **_ROUND,
        "answer_question": Rule(g.proposer_here, g.free, p.answer_question, ()),
        "close_round": Rule(g.facilitator_or_clock, p.can_close_round, p.close_clarify, (S.CLARIFY, S.REACT)),
        **_EXTEND,
        **_WITHDRAW,
        **_TAKE_BACK,
    },
    S.REACT: {
        **_ROUND,
        "close_round": Rule(g.facilitator_or_clock, p.can_close_round, p.close_react, (S.AMEND,)),
        **_EXTEND,
        **_WITHDRAW,
        **_TAKE_BACK,
    },
    S.AMEND: {
        "keep": Rule(g.proposer_here, p.can_keep, p.keep, (S.OBJECTION_CALL,)),
        "amend": Rule(g.proposer_here, g.free, p.amend, (S.OBJECTION_CALL,)),
        **_WITHDRAW,
        **_TAKE_BACK,
    },
    S.OBJECTION_CALL: {
        "position": Rule(g.here, c.can_position, c.position, ()),
        "confirm_objection": Rule(o.own, g.free, c.confirm_objection, ()),
        "confirm_resolved": Rule(o.own, g.free, i.confirm_resolved, ()),
        "reveal": Rule(g.facilitator_or_clock, c.can_reveal, c.reveal, _CALLED),
        **_EXTEND,
        **_END,
        **_TAKE_BACK,
    },
    S.TEST: {
        **_JUDGED,
        "confirm_objection": Rule(o.own, g.free, c.confirm_objection, ()),
        **_EXTEND,
        **_END,
        **_TAKE_BACK_NOW,
    },
    S.INTEGRATE: {
        "offer_amendment": Rule(g.here, g.free, i.offer_amendment, ()),
        "oppose_amendment": Rule(g.here, i.can_answer_amendment, i.oppose_amendment, ()),
        "confirm_resolved": Rule(o.own, g.free, i.confirm_resolved, ()),
        "accept_amendment": Rule(g.facilitator_or_clock, i.can_accept, i.accept_amendment, (S.OBJECTION_CALL,)),
        "draw_jury": Rule(g.facilitator, o.can_draw_jury, o.draw_jury, ()),
        "jury_vote": Rule(g.here, o.can_vote_in_jury, o.jury_vote, ()),
        "choose_exit": Rule(
            g.facilitator,
            g.free,
            i.choose_exit,
            (S.OBJECTION_CALL, S.DEFERRED, S.DELEGATED, S.REFERRED, S.FALLBACK, S.CLOSED),
        ),
        "expire": Rule(g.facilitator_or_system, i.can_expire, i.expire, (S.DEFERRED, S.CLOSED)),
        **_EXTEND,
        **_END,
        **_TAKE_BACK_NOW,
    },
    S.SUSPENDED: {
        "withdraw": Rule(g.proposer_or_system, i.can_withdraw_suspended, i.withdraw, _BACK),
        **_TAKE_BACK,
    },
    S.DEFERRED: {
        "resume": Rule(g.resumer, i.can_resume, i.resume, (S.DRAFT,)),
        "drop_electors": Rule(g.system, g.free, i.drop_electors, ()),
        "to_vote": Rule(g.system, g.free, i.to_vote, (S.FALLBACK,)),
        **_WITHDRAW,
        **_TAKE_BACK,
    },
    S.DELEGATED: {
        "bring_back": Rule(g.member_of_subgroup, g.free, i.bring_back, (S.OBJECTION_CALL,)),
        "expire": Rule(g.facilitator_or_system, i.can_expire, i.expire, (S.DEFERRED, S.CLOSED)),
        **_END,
        **_TAKE_BACK,
    },
    S.ADOPTED: {
        **_LATER,
        "close_decision": Rule(g.facilitator_or_system, g.free, i.close_decision, (S.CLOSED,)),
    },
    S.CLOSED: {
        **_LATER,
        **_TAKE_BACK,
        "reopen": Rule(g.elector, g.free, o.reopen, (S.REOPENED,)),
        "review": Rule(g.system, i.can_review, i.review, ()),
    },
    S.REOPENED: {
        **_JUDGED,
        "jury_vote": Rule(g.here, o.can_vote_in_jury, o.jury_vote, (S.INTEGRATE, S.CLOSED)),
        **_EXTEND,
        "withdraw_objection": Rule(o.own, g.free, o.withdraw_objection, (S.CLOSED,)),
    },
    S.REFERRED: {},
    S.WITHDRAWN: {},
    S.FALLBACK: {},
}


def _presence(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Take note of who is present and who facilitates."""
    present = frozenset(step.payload["present"])  # type: ignore[call-overload]
    return evolve(state, present=present, facilitator=step.payload.get("facilitator"))


_ALWAYS = {
    "presence": Rule(g.system, g.free, _presence, ()),
    "clause_ends": Rule(g.system, i.can_lapse, i.lapse, ()),
    "go_live": Rule(g.system, w.can_go_live, w.go_live, ()),
}
_MOVABLE = LIVE | {S.DRAFT, S.SUSPENDED, S.DELEGATED}  # where a decision can change between a room and writing
_MOVE = {
    "go_written": Rule(g.elector, w.can_go_written, w.go_written, ()),
    "offer_facilitation": Rule(g.facilitator, w.can_offer, w.offer, ()),
    "take_facilitation": Rule(w.taker, w.can_offer, w.take_facilitation, ()),
}
_WINDOW = {
    "remind": Rule(g.system, w.can_remind, w.remind, ()),
    "mailed": Rule(g.system, w.can_be_mailed, w.mailed, ()),
    "prolong": Rule(g.system, w.can_prolong, w.prolong, ()),
}


def _in(stages: Iterable[Stage], rules: dict[str, Rule]) -> dict[tuple[Stage, str], Rule]:
    return {(stage, kind): rule for stage in stages for kind, rule in rules.items()}


TABLE: dict[tuple[Stage, str], Rule] = (
    {(stage, kind): rule for stage, rules in _BY_STAGE.items() for kind, rule in rules.items()}
    | _in((stage for stage in Stage if stage not in FINAL and stage is not S.NEW), _ALWAYS)
    | _in((stage for stage in Stage if stage in _MOVABLE), _MOVE)
    | _in((stage for stage in Stage if stage in LIVE), _WINDOW)
)


def advance(state: Session, step: Step, terms: ConsentTerms) -> Session:
    """Return the state after `step`, or raise: nothing in between.

    Raises IllegalStep (no such step now, or a guard), NotEntitled (this person), WrongState `stale_version` (the act
    speaks of an older version, call, round or objection), Invalid (the form). Pure; linear in the size of the state.
    """
    rule = TABLE.get((state.stage, step.kind))
    if rule is None:
        raise IllegalStep("not_now", stage=state.stage.value, act=step.kind)
    rule.who(state, step.actor)
    rule.guard(state, step.actor, step.at, terms)
    after = rule.apply(state, step, terms)
    if after.stage is not state.stage and after.stage not in rule.to and state.stage is not Stage.SUSPENDED:
        raise RuntimeError(f"the table does not know {state.stage} --{step.kind}--> {after.stage}")
    return evolve(_watch(after, step.at, terms), seq=state.seq + 1)


def _watch(state: Session, at: datetime, terms: ConsentTerms) -> Session:
    """Suspend a live stage that lost its quorum of presence; resume where it was once it is back (6.2)."""
    if state.stage not in LIVE and state.stage is not Stage.SUSPENDED:
        return state
    enough = reached(len(state.present & state.electorate), len(state.electorate), terms.presence_quorum)
    if state.stage is Stage.SUSPENDED:
        return _wake(state, at, terms) if enough else state
    return state if enough else _sleep(state, at)


def _sleep(state: Session, at: datetime) -> Session:
    left = max(0, int((state.ends_at - at).total_seconds())) if state.ends_at else 0
    changes = {"remembered": state.stage, "left": left, "sealed": {}, "called": frozenset()}
    return evolve(state, stage=Stage.SUSPENDED, **changes)


def _wake(state: Session, at: datetime, terms: ConsentTerms) -> Session:
    back = evolve(state, stage=state.remembered or Stage.DRAFT, remembered=None)
    if back.stage is Stage.OBJECTION_CALL:
        return calling.open_call(back, at, terms, call=state.call + 1)
    if state.ends_at is None:
        return back
    if state.written:  # what was left may be too short for reminders: the whole window again
        return evolve(back, **restarted(back, at, terms), until="")
    return evolve(back, ends_at=at + timedelta(seconds=state.left))


def replay(steps: Iterable[Step], terms: ConsentTerms) -> Session:
    """Return the state after all the steps of a session, from nothing. A prefix of the steps gives the state then."""
    state = Session()
    for step in steps:
        state = advance(state, step, terms)
    return state


@dataclass(frozen=True)
class LegalStep:
    """A step of the present stage, as one person sees it: allowed, or refused with a code and facts."""

    kind: str
    allowed: bool
    code: str
    facts: dict[str, object]


def legal_steps(state: Session, viewer: int | None, at: datetime, terms: ConsentTerms) -> tuple[LegalStep, ...]:
    """Return every step that the table knows for this stage, with the refusal that this person would meet."""
    kinds = [(kind, rule) for (stage, kind), rule in TABLE.items() if stage is state.stage and rule.who is not g.system]
    return tuple(_judged(state, viewer, at, terms, kind, rule) for kind, rule in kinds)


def _judged(state: Session, viewer: int | None, at: datetime, terms: ConsentTerms, kind: str, rule: Rule) -> LegalStep:
    try:
        if viewer is None:
            raise IllegalStep("not_elector")
        rule.who(state, viewer)
        rule.guard(state, viewer, at, terms)
    except DomainError as refusal:
        return LegalStep(kind, False, refusal.code, dict(refusal.facts))
    return LegalStep(kind, True, "", {})


def diagram() -> str:
    """Return the table as a Mermaid state diagram, in a stable order."""
    lines = ["stateDiagram-v2", "    [*] --> new"]
    for stage in Stage:
        arrows = _arrows(stage)
        lines += [f"    {stage} --> {to}: {', '.join(kinds)}" for to, kinds in sorted(arrows.items())]
        lines += [f"    {stage} --> [*]"] if stage in FINAL else []
    live = ", ".join(sorted(LIVE))
    return "\n".join([*lines, f"    note right of suspended: from and back to {live}, with the quorum of presence"])


def _arrows(stage: Stage) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for (start, kind), rule in TABLE.items():
        for to in rule.to if start is stage else ():
            found.setdefault(to.value, []).append(kind)
    return found
