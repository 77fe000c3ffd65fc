"""Leaving the node, as far as decisions are concerned: seats and mandates end, the register forgets the name."""

from django.db import transaction

from governance.actions.circles import end_mandates, leave_seat
from governance.actions.inbox import forget_inbox
from governance.models import (
    ActSignature,
    CandidacyText,
    CircleMember,
    Election,
    ElectionStep,
    Mandate,
    PersonObjection,
    SealedName,
)
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
    for seat in CircleMember.objects.filter(member=member, until=None).select_related("circle"):
        leave_seat(seat, actor=None, at=now())
    end_mandates(Mandate.objects.filter(member=member), actor=None, at=now())
    Mandate.objects.filter(member=member).update(mission="", ended_reason="")
    forget_name(member)
    forget_inbox(member)
    return member


def forget_name(member: Member) -> None:
    """Delete what leads from the register's commitments to a person, and what was written on their candidacies."""
    CandidacyText.objects.filter(candidacy__person=member).delete()
    ActSignature.objects.filter(candidacy__person=member).update(salt="")  # nor can words be tried against a signature
    PersonObjection.objects.filter(candidacy__person=member).delete()
    SealedName.objects.filter(member=member).delete()
    mine = ElectionStep.objects.filter(kind="propose", payload__person=member.pk).values("election")
    Election.objects.filter(pk__in=mine).update(texts={})  # words about them that the register cites by commitment
