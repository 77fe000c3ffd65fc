"""Leaving the node, as far as decisions are concerned: seats and mandates end, the register forgets the name."""

from django.db import transaction

from governance.models import CircleMember, Mandate, SealedName
from network.actions.leaving import leave_node
from network.clock import now
from network.models import Account, Member

__all__ = ["forget_name", "leave"]


@transaction.atomic
def leave(*, actor: Account, member_id: int, password: str) -> Member:
    """Let a member leave this node and be erased (`network.actions.leaving.leave_node` says who may, and what ends).

    Seats in circles and mandates end now. What they decided stays decided: the register keeps the number and the
    commitment; the name and salt that would open it are deleted, and every hash still holds.
    """
    member = leave_node(actor=actor, member_id=member_id, password=password)
    CircleMember.objects.filter(member=member, until=None).update(until=now())
    Mandate.objects.filter(member=member, starts_on__gt=now().date()).delete()
    running = Mandate.objects.filter(member=member)
    (running.filter(ends_on=None) | running.filter(ends_on__gt=now().date())).update(ends_on=now().date())
    forget_name(member)
    return member


def forget_name(member: Member) -> None:
    """Delete what leads from the register's commitments to a person."""
    SealedName.objects.filter(member=member).delete()
