"""Random orders of events through the real doors, on the database: form, API and socket, judged from stored rows alone.

A sample of each: an order costs a third of a second. `make chaos ONLY=orders` walks many more; the rules themselves
are walked 100,000 times in rules/test_consent_orders.py.
"""

import os
import random
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from governance.actions.assemblies import payload_from
from governance.models import Decision, Entry
from governance.queries.register import check_register
from governance.queries.states import consent_terms_for, session_state
from governance.rules.consent import Stage, Step, replay
from tests.factories import node
from tests.governance.conftest import OBJECTION
from tests.governance.rules.chance import SPOKEN_OF, draw_words, judge_adoption, judge_words
from tests.governance.test_sockets import GUARD, phone, plain_frames  # noqa: F401  (a fixture)

FEW = "24" if os.environ.get("TOILE_TEST_DATABASE", "sqlite") == "sqlite" else "8"  # the rules are the same
ORDERS = int(os.environ.get("TOILE_TEST_DOOR_ORDERS", FEW))  # by form; half as many by API
EVENTS = 12


def body_of(dice, state, cast):
    """A payload as a form or program would send it: mostly right, now and then stale."""
    number = len(state.versions) - (dice.random() < 0.05)
    choice = dice.choice(("consent",) * 8 + ("concern", "objection"))
    return {
        **OBJECTION,
        **draw_words(dice, state, state.current),
        "version": number,
        "call": max(1, state.call),
        "round": max(1, state.round),
        "objection": state.current or 1,
        "choice": choice,
        "answer": "clear",
        "agree": dice.choice(("yes", "no")),
        "reason": "Parce que.",
        "exit": "alternative",
        "minutes": 5,
        "item": dice.choice((1, 2)),
        "person": dice.choice(cast.three).pk,
        "title": "Autre titre",
        "review_on": "2027-06-01",
        "responsible": cast.alix.pk,
        "criteria": "Deux tiers.",
        "fact": "La salle est vendue.",
        "addressee": "la ville",
        "digest": "x",
    }


KINDS = (
    ["position"] * 8
    + ["reveal"] * 5
    + ["judge"] * 3
    + ["close_test", "offer_amendment", "confirm_resolved", "accept_amendment", "choose_exit", "withdraw_objection"] * 2
    + ["check_in", "leave", "go_to_item", "extend", "draw_jury", "jury_vote", "close_decision", "reopen", "refine"]
    + ["hand_over", "accept_facilitation", "file_concern", "oppose_amendment", "keep", "amend", "submit", "pause"]
    + ["resume_meeting", "ask_to_speak", "undo"]
)


def by_form(cast, clients, actor, kind, body):
    """Post the form of an act, as a page without script does or as htmx does."""
    fields = {name: value for name, value in body.items() if value is not None}
    answer = clients[actor.pk].post(
        f"/assemblees/{cast.assembly.pk}/acte",
        {**fields, "kind": kind, "key": str(uuid4())},
        headers={"HX-Request": "true"} if body["agree"] == "yes" else {},
    )
    assert answer.status_code in {200, 302, 400, 403, 404, 409, 422}, answer.content
    assert answer.status_code != 302 or answer.url == f"/assemblees/{cast.assembly.pk}"
    return answer.status_code in {200, 302}


def by_api(cast, clients, actor, kind, body):
    document = {"kind": kind, "payload": payload_from(kind, body), "key": str(uuid4())}
    answer = clients[actor.pk].post(
        f"/api/v1/assemblies/{cast.assembly.pk}/acts", document, content_type="application/json"
    )
    assert answer.status_code in {200, 400, 403, 404, 409}, answer.content
    return answer.status_code == 200


def event(cast, dice):
    """Who does what, with what: half of it what the stage waits for, half of it anything by anybody."""
    state = state_of(cast)
    people = (*cast.three, cast.bachir, cast.bachir, cast.dominique)
    actor, kind = dice.choice(people), dice.choice(KINDS)
    if dice.random() < 0.6:
        actor, kind = likely(state, cast, dice) or (actor, kind)
    return actor, kind, body_of(dice, state, cast)


