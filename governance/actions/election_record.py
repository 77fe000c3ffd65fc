"""How an election ends: the mandate, and the register entry that lets others judge how it came, in one transaction."""

import secrets
from collections.abc import Callable
from datetime import datetime

from governance.actions.circles import begin_mandate
from governance.actions.register import enter, sealed
from governance.models import ActSignature, Assembly, Election
from governance.queries.remote import election_citations
from governance.rules.electing import Election as ElectionState
from governance.rules.electing import ElectionStage, Nomination, mandate_end
from governance.rules.register import commitment, instant_text
from governance.rules.session import Objection, Position, Session
from network.models import Member

Namer = Callable[[int | None], dict[str, object] | None]
Sealer = Callable[[str], dict[str, object] | None]


def record_election(*, election: Election, assembly: Assembly | None, state: ElectionState, at: datetime) -> None:
    """Write the entry of an ended election and, if somebody was elected, their mandate; in the caller's transaction.

    Words about people enter by commitment only: text and salt lie beside, in `Election.texts`, and can be erased.
    """
    collective, texts = election.circle.collective, dict(election.texts)
    body = _body(election, assembly, state, at, lambda person: sealed(collective, person), _sealer(texts))
    signed = election_citations(election, lambda person: sealed(collective, person))
    body |= {"signatures": signed} if signed else {}
    terms = election.charter.digest if election.charter else ""
    election.entry = enter(collective=collective, kind="election", body=body, terms=terms, at=at)
    election.texts = texts
    election.save(update_fields=["entry", "texts"])
    ActSignature.objects.filter(election=election, entry=None).update(entry=election.entry)
    if state.stage is ElectionStage.DONE:
        _begin(election, state, at)


def _begin(election: Election, state: ElectionState, at: datetime) -> None:
    day = at.date()
    for holder in state.holders:
        mandate = begin_mandate(
            circle=election.circle,
            member=Member.objects.get(pk=holder),
            role=state.role,
            starts_on=day,
            ends_on=mandate_end(day, state.length),
        )
        election.mandates.add(mandate)


def _sealer(texts: dict[str, object]) -> Sealer:
    def seal(text: str) -> dict[str, object] | None:
        if not text:
            return None
        salt = secrets.token_hex(32)
        mark = commitment(salt, text)
        texts[mark] = {"salt": salt, "text": text}
        return {"sealed": mark}

    return seal


def _body(
    election: Election, assembly: Assembly | None, state: ElectionState, at: datetime, who: Namer, seal: Sealer
) -> dict[str, object]:
    done = state.stage is ElectionStage.DONE
    return {
        "title": state.role,
        "election": election.pk,
        "role": state.role,
        "mission": state.mission,
        "criteria": state.criteria,
        "months": state.length,
        "circle": election.circle.name,
        "assembly": {"id": assembly.pk, "title": assembly.title} if assembly else None,
        "charter": {"version": election.charter.version, "digest": election.charter.digest},  # type: ignore[union-attr]
        "facilitator": who(state.leader()),
        "electorate": [who(person) for person in sorted(state.electorate)],
        "outcome": state.stage.value,
        "reason": seal(state.reason),
        "until": state.until,
        "holders": [who(person) for person in state.holders] if done else [],
        "starts_on": at.date().isoformat() if done else "",
        "ends_on": mandate_end(at.date(), state.length).isoformat() if done else "",
        "ballots": len(state.ballots),
        "proposed": [_nomination(each, who, seal) for each in state.nominations],
        "calls": [_call(person, call, who, seal) for person, call in state.calls.items()],
        "changes": [{"kind": each.kind, "text": seal(each.text)} for each in state.changes],
    }


def _nomination(each: Nomination, who: Namer, seal: Sealer) -> dict[str, object]:
    return {
        "person": who(each.person),
        "by": who(each.by),
        "at": instant_text(each.at),
        "grounds": seal(each.grounds),
        "declined": bool(each.declined),
    }


def _call(person: int, call: Session, who: Namer, seal: Sealer) -> dict[str, object]:
    return {
        "person": who(person),
        "reveals": [
            {"call": shown.call, "present": shown.present, "positions": [_position(p, who) for p in shown.positions]}
            for shown in call.revealed
        ],
        "objections": [_objection(each, who, seal) for each in call.objections],
    }


def _position(position: Position, who: Namer) -> dict[str, object]:
    return {"person": who(position.person), "choice": position.choice}


def _objection(objection: Objection, who: Namer, seal: Sealer) -> dict[str, object]:
    return {
        "number": objection.id,
        "author": who(objection.author),
        "call": objection.call,
        "ground": objection.ground,
        "article": objection.article,
        "argument": seal(objection.text),
        "consequence": seal(objection.consequence),
        "state": objection.state.value,
        "lifted_by_version": objection.amended_to,
        "confirmed_by": objection.resolved_by,
    }
