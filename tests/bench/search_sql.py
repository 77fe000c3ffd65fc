"""The search as somebody would write it by hand for these tables: one statement, a box around the place, a join on
the index of words; then distances, trust of the nearest six hundred, the same order, and the objects of the page.

It answers only what the bench asks (one word, one price, one opening) and knows neither widening, nor counts for
filters, nor misspelt words, nor offers that are not for everybody.
"""

from datetime import timedelta
from math import inf

from django.db import connection

from network.clock import now
from network.models import Offer
from network.queries.matches import MOST
from network.queries.search import Owner
from network.queries.trust import Viewpoint, trust_lines
from network.rules.places import bounding_box, country_of, distance_km
from network.rules.ranking import Standing, rank_key, reach_of
from network.rules.search import PAGE_SIZE, SearchQuery
from network.rules.words import stem

__all__ = ["by_hand"]

STATEMENT = """
    SELECT o.id, o.owner_id, m.uri, m.name, o.uri, o.lat, o.lon, o.area, o.area_km, o.remote, o.place_dept
    FROM network_offerterm t
    JOIN network_offer o ON o.id = t.offer_id
    JOIN network_member m ON m.id = o.owner_id
    WHERE t.term = %s AND o.price = %s AND o.opening = %s AND o.purpose = 'offer' AND o.state = 'live'
      AND o.visibility = 'public' AND o.ends_at > %s AND (o.local OR o.heard_at > %s) AND m.gone_at IS NULL
      AND ((o.lat BETWEEN %s AND %s AND o.lon BETWEEN %s AND %s)
           OR o.remote OR o.area = 'country' OR (o.area = 'circle' AND o.area_km > %s))
"""


def by_hand(query: SearchQuery, viewpoint: Viewpoint) -> list[int]:
    """Return the ids of the first page, in order."""
    lat, lon, radius = query.lat or 0.0, query.lon or 0.0, query.radius_km or 0
    box, at = bounding_box(lat, lon, radius), now()
    limits = (box.south, box.north, box.west, box.east, radius)
    with connection.cursor() as cursor:
        heard = at - timedelta(days=90)
        values = [stem(query.text), query.price[0], query.opening[0], _text(at), _text(heard), *limits]
        cursor.execute(STATEMENT, values)
        rows = cursor.fetchall()
    near = []
    for row in rows:
        km = distance_km(lat, lon, row[5], row[6])
        reach = reach_of(
            distance_km=km, radius_km=radius, area=row[7], area_km=row[8], remote=bool(row[9]),
            same_country=country_of(row[10]) == "FR",
        )  # fmt: skip
        if reach is not None:
            near.append((km if km is not None else inf, row, reach))
    near = sorted(near, key=lambda found: (found[0], found[1][0]))[:MOST]
    owners = {row[1]: Owner(row[1], row[2]) for _, row, _ in near}
    lines = trust_lines(viewpoint, owners.values())  # type: ignore[arg-type]
    ranked = sorted(
        near,
        key=lambda f: rank_key(Standing(lines[f[1][1]].kappa, f[2], f[0], lines[f[1][1]].score, f[1][3], f[1][4])),
    )
    page = [row[0] for _, row, _ in ranked[:PAGE_SIZE]]
    Offer.objects.select_related("owner", "skill").in_bulk(page)
    return page


def _text(at):  # noqa: ANN001, ANN202
    """Return an instant as the database holds it."""
    return at if connection.vendor == "postgresql" else connection.ops.adapt_datetimefield_value(at)
