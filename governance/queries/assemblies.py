"""The room: one state for everybody of an audience, and for each person what only they may see."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from governance.errors import NotFound
from governance.models import Assembly, Attendance, Circle, ConsentSession, Minutes, Proposal
from governance.permissions import can_follow, in_circle
from governance.queries.acts import acts_for
from governance.queries.consent import consent_view, my_position, people_of, person, persons
from governance.queries.presence import lapses_at
from governance.queries.register import text_entry
from governance.queries.shapes import (
    AnswerView,
    AssemblyRow,
    Audience,
    ConsentView,
    ItemView,
    Mine,
    MinutesView,
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
    """Everything that a view of a room is made from, read once."""

    assembly: Assembly
    room: Room
    session: ConsentSession | None
    state: Session | None
    terms: ConsentTerms
    names: dict[int, str]
    at: datetime
    signs: dict[int, Attendance]  # of life, by member


def load(assembly_id: int) -> Loaded:
    """Read a room; raises NotFound."""
    assembly = assembly_row(assembly_id)
    room = room_of(assembly)
    session = session_on(room)
    state = session_state(session) if session else None
    charter, kind = (session.charter, session.proposal.decision_class) if session else (assembly.charter, "ordinary")
    people = {*room.invited, *room.came, *(people_of(state) if state else ())}
    people |= {each for each in (room.facilitator, room.deputy, room.secretary) if each}
    return Loaded(
        assembly, room, session, state, consent_terms_for(charter, kind), names_of(people), now(), _signs(assembly)
    )


def _signs(assembly: Assembly) -> dict[int, Attendance]:
    return {row.member_id: row for row in Attendance.objects.filter(assembly=assembly, expected=True)}


def room_state(assembly_id: int, audience: Audience) -> RoomState:
    """Return the shared state of a room for an audience."""
    return _shared(load(assembly_id), audience)


def room_view(assembly_id: int, *, viewer: Member | None, hall: bool = False) -> RoomView:
    """Return the room for one person: the shared state of their audience, and what is theirs alone.

    Open to members of the collective; raises NotFound for others.
    """
    loaded = load(assembly_id)
    audience = audience_of(loaded.assembly, loaded.room, viewer, hall=hall)
    return RoomView(_shared(loaded, audience), _mine(loaded, viewer, audience), audience)


def room_views(assembly_id: int, viewers: Mapping[Member, Audience]) -> dict[int, RoomView]:
    """Return the room for many people at once, by id; the rows are read once, however many.

    The caller has checked that they may follow; their audience is the one they came in with.
    """
    loaded = load(assembly_id)
    audiences = {member: _now(loaded.room, member, audience) for member, audience in viewers.items()}
    states = {audience: _shared(loaded, audience) for audience in set(audiences.values())}
    return {
        member.pk: RoomView(states[audience], _mine(loaded, member, audience), audience)
        for member, audience in audiences.items()
    }


def _now(room: Room, member: Member, audience: Audience) -> Audience:
    """Facilitation may have changed hands since."""
    if audience in {"hall", "observer"}:
        return audience
    return "facilitator" if member.pk in {room.facilitator, room.leading()} else "member"


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


def _shared(loaded: Loaded, audience: Audience) -> RoomState:
    a, room, names = loaded.assembly, loaded.room, loaded.names
    electorate = loaded.state.electorate if loaded.state else room.invited
    here = electorate & frozenset(room.present)
    items = tuple(_item(loaded, each) for each in room.items)
    consent = _consent(loaded)
    state = RoomState(
        assembly_id=a.pk,
        seq=a.seq,
        audience=audience,
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
    return _for_hall(state) if audience == "hall" else state


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
    outcome = ""
    if item.proposal:
        stages = ConsentSession.objects.filter(proposal_id=item.proposal).values_list("stage", flat=True)
        outcome = stages.first() or ""
    current = item.id == room.current
    kind = "decision" if item.proposal else "discussion"
    done = item.id in room.visited and not current
    return ItemView(item.id, item.id, item.title, kind, item.proposal, current, done, outcome)


def _queue(room: Room, names: dict[int, str]) -> tuple[RequestView, ...]:
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


def _mine(loaded: Loaded, viewer: Member | None, audience: Audience) -> Mine:
    number = viewer.pk if viewer else 0
    room, state = loaded.room, loaded.state
    ranks = {each.person: rank for rank, each in enumerate(room.speech.ordered(), start=1)}
    role = audience if audience in {"facilitator", "member"} else "observer"
    silent = viewer is None or audience == "hall"
    return Mine(
        person=Person(viewer.pk, viewer.name) if viewer else None,
        role=role,
        proposer=state is not None and state.proposer == number,
        entitled=number in (state.electorate if state else room.invited),
        present=number in room.present,
        lapses_at=_lapses_at(loaded, number),
        position=my_position(state, number, loaded.names) if state and not silent else None,
        rank=ranks.get(number),
        undo_until=room.undo_until if room.undo_by == number and (room.undo_until or loaded.at) > loaded.at else None,
        acts=() if silent else acts_for(loaded, number),
    )


def _lapses_at(loaded: Loaded, number: int) -> datetime | None:
    row = loaded.signs.get(number)
    return lapses_at(row, terms_of(loaded.assembly.charter)) if row else None


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
