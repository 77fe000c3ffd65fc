"""SIG-16, ORI-12: what is for some is for nobody else, by no door, and its absence looks like absence."""

import json
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from federation import actors, tasks
from federation.models import Activity, Delivery, Follow, FollowState, Node, Policy, RemoteActor, Rendered
from network.actions.collectives import admit_member
from network.actions.offers import edit_offer, withdraw_offer
from network.models import Membership, MembershipState, Offer
from network.queries.offers import draft_of
from tests import factories
from tests.peers import ACTIVITY_JSON, AS2, sign

pytestmark = pytest.mark.django_db

ORIGIN = "http://localhost:8000"
WORD = "Zythologue"  # in the private offers, and nowhere else


@pytest.fixture
def cooperative():
    factories.node()
    return factories.collective()


@pytest.fixture
def alix(cooperative):
    made = factories.member("Alix", handle="alix", belongs_to=cooperative)
    actors.ensure_node_actor()
    tasks.announce("member", made.pk)
    tasks.announce("collective", cooperative.pk)
    return made


@pytest.fixture
def followed(alix, p1):
    """Somebody of p1 follows Alix; the node p1 follows ours."""
    alice, node = p1.actor("alice"), p1.actor("node", "Application")
    for actor, whom in ((alice, alix.uri), (node, f"{ORIGIN}/actor")):
        Follow.objects.create(
            follower=actor.uri, followed=whom, activity=f"{actor.uri}/f", outgoing=False, state=FollowState.ACCEPTED,
            inbox=actor.inbox, shared_inbox=f"{p1.origin}/inbox",
        )  # fmt: skip
    return alice, node


@pytest.fixture
def bob(cooperative, p2):
    """A member of the cooperative who lives on p2."""
    actor = p2.actor("bob")
    made = factories.member("Bob", origin=p2.origin, handle="bob")
    admit_member(collective=cooperative, member=made)
    RemoteActor.objects.create(uri=actor.uri, origin=p2.origin, kind="Person", inbox=actor.inbox)
    return actor


@pytest.fixture
def offers(alix):
    """One offer of each kind, told to others."""
    made = {kind: factories.offer(alix, f"{WORD} {kind}", visibility=kind) for kind in ("followers", "members")}
    made["public"] = factories.offer(alix, "Vélo")
    for offer in made.values():
        tasks.announce("offer", offer.pk)
    return made


def path(uri):
    return uri.removeprefix(ORIGIN)


def get(client, url, by=None, accept=ACTIVITY_JSON, **headers):
    signed = sign(by, url, method="GET", covered="(request-target) host date") if by else {"Host": "localhost:8000"}
    return client.get(path(url), headers={"Accept": accept, **signed, **headers})


def wrong_key(actor, url, private):
    return sign(actor, url, method="GET", covered="(request-target) host date", private=private)


def seen(answer):
    return answer.status_code, answer.content, sorted(answer.headers.items())


def addresses(offer):
    return [offer.uri, f"{offer.uri}/note", f"{offer.uri}/create", f"{offer.uri}/note/create"]


# --- documents -------------------------------------------------------------------------------------------


def test_sig_16_only_the_audience_reads(client, offers, followed, bob, mallory, p2):
    alice, node = followed
    readers = {"followers": {alice, node}, "members": {bob}}
    for kind, allowed in readers.items():
        for address in addresses(offers[kind]):
            for who in (None, alice, node, bob, mallory, p2.actor("node", "Application")):
                assert get(client, address, who).status_code == (200 if who in allowed else 404), (address, who)


