"""Who may do what with people, offers and attestations. Each answers yes or no; actions refuse."""

from network.models import Account, Member, Membership, MembershipState, Offer, Quote


def is_active(member: Member | None) -> bool:
    """A member of some collective of this node today, who has not left."""
    return _belongs(member, MembershipState.ACTIVE)


def _belongs(member: Member | None, *states: str) -> bool:
    if member is None or member.gone_at is not None:
        return False
    return Membership.objects.filter(member=member, state__in=states, collective__local=True).exists()


def can_edit_profile(member: Member | None) -> bool:
    """One's own profile only, hence no second argument: local people who have not left."""
    return member is not None and member.local and member.gone_at is None


def can_publish(member: Member | None) -> bool:
    """Members and candidates of this node; how far a candidate is trusted is shown beside the offer."""
    return can_edit_profile(member) and _belongs(
        member, MembershipState.ACTIVE, MembershipState.CANDIDATE, MembershipState.PROBATION
    )


def can_edit(member: Member | None, offer: Offer) -> bool:
    """Nobody edits for another, operators included."""
    return can_edit_profile(member) and offer.local and member is not None and offer.owner_id == member.pk


def can_invite(member: Member | None) -> bool:
    return can_attest(member)


def can_attest(member: Member | None) -> bool:
    """Attestations of candidates would count for nothing: only active members of this node give them."""
    return can_edit_profile(member) and is_active(member)


def can_attest_service(member: Member | None) -> bool:
    """A client need be no member: a candidate, somebody on probation or whose membership ended says what was done for
    them. Not while suspended."""
    return can_edit_profile(member) and not _belongs(member, MembershipState.SUSPENDED)


def can_add_skill(member: Member | None) -> bool:
    """Active members of this node: the tree grows where it is used."""
    return can_edit_profile(member) and is_active(member)


def can_merge_skills(member: Member | None) -> bool:
    """Active members who operate this node: it is upkeep that takes nothing from anybody and can be undone, and it
    touches what others wrote, so that it is not for everybody."""
    if not can_add_skill(member) or member is None:
        return False
    return Account.objects.filter(member=member, operator=True, is_active=True).exists()


def can_vouch(member: Member | None, subject: Member) -> bool:
    """An active local member, for anybody else who has not left."""
    return (
        can_attest(member)
        and member is not None
        and member.pk != subject.pk
        and subject.gone_at is None
        and not subject.unclaimed
    )


def can_ask(member: Member | None, offer: Offer) -> bool:
    """Whoever may publish here may ask anybody else, of any node, for a quote."""
    return can_publish(member) and member is not None and offer.owner_id != member.pk and not offer.owner.unclaimed


def can_answer(member: Member | None, quote: Quote) -> bool:
    """Only the one whose offer it is answers, at the node where the offer lives."""
    return can_edit(member, quote.offer)


def can_read_quote(member: Member | None, quote: Quote) -> bool:
    """The two sides, and nobody else: operators included."""
    return can_edit_profile(member) and member is not None and member.pk in {quote.asker_id, quote.offer.owner_id}


def can_import_entries(member: Member | None) -> bool:
    """Whoever operates this node brings entries of other directories here, and settles who claims them. Moderators do
    not: an import writes hundreds of entries about people who are not here, and who operates the node answers for its
    sources as for the nodes that it listens to; moderators judge, entry by entry, what is shown of it."""
    if member is None or member.gone_at is not None:
        return False
    return Account.objects.filter(member=member, operator=True, is_active=True).exists()
