"""What people who entered with another node may open: every address of pages and API, named or closed."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from frontend.at_home import OPEN, READ_ONLY, decision_names, is_closed
from frontend.context import page_names
from governance.models import Assembly, Circle, Proposal
from network.actions.collectives import admit_member, end_membership
from network.api_urls import urlpatterns as api_urls
from network.models import Account, Offer
from tests import factories
from tests.governance.conftest import make_cast

ARGUMENTS = {"pk": 1, "slug": "x", "token": "x", "key": "x", "slot": "x", "name": "x", "ending": "json", "offer": 1}


@pytest.fixture
def guest(town):
    """Dominique of another node, who entered here: member of nothing."""
    member = factories.member("Dominique", origin="https://autre.example")
    account = Account.objects.create(username=f"@{member.pk}", member=member)
    browser = Client()
    browser.force_login(account)
    browser.member = member
    return browser


def addresses(table):
    for entry in table:
        if isinstance(entry, URLPattern) and entry.name:
            names = re.findall(r"<(?:[a-z]+:)?([a-z_]+)>", str(entry.pattern))
            yield entry.name, reverse(entry.name, kwargs={name: ARGUMENTS.get(name, 1) for name in names})


def pages():
    from frontend.urls import urlpatterns

    return [*addresses(urlpatterns), *addresses(api_urls)]


def test_every_name_is_one_that_exists():
    known = page_names() | {name for name, _ in pages()}
    assert known >= OPEN | READ_ONLY
    assert not (OPEN & READ_ONLY)


def test_whatever_is_not_named_is_closed(guest):
    closed = [(name, path) for name, path in pages() if is_closed(name, "GET")]
    assert len(closed) > 60
    for name, path in closed:
        answer = guest.get(path)
        assert answer.status_code == 403, name
        if path.startswith("/api/"):
            assert answer.json()["code"] == "not_at_home"
        else:
            assert "C’est chez votre nœud" in answer.content.decode()


def test_nothing_of_this_nodes_own_is_written_by_them(guest, town):
    for name, path in pages():
        if name in READ_ONLY:
            assert guest.post(path).status_code in {403, 405}, name
    body = {"title": "Un service", "description": "x", "purpose": "offer"}
    answer = guest.post("/api/v1/offers", body, content_type="application/json")
    assert answer.status_code == 403
    assert Offer.objects.count() == 0


def test_a_visitor_with_a_name_reads_what_visitors_read(guest, town):
    for name in ("home", "search", "agenda", "skills", "register", "charter", "nodes", "account"):
        assert guest.get(reverse(name)).status_code == 200, name
    page = guest.get(reverse("account")).content.decode()
    assert "Dominique" in page
    assert "membre d’aucun collectif" in page


def test_without_membership_nothing_of_decisions_is_theirs(guest, cast_room):
    room, proposal = cast_room
    assert guest.get(reverse("assembly", args=[room.pk])).status_code in {403, 404}
    assert guest.get(reverse("proposition", args=[proposal.pk])).status_code in {403, 404}
    assert guest.get(f"/api/v1/assemblies/{room.pk}").status_code == 404
    assert guest.get("/api/v1/proposals").json()["results"] == []
    assert guest.get("/api/v1/assemblies").json()["results"] == []
    act = {"kind": "check_in", "payload": {}, "key": "9b2fdc5a-5a4f-4f5c-9d43-111111111111"}
    answer = guest.post(f"/api/v1/assemblies/{room.pk}/acts", act, content_type="application/json")
    assert answer.status_code in {403, 404, 409}
    for name in ("proposition_new", "assembly_new", "circle_new"):
        answer = guest.post(reverse(name), {"title": "x", "name": "x"})
        assert answer.status_code in {302, 400, 403, 404}, name
    assert (Assembly.objects.count(), Circle.objects.count(), Proposal.objects.count()) == (1, 1, 1)


def test_membership_opens_the_room_and_its_end_closes_it(guest, cast_room):
    room, proposal = cast_room
    collective = proposal.circle.collective
    admit_member(collective=collective, member=guest.member)
    assert guest.get(reverse("proposition", args=[proposal.pk])).status_code == 200
    assert collective.name in guest.get(reverse("account")).content.decode()
    end_membership(collective=collective, member=guest.member)
    assert guest.get(reverse("proposition", args=[proposal.pk])).status_code in {403, 404}


def test_muted_people_are_nobody(guest):
    type(guest.member).objects.filter(pk=guest.member.pk).update(muted=True)
    page = guest.get(reverse("account")).content.decode()
    assert "n’est pas, ou plus" in page
    assert guest.get("/api/v1/proposals").status_code == 403


def test_members_of_this_node_are_not_held_up(town):
    for name in ("my_profile", "my_offers", "invite", "my_nodes"):
        assert town.client.get(reverse(name)).status_code == 200, name


def test_pages_of_decisions_are_open_by_rule():
    assert {"assembly", "propositions", "register", "api_acts"} <= decision_names()
    assert not is_closed("assembly_act", "POST")
    assert is_closed("offer_new", "GET")
    assert is_closed("api_offers", "POST")
    assert not is_closed("api_offers", "GET")


@pytest.fixture
def cast_room(town):
    cast = make_cast()
    return cast.convene(), cast.proposal
