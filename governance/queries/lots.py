"""Lots as people may read them. Secrets show once reveals are closed: until then only who has given one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from governance.errors import NotFound
from governance.models import Circle, Election, Lot, LotStep
from governance.permissions import can_follow, in_circle
from governance.queries.circles import holders_of
from governance.queries.consent import persons
from governance.queries.consent_shapes import somebody
from governance.queries.election_states import lot_row, lot_state
from governance.queries.shapes import Person
from governance.queries.states import names_of
from governance.rules.consent import LegalStep
from governance.rules.electing import ElectionStage
from governance.rules.lot_process import legal_steps
from governance.rules.lot_state import ENDED, LotStage
from governance.rules.lot_state import Lot as LotState
from network.clock import day_of, now
from network.models import Member, Membership


@dataclass(frozen=True)
class LotRow:
    """One line of the list of lots."""

    id: int
    role: str
    circle: str
    stage: str
    seats: int
    changed_at: datetime


@dataclass(frozen=True)
class Drawn:
    """One name of the order drawn; `answer`: accepted, refused, silent, asked, or empty while not asked."""

    label: str
    person: Person
    answer: str


@dataclass(frozen=True)
class Commit:
    """One commitment; `state`: given, revealed, wrong or missing. What opens it shows once reveals are closed: the key
    is the salt and the secret, 32 bytes each, in hex.
    """

    person: Person
    commitment: str
    state: str
    key: str
    secret: str


@dataclass(frozen=True)
class LotView:
    """One lot, with everything needed to redo it once it is drawn."""

    id: int
    role: str
    circle: Person
    opener: Person
    stage: str
    months: int
    seats: int
    identifier: str
    eligibility: str
    beacon_source: str
    beacon_format: str
    beacon_at: datetime | None
    commits_end: datetime | None
    reveals_end: datetime | None
    pool: tuple[tuple[str, Person], ...]
    left_out: tuple[Person, ...]
    commits: tuple[Commit, ...]
    by_majority: bool  # dice, read alike by most of those who opened an envelope; else by any two people
    readings_needed: int
    readings_until: datetime | None  # without enough alike by then, nothing is drawn
    readings_differ: bool
    readers: tuple[Person, ...]  # who has written down the beacon
    readings: tuple[tuple[Person, str], ...]  # what they wrote: before the draw each reads their own alone
    secrets: tuple[str, ...]
    beacon: str
    seed: str
    order: tuple[Drawn, ...]
    holders: tuple[tuple[Person, date, date | None], ...]  # of mandates that have not ended
    without: tuple[Person, ...]  # accepted, and could not be given the mandate
    entries: tuple[int, ...]
    acts: tuple[LegalStep, ...]
    committed: bool  # the reader has
    revealed: bool
    mine: bool
    election_id: int | None


def lots(*, viewer: Member | None) -> tuple[LotRow, ...]:
    """Return the lots of the collectives of this person, the last changed first."""
    if viewer is None:
        return ()
    collectives = viewer.memberships.filter(state="active").values_list("collective_id", flat=True)
    rows = Lot.objects.filter(circle__collective_id__in=list(collectives)).select_related("circle")
    found = list(rows.order_by("-changed_at", "-pk"))
    frozen = LotStep.objects.filter(lot__in=found, seq=1)  # not every journal, for one figure of each
    seats = dict(frozen.values_list("lot_id", "payload__seats"))
    return tuple(LotRow(r.pk, r.role, r.circle.name, r.stage, seats[r.pk], r.changed_at) for r in found)


def lot_view(lot_id: int, *, viewer: Member | None) -> LotView:
    """Return one lot. For members of the collective; others get NotFound."""
    lot = lot_row(lot_id)
    if not can_follow(viewer, lot.circle):
        raise NotFound("lot_unknown")
    state, frozen = lot_state(lot), lot.steps.get(seq=1).payload
    names = names_of({*state.pool.values(), *state.electorate, *frozen["left_out"]})
    number = viewer.pk if viewer else 0
    entries = (each.seq for each in (lot.opening, lot.entry, lot.ending) if each)
    held = lot.mandates.select_related("member").order_by("pk")
    return LotView(
        id=lot.pk,
        role=lot.role,
        circle=Person(lot.circle_id, lot.circle.name),
        opener=somebody(lot.opener_id, lot.opener.name),
        stage=lot.stage,
        months=lot.months,
        seats=state.seats,
        identifier=state.identifier,
        eligibility=frozen["eligibility"],
        beacon_source=frozen["beacon_source"],
        beacon_format=state.beacon_format,
        beacon_at=state.beacon_at,
        commits_end=state.commits_end,
        reveals_end=state.reveals_end,
        pool=tuple((label, _who(names, state.pool[label])) for label in sorted(state.pool, key=str.encode)),
        left_out=persons(names, frozen["left_out"]),
        commits=_commits(state, names),
        by_majority=state.by_majority,
        readings_needed=state.readings_needed,
        readings_until=lot.next_at if state.stage is LotStage.BEACON else None,
        readings_differ=len(set(state.readings.values())) > 1,
        readers=persons(names, state.readings),
        readings=_readings(state, number, names),
        secrets=tuple(secret.hex() for secret in state.secrets()) if _closed(state) else (),
        beacon=state.beacon,
        seed=state.seed,
        order=tuple(Drawn(label, _who(names, state.pool[label]), _answer(state, label)) for label in state.order),
        holders=holders_of(held, day_of(now())),
        without=_without(state, {m.member_id for m in held}, names) if lot.ending else (),
        entries=tuple(entries),
        acts=legal_steps(state, number),
        committed=number in state.commits,
        revealed=number in state.reveals,
        mine=in_circle(viewer, lot.circle),
        election_id=lot.election_id,
    )


def _without(state: LotState, held: set[int], names: dict[int, str]) -> tuple[Person, ...]:
    return tuple(_who(names, state.pool[each]) for each in state.accepted if state.pool[each] not in held)


def _who(names: dict[int, str], number: int) -> Person:
    return Person(number, names.get(number, ""))


def _closed(state: LotState) -> bool:
    return state.stage not in {LotStage.COMMITS, LotStage.REVEALS}


def _readings(state: LotState, viewer: int, names: dict[int, str]) -> tuple[tuple[Person, str], ...]:
    """Nobody copies from another: a reading counts as a second one because it was made without the first."""
    shown = sorted((person, text) for person, text in state.readings.items() if state.order or person == viewer)
    return tuple((_who(names, person), text) for person, text in shown)


def _commits(state: LotState, names: dict[int, str]) -> tuple[Commit, ...]:
    keys = state.reveals if _closed(state) else {}
    return tuple(
        Commit(_who(names, person), mark, _standing(state, person), keys.get(person, ""), keys.get(person, "")[64:])
        for person, mark in sorted(state.commits.items())
    )


def _standing(state: LotState, person: int) -> str:
    if person in state.reveals:
        return "revealed"
    if person in state.wrong:
        return "wrong"
    return "missing" if _closed(state) else "given"


def _answer(state: LotState, label: str) -> str:
    if label not in state.asked:
        return ""
    found = {"accepted": state.accepted, "refused": state.refused, "silent": state.silent}
    return next((word for word, names in found.items() if label in names), "asked")


def labels(collective_id: int, people: Iterable[int]) -> dict[str, int]:
    """Return the pool as it is drawn from: register numbers, so that the draw can be redone when a name is erased."""
    rows = Membership.objects.filter(collective_id=collective_id, member_id__in=list(people), number__isnull=False)
    return {f"membre-{number}": person for number, person in sorted(rows.values_list("number", "member_id"))}


@dataclass(frozen=True)
class LotChoices:
    """Where a person may open a lot: their circles, with who sits there."""

    circles: tuple[tuple[Person, tuple[Person, ...]], ...]


def lot_choices(viewer: Member | None) -> LotChoices:
    """Return the circles of this person with their members."""
    if viewer is None:
        return LotChoices(())
    circles = Circle.objects.filter(seats__member=viewer, seats__until=None).order_by("name")
    return LotChoices(tuple((Person(each.pk, each.name), _seated(each)) for each in circles))


def _seated(circle: Circle) -> tuple[Person, ...]:
    seats = circle.seats.filter(until=None).select_related("member").order_by("member__name")
    return tuple(somebody(seat.member_id, seat.member.name) for seat in seats)


def lot_for(election_id: int) -> int | None:
    """Return the lot that has a vacant election in hand, or has settled it: no other lot is opened for it meanwhile.

    None while there is none, or if the last ones left seats without a mandate.
    """
    for lot in Lot.objects.filter(election_id=election_id).order_by("-pk"):
        given = lot.mandates.count()
        if LotStage(lot.stage) not in ENDED or (lot.stage == LotStage.DONE.value and given == lot_state(lot).seats):
            return lot.pk
    return None


def open_count(member: Member, circle: Circle) -> int:
    """Return how many lots that this person opened in the circle have not ended."""
    ended = [stage.value for stage in ENDED]
    return Lot.objects.filter(opener=member, circle=circle).exclude(stage__in=ended).count()


@dataclass(frozen=True)
class Vacancy:
    """What a vacant election hands to a lot."""

    election_id: int
    circle_id: int
    role: str
    months: int


def vacancy(election_id: int, *, viewer: Member | None) -> Vacancy | None:
    """Return what an election that was left to a lot hands over; None if it was not, or is not the reader's."""
    found = Election.objects.select_related("circle").filter(pk=election_id, stage=ElectionStage.LOT.value).first()
    if found is None or not in_circle(viewer, found.circle):
        return None
    prepared = found.steps.filter(kind__in=["prepare", "edit_role"]).order_by("-seq").first()
    return Vacancy(found.pk, found.circle_id, found.role, prepared.payload["months"])
