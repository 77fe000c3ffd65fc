"""A lot from the freezing to the mandates: windows, dropped reveals, two readers, replacements, and chance."""

import random
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.errors import DomainError
from governance.rules.lot import commitment, permutation, seed
from governance.rules.lot_process import TABLE, advance, next_at, replay
from governance.rules.lot_state import ENDED, Lot, LotStage, LotTerms
from governance.rules.session import Step

START = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
TERMS = LotTerms(min_reveals=2, answer_days=7)
PEOPLE = (1, 2, 3, 4)
L = LotStage


def key(person: int) -> str:
    return sha256(f"salt{person}".encode()).hexdigest() + sha256(f"secret{person}".encode()).hexdigest()


def mark(person: int) -> str:
    raw = bytes.fromhex(key(person))
    return commitment(raw[:32], raw[32:])


class Draw:
    def __init__(self, **changed):
        frozen = {
            "opener": 1,
            "identifier": "lot-1",
            "electorate": list(PEOPLE),
            "pool": {f"membre-{n}": n for n in PEOPLE},
            "seats": 2,
            "beacon_format": "dice:#-#",
            "beacon_at": "",
            "commits_end": (START + timedelta(hours=1)).isoformat(),
            "reveals_end": (START + timedelta(hours=2)).isoformat(),
            **changed,
        }
        self.lot, self.at, self.steps = Lot(), START, []
        self.take("freeze", None, **frozen)

    def take(self, kind, actor, **payload):
        step = Step(kind, actor, self.at, payload, self.lot.seq + 1)
        self.lot = advance(self.lot, step, TERMS)
        self.steps.append(step)
        return self

    def to_beacon(self, committed=PEOPLE, revealed=PEOPLE):
        for person in committed:
            self.take("commit", person, commitment=mark(person))
        self.take("close_commits", 1)
        for person in revealed:
            self.take("reveal_secret", person, secret=key(person))
        self.at = START + timedelta(hours=2)
        return self.take("close_reveals", None)

    def to_answers(self):
        return self.to_beacon().take("read_beacon", 1, beacon="dice:6-2").take("read_beacon", 2, beacon="dice:6-2")


def refused(code, draw, kind, actor, **payload):
    with pytest.raises(DomainError, match=code):
        draw.take(kind, actor, **payload)


def test_from_the_freezing_to_the_mandates():
    draw = Draw().to_answers()
    secrets = [bytes.fromhex(key(person))[32:] for person in PEOPLE]
    sown = seed("lot-1", secrets, "dice:6-2")
    assert draw.lot.seed == sown.hex()
    assert list(draw.lot.order) == permutation(sown, [f"membre-{n}" for n in PEOPLE])
    for name in draw.lot.order[:2]:
        draw.take("accept_draw", draw.lot.pool[name])
    assert (draw.lot.stage, draw.lot.accepted) == (L.DONE, draw.lot.order[:2])
    assert replay(draw.steps, TERMS) == draw.lot


def test_a_refusal_calls_the_next_without_a_new_draw():
    draw = Draw().to_answers()
    first, second, third, fourth = draw.lot.order
    refused("not_drawn", draw, "accept_draw", draw.lot.pool[third])
    draw.take("refuse_draw", draw.lot.pool[first])
    assert draw.lot.waiting() == (second, third)
    draw.at += timedelta(days=7)
    draw.take("note_silent", None)
    assert (set(draw.lot.silent), draw.lot.waiting()) == ({second, third}, (fourth,))
    assert draw.take("accept_draw", draw.lot.pool[fourth]).lot.stage is L.SHORT


def test_missing_and_wrong_reveals_are_dropped_and_named():
    draw = Draw()
    for person in PEOPLE:
        draw.take("commit", person, commitment=mark(person))
    draw.take("close_commits", 1)
    draw.take("reveal_secret", 1, secret=key(2))  # not hers
    assert draw.lot.wrong == {1}
    draw.take("reveal_secret", 2, secret=key(2)).take("reveal_secret", 3, secret=key(3))
    refused("reveals_missing", draw, "close_reveals", 1)
    draw.at = START + timedelta(hours=2)
    draw.take("close_reveals", None)
    assert (draw.lot.dropped, draw.lot.stage) == ({1, 4}, L.BEACON)
    assert draw.lot.secrets() == sorted((bytes.fromhex(key(n))[32:] for n in (2, 3)), key=bytes.hex)


def test_a_wrong_reveal_can_be_mended_in_time_only():
    draw = Draw().take("commit", 1, commitment=mark(1)).take("commit", 2, commitment=mark(2)).take("close_commits", 1)
    draw.take("reveal_secret", 1, secret=key(2)).take("reveal_secret", 1, secret=key(1))
    assert (draw.lot.wrong, set(draw.lot.reveals)) == (frozenset(), {1})
    refused("already_revealed", draw, "reveal_secret", 1, secret=key(1))
    draw.at = START + timedelta(hours=2)
    refused("reveals_over", draw, "reveal_secret", 2, secret=key(2))


