"""Lots in the tables: frozen and entered first, the clock, the draw redone from the register, the mandates."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.actions.circles import leave_circle
from governance.actions.lots import MOST_OPEN, Frozen, act_in_lot, due_lots, open_lot
from governance.actions.mandates import begin_mandate
from governance.errors import DomainError, Invalid, NotEntitled, NotFound, WrongState
from governance.models import Charter, Election, Entry, Lot, LotStep, Mandate
from governance.queries.choosing_waiting import choosing_waits
from governance.queries.lots import lot_view, lots
from governance.queries.register import check_register
from governance.rules.electing import ElectionStage
from governance.rules.lot import permutation, seed
from governance.rules.mandates import Stint, term
from governance.tasks import close_due
from network.clock import day_of, now
from tests.governance.rules.test_lot_process import key, mark


def frozen(cast, **changed) -> Frozen:
    at = now()
    values = {
        "role": "secrétariat",
        "seats": 1,
        "months": 6,
        "pool": tuple(member.pk for member in cast.three),
        "eligibility": "Tout le cercle.",
        "beacon_source": "Deux dés lancés devant tout le monde.",
        "beacon_format": "dice:#-#",
        "commits_end": at + timedelta(hours=1),
        "reveals_end": at + timedelta(hours=2),
        **changed,
    }
    return Frozen(**values)


@pytest.fixture
def lot(cast) -> Lot:
    return open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=frozen(cast))


def do(lot, actor, kind, **payload):
    return act_in_lot(lot_id=lot.pk, actor=actor, kind=kind, payload=payload, key=uuid4())


def to_beacon(lot, cast):
    for number, member in enumerate(cast.three, start=1):
        do(lot, member, "commit", commitment=mark(number))
    do(lot, cast.alix, "close_commits")
    for number, member in enumerate(cast.three, start=1):
        do(lot, member, "reveal_secret", secret=key(number))
    do(lot, cast.alix, "close_reveals")


def to_answers(lot, cast):
    to_beacon(lot, cast)
    do(lot, cast.alix, "read_beacon", beacon="dice:6-2")
    do(lot, cast.camille, "read_beacon", beacon="dice:6-2")
    return lot_view(lot.pk, viewer=cast.alix)


def drawn_first(lot, cast):
    view = to_answers(lot, cast)
    return next(member for member in cast.three if member.pk == view.order[0].person.id)


def test_everything_is_frozen_and_entered_before_anybody_commits(lot, cast):
    body = Entry.objects.get(kind="lot").body
    assert (body["phase"], body["seats"], body["beacon_format"]) == ("frozen", 1, "dice:#-#")
    assert {each["label"] for each in body["pool"]} == {"membre-1", "membre-2", "membre-3"}
    assert "Alix" not in str(body)
    assert lots(viewer=cast.dominique)[0].stage == "commits"


def test_the_register_holds_all_that_is_needed_to_redo_the_draw(lot, cast):
    view = to_answers(lot, cast)
    body = Entry.objects.filter(kind="lot").order_by("seq").last().body
    secrets = [bytes.fromhex(each["key"])[32:] for each in body["reveals"]]
    sown = seed(body["identifier"], secrets, body["beacon"])
    assert sown.hex() == body["seed"] == view.seed
    assert permutation(sown, body["pool"]) == body["order"]
    assert len(body["read_by"]) == 2
    assert check_register(cast.collective).first_bad is None


def test_a_refusal_calls_the_next_and_acceptance_begins_the_mandate(lot, cast):
    view = to_answers(lot, cast)
    first, second = (next(m for m in cast.three if m.pk == each.person.id) for each in view.order[:2])
    do(lot, first, "refuse_draw")
    with pytest.raises(NotEntitled, match="not_drawn"):
        do(lot, first, "accept_draw")
    do(lot, second, "accept_draw")
    mandate = Mandate.objects.get()
    assert (mandate.member, mandate.role) == (second, "secrétariat")
    assert Stint(mandate.starts_on, mandate.ends_on) == term(day_of(now()), 6)
    assert (mandate.how, mandate.entry) == ("lot", Entry.objects.filter(kind="lot").order_by("seq").last())
    ended = Entry.objects.filter(kind="lot").order_by("seq").last().body
    assert (ended["phase"], len(ended["holders"]), len(ended["refused"])) == ("ended", 1, 1)
    assert [each.answer for each in lot_view(lot.pk, viewer=cast.alix).order] == ["refused", "accepted", ""]


def test_secrets_do_not_show_before_reveals_close(lot, cast):
    do(lot, cast.alix, "commit", commitment=mark(1))
    do(lot, cast.bachir, "commit", commitment=mark(2))
    do(lot, cast.alix, "close_commits")
    do(lot, cast.bachir, "reveal_secret", secret=key(2))
    view = lot_view(lot.pk, viewer=cast.alix)
    assert (view.secrets, [each.secret for each in view.commits]) == ((), ["", ""])
    assert [each.state for each in view.commits] == ["given", "revealed"]


def test_nobody_reads_the_dice_of_another_before_the_draw(lot, cast):
    """A second reading counts because it was made without the first: also after one's own, which may be corrected."""
    to_beacon(lot, cast)
    do(lot, cast.alix, "read_beacon", beacon="dice:6-2")
    do(lot, cast.bachir, "read_beacon", beacon="dice:1-1")
    seen = {member: lot_view(lot.pk, viewer=member) for member in (*cast.three, cast.dominique)}
    assert [[text for _, text in view.readings] for view in seen.values()] == [["dice:6-2"], ["dice:1-1"], [], []]
    assert {tuple(who.name for who in view.readers) for view in seen.values()} == {("Alix", "Bachir")}
    do(lot, cast.camille, "read_beacon", beacon="dice:6-2")
    shown = [(who.name, text) for who, text in lot_view(lot.pk, viewer=cast.dominique).readings]
    assert shown == [("Alix", "dice:6-2"), ("Bachir", "dice:1-1"), ("Camille", "dice:6-2")]


