"""What a storm needs on the node's own data, and what is there afterwards. Runs in the node's settings: see
`storm.ask`."""

import json
from datetime import timedelta
from typing import Any

from django.conf import settings

from governance.actions import assemblies, charter, circles, proposals
from governance.models import Assembly, Attendance, Decision, RoomStep, Step
from governance.queries.parts import parts_of
from governance.queries.rooms import load, state_for
from governance.queries.states import room_of, session_state
from network.actions.collectives import found_collective
from network.clock import now
from network.models import Account, Member, Membership
from tests import factories
from tests.factories import session_of

MARK = "the storm says "


def say(found: object) -> None:
    """Print what was found where the caller looks for it."""
    print(MARK + json.dumps(found))


def convene(size: int, items: int) -> dict[str, Any]:
    """Make a circle of `size` people and convene it: nobody is there yet. The first facilitates; the next propose."""
    factories.node()
    collective = found_collective(name="Les Ateliers Réunis")
    charter.adopt_template(collective=collective, template="six_values")
    people = [_member(collective, number) for number in range(1, size + 1)]
    circle = circles.open_circle(actor=people[0], collective=collective, name="Tous", purpose="", members=people)
    agenda = [("", _proposal(circle, people[number], number)) for number in range(1, items + 1)]
    starts = {"title": "Assemblée", "starts_at": now(), "place": ""}
    assembly = assemblies.convene(actor=people[0], circle_id=circle.pk, agenda=agenda, **starts)
    members = [[person.pk, person.name, session_of(person.account)] for person in people]
    return {"assembly": assembly.pk, "people": members}


def _member(collective: Any, number: int) -> Member:
    name = {"handle": f"p{number}", "name": f"Personne {number}"}
    member = Member.objects.create(uri=f"{settings.ORIGIN}/u/p{number}", origin=settings.ORIGIN, local=True, **name)
    Membership.objects.create(collective=collective, member=member, number=number)
    Account.objects.create(username=f"p{number}", member=member, password="!")
    return member


def _proposal(circle: Any, proposer: Member, number: int) -> int:
    return proposals.draft_proposal(
        actor=proposer,
        circle_id=circle.pk,
        title=f"Proposition {number}",
        driver="Nos réunions en ligne laissent des membres de côté.",
        text="Nous nous réunissons au local chaque premier mardi du mois.",
        review_on=(now() + timedelta(days=200)).date(),
        responsible_id=proposer.pk,
        criteria="Au moins deux tiers de présence.",
    ).pk


def facts(assembly_id: int) -> dict[str, Any]:
    """Return the journals, and what a process that has seen nothing of the storm makes of them."""
    assembly = Assembly.objects.get(pk=assembly_id)
    room, sessions = room_of(assembly), list(assembly.sessions.order_by("pk"))
    rows = [_row("room", each) for each in RoomStep.objects.filter(assembly=assembly).order_by("seq")]
    for session in sessions:
        steps = Step.objects.filter(session=session).order_by("seq")
        rows += [{**_row("decision", each), "decision": session.pk} for each in steps]
    there = Attendance.objects.filter(assembly=assembly, present=True)
    return {
        "seq": assembly.seq,
        "rows": rows,
        "present": sorted(room.present),
        "attendance": sorted(there.values_list("member", flat=True)),
        "copies": [[assembly.stage, room.stage.value], *([each.stage, session_state(each).stage] for each in sessions)],
        "decisions": [_decision(each) for each in sessions],
    }  # fmt: skip


def _row(journal: str, row: Any) -> dict[str, Any]:
    return {
        "journal": journal,
        "seq": row.seq,
        "kind": row.kind,
        "actor": row.actor_id,
        "payload": row.payload,
        "key": str(row.key) if row.key else "",
        "receipt": row.receipt,
    }


def _decision(session: Any) -> dict[str, Any]:
    state = session_state(session)
    call = state.revealed[-1].positions if state.revealed else ()
    positions = {str(each.person): each.choice for each in call if each.choice != "no_position"}
    found = Decision.objects.filter(session=session)
    return {"session": session.pk, "stage": state.stage.value, "recorded": found.count(), "positions": positions}


def drawn(assembly_id: int) -> dict[str, str]:
    """Return the room as this process draws it from the journals: `""` for everybody, then each one's own part."""
    from frontend.live import draw_mine, draw_state

    loaded = load(assembly_id)
    found = {"": draw_state(state_for(loaded, "member"), "fr")}
    members = Member.objects.in_bulk(loaded.assembly.invited)
    lead = loaded.room.leading()
    parts = parts_of(loaded, {each: "facilitator" if pk == lead else "member" for pk, each in members.items()})
    return found | {str(pk): draw_mine(part.view, "fr") for pk, part in parts.items()}
