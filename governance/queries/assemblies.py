"""Assemblies beside the live room: the list, what may be convened, the minutes."""

from dataclasses import dataclass
from datetime import date
from typing import cast

from django.db.models import Exists, OuterRef, QuerySet

from governance.errors import NotFound
from governance.models import AgendaItem, Assembly, Circle, Decision, Minutes, Proposal
from governance.queries.consent import persons
from governance.queries.consent_shapes import somebody
from governance.queries.elections import open_elections
from governance.queries.names import in_words
from governance.queries.register import text_entry
from governance.queries.rooms import audience_of
from governance.queries.shapes import AnswerView, AssemblyRow, MinutesView, Person
from governance.queries.states import assembly_row, names_in, room_of, session_state
from governance.rules.assemblies import RoomStage
from governance.rules.calling import heard_against
from network.models import Member

TO_COME = (RoomStage.CONVENED.value, RoomStage.OPEN.value, RoomStage.SUSPENDED.value)


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
class ReviewChoice:
    """A decision whose review date has come: the draft that reviews it, and the concerns recorded since."""

    proposal: Person
    decided_on: date
    due_on: date
    concerns: tuple[str, ...]


@dataclass(frozen=True)
class ConveningChoices:
    """What a person may convene: their circles, and the proposals that could be put on an agenda, by circle."""

    circles: tuple[Person, ...]
    proposals: tuple[tuple[int, Person], ...]  # circle id, proposal
    elections: tuple[tuple[int, Person], ...] = ()  # circle id, election
    reviews: tuple[ReviewChoice, ...] = ()


def convening_choices(viewer: Member | None) -> ConveningChoices:
    """Return the circles of this person and their undecided proposals."""
    if viewer is None:
        return ConveningChoices((), ())
    circles = Circle.objects.filter(seats__member=viewer, seats__until=None).order_by("name")
    found = Proposal.objects.filter(circle__in=circles).exclude(
        session__stage__in=["closed", "referred", "withdrawn", "fallback", "adopted"]
    )
    fresh = found.filter(follows=None).order_by("-changed_at")
    proposals = tuple((each.circle_id, Person(each.pk, each.title)) for each in fresh)
    voted = open_elections([each.pk for each in circles])
    return ConveningChoices(tuple(Person(each.pk, each.name) for each in circles), proposals, voted, _reviews(found))


def _reviews(found: QuerySet[Proposal]) -> tuple[ReviewChoice, ...]:
    """Return the reviews that are due and on no agenda to come, the longest due first."""
    to_come = AgendaItem.objects.filter(proposal=OuterRef("pk"), assembly__stage__in=TO_COME)
    due = (
        found.exclude(follows=None)
        .filter(~Exists(to_come))
        .select_related("follows__session__proposal", "follows__session__charter")
    )
    return tuple(_review(each, each.follows) for each in due.order_by("follows__review_on", "pk") if each.follows)


def _review(draft: Proposal, decision: Decision) -> ReviewChoice:
    return ReviewChoice(Person(draft.pk, draft.title), decision.adopted_at.date(), decision.review_on, _heard(decision))


def _heard(decision: Decision) -> tuple[str, ...]:
    """Return what was said against a decision and stands; of one about a person, nothing is shown here."""
    if decision.session.proposal.effect.get("candidacy"):
        return ()
    return heard_against(session_state(decision.session))


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
    names = names_in(assembly, {*room.approvals, *(each.person for each in room.contests)})
    contests = tuple(
        AnswerView(somebody(each.person, names.get(each.person)), "disagree", each.reason) for each in room.contests
    )
    stage = cast(str, room.stage.value)
    approvals = persons(names, room.approvals)
    return MinutesView(
        assembly.pk, assembly.title, stage, minutes.version, in_words(minutes), minutes.digest, entry, approvals,
        contests, minutes.drawn_up_at, assembly.exercise,
    )  # fmt: skip


def exercises(*, viewer: Member | None) -> tuple[AssemblyRow, ...]:
    """Return the exercises of this person's collectives, the newest first."""
    if viewer is None:
        return ()
    collectives = viewer.memberships.filter(state="active").values_list("collective_id", flat=True)
    rows = Assembly.everything.filter(exercise=True, circle__collective_id__in=list(collectives))
    rows = rows.select_related("circle").order_by("-convened_at", "-pk")
    return tuple(
        AssemblyRow(a.pk, a.title, a.circle.name, a.starts_at, a.place, a.stage, 1, a.convened_by_id == viewer.pk)
        for a in rows
    )
