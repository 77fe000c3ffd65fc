"""The personal parts of a room, for many people at once: whoever would get the same part shares one.

A part names nobody: the person it is for, and when their presence lapses, are taken out before it is compared or drawn.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

from governance.permissions import suspended_in
from governance.queries.consent_shapes import Person
from governance.queries.rooms import Loaded, audience_now, heard_only, leaders, mine, seen_as, state_for
from governance.queries.shapes import Audience, Mine, RoomState, RoomView
from network.models import Member

__all__ = ["Part", "parts_of"]

NOBODY = Person(0, "")


@dataclass(frozen=True, eq=False)
class Part:
    """What some people see beside the shared state. `mark` is equal when what is drawn would be, `seq` apart."""

    view: RoomView
    mark: Hashable | object


def parts_of(loaded: Loaded, viewers: Mapping[Member, Audience]) -> dict[int, Part]:
    """Return the part of each member, by id; equal parts are one object.

    The caller has checked that they may follow; their audience is the one they came in with. Two queries at most.
    Computed once for all who stand alike; of these, many still see the same. Who is suspended keeps their audience, for
    the day they are not, and sees what is left to them.
    """
    standing: dict[Hashable, Part] = {}
    alike: dict[Hashable, Part] = {}
    found: dict[int, Part] = {}
    lead, suspended = leaders(loaded.room), suspended_in(loaded.assembly.circle.collective_id)
    for member, came_as in viewers.items():
        audience = audience_now(lead, member.pk, came_as)
        heard = audience != "hall" and member.pk in suspended
        where = (audience, heard, *loaded.standing(member.pk))
        if where not in standing:
            own = _unnamed(heard_only(mine(loaded, member, "observer")) if heard else mine(loaded, member, audience))
            name = (audience, *_looks(own))
            if name not in alike:
                alike[name] = _part(loaded, audience, seen_as(loaded.room, member.pk, audience), own)
            standing[where] = alike[name]
        found[member.pk] = standing[where]
    return found


def _unnamed(own: Mine) -> Mine:
    position = own.position and replace(own.position, person=NOBODY)
    return replace(own, person=None, lapses_at=None, position=position)


def _looks(own: Mine) -> tuple[Hashable, ...]:
    """Return what tells parts of one instant apart; acts that are the same are the same object."""
    acts = tuple(id(act) for act in own.acts)
    mine = (own.position, own.rank, own.rank_why, own.undo_until, own.undo_kind, own.signal, own.mood, own.entries)
    return own.role, own.proposer, own.entitled, own.present, own.speaks, own.ballot, own.concerned, *mine, acts


def _part(loaded: Loaded, audience: Audience, seen: Audience, own: Mine) -> Part:
    state = state_for(loaded, seen)
    return Part(RoomView(state, own, audience), (own, *_place(state, own)))


def _place(state: RoomState, own: Mine) -> tuple[object, ...]:
    """Where the room stands, as far as personal parts show it."""
    consent = state.consent
    stage = (consent.stage, consent.version.number, consent.call, consent.round, consent.ends_at) if consent else ()
    held = state.election
    voted = (held.stage, held.version, held.leader, held.ends_at) if held else ()
    leads = any(act.group in {"facilitation", "meeting"} for act in own.acts)
    voiced = state.not_spoken if leads else ()
    return state.exercise, state.stage, state.current and state.current.id, stage, voted, voiced
