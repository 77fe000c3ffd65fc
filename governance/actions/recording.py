"""What enters the register when a decision is adopted, and after: everything that lets others judge how it came."""

import difflib
from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction

from governance import signals
from governance.actions.register import enter, sealed, text_digest
from governance.models import Assembly, ConsentSession, Decision, Entry
from governance.queries.states import consent_terms_for
from governance.rules.register import instant_text
from governance.rules.session import Answer, Objection, Position, Revealed, Session, Version
from network.signals import announce

Namer = Callable[[int | None], dict[str, object] | None]


def record_adoption(*, session: ConsentSession, assembly: Assembly | None, state: Session, at: datetime) -> Decision:
    """Write the decision and its register entry; in the transaction of the reveal that adopts."""
    collective = session.proposal.circle.collective
    body = _body(session, assembly, state, lambda person: sealed(collective, person))
    entry = enter(collective=collective, kind="decision", body=body, terms=session.charter.digest, at=at)
    decision = Decision.objects.create(
        session=session,
        version=state.version.number,
        title=str(body["title"]),
        text=str(body["text"]),
        review_on=date.fromisoformat(state.version.review_on),
        responsible_id=state.version.responsible,
        entry=entry,
        assembly=assembly,
        adopted_at=at,
    )
    announce(signals.decision_recorded, decision_id=decision.pk)
    return decision


def record_concern(*, session: ConsentSession, concern: Position, at: datetime) -> Entry:
    """Enter a concern filed after the adoption: an entry of its own, citing the decision's."""
    collective = session.proposal.circle.collective
    decision = session.decisions.select_related("entry").order_by("-entry__seq").first()
    cites = decision.entry.seq if decision else None
    body = {
        "title": session.proposal.title,
        "cites": cites,
        "person": sealed(collective, concern.person),
        "text": concern.text,
    }
    return enter(collective=collective, kind="concern", body=body, terms=session.charter.digest, at=at)


def _body(session: ConsentSession, assembly: Assembly | None, state: Session, who: Namer) -> dict[str, object]:
    version, earlier = state.version, session.decisions.select_related("entry").order_by("-entry__seq").first()
    terms = consent_terms_for(session.charter, state.decision_class)
    return {
        "title": version.title,
        "driver": version.driver,
        "text": version.text,
        "text_digest": text_digest(version.text),
        "versions": [_version(state, number, who) for number in range(len(state.versions))],
        "decision_class": state.decision_class,
        "charter": {"version": session.charter.version, "digest": session.charter.digest},
        "circle": session.proposal.circle.name,
        "assembly": {"id": assembly.pk, "title": assembly.title} if assembly else None,
        "proposer": who(state.proposer),
        "facilitator": who(state.facilitator),
        "electorate": [who(person) for person in sorted(state.electorate)],
        "present": [who(person) for person in sorted(state.here)],
        "quorum": _quorum(state, terms.quorum),
        "calls": [_call(call, who) for call in state.revealed],
        "objections": [_objection(objection, who) for objection in state.objections],
        "concerns": [_position(p, who) for p in state.revealed[-1].positions if p.choice == "concern"],
        "follow_up": _follow_up(version, who),
        "loops": state.loops,
        "exits": list(state.exits),
        "cites": earlier.entry.seq if earlier else None,
    }


def _version(state: Session, index: int, who: Namer) -> dict[str, object]:
    version = state.versions[index]
    before = state.versions[index - 1].text if index else ""
    lines = difflib.unified_diff(before.splitlines(), version.text.splitlines(), lineterm="", n=1)
    return {
        "number": version.number,
        "author": who(version.author),
        "at": instant_text(version.at),
        "text_digest": text_digest(version.text),
        "diff": list(lines)[2:] if index else [],
    }


def _quorum(state: Session, share: Fraction) -> dict[str, object]:
    expressed = sum(p.choice != "no_position" for p in state.revealed[-1].positions)
    return {
        "share": share,
        "electorate": len(state.electorate),
        "present_at_opening": state.quorum_at_opening,
        "present_at_closing": state.revealed[-1].present,
        "expressed": expressed,
    }


def _call(call: Revealed, who: Namer) -> dict[str, object]:
    positions = [_position(each, who) for each in call.positions]
    return {"version": call.version, "call": call.call, "at": instant_text(call.at), "positions": positions}


def _position(position: Position, who: Namer) -> dict[str, object]:
    return {"person": who(position.person), "choice": position.choice, "text": position.text}


def _objection(objection: Objection, who: Namer) -> dict[str, object]:
    return {
        "number": objection.id,
        "author": who(objection.author),
        "version": objection.version,
        "call": objection.call,
        "argument": objection.text,
        "consequence": objection.consequence,
        "ground": objection.ground,
        "article": objection.article,
        "fact": objection.fact,
        "state": objection.state.value,
        "judgments": [_answer(each, who) for each in objection.judgments],
        "juries": [[_answer(each, who) for each in jury] for jury in (*objection.juries, objection.jury_votes) if jury],
        "lifted_by_version": objection.amended_to,
        "confirmed_by": objection.resolved_by,
    }


def _answer(answer: Answer, who: Namer) -> dict[str, object]:
    return {"person": who(answer.person), "agree": answer.agree, "reason": answer.reason}


def _follow_up(version: Version, who: Namer) -> dict[str, object]:
    return {
        "review_on": version.review_on,
        "responsible": who(version.responsible),
        "criteria": version.criteria,
        "ends_on": version.ends_on,
    }
