"""Who may read what is not public: signers of GETs from outside, and local members of others' collections."""

from collections.abc import Iterable

from federation.models import Follow, FollowState, RemoteActor
from federation.queries import node_actor
from federation.rules.delivery import Audience, Recipient, followers_audience, members_audience, public_audience
from federation.rules.origins import same_origin
from federation.rules.vocabulary import PUBLIC
from network.models import Collective, Member, Membership, MembershipState, Offer, Visibility
from network.queries.readers import BELONGING

__all__ = [
    "audience_of",
    "belongs",
    "collections_of",
    "collectives_with",
    "follows",
    "is_fellow",
    "may_read",
    "may_read_offer",
    "members_elsewhere",
    "reader_here",
]

NOBODY = "about:blank"  # in every list that is asked for, so that an empty one takes a query too
FOLLOWERS, MEMBERS = "/followers", "/members"


def may_read(signer: str, audience: Iterable[str]) -> bool:
    """Whether the actor `signer` is among `audience`: named, a follower, or an active member of a collective.

    Always the same two queries, so that what is absent takes as long as what is refused.
    """
    named = [*audience, NOBODY]
    followed, member = follows(signer), belongs(signer, _without(MEMBERS, named))
    return not followed.isdisjoint(_without(FOLLOWERS, named)) or member or signer in named or PUBLIC in named


def audience_of(offer: Offer) -> Audience:
    """Return whom the documents of a local offer (its owner at hand) name."""
    if offer.visibility == Visibility.MEMBERS:
        return members_audience(_collectives_of(offer.owner))
    build = public_audience if offer.visibility == Visibility.PUBLIC else followers_audience
    return build(offer.owner.uri, node_actor())


def may_read_offer(actor: str, offer: Offer) -> bool:
    """Whether `actor`, of another node, may read a local offer (its owner at hand)."""
    audience = audience_of(offer)
    return may_read(actor, [*audience.to, *audience.cc])


def follows(follower: str) -> frozenset[str]:
    """Return the actors of ours that have accepted `follower`, of another node."""
    rows = Follow.objects.filter(outgoing=False, state=FollowState.ACCEPTED, follower=follower)
    return frozenset(rows.values_list("followed", flat=True))


def collectives_with(member: str) -> list[int]:
    """Return the keys of the collectives of which `member` (uri) is an active member."""
    rows = Membership.objects.filter(state=MembershipState.ACTIVE, member__uri=member, member__gone_at=None)
    return list(rows.values_list("collective_id", flat=True))


def belongs(member: str, collectives: Iterable[str]) -> bool:
    """Whether `member` is an active member of one of these collectives; uris."""
    rows = Membership.objects.filter(state=MembershipState.ACTIVE, member__uri=member, member__gone_at=None)
    return rows.filter(collective__uri__in=[*collectives, NOBODY]).exists()


def _without(ending: str, uris: Iterable[str]) -> list[str]:
    return [uri.removesuffix(ending) for uri in uris if uri.endswith(ending)]


def collections_of(member: Member) -> list[str]:
    """Return the collections of followers, elsewhere, to which a local member belongs: by its node, or by itself."""
    return list(_followings([node_actor(), member.uri]))


def _followings(followers: Iterable[str] = ()) -> dict[str, str]:
    """Return the collections of followers that actors here belong to, and through whom; of these actors, or of all."""
    rows = Follow.objects.filter(outgoing=True, state=FollowState.ACCEPTED).order_by("-id")
    if followers:
        rows = rows.filter(follower__in=list(followers))
    pairs = dict(rows.values_list("followed", "follower"))
    known = RemoteActor.objects.filter(uri__in=list(pairs)).values_list("uri", "followers")
    named = {uri: followers for uri, followers in known if followers and same_origin(uri, followers)}
    return {named.get(followed, f"{followed}{FOLLOWERS}"): follower for followed, follower in pairs.items()}


def reader_here(audience: Iterable[str]) -> str | None:
    """Return an actor of ours who is among an audience of another node: a follower, a member; None if nobody is."""
    named = list(audience)
    followings = _followings()
    through = sorted(followings[uri] for uri in named if uri in followings)
    here = Member.objects.filter(local=True, gone_at=None)
    active = Membership.objects.filter(state=MembershipState.ACTIVE, member__in=here)
    addressed = here.filter(uri__in=named).values_list("uri", flat=True)
    belonging = active.filter(collective__uri__in=_without(MEMBERS, named)).values_list("member__uri", flat=True)
    return next(iter(through), None) or addressed.order_by("pk").first() or belonging.order_by("pk").first()


def is_fellow(owner: str, audience: Iterable[str]) -> bool:
    """Whether `owner` is an active member of a collective whose members are addressed."""
    return belongs(owner, _without(MEMBERS, audience))


def members_elsewhere(audience: Audience) -> list[Recipient]:
    """Return the active members, on other nodes, of the collectives that are addressed, with their own inboxes."""
    rows = Membership.objects.filter(
        state=MembershipState.ACTIVE,
        collective__uri__in=_without(MEMBERS, audience.to),
        member__local=False,
        member__gone_at=None,
    )
    uris = rows.order_by("member_id").values_list("member__uri", flat=True).distinct()
    inboxes = dict(RemoteActor.objects.filter(uri__in=list(uris), gone_at=None).values_list("uri", "inbox"))
    return [Recipient(uri, inboxes[uri]) for uri in uris if uri in inboxes]


def _collectives_of(member: Member) -> list[str]:
    """Return the uris of the collectives whose members a local member's offers can be addressed to, sorted."""
    rows = Collective.objects.filter(memberships__member=member, memberships__state__in=BELONGING)
    return sorted(rows.values_list("uri", flat=True))
