"""Who may read an offer: chosen in the form, kept when unsaid, told on the page, asked of the API too."""

import pytest
from django.urls import reverse

from network.models import Offer
from tests import factories
from tests.frontend.reading import faults, page_of
from tests.frontend.test_offers import DRAFT, publish, ready

__all__ = ["ready"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("visibility", "said"),
    [("followers", "les nœuds qui nous suivent"), ("members", "Les membres de mes coopératives seulement")],
)
def test_the_form_says_for_whom_and_the_page_repeats_it(ready, visibility, said):
    form = page_of(ready.client.get(reverse("offer_new")))
    assert [e.attributes["value"] for e in form.all("option")][-3:] == ["public", "followers", "members"]
    publish(ready, visibility=visibility)
    made = Offer.objects.get()
    assert made.visibility == visibility
    page = page_of(ready.client.get(reverse("offer", args=[made.pk])))
    assert faults(page) == []
    assert said in page.words
    assert ready.visitor.get(reverse("offer", args=[made.pk])).status_code == 404


def test_unsaid_it_is_public_and_in_a_later_edit_it_stays(ready):
    publish(ready)
    made = Offer.objects.get()
    assert made.visibility == "public"
    edit = reverse("offer_edit", args=[made.pk])
    ready.client.post(edit, {**DRAFT, "visibility": "members"})
    ready.client.post(edit, DRAFT)
    made.refresh_from_db()
    assert made.visibility == "members"


def test_what_nobody_may_choose_is_refused_at_its_field(ready):
    answer = publish(ready, visibility="enemies")
    assert answer.status_code == 400
    assert DRAFT["availability"] in answer.content.decode()
    assert not Offer.objects.exists()


def test_the_api_publishes_and_narrows(ready):
    given = {"title": "Vélo", "price": "gift", "remote": True, "visibility": "members"}
    made = ready.client.post("/api/v1/offers", given, content_type="application/json").json()
    assert made["visibility"] == "members"
    address = f"/api/v1/offers/{made['id']}"
    opened = ready.client.patch(address, {"visibility": "public"}, content_type="application/json").json()
    assert (opened["visibility"], opened["uri"]) == ("public", made["uri"])
    again = ready.client.patch(address, {"visibility": "followers"}, content_type="application/json").json()
    assert again["visibility"] == "followers"
    assert again["uri"] != made["uri"]
    assert ready.client.get(address).status_code == 200
    assert ready.visitor.get(address).status_code == 404
    wrong = ready.client.patch(address, {"visibility": "x"}, content_type="application/json")
    assert wrong.status_code == 400


def test_the_old_address_stays_withdrawn(ready):
    publish(ready)
    made = Offer.objects.get()
    old = made.uri
    ready.client.post(reverse("offer_edit", args=[made.pk]), {**DRAFT, "visibility": "members"})
    left = Offer.objects.get(uri=old)
    assert (left.state, left.title, left.description, left.place_name) == ("withdrawn", "", "", "")
    assert left.revision > 1
    assert factories.Offer.objects.get(pk=made.pk).uri != old
