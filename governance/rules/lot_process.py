"""A lot from the freezing to the mandates, as one machine: COMMITS → REVEALS → BEACON → ANSWERS → DONE.

Everything that the result depends on is frozen first. Commitments close before reveals open, reveals before the beacon
exists: whoever reveals last knows no more than the first. Missing and wrong reveals are dropped, and named.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from governance.errors import DomainError, IllegalStep, Invalid, NotEntitled
from governance.rules.consent import LegalStep
from governance.rules.lot import commitment, permutation, seed
from governance.rules.lot_state import Lot, LotStage, LotTerms
from governance.rules.session import Step, evolve

__all__ = ["TABLE", "advance", "beacon_fits", "legal_steps", "next_at", "replay"]

KEY = re.compile(r"[0-9a-f]{128}", re.ASCII)
MARK = re.compile(r"[0-9a-f]{64}", re.ASCII)
NUMBER = "(?:0|[1-9][0-9]{0,5})"
L = LotStage
Who = Callable[[Lot, int | None], None]
Apply = Callable[[Lot, Step, LotTerms], Lot]


def beacon_fits(pattern: str, text: str) -> bool:
    """Return whether a beacon has the form frozen for it: `#` stands for a whole number, all else for itself.

    >>> beacon_fits("dice:#-#-#", "dice:6-2-5"), beacon_fits("dice:#-#-#", "dice:6-02-5")
    (True, False)
    """
    return re.fullmatch(NUMBER.join(re.escape(part) for part in pattern.split("#")), text, re.ASCII) is not None


# --- who


def _system(lot: Lot, actor: int | None) -> None:
    if actor is not None:
        raise NotEntitled("only_the_clock")


def _elector(lot: Lot, actor: int | None) -> None:
    if actor not in lot.electorate:
        raise NotEntitled("not_elector")


def _reader(lot: Lot, actor: int | None) -> None:
    _elector(lot, actor)
    if actor not in lot.readers:
        raise NotEntitled("not_lot_reader")


def _opener_or_clock(lot: Lot, actor: int | None) -> None:
    if actor is not None and actor != lot.opener:
        raise NotEntitled("not_lot_opener")


def _drawn(lot: Lot, actor: int | None) -> None:
    if lot.mine(actor) not in lot.waiting():
        raise NotEntitled("not_drawn")


# --- steps


def _freeze(lot: Lot, step: Step, terms: LotTerms) -> Lot:
    p = step.payload
    pool, seats = dict(p["pool"]), int(p["seats"])  # type: ignore[call-overload]
    if not 1 <= seats <= len(pool):
        raise Invalid("seats_too_many", field="seats", pool=len(pool))
    commits_end, reveals_end = (datetime.fromisoformat(str(p[name])) for name in ("commits_end", "reveals_end"))
    beacon_at = datetime.fromisoformat(str(p["beacon_at"])) if p.get("beacon_at") else None
    if not step.at < commits_end < reveals_end:
        raise Invalid("lot_dates", field="reveals_end")
    if beacon_at is not None and beacon_at <= reveals_end:
        raise Invalid("beacon_too_early", field="beacon_at")
    if "#" not in str(p["beacon_format"]):
        raise Invalid("beacon_without_number", field="beacon_format")
    return evolve(
        lot,
        stage=L.COMMITS,
        opener=p["opener"],
        identifier=str(p["identifier"]),
        electorate=frozenset(p["electorate"]),  # type: ignore[call-overload]
        pool=pool,
        seats=seats,
        beacon_format=str(p["beacon_format"]),
        beacon_at=beacon_at,
        commits_end=commits_end,
        reveals_end=reveals_end,
        by_majority=p.get("beacon_readers") == "majority",
    )


def _commit(lot: Lot, step: Step, terms: LotTerms) -> Lot:
    """Publish a commitment; once, and before commitments close."""
    mark = str(step.payload["commitment"]).lower()
    if not MARK.fullmatch(mark):
        raise Invalid("commitment_malformed", field="commitment")
    if step.actor in lot.commits:
        raise IllegalStep("already_committed")
    if mark in lot.commits.values():
        raise Invalid("commitment_taken", field="commitment")
    if lot.commits_end and step.at >= lot.commits_end:
        raise IllegalStep("commits_over", ends_at=lot.commits_end)
    return evolve(lot, commits={**lot.commits, step.actor or 0: mark})


def _close_commits(lot: Lot, step: Step, terms: LotTerms) -> Lot:
    """At the announced instant; before it, whoever opened the lot may once enough have committed."""
    early = lot.commits_end is not None and step.at < lot.commits_end
    if early and (step.actor is None or len(lot.commits) < terms.min_reveals):
        raise IllegalStep("too_early", until=lot.commits_end)
    if len(lot.commits) < terms.min_reveals:
        return evolve(lot, stage=L.VOID)
    return evolve(lot, stage=L.REVEALS)


def _reveal(lot: Lot, step: Step, terms: LotTerms) -> Lot:
    """Open one's commitment. A key that does not open it is noted as wrong; the right one may still follow in time."""
    key, person = str(step.payload["secret"]).lower(), step.actor or 0
    if not KEY.fullmatch(key):
        raise Invalid("secret_malformed", field="secret")
    if person not in lot.commits:
        raise IllegalStep("no_commitment")
    if person in lot.reveals:
        raise IllegalStep("already_revealed")
    if lot.reveals_end and step.at >= lot.reveals_end:
        raise IllegalStep("reveals_over", ends_at=lot.reveals_end)
    raw = bytes.fromhex(key)
    if commitment(raw[:32], raw[32:]) != lot.commits[person]:
        return evolve(lot, wrong=lot.wrong | {person})
    return evolve(lot, reveals={**lot.reveals, person: key}, wrong=lot.wrong - {person})