def test_a_mandate_that_has_ended_is_told_of_nobody_any_more(lot, cast):
    drawn = drawn_first(lot, cast)
    do(lot, drawn, "accept_draw")
    given = Mandate.objects.filter(how="lot")
    assert [who.name for who, _, _ in lot_view(lot.pk, viewer=cast.alix).holders] == [drawn.name]
    given.update(ended_at=now())
    assert lot_view(lot.pk, viewer=cast.alix).holders == ()
    yesterday = day_of(now()) - timedelta(days=1)
    given.update(ended_at=None, starts_on=yesterday, ends_on=yesterday)
    assert lot_view(lot.pk, viewer=cast.alix).holders == ()
    given.update(ends_on=day_of(now()))  # the last day counts
    assert len(lot_view(lot.pk, viewer=cast.alix).holders) == 1


def test_a_person_has_so_many_lots_at_work_in_a_circle(cast):
    made = [
        open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=frozen(cast, role=f"rôle {number}"))
        for number in range(MOST_OPEN)
    ]
    with pytest.raises(WrongState, match="lots_open") as refused:
        open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=frozen(cast))
    assert refused.value.facts["limit"] == MOST_OPEN
    open_lot(actor=cast.bachir, circle_id=cast.circle.pk, frozen=frozen(cast))
    do(made[0], drawn_first(made[0], cast), "accept_draw")
    open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=frozen(cast))


def test_the_list_folds_no_lot(cast):
    asked = {}
    for seats in (1, 2, 3):
        open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=frozen(cast, seats=seats))
        with CaptureQueriesContext(connection) as asked[seats]:
            found = lots(viewer=cast.alix)
    assert [row.seats for row in found] == [3, 2, 1]
    assert len(asked[3]) == len(asked[1])


def test_the_clock_closes_what_is_due_once(lot, cast, monkeypatch):
    do(lot, cast.alix, "commit", commitment=mark(1))
    do(lot, cast.bachir, "commit", commitment=mark(2))
    start = now()
    for place in ("governance.actions.lots.now",):
        monkeypatch.setattr(place, lambda: start + timedelta(hours=3))
    assert due_lots() == [lot.pk]
    assert close_due()["lots"] == 1
    lot.refresh_from_db()
    assert lot.stage == "void"  # two commitments, and no reveal in time
    assert close_due()["lots"] == 0
    assert Entry.objects.filter(kind="lot").order_by("seq").last().body["phase"] == "void"


def test_a_late_commitment_is_refused_by_the_clock_and_keeps_the_closing(lot, cast, monkeypatch):
    start = now()
    monkeypatch.setattr("governance.actions.lots.now", lambda: start + timedelta(hours=1, minutes=1))
    with pytest.raises(DomainError, match="not_now"):
        do(lot, cast.alix, "commit", commitment=mark(1))
    lot.refresh_from_db()
    assert lot.stage == "void"


def test_the_same_act_twice_is_one_act(lot, cast):
    again, said = uuid4(), {"commitment": mark(1)}
    first = act_in_lot(lot_id=lot.pk, actor=cast.alix, kind="commit", payload=said, key=again)
    assert act_in_lot(lot_id=lot.pk, actor=cast.alix, kind="commit", payload=said, key=again) == first
    assert LotStep.objects.filter(lot=lot, kind="commit").count() == 1


