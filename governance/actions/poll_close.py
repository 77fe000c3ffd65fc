"""The end of a vote: its count. A secret one that too few took part in gets more time once, then is withheld."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, When

from governance import signals
from governance.actions import effects
from governance.actions.ballot_signing import cite_ballots
from governance.actions.poll_record import record_count, record_extension, record_withheld
from governance.errors import DomainError, NotFound
from governance.models import Decision, Entry, NamedBallot, Poll, RollEntry, SecretBallot
from governance.queries.polls import terms_of_poll
from governance.queries.states import session_state
from governance.rules.polls import Outcome, PollTerms, Result, Tier, participation_told, tally
from governance.rules.register import plain
from governance.rules.session import Session
from network.clock import now
from network.signals import announce

__all__ = ["UNSETTLED", "close_poll", "due_polls", "locked_poll"]


UNSETTLED = Q(has_voted=False) | Q(by_holder=True, poll__tier=Tier.OPEN.value)  # the giver may still speak themself


def locked_poll(poll_id: int) -> Poll:
    """Return the vote, its row locked until the transaction ends; raises NotFound."""
    rows = Poll.objects.select_for_update(of=("self",)).select_related(
        "charter", "opening", "session__charter", "session__assembly", "session__proposal__circle__collective"
    )
    found = rows.filter(pk=poll_id).first()
    if found is None:
        raise NotFound("poll_unknown")
    return found


def due_polls() -> list[int]:
    """Return the open votes whose end has come, or in which nobody is left to vote."""
    missing = RollEntry.objects.filter(UNSETTLED, poll=OuterRef("pk"))
    over = Poll.objects.filter(Q(closes_at__lte=now()) | ~Exists(missing), closed_at=None)
    return list(over.order_by("closes_at").values_list("pk", flat=True))


@transaction.atomic
def close_poll(*, poll_id: int) -> bool:
    """Close a vote whose end has come, or in which everybody has voted in person: count it and enter the result.

    False if it is closed, or not over yet; or if it was a secret one that too few took part in, and has now more time.
    Such a one never ends early: that would tell that everybody had voted.
    """
    poll, at = locked_poll(poll_id), now()
    terms, hands = terms_of_poll(poll), _hands(poll)
    few = terms.tier is Tier.SECRET and 0 < hands < terms.floor
    if poll.closed_at is not None or at < poll.closes_at and (few or _missing(poll)):
        return False
    effects.closing(poll)
    if not few:
        _close(poll, terms, hands, at)
    elif poll.extended:
        _withhold(poll, terms, at)
    else:
        _extend(poll, terms, at)
        return False
    effects.voted(poll, at)
    return True


def _missing(poll: Poll) -> bool:
    return RollEntry.objects.filter(UNSETTLED, poll=poll).exists()


def _hands(poll: Poll) -> int:
    """Return how many people cast the ballots: whoever holds proxies cast several, and knows what those say.

    Secret ballots cast by fewer hands than the floor would tell who voted what: then no choice is even read.
    """
    hand = Case(When(by_holder=True, then=F("holder")), default=F("member"))
    return poll.roll.filter(has_voted=True).values_list(hand).distinct().count()


def _extend(poll: Poll, terms: PollTerms, at: datetime) -> None:
    """Give the same time once more, entered in the register; roll and ballots stay."""
    before, poll.closes_at, poll.extended = poll.closes_at, at + timedelta(hours=terms.hours), True
    poll.save(update_fields=["closes_at", "extended"])
    record_extension(poll=poll, before=before, at=at)


def _withhold(poll: Poll, terms: PollTerms, at: datetime) -> None:
    """End a secret vote that cannot be counted: its ballots go unread, for good."""
    SecretBallot.objects.filter(poll=poll).delete()
    counted: dict[str, object] = {"voted": None, "count": {}, "share": None, "quorum_reached": None}
    poll.closed_at, poll.outcome = at, Outcome.WITHHELD.value
    poll.result = {"electorate": poll.roll.count(), **counted, "participation": False}
    _end(poll, record_withheld(poll=poll, state=session_state(poll.session), terms=terms, at=at))


def _close(poll: Poll, terms: PollTerms, hands: int, at: datetime) -> None:
    state = session_state(poll.session)
    if terms.tier is Tier.SECRET:
        _rewrite(poll)
    result = tally(poll.roll.count(), _ballots(poll), terms)
    told = participation_told(result, terms, hands)
    poll.closed_at, poll.outcome, poll.result = at, result.outcome.value, _kept(result, told=told)
    carried = result.outcome is Outcome.CARRIED
    refused = _refusal(poll, state) if carried else ""
    entry = record_count(poll=poll, state=state, terms=terms, result=result, told=told, at=at, refused=refused)
    _end(poll, entry)
    if carried and not refused:
        _adopt(poll, state, entry, at)


def _end(poll: Poll, entry: Entry) -> None:
    """Store the end of a vote."""
    poll.entry = entry
    poll.save(update_fields=["closed_at", "outcome", "result", "entry"])
    cite_ballots(poll, entry)


def _rewrite(poll: Poll) -> None:
    """Write the ballots of a secret vote anew, under new random numbers and in their order.

    Otherwise where its row lies and the number of its transaction would lead from a ballot to the place on the roll
    that was marked with it. Backups and logs of the database from before the close may still do so.
    """
    ballots = SecretBallot.objects.filter(poll=poll)
    fresh = [SecretBallot(poll=poll, choice=choice) for choice in ballots.values_list("choice", flat=True)]
    ballots.delete()
    SecretBallot.objects.bulk_create(sorted(fresh, key=lambda ballot: ballot.pk))


def _ballots(poll: Poll) -> list[str]:
    if poll.tier == Tier.SECRET:
        return list(SecretBallot.objects.filter(poll=poll).values_list("choice", flat=True))
    last: dict[int, str] = {}
    for place, choice in NamedBallot.objects.filter(place__poll=poll).order_by("pk").values_list("place_id", "choice"):
        last[place] = choice
    return list(last.values())


def _kept(result: Result, *, told: bool) -> dict[str, object]:
    """Return the count as the row keeps it: the same as in the entry, and whether it is told who took part."""
    count = {"electorate": result.electorate, "voted": result.voted, "count": dict(result.chosen)}
    more = {"share": result.share, "quorum_reached": result.quorum_reached, "participation": told}
    kept: dict[str, object] = plain({**count, **more})  # type: ignore[assignment]
    return kept


def _refusal(poll: Poll, state: Session) -> str:
    """Return why the text may change nothing any more, the empty text if it may; then it is no decision either."""
    try:
        effects.check_text(poll.session.proposal, state.version)
    except DomainError as error:
        return error.code
    return ""


def _adopt(poll: Poll, state: Session, entry: Entry, at: datetime) -> None:
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
    effects.adopted(decision, at)
    announce(signals.decision_recorded, decision_id=decision.pk)
