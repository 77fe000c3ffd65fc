"""How an election ends: the mandate, and the register entry that lets others judge how it came, in one transaction."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from governance.actions.mandates import begin_chosen
from governance.actions.register import enter, sealed
from governance.models import ActSignature, Assembly, Election, Mandate
from governance.queries.remote import election_citations
from governance.rules.electing import Election as ElectionState
from governance.rules.electing import ElectionStage, Nomination
from governance.rules.register import commitment, instant_text
from governance.rules.session import Answer, Objection, Position, Session

Namer = Callable[[int | None], dict[str, object] | None]
Sealer = Callable[[str], dict[str, object] | None]


def record_election(*, election: Election, assembly: Assembly | None, state: ElectionState, at: datetime) -> None:
    """Write the entry of an ended election and, if somebody was elected, their mandate; in the caller's transaction.

    Words about people enter by commitment only: text and salt lie beside, in `Election.texts`, and can be erased.
    """
    collective, texts = election.circle.collective, dict(election.texts)
    without = _begin(election, state, at) if state.stage is ElectionStage.DONE else {}
    body = _body(election, assembly, state, lambda person: sealed(collective, person), _sealer(texts))
    body |= _mandates(election, without, lambda person: sealed(collective, person))
    signed = election_citations(election, lambda person: sealed(collective, person))
    body |= {"signatures": signed} if signed else {}
    terms = election.charter.digest if election.charter else ""
    election.entry = enter(collective=collective, kind="election", body=body, terms=terms, at=at)
    election.texts = texts
    election.save(update_fields=["entry", "texts"])
    election.mandates.update(entry=election.entry)
    ActSignature.objects.filter(election=election, entry=None).update(entry=election.entry)


def _begin(election: Election, state: ElectionState, at: datetime) -> dict[int, str]:
    return begin_chosen(process=election, people=state.holders, months=state.length, how="election", at=at)


def _mandates(election: Election, without: Mapping[int, str], who: Namer) -> dict[str, object]:
    """Who holds the mandate from when to when, each with their own days, and who has none after all, and why."""
    given = list(election.mandates.order_by("pk"))
    return {
        "holders": [who(each.member_id) for each in given],
        "starts_on": min(_days(each)[0] for each in given) if given else "",
        "ends_on": max(_days(each)[1] for each in given) if given else "",
        "mandates": [
            {"person": who(each.member_id), "starts_on": _days(each)[0], "ends_on": _days(each)[1]} for each in given
        ],
        "without": [{"person": who(person), "why": why} for person, why in without.items()],
    }


def _days(mandate: Mandate) -> tuple[str, str]:
    return mandate.starts_on.isoformat(), mandate.ends_on.isoformat() if mandate.ends_on else ""


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
    election: Election, assembly: Assembly | None, state: ElectionState, who: Namer, seal: Sealer
) -> dict[str, object]:
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
        "ballots": len(state.ballots),
        "ballot": {"present_at_opening": state.ballot_opening, "present_at_closing": state.ballot_closing},
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
            {
                "call": shown.call,
                "present": shown.present,
                "present_at_opening": shown.present_at_opening,
                "positions": [_position(p, who) for p in shown.positions],
            }
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
        "judgments": [_answer(each, who, seal) for each in objection.judgments],
        "juries": [
            [_answer(each, who, seal) for each in jury] for jury in (*objection.juries, objection.jury_votes) if jury
        ],
        "lifted_by_version": objection.amended_to,
        "confirmed_by": objection.resolved_by,
    }


def _answer(answer: Answer, who: Namer, seal: Sealer) -> dict[str, object]:
    return {"person": who(answer.person), "agree": answer.agree, "reason": seal(answer.reason)}