def _close_reveals(lot: Lot, step: Step, terms: LotTerms) -> Lot:
    """At the announced instant; before it only when nobody is missing: nobody can leave somebody out by closing."""
    early = lot.reveals_end is not None and step.at < lot.reveals_end
    if early and (step.actor is None or lot.dropped):
        raise IllegalStep("reveals_missing", missing=len(lot.dropped), until=lot.reveals_end)
    return evolve(lot, stage=L.BEACON if len(lot.reveals) >= terms.min_reveals else L.VOID)


def _read_beacon(lot: Lot, step: Step, terms: LotTerms) -> Lot:
    """Write down the beacon as one read it; once enough people read the same, the lot is drawn.

    All secrets are known by then: whoever could settle alone what the dice said would choose the result.
    """
    text = str(step.payload["beacon"])
    if lot.beacon_at is not None and step.at < lot.beacon_at:
        raise IllegalStep("beacon_not_yet", until=lot.beacon_at)
    if not beacon_fits(lot.beacon_format, text):
        raise Invalid("beacon_malformed", field="beacon", format=lot.beacon_format)
    lot = evolve(lot, readings={**lot.readings, step.actor or 0: text})
    same = sum(read == text for read in lot.readings.values())
    return _draw(lot, text, step.at) if same >= lot.readings_needed else lot


def _give_up(lot: Lot, step: Step, terms: LotTerms) -> Lot:
    """Nobody has read the beacon, or people read it differently, for as long as those drawn would have to answer."""
    until = _readings_end(lot, terms)
    if until is None or step.at < until:
        raise IllegalStep("too_early", until=until)
    return evolve(lot, stage=L.VOID)


def _readings_end(lot: Lot, terms: LotTerms) -> datetime | None:
    since = lot.beacon_at or lot.reveals_end
    return since + timedelta(days=terms.answer_days) if since else None


def _draw(lot: Lot, beacon: str, at: datetime) -> Lot:
    sown = seed(lot.identifier, lot.secrets(), beacon)
    order = tuple(permutation(sown, list(lot.pool)))
    asked = dict.fromkeys(order[: lot.seats], at)
    return evolve(lot, stage=L.ANSWERS, beacon=beacon, seed=sown.hex(), order=order, asked=asked)


