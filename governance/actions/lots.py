"""Lots: freezing one, the one way to record a step, what the clock does, and the mandates at the end."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from governance import signals
from governance.actions import remote
from governance.actions.journal import append, body_digest, earlier, key_of
from governance.actions.lot_record import record_draw, record_end, record_opening
from governance.actions.mandates import begin_chosen
from governance.errors import IllegalStep, Invalid, NotEntitled, NotFound, WrongState
from governance.models import Circle, Election, Lot, LotStep
from governance.permissions import can_follow, can_propose, check_standing, in_circle, is_suspended
from governance.queries.election_states import locked_circle, lot_state, lot_terms_for
from governance.queries.lots import labels, lot_for, open_count
from governance.queries.mandates import resting as who_rests
from governance.queries.mandates import stints_of
from governance.queries.shapes import Receipt
from governance.queries.states import charter_of, seated, terms_of
from governance.rules.acts import LOT_ACTS
from governance.rules.charter import Terms
from governance.rules.electing import ElectionStage
from governance.rules.fields import clean
from governance.rules.lot_process import advance, next_at
from governance.rules.lot_state import Lot as LotState
from governance.rules.lot_state import LotStage
from governance.rules.mandates import add_months, longest
from governance.rules.register import instant_text
from governance.rules.session import Step
from network.clock import day_of, now
from network.models import Member
from network.rules.calendar import in_calendar
from network.rules.cards import plain
from network.signals import announce

ROLE_LENGTH = 60  # characters, as of a mandate
MOST_OPEN = 5  # lots of one person in one circle that have not ended: each asks everybody for envelopes


@dataclass(frozen=True)
class Frozen:
    """What is fixed before anything is drawn. `beacon_at` None: dice thrown once all secrets are known."""

    role: str
    seats: int
    months: int
    pool: tuple[int, ...]
    eligibility: str
    beacon_source: str
    beacon_format: str
    commits_end: datetime
    reveals_end: datetime
    beacon_at: datetime | None = None
    election_id: int | None = None


@transaction.atomic
def open_lot(*, actor: Member, circle_id: int, frozen: Frozen, key: UUID | None = None) -> Lot:
    """Freeze a lot and enter it in the register, before anybody commits. For members of the circle; locks its row.

    The same act under the same `key`, which the lot's identifier ends with, gets the same lot. A vacant election has
    one lot at a time.
    Whoever held the role within `lot.cooling_off_months`, or could not be given it again, is left out of the pool.
    Raises NotEntitled, Invalid, TermMissing, WrongState (`key_reused`, `election_has_lot`, `lots_open`).
    """
    circle = locked_circle(circle_id)
    if not can_follow(actor, circle):
        raise NotFound("circle_unknown")
    check_standing(actor, circle.collective_id)
    if not can_propose(actor, circle):
        raise NotEntitled("not_in_circle")
    frozen = _as_read(frozen)
    identifier = f"{settings.ORIGIN}/tirages/{key or uuid4()}"
    body = body_digest(f"circle:{circle.pk}", "freeze", asdict(frozen))
    done = _opened(identifier, actor, body)
    if done is not None:
        return done
    if open_count(actor, circle) >= MOST_OPEN:
        raise WrongState("lots_open", limit=MOST_OPEN)
    charter, at = charter_of(circle.collective), now()
    terms = terms_of(charter)
    _check(circle, frozen, longest(terms, "lot.months_max"))
    resting = left_out(circle, frozen, day_of(at), terms)
    lot = Lot.objects.create(
        circle=circle,
        opener=actor,
        charter=charter,
        role=frozen.role,
        months=frozen.months,
        identifier=identifier,
        election_id=frozen.election_id,
        created_at=at,
        changed_at=at,
    )
    payload = _payload(lot, frozen, resting)
    _write(lot, Step("freeze", None, at, payload), key, body)
    record_opening(lot=lot, state=lot_state(lot), payload=payload, at=at)
    return lot


def _payload(lot: Lot, frozen: Frozen, resting: set[int]) -> dict[str, object]:
    return {
        "opener": lot.opener_id,
        "identifier": lot.identifier,
        "electorate": seated(lot.circle),
        "pool": labels(lot.circle.collective_id, set(frozen.pool) - resting),
        "seats": frozen.seats,
        "beacon_format": frozen.beacon_format,
        "commits_end": instant_text(frozen.commits_end),
        "reveals_end": instant_text(frozen.reveals_end),
        "beacon_at": instant_text(frozen.beacon_at) if frozen.beacon_at else "",
        "beacon_source": frozen.beacon_source,
        "beacon_readers": "two" if frozen.beacon_at else "majority",
        "eligibility": frozen.eligibility,
        "left_out": sorted(resting),
    }


def _opened(identifier: str, actor: Member, body: str) -> Lot | None:
    found = Lot.objects.filter(identifier=identifier).first()
    if found is None:
        return None
    if found.opener_id != actor.pk or found.steps.get(seq=1).body_digest != body:
        raise WrongState("key_reused")
    return found


def _as_read(frozen: Frozen) -> Frozen:
    for name in ("commits_end", "reveals_end", "beacon_at"):
        if getattr(frozen, name) and not in_calendar(getattr(frozen, name)):
            raise Invalid("field_malformed", field=name)
    return replace(
        frozen,
        role=plain(frozen.role),
        eligibility=plain(frozen.eligibility),
        beacon_source=plain(frozen.beacon_source),
        beacon_format=plain(frozen.beacon_format),
    )


def _check(circle: Circle, frozen: Frozen, months_max: int) -> None:
    for name in ("role", "eligibility", "beacon_source", "beacon_format"):
        if not getattr(frozen, name):
            raise Invalid("field_missing", field=name)
    if len(frozen.role) > ROLE_LENGTH:
        raise Invalid("field_too_long", field="role", limit=ROLE_LENGTH)
    if not 1 <= frozen.months <= months_max:
        raise Invalid("months_out_of_bounds", field="months", months=months_max)
    if not set(frozen.pool) <= set(seated(circle)):
        raise Invalid("person_unknown", field="pool")
    vacant = Election.objects.filter(pk=frozen.election_id, circle=circle, stage=ElectionStage.LOT.value)
    if frozen.election_id is not None and not vacant.exists():
        raise Invalid("election_unknown", field="election_id")
    at_work = lot_for(frozen.election_id) if frozen.election_id is not None else None
    if at_work is not None:
        raise WrongState("election_has_lot", field="election_id", lot=at_work)


def left_out(circle: Circle, frozen: Frozen, today: date, terms: Terms) -> set[int]:
    """Return who of the pool held this role within the lot's cooling-off period, or could not be given it again.

    Asked here and never later: whoever is drawn and accepts is given the mandate.
    """
    months = terms.whole("lot.cooling_off_months")
    since, held = add_months(today, -months), stints_of(circle, frozen.role)
    recent = {person for person, times in held.items() if months and any(each.ends_on >= since for each in times)}
    return set(frozen.pool) & recent | set(who_rests(circle, frozen.role, frozen.months, frozen.pool, today, terms))


def locked_lot(lot_id: int) -> Lot:
    """Return the lot, its row locked until the transaction ends; raises NotFound."""
    rows = Lot.objects.select_for_update(of=("self",)).select_related("circle__collective", "charter", "opening")
    found = rows.filter(pk=lot_id).first()
    if found is None:
        raise NotFound("lot_unknown")
    return found


def act_in_lot(*, lot_id: int, actor: Member, kind: str, payload: Mapping[str, object], key: UUID | str) -> Receipt:
    """Do one act in a lot and return its receipt; the same act under the same key gets the same receipt again.

    What the clock has to do comes first. Locks the lot's row. Raises Invalid, NotEntitled, NotFound, WrongState.
    """
    if kind not in LOT_ACTS:
        raise Invalid("unknown_act", field="kind")
    values, key = clean(LOT_ACTS[kind], payload), key_of(key)
    body = body_digest(f"lot:{lot_id}", kind, values)
    with transaction.atomic():
        lot = locked_lot(lot_id)
        if not can_follow(actor, lot.circle):
            raise NotFound("lot_unknown")
        _tick(lot, now())
    about = remote.about_lot(lot)
    asked = not is_suspended(actor, lot.circle.collective_id)  # whom we refuse, their node is not asked about
    signed = remote.prepare(actor=actor, kind=kind, payload=values, key=key, about=about) if asked else None
    with transaction.atomic():
        lot = locked_lot(lot_id)
        repeated = earlier(actor, key, body)
        if repeated:
            return repeated
        check_standing(actor, lot.circle.collective_id)
        if kind == "accept_draw" and not in_circle(actor, lot.circle):
            raise NotEntitled("not_in_circle")  # no mandate could be given; their silence calls the next
        remote.keep(signed, actor=actor, kind=kind, key=key, about=about)  # before the entry that may follow cites it
        return _write(lot, Step(kind, actor.pk, now(), values), key, body)


def _write(lot: Lot, step: Step, key: UUID | None = None, body: str = "") -> Receipt:
    """Take a step of a lot and write what follows from it. Under the lock."""
    before, terms = lot_state(lot), lot_terms_for(lot.charter)
    after = advance(before, replace(step, seq=before.seq + 1), terms)
    code = after.stage.value if after.stage is not before.stage else "recorded"
    receipt = Receipt(after.seq, step.at, code, step.kind)
    append(LotStep, after.seq, step, receipt, key, body, lot=lot)
    due = next_at(after, terms)
    lot.stage, lot.seq, lot.changed_at, lot.next_at = after.stage.value, after.seq, step.at, due[1] if due else None
    lot.save(update_fields=["stage", "seq", "changed_at", "next_at"])
    _follow(lot, before, after, step.at)
    announce(signals.lot_advanced, lot_id=lot.pk, stage=lot.stage)
    return receipt


def _follow(lot: Lot, before: LotState, after: LotState, at: datetime) -> None:
    if after.seed and not before.seed or after.stage is LotStage.VOID:
        record_draw(lot=lot, state=after, at=at)
    if after.stage in {LotStage.DONE, LotStage.SHORT}:
        people = [after.pool[name] for name in after.accepted]
        without = begin_chosen(process=lot, people=people, months=lot.months, how="lot", at=at)
        record_end(lot=lot, state=after, without=without, at=at)
        lot.mandates.update(entry=lot.ending)


def due_lots() -> list[int]:
    """Return the lots that the clock has to move on."""
    unread = Q(stage=LotStage.BEACON.value, next_at=None)  # from before a beacon that nobody reads was given up
    return list(Lot.objects.filter(Q(next_at__lte=now()) | unread).values_list("pk", flat=True))


@transaction.atomic
def move_lot(*, lot_id: int) -> bool:
    """Close commitments or reveals, give up a beacon, or note silences, that are due; return whether anything was."""
    return _tick(locked_lot(lot_id), now())


def _tick(lot: Lot, at: datetime) -> bool:
    moved = False
    while True:
        due = next_at(lot_state(lot), lot_terms_for(lot.charter))
        if due is None or due[1] > at:
            return moved
        try:
            _write(lot, Step(due[0], None, at))
        except IllegalStep:
            return moved
        moved = True
