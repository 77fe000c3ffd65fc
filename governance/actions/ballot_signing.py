"""Ballots of members of other nodes: signed at home before the lock or soon after, cited by the entry of the vote."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q

from governance.actions import remote
from governance.models import ActSignature, Entry, Poll
from governance.permissions import is_suspended
from governance.queries.remote import proof_digest
from governance.rules.polls import Tier
from governance.rules.remote import ballot_signed
from network.clock import now
from network.models import Member

__all__ = ["cite_ballots", "prepare_ballot"]


def prepare_ballot(poll: Poll, actor: Member, values: Mapping[str, object], key: UUID) -> remote.Prepared | None:
    """Return what goes with a ballot of a member of another node; asks their node, so before any lock.

    Of a secret ballot it signs that they took part, and no choice. `values` as `rules.ballots.clean_ballot` returns
    them. Raises as `remote.prepare`.
    """
    member = int(str(values["member"]))
    if actor.local or not _may_try(poll, actor, member):
        return None
    signed = ballot_signed(str(values["choice"]), member=member, actor=actor.pk)
    payload = {} if poll.tier == Tier.SECRET else signed
    return remote.prepare(actor=actor, kind="vote", payload=payload, key=key, about=remote.about_poll(poll))


def _may_try(poll: Poll, actor: Member, member: int) -> bool:
    """Return whether this ballot may be cast, as far as one sees without the lock: no node is asked for another."""
    if is_suspended(actor, poll.session.proposal.circle.collective_id) or poll.closed_at or now() >= poll.closes_at:
        return False
    return poll.roll.filter(Q(member=actor) | Q(holder=actor), member=member).exists()


def cite_ballots(poll: Poll, entry: Entry) -> None:
    """Tie the signatures of a vote to its entry, those of which it speaks; in the transaction of the closing.

    Of a secret vote a signature that comes later stays out of the register: a line of its own would tell who voted.
    """
    rows = ActSignature.objects.filter(poll=poll, entry=None)
    if poll.tier == Tier.SECRET:
        hidden = set(entry.body.get("sealed_signatures", []))
        rows = rows.filter(pk__in=[row.pk for row in rows.exclude(proof=None) if proof_digest(row) in hidden])
    rows.update(entry=entry)