def test_whoever_held_the_role_recently_is_left_out(cast):
    today = day_of(now())
    ended = today - timedelta(days=30)
    begin_mandate(circle=cast.circle, member=cast.alix, role="secrétariat", starts_on=ended, ends_on=ended)
    made = open_lot(actor=cast.bachir, circle_id=cast.circle.pk, frozen=frozen(cast))
    view = lot_view(made.pk, viewer=cast.alix)
    assert [who.name for who in view.left_out] == ["Alix"]
    assert [who.name for _, who in view.pool] == ["Bachir", "Camille"]


def test_the_same_lot_sent_twice_is_one_lot_and_another_under_its_key_is_refused(cast):
    again, said = uuid4(), frozen(cast)
    first = open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=said, key=again)
    assert open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=said, key=again) == first
    assert (Lot.objects.count(), Entry.objects.filter(kind="lot").count()) == (1, 1)
    for actor, other in ((cast.alix, replace(said, seats=2)), (cast.bachir, said)):
        with pytest.raises(WrongState, match="key_reused"):
            open_lot(actor=actor, circle_id=cast.circle.pk, frozen=other, key=again)


def test_a_vacant_election_has_one_lot_until_that_leaves_a_seat_empty(cast):
    vacant = Election.objects.create(
        circle=cast.circle, opener=cast.alix, role="secrétariat", months=6, stage=ElectionStage.LOT.value
    )
    said = frozen(cast, election_id=vacant.pk)

    def opened() -> Lot:
        return open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=said)

    first = opened()
    with pytest.raises(WrongState, match="election_has_lot") as refused:
        opened()
    assert refused.value.facts["lot"] == first.pk
    view = to_answers(first, cast)
    for each in view.order:
        do(first, next(m for m in cast.three if m.pk == each.person.id), "refuse_draw")
    second = opened()  # the first ended short
    drawn = drawn_first(second, cast)
    leaves = Mandate.objects.create(circle=cast.circle, member=drawn, role="secrétariat", starts_on=day_of(now()))
    do(second, drawn, "accept_draw")
    assert not second.mandates.exists()
    leaves.delete()
    third = opened()  # the second ended, and gave no mandate
    do(third, drawn_first(third, cast), "accept_draw")
    with pytest.raises(WrongState, match="election_has_lot"):
        opened()


def test_a_lot_whose_dice_nobody_reads_gives_way_to_another(cast, clock):
    """It asks those who opened an envelope, until a day; then it is void, and the election may have its next lot."""
    vacant = Election.objects.create(
        circle=cast.circle, opener=cast.alix, role="secrétariat", months=6, stage=ElectionStage.LOT.value
    )
    made = open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=frozen(cast, election_id=vacant.pk))
    to_beacon(made, cast)
    do(made, cast.alix, "read_beacon", beacon="dice:6-2")
    until = lot_view(made.pk, viewer=cast.alix).readings_until
    asked = {m: [w.due_at for w in choosing_waits(m, now()) if w.kind == "lot_beacon"] for m in cast.three}
    assert asked == {cast.alix: [], cast.bachir: [until], cast.camille: [until]}
    Lot.objects.update(next_at=None)  # as one from before there was an end
    clock.advance(days=8)
    assert close_due()["lots"] == 1
    made.refresh_from_db()
    assert (made.stage, made.entry.body["phase"], made.next_at) == ("void", "void", None)
    assert choosing_waits(cast.bachir, now()) == []
    at = now()
    dates = {"commits_end": at + timedelta(hours=1), "reveals_end": at + timedelta(hours=2)}
    open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=frozen(cast, election_id=vacant.pk, **dates))


def hold(cast, member, role, starts_on, days) -> Mandate:
    last = starts_on + timedelta(days=days - 1)
    return Mandate.objects.create(circle=cast.circle, member=member, role=role, starts_on=starts_on, ends_on=last)


def test_whom_the_charter_lets_rest_is_left_out_however_the_role_is_written(cast):
    today, charter = day_of(now()), Charter.objects.get()
    figures = {**charter.document["figures"], "lot.cooling_off_months": 0}
    Charter.objects.create(
        collective=cast.collective,
        version=2,
        digest="sha256:x",
        document={**charter.document, "figures": figures},
        adopted_at=now(),
    )
    hold(cast, cast.alix, "Secrétariat", today - timedelta(days=700), 400)
    hold(cast, cast.alix, "Secrétariat", today - timedelta(days=300), 400)  # renewed once: as often as may be
    hold(cast, cast.bachir, "Secrétariat", today - timedelta(days=300), 400)  # may be renewed
    made = open_lot(actor=cast.bachir, circle_id=cast.circle.pk, frozen=frozen(cast))
    view = lot_view(made.pk, viewer=cast.alix)
    assert [who.name for who in view.left_out] == ["Alix"]
    assert [who.name for _, who in view.pool] == ["Bachir", "Camille"]


