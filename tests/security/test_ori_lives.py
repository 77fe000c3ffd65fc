"""ORI: the life of others' ids. What a move, a departure, a new key or a new type may change here, and what never."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.urls import reverse

from federation import actors, client, dispatch, nodes, overview
from federation.errors import Unreachable, Untranslatable
from federation.models import Follow, FollowState, Node, Notice, RemoteActor, RemoteKey, Standing, TombstoneSeen
from federation.queries import node_actor
from federation.rules.media import is_activity_type
from network.actions.collectives import admit_member
from network.clock import now
from network.errors import NotFound
from network.models import Member, Membership, Offer, OfferState, Vouch
from tests import factories
from tests.federation.conftest import here, make_follower, make_peer, send  # noqa: F401 - fixtures
from tests.federation.offers import created
from tests.security.conftest import ORIGIN

pytestmark = pytest.mark.django_db
AP = {"accept": "application/activity+json"}


@pytest.fixture
def new(p2, alice):
    """Where alice says that she lives now; the place says so too."""
    made = p2.actor("alice")
    made.extra["alsoKnownAs"] = [alice.uri]
    return made


@pytest.fixture
def followed(here, alice):  # noqa: F811
    actors.remote_actor(alice.uri, now=now())
    return Follow.objects.create(
        follower=node_actor(), followed=alice.uri, activity=f"{ORIGIN}/a/f", outgoing=True, state=FollowState.ACCEPTED
    )


def move(actor, target):
    return actor.activity("Move", actor.uri, target=target)


# --- ORI-06: nothing that people write here is a document -------------------------------------------------


@pytest.fixture
def forged(here):  # noqa: F811
    """An actor document, as the text of everything that a member may write."""
    text = json.dumps({"@context": "https://www.w3.org/ns/activitystreams", "type": "Person", "id": f"{ORIGIN}/u/x"})
    here.summary = text
    here.save()
    return here, factories.offer(here, text[:120], description=text)


def test_ori_06_pages_are_never_documents(forged, client, django_user_model):  # noqa: F811
    member, offer = forged
    account = factories.account(member, operator=True)
    client.force_login(account)
    pages = [
        reverse("member", args=[member.pk]), reverse("trust", args=[member.pk]), reverse("offer", args=[offer.pk]),
        f"{reverse('search')}?q=Person", reverse("home"), reverse("register"), reverse("charter"), reverse("nodes"),
        reverse("my_profile"), reverse("nodes_export"), "/api/v1/offers", "/static/logo.svg", "/api/v1/schema",
    ]  # fmt: skip
    for page in pages:
        answer = client.get(page, headers=AP)
        assert not is_activity_type(answer.headers.get("Content-Type", "")), page
        assert answer["X-Content-Type-Options"] == "nosniff", page


def test_ori_06_what_people_write_stays_text_in_documents(forged, client):
    member, offer = forged
    actors.render_member(member)
    document = json.loads(client.get("/u/alix", headers=AP).content)
    assert (document["id"], document["type"]) == (member.uri, "Person")
    assert isinstance(document["summary"], str)
    assert document["summary"].startswith("<p>")


def test_ori_06_our_client_takes_no_page_for_a_document(here, p1):  # noqa: F811
    text = json.dumps(p1.actor("alice").document()).encode()
    for kind in ("text/html", "application/json", "image/svg+xml", "text/plain", "application/ld+json"):
        p1.serve("/upload", text, content_type=kind)
        with pytest.raises(Unreachable, match="media-type"):
            client.get_document(f"{p1.origin}/upload")


# --- ORI-07: names ---------------------------------------------------------------------------------------


def finger(peer, name, href):
    body = json.dumps({"subject": name, "links": [{"rel": "self", "type": "application/activity+json", "href": href}]})
    path = f"/.well-known/webfinger?resource={quote(name, safe='')}"
    peer.serve(path, body.encode(), content_type="application/jrd+json")


def test_ori_07_another_host_does_not_answer_for_a_name(here, p1, p2, alice):  # noqa: F811
    finger(p2, f"acct:alice@localhost:{p1.port}", p2.actor("evil").uri)
    with pytest.raises(Unreachable):
        actors.discover(f"@alice@localhost:{p1.port}")
    assert p2.seen == []


def test_ori_07_a_name_leads_to_its_own_host_only(here, p1, p2, alice):  # noqa: F811
    finger(p1, f"acct:alice@localhost:{p1.port}", p2.actor("alice").uri)
    with pytest.raises(Untranslatable, match="resource"):
        actors.discover(f"@alice@localhost:{p1.port}")


def test_ori_07_we_answer_for_our_own_names_only(here, client, p1):  # noqa: F811
    for name in (f"acct:alix@localhost:{p1.port}", "acct:alix@evil.example", f"{p1.origin}/u/alix"):
        answer = client.get("/.well-known/webfinger", {"resource": name})
        assert answer.status_code == 404


def test_ori_07_a_handle_shows_the_host_of_the_id(here, client, p1, alice):  # noqa: F811
    alice.extra["preferredUsername"] = "alix@localhost"
    alice.extra["webfinger"] = "alix@localhost:8000"
    actors.know_member(alice.uri, now=now())
    member = Member.objects.get(uri=alice.uri)
    page = client.get(reverse("member", args=[member.pk])).content.decode()
    assert f"@{member.handle}@localhost:{p1.port}" in page


# --- ORI-08: moving --------------------------------------------------------------------------------------


def test_ori_08_a_confirmed_move_asks_anew_at_the_new_address(followed, alice, new, p2, send):  # noqa: F811
    assert send(alice, move(alice, new.uri)).outcome == "applied"
    follow = Follow.objects.get()
    assert (follow.followed, follow.state) == (new.uri, FollowState.PENDING)
    dispatch.deliver_due()
    assert [json.loads(seen.body)["type"] for seen in p2.seen if seen.method == "POST"] == ["Follow"]
    assert overview.moved_to(alice.uri) == new.uri


def test_ori_08_one_side_alone_moves_nobody(followed, alice, p2, send):  # noqa: F811
    stranger = p2.actor("alice")
    for claims in ([], ["https://p9.example/u/alice"], [f"{alice.uri}/"]):
        stranger.extra["alsoKnownAs"] = claims
        assert send(alice, move(alice, stranger.uri)).detail == "not-confirmed"
    assert Follow.objects.get().followed == alice.uri
    assert overview.moved_to(alice.uri) == ""


def test_ori_08_nobody_moves_another(followed, alice, mallory, new, send):  # noqa: F811
    assert send(mallory, mallory.activity("Move", alice.uri, target=new.uri)) is None
    assert send(mallory, move(mallory, new.uri)).detail == "not-confirmed"
    assert Follow.objects.get().followed == alice.uri


@pytest.mark.parametrize("target", [None, "", "nonsense", 5, {"type": "Person"}, "javascript:x"])
def test_ori_08_a_move_to_nowhere(followed, alice, send, target):  # noqa: F811
    envelope = send(alice, move(alice, target))
    assert envelope is None or envelope.outcome == "ignored"
    assert send(alice, move(alice, alice.uri)).outcome == "ignored"
    assert Follow.objects.get().followed == alice.uri


def test_ori_08_not_a_second_time_within_thirty_days(followed, alice, new, p2, send, clock):  # noqa: F811
    clock.set(datetime.now(UTC))
    assert send(alice, move(alice, new.uri)).outcome == "applied"
    third = p2.actor("third")
    third.extra["alsoKnownAs"] = [alice.uri]
    assert send(alice, move(alice, third.uri)).detail == "moved-lately"
    assert overview.moved_to(alice.uri) == new.uri
    RemoteActor.objects.filter(uri=alice.uri).update(moved_at=now() - timedelta(days=31))
    assert send(alice, move(alice, third.uri)).outcome == "applied"
    assert overview.moved_to(alice.uri) == third.uri


def test_ori_08_membership_votes_and_trust_stay(here, followed, alice, new, send):  # noqa: F811
    actors.know_member(alice.uri, now=now())
    old = Member.objects.get(uri=alice.uri)
    collective = here.memberships.get().collective
    admit_member(collective=collective, member=old)
    given, received = factories.vouch_between(old, here), factories.vouch_between(here, old)
    before = (list(Membership.objects.values()), list(Vouch.objects.values()))
    assert send(alice, move(alice, new.uri)).outcome == "applied"
    assert (list(Membership.objects.values()), list(Vouch.objects.values())) == before
    assert not Vouch.objects.filter(issuer__uri=new.uri).exists()
    assert {given.issuer.uri, received.subject.uri} == {alice.uri}


def test_ori_08_copies_of_offers_go_and_come_from_the_new_address(followed, alice, new, send):  # noqa: F811
    assert send(alice, created(alice)).outcome == "applied"
    send(alice, move(alice, new.uri))
    assert not Offer.objects.filter(local=False).exists()
    assert send(new, new.activity("Accept", Follow.objects.get().activity)).outcome == "applied"
    assert send(new, created(new)).outcome == "applied"


def test_ori_08_an_address_that_is_not_there_yet_is_waited_for(followed, alice, p2, send):  # noqa: F811
    assert send(alice, move(alice, f"{p2.origin}/u/nobody-yet")).outcome == "waiting"
    assert Follow.objects.get().followed == alice.uri


def test_ori_08_a_whole_node_is_a_peer_again_only_when_it_consents(here, p1, p2, send):  # noqa: F811
    make_peer(p1)
    old, moved = p1.actor("node"), p2.actor("node", "Application")
    moved.extra["alsoKnownAs"] = [old.uri]
    make_follower(old, here.uri)
    actors.remote_actor(old.uri, now=now())
    assert send(old, move(old, moved.uri)).outcome == "applied"
    assert dict(Node.objects.values_list("origin", "standing")) == {p1.origin: "unknown", p2.origin: "unknown"}
    assert not Follow.objects.filter(follower=old.uri).exists()
    assert Notice.objects.get().facts == {"to": p2.origin}
    send(moved, moved.activity("Accept", Follow.objects.get(outgoing=True).activity))
    assert Node.objects.get(origin=p2.origin).standing == Standing.PEER


def test_a_member_who_moved_is_shown_so(here, followed, alice, new, send, client):  # noqa: F811
    actors.know_member(alice.uri, now=now())
    send(alice, move(alice, new.uri))
    page = client.get(reverse("member", args=[Member.objects.get(uri=alice.uri).pk])).content.decode()
    assert "Ce membre a déménagé" in page
    assert new.uri in page


# --- ORI-09: leaving -------------------------------------------------------------------------------------


def all_of(alice, send, here):  # noqa: F811
    make_follower(alice, here.uri)
    assert send(alice, created(alice)).outcome == "applied"
    member = Member.objects.get(uri=alice.uri)
    admit_member(collective=here.memberships.get().collective, member=member)
    factories.vouch_between(member, here)
    return member


def test_ori_09_a_departed_actor_takes_everything_along(here, followed, alice, send):  # noqa: F811
    member = all_of(alice, send, here)
    assert send(alice, alice.activity("Delete", alice.uri)).outcome == "applied"
    member.refresh_from_db()
    assert member.gone_at is not None
    assert not Follow.objects.exists()
    assert {offer.state for offer in Offer.objects.filter(owner=member)} == {OfferState.WITHDRAWN}
    assert Membership.objects.get(member=member).state == "ended"
    assert not RemoteKey.objects.filter(owner=alice.uri).exists()


def test_ori_09_nothing_brings_back_who_left(here, followed, alice, send):  # noqa: F811
    member = all_of(alice, send, here)
    send(alice, alice.activity("Delete", alice.uri))
    alice.rotate()
    for late in (created(alice, 7), alice.activity("Update", alice.uri), alice.activity("Follow", here.uri)):
        envelope = send(alice, late)
        assert envelope is None or (envelope.outcome, envelope.detail) == ("ignored", "gone")
    with pytest.raises(Untranslatable, match="gone"):
        actors.fetch(alice.uri, now=now())
    name, operator = f"alice@localhost:{alice.peer.port}", factories.account(here, operator=True)
    finger(alice.peer, f"acct:{name}", alice.uri)
    with pytest.raises(NotFound, match="node_not_found"):
        nodes.follow_node(origin_or_handle=f"@{name}", actor=operator)
    member.refresh_from_db()
    assert member.gone_at is not None
    assert not Follow.objects.exists()


def test_ori_09_gone_at_its_address_is_gone_for_good(here, followed, alice, p1, send):  # noqa: F811
    member = all_of(alice, send, here)
    p1.serve("/u/alice", b"{}", status=410)
    with pytest.raises(Unreachable):
        actors.fetch(alice.uri, now=now())
    del p1.pages["/u/alice"]
    alice.rotate()
    envelope = send(alice, created(alice, 7))
    assert envelope is None or envelope.detail == "gone"
    member.refresh_from_db()
    assert member.gone_at is not None
    assert TombstoneSeen.objects.filter(owner=alice.uri).exists()


def test_ori_09_an_address_out_of_reach_for_a_while_loses_nothing(here, followed, alice, p1, send):  # noqa: F811
    member = all_of(alice, send, here)
    for status in (404, 500, 403):
        p1.serve("/u/alice", b"{}", status=status)
        with pytest.raises(Unreachable):
            actors.fetch(alice.uri, now=now())
    del p1.pages["/u/alice"]
    assert send(alice, created(alice, 7)).outcome == "applied"
    member.refresh_from_db()
    assert member.gone_at is None


def test_ori_09_a_deleted_id_stays_deleted(here, followed, alice, mallory, send):  # noqa: F811
    offer = created(alice)
    send(alice, offer)
    send(alice, alice.activity("Delete", offer["object"]["id"]))
    assert send(alice, {**created(alice), "id": f"{alice.peer.origin}/a/again"}).outcome == "ignored"
    assert not Offer.objects.filter(state=OfferState.LIVE).exists()
    assert send(mallory, mallory.activity("Delete", alice.uri)) is None
    assert RemoteActor.objects.get(uri=alice.uri).gone_at is None


# --- ORI-13, ORI-14: what an actor is ---------------------------------------------------------------------


@pytest.mark.parametrize("owners", [["alice", "other host"], ["alice", "mallory"]])
def test_ori_13_a_thing_with_two_owners_is_nobodys(here, followed, alice, mallory, p2, send, owners):  # noqa: F811
    uris = {"alice": alice.uri, "mallory": mallory.uri, "other host": f"{p2.origin}/u/x"}
    offer = created(alice)
    offer["object"]["attributedTo"] = [uris[name] for name in owners]
    envelope = send(alice, offer)
    assert envelope is None or envelope.outcome != "applied"
    assert not Offer.objects.exists()


def test_ori_14_a_person_does_not_become_a_group(here, alice):  # noqa: F811
    actors.know_member(alice.uri, now=now())
    for kind in ("Group", "Application", "Service", "Organization"):
        alice.kind = kind
        alice.extra["kind"] = "public_body"
        actors.know_member(alice.uri, now=now(), again=True)
        assert RemoteActor.objects.get(uri=alice.uri).kind == "Person"
        assert Member.objects.get(uri=alice.uri).kind == "person"
    assert not Node.objects.filter(actor=alice.uri).exists()


def test_ori_14_nobody_takes_anothers_user_name(here, alice, mallory):  # noqa: F811
    for actor in (alice, mallory):
        actors.know_member(actor.uri, now=now())
    mallory.extra["preferredUsername"] = "alice"
    actors.know_member(mallory.uri, now=now(), again=True)
    assert Member.objects.get(uri=mallory.uri).handle == "mallory"
    assert RemoteActor.objects.get(uri=mallory.uri).username == "mallory"


@pytest.mark.parametrize("inbox", ["http://127.0.0.1:{port}/inbox", "http://localhost:{port}/inbox", "file:///x", ""])
def test_ori_14_an_inbox_elsewhere_is_none(here, alice, p2, send, inbox):  # noqa: F811
    alice.extra["inbox"] = inbox.format(port=p2.port)
    with pytest.raises(Untranslatable):
        actors.fetch(alice.uri, now=now())
    assert send(alice, alice.activity("Follow", here.uri)).outcome == "untranslatable"
    dispatch.deliver_due()
    assert p2.seen == []
    assert not Follow.objects.exists()


def test_ori_14_the_address_is_judged_again_when_sending(here, p1, alice, settings):  # noqa: F811
    follow = make_follower(alice, here.uri)
    nodes.answer(follow, accepted=True)
    settings.FEDERATION_TEST_PEERS = []
    dispatch.deliver_due()
    assert p1.seen == []
