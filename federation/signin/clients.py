"""Software that registers itself here (RFC 7591): few, forgotten when unused, and never asked anything back."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from federation.errors import Refused
from federation.models import SignedAct, SignInClient, SignInCode, SignInIssuer, SignInToken
from federation.queries import is_ours, may_exchange
from federation.rules.signin import read_registration
from network import clock

__all__ = ["digest", "purge", "register"]

MOST, MOST_OF_ONE = 500, 5  # clients in all, and with redirects on one origin
ON_THE_WAY, MOST_ON_THE_WAY = timedelta(minutes=30), 25  # of one origin: somebody may be logging in, to come back
NEVER_USED_FOR, UNUSED_FOR = timedelta(days=1), timedelta(days=180)
ACTS_KEPT, OURS_UNUSED_FOR = timedelta(days=90), timedelta(days=30)
KEPT_AFTER = timedelta(days=1)  # codes and tokens after their end


def digest(secret: str) -> str:
    """Return what is kept of a secret of 256 random bits: its SHA-256, hex."""
    return sha256(secret.encode()).hexdigest()


def register(said: Mapping[str, Any]) -> dict[str, Any]:
    """Register a client and return its description with its secret, told this once.

    Raises Refused: json (a field at fault), origin (our own address), blocked, rate (too many).
    """
    asked = read_registration(said, settings.FEDERATION_TEST_PEERS)
    if is_ours(asked.origin):
        raise Refused("origin", 400, why="redirect_uris: this node itself")
    if not may_exchange(asked.origin):
        raise Refused("blocked")
    _make_room(asked.origin)
    secret = "" if asked.method == "none" else secrets.token_urlsafe(32)
    made = SignInClient.objects.create(
        client_id=secrets.token_urlsafe(24),
        secret_digest=digest(secret) if secret else "",
        method=asked.method,
        name=asked.name,
        origin=asked.origin,
        redirect_uris=list(asked.redirect_uris),
        created_at=clock.now(),
    )
    answer: dict[str, Any] = {
        "client_id": made.client_id,
        "client_id_issued_at": int(made.created_at.timestamp()),
        "client_name": made.name,
        "redirect_uris": made.redirect_uris,
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": made.method,
    }
    return answer | ({"client_secret": secret, "client_secret_expires_at": 0} if secret else {})


def _make_room(origin: str) -> None:
    """Let the oldest that nobody ever used go where there are too many; refuse if that is not enough.

    Anybody may name any origin: one that has just been registered stays for as long as a first entry takes, or
    strangers could end it while somebody is on the way.
    """
    late = clock.now() - ON_THE_WAY
    of_one, everybody = SignInClient.objects.filter(origin=origin), SignInClient.objects.all()
    settled = of_one.exclude(used_at=None, created_at__gte=late)
    _drop(settled.filter(used_at=None), settled.count() + 1 - MOST_OF_ONE)
    _drop(everybody.filter(used_at=None), everybody.count() + 1 - MOST)
    if settled.count() >= MOST_OF_ONE or of_one.count() >= MOST_ON_THE_WAY or everybody.count() >= MOST:
        raise Refused("rate", retry_after=3600, why="clients")


def _drop(unused: QuerySet[SignInClient], too_many: int) -> None:
    if too_many > 0:
        oldest = unused.order_by("created_at").values_list("pk", flat=True)[:too_many]
        SignInClient.objects.filter(pk__in=list(oldest)).delete()


def purge(*, now: datetime) -> None:
    """Forget clients that nobody uses, codes and tokens that are over, acts long signed, and where we are registered
    and nobody enters from."""
    SignInCode.objects.filter(expires_at__lt=now - KEPT_AFTER).delete()
    SignInToken.objects.filter(expires_at__lt=now - KEPT_AFTER).delete()
    SignedAct.objects.filter(signed_at__lt=now - ACTS_KEPT).delete()
    SignInIssuer.objects.filter(entrances=None, registered_at__lt=now - OURS_UNUSED_FOR).delete()
    never = Q(used_at=None, created_at__lt=now - NEVER_USED_FOR)
    SignInClient.objects.filter(never | Q(used_at__lt=now - UNUSED_FOR)).delete()
