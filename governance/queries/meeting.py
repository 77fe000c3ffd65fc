"""Everything that the minutes of one assembly tell."""

from zoneinfo import ZoneInfo

from django.conf import settings

from governance.models import Assembly, ConsentSession, Decision
from governance.queries.states import names_of, session_state
from governance.rules.assemblies import Item, Room
from governance.rules.minutes import Matter, Meeting


def meeting_of(assembly: Assembly, room: Room) -> Meeting:
    """Return the facts of a meeting, for `rules.minutes.narrate`."""
    matters = tuple(_matter(assembly, item) for item in room.items if item.id in room.visited or item.proposal)
    states = [matter.state for matter in matters if matter.state]
    people = {assembly.convened_by_id, *room.invited, *room.came, *(p for state in states for p in state.electorate)}
    people |= {person for _, giver, taker in room.handovers for person in (giver, taker) if person}
    return Meeting(
        title=assembly.title,
        collective=assembly.circle.collective.name,
        circle=assembly.circle.name,
        place=assembly.place,
        convened_at=assembly.convened_at,
        convener=assembly.convened_by_id,
        room=room,
        matters=matters,
        names=names_of(people),
        terms=assembly.charter.digest,
        zone=ZoneInfo(settings.TIME_ZONE),
    )


def _matter(assembly: Assembly, item: Item) -> Matter:
    found = ConsentSession.objects.select_related("charter", "proposal").filter(proposal_id=item.proposal).first()
    if item.proposal is None or found is None:
        return Matter(item.title)
    decision = Decision.objects.select_related("entry").filter(session=found, assembly=assembly).last()
    entry = (decision.entry.seq, decision.entry.head) if decision else None
    return Matter(item.title, session_state(found), entry)
