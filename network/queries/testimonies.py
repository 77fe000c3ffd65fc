"""What clients say of a member: attestations of service, and testimonies of clients without an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from network import clock
from network.models import Member, Purpose, Quote, QuoteState, Testimony, Tombstone, Vouch
from network.queries.hiding import not_hidden
from network.rules.facts import grave_of
from network.rules.kinds import PRESTATION

__all__ = ["LASTS", "ClientWord", "client_of", "own_attestation", "provider_of", "said_by_clients", "was_served"]

LASTS = timedelta(days=730)  # the longest validity of an attestation; a testimony lasts no longer
MOST_QUOTED = 10


@dataclass(frozen=True)
class ClientWord:
    """What a client says on a member's page. `issuer` None: a client without an account, unsigned."""

    text: str
    said_at: datetime
    issuer: Member | None = None


def client_of(quote: Quote) -> Member:
    """Who is served: whoever asked of an offer, whoever published a need."""
    return quote.asker if quote.offer.purpose == Purpose.OFFER else quote.offer.owner


def provider_of(quote: Quote) -> Member:
    """Who serves."""
    return quote.offer.owner if quote.offer.purpose == Purpose.OFFER else quote.asker


def was_served(client: Member, provider: Member) -> bool:
    """Whether an agreement between them, in which `client` is served, is done."""
    offered = Q(offer__purpose=Purpose.OFFER, asker=client, offer__owner=provider)
    sought = Q(offer__purpose=Purpose.REQUEST, asker=provider, offer__owner=client)
    return Quote.objects.filter(offered | sought, state=QuoteState.DONE).exists()


def own_attestation(member: Member, quote: Quote) -> Vouch | None:
    """The living attestation of service of `member` for whoever served them in `quote`, the public one first."""
    if quote.state != QuoteState.DONE or client_of(quote).pk != member.pk:
        return None
    rows = Vouch.objects.filter(issuer=member, subject=provider_of(quote), kind=PRESTATION)
    alive = _alive(rows.filter(expires_at__gt=clock.now()).select_related("issuer").order_by("-public", "-issued_at"))
    return alive[0] if alive else None


def said_by_clients(member: Member) -> list[ClientWord]:
    """Return the published words of clients about `member`, the latest first; none of whom moderation has hidden.

    Three queries at most."""
    instant = clock.now()
    signed = Vouch.objects.filter(
        not_hidden("issuer__uri"), subject=member, kind=PRESTATION, public=True, expires_at__gt=instant,
        issued_at__gt=instant - LASTS, issuer__gone_at=None, issuer__muted=False,
    ).exclude(statement="")  # fmt: skip
    alive = _alive(signed.select_related("issuer").order_by("-issued_at", "-pk")[: 2 * MOST_QUOTED])
    words = [ClientWord(row.statement, row.issued_at, row.issuer) for row in alive]
    unsigned = Testimony.objects.filter(subject=member, public=True, ends_at__gt=instant).order_by("-written_at", "-pk")
    words += [ClientWord(row.text, row.written_at) for row in unsigned[:MOST_QUOTED]]
    return sorted(words, key=lambda word: word.said_at, reverse=True)[:MOST_QUOTED]


def _alive(rows) -> list[Vouch]:  # type: ignore[no-untyped-def]
    """The attestations that no tombstone of their issuer revokes."""
    graves = {row: grave_of(row.uri, row.issuer.uri) for row in rows}
    if not graves:
        return []
    found = Tombstone.objects.filter(uri_digest__in=[grave.uri_digest for grave in graves.values()])
    buried = set(found.values_list("uri_digest", "issuer_digest"))
    return [row for row, grave in graves.items() if (grave.uri_digest, grave.issuer_digest) not in buried]
