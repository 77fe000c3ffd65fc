"""Circles: who may open one, welcome others in it and give its mandates; the action itself says no."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from governance.actions.circles import (
    assign_mandate,
    begin_mandate,
    close_circle,
    end_mandate,
    join_circle,
    leave_circle,
    open_circle,
)
from governance.actions.elections import call_election
from governance.errors import DomainError, Invalid, NotEntitled, NotFound, TermMissing, WrongState
from governance.models import (
    Assembly,
    Charter,
    Circle,
    CircleEvent,
    CircleMember,
    Decision,
    Election,
    Lot,
    Mandate,
    Proposal,
)
from governance.queries.agenda import circles
from governance.queries.circles import circle_page, running
from governance.queries.mandates import ending_mandates
from governance.queries.moderators import MODERATION, mandated
from governance.queries.states import charter_of, seated, terms_of
from governance.queries.waiting import waiting_for
from governance.rules.mandates import last_day
from network.clock import day_of, now


def test_member_of_the_collective_opens_a_circle(cast):
    circle = open_circle(actor=cast.dominique, collective=cast.collective, name="Repas", members=[cast.dominique])
    assert [seat.member for seat in circle.seats.all()] == [cast.dominique]


def test_stranger_opens_none(cast):
    with pytest.raises(NotEntitled, match="not_member"):
        open_circle(actor=cast.fanny, collective=cast.collective, name="Repas")
    assert not Circle.objects.filter(name="Repas").exists()


def test_member_of_the_circle_welcomes_and_gives_mandates(cast):
    join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.dominique)
    assign_mandate(
        actor=cast.bachir, circle_id=cast.circle.pk, member=cast.dominique, role="secretary", starts_on=day_of(now())
    )
    assert Mandate.objects.get().member == cast.dominique


def test_outside_of_the_circle_nobody_does(cast):
    seats = CircleMember.objects.count()
    for actor, refusal in ((cast.dominique, NotEntitled), (cast.fanny, NotFound)):
        with pytest.raises(refusal):
            join_circle(actor=actor, circle_id=cast.circle.pk, member=cast.dominique)
        with pytest.raises(refusal):
            assign_mandate(
                actor=actor, circle_id=cast.circle.pk, member=cast.alix, role="facilitator", starts_on=day_of(now())
            )
    assert CircleMember.objects.count() == seats
    assert not Mandate.objects.exists()


def test_stranger_is_not_seated_by_anybody(cast):
    with pytest.raises(NotEntitled, match="not_member"):
        join_circle(actor=cast.alix, circle_id=cast.circle.pk, member=cast.fanny)
    with pytest.raises(NotFound):
        join_circle(actor=cast.alix, circle_id=999_999, member=cast.dominique)


def test_one_name_opened_by_many_at_once_is_one_circle(lasting_cast):
    cast, barrier = lasting_cast, Barrier(8)

    def opening(_: int) -> str:
        barrier.wait()
        try:
            open_circle(actor=cast.alix, collective=cast.collective, name="Repas", members=[cast.alix])
        except DomainError as refusal:
            return refusal.code if isinstance(refusal, Invalid) else "another"
        finally:
            connection.close()
        return "opened"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(opening, range(8)))
    assert outcomes == ["name_taken"] * 7 + ["opened"]
    assert Circle.objects.filter(name="Repas").count() == 1


def give(cast, member, role="facilitator", actor=None, **more):
    return assign_mandate(
        actor=actor or cast.alix,
        circle_id=cast.circle.pk,
        member=member,
        role=role,
        **{"starts_on": day_of(now()), **more},
    )


def journal(circle):
    rows = CircleEvent.objects.filter(circle=circle).order_by("pk")
    return [(each.kind, each.actor and each.actor.name, each.member and each.member.name) for each in rows]


def test_journal_tells_who_changed_what(cast):
    circle = open_circle(actor=cast.alix, collective=cast.collective, name="Repas", members=[cast.alix])
    join_circle(actor=cast.alix, circle_id=circle.pk, member=cast.dominique)
    join_circle(actor=cast.alix, circle_id=circle.pk, member=cast.dominique)
    mandate = assign_mandate(
        actor=cast.dominique, circle_id=circle.pk, member=cast.alix, role="secretary", starts_on=day_of(now())
    )
    end_mandate(actor=cast.dominique, mandate_id=mandate.pk, reason="Trop de travail.")
    end_mandate(actor=cast.dominique, mandate_id=mandate.pk, reason="Encore.")
    leave_circle(actor=cast.dominique, circle_id=circle.pk)
    assert journal(circle) == [
        ("opened", "Alix", None),
        ("joined", "Alix", "Alix"),
        ("joined", "Alix", "Dominique"),
        ("mandate_given", "Dominique", "Alix"),
        ("mandate_ended", "Dominique", "Alix"),
        ("left", "Dominique", "Dominique"),
    ]
    assert Mandate.objects.get().ended_reason == "Trop de travail."
    with pytest.raises(TypeError):
        CircleEvent.objects.all().delete()


def test_leaving_ends_the_mandates_held_there(cast):
    other = open_circle(actor=cast.camille, collective=cast.collective, name="Repas", members=[cast.camille])
    kept = assign_mandate(
        actor=cast.camille, circle_id=other.pk, member=cast.camille, role="secretary", starts_on=day_of(now())
    )
    give(cast, cast.camille, MODERATION)
    give(cast, cast.camille, "secretary", starts_on=day_of(now()) + timedelta(days=30))
    assert mandated() == [cast.camille.pk]
    leave_circle(actor=cast.camille, circle_id=cast.circle.pk)
    leave_circle(actor=cast.camille, circle_id=cast.circle.pk)
    assert mandated() == []
    assert list(running(day_of(now()))) == [kept]
    assert cast.camille.pk not in seated(cast.circle)
    with pytest.raises(NotEntitled, match="not_in_circle"):
        give(cast, cast.alix, actor=cast.camille)


def test_last_of_the_first_circle_stays_and_it_never_closes(cast):
    for member in (cast.alix, cast.bachir):
        leave_circle(actor=member, circle_id=cast.circle.pk)
    with pytest.raises(WrongState, match="last_in_first_circle"):
        leave_circle(actor=cast.camille, circle_id=cast.circle.pk)
    with pytest.raises(WrongState, match="first_circle_stays"):
        close_circle(actor=cast.camille, circle_id=cast.circle.pk)


def test_empty_circle_is_closed_by_a_member_once(cast):
    circle = open_circle(actor=cast.dominique, collective=cast.collective, name="Repas", members=[cast.dominique])
    with pytest.raises(WrongState, match="circle_not_empty"):
        close_circle(actor=cast.alix, circle_id=circle.pk)
    leave_circle(actor=cast.dominique, circle_id=circle.pk)
    with pytest.raises(NotFound):
        close_circle(actor=cast.fanny, circle_id=circle.pk)
    first = close_circle(actor=cast.alix, circle_id=circle.pk).closed_at
    assert close_circle(actor=cast.bachir, circle_id=circle.pk).closed_at == first
    assert [each.name for each in circles(viewer=cast.alix, collective=cast.collective)] == ["Cercle général"]


def test_mandate_says_mission_end_and_where_it_speaks(cast):
    other = open_circle(actor=cast.alix, collective=cast.collective, name="Repas", members=[cast.alix])
    mandate = give(cast, cast.bachir, "representative", mission="Porter nos besoins.", to_circle_id=other.pk)
    assert mandate.ends_on == last_day(day_of(now()), terms_of(charter_of(cast.collective)))
    page = circle_page(other.pk, viewer=cast.dominique)
    assert [(each.person.name, each.circle.name) for each in page.represented] == [("Bachir", "Cercle général")]
    assert cast.bachir.pk not in seated(other)  # the other circle welcomes whom it wants
    with pytest.raises(Invalid, match="circle_unknown"):
        give(cast, cast.bachir, "other", to_circle_id=cast.circle.pk)
    with pytest.raises(NotFound):
        circle_page(other.pk, viewer=cast.fanny)


def test_limits_of_the_charter_hold_whoever_gives(cast, clock):
    today = day_of(clock.now())
    with pytest.raises(Invalid, match="mandate_too_long"):
        give(cast, cast.bachir, starts_on=today, ends_on=today + timedelta(days=1200))
    for _ in range(2):
        ends_on = give(cast, cast.bachir, " Facilitator", starts_on=day_of(clock.now())).ends_on
        clock.advance(days=(ends_on - day_of(clock.now())).days + 1)
    for role in ("facilitator", "FACILITATOR "):
        with pytest.raises(WrongState, match="cooling_off"):
            begin_mandate(
                circle=cast.circle, member=cast.bachir, role=role, starts_on=day_of(clock.now()), ends_on=None,
                how="election",
            )  # fmt: skip
    give(cast, cast.camille, starts_on=day_of(clock.now()))
    clock.advance(days=366)
    give(cast, cast.bachir, starts_on=day_of(clock.now()))


def test_far_days_are_refused(cast):
    for days, field in (({"starts_on": date(9999, 1, 1)}, "starts_on"), ({"ends_on": date(9999, 12, 31)}, "ends_on")):
        with pytest.raises(Invalid, match="field_malformed") as refused:
            give(cast, cast.bachir, **days)
        assert refused.value.facts["field"] == field


def test_a_day_begins_at_midnight_where_the_node_is(cast, clock, settings):
    settings.TIME_ZONE = "Europe/Paris"
    clock.instant = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # half past midnight in Paris
    with pytest.raises(Invalid, match="date_past"):
        give(cast, cast.bachir, starts_on=date(2026, 11, 20))
    over = give(cast, cast.bachir, starts_on=date(2026, 11, 21), ends_on=date(2026, 11, 21))
    (line,) = circle_page(cast.circle.pk, viewer=cast.alix).mandates
    assert line.state == "now"
    clock.advance(days=1)
    assert circle_page(cast.circle.pk, viewer=cast.alix).mandates[0].state == "past"
    assert end_mandate(actor=cast.alix, mandate_id=over.pk, reason="Trop tard.").ended_at is None


def test_charter_that_sets_no_length_gives_no_mandate(cast):
    charter = charter_of(cast.collective)
    document = {
        **charter.document,
        "figures": {k: v for k, v in charter.document["figures"].items() if "mandate" not in k},
    }
    Charter.objects.create(
        collective=cast.collective, version=2, digest="sha256:x", document=document, adopted_at=now()
    )
    with pytest.raises(TermMissing) as missing:
        give(cast, cast.bachir)
    assert missing.value.facts["term"] == "mandate.max_months"
    assert circle_page(cast.circle.pk, viewer=cast.alix).longest is None


def test_who_may_end_a_mandate(cast):
    by_hand = give(cast, cast.bachir)
    elected = begin_mandate(
        circle=cast.circle, member=cast.bachir, role="secretary", starts_on=day_of(now()), ends_on=None, how="election"
    )
    with pytest.raises(NotEntitled, match="not_in_circle"):
        end_mandate(actor=cast.dominique, mandate_id=by_hand.pk, reason="Non.")
    with pytest.raises(NotEntitled, match="mandate_by_decision"):
        end_mandate(actor=cast.alix, mandate_id=elected.pk, reason="Non.")
    with pytest.raises(Invalid, match="field_missing"):
        end_mandate(actor=cast.alix, mandate_id=by_hand.pk, reason=" ")
    end_mandate(actor=cast.alix, mandate_id=by_hand.pk, reason="Je reprends.")
    end_mandate(actor=cast.bachir, mandate_id=elected.pk, reason="Je pars en voyage.")
    assert not running(day_of(now())).exists()


def test_same_act_again_gives_the_same_mandate(cast):
    key = uuid4()
    assert give(cast, cast.bachir, key=key) == give(cast, cast.bachir, key=key)
    assert Mandate.objects.count() == 1
    with pytest.raises(WrongState, match="mandate_held"):
        give(cast, cast.bachir)


def test_circle_hears_of_an_ending_mandate_until_somebody_follows(cast, clock):
    today = day_of(clock.now())
    give(cast, cast.bachir, starts_on=today, ends_on=today + timedelta(days=100))
    assert waiting_for(cast.alix, clock.now()) == []
    clock.advance(days=41)
    (own,), (line,) = waiting_for(cast.bachir, clock.now()), waiting_for(cast.alix, clock.now())
    assert (own.kind, own.title) == ("mandate_ending", "Cercle général")
    assert (line.kind, line.title) == ("mandate_to_follow", "Cercle général")
    for each in (own, line):
        assert (each.page, each.args) == ("circle", (cast.circle.pk,))
        assert each.due_at.date() == today + timedelta(days=101)
    assert waiting_for(cast.dominique, clock.now()) == []
    give(cast, cast.camille, starts_on=today + timedelta(days=101))
    assert waiting_for(cast.alix, clock.now()) == []


def test_decisions_in_force_are_neither_lapsed_nor_replaced(cast, clock):
    """The first one is reviewed and decided anew, and that text said itself when it ends."""

    def shown():
        return [each[0] for each in circle_page(cast.circle.pk, viewer=cast.alix).decisions]

    def review():
        enter()
        Proposal.objects.filter(pk=cast.proposal.pk).update(follows=first)
        cast.do(cast.alix, "edit_draft", ends_on="2026-12-31")

    cast.to_adopted()
    cast.do(cast.bachir, "close")
    first, enter = Decision.objects.get(), cast.enter
    assert shown() == [first.entry.seq]
    cast.enter = review
    cast.to_adopted(version=2)
    second = Decision.objects.exclude(pk=first.pk).get()
    assert shown() == [second.entry.seq]
    clock.set(datetime(2027, 1, 2, tzinfo=UTC))
    assert shown() == []


@pytest.mark.parametrize(
    ("left", "open_table"), [("new", False), ("vacant", False), ("ballot", False), ("ballot", True), ("lot", False)]
)
def test_an_election_or_a_lot_that_nobody_touches_seeks_no_successor(cast, clock, left, open_table):
    """The circle hears of the mandate again, unless the election is on a table."""
    today = day_of(clock.now())
    election = call_election(actor=cast.alix, circle_id=cast.circle.pk, role="clés", months=12)
    if left == "lot":
        election.delete()
        lot = {"circle": cast.circle, "opener": cast.alix, "role": "clés", "stage": "beacon", "identifier": "x"}
        Lot.objects.create(**lot, created_at=clock.now(), changed_at=clock.now())
    elif left != "new":
        cast.convene()
        Assembly.objects.update(stage="open" if open_table else "closed")
        Election.objects.update(stage=left, assembly=cast.assembly)
    last = today + timedelta(days=90)
    begin_mandate(circle=cast.circle, member=cast.bachir, role="Clés", starts_on=today, ends_on=last)
    heard = []
    for days in (55, 10):
        clock.advance(days=days)
        heard.append([each.kind for each in ending_mandates(cast.alix, clock.now())].count("mandate_to_follow"))
    assert heard == ([0, 0] if open_table else [1, 1] if left == "vacant" else [0, 1])


def test_others_hear_of_an_ending_mandate_only_while_there_is_something_to_do(cast, clock):
    today = day_of(clock.now())
    for member, role in ((cast.bachir, "Clés"), (cast.camille, "Caisse")):
        begin_mandate(circle=cast.circle, member=member, role=role, starts_on=today, ends_on=today + timedelta(days=30))
    assert [each.title for each in waiting_for(cast.alix, clock.now())] == ["Cercle général"]
    call_election(actor=cast.alix, circle_id=cast.circle.pk, role="clés", months=12)
    assert [each.title for each in waiting_for(cast.alix, clock.now())] == ["Cercle général"]
    assert {each.kind for each in waiting_for(cast.bachir, clock.now())} == {"mandate_ending", "mandate_to_follow"}
