"""Candidacies as their readers may know them: the person concerned, members of the collective, everybody else here."""

from collections.abc import Iterable
from datetime import datetime

from governance.errors import NotFound
from governance.models import Candidacy
from governance.permissions import belongs
from governance.queries.candidacy_shapes import (
    CandidacyRow,
    Reader,
)
from governance.queries.candidacy_states import figures, state_of
from governance.queries.consent_shapes import somebody
from governance.queries.shapes import Person
from governance.rules.candidacy import BEFORE_MEMBER, ENDED, Stage
from governance.rules.candidacy import Candidacy as State
from governance.rules.cooptation import may
from governance.rules.cooptation_terms import CooptationTerms
from network.clock import now
from network.models import Member, Membership, MembershipState

__all__ = [
    "candidacies",
    "expected_of",
    "keeping_of",
    "may_be_excluded",
    "person_of",
    "reader_of",
    "standing_of",
    "waiting_in",
]

QUIET = frozenset({Stage.MEMBER, Stage.RENEWAL})


def reader_of(row: Candidacy, state: State, viewer: Member | None) -> Reader:
    """Return as whom somebody reads a candidacy; raises NotFound if they may not know of it."""
    if viewer is None or viewer.gone_at is not None:
        raise NotFound("candidacy_unknown")
    if viewer.pk == row.person_id:
        return "candidate"
    if belongs(viewer, row.collective_id):
        return "member"
    if not viewer.local and state.frozen_at is not None and state.cause != "exclusion" and state.stage in BEFORE_MEMBER:
        return "outside"
    raise NotFound("candidacy_unknown")


def candidacies(viewer: Member | None) -> tuple[CandidacyRow, ...]:
    """Return what is under way or has ended, as far as this person may know: what waits for them first, then newest.

    Quiet memberships are not listed; who only wished, and never was announced, is listed for members and sponsors.
    """
    if viewer is None:
        return ()
    quiet = [each.value for each in QUIET]
    rows = Candidacy.objects.select_related("person", "collective", "circle", "charter").order_by("-changed_at")
    found = [_row(row, viewer) for row in rows.exclude(stage__in=quiet)[:200]]
    return tuple(sorted((each for each in found if each), key=lambda row: not row.why))


def _row(row: Candidacy, viewer: Member) -> CandidacyRow | None:
    state = state_of(row)
    try:
        reader_of(row, state, viewer)
    except NotFound:
        return None
    expected = expected_of(row, state, viewer, figures(row.charter))[0]
    return CandidacyRow(row.pk, person_of(row.person), row.stage, state.cause, expected, row.changed_at)


def keeping_of(viewer: Member) -> list[tuple[Candidacy, State]]:
    """Return the memberships of this person that are followed here, with their state."""
    rows = Candidacy.objects.filter(person=viewer, stage__in=[each.value for each in QUIET])
    return [(row, state_of(row)) for row in rows.select_related("person", "collective", "circle", "charter")]


def standing_of(member_id: int, *, viewer: Member | None) -> int:
    """Return the number of the journal that follows a membership of the viewer's collective; raises NotFound."""
    rows = Candidacy.objects.filter(person=member_id, stage__in=[each.value for each in QUIET])
    found = next((row for row in rows if belongs(viewer, row.collective_id)), None)
    if found is None:
        raise NotFound("candidacy_unknown")
    return found.pk


def may_be_excluded(member_id: int, *, viewer: Member | None) -> bool:
    """Return whether this reader may propose to exclude that member."""
    if viewer is None or viewer.pk == member_id:
        return False
    try:
        return bool(standing_of(member_id, viewer=viewer))
    except NotFound:
        return False


def expected_of(row: Candidacy, state: State, viewer: Member, terms: CooptationTerms) -> tuple[str, datetime | None]:
    """Return the act that is expected of somebody now, and until when; empty for none."""
    for kind, holds, until in _expectations(row, state, viewer, terms):
        if holds and not may(state, kind, viewer.pk):
            return kind, until
    return "", None


def _expectations(
    row: Candidacy, state: State, viewer: Member, terms: CooptationTerms
) -> Iterable[tuple[str, bool, datetime | None]]:
    who = viewer.pk
    missing = len(state.sponsors) + len(state.asked) < terms.sponsors
    yield "confirm_sponsor", True, None
    yield "ask_sponsor", missing, None
    yield "announce", True, None
    yield "evaluate", who not in state.evaluators, state.evaluations_until
    yield "synthesise", not state.synthesis, None
    yield "hear", state.synthesis or state.cause == "exclusion", None
    yield "answer_conditions", True, None
    yield "open_decision", state.proposal is None and (state.sponsor(who) is not None or who == state.proposer), None
    yield "object", state.notice_at is not None, state.probation_until
    yield "renew", True, state.renewal_on
    yield "panel_vote", who not in {each.person for each in state.votes}, None


def person_of(member: Member) -> Person:
    """Return somebody as views name them."""
    return somebody(member.pk, member.name)


def waiting_in(viewer: Member) -> Iterable[tuple[Candidacy, State, str, datetime | None]]:
    """Yield what waits for somebody in candidacies, their own membership included.

    A renewal waits for nobody but its member: those of the others, all at once each year, are not even read.
    """
    quiet = [each.value for each in (*ENDED, *QUIET)]
    over = [each.value for each in (*ENDED, Stage.MEMBER)]
    rows = Candidacy.objects.select_related("person", "collective", "circle", "charter")
    mine = Membership.objects.filter(member=viewer, state=MembershipState.ACTIVE).values("collective")
    others, own = rows.filter(collective__in=mine).exclude(stage__in=quiet), rows.filter(person=viewer)
    for row in (others | own.exclude(stage__in=over)).distinct().order_by("pk"):
        state = state_of(row)
        kind, until = expected_of(row, state, viewer, figures(row.charter))
        if kind and (until is None or until > now()):
            yield row, state, kind, until
