"""Reads about people, their logins, and the node itself."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q

from network import clock, permissions
from network.errors import NotEntitled, NotFound
from network.models import (
    Account,
    Hidden,
    Invitation,
    Member,
    Membership,
    NodeProfile,
    Offer,
    Purpose,
)
from network.queries.collectives import home_collective, members_of, memberships_of
from network.queries.freshness import offer_shown, present
from network.queries.hiding import hiding_of
from network.queries.moderators import Concealment, concealment
from network.queries.offers import live_offers_of
from network.queries.readers import readable
from network.rules.cards import origin_of
from network.rules.places import fold

__all__ = [
    "Counts", "MemberPage", "counts", "entry_at", "find_invitation", "home_collective", "is_set_up", "local_member",
    "local_member_at", "local_members_called", "member_by_uri", "member_for", "member_page", "members_of",
    "names_of_local", "remote_owner", "this_node", "token_digest",
]  # fmt: skip

PAGE = re.compile(r"/membres/([0-9]{1,18})")
ADDRESS = re.compile(r"@|^/|://|/$")  # in a text that may be read as something else than a name


@dataclass(frozen=True)
class MemberPage:
    """What the page of one member shows, and what the viewer may do there."""

    member: Member
    memberships: list[Membership]
    offers: list[Offer]
    requests: list[Offer]
    can_edit: bool
    can_vouch: bool
    concealed: Concealment | None = None  # what hides their words from this viewer
    hidden: Hidden | None = None  # the row that hides them, for those who see them nevertheless too


@dataclass(frozen=True)
class Counts:
    """Figures for the home page: what a search would look through."""

    members: int
    local_members: int
    offers: int
    requests: int
    origins: int  # nodes from which somebody is known, this one included


def member_page(pk: int, *, viewer: Member | None, concealed_too: bool = False) -> MemberPage:
    """Return the page of member `pk`; NotFound("member_unknown") if there is none, or if they have left.

    A hidden one is NotFound("entry_hidden") for visitors, unless the caller shows no more of it than `concealed` says;
    who is signed in may still take back what they attested.
    """
    member = Member.objects.prefetch_related("skills").filter(pk=pk, gone_at=None).first()
    if member is None:
        raise NotFound("member_unknown")
    hidden = hiding_of(member.uri)
    concealed = concealment(member, hidden, viewer=viewer)
    if concealed and viewer is None and not concealed_too:
        raise NotFound("entry_hidden", reason=concealed.reason)
    live = live_offers_of(member, reader=viewer)
    return MemberPage(
        member,
        memberships_of(member),
        [offer for offer in live if offer.purpose == Purpose.OFFER],
        [offer for offer in live if offer.purpose == Purpose.REQUEST],
        permissions.can_edit_profile(viewer) and viewer == member,
        permissions.can_vouch(viewer, member),
        concealed,
        hidden,
    )


def member_for(account: object) -> Member | None:
    """The member behind a login (or behind nobody: an anonymous visitor); None if they have left, or if they came from
    a node with which this one no longer speaks."""
    member = account.member if isinstance(account, Account) else None
    here = member is not None and member.gone_at is None and (member.local or not member.muted)
    return member if here else None


def local_member(handle: str) -> Member | None:
    """The member of this node named `handle`, unless gone."""
    return Member.objects.filter(local=True, handle=handle.lower(), gone_at=None).first()


def local_member_at(pk: int) -> Member:
    """The member `pk` of this node; NotFound("member_unknown") if there is none, or if they have left."""
    member = Member.objects.filter(pk=pk, local=True, gone_at=None).first()
    if member is None:
        raise NotFound("member_unknown")
    return member


def local_members_called(text: str) -> list[Member]:
    """The members of this node whom a text names: by their address here, their name of login, or their name.

    Several where they share a name, or one has the name of login that is another's name. An address is that of their
    page (`/membres/7`) or of their actor.
    """
    here = Member.objects.filter(local=True, gone_at=None)
    text = text.strip().rstrip("/")
    page = PAGE.fullmatch(text.removeprefix(settings.ORIGIN))
    if page:
        return list(here.filter(pk=int(page[1])))
    handle = text.removeprefix("@").removesuffix(f"@{urlsplit(settings.ORIGIN).netloc}").lower()
    found = list(here.filter(Q(uri=text) | Q(handle=handle)))
    if found and ("@" in text or found[0].uri == text):
        return found
    named = [member for member in here.only("name").order_by("pk") if fold(member.name) == fold(text)]
    return [*found, *(member for member in named if member not in found)]


def names_of_local(keys: Iterable[int]) -> list[str]:
    """How each of these members of this node would be named so that `local_members_called` finds them alone.

    One query."""
    here = list(Member.objects.filter(local=True, gone_at=None).only("name", "handle").order_by("name", "pk"))
    bearers, logins = Counter(fold(member.name) for member in here), {member.handle: member for member in here}
    asked = set(keys)
    return [_called(member, bearers, logins) for member in here if member.pk in asked]


def _called(member: Member, bearers: Counter[str], logins: dict[str, Member]) -> str:
    """A member's name, if nobody shares it, and it is neither another's name of login nor looks like an address."""
    alone = bearers[fold(member.name)] == 1 and logins.get(member.name.lower(), member) == member
    return member.name if alone and not ADDRESS.search(member.name) else f"@{member.handle}"


def member_by_uri(uri: str) -> Member | None:
    """The member of any node known by `uri`, gone or not."""
    return Member.objects.filter(uri=uri).first()


def entry_at(path: str) -> Member | None:
    """The unclaimed entry whose address here is `path` (`/fiches/…`), or the one of whose offers it is."""
    uri = settings.ORIGIN + "/".join(path.split("/")[:3])
    return Member.objects.filter(uri=uri, unclaimed=True, gone_at=None).first()


def this_node() -> NodeProfile | None:
    return NodeProfile.objects.first()


def is_set_up() -> bool:
    """Whether the first-run page has done its work."""
    return NodeProfile.objects.exists()


def token_digest(token: str) -> str:
    """What is stored of an invitation's token."""
    return sha256(token.encode()).hexdigest()


def find_invitation(token: str) -> Invitation | None:
    """The invitation behind `token` if it can still be used."""
    found = Invitation.objects.select_related("collective", "issuer").filter(token_digest=token_digest(token)).first()
    usable = found is not None and found.used_at is None and found.expires_at > clock.now()
    return found if usable else None


def counts() -> Counts:
    """Count the people and the offers for everybody that are shown: neither gone, hidden nor faded."""
    shown = Member.objects.filter(present(at := clock.now()), unclaimed=False)
    live = Offer.objects.filter(readable(None), offer_shown(at))
    return Counts(
        shown.count(),
        shown.filter(local=True).count(),
        live.filter(purpose=Purpose.OFFER).count(),
        live.filter(purpose=Purpose.REQUEST).count(),
        shown.order_by().values("origin").distinct().count(),
    )


def remote_owner(uri: str, owner_uri: str, origin: str) -> Member:
    """Return the recorded owner of something of another node, if all is of one origin that is not ours.

    NotEntitled("origin_mismatch"): nobody writes in another's name; NotFound("member_unknown") if not recorded yet.
    """
    if not origin_of(uri) == origin_of(owner_uri) == origin.lower() or origin.lower() == settings.ORIGIN.lower():
        raise NotEntitled("origin_mismatch")
    owner = Member.objects.filter(uri=owner_uri, local=False, gone_at=None).first()
    if owner is None:
        raise NotFound("member_unknown")
    return owner
