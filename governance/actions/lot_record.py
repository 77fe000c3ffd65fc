"""What the register holds of a lot: what was frozen, everything needed to redo the draw, and who holds the mandates."""

from collections.abc import Mapping
from datetime import datetime

from governance.actions.register import enter, sealed
from governance.models import ActSignature, Entry, Lot
from governance.queries.election_states import lot_state
from governance.queries.remote import lot_citations
from governance.rules.lot_state import Lot as LotState
from governance.rules.lot_state import LotStage
from governance.rules.register import instant_text


def record_opening(*, lot: Lot, state: LotState, payload: Mapping[str, object], at: datetime) -> None:
    """Enter what is frozen: pool, seats, rules, closings and the beacon to come."""
    body = {
        "title": lot.role,
        "phase": "frozen",
        "lot": lot.pk,
        "identifier": state.identifier,
        "pool": _people(lot, state, tuple(state.pool)),
        "seats": state.seats,
        "months": lot.months,
        "eligibility": payload["eligibility"],
        "left_out": [sealed(lot.circle.collective, each) for each in payload["left_out"]],  # type: ignore[attr-defined]
        "refusal": "next_in_order",
        "beacon_source": payload["beacon_source"],
        "beacon_format": state.beacon_format,
        "beacon_at": payload["beacon_at"],
        "beacon_readers": payload["beacon_readers"],
        "commits_end": payload["commits_end"],
        "reveals_end": payload["reveals_end"],
    }
    lot.opening = _enter(lot, body, at)
    lot.save(update_fields=["opening"])


def record_draw(*, lot: Lot, state: LotState, at: datetime) -> None:
    """Enter everything that anybody needs to redo the draw, whoever was dropped, and the order drawn."""
    who = lot.circle.collective
    body = {
        "title": lot.role,
        "phase": "void" if state.stage is LotStage.VOID else "drawn",
        "lot": lot.pk,
        "cites": lot.opening.seq if lot.opening else None,
        "identifier": state.identifier,
        "commitments": [
            {"person": sealed(who, person), "commitment": mark} for person, mark in sorted(state.commits.items())
        ],
        "reveals": [{"person": sealed(who, person), "key": key} for person, key in sorted(state.reveals.items())],
        "missing": [sealed(who, person) for person in sorted(state.dropped - state.wrong)],
        "wrong": [sealed(who, person) for person in sorted(state.wrong)],
        "secrets": [secret.hex() for secret in state.secrets()],
        "beacon": state.beacon,
        "read_by": [sealed(who, person) for person, text in sorted(state.readings.items()) if text == state.beacon],
        "seed": state.seed,
        "pool": sorted(state.pool, key=str.encode),
        "order": list(state.order),
        "seats": state.seats,
    }
    lot.entry = _enter(lot, body, at)
    lot.save(update_fields=["entry"])


def record_end(*, lot: Lot, state: LotState, without: Mapping[int, str], at: datetime) -> None:
    """Enter who holds a mandate, who was replaced, and who accepted but could not be given one, with the reason."""
    given = tuple(name for name in state.accepted if state.pool[name] not in without)
    refused = tuple(name for name in state.accepted if state.pool[name] in without)
    body = {
        "title": lot.role,
        "phase": "ended" if state.stage is LotStage.DONE else "short",
        "lot": lot.pk,
        "cites": lot.entry.seq if lot.entry else None,
        "holders": _people(lot, state, given),
        "without": [
            {**who, "why": without[state.pool[name]]}
            for name, who in zip(refused, _people(lot, state, refused), strict=True)
        ],
        "refused": _people(lot, state, state.refused),
        "silent": _people(lot, state, state.silent),
        "months": lot.months,
        "ended_at": instant_text(at),
    }
    lot.ending = _enter(lot, body, at)
    lot.save(update_fields=["ending"])


def _people(lot: Lot, state: LotState, names: tuple[str, ...]) -> list[dict[str, object]]:
    collective = lot.circle.collective
    return [{"label": name, "person": sealed(collective, state.pool[name])} for name in names]


def _enter(lot: Lot, body: dict[str, object], at: datetime) -> Entry:
    collective = lot.circle.collective
    opened = frozenset(lot_state(lot).reveals.values())
    signed = lot_citations(lot, lambda person: sealed(collective, person), opened=opened)
    body |= {"signatures": signed} if signed else {}
    entry = enter(collective=collective, kind="lot", body=body, terms=lot.charter.digest, at=at)  # type: ignore[union-attr]
    ActSignature.objects.filter(lot=lot, entry=None).update(entry=entry)
    return entry
