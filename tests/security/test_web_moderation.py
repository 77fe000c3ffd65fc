"""WEB: what people write to moderators and about entries, who may do what, and floods."""

import itertools
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from network.actions.moderation import answer_hiding, dismiss, hide, report
from network.models import Hidden, ModerationAct, RecordVote, Report
from tests import factories
from tests.frontend.reading import faults, page_of

pytestmark = pytest.mark.django_db

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><svg onload=alert(1)>",
    "{{ settings.SECRET_KEY }}{% load static %}",
    "javascript:alert(1)",
    "=cmd|' /C calc'!A0",
    "\u202eexe.txt\x00",
)


def of(uri: str, name: str) -> str:
    return f"{reverse(name)}?de={quote(uri)}"


@pytest.fixture
def here(db, clock):
    """A moderator, an owner with an offer, another member, a candidate, an operator without mandate, a visitor."""
    from types import SimpleNamespace

    from governance.actions.charter import adopt_template
    from governance.actions.circles import assign_mandate, open_circle

    factories.node()
    collective = factories.collective()
    adopt_template(collective=collective)
    names = ("moderator", "owner", "member", "operator")
    people = {name: factories.member(name.capitalize(), belongs_to=collective) for name in names}
    people["candidate"] = factories.member("Candidate")
    factories.candidate(collective, people["candidate"])
    moderator = people["moderator"]
    circle = open_circle(actor=moderator, collective=collective, name="Premier", members=[moderator])
    assign_mandate(
        actor=moderator, circle_id=circle.pk, member=moderator, role="moderation", starts_on=clock.now().date()
    )
    clients = {"visitor": Client()}
    for name, person in people.items():
        clients[name] = Client()
        clients[name].force_login(factories.account(person, operator=name == "operator"))
    offer = factories.offer(people["owner"], "Nextcloud chez vous")
    return SimpleNamespace(**people, clients=clients, offer=offer, collective=collective)


def snapshot() -> tuple:
    return (
        Report.objects.filter(settled_at=None).count(), Hidden.objects.count(),
        Hidden.objects.filter(lifted_at=None).count(), ModerationAct.objects.count(), RecordVote.objects.count(),
        Hidden.objects.exclude(answer="").count(),
    )  # fmt: skip


# --- rights on every act -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["visitor", "owner", "member", "candidate", "operator"])
@pytest.mark.parametrize("act", ["dismiss", "ask", "hide", "unhide"])
def test_nobody_but_a_moderator_acts(here, who, act):
    seen = report(uri=here.offer.uri, kind="gone").pk
    if act == "unhide":
        hide(actor=here.moderator, uri=here.offer.uri, reason="Motif")
    before = snapshot()
    answer = here.clients[who].post(
        of(here.offer.uri, "moderation_case"), {"act": act, "words": "Parce que.", "seen": seen}
    )
    assert answer.status_code == (302 if who == "visitor" else 403)
    assert snapshot() == before


@pytest.mark.parametrize("who", ["visitor", "owner", "member", "candidate", "operator"])
def test_nobody_else_reads_the_reports(here, who):
    report(uri=here.offer.uri, kind="abuse", words="Un mot pour la modération seule")
    for address in (reverse("moderation"), of(here.offer.uri, "moderation_case")):
        answer = here.clients[who].get(address)
        assert answer.status_code == (302 if who == "visitor" else 403)
        assert "Un mot pour" not in answer.content.decode()
    assert here.clients["moderator"].get(reverse("moderation")).status_code == 200


def test_a_moderator_does_not_decide_about_themselves(here):
    seen = report(uri=here.moderator.uri, kind="gone").pk
    before = snapshot()
    page = page_of(here.clients["moderator"].get(of(here.moderator.uri, "moderation_case")))
    assert "une autre personne doit en décider" in page.words
    assert not [button for button in page.all("button") if button.attributes.get("name") == "act"]
    for act in ("dismiss", "ask", "hide"):
        answer = here.clients["moderator"].post(
            of(here.moderator.uri, "moderation_case"), {"act": act, "words": "x", "seen": seen}
        )
        assert answer.status_code == 403
    assert snapshot() == before


