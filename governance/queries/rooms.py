"""The room: one state for everybody of an audience, and for each person what only they may see."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from governance.errors import NotFound
from governance.models import Assembly, Attendance, ConsentSession
from governance.permissions import can_follow, in_circle
from governance.queries.acts import acts_for
from governance.queries.consent import consent_view, my_position, people_of, person, persons
from governance.queries.presence import lapses_at
from governance.queries.shapes import (
    ActView,
    AnswerView,
    Audience,
    ConsentView,
    ItemView,
    Mine,
    Person,
    RequestView,
    RoomState,
    RoomView,
    TimerView,
)
from governance.queries.states import (
    assembly_row,
    consent_terms_for,
    names_of,
    room_of,
    session_on,
    session_state,
    terms_of,
)
from governance.rules.assemblies import Item, Room
from governance.rules.charter import ConsentTerms
from governance.rules.quorum import needed, reached
from governance.rules.session import Session
from network.clock import now
from network.models import Member


@dataclass(frozen=True)
class Loaded:
    """Everything that a view of a room is made from, read once; many views share what they have in common."""

    assembly: Assembly
    room: Room
    session: ConsentSession | None
    state: Session | None
    terms: ConsentTerms
    names: Mapping[int, str]
    outcomes: Mapping[int, str]  # stages of decisions, by proposal
    at: datetime
    made: dict[Hashable, ActView] = field(default_factory=dict)  # acts offered alike to several people

    @cached_property
    def shared(self) -> RoomState:
        """What a member of the circle sees; other audiences see this or less."""
        return _shared(self)

    @cached_property
    def ranks(self) -> dict[int, int]:
        """Places in the speaking queue, from 1."""
        return {each.person: rank for rank, each in enumerate(self.room.speech.ordered(), start=1)}


def load(assembly_id: int) -> Loaded:
    """Read a room; raises NotFound."""
    assembly = assembly_row(assembly_id)
    room = room_of(assembly)
    session = session_on(room)
    state = session_state(session) if session else None
    charter, kind = (session.charter, session.proposal.decision_class) if session else (assembly.charter, "ordinary")
    people = {*room.invited, *room.came, *(people_of(state) if state else ())}
    people |= {each for each in (room.facilitator, room.deputy, room.secretary) if each}
    terms = consent_terms_for(charter, kind)
    return Loaded(assembly, room, session, state, terms, names_of(people), _outcomes(room), now())


def _outcomes(room: Room) -> dict[int, str]:
    proposals = [item.proposal for item in room.items if item.proposal]
    if not proposals:
        return {}
    return dict(ConsentSession.objects.filter(proposal_id__in=proposals).values_list("proposal_id", "stage"))


def state_for(loaded: Loaded, audience: Audience) -> RoomState:
    """Return the shared state of a room that was read, for an audience."""
    state = replace(loaded.shared, audience=audience)
    return _for_hall(state) if audience == "hall" else state


def room_view(assembly_id: int, *, viewer: Member | None, hall: bool = False) -> RoomView:
    """Return the room for one person: the shared state of their audience, and what is theirs alone.

    Open to members of the collective; raises NotFound for others.
    """
    loaded = load(assembly_id)
    audience = audience_of(loaded.assembly, loaded.room, viewer, hall=hall)
    own = replace(mine(loaded, viewer, audience), lapses_at=_lapses_at(loaded, viewer))
    return RoomView(state_for(loaded, audience), own, audience)


def audience_now(room: Room, member: int, audience: Audience) -> Audience:
    """Return the audience of somebody who came in as `audience`: facilitation may have changed hands since."""
    if audience in {"hall", "observer"}:
        return audience
    return "facilitator" if member in {room.facilitator, room.leading()} else "member"


def audience_of(assembly: Assembly, room: Room | None, viewer: Member | None, *, hall: bool = False) -> Audience:
    """Return the audience of a viewer; raises NotFound if they may not know of the room."""
    if viewer is None or not (can_follow(viewer, assembly.circle) or viewer.pk in assembly.invited):
        raise NotFound("assembly_unknown")
    if hall:
        return "hall"
    room = room or room_of(assembly)
    if viewer.pk in {room.facilitator, room.leading()}:
        return "facilitator"
    return "member" if viewer.pk in room.invited or in_circle(viewer, assembly.circle) else "observer"


def _shared(loaded: Loaded) -> RoomState:
    a, room, names = loaded.assembly, loaded.room, loaded.names
    electorate = loaded.state.electorate if loaded.state else room.invited
    here = electorate & frozenset(room.present)
    items = tuple(_item(loaded, each) for each in room.items)
    consent = _consent(loaded)
    return RoomState(
        assembly_id=a.pk,
        seq=a.seq,
        audience="member",
        at=loaded.at,
        title=a.title,
        circle=Person(a.circle_id, a.circle.name),
        collective=Person(a.circle.collective_id, a.circle.collective.name),
        starts_at=a.starts_at,
        place=a.place,
        stage=room.stage.value,
        opened_at=room.opened_at,
        closed_at=room.closed_at,
        facilitator=person(names, room.facilitator),
        item_facilitator=person(names, room.leading()),
        deputy=person(names, room.deputy),
        secretary=person(names, room.secretary),
        candidate=person(names, room.offered),
        items=items,
        current=next((each for each in items if each.current), None),
        present=persons(names, room.present),
        present_count=len(here),
        electorate_count=len(electorate),
        quorum_needed=needed(loaded.terms.presence_quorum, len(electorate)),
        quorum_reached=reached(len(here), len(electorate), loaded.terms.presence_quorum),
        queue=_queue(room, names),
        speaker=person(names, room.speech.speaker),
        not_spoken=persons(names, (p for p in room.present if p not in room.speech.turns)),
        timer=_timer(room, loaded.at),
        consent=consent,
        minutes_digest=room.drafts[-1] if room.drafts else "",
        minutes_approved=len(room.approvals),
        minutes_contested=tuple(
            AnswerView(Person(c.person, names.get(c.person, "")), "disagree", c.reason) for c in room.contests
        ),
    )


def _for_hall(state: RoomState) -> RoomState:
    """The screen of the hall shows no names but those of speakers, and counts of revealed calls."""
    consent = state.consent and _anonymous(state.consent)
    return replace(state, present=(), not_spoken=(), consent=consent, minutes_contested=())


def _anonymous(consent: ConsentView) -> ConsentView:
    nobody, none = Person(0, ""), {"judgments": (), "jury": (), "jury_votes": ()}
    objections = tuple(replace(each, author=nobody, **none) for each in consent.objections)  # type: ignore[arg-type]
    calls = tuple(replace(each, positions=()) for each in consent.calls)
    hidden = {"expected": (), "answered": (), "driver_answers": (), "turns": (), "replies": (), "amendment": None}
    return replace(consent, calls=calls, objections=objections, **hidden)  # type: ignore[arg-type]


def _consent(loaded: Loaded) -> ConsentView | None:
    if loaded.session is None or loaded.state is None:
        return None
    return consent_view(loaded.session, loaded.state, loaded.terms, loaded.names)


def _item(loaded: Loaded, item: Item) -> ItemView:
    room = loaded.room
    current = item.id == room.current
    kind = "decision" if item.proposal else "discussion"
    done = item.id in room.visited and not current
    outcome = loaded.outcomes.get(item.proposal or 0, "")
    return ItemView(item.id, item.id, item.title, kind, item.proposal, current, done, outcome)


def _queue(room: Room, names: Mapping[int, str]) -> tuple[RequestView, ...]:
    return tuple(
        RequestView(Person(each.person, names.get(each.person, "")), each.why, rank, each.at)
        for rank, each in enumerate(room.speech.ordered(), start=1)
    )


def _timer(room: Room, at: datetime) -> TimerView | None:
    timer = room.speech.timer
    if timer is None:
        return None
    paused = timer.paused_at is not None
    ends_at = None if paused else timer.ends_at()
    return TimerView(timer.label, timer.started_at, timer.seconds, paused, ends_at, timer.left(at))


def mine(loaded: Loaded, viewer: Member | None, audience: Audience) -> Mine:
    """Return what is one person's alone, but for when their presence lapses: that takes rows of its own."""
    number = viewer.pk if viewer else 0
    room, state = loaded.room, loaded.state
    role = audience if audience in {"facilitator", "member"} else "observer"
    silent = viewer is None or audience == "hall"
    return Mine(
        person=Person(viewer.pk, viewer.name) if viewer else None,
        role=role,
        proposer=state is not None and state.proposer == number,
        entitled=number in (state.electorate if state else room.invited),
        present=number in room.present,
        speaks=viewer is not None and room.speech.speaker == number,
        lapses_at=None,
        position=my_position(state, number, loaded.names) if state and not silent else None,
        rank=loaded.ranks.get(number),
        undo_until=room.undo_until if room.undo_by == number and (room.undo_until or loaded.at) > loaded.at else None,
        acts=() if silent else acts_for(loaded, number),
    )


def _lapses_at(loaded: Loaded, viewer: Member | None) -> datetime | None:
    row = Attendance.objects.filter(assembly=loaded.assembly, member=viewer, expected=True).first()
    return lapses_at(row, terms_of(loaded.assembly.charter)) if row else None
