"""What the browser test of entering with one's own node has done on a node's data, in one process."""

import json
from uuid import uuid4

from governance.actions.assemblies import act, convene
from governance.actions.circles import join_circle
from governance.actions.proposals import draft_proposal
from governance.models import Assembly, Circle
from network.actions.collectives import admit_member
from network.clock import now
from network.models import Member
from network.queries.collectives import home_collective


def seat(uri: str) -> None:
    """Make somebody of another node an active member here, and seat them in the first circle."""
    member, circle = Member.objects.get(uri=uri), Circle.objects.get()
    admit_member(collective=home_collective(), member=member)
    join_circle(actor=Member.objects.get(handle="alix"), circle_id=circle.pk, member=member)
    print(json.dumps(member.pk))


def call(title: str, uri: str) -> None:
    """Bring a proposal of Alix to the call for objections, with the guest present; tell room and proposal."""
    alix, guest, circle = Member.objects.get(handle="alix"), Member.objects.get(uri=uri), Circle.objects.get()
    proposal = draft_proposal(
        actor=alix, circle_id=circle.pk, title=title, driver="Nos réunions en ligne laissent des gens de côté.",
        text="Nous nous réunissons au local.", review_on="2027-06-01", responsible_id=alix.pk, criteria="La présence.",
    )  # fmt: skip
    room = convene(
        actor=guest, circle_id=circle.pk, title=title, starts_at=now(), place="Lille", agenda=[("", proposal.pk)]
    )

    def do(actor, kind, **payload):
        act(assembly_id=room.pk, actor=actor, kind=kind, payload=payload, key=uuid4())

    for person in (alix, guest):
        do(person, "check_in")
    do(guest, "open")
    do(guest, "go_to_item", item=1)
    do(alix, "submit", version=1)
    for person in (alix, guest):
        do(person, "answer_driver", version=1, answer="clear")
    do(guest, "accept_driver", version=1)
    do(guest, "start", version=1)
    for number in (1, 2):
        for person in (alix, guest):
            do(
                person,
                "take_turn" if number == 2 else "pass_turn",
                round=number,
                **({"text": "Oui."} if number == 2 else {}),
            )
        do(guest, "close_round", round=number)
    do(alix, "keep", version=1)
    print(json.dumps([Assembly.objects.latest("pk").pk, proposal.pk]))
