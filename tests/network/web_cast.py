"""A collective with référents, for the pages of trust: a firm middle, one who hangs on one person, a candidate."""

from datetime import timedelta
from types import SimpleNamespace

from network import clock
from network.models import Vouch
from tests import factories


def cloth(name="Les Terrils"):
    """Alix, Bachir and Camille attest one another; Fanny hangs on Camille, Gwen on Fanny; Hugo is a candidate."""
    home = factories.collective(name, charter="sha256:c0")
    alix, bachir, camille, fanny, gwen = (
        factories.member(each, belongs_to=home) for each in ("Alix", "Bachir", "Camille", "Fanny", "Gwen")
    )
    hugo = factories.member("Hugo")
    factories.candidate(home, hugo)
    trio = (alix, bachir, camille)
    factories.web(home, *((u, w) for u in trio for w in trio if u != w), (camille, fanny), (fanny, gwen))
    age_all(timedelta(days=100))
    return SimpleNamespace(home=home, alix=alix, bachir=bachir, camille=camille, fanny=fanny, gwen=gwen, hugo=hugo)


def age_all(step: timedelta) -> None:
    """Let each issuer have given its attestations one after the other, slowly enough for all of them to count."""
    given: dict[int, int] = {}
    for row in Vouch.objects.order_by("pk"):
        given[row.issuer_id] = given.get(row.issuer_id, 0) + 1
        issued = clock.now() - given[row.issuer_id] * step
        Vouch.objects.filter(pk=row.pk).update(
            issued_at=issued, entered_at=issued, expires_at=issued + timedelta(days=730)
        )
    factories.web_changed()
