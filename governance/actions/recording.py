"""What enters the register when a decision is adopted, and after: everything that lets others judge how it came."""

import difflib
from collections.abc import Callable, Mapping
from datetime import date, datetime

from governance import signals
from governance.actions import effects
from governance.actions.register import enter, sealed
from governance.models import ActSignature, Assembly, ConsentSession, Decision, Entry
from governance.queries.remote import citations
from governance.queries.states import consent_terms_for
from governance.rules.calling import expressed
from governance.rules.charter import ConsentTerms
from governance.rules.register import instant_text, text_digest
from governance.rules.session import Answer, Objection, Position, Revealed, Session, Version
from network.signals import announce

SPOKEN = frozenset({"text", "argument", "consequence", "fact", "reason"})
Namer = Callable[[int | None], dict[str, object] | None]


def record_adoption(*, session: ConsentSession, assembly: Assembly | None, state: Session, at: datetime) -> Decision:
    """Write the decision and its register entry; in the transaction of the reveal that adopts."""
    collective = session.proposal.circle.collective
    who: Namer = lambda person: sealed(collective, person)  # noqa: E731
    body = _body(session, assembly, state, who)
    cover = effects.cover_of(session.proposal)
    _cover(body, cover)
    signed = citations(session, state, who, covered=cover is not None)
    body |= {"signatures": signed} if signed else {}
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
    ActSignature.objects.filter(session=session, entry=None).update(entry=entry)
    effects.adopted(decision, at)
    announce(signals.decision_recorded, decision_id=decision.pk)
    return decision


def record_concern(*, session: ConsentSession, concern: Position, at: datetime) -> Entry:
    """Enter a concern filed after the adoption: an entry of its own, citing the decision's."""
    collective = session.proposal.circle.collective
    decision = session.decisions.select_related("entry").order_by("-entry__seq").first()
    cites = decision.entry.seq if decision else None
    cover = effects.cover_of(session.proposal)
    body = {
        "title": session.proposal.title,
        "cites": cites,
        "person": sealed(collective, concern.person),
        "text": cover(concern.text) if cover else concern.text,
    }
    return enter(collective=collective, kind="concern", body=body, terms=session.charter.digest, at=at)


def record_lapse(*, session: ConsentSession, state: Session, at: datetime) -> Entry:
    """Enter that an adopted text came to the end that it had set itself: at that instant, whenever it is noticed."""
    decision = session.decisions.select_related("entry").order_by("-entry__seq").first()
    body = {
        "title": decision.title if decision else state.version.title,
        "cites": decision.entry.seq if decision else None,
        "version": state.in_force,
        "lapsed_at": instant_text(state.lapsed_at or at),
    }
    return _enter(session, "lapse", body, at)


def record_fallback(*, session: ConsentSession, state: Session, vote: Mapping[str, object], at: datetime) -> Entry:
    """Enter that consent was not reached and that the matter goes to a vote: never an adoption by consent.

    `vote`: its rules, its end, its roll.
    """
    collective = session.proposal.circle.collective
    body = {
        "title": state.version.title,
        "version": state.version.number,
        "text_digest": text_digest(state.version.text),
        "outcome": "vote after consent was not reached",
        "reason": state.reason,
        "loops": state.loops,
        "objections": [_objection(each, lambda person: sealed(collective, person)) for each in state.objections],
        "vote": vote,
    }
    cover = effects.cover_of(session.proposal)
    if cover is not None:
        body = dict(_covered(body, cover))  # type: ignore[call-overload]
    return _enter(session, "fallback", body, at)


def _enter(session: ConsentSession, kind: str, body: dict[str, object], at: datetime) -> Entry:
    collective = session.proposal.circle.collective
    return enter(collective=collective, kind=kind, body=body, terms=session.charter.digest, at=at)


def _cover(body: dict[str, object], cover: Callable[[str], str] | None) -> None:
    """Put commitments in the place of what was said about somebody (positions, objections, judgments)."""
    if cover is not None:
        for part in ("calls", "objections", "concerns"):
            body[part] = _covered(body[part], cover)


def _covered(value: object, cover: Callable[[str], str]) -> object:
    if isinstance(value, list):
        return [_covered(each, cover) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: cover(part) if name in SPOKEN and isinstance(part, str) and part else _covered(part, cover)
        for name, part in value.items()
    }


def _body(session: ConsentSession, assembly: Assembly | None, state: Session, who: Namer) -> dict[str, object]:
    version, earlier = state.version, session.decisions.select_related("entry").order_by("-entry__seq").first()
    earlier = earlier or session.proposal.follows  # what a review decides anew takes the place of what it reviews
    terms = consent_terms_for(session.charter, state.decision_class)
    return {
        "title": version.title,
        "effect": session.proposal.effect,
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
        "quorum": _quorum(state, terms),
        "context": _context(state),
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


def _context(state: Session) -> dict[str, object]:
    """How it was decided: in a room or in writing, and when it went from one to the other."""
    moves = [{"at": instant_text(at), "written": written} for at, written in state.moves]
    return {"written": state.written, "moves": moves}


def _quorum(state: Session, terms: ConsentTerms) -> dict[str, object]:
    counted = state.written and terms.in_writing().silence_counts
    return {
        "share": terms.quorum,
        "electorate": len(state.electorate),
        "present_at_opening": state.quorum_at_opening,
        "present_at_closing": state.revealed[-1].present,
        "expressed": expressed(state.revealed[-1], counted=counted),
    }


def _call(call: Revealed, who: Namer) -> dict[str, object]:
    positions = [_position(each, who) for each in call.positions]
    found = {"version": call.version, "call": call.call, "at": instant_text(call.at), "positions": positions}
    if call.opened_at is None or call.closed_at is None:
        return found
    return found | {"window": {"opens_at": instant_text(call.opened_at), "closes_at": instant_text(call.closed_at)}}


def _position(position: Position, who: Namer) -> dict[str, object]:
    said: dict[str, object] = {"person": who(position.person), "choice": position.choice, "text": position.text}
    if not position.means:
        return said
    two = {"entered_by": who(position.entered_by), "confirmed_by": who(position.confirmed_by)}
    return {**said, "means": position.means, **two}


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
