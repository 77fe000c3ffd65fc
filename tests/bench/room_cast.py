"""Collectives with a meeting each in which everybody is present.

The acts are those of the product, written in one transaction: the bench does not wait for the disk a thousand times.
"""

import json
import sys
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import transaction

from governance.actions import assemblies, charter, circles, presence
from governance.actions.journal import locked_assembly, save_assembly, write_room
from governance.queries.states import room_of
from governance.rules.session import Step
from network.actions.collectives import found_collective
from network.clock import now
from network.models import Account, Collective, Member, Membership
from tests.factories import session_of


@dataclass(frozen=True)
class Meeting:
    """A room and a session for each who is present; the first facilitates."""

    assembly_id: int
    sessions: list[str]


@transaction.atomic
def meeting(size: int) -> Meeting:
    """Found a collective of `size` people, convene all of them, and open the meeting."""
    collective = found_collective(name=f"Bench {size}")
    charter.adopt_template(collective=collective, template="six_values")
    people = [_member(collective, number) for number in range(1, size + 1)]
    circle = circles.open_circle(actor=people[0], collective=collective, name="Bench", purpose="", members=people)
    assembly = assemblies.convene(
        actor=people[0], circle_id=circle.pk, title="Bench", starts_at=now(), place="", agenda=[("Parler", None)]
    )
    row = locked_assembly(assembly.pk)
    room, at = room_of(row), now()
    for person in people:
        room, _ = write_room(row, room, Step("check_in", person.pk, at))
        presence.arrived(row, person, at)
    write_room(row, room, Step("open", people[0].pk, at))
    save_assembly(row)
    return Meeting(assembly.pk, [session_of(person.account) for person in people])


def _member(collective: Collective, number: int) -> Member:
    handle = f"c{collective.pk}p{number}"
    uri = f"{settings.ORIGIN}/u/{handle}"
    name = f"Prénom Nom {number}"
    member = Member.objects.create(uri=uri, origin=settings.ORIGIN, handle=handle, local=True, name=name)
    Membership.objects.create(collective=collective, member=member, number=number)
    Account.objects.create(username=handle, member=member, password="!")
    return member


def main() -> None:
    """Make a meeting of each size wanted, and print where they are."""
    print(json.dumps([asdict(meeting(int(size))) for size in sys.argv[1:]]))  # noqa: T201