def test_windows():
    draw = Draw()
    refused("not_now", draw, "reveal_secret", 1, secret=key(1))
    refused("too_early", draw, "close_commits", 1)
    refused("not_elector", draw, "commit", 9, commitment=mark(1))
    refused("commitment_malformed", draw, "commit", 1, commitment="abc")
    draw.take("commit", 1, commitment=mark(1))
    refused("already_committed", draw, "commit", 1, commitment=mark(2))
    refused("commitment_taken", draw, "commit", 2, commitment=mark(1))
    refused("not_lot_opener", draw, "close_commits", 2)
    assert next_at(draw.lot, TERMS) == ("close_commits", START + timedelta(hours=1))
    draw.at = START + timedelta(hours=1)
    refused("commits_over", draw, "commit", 2, commitment=mark(2))
    assert draw.take("close_commits", None).lot.stage is L.VOID


def test_reveals_close_before_the_beacon_exists():
    early = (START + timedelta(hours=2)).isoformat()
    with pytest.raises(DomainError, match="beacon_too_early"):
        Draw(beacon_at=early)
    draw = Draw(beacon_at=(START + timedelta(hours=5)).isoformat()).to_beacon()
    refused("beacon_not_yet", draw, "read_beacon", 1, beacon="dice:6-2")
    draw.at = START + timedelta(hours=5)
    draw.take("read_beacon", 1, beacon="dice:6-2")


def test_two_people_read_the_same_beacon():
    draw = Draw().to_beacon()
    refused("beacon_malformed", draw, "read_beacon", 1, beacon="dice:6")
    draw.take("read_beacon", 1, beacon="dice:6-2").take("read_beacon", 1, beacon="dice:6-2")
    assert draw.lot.stage is L.BEACON
    draw.take("read_beacon", 2, beacon="dice:6-3")
    assert draw.lot.stage is L.BEACON
    assert draw.take("read_beacon", 3, beacon="dice:6-3").lot.stage is L.ANSWERS
    assert draw.lot.beacon == "dice:6-3"


def test_dice_are_read_alike_by_most_of_those_who_opened_an_envelope():
    """All secrets are known by then: two people who agree must not choose the result."""
    draw = Draw(beacon_readers="majority", electorate=[*PEOPLE, 5]).to_beacon()
    refused("not_lot_reader", draw, "read_beacon", 5, beacon="dice:6-2")
    draw.take("read_beacon", 1, beacon="dice:6-2").take("read_beacon", 2, beacon="dice:6-2")
    draw.take("read_beacon", 3, beacon="dice:1-1")
    assert (draw.lot.stage, draw.lot.readings_needed) == (L.BEACON, 3)
    assert draw.take("read_beacon", 3, beacon="dice:6-2").lot.stage is L.ANSWERS
    two = Draw(beacon_readers="majority").to_beacon(revealed=PEOPLE[:2]).take("read_beacon", 1, beacon="dice:6-2")
    assert (two.lot.stage, two.take("read_beacon", 2, beacon="dice:6-2").lot.stage) == (L.BEACON, L.ANSWERS)


@pytest.mark.parametrize("beacon_at", ["", (START + timedelta(days=3)).isoformat()])
def test_a_lot_whose_beacon_nobody_reads_comes_to_nothing(beacon_at):
    draw = Draw(beacon_at=beacon_at).to_beacon()
    until = (START + timedelta(days=3) if beacon_at else START + timedelta(hours=2)) + timedelta(days=TERMS.answer_days)
    assert next_at(draw.lot, TERMS) == ("give_up", until)
    draw.at = until - timedelta(seconds=1)
    draw.take("read_beacon", 1, beacon="dice:6-2")
    refused("too_early", draw, "give_up", None)
    draw.at = until
    refused("only_the_clock", draw, "give_up", 1)
    assert draw.take("give_up", None).lot.stage is L.VOID
    assert (draw.lot.order, next_at(draw.lot, TERMS)) == ((), None)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"seats": 5}, "seats_too_many"),
        ({"seats": 0}, "seats_too_many"),
        ({"reveals_end": START.isoformat()}, "lot_dates"),
        ({"beacon_format": "dice"}, "beacon_without_number"),
    ],
)
def test_what_cannot_be_frozen(changed, code):
    with pytest.raises(DomainError, match=code):
        Draw(**changed)


def test_every_stage_but_ends_has_a_step():
    assert {stage for stage, _ in TABLE} == set(L) - ENDED


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_no_order_of_acts_seats_somebody_who_was_not_drawn_or_did_not_accept(chance):
    dice, draw = random.Random(chance), Draw()
    kinds = [kind for _, kind in TABLE if kind != "freeze"]
    for _ in range(120):
        kind, person = dice.choice(kinds), dice.choice((*PEOPLE, 9))
        actor = None if kind in {"note_silent"} or dice.random() < 0.1 else person
        if dice.random() < 0.08:
            draw.at += timedelta(hours=dice.choice((1, 24, 170)))
        said = {"commitment": mark(person), "secret": key(dice.choice((person, person, 1))), "beacon": "dice:1-1"}
        try:
            draw.take(kind, actor, **said)
        except DomainError:
            continue
    lot = draw.lot
    assert replay(draw.steps, TERMS) == lot
    accepted = {step.actor for step in draw.steps if step.kind == "accept_draw"}
    assert {lot.pool[name] for name in lot.accepted} == accepted
    assert len(lot.accepted) <= lot.seats
    assert set(lot.asked) <= set(lot.order)
    if lot.seed:
        good = [bytes.fromhex(step.payload["secret"])[32:] for step in draw.steps if step.kind == "reveal_secret"]
        assert set(lot.secrets()) <= set(good)
        assert len({step.actor for step in draw.steps if step.kind == "read_beacon"}) >= 2
