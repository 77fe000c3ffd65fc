"""Sessions here of people whose home is another node: opened, checked with their node, ended within minutes.

A session holds while their node says so, or cannot be reached; not after it said no, nor if we stop speaking with it.
"""

from datetime import datetime, timedelta

from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction

from federation import speaking
from federation.errors import Unreachable
from federation.models import Entrance
from federation.queries import exchange_rule
from federation.signin.home import Arrived
from governance.actions.remote import give_up_late, sign_waiting
from governance.queries.remote import to_sign
from network import clock
from network.actions.members import account_of_remote
from network.models import Account, Member
from network.rules.cards import origin_of

__all__ = ["check_due", "end", "end_session", "live_entrance", "note", "open_account", "sign_due", "tell_ended"]

EVERY = timedelta(seconds=60)
AT_A_TIME, UNREACHED_MOST = 200, 5
KEPT = timedelta(days=30)


def open_account(arrived: Arrived) -> Account:
    """Return the login of somebody who arrived, made at their first entry; it has no password, so no other way in."""
    return account_of_remote(arrived.member)


def note(arrived: Arrived, account: Account, session_key: str) -> Entrance:
    """Write down the session that was just opened; in the transaction of the login."""
    instant = clock.now()
    return Entrance.objects.create(
        account=account,
        issuer=arrived.issuer,
        session_key=session_key,
        token_sealed=Fernet(settings.WRAPPING_KEY).encrypt(arrived.token.encode()),
        scope=arrived.scope,
        entered_at=instant,
        checked_at=instant,
        expires_at=instant + timedelta(seconds=arrived.seconds),
    )


def live_entrance(account: Account, session_key: str | None) -> Entrance | None:
    """Return the entrance of this very session, if it holds."""
    rows = Entrance.objects.filter(account=account, session_key=session_key or "", ended_at=None)
    return rows.filter(expires_at__gt=clock.now()).first()


def end(entrance: Entrance, why: str) -> None:
    """End a session: its row goes, so that the next request is a visitor's and sockets close within seconds."""
    with transaction.atomic():
        Session.objects.filter(session_key=entrance.session_key).delete()
        Entrance.objects.filter(pk=entrance.pk, ended_at=None).update(ended_at=clock.now(), why_ended=why)


def end_session(account: Account, session_key: str) -> None:
    """Note that somebody left by themselves; their node is told later."""
    rows = Entrance.objects.filter(account=account, session_key=session_key, ended_at=None)
    rows.update(ended_at=clock.now(), why_ended="left")


def check_due(*, now: datetime) -> int:
    """End the sessions that are over, and ask homes whether the others hold, each once a minute; return how many ended.

    What this node knows by itself (a block, somebody gone, the hour) counts at every round.
    """
    ended, may, silent = 0, exchange_rule(), set[str]()
    live = Entrance.objects.filter(ended_at=None).select_related("account__member", "issuer").order_by("checked_at")
    asked = 0
    for entrance in list(live):
        why = _over_here(entrance, may(entrance.issuer.issuer), now)
        due = not why and entrance.checked_at < now - EVERY and entrance.issuer.issuer not in silent
        if due and asked < AT_A_TIME:
            asked += 1
            why = _asked(entrance, silent, now)
        if why:
            end(entrance, why)
            ended += 1
    Entrance.objects.filter(ended_at__lt=now - KEPT).delete()
    return ended


def _over_here(entrance: Entrance, spoken_with: bool, now: datetime) -> str:
    member: Member | None = entrance.account.member
    if entrance.expires_at <= now:
        return "expired"
    if not spoken_with or member is None or member.muted:
        return "not-spoken-with"
    return "" if member.gone_at is None and entrance.account.is_active else "gone"


def _asked(entrance: Entrance, silent: set[str], now: datetime) -> str:
    """Ask the home node; it must say who this is, as it said at the entry. Silence keeps the session."""
    address = entrance.issuer.metadata["userinfo_endpoint"]
    Entrance.objects.filter(pk=entrance.pk).update(checked_at=now)
    try:
        reply = speaking.ask_json(address, authorization=speaking.bearer(_token(entrance)))
    except Unreachable as error:
        if error.passing:
            silent.add(entrance.issuer.issuer)
        return ""
    member = entrance.account.member
    if reply.good and member is not None and reply.document.get("sub") == member.uri:
        return ""
    return "revoked" if reply.status in {200, 400, 401, 403, 404, 410} else ""


def _token(entrance: Entrance) -> str:
    return Fernet(settings.WRAPPING_KEY).decrypt(bytes(entrance.token_sealed)).decode()


def tell_ended(*, now: datetime) -> int:
    """Tell homes that people left, so that the token is worth nothing any more; return how many were told."""
    told = 0
    rows = Entrance.objects.filter(told_at=None, ended_at__gt=now - timedelta(days=1), expires_at__gt=now)
    for entrance in rows.exclude(why_ended="revoked").select_related("issuer")[:UNREACHED_MOST]:
        told += _tell(entrance, now)
    return told


def _tell(entrance: Entrance, now: datetime) -> bool:
    address = entrance.issuer.metadata.get("revocation_endpoint")
    if address:
        secret = Fernet(settings.WRAPPING_KEY).decrypt(bytes(entrance.issuer.secret_sealed)).decode()
        password = speaking.basic(entrance.issuer.client_id, secret)
        try:
            speaking.send_form(address, {"token": _token(entrance)}, authorization=password)
        except Unreachable:
            return False
    Entrance.objects.filter(pk=entrance.pk).update(told_at=now, token_sealed=b"")
    return True


def sign_due(*, now: datetime) -> int:
    """Have signed what waits, of people who have a session open; return how many were. A silent node is asked once."""
    give_up_late(at=now)
    signed, silent = 0, set[str]()
    live = Entrance.objects.filter(ended_at=None, expires_at__gt=now).values("account__member")
    for row in to_sign().filter(member__in=live).select_related("member")[:AT_A_TIME]:
        origin = origin_of(row.member.uri)
        if origin in silent:
            continue
        if sign_waiting(row.pk):
            signed += 1
        else:
            silent.add(origin)
    return signed