@pytest.mark.parametrize("who", ["visitor", "member", "candidate", "operator", "moderator"])
def test_nobody_answers_for_an_owner(here, who):
    hidden = hide(actor=here.moderator, uri=here.offer.uri, reason="Motif")
    before = snapshot()
    answer = here.clients[who].post(reverse("hiding_answer", args=[hidden.pk]), {"words": "Je suis un autre."})
    assert answer.status_code == (302 if who == "visitor" else 404)
    assert snapshot() == before


@pytest.mark.parametrize(("who", "status"), [("visitor", 403), ("candidate", 403), ("owner", 403), ("member", 302)])
def test_who_votes_on_a_record(here, who, status):
    before = snapshot()
    assert here.clients[who].post(of(here.offer.uri, "report"), {"vote": "gone"}).status_code == status
    assert (snapshot() != before) == (status == 302)


@pytest.mark.parametrize("who", ["visitor", "owner", "member", "candidate", "moderator"])
def test_only_operators_forget_a_node(here, who):
    from federation.models import Node

    node = Node.objects.create(origin="https://tours.example")
    far = factories.member("Loin", origin="https://tours.example")
    answer = here.clients[who].post(reverse("node_forget", args=[node.pk]), {"name": "tours.example"})
    assert answer.status_code == (302 if who == "visitor" else 403)
    far.refresh_from_db()
    assert Node.objects.filter(pk=node.pk).exists()


def test_web_03_every_act_needs_its_token(here):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(here.moderator.account)
    report(uri=here.offer.uri, kind="gone")
    before = snapshot()
    for address, data in (
        (of(here.offer.uri, "report"), {"kind": "gone"}),
        (of(here.offer.uri, "report"), {"vote": "gone"}),
        (of(here.offer.uri, "moderation_case"), {"act": "hide", "words": "x"}),
        (reverse("confirm"), {}),
    ):
        assert strict.post(address, data).status_code == 403
    assert snapshot() == before


def test_web_03_reading_changes_nothing(here):
    report(uri=here.offer.uri, kind="gone")
    before = snapshot()
    for name, client in here.clients.items():
        for query in ("act=hide&words=x&seen=99", "vote=gone", "kind=gone"):
            client.get(f"{of(here.offer.uri, 'moderation_case')}&{query}")
            client.get(f"{of(here.offer.uri, 'report')}&{query}")
        assert snapshot() == before, name


# --- what people write stays text ----------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_words_stay_words_wherever_they_are_shown(here, text):
    seen = report(uri=here.offer.uri, kind="abuse", words=text).pk
    moderator = here.clients["moderator"]
    pages = [moderator.get(of(here.offer.uri, "moderation_case"))]
    dismiss(actor=here.moderator, uri=here.offer.uri, seen=seen, words=text)
    hidden = hide(actor=here.moderator, uri=here.offer.uri, reason=text)
    answer_hiding(actor=here.owner, hidden_id=hidden.pk, words=text)
    pages += [client.get(reverse("offer", args=[here.offer.pk])) for client in here.clients.values()]
    pages += [
        here.clients["visitor"].get(reverse("hidden_entries")),
        here.clients["member"].get(reverse("moderation_log")),
    ]
    pages += [moderator.get(of(here.offer.uri, "moderation_case")), here.clients["owner"].get(reverse("account"))]
    pages += [here.clients["owner"].get(reverse("hiding_answer", args=[hidden.pk]))]
    for answer in pages:
        page = page_of(answer)
        assert faults(page) == []
        assert not page.all("script", "svg") or "map" in page.html
        assert not [image for image in page.all("img") if image.attributes.get("src") == "x"]
        assert "\u202e" not in page.html
        assert "django-insecure" not in page.html


