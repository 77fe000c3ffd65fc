"""Assemblies beside the live room: the list, what may be convened, the minutes."""

from dataclasses import dataclass
from typing import cast

from governance.errors import NotFound
from governance.models import Assembly, Circle, Minutes, Proposal
from governance.queries.consent import persons
from governance.queries.register import text_entry
from governance.queries.rooms import audience_of
from governance.queries.shapes import AnswerView, AssemblyRow, MinutesView, Person
from governance.queries.states import assembly_row, names_of, room_of
from network.models import Member


def assemblies(*, viewer: Member | None) -> tuple[AssemblyRow, ...]:
    """Return the assemblies that this person may follow, the next ones first."""
    if viewer is None:
        return ()
    collectives = viewer.memberships.filter(state="active").values_list("collective_id", flat=True)
    rows = Assembly.objects.filter(circle__collective_id__in=list(collectives)).select_related("circle")
    mine = set(viewer.circle_seats.filter(until=None).values_list("circle_id", flat=True))
    return tuple(
        AssemblyRow(a.pk, a.title, a.circle.name, a.starts_at, a.place, a.stage, a.items.count(), a.circle_id in mine)
        for a in rows.order_by("-starts_at", "-pk")
    )


@dataclass(frozen=True)
class ConveningChoices:
    """What a person may convene: their circles, and the proposals that could be put on an agenda, by circle."""

    circles: tuple[Person, ...]
    proposals: tuple[tuple[int, Person], ...]  # circle id, proposal


def convening_choices(viewer: Member | None) -> ConveningChoices:
    """Return the circles of this person and their undecided proposals."""
    if viewer is None:
        return ConveningChoices((), ())
    circles = Circle.objects.filter(seats__member=viewer, seats__until=None).order_by("name")
    found = Proposal.objects.filter(circle__in=circles).exclude(
        session__stage__in=["closed", "referred", "withdrawn", "fallback", "adopted"]
    )
    proposals = tuple((each.circle_id, Person(each.pk, each.title)) for each in found.order_by("-changed_at"))
    return ConveningChoices(tuple(Person(each.pk, each.name) for each in circles), proposals)


def minutes_view(assembly_id: int, *, viewer: Member | None) -> MinutesView:
    """Return the last draft of the minutes, or the adopted ones; raises NotFound."""
    assembly = assembly_row(assembly_id)
    room = room_of(assembly)
    entry = text_entry(assembly)
    if entry is None:
        audience_of(assembly, room, viewer)
    minutes = Minutes.objects.filter(assembly=assembly).order_by("-version").first()
    if minutes is None:
        raise NotFound("minutes_unknown")
    names = names_of({*room.approvals, *(each.person for each in room.contests)})
    contests = tuple(
        AnswerView(Person(each.person, names.get(each.person, "")), "disagree", each.reason) for each in room.contests
    )
    stage = cast(str, room.stage.value)
    approvals = persons(names, room.approvals)
    return MinutesView(
        assembly.pk, assembly.title, stage, minutes.version, minutes.text, minutes.digest, entry, approvals, contests
    )
