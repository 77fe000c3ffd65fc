"""People, offers and attestations for tests, with as little said as possible. Every change counts in the web.

The cast: Alix, Bachir, Camille, Dominique (of another node), Élise, Fanny. Names here are invented.
"""

import threading
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils.text import slugify

from network import clock
from network.actions.collectives import admit_member, found_collective
from network.actions.index import index_offer
from network.actions.webs import web_changed
from network.errors import DomainError
from network.models import (
    Account,
    Collective,
    Member,
    Membership,
    MembershipState,
    NodeProfile,
    Offer,
    OfferState,
    Skill,
    Vouch,
)

NUMBERS = count(1)
PASSWORD = "correct horse battery"
LIEVIN = SimpleNamespace(id=1, name="Liévin", dept="62", code="62510", lat=50.4216, lon=2.7848, label="Liévin (62)")
LENS = SimpleNamespace(id=2, name="Lens", dept="62", code="62498", lat=50.4292, lon=2.8317, label="Lens (62)")
LILLE = SimpleNamespace(id=3, name="Lille", dept="59", code="59350", lat=50.6309, lon=3.0709, label="Lille (59)")
LONG_AGO = timedelta(days=500)


def collective(name="Coopérative Démo", *, terms=None, **columns) -> Collective:
    """A collective of this node, founded long ago."""
    made = found_collective(name=name, at=columns.pop("founded_at", clock.now() - LONG_AGO))
    for column, value in (columns | ({"trust_terms": terms} if terms else {})).items():
        setattr(made, column, value)
    made.save()
    return made


def node(name="Nœud Démo") -> NodeProfile:
    """The name of this node, as the first run writes it."""
    return NodeProfile.objects.get_or_create(id=1, defaults={"name": name})[0]


def member(
    name="Alix", *, belongs_to=None, origin="", place=LIEVIN, since=None, handle="", skills=(), **columns
) -> Member:
    """A member of this node, or of another if `origin` says so; active in `belongs_to` since long ago, if given."""
    origin = origin or settings.ORIGIN
    handle = handle or f"{slugify(name).replace('-', '_') or 'm'}{next(NUMBERS)}"
    columns = {"languages": ["fr"]} | Member.columns_of(place) | columns
    made = Member.objects.create(
        uri=f"{origin}/u/{handle}", origin=origin, handle=handle, local=origin == settings.ORIGIN, name=name, **columns
    )
    made.skills.set([skill(slug) for slug in skills])
    if belongs_to is not None:
        admit_member(collective=belongs_to, member=made, at=since or clock.now() - LONG_AGO)
    return made


def candidate(collective: Collective, member: Member) -> Membership:
    """A membership that waits for a decision."""
    number = Membership.objects.filter(collective=collective).count() + 1
    return Membership.objects.create(
        collective=collective, member=member, number=number, state=MembershipState.CANDIDATE
    )


def account(of: Member | None = None, *, password=PASSWORD, operator=False, **member_columns) -> Account:
    """A login for a member, made if not given; the password is PASSWORD."""
    of = of or member(**member_columns)
    made = Account(username=of.handle, member=of, operator=operator)
    made.set_password(password)
    made.save()
    return made


def skill(slug="nextcloud", *, label="", broader=None, **columns) -> Skill:
    """A skill of the tree, made if absent."""
    label = label or slug.replace("-", " ").capitalize()
    wider = skill(broader) if isinstance(broader, str) else broader
    said = {"label_fr": label, "label_en": label, "broader": wider} | columns
    return Skill.objects.get_or_create(slug=slug, defaults=said)[0]


def offer(owner: Member | None = None, title="Installation de Nextcloud", *, place=LIEVIN, **columns) -> Offer:
    """A live, indexed offer; `skill` may be a slug."""
    owner = owner or member()
    if isinstance(columns.get("skill"), str):
        columns["skill"] = skill(columns["skill"])
    instant = clock.now()
    dates = dict.fromkeys(("published_at", "updated_at", "renewed_at", "heard_at"), instant)
    columns = dates | {"price": "prix_libre", "ends_at": instant + timedelta(days=180)} | columns
    made = Offer.objects.create(
        uri=f"{owner.origin}/p/{uuid4().hex}", owner=owner, local=owner.local, title=title,
        **Offer.columns_of(place), **columns,
    )  # fmt: skip
    index_offer(made)
    return made


def withdrawn_offer(owner: Member | None = None, **columns) -> Offer:
    return offer(owner, state=OfferState.WITHDRAWN, **columns)


def vouch_between(
    issuer: Member, subject: Member, *, level=2, kind="charte", issued: datetime | None = None, **columns
):
    """An attestation of `issuer` for `subject`, a month old, valid two years; both should be members somewhere."""
    issued = issued or clock.now() - timedelta(days=30)
    columns = {"entered_at": issued, "expires_at": issued + timedelta(days=730)} | columns
    made = Vouch.objects.create(
        uri=f"{issuer.origin}/att/{uuid4().hex}", issuer=issuer, subject=subject, level=level, kind=kind,
        issued_at=issued, **columns,
    )  # fmt: skip
    web_changed()
    return made


def web(collective: Collective, *arrows: tuple[Member, Member], **columns) -> list[Vouch]:
    """Several attestations at once; whoever is nowhere a member yet joins `collective` first."""
    for person in dict.fromkeys(person for arrow in arrows for person in arrow):
        if person.local and not person.memberships.exists():
            admit_member(collective=collective, member=person, at=clock.now() - LONG_AGO)
    return [vouch_between(issuer, subject, **columns) for issuer, subject in arrows]


def at_once(*calls):
    """Run calls at the same moment, each in a thread with its own connection; return results and refusals in order.

    For tests marked `django_db(transaction=True)`.
    """
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(n, call):
        try:
            gate.wait(30)
            results[n] = call()
        except DomainError as refusal:
            results[n] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def day(text: str) -> datetime:
    """The first instant of a day written 2026-11-22, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def session_of(account: Account) -> str:
    """Return the key of a new session of this account, as its cookie holds it."""
    store = SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.set_expiry(timedelta(hours=2))
    store.create()
    return str(store.session_key)
