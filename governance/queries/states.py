"""Rows folded into the states that the rules speak of."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from governance.errors import NotFound, TermMissing
from governance.models import AgendaItem, Assembly, Charter, Circle, CircleMember, ConsentSession
from governance.queries.covered import worded, words_kept
from governance.queries.folds import Folds, until
from governance.rules.assemblies import Item, Room, advance_room
from governance.rules.charter import ConsentTerms, Terms, consent_terms
from governance.rules.consent import advance
from governance.rules.exercise import Cast, embodied
from governance.rules.session import Session
from network.models import Collective, Member, Membership, MembershipState

_rooms: Folds[Room] = Folds()
_sessions: Folds[Session] = Folds()


def charter_of(collective: Collective) -> Charter:
    """Return the charter in force; raises TermMissing `charter_missing`: without rules nothing is decided."""
    charter = Charter.objects.filter(collective=collective).order_by("-version").first()
    if charter is None:
        raise TermMissing("charter_missing", term="charter")
    return charter


def terms_of(charter: Charter) -> Terms:
    """Return the figures of an adopted charter."""
    return Terms(charter.document["figures"], charter.document["classes"])


def consent_terms_for(charter: Charter, decision_class: str) -> ConsentTerms:
    """Return the figures that a decision of that class obeys; raises TermMissing naming what is left open."""
    articles = frozenset(article["id"] for article in charter.document["articles"])
    return consent_terms(terms_of(charter), decision_class, articles)


def seated(circle: Circle) -> list[int]:
    """Return the ids of the circle's present members, in order of id."""
    active = Membership.objects.filter(collective_id=circle.collective_id, state=MembershipState.ACTIVE)
    seats = CircleMember.objects.filter(circle=circle, until=None, member__in=active.values("member"))
    return sorted(seats.values_list("member_id", flat=True))


def session_state(session: ConsentSession, at: datetime | None = None) -> Session:
    """Return the decision as its steps tell it, or told it at an instant."""
    terms = consent_terms_for(session.charter, session.proposal.decision_class)
    return _sessions.state(
        (session.pk, words_kept(session), at),
        until(session.steps.all(), at),
        Session,
        lambda state, step: advance(state, embodied(worded(step)), terms),
    )


def room_of(assembly: Assembly) -> Room:
    """Return the meeting as its journal tells it."""
    terms = terms_of(assembly.charter)
    return _rooms.state(
        assembly.pk,
        assembly.steps.all(),
        lambda: _start(assembly),
        lambda room, step: advance_room(room, embodied(worded(step)), terms),
    )


def _start(assembly: Assembly) -> Room:
    """Return the meeting as its notice said it."""
    rows = assembly.items.select_related("proposal")
    items = tuple(_item(row) for row in rows)
    cast, lead = cast_of(assembly), assembly.convened_by_id
    if cast is not None:
        items, lead = tuple(replace(item, carrier=cast.proposer) for item in items), cast.facilitator
    invited = frozenset(assembly.invited)
    return Room(invited=invited, items=items, facilitator=lead, seq=0, exercise=assembly.exercise)


def _item(row: AgendaItem) -> Item:
    carrier = row.proposal.proposer_id if row.proposal else None
    return Item(row.position, row.title, row.proposal_id, carrier, row.election_id)


def assembly_row(assembly_id: int) -> Assembly:
    """Return the assembly with what every reader needs; raises NotFound."""
    rows = Assembly.everything.select_related("circle__collective", "charter", "convened_by")
    found = rows.filter(pk=assembly_id).first()
    if found is None:
        raise NotFound("assembly_unknown")
    return found


def session_on(room: Room) -> ConsentSession | None:
    """Return the decision of the current item, if it has one."""
    item = room.item(room.current)
    if item is None or item.proposal is None:
        return None
    return ConsentSession.everything.select_related("charter", "proposal").filter(proposal_id=item.proposal).first()


def cast_of(assembly: Assembly) -> Cast | None:
    """Return who is simulated in an exercise; None for a real meeting."""
    if not assembly.exercise:
        return None
    kept = assembly.cast
    people = {int(number): name for number, name in kept["people"].items()}
    return Cast(people, kept["seed"], kept["proposer"], kept["facilitator"])


def names_in(assembly: Assembly | None, ids: Iterable[int]) -> dict[int, str]:
    """Return names by id, those of simulated people included."""
    cast = cast_of(assembly) if assembly else None
    return names_of(ids) | (dict(cast.people) if cast else {})


def names_of(ids: Iterable[int]) -> dict[int, str]:
    """Return names by id."""
    return dict(Member.objects.filter(pk__in=set(ids)).values_list("pk", "name"))