def likely(state, cast, dice):
    """What the stage waits for, if anything."""
    if state.stage is Stage.OBJECTION_CALL:
        missing = [member for member in cast.three if member.pk not in state.sealed]
        return (dice.choice(missing), "position") if missing else (cast.bachir, "reveal")
    if state.stage is Stage.TEST:
        return dice.choice([(cast.alix, "judge"), (cast.bachir, "judge"), (cast.bachir, "close_test")])
    if state.stage is Stage.INTEGRATE:
        kinds = ["offer_amendment", "confirm_resolved", "accept_amendment"]
        return dice.choice([(member, kind) for member in cast.three for kind in kinds])
    return None


def rules_of(session):
    return consent_terms_for(session.charter, session.proposal.decision_class)


def steps_of(session):
    return [Step(row.kind, row.actor_id, row.at, row.payload, row.seq) for row in session.steps.all()]


def state_of(cast):
    """The state as the house reads it (from its cache and the newer rows); it is what all the steps tell."""
    session = cast.session()
    state = session_state(session)
    assert state == replay(steps_of(session), rules_of(session))
    return state


def judge(cast):
    """Every adoption among the stored steps is right, and each has its decision and its entry; whatever was said of a
    text was said of the one then on the table."""
    session = cast.session()
    rules, steps = rules_of(session), steps_of(session)
    adoptions = 0
    for number in range(1, len(steps) + 1):
        earlier, last = steps[: number - 1], steps[number - 1]
        if last.kind not in {"reveal", *SPOKEN_OF}:
            continue
        before, after = replay(earlier, rules), replay(steps[:number], rules)
        if last.kind in SPOKEN_OF:
            judge_words(earlier, last, before)
        if last.kind == "reveal" and after.stage.value == "adopted":
            adoptions += 1
            judge_adoption(steps[:number], last, before, after, rules)
    assert session.stage == replay(steps, rules).stage.value
    assert Decision.objects.filter(session=session).count() == adoptions
    assert Entry.objects.filter(kind="decision").count() >= adoptions
    return adoptions


def walk(cast, door, orders, seed):
    """Take so many orders from the opening of the call through a door, and judge each; return (adoptions, taken)."""
    clients = {}
    for member in (*cast.three, cast.dominique):
        clients[member.pk] = Client()
        clients[member.pk].login(username=member.handle, password="motdepasse-1")
    node()
    dice, adoptions, taken = random.Random(seed), 0, 0
    cast.to_call()
    for _ in range(orders):
        place = transaction.savepoint()
        for _ in range(EVENTS):
            actor, kind, body = event(cast, dice)
            taken += door(cast, clients, actor, kind, body)
        adoptions += judge(cast)
        assert check_register(cast.collective).first_bad is None
        transaction.savepoint_rollback(place)
        cache.clear()
    return adoptions, taken


@pytest.mark.slow
@pytest.mark.parametrize(("door", "orders"), [(by_form, ORDERS), (by_api, ORDERS // 2)])
def test_no_order_through_a_door_adopts_what_it_should_not(cast, door, orders, request):
    adoptions, taken = walk(cast, door, orders, request.node.name)
    assert adoptions, "some orders must adopt, or this shows nothing"
    assert taken > orders, "most orders must take some act"


@pytest.mark.slow
async def test_no_order_through_sockets_adopts_what_it_should_not(lasting_cast, monkeypatch):
    cast, dice, adoptions = lasting_cast, random.Random(20261121), 0
    monkeypatch.setattr("governance.consumers.BURST", 1_000_000)
    for _ in range(max(2, ORDERS // 25)):
        await sync_to_async(cast.to_call)()
        lines = {name: await phone(cast, name) for name in ("alix", "bachir", "camille", "dominique")}
        for _ in range(EVENTS * 3):
            actor, kind, body = await sync_to_async(event)(cast, dice)
            answer = await lines[actor.handle].say(kind, **payload_from(kind, body))
            assert answer["ok"] or answer["error"]
        for line in lines.values():
            await line.line.disconnect(timeout=GUARD)
        adoptions += await sync_to_async(judge)(cast)
    assert adoptions, "some orders must adopt, or this shows nothing"
