"""Votes on a text that consent did not settle: casting. They open in `poll_opening` and close in `poll_close`.

Casting and closing lock the poll's row. A ballot is counted if and only if it was acknowledged: the two take turns, and
one instant decides.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction

from governance.actions import remote
from governance.actions.ballot_signing import prepare_ballot
from governance.actions.journal import body_digest, key_of
from governance.actions.poll_close import UNSETTLED, close_poll, due_polls, locked_poll
from governance.actions.poll_confirm import confirmed
from governance.errors import DomainError, IllegalStep, Invalid, NotEntitled, NotFound, WrongState
from governance.models import NamedBallot, Poll, RollEntry, SecretBallot, VoteReceipt
from governance.permissions import check_spoken_for, check_standing, on_probation
from governance.queries.polls import may_read_poll
from governance.queries.proxies import no_longer, why_no_proxy
from governance.queries.shapes import Receipt
from governance.rules.ballots import clean_ballot
from governance.rules.polls import Tier, check_cast
from governance.rules.register import instant_text
from network.clock import now
from network.models import Member

__all__ = ["cast_ballot", "close_poll", "due_polls", "locked_poll"]

log = logging.getLogger("toile.clock")


def cast_ballot(
    *,
    poll_id: int,
    actor: Member,
    payload: Mapping[str, object],
    key: UUID | str,
    password: str = "",
    entered_at: datetime | None = None,
) -> Receipt:
    """Cast one ballot, one's own or (`member`) that of somebody whose proxy one holds, and return its receipt.

    The receipt says that the ballot is counted, never which choice. The same act under the same key gets it again; of
    a secret vote no choice is kept to compare it with, and the receipt knows the day only. A secret ballot, and one on
    the charter, asks for the `password` again, or of members of other nodes when their node let them in (`entered_at`,
    of `queries.polls`). Raises Invalid, NotEntitled, WrongState, IllegalStep, NotFound, TooOften.
    """
    values, key = clean_ballot(payload, actor.pk), key_of(key)
    found = Poll.objects.select_related("charter", "session__proposal__circle__collective").filter(pk=poll_id).first()
    if found is None or not may_read_poll(actor, found):
        raise NotFound("poll_unknown")
    told = {"poll": poll_id, "member": values["member"]} if found.tier == Tier.SECRET else values
    body = body_digest(f"poll:{poll_id}", "vote", told)
    repeated = _earlier(actor, key, body)
    if not repeated:
        check_standing(actor, found.session.proposal.circle.collective_id)
        sure = confirmed(found, actor, password=password, entered_at=entered_at)
        signed = prepare_ballot(found, actor, values, key)
        try:
            repeated = _recorded(poll_id, actor, values, key, body, sure, signed)
        except IntegrityError:  # the same key in another vote, in the same instant: one lock does not see the other
            raise WrongState("key_reused") from None
    _close_if_all_voted(poll_id)
    return repeated


@transaction.atomic
def _recorded(
    poll_id: int,
    actor: Member,
    values: Mapping[str, object],
    key: UUID,
    body: str,
    sure: bool,
    signed: remote.Prepared | None,
) -> Receipt:
    """Write roll, ballot and receipt at once, and return the receipt; that of the same act, if it was done before."""
    poll, at = locked_poll(poll_id), now()
    repeated = _earlier(actor, key, body)
    if repeated:
        return repeated
    check_standing(actor, poll.session.proposal.circle.collective_id)
    if on_probation(actor, poll.session.proposal.circle.collective_id):
        raise NotEntitled("not_on_roll")  # they were a member when it opened, and are not now
    place = _place(poll, actor, int(str(values["member"])))
    if poll.closed_at is None and not sure:
        raise Invalid("password_needed", field="password")
    _cast(poll, place, actor, str(values["choice"]), key, at)
    remote.keep(signed, actor=actor, kind="vote", key=key, about=remote.about_poll(poll))
    facts: dict[str, object] = {"member": place.member_id}
    receipt = Receipt(poll.pk, _told_at(poll, at), "ballot_recorded", "vote", facts)
    kept = {**receipt.__dict__, "at": instant_text(receipt.at)}
    VoteReceipt.objects.create(poll=poll, actor=actor, key=key, body_digest=body, receipt=kept)
    return receipt


def _told_at(poll: Poll, at: datetime) -> datetime:
    """Return the instant that a receipt tells: of a secret vote only the day, for ballots come one after another."""
    if poll.tier != Tier.SECRET:
        return at
    day = at.astimezone(ZoneInfo(settings.TIME_ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    return day.astimezone(UTC)


def _close_if_all_voted(poll_id: int) -> None:
    """Close a vote in which nobody is left to vote, in a transaction of its own: that of the last ballot holds already.

    Whatever keeps it from closing now, the clock closes it within a minute.
    """
    if RollEntry.objects.filter(UNSETTLED, poll=poll_id).exists():
        return
    try:
        close_poll(poll_id=poll_id)
    except (DomainError, OperationalError) as error:
        log.warning("vote %s could not close at its last ballot: %s", poll_id, type(error).__name__)


def _earlier(actor: Member, key: UUID, body: str) -> Receipt | None:
    kept = VoteReceipt.objects.filter(actor=actor, key=key).first()
    if kept is None:
        return None
    if kept.body_digest != body:
        raise WrongState("key_reused")
    return Receipt(**{**kept.receipt, "at": datetime.fromisoformat(kept.receipt["at"])})


def _place(poll: Poll, actor: Member, member: int) -> RollEntry:
    """Return the place on the roll that this person votes for. Their own vote prevails over that of their proxy."""
    place = RollEntry.objects.select_for_update(of=("self",)).filter(poll=poll, member=member).first()
    if place is None or actor.pk not in {place.member_id, place.holder_id}:
        raise NotEntitled("not_on_roll" if member == actor.pk else why_no_proxy(poll, actor.pk, member))
    if place.member_id != actor.pk:
        _check_for_another(poll, place)
    return place


def _check_for_another(poll: Poll, place: RollEntry) -> None:
    if place.has_voted and not place.by_holder:
        raise IllegalStep("giver_voted")
    refusal = no_longer(poll, place)
    if refusal:
        raise NotEntitled(refusal, person=place.member_id)
    check_spoken_for(place.member_id, poll.session.proposal.circle)  # who left has no voice to give


def _cast(poll: Poll, place: RollEntry, actor: Member, choice: str, key: UUID, at: datetime) -> None:
    if poll.closed_at is not None:
        raise IllegalStep("poll_over", closed_at=poll.closed_at)
    tier = Tier(poll.tier)
    check_cast(choice, on_roll=True, voted=place.has_voted, tier=tier, closes_at=poll.closes_at, at=at)
    place.has_voted, place.by_holder = True, place.member_id != actor.pk
    place.save(update_fields=["has_voted", "by_holder"])
    if tier is Tier.SECRET:
        SecretBallot.objects.create(poll=poll, choice=choice)  # a random number, and nothing of who, when or how
    else:
        NamedBallot.objects.create(place=place, choice=choice, cast_by=actor, cast_at=at, key=key)
