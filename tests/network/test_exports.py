"""What rows become in files: nothing that a member writes is forgotten without a reason; texts keep their lines."""

import pytest

from network.models import Member, Offer
from network.queries.exports import cards_of
from network.rules.entries import FIELDS
from tests import factories

pytestmark = pytest.mark.django_db

SAID_AS = {  # column → field of files, where they are called differently
    "description": "text", "area_km": "area", "amount_cents": "amount", "currency": "amount", "tax_included": "amount",
    "ends_at": "ends_on", "place_name": "place", "place_dept": "place", "place_code": "place", "lat": "point",
    "lon": "point",
}  # fmt: skip
OFFER_UNSAID = {
    "id": "of this node's tables; the page's address is told",
    "owner": "the entry around it",
    "local": "told by the origin",
    "skill_uri": "the address of a skill of another node; its slug is told",
    "visibility": "files hold what is public, nothing else",
    "audience": "files hold what is public, nothing else",
    "state": "files hold what is live",
    "published_at": "of its node",
    "updated_at": "of its node",
    "renewed_at": "the entry tells when its owner confirmed it",
    "heard_at": "of this node",
    "revision": "of the wire",
    "z": "computed from the point",
}
MEMBER_UNSAID = {
    "id": "of this node's tables; the page's address is told",
    "origin": "the source",
    "handle": "part of the address",
    "local": "told by the origin",
    "demo": "of this node",
    "joined_at": "of this node",
    "heard_at": "of this node",
    "gone_at": "files hold who is present",
    "muted": "files hold who is shown",
    "revision": "of the wire",
    "unclaimed": "told by the source",
}


@pytest.mark.parametrize(("model", "prefix", "unsaid"), [(Offer, "offer.", OFFER_UNSAID), (Member, "", MEMBER_UNSAID)])
def test_each_column_is_a_field_of_files_or_has_a_reason_not_to_be(model, prefix, unsaid):
    columns = {field.name for field in model._meta.concrete_fields}
    assert {name for name in columns - set(unsaid) if prefix + SAID_AS.get(name, name) not in FIELDS} == set()
    assert set(unsaid) <= columns


def test_an_entry_has_free_words_access_and_the_lines_of_its_texts():
    shop = factories.member("Atelier", access=["step_free"], summary="On répare.\n\n* ici\n* là & ailleurs")
    factories.offer(shop, tags=["radio libre"], access=["home_visit"], description="**Un**\ndeux\n\nTrois")
    there = factories.member("Là-bas", origin="https://b.example", summary="<p>Un<br>deux</p><p>Trois</p>")
    card, other = cards_of(Member.objects.filter(pk__in=[shop.pk, there.pk]).order_by("pk"))
    assert (card.access, card.summary) == (("step_free",), "On répare.\n\nici\nlà & ailleurs")
    (offer,) = card.offers
    assert (offer.tags, offer.access, offer.text) == (("radio libre",), ("home_visit",), "Un deux\n\nTrois")
    assert other.summary == "Un\ndeux\n\nTrois"
