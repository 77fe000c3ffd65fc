"""What the clock does in candidacies: deadlines, notices, renewals, those who left, words whose time is over."""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from governance.actions.candidacy_facts import counts
from governance.actions.candidacy_follow import erase_words, follow
from governance.actions.candidacy_journal import locked_candidacy, write_step
from governance.errors import DomainError
from governance.models import Candidacy, Circle
from governance.queries.candidacy_states import figures, state_of, still_members
from governance.queries.states import charter_of
from governance.rules.candidacy import BEFORE_MEMBER, ENDED, Stage
from governance.rules.candidacy import Candidacy as State
from governance.rules.cooptation_due import due_step
from governance.rules.session import Step
from network.clock import now
from network.models import Membership, MembershipState

__all__ = ["due_candidacies", "move_on", "tend_candidacies"]

log = logging.getLogger("toile.candidacies")
OVER = [each.value for each in ENDED]
KEPT = [Stage.MEMBER.value, Stage.RENEWAL.value]
BEFORE = [each.value for each in BEFORE_MEMBER]


def tend_candidacies() -> int:
    """Do everything that is due; safe to repeat. Return how many steps were taken."""
    taken = _follow_members()
    for pk in due_candidacies():
        try:
            taken += move_on(candidacy_id=pk)
        except DomainError as error:  # one charter that cannot be read does not stop the others
            log.warning("candidacy %s waits: %s", pk, error.code)
        except Exception:  # noqa: BLE001 - nor does one row with which anything else is wrong
            log.exception("candidacy %s waits", pk)
    erase_words(now())
    return taken


def due_candidacies() -> list[int]:
    """Return the rows in which something is due, or whose people may have left."""
    at = now()
    due = Candidacy.objects.filter(due_at__lte=at)
    belongs = Membership.objects.filter(
        collective=OuterRef("collective"), member=OuterRef("person"), member__gone_at=None,
        state__in=[MembershipState.ACTIVE, MembershipState.SUSPENDED],
    )  # fmt: skip
    alone = Candidacy.objects.filter(stage__in=KEPT).exclude(Exists(belongs))
    live = Candidacy.objects.filter(stage__in=[*BEFORE, Stage.APPEAL.value])
    return sorted(
        {*due.values_list("pk", flat=True), *alone.values_list("pk", flat=True), *live.values_list("pk", flat=True)}
    )


def _follow_members() -> int:
    """Begin to follow the memberships that have no journal yet: founders, and who came by invitation."""
    known = Candidacy.objects.filter(collective=OuterRef("collective"), person=OuterRef("member")).exclude(
        stage__in=OVER
    )
    active = Membership.objects.filter(collective__local=True, state=MembershipState.ACTIVE, member__gone_at=None)
    found = active.exclude(Exists(known)).select_related("collective", "member").order_by("pk")
    return sum(_kept(each) for each in found)


def _kept(membership: Membership) -> bool:
    collective = membership.collective
    circle = Circle.objects.filter(collective=collective).order_by("opened_at", "pk").first()
    try:
        charter = charter_of(collective)
        figures(charter)
        if circle is None:
            return False
        with transaction.atomic():
            row = Candidacy.objects.create(
                collective=collective, person=membership.member, circle=circle, charter=charter, opened_at=now()
            )
            payload = {"person": membership.member_id, "since": membership.since}
            write_step(row, Step("keep", None, now(), payload))
    except (DomainError, IntegrityError):  # no figures yet, or another worker was first
        return False
    return True


@transaction.atomic
def move_on(*, candidacy_id: int) -> int:
    """Take the steps that are due in one candidacy, one after the other; return how many."""
    row, taken = locked_candidacy(candidacy_id), 0
    while taken < 10:
        step = _next(row, state_of(row), now())
        if step is None:
            break
        if step.kind == "renewal_due":
            row.charter = charter_of(row.collective)  # each renewal obeys the charter in force when it opens
        before, after, _ = write_step(row, step)
        follow(row, before, after, step.kind, step.at)
        taken += 1
    return taken


def _next(row: Candidacy, state: State, at: datetime) -> Step | None:
    if state.stage in ENDED:
        return None
    if _has_left(row, state):
        return Step("left", None, at)
    gone = _gone(row, state)
    if gone is not None:
        return Step("juror_left" if state.stage is Stage.APPEAL else "sponsor_left", None, at, {"person": gone})
    kind = due_step(state, at, figures(row.charter))
    if kind == "reveal":
        return Step(kind, None, at, counts(row))
    if kind == "notice":
        return Step(kind, None, at, {"members": sorted(still_members(row.collective_id, state.electorate))})
    if kind == "lapse" and _last_member(row):
        return None
    return Step(kind, None, at) if kind else None


def _has_left(row: Candidacy, state: State) -> bool:
    if row.person.gone_at is not None:
        return True
    keeps = (
        state.stage in {Stage.MEMBER, Stage.RENEWAL} or state.cause == "exclusion" and state.stage is not Stage.APPEAL
    )
    mine = Membership.objects.filter(collective=row.collective, member=row.person)
    standing = mine.filter(state__in=[MembershipState.ACTIVE, MembershipState.SUSPENDED])
    return keeps and not standing.exists()


def _gone(row: Candidacy, state: State) -> int | None:
    """Return a sponsor or juror of the process under way who is no longer a member. A vote is not stopped by it: roll
    and text are frozen, and nobody is to undo by leaving what the others are deciding in secret."""
    carried = state.stage in BEFORE_MEMBER - {Stage.PROBATION, Stage.VOTE} and state.cause == "admission"
    people = [each.person for each in state.sponsors] if carried else []
    people += state.panel if state.stage is Stage.APPEAL else ()
    if not people:
        return None
    here = still_members(row.collective_id, people)
    return next((person for person in people if person not in here), None)


def _last_member(row: Candidacy) -> bool:
    """Return whether nobody would be left: a collective does not lapse by itself."""
    others = Membership.objects.filter(collective=row.collective, state=MembershipState.ACTIVE, member__gone_at=None)
    return not others.exclude(member=row.person).exists()
