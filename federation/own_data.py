"""Everything that this node keeps of one of its people, from all rooms: what they take along."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, Q

from federation.models import Entrance, Follow, SignedAct, SignInToken
from governance.queries import own_data as deciding
from network.models import Member
from network.queries import own_data as directory

__all__ = ["LEFT_OUT", "own_data"]

LEFT_OUT: Mapping[str, str] = {"SignInCode.account": "lasts a minute; the token that it gave is told"}


def own_data(member: Member) -> dict[str, list[dict[str, Any]]]:
    """Return part → rows, plain values, in the order in which a person reads them."""
    return {**directory.own_data(member), **deciding.own_data(member), **_elsewhere(member)}


def _elsewhere(member: Member) -> dict[str, list[dict[str, Any]]]:
    """Who follows whom, and what was done with this account at other nodes."""
    follows = Follow.objects.filter(Q(follower=member.uri) | Q(followed=member.uri)).order_by("pk")
    tokens = SignInToken.objects.filter(account__member=member).order_by("pk")
    acts = SignedAct.objects.filter(account__member=member).order_by("pk")
    entered = Entrance.objects.filter(account__member=member).order_by("pk")
    return {
        "follows": list(follows.values("follower", "followed", "state", "created_at")),
        "nodes_entered": list(tokens.values("scope", "issued_at", "revoked_at", origin=F("client__origin"))),
        "acts_signed_elsewhere": list(acts.values("origin", "document", "signed_at")),
        "entrances": list(entered.values("entered_at", "ended_at", origin=F("issuer__issuer"))),
    }