def test_a_reader_gets_the_document_and_no_cache_keeps_it(client, offers, followed):
    answer = get(client, offers["followers"].uri, followed[0])
    assert answer.json()["to"] == [f"{offers['followers'].owner.uri}/followers", f"{ORIGIN}/actor/followers"]
    assert "cc" not in answer.json() or answer.json()["cc"] == []
    assert {part.strip() for part in answer["Vary"].split(",")} >= {"Accept", "Signature", "Signature-Input"}
    assert "no-store" in answer["Cache-Control"]
    again = get(client, offers["followers"].uri, followed[0], **{"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert get(client, offers["followers"].uri, **{"If-None-Match": answer["ETag"]}).status_code == 404


@pytest.mark.parametrize("kind", ["followers", "members"])
def test_sig_16_forbidden_and_absent_are_one_answer(client, offers, followed, bob, mallory, p1, p2, kind):
    """Unsigned, by somebody who is no member, by another node's member: same status, body, headers and work."""
    stranger = p2.actor("stranger")
    other = p1.actor("other").private
    for real in addresses(offers[kind]):
        absent = real.replace(offers[kind].uri, f"{ORIGIN}/p/{'0' * 32}")
        for who in (None, mallory, stranger):
            get(client, real, who)  # keys are known from here on
            with CaptureQueriesContext(connection) as for_real:
                forbidden = get(client, real, who)
            with CaptureQueriesContext(connection) as for_absent:
                nothing = get(client, absent, who)
            assert forbidden.status_code == 404
            assert seen(forbidden) == seen(nothing)
            assert len(for_real) == len(for_absent)
        for accept in ("text/html", "*/*", ""):
            assert seen(get(client, real, accept=accept)) == seen(get(client, absent, accept=accept))
        bad = [get(client, url, mallory, **wrong_key(mallory, url, other)) for url in (real, absent)]
        assert seen(bad[0]) == seen(bad[1])
        assert bad[0].status_code in {401, 404}


def test_what_is_public_needs_no_signature_and_a_bad_one_does_no_harm(client, offers, mallory, p1):
    url = offers["public"].uri
    forged = sign(mallory, url, method="GET", covered="(request-target) host date", private=p1.actor("other").private)
    assert get(client, url).status_code == 200
    assert client.get(path(url), headers={"Accept": ACTIVITY_JSON, **forged}).status_code == 200


def test_a_signature_for_another_address_opens_nothing(client, offers, followed):
    lent = sign(followed[0], offers["public"].uri, method="GET", covered="(request-target) host date")
    answer = client.get(path(offers["followers"].uri), headers={"Accept": ACTIVITY_JSON, **lent})
    assert answer.status_code == 401


def test_who_no_longer_follows_or_belongs_no_longer_reads(client, offers, followed, bob):
    Follow.objects.filter(follower=followed[0].uri).update(state=FollowState.REJECTED)
    Membership.objects.filter(member__uri=bob.uri).update(state=MembershipState.SUSPENDED)
    assert get(client, offers["followers"].uri, followed[0]).status_code == 404
    assert get(client, offers["members"].uri, bob).status_code == 404


def test_a_blocked_reader_is_refused_alike(client, offers, followed, p1):
    Node.objects.create(origin=p1.origin, standing="blocked")
    absent = f"{ORIGIN}/p/{'0' * 32}"
    answers = [get(client, url, followed[0]) for url in (offers["followers"].uri, absent)]
    assert answers[0].status_code in {403, 404}
    assert seen(answers[0]) == seen(answers[1])


def test_a_withdrawn_private_offer_was_never_there_for_others(client, offers, followed, alix):
    offer = offers["followers"]
    withdraw_offer(actor=alix, offer_id=offer.pk)
    tasks.announce("offer", offer.pk)
    assert get(client, offer.uri).status_code == 404
    assert get(client, offer.uri, followed[0]).json()["type"] == "Tombstone"
    assert get(client, f"{offer.uri}/create", followed[0]).status_code == 404  # it said what was taken back


def test_activities_between_two_actors_are_theirs(client, alix, mallory, p2):
    from federation.outbox import send_to
    from federation.rules.delivery import Recipient

    bachir = p2.actor("bachir")
    sent = send_to(Recipient(bachir.uri, bachir.inbox), "Accept", alix.uri, "about:blank", bachir.uri)
    assert get(client, sent.uri).status_code == get(client, sent.uri, mallory).status_code == 404
    assert get(client, sent.uri, bachir).json()["id"] == sent.uri


# --- collections -----------------------------------------------------------------------------------------


def listed(client, url, by=None):
    head = get(client, url, by).json()
    page = get(client, head["first"], by).json()
    assert head["totalItems"] == len(page["orderedItems"])
    return set(page["orderedItems"])


@pytest.mark.parametrize("whose", ["/u/alix/offers", "/actor/offers"])
def test_collections_list_what_the_signer_may_read(client, offers, followed, bob, mallory, whose):
    uris = {kind: offer.uri for kind, offer in offers.items()}
    alice, node = followed
    url = ORIGIN + whose
    assert listed(client, url) == listed(client, url, mallory) == {uris["public"]}
    assert listed(client, url, node) == {uris["public"], uris["followers"]}
    assert listed(client, url, alice) == {uris["public"], uris["followers"]}
    assert listed(client, url, bob) == {uris["public"], uris["members"]}


def test_a_follower_of_one_member_sees_nothing_of_another(client, offers, followed, cooperative):
    other = factories.offer(factories.member("Bachir", handle="bachir", belongs_to=cooperative), visibility="followers")
    tasks.announce("offer", other.pk)
    alice, node = followed
    assert other.uri not in listed(client, f"{ORIGIN}/actor/offers", alice)
    assert other.uri in listed(client, f"{ORIGIN}/actor/offers", node)


def test_outboxes_list_what_is_public_only(client, offers, followed, bob):
    for who in (None, *followed, bob):
        assert listed(client, f"{ORIGIN}/u/alix/outbox", who) == {
            f"{offers['public'].uri}/create", f"{offers['public'].uri}/note/create",
        }  # fmt: skip


def test_members_of_a_collective_are_named_to_its_members_only(client, offers, cooperative, bob, followed, mallory):
    url = f"{cooperative.uri}/members"
    absent = f"{ORIGIN}/g/nothing/members"
    for who in (None, mallory, *followed):
        assert seen(get(client, url, who)) == seen(get(client, absent, who))
        assert get(client, url, who).status_code == 404
    assert listed(client, url, bob) == {f"{ORIGIN}/u/alix", bob.uri}


def test_nodeinfo_counts_what_is_public_only(client, alix):
    for number in range(12):
        factories.offer(alix, f"Offre {number}", visibility="members")
    assert get(client, f"{ORIGIN}/nodeinfo/2.1", accept="*/*").json()["usage"]["localPosts"] == 0


def test_the_toolkit_never_loads_what_is_not_public(offers):
    from federation.models import ProposalContext

    assert [row.reference.uri for row in ProposalContext.objects.all()] == [offers["public"].uri]


# --- a closed node ---------------------------------------------------------------------------------------


def test_a_closed_node_shows_itself_to_nodes_on_its_list_only(client, offers, p1, p2, mallory):
    Policy.objects.create(id=1, closed=True)
    Node.objects.create(origin=p1.origin, allowed=True)
    stranger, public = p2.actor("stranger"), offers["public"].uri
    closed = [public, f"{public}/note", f"{public}/create", f"{ORIGIN}/u/alix", f"{ORIGIN}/g/cooperative-demo",
              f"{ORIGIN}/u/alix/offers", f"{ORIGIN}/u/alix/outbox", f"{ORIGIN}/actor/followers"]  # fmt: skip
    for url in closed:
        assert get(client, url).status_code == 404, url
        assert get(client, url, stranger).status_code in {403, 404}, url
        assert seen(get(client, url, stranger)) == seen(get(client, f"{ORIGIN}/u/nobody", stranger))
        assert get(client, url, mallory).status_code == 200, url
    assert get(client, offers["followers"].uri, mallory).status_code == 404
    for url in ("/actor", "/.well-known/nodeinfo", "/.well-known/webfinger?resource=acct:alix@localhost:8000"):
        assert get(client, ORIGIN + url).status_code == 200


# --- pages and API ---------------------------------------------------------------------------------------


def doors(offer):
    return [f"/offres/{offer.pk}", f"/api/v1/offers/{offer.pk}"]


def test_visitors_find_no_trace(client, offers, alix):
    absent = max(offer.pk for offer in offers.values()) + 1000
    for kind in ("followers", "members"):
        for door in doors(offers[kind]):
            nothing = door.replace(str(offers[kind].pk), str(absent))
            assert client.get(door).status_code == client.get(nothing).status_code == 404
    for url in ("/annuaire", "/annuaire?q=zythologue", f"/membres/{alix.pk}", "/", f"/api/v1/members/{alix.pk}",
                "/api/v1/offers", "/api/v1/offers?q=zythologue", "/api/v1/offers?q=zythologua"):  # fmt: skip
        told = client.get(url).content.decode()
        assert WORD not in told, url
    assert client.get("/api/v1/offers").json()["total"] == 1
    assert client.get("/api/v1/node").json()["counts"]["offers"] == 1


def test_a_search_corrects_towards_nothing_hidden(client, alix):
    factories.offer(alix, WORD, visibility="members")
    assert client.get("/api/v1/offers?q=zythologua").json()["corrections"] == []
    factories.offer(alix, WORD)
    assert client.get("/api/v1/offers?q=zythologua").json()["corrections"] != []


def test_a_hidden_word_does_not_even_keep_a_correction_away(client, alix):
    factories.offer(alix, "Zythologues", visibility="members")
    factories.offer(alix, "Zythologue")
    hidden = client.get("/api/v1/offers?q=zythologues").json()
    Offer.objects.filter(visibility="members").delete()
    assert hidden == client.get("/api/v1/offers?q=zythologues").json()


@pytest.fixture
def people(cooperative):
    """Logged in: a member of the cooperative, and a member of this node who belongs to another one."""
    other = factories.collective("Autre")
    found = {}
    for name, belongs_to in (("bachir", cooperative), ("camille", other)):
        from django.test import Client

        account = factories.account(factories.member(name.title(), handle=name, belongs_to=belongs_to))
        found[name] = Client()
        found[name].force_login(account)
    return found


def test_people_here_see_what_concerns_them(offers, people):
    may = {"bachir": {"public", "followers", "members"}, "camille": {"public", "followers"}}
    for name, kinds in may.items():
        hits = people[name].get("/api/v1/offers").json()
        assert {hit["uri"] for hit in hits["results"]} == {offers[kind].uri for kind in kinds}
        assert hits["total"] == len(kinds)
        assert sum(facet["count"] for facet in hits["facets"]["price"]) == len(kinds)
        for kind, offer in offers.items():
            for door in doors(offer):
                assert people[name].get(door).status_code == (200 if kind in kinds else 404)
        member = people[name].get(f"/api/v1/members/{offers['public'].owner_id}").json()
        assert {offer["uri"] for offer in member["offers"]} == {offers[kind].uri for kind in kinds}


def test_writing_to_what_one_may_not_read_is_as_to_nothing(offers, people):
    offer = offers["members"]
    for pk in (offer.pk, offer.pk + 1000):
        answer = people["camille"].delete(f"/api/v1/offers/{pk}")
        assert (answer.status_code, answer.json()["code"]) == (404, "offer_unknown")
    assert people["bachir"].delete(f"/api/v1/offers/{offer.pk}").status_code == 403


# --- telling others --------------------------------------------------------------------------------------


def told(offer_uri, kind):
    rows = Delivery.objects.filter(activity__object_uri__in=[offer_uri, f"{offer_uri}/note"], activity__kind=kind)
    return set(rows.values_list("inbox", flat=True))


def change(offer, alix, visibility):
    draft = replace(draft_of(offer), visibility=visibility)
    edited = edit_offer(actor=alix, offer_id=offer.pk, draft=draft)
    for row in Offer.objects.filter(local=True):
        tasks.announce("offer", row.pk)
    return edited


@pytest.fixture
def published(alix, followed, bob):
    """An offer for everybody, after the follows."""
    made = factories.offer(alix, WORD)
    tasks.announce("offer", made.pk)
    return made


def test_members_are_told_one_by_one(alix, followed, bob, p1, p2):
    made = factories.offer(alix, WORD, visibility="members")
    tasks.announce("offer", made.pk)
    assert told(made.uri, "Create") == {bob.inbox}
    kept = Rendered.objects.get(uri=made.uri)
    assert (kept.public, kept.audience) == (False, [f"{ORIGIN}/g/cooperative-demo/members"])
    sent = json.loads(bytes(Activity.objects.get(uri=f"{made.uri}/note/create").body))
    assert sent["to"] == sent["object"]["to"] == kept.audience
    assert f"{AS2}#Public" not in json.dumps(sent)


def test_followers_are_told_once_a_server(alix, followed, bob, p1):
    made = factories.offer(alix, WORD, visibility="followers")
    tasks.announce("offer", made.pk)
    assert told(made.uri, "Create") == {f"{p1.origin}/inbox"}


@pytest.mark.parametrize("narrower", ["followers", "members"])
def test_former_readers_are_told_to_delete(client, alix, published, followed, bob, mallory, p1, narrower):
    old = published.uri
    Delivery.objects.update(state="done")
    edited = change(published, alix, narrower)
    assert edited.uri != old
    assert told(old, "Delete") == {f"{p1.origin}/inbox"}
    assert get(client, old).json()["type"] == get(client, old, mallory).json()["type"] == "Tombstone"
    assert WORD not in get(client, old).content.decode()
    assert get(client, f"{old}/create").status_code == 404
    assert get(client, edited.uri).status_code == 404
    assert listed(client, f"{ORIGIN}/u/alix/outbox") == {f"{old}/delete", f"{old}/note/delete"}
    assert told(edited.uri, "Create") == ({f"{p1.origin}/inbox"} if narrower == "followers" else {bob.inbox})
    assert client.get(f"/offres/{edited.pk}").status_code == 404


def test_opened_it_is_created_for_most_and_updated_for_those_who_have_it(client, alix, followed, bob, p1):
    made = factories.offer(alix, WORD, visibility="members")
    tasks.announce("offer", made.pk)
    edited = change(made, alix, "public")
    assert edited.uri == made.uri
    assert told(made.uri, "Update") == {bob.inbox}
    assert told(made.uri, "Create") == {bob.inbox, f"{p1.origin}/inbox"}
    assert get(client, made.uri).status_code == 200
    assert f"{made.uri}/create/2" in listed(client, f"{ORIGIN}/u/alix/outbox")
    assert get(client, f"{made.uri}/create/2").json()["object"]["name"] == WORD


def test_a_withdrawn_members_offer_is_deleted_at_its_members_only(alix, followed, bob):
    made = factories.offer(alix, WORD, visibility="members")
    tasks.announce("offer", made.pk)
    withdraw_offer(actor=alix, offer_id=made.pk)
    tasks.announce("offer", made.pk)
    assert told(made.uri, "Delete") == {bob.inbox}


# --- caches on the way ------------------------------------------------------------------------------------


def test_what_depends_on_who_asks_is_kept_by_no_cache(client, alix, followed):
    """A cache that does not heed Vary would hand it to everybody."""
    alice, _node = followed
    for name in ("/u/alix/offers", "/u/alix/offers?before=9", "/actor/offers"):
        assert get(client, ORIGIN + name, by=alice)["Cache-Control"] == "private, no-store"
        assert "Cache-Control" not in get(client, ORIGIN + name)


def test_a_closed_node_answers_those_on_its_list_privately(client, alix, followed):
    alice, _node = followed
    Policy.objects.create(id=1, closed=True)
    Node.objects.create(origin=alice.peer.origin, allowed=True)
    for name in ("/u/alix/outbox", "/actor/attestations", "/u/alix/followers"):
        assert get(client, ORIGIN + name, by=alice)["Cache-Control"] == "private, no-store"
