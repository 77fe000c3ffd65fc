"""Votes on a text that consent did not settle: opening, casting, closing. The poll's row is locked by all three.

A ballot is counted if and only if it was acknowledged: casting and closing take turns, and one instant decides.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from django.db import transaction

from governance import signals
from governance.actions import effects, remote
from governance.actions.ballot_signing import cite_ballots, prepare_ballot
from governance.actions.journal import body_digest, key_of
from governance.actions.poll_record import record_count, rules_of
from governance.actions.register import sealed
from governance.errors import DomainError, IllegalStep, NotEntitled, NotFound, WrongState
from governance.models import (
    ConsentSession,
    Decision,
    Entry,
    NamedBallot,
    Poll,
    Proxy,
    RollEntry,
    SecretBallot,
    VoteReceipt,
)
from governance.permissions import can_follow, check_spoken_for, check_standing
from governance.queries.polls import roll_of, terms_of_poll
from governance.queries.shapes import Receipt
from governance.queries.states import session_state, terms_of
from governance.rules.ballots import clean_ballot
from governance.rules.polls import Outcome, PollTerms, Result, Tier, check_cast, check_secret, poll_terms, tally
from governance.rules.register import instant_text, plain
from governance.rules.session import Session
from network.clock import day_of, now
from network.models import Member
from network.signals import announce

__all__ = ["cast_ballot", "close_poll", "due_polls", "locked_poll", "open_poll", "rules_body"]


def _announced(session: ConsentSession, at: datetime) -> tuple[PollTerms, list[int], dict[int, int], datetime]:
    """Return what a vote on this decision opens with: its figures, its roll, who holds whose proxy, its end."""
    terms = poll_terms(terms_of(session.charter), session.proposal.decision_class)
    about = effects.concerned(session.proposal)
    roll = [each for each in roll_of(session.proposal, terms_of(session.charter)) if each != about]
    if not roll:
        raise IllegalStep("nobody_to_vote")
    check_secret(len(roll), terms)
    return terms, roll, _holders(session, roll, at) if terms.proxies else {}, at + timedelta(hours=terms.hours)


def _holders(session: ConsentSession, roll: list[int], at: datetime) -> dict[int, int]:
    """Return who holds whose proxy, of people who are both on the roll."""
    rows = Proxy.objects.filter(circle=session.proposal.circle, ended_at=None, ends_on__gte=day_of(at))
    given = rows.filter(giver__in=roll, holder__in=roll).values_list("giver_id", "holder_id")
    return dict(given)


def rules_body(session: ConsentSession, at: datetime) -> dict[str, object]:
    """Return what the entry that opens a vote says of it: rules, end, roll and proxies.

    Raises TermMissing or Invalid for a figure at fault, IllegalStep `too_few_for_secrecy`, `nobody_to_vote`.
    """
    terms, roll, holders, closes_at = _announced(session, at)
    collective = session.proposal.circle.collective
    return {
        "rules": rules_of(terms),
        "closes_at": instant_text(closes_at),
        "roll": [sealed(collective, person) for person in roll],
        "proxies": [
            {"giver": sealed(collective, giver), "holder": sealed(collective, holder)}
            for giver, holder in sorted(holders.items())
        ],
    }


def open_poll(*, session: ConsentSession, state: Session, opening: Entry, at: datetime) -> Poll:
    """Open the vote that takes the place of consent; in the transaction of the step that ended the decision.

    Everything that its result depends on is frozen here. Raises as `rules_body`.
    """
    terms, roll, holders, closes_at = _announced(session, at)
    poll = Poll.objects.create(
        session=session,
        charter=session.charter,
        version=state.version.number,
        title=state.version.title,
        text=state.version.text,
        terms=plain({**rules_of(terms), "hours": terms.hours}),
        tier=terms.tier.value,
        opened_at=at,
        closes_at=closes_at,
        opening=opening,
    )
    RollEntry.objects.bulk_create(
        RollEntry(poll=poll, member_id=person, holder_id=holders.get(person)) for person in roll
    )
    announce(signals.poll_opened, poll_id=poll.pk)
    return poll


def cast_ballot(*, poll_id: int, actor: Member, payload: Mapping[str, object], key: UUID | str) -> Receipt:
    """Cast one ballot, one's own or (`member`) that of somebody whose proxy one holds, and return its receipt.

    The receipt says that the ballot is counted, never which choice. The same act under the same key gets it again; of
    a secret vote no choice is kept to compare it with. Raises Invalid, NotEntitled, WrongState, IllegalStep, NotFound.
    """
    values, key = clean_ballot(payload, actor.pk), key_of(key)
    found = Poll.objects.select_related("charter", "session__proposal__circle__collective").filter(pk=poll_id).first()
    if found is None or not can_follow(actor, found.session.proposal.circle):
        raise NotFound("poll_unknown")
    told = {"poll": poll_id, "member": values["member"]} if found.tier == Tier.SECRET else values
    body = body_digest(f"poll:{poll_id}", "vote", told)
    signed = prepare_ballot(found, actor, values, key)
    with transaction.atomic():
        poll, at = locked_poll(poll_id), now()
        repeated = _earlier(actor, key, body)
        if repeated:
            return repeated
        check_standing(actor, poll.session.proposal.circle.collective_id)
        place = _place(poll, actor, int(str(values["member"])))
        _cast(poll, place, actor, str(values["choice"]), key, at)
        about = remote.about_poll(poll)
        remote.keep(signed, actor=actor, kind="vote", key=key, about=about)
        facts: dict[str, object] = {"member": place.member_id}
        receipt = Receipt(poll.pk, at, "ballot_recorded", "vote", facts)
        kept = {**receipt.__dict__, "at": instant_text(at)}
        VoteReceipt.objects.create(poll=poll, actor=actor, key=key, body_digest=body, receipt=kept)
        if not poll.roll.filter(has_voted=False).exists():
            _close(poll, at)
    return receipt


def locked_poll(poll_id: int) -> Poll:
    """Return the vote, its row locked until the transaction ends; raises NotFound."""
    rows = Poll.objects.select_for_update(of=("self",)).select_related(
        "charter", "opening", "session__charter", "session__assembly", "session__proposal__circle__collective"
    )
    found = rows.filter(pk=poll_id).first()
    if found is None:
        raise NotFound("poll_unknown")
    return found


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
        raise NotEntitled("not_on_roll" if member == actor.pk else "no_proxy")
    if place.member_id != actor.pk and place.has_voted and not place.by_holder:
        raise IllegalStep("giver_voted")
    if place.member_id != actor.pk:  # a proxy gives no more than its giver has: who left, or is suspended, has nothing
        check_spoken_for(place.member_id, poll.session.proposal.circle)
    return place


def _cast(poll: Poll, place: RollEntry, actor: Member, choice: str, key: UUID, at: datetime) -> None:
    if poll.closed_at is not None:
        raise IllegalStep("poll_over", closed_at=poll.closed_at)
    tier = Tier(poll.tier)
    check_cast(choice, on_roll=True, voted=place.has_voted, tier=tier, closes_at=poll.closes_at, at=at)
    place.has_voted, place.by_holder = True, place.member_id != actor.pk
    place.save(update_fields=["has_voted", "by_holder"])
    if tier is Tier.SECRET:
        SecretBallot.objects.create(poll=poll, choice=choice)
    else:
        NamedBallot.objects.create(place=place, choice=choice, cast_by=actor, cast_at=at, key=key)


def due_polls() -> list[int]:
    """Return the votes whose end has come."""
    over = Poll.objects.filter(closed_at=None, closes_at__lte=now())
    return list(over.order_by("closes_at").values_list("pk", flat=True))


@transaction.atomic
def close_poll(*, poll_id: int) -> bool:
    """Close a vote whose end has come, count it and enter the result; False if it is closed, or not over yet."""
    poll, at = locked_poll(poll_id), now()
    if poll.closed_at is not None or at < poll.closes_at:
        return False
    _close(poll, at)
    return True


def _close(poll: Poll, at: datetime) -> None:
    terms, state = terms_of_poll(poll), session_state(poll.session)
    result = tally(poll.roll.count(), _ballots(poll), terms)
    poll.closed_at, poll.outcome, poll.result = at, result.outcome.value, _kept(result)
    carried = result.outcome is Outcome.CARRIED
    refused = _refusal(poll, state) if carried else ""
    poll.entry = record_count(poll=poll, state=state, terms=terms, result=result, at=at, refused=refused)
    poll.save(update_fields=["closed_at", "outcome", "result", "entry"])
    cite_ballots(poll, poll.entry)
    if carried:
        _adopt(poll, state, poll.entry, refused, at)
    announce(signals.poll_closed, poll_id=poll.pk)


def _ballots(poll: Poll) -> list[str]:
    if poll.tier == Tier.SECRET:
        return list(SecretBallot.objects.filter(poll=poll).values_list("choice", flat=True))
    last: dict[int, str] = {}
    for place, choice in NamedBallot.objects.filter(place__poll=poll).order_by("pk").values_list("place_id", "choice"):
        last[place] = choice
    return list(last.values())


def _kept(result: Result) -> dict[str, object]:
    """Return the count as the row keeps it: the same as in the entry."""
    share: Fraction | None = result.share
    count = {"electorate": result.electorate, "voted": result.voted, "count": dict(result.chosen), "share": share}
    kept: dict[str, object] = plain({**count, "quorum_reached": result.quorum_reached})  # type: ignore[assignment]
    return kept


def _refusal(poll: Poll, state: Session) -> str:
    """Return why the text may change nothing any more, the empty text if it may: the vote stands all the same."""
    try:
        effects.check_text(poll.session.proposal, state.version)
    except DomainError as error:
        return error.code
    return ""


def _adopt(poll: Poll, state: Session, entry: Entry, refused: str, at: datetime) -> None:
    """Write the decision that the vote made, and do what its text says."""
    version = state.version
    decision = Decision.objects.create(
        session=poll.session,
        version=poll.version,
        title=poll.title,
        text=poll.text,
        review_on=date.fromisoformat(version.review_on),
        responsible_id=version.responsible,
        entry=entry,
        assembly=poll.session.assembly,
        adopted_at=at,
    )
    if not refused:
        effects.adopted(decision, at)
    announce(signals.decision_recorded, decision_id=decision.pk)