def test_a_hostile_address_is_refused_or_written_as_text(here):
    for uri in (*HOSTILE, "http://localhost:8000/p/" + "a" * 4000, "//evil.example", "\r\nSet-Cookie: a=b"):
        for client in here.clients.values():
            answer = client.get(of(uri, "report"))
            assert answer.status_code == 404
            assert client.get(of(uri, "moderation_case")).status_code in {302, 403, 404}
            assert "Set-Cookie: a=b" not in str(answer.headers)


def test_after_confirming_nobody_is_sent_elsewhere(here):
    for where in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        answer = here.clients["owner"].post(reverse("confirm"), {"next": where})
        assert answer["Location"] == reverse("account")


# --- floods --------------------------------------------------------------------------------------------------


def test_a_flood_from_one_network_is_one_sender(here):
    """A /64 of IPv6 is one address; another one has its own allowance."""
    client = Client()
    hosts = itertools.count(1)
    answers = [
        client.post(of(here.offer.uri, "report"), {"kind": "gone"}, REMOTE_ADDR=f"2001:db8::{next(hosts):x}")
        for _n in range(12)
    ]
    assert [answer.status_code for answer in answers].count(302) == 5
    assert Report.objects.count() == 5
    other = client.post(of(here.offer.uri, "report"), {"kind": "gone"}, REMOTE_ADDR="2001:db8:0:1::1")
    assert other.status_code == 302


def test_a_flood_from_many_networks_is_bounded_and_one_act_ends_it(here):
    for n in range(60):
        Client().post(of(here.offer.uri, "report"), {"kind": "abuse", "words": "pourriel"}, REMOTE_ADDR=f"192.0.2.{n}")
    assert Report.objects.count() == 30
    page = here.clients["moderator"].get(of(here.offer.uri, "moderation_case"))
    assert len(page_of(page).elements) <= 120
    seen = Report.objects.latest("pk").pk
    here.clients["moderator"].post(
        of(here.offer.uri, "moderation_case"), {"act": "dismiss", "words": "Pourriel.", "seen": seen}
    )
    assert not Report.objects.filter(settled_at=None).exists()


def test_a_huge_report_is_refused_whole(here):
    answer = here.clients["visitor"].post(of(here.offer.uri, "report"), {"kind": "abuse", "words": "x" * 100_000})
    assert answer.status_code == 400
    assert not Report.objects.exists()


# --- nothing slips through a side door -----------------------------------------------------------------------


def test_what_is_hidden_is_hidden_from_the_api_too(here):
    hide(actor=here.moderator, uri=here.offer.uri, reason="Annonce trompeuse.")
    for who in ("visitor", "member", "candidate", "operator"):
        client = here.clients[who]
        answer = client.get(f"/api/v1/offers/{here.offer.pk}")
        assert (answer.status_code, answer.json()["code"]) == (404, "entry_hidden")
        assert "Annonce trompeuse." in answer.json()["detail"]
        assert client.get("/api/v1/offers?q=nextcloud").json()["total"] == 0
        assert client.get(f"/api/v1/members/{here.owner.pk}").json()["offers"] == []
        assert client.get("/api/v1/node").json()["counts"]["offers"] == 0
    assert here.clients["owner"].get(f"/api/v1/offers/{here.offer.pk}").status_code == 200


def test_a_hidden_member_is_hidden_from_the_api_too(here):
    hide(actor=here.moderator, uri=here.owner.uri, reason="Usurpation.")
    for path in (f"/api/v1/members/{here.owner.pk}", f"/api/v1/offers/{here.offer.pk}"):
        assert here.clients["visitor"].get(path).json()["code"] == "entry_hidden"
        assert here.clients["member"].get(path).json()["code"] == "entry_hidden"


def test_the_api_tells_all_three_dates(here):
    peer = factories.vouch_between(here.member, here.owner)
    said = here.clients["visitor"].get(f"/api/v1/members/{here.owner.pk}").json()["freshness"]
    assert (said["state"], said["source_origin"]) == ("fresh", None)
    assert said["attested_at"][:10] == peer.issued_at.isoformat()[:10]
