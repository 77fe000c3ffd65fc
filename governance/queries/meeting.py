"""Everything that the minutes of one assembly tell: what was done up to its closing, and nothing after."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from django.conf import settings

from governance.models import Assembly, ConsentSession, Decision, Entry
from governance.queries.election_states import election_row, election_state
from governance.queries.elections import people_in as people_voting
from governance.queries.poll_minutes import vote_told
from governance.queries.records import DECISION, ELECTION, MEETING, Journal
from governance.queries.room_parts import people_in
from governance.queries.states import session_state
from governance.rules.assemblies import Item, Room
from governance.rules.discretion import discreet
from governance.rules.minutes import Matter, Meeting, Record
from governance.rules.register import all_of
from governance.rules.session import Stage

Journals = Mapping[tuple[str, int], Record]


def people_of(assembly: Assembly, room: Room) -> list[int]:
    """Return the ids of everybody whom the minutes may name, in order of id."""
    matters = [_matter(assembly, room, item, {}) for item in room.items]
    states = [matter.state for matter in matters if matter.state]
    people: set[int | None] = {assembly.convened_by_id, *assembly.invited, *room.invited, *room.came, *room.lapsed}
    people |= {*people_in(room), room.facilitator, room.deputy, room.secretary, room.timekeeper, *room.tellers}
    people |= {person for _, giver, taker in room.handovers for person in (giver, taker)}
    people |= {each.receiver for each in room.role_log} | {*room.observed}
    people |= {person for matter in matters if matter.election for person in people_voting(matter.election)}
    people |= {person for matter in matters if matter.vote for person in matter.vote.people()}
    for state in states:
        people |= {*state.electorate, state.proposer, *(version.responsible for version in state.versions)}
        people |= {turn.person for turn in (*state.turns, *state.replies)}
    return sorted(person for person in people if person)


def meeting_of(assembly: Assembly, room: Room, names: Mapping[int, str], journals: Sequence[Journal]) -> Meeting:
    """Return the facts of a meeting, for `rules.minutes.narrate`; `names` may be marks that stand for names."""
    records = {(each.kind, each.id): Record(len(each.marks), all_of(each.marks)) for each in journals}
    shown = [item for item in room.items if item.id in room.visited or item.proposal]
    return Meeting(
        title=assembly.title,
        collective=assembly.circle.collective.name,
        circle=assembly.circle.name,
        place=assembly.place,
        convened_at=assembly.convened_at,
        convener=assembly.convened_by_id,
        room=room,
        matters=tuple(_matter(assembly, room, item, records) for item in shown),
        names=names,
        terms=assembly.charter.digest,
        zone=ZoneInfo(settings.TIME_ZONE),
        starts_at=assembly.starts_at,
        noticed=frozenset(assembly.invited),
        record=records.get((MEETING, assembly.pk)),
    )


def _matter(assembly: Assembly, room: Room, item: Item, records: Journals) -> Matter:
    """Return a point as the meeting left it: what it decided on may have gone on elsewhere since."""
    if item.election is not None:
        return _election(room, item, records)
    found = ConsentSession.everything.select_related("charter", "proposal").filter(proposal_id=item.proposal).first()
    state = session_state(found, room.closed_at) if found else None
    if found is None or state is None or not state.seq:
        return Matter(item.title)
    record = records.get((DECISION, found.pk))
    told = discreet(state) if found.proposal.effect.get("candidacy") else state
    if state.stage is Stage.FALLBACK and (sent := vote_told(found, room.closed_at)):
        vote, opening = sent
        return Matter(item.title, told, _cited(opening), record, vote=vote)
    return Matter(item.title, told, _entry_of(found, assembly, room), record)


def _cited(entry: Entry) -> tuple[int, str]:
    return entry.seq, entry.head


def _entry_of(session: ConsentSession, assembly: Assembly, room: Room) -> tuple[int, str] | None:
    rows = Decision.objects.select_related("entry").filter(session=session, assembly=assembly)
    found = (rows.filter(adopted_at__lte=room.closed_at) if room.closed_at else rows).last()
    return _cited(found.entry) if found else None


def _election(room: Room, item: Item, records: Journals) -> Matter:
    election = election_row(item.election or 0)
    kept = election.entry if election.entry and (not room.closed_at or election.entry.at <= room.closed_at) else None
    entry = (kept.seq, kept.head) if kept else None
    state, record = election_state(election, room.closed_at), records.get((ELECTION, election.pk))
    return Matter(item.title, None, entry, record, state if state.seq else None)
