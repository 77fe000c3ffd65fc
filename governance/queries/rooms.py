"""The room: one state for everybody of an audience, and for each person what only they may see."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from governance import gestures
from governance.errors import DomainError, NotFound
from governance.models import Assembly, Attendance, Candidacy, ConsentSession, Election
from governance.permissions import HEARD, can_follow, in_circle, is_suspended
from governance.queries.acts import acts_for
from governance.queries.alike import Places, places_in
from governance.queries.consent import consent_view, my_position, people_of, person, persons
from governance.queries.consent_shapes import somebody
from governance.queries.election_states import election_on, election_state, terms_of_election
from governance.queries.elections import election_view
from governance.queries.elections import people_in as people_voting
from governance.queries.passing import passing_view
from governance.queries.presence import lapses_at
from governance.queries.room_parts import airtime, entries_for, people_in, role_lines, round_view
from governance.queries.room_shapes import ExerciseView, PassingView
from governance.queries.shapes import (
    ActView,
    AnswerView,
    Audience,
    BallotView,
    ConsentView,
    ElectionView,
    ItemView,
    Mine,
    Person,
    PositionView,
    RequestView,
    RoomState,
    RoomView,
    TimerView,
)
from governance.queries.states import (
    assembly_row,
    cast_of,
    consent_terms_for,
    names_in,
    room_of,
    session_on,
    session_state,
    terms_of,
)
from governance.rules.assemblies import Item, Room
from governance.rules.candidacy import Stage as CandidacyStage
from governance.rules.charter import ConsentTerms, Terms
from governance.rules.concerned import set_aside
from governance.rules.electing import Election as ElectionState
from governance.rules.election_terms import ElectionTerms
from governance.rules.exercise import moves_next
from governance.rules.quorum import needed, reached
from governance.rules.room_terms import fair, signals_of
from governance.rules.session import Session
from governance.rules.undoing import undo_of
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
    election: Election | None = None
    voting: ElectionState | None = None
    voting_terms: ElectionTerms | None = None
    made: dict[Hashable, ActView] = field(default_factory=dict)  # acts offered alike to several people
    mood_ran: bool = False  # answers about the mood were awaited when it was read before

    @cached_property
    def shared(self) -> RoomState:
        """What a member of the circle sees; other audiences see this or less."""
        return _shared(self)

    def later(self) -> "Loaded":
        """Return the same room read a moment later: hands, moods and clocks afresh, no table read."""
        mood = self.passing.mood
        return replace(self, at=now(), made={}, mood_ran=mood is not None and not mood.open)

    @property
    def mood_opened(self) -> bool:
        """Whether the answers about the mood have opened since the room was read before."""
        return self.mood_ran and self.passing.mood is not None and self.passing.mood.open

    @cached_property
    def rests(self) -> bool:
        """Whether the decision on the table is about somebody whose candidacy is not there to be decided now."""
        about = self.session.proposal.effect if self.session else {}
        if about.get("kind") != "candidacy":
            return False
        return not Candidacy.objects.filter(pk=about["candidacy"], stage=CandidacyStage.DECISION.value).exists()

    @cached_property
    def figures(self) -> Terms:
        """The figures of the charter under which the meeting was convened."""
        return terms_of(self.assembly.charter)

    @cached_property
    def fair(self) -> bool:
        """Whether those who have not spoken go first."""
        return fair(self.figures)

    @cached_property
    def signs(self) -> tuple[str, ...]:
        """The hand signals of this collective; none if its charter names them badly."""
        try:
            return signals_of(self.figures)
        except DomainError:
            return ()

    @cached_property
    def passing(self) -> PassingView:
        """Hands and mood, as they were when the room was read."""
        return passing_view(self.assembly.pk, self.room, self.names, self.figures, self.at)

    @cached_property
    def continues(self) -> bool:
        """Whether somebody simulated leads on, once a person says so."""
        view = _exercise(self)
        return view is not None and bool(view.next_act)

    @cached_property
    def hands(self) -> dict[int, str]:
        """The hand that each person holds up."""
        return {each.id: signal.sign for signal in self.passing.signals for each in signal.people}

    @cached_property
    def moods(self) -> dict[int, int]:
        """What each has answered to the question about the mood: for their own eyes."""
        room = self.room
        return gestures.answers(self.assembly.pk, room.moods[-1].number, room.present) if room.moods else {}

    @cached_property
    def ranks(self) -> dict[int, int]:
        """Places in the speaking queue, from 1."""
        return {each.person: rank for rank, each in enumerate(self.room.speech.ordered(fair=self.fair), start=1)}

    @cached_property
    def places(self) -> dict[int, Places]:
        """Where each person stands in all that was read."""
        return places_in(self.room, self.state, self.voting)

    def standing(self, number: int) -> Places:
        """Return what tells this person from others: whoever stands alike is offered and shown the same."""
        shown = (self.ranks.get(number), self.hands.get(number), self.moods.get(number))
        return (self.places.get(number), *shown)


def load(assembly_id: int) -> Loaded:
    """Read a room; raises NotFound."""
    assembly = assembly_row(assembly_id)
    room = room_of(assembly)
    session = session_on(room)
    state = session_state(session) if session else None
    charter, kind = (session.charter, session.proposal.decision_class) if session else (assembly.charter, "ordinary")
    people = people_in(room) | (people_of(state) if state else set())
    terms = consent_terms_for(charter, kind)
    election = election_on(room)
    voting = election_state(election) if election else None
    people |= people_voting(voting) if voting else set()
    names, at = names_in(assembly, people), now()
    if election is None:
        return Loaded(assembly, room, session, state, terms, names, _outcomes(room), at)
    asked = terms_of_election(election)
    return Loaded(assembly, room, None, None, asked.consent, names, _outcomes(room), at, election, voting, asked)


def _outcomes(room: Room) -> dict[int, str]:
    proposals = [item.proposal for item in room.items if item.proposal]
    if not proposals:
        return {}
    return dict(ConsentSession.everything.filter(proposal_id__in=proposals).values_list("proposal_id", "stage"))


def state_for(loaded: Loaded, audience: Audience) -> RoomState:
    """Return the shared state of a room that was read, for an audience. Whom the decision on the table is about reads
    counts and arguments, and not whose they are."""
    state = replace(loaded.shared, audience=audience)
    if audience == "concerned":
        return replace(state, consent=state.consent and _anonymous(state.consent))
    return _for_hall(state) if audience == "hall" else state


def room_view(assembly_id: int, *, viewer: Member | None, hall: bool = False) -> RoomView:
    """Return the room for one person: the shared state of their audience, and what is theirs alone.

    Open to members of the collective; raises NotFound for others.
    """
    loaded = load(assembly_id)
    audience = audience_of(loaded.assembly, loaded.room, viewer, hall=hall)
    heard = audience != "hall" and is_suspended(viewer, loaded.assembly.circle.collective_id)
    audience = "observer" if heard else audience
    own = replace(mine(loaded, viewer, audience), lapses_at=_lapses_at(loaded, viewer))
    shared = state_for(loaded, seen_as(loaded.room, own.person.id if own.person else 0, audience))
    return RoomView(shared, heard_only(own) if heard else own, audience)


def heard_only(own: Mine) -> Mine:
    """Return what is left to somebody suspended: they are heard."""
    return replace(own, entitled=False, acts=tuple(each for each in own.acts if each.kind in HEARD))


def leaders(room: Room) -> frozenset[int | None]:
    """Return who facilitates: the meeting, and the item on the table; nobody on a decision about themself."""
    return frozenset({room.facilitator, room.leading()}) - {room.concerned}


def audience_now(lead: frozenset[int | None], member: int, audience: Audience) -> Audience:
    """Return the audience of somebody who came in as `audience`: facilitation may have changed hands since."""
    if audience in {"hall", "observer"}:
        return audience
    return "facilitator" if member in lead else "member"


def seen_as(room: Room, member: int, audience: Audience) -> Audience:
    """Return as which audience somebody sees the shared state: as their own, unless the decision on the table is about
    them. Asked at each drawing, for page, socket and API: an item comes on the table at any moment."""
    return "concerned" if member == room.concerned and audience != "hall" else audience


def audience_of(assembly: Assembly, room: Room | None, viewer: Member | None, *, hall: bool = False) -> Audience:
    """Return the audience of a viewer; raises NotFound if they may not know of the room."""
    if viewer is None or not can_follow(viewer, assembly.circle):
        raise NotFound("assembly_unknown")
    if hall:
        return "hall"
    room = room or room_of(assembly)
    if viewer.pk in leaders(room):
        return "facilitator"
    takes_part = viewer.pk in room.invited or assembly.exercise or in_circle(viewer, assembly.circle)
    return "member" if takes_part else "observer"


def _shared(loaded: Loaded) -> RoomState:
    a, room, names = loaded.assembly, loaded.room, loaded.names
    decided = loaded.state or loaded.voting
    electorate = decided.electorate if decided else room.invited
    here = electorate & frozenset(room.present)
    items = tuple(_item(loaded, n, each) for n, each in enumerate(room.items, start=1))
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
        queue=_queue(loaded),
        speaker=person(names, room.speech.speaker),
        not_spoken=persons(names, (p for p in room.present if p not in room.speech.turns)),
        timer=_timer(room, loaded.at),
        consent=consent,
        election=_election(loaded),
        minutes_digest=room.drafts[-1] if room.drafts else "",
        minutes_approved=len(room.approvals),
        minutes_contested=tuple(
            AnswerView(somebody(c.person, names.get(c.person)), "disagree", c.reason) for c in room.contests
        ),
        passing=loaded.passing,
        signals=loaded.signs,
        round=round_view(room, names),
        airtime=airtime(room, names, loaded.at),
        timekeeper=person(names, room.timekeeper),
        tellers=persons(names, room.tellers),
        observers=persons(names, room.observers),
        role_log=role_lines(room, names),
        door=persons(names, room.door),
        entries_waiting=len(room.entries),
        paused_at=room.paused_at,
        pause_reason=room.pause_reason,
        facilitator_away=not room.led(),
        set_aside=set_aside(room),
        fair=loaded.fair,
        exercise=_exercise(loaded),
    )


def _exercise(loaded: Loaded) -> ExerciseView | None:
    cast = cast_of(loaded.assembly)
    if cast is None:
        return None
    step = moves_next(cast, loaded.room, loaded.state, loaded.at, loaded.terms)
    until = loaded.assembly.convened_at + timedelta(days=loaded.figures.whole("room.exercise_days"))
    return ExerciseView(until, step.kind if step else "", cast.people.get(step.actor or 0, "") if step else "")


def _for_hall(state: RoomState) -> RoomState:
    """The screen of the hall shows no names but those of speakers, and counts of revealed calls."""
    consent = state.consent and _anonymous(state.consent)
    election = state.election and _unvoiced(state.election)
    quiet = replace(state.passing, signals=tuple(replace(each, people=()) for each in state.passing.signals))
    turns = state.round and replace(state.round, done=(), away=(), to_come=state.round.to_come[:2])
    nobody = {"airtime": (), "observers": (), "role_log": (), "door": (), "tellers": (), "queue": state.queue[:2]}
    hidden = {"present": (), "not_spoken": (), "minutes_contested": (), **nobody}
    return replace(state, consent=consent, election=election, passing=quiet, round=turns, **hidden)  # type: ignore[arg-type]


def _unvoiced(election: ElectionView) -> ElectionView:
    """On the screen of the hall an election shows the role, how far it has come and the person proposed."""
    nobody, none = Person(0, ""), {"judgments": (), "jury": (), "jury_votes": ()}
    objections = tuple(replace(each, author=nobody, **none) for each in election.objections)  # type: ignore[arg-type]
    calls = tuple(replace(each, positions=()) for each in election.calls)
    hidden = {"expected": (), "answered": (), "agreements": (), "ballots": (), "said": (), "tally": ()}
    hidden |= {"nominations": (), "amendment": None, "grounds": "", "reason": ""}  # type: ignore[dict-item]
    return replace(election, calls=calls, objections=objections, **hidden)  # type: ignore[arg-type]


def _election(loaded: Loaded) -> ElectionView | None:
    if loaded.election is None or loaded.voting is None:
        return None
    return election_view(loaded.election, loaded.voting, loaded.names)


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


def _item(loaded: Loaded, position: int, item: Item) -> ItemView:
    room = loaded.room
    current = item.id == room.current
    kind = "election" if item.election else "decision" if item.proposal else "discussion"
    done = item.id in room.visited and not current
    outcome = loaded.outcomes.get(item.proposal or 0, "")
    time = (item.minutes, room.spent_on(item.id, loaded.at))
    return ItemView(item.id, position, item.title, kind, item.proposal, current, done, outcome, *time, item.election)


def _queue(loaded: Loaded) -> tuple[RequestView, ...]:
    return tuple(
        RequestView(somebody(each.person, loaded.names.get(each.person)), each.why, rank, each.at)
        for rank, each in enumerate(loaded.room.speech.ordered(fair=loaded.fair), start=1)
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
    decided = state or loaded.voting
    role = audience if audience in {"facilitator", "member"} else "observer"
    silent = viewer is None or audience == "hall"
    undo = None if silent else undo_of(room, number, loaded.at)
    return Mine(
        person=Person(viewer.pk, viewer.name) if viewer else None,
        role=role,
        proposer=state is not None and state.proposer == number,
        entitled=number in (decided.electorate if decided else room.invited),
        present=number in room.present,
        speaks=viewer is not None and room.speech.speaker == number,
        lapses_at=None,
        position=None if silent else _my_position(loaded, number),
        rank=loaded.ranks.get(number),
        rank_why=room.speech.reason(number, fair=loaded.fair),
        undo_until=undo.until if undo else None,
        undo_kind=undo.kind if undo else "",
        signal="" if silent else loaded.hands.get(number, ""),
        mood=None if silent else loaded.moods.get(number),
        entries=() if silent else entries_for(room, loaded.names, number),
        acts=() if silent else acts_for(loaded, number, seated=audience in {"member", "facilitator"}),
        ballot=None if silent else _my_ballot(loaded, number),
        concerned=viewer is not None and number == room.concerned,
    )


def _my_position(loaded: Loaded, viewer: int) -> PositionView | None:
    """Return one's own sealed position, on a text or on the person proposed."""
    call = loaded.state or (loaded.voting.call if loaded.voting else None)
    return my_position(call, viewer, loaded.names) if call else None


def _my_ballot(loaded: Loaded, viewer: int) -> BallotView | None:
    """Return one's own sealed ballot."""
    found = loaded.voting.sealed.get(viewer) if loaded.voting else None
    return BallotView(person(loaded.names, found.named)) if found else None


def _lapses_at(loaded: Loaded, viewer: Member | None) -> datetime | None:
    row = Attendance.objects.filter(assembly=loaded.assembly, member=viewer, expected=True).first()
    return lapses_at(row, terms_of(loaded.assembly.charter)) if row else None
