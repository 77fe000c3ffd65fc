"""Elections as people may read them. Before ballots are opened, nobody but their author reads whom one names."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from governance.errors import NotFound
from governance.models import Assembly, Circle, Election, Lot
from governance.permissions import can_follow, in_circle
from governance.queries.circles import holders_of
from governance.queries.consent import amendment_view, call_view, expected_and_answered, objection_view, person, persons
from governance.queries.consent_shapes import somebody
from governance.queries.election_shapes import ElectionPage, ElectionRow, ElectionView, NominationView, VoiceView
from governance.queries.election_states import election_row, election_state
from governance.queries.lots import lot_for
from governance.queries.shapes import AnswerView, Person, StageMark
from governance.queries.states import names_of
from governance.rules.electing import CALLING, ENDED, Ballot, Nomination, Said
from governance.rules.election import Election as ElectionState
from governance.rules.election import ElectionStage
from governance.rules.election_steps import expected, spoken
from governance.rules.room import RoomStage
from network.clock import day_of, now
from network.models import Member

E = ElectionStage
THREAD = (E.ROLE, E.BALLOT, E.REASONS, E.CHANGE, E.PROPOSE, E.OBJECTIONS, E.TEST, E.INTEGRATE, E.ACCEPT, E.DONE)
TOLD = frozenset({E.CHANGE, E.PROPOSE, E.ACCEPT, E.VACANT, *CALLING, *ENDED})  # the tally may show
Names = Mapping[int, str]


def people_in(state: ElectionState) -> set[int]:
    """Return everybody whose name a view of this election may show."""
    people = {state.opener, *state.electorate, *state.present}
    return people | {each for each in (state.facilitator, state.deputy) if each}


def asked_and_answered(state: ElectionState) -> tuple[frozenset[int], frozenset[int]]:
    """Return whose answer the stage awaits, and who has given it."""
    if state.stage is E.ROLE:
        return state.here, frozenset(each.person for each in state.agreements)
    if state.stage is E.BALLOT:
        return state.called & (state.here | frozenset(state.sealed)), frozenset(state.sealed)
    if state.stage in {E.REASONS, E.CHANGE}:
        return expected(state), spoken(state)
    if state.stage is E.ACCEPT:
        return frozenset(state.holders), state.accepted
    if state.call is not None and state.stage in CALLING:
        return expected_and_answered(state.call)
    return frozenset(), frozenset()


def election_view(election: Election, state: ElectionState, names: Names) -> ElectionView:
    """Return the election as everybody may see it."""
    asked, answered = asked_and_answered(state)
    call = state.call
    shown = state if state.stage is not E.NEW else election
    return ElectionView(
        election_id=election.pk,
        stage=state.stage.value,
        thread=_thread(state),
        role=shown.role,
        mission=shown.mission,
        criteria=shown.criteria,
        months=state.length or election.months,
        version=state.version,
        leader=person(names, state.leader()),
        since=state.since,
        ends_at=state.ends_at,
        expected=persons(names, asked),
        answered=persons(names, answered & asked),
        answered_count=len(answered & asked),
        expected_count=len(asked),
        electorate_count=len(state.electorate),
        present_count=len(state.here),
        resting=persons(names, state.resting),
        agreements=tuple(
            AnswerView(_who(names, each.person), "agree" if each.agree else "disagree", each.reason)
            for each in state.agreements
        ),
        ballots=tuple(_ballot(each, names) for each in state.ballots),
        said=tuple(_said(each, names) for each in state.said),
        tally=_tally(state, names),
        nominations=tuple(_nomination(each, names) for each in state.nominations),
        nominee=person(names, state.nominee),
        pair=person(names, state.pair),
        grounds=state.nominations[-1].grounds if state.nominee is not None else "",
        objections=tuple(objection_view(call, each, names) for each in call.objections) if call else (),
        calls=tuple(call_view(each, names) for each in call.revealed) if call else (),
        amendment=amendment_view(call, names) if call else None,
        offer=state.offer.kind if state.offer else "",
        until=date.fromisoformat(state.until) if state.until else None,
        reason=state.reason,
        register_seq=election.entry.seq if election.entry else None,
    )


def _who(names: Names, number: int) -> Person:
    return somebody(number, names.get(number))


def _ballot(ballot: Ballot, names: Names) -> VoiceView:
    return VoiceView(_who(names, ballot.person), person(names, ballot.named), "", E.BALLOT.value)


def _said(said: Said, names: Names) -> VoiceView:
    moved = person(names, said.before) if said.before != said.named else None
    return VoiceView(_who(names, said.person), person(names, said.named), said.text, said.stage.value, moved)


def _nomination(each: Nomination, names: Names) -> NominationView:
    return NominationView(_who(names, each.person), _who(names, each.by), each.grounds, each.declined)


def _tally(state: ElectionState, names: Names) -> tuple[tuple[Person, int], ...]:
    """Return how many hold to each name, in order of name: the count decides nothing, and is not a ranking."""
    if state.stage not in TOLD:
        return ()
    counts = Counter(named for named in state.voices().values() if named is not None)
    return tuple((each, counts[each.id]) for each in persons(names, counts))


def _thread(state: ElectionState) -> tuple[StageMark, ...]:
    """The beads of the way; examination and integration are shown once an objection was filed."""
    at = E.OBJECTIONS if state.stage is E.SUSPENDED else E.PROPOSE if state.stage is E.VACANT else state.stage
    hidden = set() if state.objections else {E.TEST, E.INTEGRATE}
    shown = [stage for stage in THREAD if stage not in hidden]
    here = shown.index(at) if at in shown else -1
    marks = (("done" if n < here else "current" if n == here else "ahead") for n in range(len(shown)))
    return tuple(StageMark(stage.value, mark) for stage, mark in zip(shown, marks, strict=True))


def elections(*, viewer: Member | None) -> tuple[ElectionRow, ...]:
    """Return the elections of the collectives of this person, the last changed first."""
    if viewer is None:
        return ()
    collectives = viewer.memberships.filter(state="active").values_list("collective_id", flat=True)
    rows = Election.objects.filter(circle__collective_id__in=list(collectives)).select_related("circle", "opener")
    return tuple(
        ElectionRow(e.pk, e.role, e.circle.name, _person(e.opener), e.stage, _assembly_of(e), e.changed_at)
        for e in rows.order_by("-changed_at", "-pk")
    )


def _person(member: Member) -> Person:
    return somebody(member.pk, member.name)


def _assembly_of(election: Election) -> int | None:
    if election.assembly_id:
        return election.assembly_id
    on_notice = election.agenda_items.order_by("-assembly__starts_at").values_list("assembly_id", flat=True).first()
    return on_notice or _added_to(election)


def _added_to(election: Election) -> int | None:
    """Return the assembly on whose agenda it was put after the notice."""
    rows = Assembly.objects.filter(steps__kind="put_election", steps__payload__election=election.pk)
    return rows.order_by("-starts_at").values_list("pk", flat=True).first()


def open_elections(circles: list[int]) -> tuple[tuple[int, Person], ...]:
    """Return (circle, election) of those that could be put on an agenda."""
    ended = [stage.value for stage in ENDED]
    found = Election.objects.filter(circle_id__in=circles).exclude(stage__in=ended).order_by("-changed_at")
    return tuple((each.circle_id, Person(each.pk, each.role)) for each in found)


def election_page(election_id: int, *, viewer: Member | None) -> ElectionPage:
    """Return one election for its page. For members of the collective; others get NotFound."""
    election = election_row(election_id)
    if not can_follow(viewer, election.circle):
        raise NotFound("election_unknown")
    state = election_state(election)
    mine = in_circle(viewer, election.circle)
    where = _assembly_of(election)
    held, names = election.mandates.select_related("member").order_by("pk"), names_of(people_in(state))
    return ElectionPage(
        id=election.pk,
        circle=Person(election.circle_id, election.circle.name),
        opener=_person(election.opener),
        election=election_view(election, state, names),
        assembly_id=where,
        assemblies=_convened(election.circle) if mine and where is None and state.stage not in ENDED else (),
        holders=holders_of(held, day_of(now())),
        without=_without(state, {each.member_id for each in held}, names),
        mine=mine,
        lot_wanted=state.stage is E.LOT and mine and lot_for(election.pk) is None,
        lot_id=Lot.objects.filter(election=election).order_by("-pk").values_list("pk", flat=True).first(),
        terms_version=election.charter.version if election.charter else None,
        terms_digest=election.charter.digest if election.charter else "",
    )


def _without(state: ElectionState, held: set[int], names: Names) -> tuple[Person, ...]:
    ended = state.stage is E.DONE
    return tuple(_who(names, each) for each in state.holders if ended and each not in held)


def _convened(circle: Circle) -> tuple[Person, ...]:
    rows = Assembly.objects.filter(circle=circle, stage=RoomStage.CONVENED.value).order_by("starts_at")
    return tuple(Person(each.pk, each.title) for each in rows)
