"""Reads about collectives and who belongs to them."""

from network.models import Collective, Member, Membership, MembershipState


def home_collective() -> Collective | None:
    """The first collective founded at this node, the one visitors look through; None before the first run."""
    return Collective.objects.filter(local=True).order_by("founded_at", "pk").first()


def local_collective(slug: str) -> Collective | None:
    return Collective.objects.filter(local=True, slug=slug).first()


def collective_of(member: Member | None) -> Collective | None:
    """The collective of this node to which `member` has belonged longest; None if to none."""
    if member is None:
        return None
    active = Membership.objects.filter(member=member, state=MembershipState.ACTIVE, collective__local=True)
    first = active.select_related("collective").order_by("since", "pk").first()
    return first.collective if first else None


def memberships_of(member: Member) -> list[Membership]:
    """Memberships of `member`, past ones included, in the order in which they began."""
    return list(Membership.objects.filter(member=member).select_related("collective").order_by("since", "pk"))


def members_of(collective: Collective) -> list[Member]:
    """The active members of `collective`, in the order of its register."""
    active = collective.memberships.filter(state=MembershipState.ACTIVE, member__gone_at=None)
    return [membership.member for membership in active.select_related("member").order_by("number")]
