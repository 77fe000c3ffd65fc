"""The version of the web of trust, and the arrays kept of it."""

from collections.abc import Iterable
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F

from network import clock
from network.models import WebArrays, WebChange, WebVersion
from network.queries import engines

__all__ = ["keep_arrays", "web_changed"]

REMEMBERED = 5_000  # versions; whoever is further behind reads everything


def web_changed(members: Iterable[int] | None = None) -> None:
    """Raise the version, in the transaction of the change; whoever keeps answers by version then asks anew.

    `members`: keys of all those whose attestations or memberships have changed, maybe of nobody. Without it anything
    may have changed, and everything will be read again.
    """
    if not _rise():
        try:
            with transaction.atomic():
                WebVersion.objects.create(id=1, number=1)
        except IntegrityError:  # another was first
            _rise()
    number, mark = WebVersion.objects.values_list("number", "mark").get()  # ours: the row is locked until we commit
    whose: list[int | None] = list(dict.fromkeys(members or ()))
    everybody = members is None
    rows = [WebChange(number=number, mark=mark, member_id=key, everybody=everybody) for key in whose or [None]]
    WebChange.objects.bulk_create(rows)
    if number % 100 == 0:
        WebChange.objects.filter(number__lte=number - REMEMBERED).delete()


def _rise() -> int:
    return WebVersion.objects.filter(id=1).update(number=F("number") + 1, mark=uuid4())


def keep_arrays() -> bool:
    """Write the web as arrays, so that no page has to build it; return whether there was anything to write.

    Nothing where the readable engine serves, or while what is kept is near enough to what the rows say.
    """
    if not engines.is_fast(engines.version_now()):
        return False
    arrays = engines.arrays()
    written = False
    for terms in arrays.figures_in_use():
        if arrays.is_worn(terms, clock.now()):
            made = arrays.built(terms, clock.now())
            WebArrays.objects.update_or_create(
                terms=arrays.key_of(terms),
                defaults={
                    "number": made.number,
                    "mark": made.mark,
                    "made_at": clock.now(),
                    "body": arrays.dumps(made.web),
                },
            )
            written = True
    return written
