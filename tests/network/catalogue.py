"""Members and offers for tests of the directory, with as little said as possible."""

from datetime import UTC, datetime, timedelta
from itertools import count

from network.actions.index import index_offer
from network.models import Area, Member, Offer, Price, Skill
from network.queries.trust import TrustLine, Viewpoint

NUMBERS = count(1)
ORIGIN = "http://localhost:8000"
LIEVIN, LILLE, TOURS, BRUSSELS = (50.4216, 2.7848), (50.6309, 3.0709), (47.3912, 0.6892), (50.8505, 4.3488)
VISITOR = Viewpoint("collective")


def member(name="Atelier Démo", *, origin=ORIGIN, **columns):
    """A member of this node, or of another if `origin` says so."""
    uri = f"{origin}/u/m{next(NUMBERS)}"
    local = origin == ORIGIN
    handle = uri.rsplit("/", 1)[1]
    return Member.objects.create(uri=uri, origin=origin, handle=handle, local=local, name=name, **columns)


def offer(title="Hébergement", *, owner=None, at=LIEVIN, skill="", dept="62", **columns):
    """An indexed, live offer at a point (None: without a point)."""
    owner = owner or member()
    lat, lon = at or (None, None)
    columns = {"price": Price.GIFT, "area": Area.ON_SITE, "ends_at": datetime.now(UTC) + timedelta(days=90)} | columns
    row = Offer.objects.create(
        uri=f"{owner.origin}/p/{next(NUMBERS)}",
        owner=owner,
        local=owner.local,
        title=title,
        lat=lat,
        lon=lon,
        place_dept=dept,
        skill=Skill.objects.get(slug=skill) if skill else None,
        **columns,
    )
    index_offer(row)
    return row


def lines(**by_name):
    """A stand-in for the web of trust: κ and support by the owner's name, 0 for others."""

    def trust_lines(viewpoint, subjects, **_):
        names = dict(Member.objects.filter(uri__in=[subject.uri for subject in subjects]).values_list("pk", "name"))
        found = {subject.pk: by_name.get(names[subject.pk], (0, 0.0)) for subject in subjects}
        labels = ("no_path", "one_path", "two_paths")
        return {
            key: TrustLine(
                kappa, kappa >= 2, "accepted" if kappa >= 2 else labels[kappa], score,
                strict="accepted" if kappa >= 3 else labels[kappa],
            )
            for key, (kappa, score) in found.items()
        }  # fmt: skip

    return trust_lines