def test_the_longest_mandate_by_lot_is_given(cast):
    made = open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=frozen(cast, months=36))
    do(made, drawn_first(made, cast), "accept_draw")
    mandate = Mandate.objects.get()
    assert mandate.ends_on == term(mandate.starts_on, 36).ends_on


def test_a_lot_that_ends_short_ends_whatever_became_of_those_who_accepted(cast, monkeypatch):
    """Two accept; one of them leaves, one is given the role by hand meanwhile; the third never answers."""
    made = open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=frozen(cast, seats=3))
    view = to_answers(made, cast)
    first, second = (next(m for m in cast.three if m.pk == each.person.id) for each in view.order[:2])
    for member in (first, second):
        do(made, member, "accept_draw")
    leave_circle(actor=first, circle_id=cast.circle.pk)
    given = hold(cast, second, "secrétariat", day_of(now()), 30)
    start = now()
    monkeypatch.setattr("governance.actions.lots.now", lambda: start + timedelta(days=8))
    assert close_due()["lots"] == 1
    assert due_lots() == []
    made.refresh_from_db()
    assert made.stage == "short"
    mandate = Mandate.objects.get(how="lot")
    assert (mandate.member, mandate.starts_on, mandate.entry) == (
        second,
        given.ends_on + timedelta(days=1),
        made.ending,
    )
    body = made.ending.body
    assert (body["phase"], len(body["holders"]), [each["why"] for each in body["without"]]) == (
        "short",
        1,
        ["not_in_circle"],
    )
    assert [who.name for who in lot_view(made.pk, viewer=cast.alix).without] == [first.name]
    assert check_register(cast.collective).first_bad is None


def test_who_left_the_circle_does_not_take_the_place_of_the_next(lot, cast):
    view = to_answers(lot, cast)
    first, second = (next(m for m in cast.three if m.pk == each.person.id) for each in view.order[:2])
    leave_circle(actor=first, circle_id=cast.circle.pk)
    with pytest.raises(NotEntitled, match="not_in_circle"):
        do(lot, first, "accept_draw")
    do(lot, first, "refuse_draw")
    do(lot, second, "accept_draw")
    assert Mandate.objects.get(how="lot").member == second


def test_a_lot_ends_although_somebody_holds_the_role_without_end(lot, cast):
    drawn = drawn_first(lot, cast)
    Mandate.objects.create(circle=cast.circle, member=drawn, role="secrétariat", starts_on=day_of(now()))
    do(lot, drawn, "accept_draw")
    lot.refresh_from_db()
    assert (lot.stage, [each["why"] for each in lot.ending.body["without"]]) == ("done", ["mandate_held"])
    assert [who.name for who in lot_view(lot.pk, viewer=cast.alix).without] == [drawn.name]


def test_what_cannot_be_opened(cast):
    with pytest.raises(NotEntitled, match="not_in_circle"):
        open_lot(actor=cast.dominique, circle_id=cast.circle.pk, frozen=frozen(cast))
    for changed, code in (
        ({"role": " "}, "field_missing"),
        ({"months": 0}, "months_out_of_bounds"),
        ({"months": 37}, "months_out_of_bounds"),
        ({"pool": (cast.dominique.pk,)}, "person_unknown"),
        ({"seats": 4}, "seats_too_many"),
        ({"election_id": 77}, "election_unknown"),
        ({"beacon_format": "dés"}, "beacon_without_number"),
        ({"reveals_end": datetime.max.replace(tzinfo=UTC)}, "field_malformed"),
        ({"commits_end": datetime.min.replace(tzinfo=UTC)}, "field_malformed"),
    ):
        with pytest.raises(Invalid, match=code):
            open_lot(actor=cast.alix, circle_id=cast.circle.pk, frozen=frozen(cast, **changed))
    assert not Lot.objects.exists()


def test_strangers_learn_of_no_lot(lot, cast):
    with pytest.raises(NotFound):
        lot_view(lot.pk, viewer=cast.fanny)
    with pytest.raises(NotEntitled, match="not_elector"):
        do(lot, cast.dominique, "commit", commitment=mark(4))
