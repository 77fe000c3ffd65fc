"""Which form of HTTP signature an origin reads: RFC 9421 unless it has shown that it wants the older one.

Whoever is answered 400 or 401 knocks once more, at once, in the other form; what was let in is remembered for thirty
days in the origin's `Host` row. A GET may be made on behalf of a stranger (to fetch a key), so what it teaches about an
origin that has no row yet goes to the cache only.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.core.cache import cache

from federation.models import Host
from federation.rules import cavage, rfc9421
from federation.rules.media import ACCEPT
from federation.rules.signatures import SigningKey
from network.clock import now

__all__ = ["asks_for_other", "form_for", "forms_for", "headers_for", "learn_form", "other", "turned", "was_let_in"]

RFC9421, CAVAGE = "rfc9421", "cavage"
REMEMBERED = timedelta(days=30)
WRITERS: dict[str, Callable[..., dict[str, str]]] = {RFC9421: rfc9421.headers_for, CAVAGE: cavage.headers_for}


def form_for(origin: str) -> str:
    """Return the form to try first with `origin`: "rfc9421" or "cavage"."""
    return forms_for([origin])[origin]


def forms_for(origins: Iterable[str]) -> dict[str, str]:
    """Return the form to try first with each of `origins`: one query whatever their number."""
    asked = list(origins)
    known = Host.objects.filter(origin__in=asked, form__in=WRITERS, form_at__gt=now() - REMEMBERED)
    rows = dict(known.values_list("origin", "form"))
    return {origin: rows.get(origin) or cache.get(_name(origin)) or RFC9421 for origin in asked}


def learn_form(origin: str, form: str, *, kept: bool = True) -> None:
    """Remember that `origin` let us in with `form`; repeated within thirty days it changes nothing.

    Without `kept` an origin that has no row gets none.
    """
    row = Host.objects.filter(origin=origin).first()
    if row is not None and row.form == form and row.form_at and row.form_at > now() - REMEMBERED:
        return
    if row is not None or kept:
        Host.objects.update_or_create(origin=origin, defaults={"form": form, "form_at": now()})
    else:
        cache.set(_name(origin), form, timeout=int(REMEMBERED.total_seconds()))


def other(form: str) -> str:
    """Return the form for the second knock."""
    return CAVAGE if form == RFC9421 else RFC9421


def turned(form: str, attempts: int) -> str:
    """Return the form for attempt number `attempts` (from 1) at a host that answers with errors: each in its turn.

    >>> [turned(RFC9421, number) for number in (1, 2, 3)]
    ['rfc9421', 'cavage', 'rfc9421']
    """
    return form if attempts % 2 else other(form)


def asks_for_other(status: int) -> bool:
    """Whether an answer is a reason to knock once more in the other form. A 5xx is none: it would be hidden."""
    return status in {400, 401}


def was_let_in(status: int) -> bool:
    """Whether an answer shows that the signature was accepted."""
    return 200 <= status < 400


def headers_for(  # noqa: PLR0913 - a request has these parts
    form: str, method: str, url: str, body: bytes | None, *, key: SigningKey, now: datetime, accept: str = ACCEPT
) -> dict[str, str]:
    """Return the headers of a request signed in `form`, afresh for each attempt.

    `body` is None for a GET, `accept` what a GET asks for; Host is among the headers.
    """
    return WRITERS[form](method, url, body, key=key, now=now, accept=accept)


def _name(origin: str) -> str:
    return f"signature-form:{origin}"