def _accept(lot: Lot, step: Step, terms: LotTerms) -> Lot:
    return _settled(evolve(lot, accepted=(*lot.accepted, lot.mine(step.actor))), step.at)


def _refuse(lot: Lot, step: Step, terms: LotTerms) -> Lot:
    """Refuse, without giving a reason: the next in the order drawn is asked."""
    return _replaced(evolve(lot, refused=(*lot.refused, lot.mine(step.actor))), step.at)


def _note_silence(lot: Lot, step: Step, terms: LotTerms) -> Lot:
    """Whoever did not answer in time is replaced."""
    late = [name for name in lot.waiting() if step.at >= lot.asked[name] + timedelta(days=terms.answer_days)]
    if not late:
        raise IllegalStep("nobody_late")
    return _replaced(evolve(lot, silent=(*lot.silent, *late)), step.at)


def _replaced(lot: Lot, at: datetime) -> Lot:
    missing = lot.seats - len(lot.accepted) - len(lot.waiting())
    coming = [name for name in lot.order if name not in lot.asked][:missing]
    return _settled(evolve(lot, asked={**lot.asked, **dict.fromkeys(coming, at)}), at)


def _settled(lot: Lot, at: datetime) -> Lot:
    if lot.waiting():
        return lot
    return evolve(lot, stage=L.DONE if len(lot.accepted) == lot.seats else L.SHORT)


TABLE: dict[tuple[LotStage, str], tuple[Who, Apply]] = {
    (L.NEW, "freeze"): (_system, _freeze),
    (L.COMMITS, "commit"): (_elector, _commit),
    (L.COMMITS, "close_commits"): (_opener_or_clock, _close_commits),
    (L.REVEALS, "reveal_secret"): (_elector, _reveal),
    (L.REVEALS, "close_reveals"): (_opener_or_clock, _close_reveals),
    (L.BEACON, "read_beacon"): (_reader, _read_beacon),
    (L.BEACON, "give_up"): (_system, _give_up),
    (L.ANSWERS, "accept_draw"): (_drawn, _accept),
    (L.ANSWERS, "refuse_draw"): (_drawn, _refuse),
    (L.ANSWERS, "note_silent"): (_system, _note_silence),
}


def advance(lot: Lot, step: Step, terms: LotTerms) -> Lot:
    """Return the lot after `step`, or raise IllegalStep, NotEntitled or Invalid: nothing in between."""
    rule = TABLE.get((lot.stage, step.kind))
    if rule is None:
        raise IllegalStep("not_now", stage=lot.stage.value, act=step.kind)
    who, apply = rule
    who(lot, step.actor)
    return evolve(apply(lot, step, terms), seq=lot.seq + 1)


def replay(steps: Iterable[Step], terms: LotTerms) -> Lot:
    """Return the lot after all its steps, from nothing."""
    lot = Lot()
    for step in steps:
        lot = advance(lot, step, terms)
    return lot


def next_at(lot: Lot, terms: LotTerms) -> tuple[str, datetime] | None:
    """Return the step that the clock takes next, and when; None if nothing waits for it."""
    if lot.stage is L.COMMITS and lot.commits_end:
        return "close_commits", lot.commits_end
    if lot.stage is L.REVEALS and lot.reveals_end:
        return "close_reveals", lot.reveals_end
    if lot.stage is L.BEACON and (until := _readings_end(lot, terms)):
        return "give_up", until
    if lot.stage is L.ANSWERS and lot.waiting():
        first = min(lot.asked[name] for name in lot.waiting())
        return "note_silent", first + timedelta(days=terms.answer_days)
    return None


def legal_steps(lot: Lot, viewer: int | None) -> tuple[LegalStep, ...]:
    """Return the steps of this stage that people take, with the refusal that this person would meet."""
    found = []
    for (stage, kind), (who, _apply) in TABLE.items():
        if stage is not lot.stage or who is _system:
            continue
        try:
            who(lot, viewer if viewer is not None else -1)
        except DomainError as refusal:
            found.append(LegalStep(kind, False, refusal.code, dict(refusal.facts)))
        else:
            found.append(LegalStep(kind, True, "", {}))
    return tuple(found)
