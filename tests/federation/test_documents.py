"""What this node serves: actors, offers, collections, names; one query a document; nothing while switched off."""

import json
from urllib.parse import quote

import pytest

from federation import outbox
from federation.models import Rendered
from federation.rules.vocabulary import RFC9421
from tests import factories

ORIGIN = "http://localhost:8000"
AP = "application/activity+json"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def offer(here):
    made = factories.offer(here, price="hourly", amount_cents=5500, skill="nextcloud")
    outbox.announce_offer(made.pk)
    return made


def get(client, path, accept=AP, **headers):
    return client.get(path, headers={"Accept": accept, "Host": "localhost:8000", **headers})


def path(uri):
    return uri.removeprefix(ORIGIN)


@pytest.mark.parametrize(
    ("address", "kind", "name"),
    [
        ("/actor", "Application", "noeud"),
        ("/u/alix", "Person", "alix"),
        ("/g/cooperative-demo", "Group", "cooperative-demo"),
    ],
)
def test_actors(here, client, address, kind, name):
    answer = get(client, address)
    document = answer.json()
    assert answer.status_code == 200
    assert answer["Content-Type"] == AP
    assert "Accept" in answer["Vary"]
    assert (document["id"], document["type"], document["preferredUsername"]) == (ORIGIN + address, kind, name)
    assert document["publicKey"]["owner"] == document["id"]
    assert document["assertionMethod"][0]["controller"] == document["id"]
    assert [link["href"] for link in document["generator"]["implements"]] == [RFC9421]
    assert document["endpoints"]["sharedInbox"] == f"{ORIGIN}/inbox"
    assert "PRIVATE" not in answer.content.decode()


def test_an_organisation_is_an_organization(here, client):
    made = factories.member("Atelier", kind="company")
    outbox.announce_member(made.pk)
    assert get(client, path(made.uri)).json()["type"] == "Organization"


def test_an_offer_and_its_companion_link_each_other(offer, client):
    proposal, note = get(client, path(offer.uri)).json(), get(client, path(offer.uri) + "/note").json()
    assert (proposal["type"], note["type"]) == ("Proposal", "Note")
    assert proposal["preview"] == note["id"]
    assert note["attachment"][0]["href"] == proposal["id"]
    assert proposal["attributedTo"] == note["attributedTo"] == offer.owner.uri
    assert proposal["reciprocal"]["resourceQuantity"] == {"hasUnit": "one", "hasNumericalValue": "55"}
    assert proposal["cc"] == [f"{offer.owner.uri}/followers", f"{ORIGIN}/actor/followers"]


def test_activities_are_served_as_sent(offer, client):
    created = get(client, path(offer.uri) + "/create").json()
    assert (created["type"], created["object"]["id"]) == ("Create", offer.uri)


@pytest.mark.parametrize(
    "address", ["/u/nobody", "/g/nothing", "/p/0", "/p/0/note", "/a/0", "/p/0/create", "/u/nobody/outbox"]
)
def test_unknown(here, client, address):
    assert get(client, address).status_code == 404


def test_a_document_is_one_query(offer, client, django_assert_num_queries):
    for address in ("/actor", "/u/alix", path(offer.uri), path(offer.uri) + "/note"):
        with django_assert_num_queries(1):
            get(client, address)


def test_a_known_document_is_not_sent_again(offer, client):
    tag = get(client, path(offer.uri))["ETag"]
    answer = get(client, path(offer.uri), **{"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
    factories.Offer.objects.filter(pk=offer.pk).update(title="Autre titre", revision=2)
    outbox.announce_offer(offer.pk)
    assert get(client, path(offer.uri), **{"If-None-Match": tag}).status_code == 200


def test_a_browser_is_led_to_the_page(offer, client):
    answer = get(client, path(offer.uri), BROWSER)
    assert (answer.status_code, answer["Location"]) == (303, f"/offres/{offer.pk}")
    assert get(client, path(offer.uri) + "/note", BROWSER)["Location"] == f"/offres/{offer.pk}"
    assert get(client, "/u/alix", BROWSER)["Location"] == f"/membres/{offer.owner_id}"
    assert get(client, "/actor", BROWSER)["Location"] == "/"


def test_pages_tell_where_their_documents_are(offer, client):
    pages = {
        f"/offres/{offer.pk}": [offer.uri],
        f"/membres/{offer.owner_id}": [offer.owner.uri],
        "/": [f"{ORIGIN}/actor", f"{ORIGIN}/g/cooperative-demo"],
    }
    for page, uris in pages.items():
        answer = get(client, page, BROWSER)
        links = [f'<{uri}>; rel="alternate"; type="{AP}"' for uri in uris]
        assert answer["Link"] == ", ".join(links)
        for uri in uris:
            assert f'<link rel="alternate" type="{AP}" href="{uri}">' in answer.content.decode()
            assert get(client, path(uri)).json()["id"] == uri


def test_head_says_what_get_says(offer, client):
    for address in ("/actor", "/u/alix", path(offer.uri), path(offer.uri) + "/create", "/u/alix/offers"):
        asked = {"Accept": AP, "Host": "localhost:8000"}
        answer, head = get(client, address), client.head(address, headers=asked)
        assert (head.status_code, head.content, sorted(head.items())) == (200, b"", sorted(answer.items()))
        again = client.head(address, headers={**asked, "If-None-Match": answer["ETag"]})
        assert again.status_code == 304


def test_a_private_attestation_leads_nobody_anywhere(here, client):
    other = factories.member("Bachir", belongs_to=here.memberships.get().collective)
    hidden = factories.vouch_between(here, other, public=False)
    shown = factories.vouch_between(other, here)
    assert get(client, path(shown.uri), BROWSER).status_code == 303
    absent = get(client, "/att/0", BROWSER)
    answer = get(client, path(hidden.uri), BROWSER)
    assert (answer.status_code, answer.content) == (absent.status_code, absent.content) == (404, absent.content)


def test_a_withdrawn_offer_leaves_tombstones(offer, client):
    factories.Offer.objects.filter(pk=offer.pk).update(state="withdrawn", revision=2)
    outbox.announce_offer(offer.pk)
    for address in (path(offer.uri), path(offer.uri) + "/note"):
        answer = get(client, address)
        assert (answer.status_code, answer.json()["type"]) == (410, "Tombstone")
        assert "content" not in answer.json()


def test_bto_and_bcc_never_leave(here):
    from federation.served import keep

    kept = keep(f"{ORIGIN}/x", {"id": f"{ORIGIN}/x", "to": ["https://b.example/u/1"], "bto": ["s"], "bcc": ["s"]})
    assert not kept.public
    assert set(json.loads(bytes(kept.body))) == {"id", "to"}


def test_what_is_not_public_is_absent(here, client):
    Rendered.objects.filter(uri=f"{ORIGIN}/u/alix").update(public=False)
    assert get(client, "/u/alix").status_code == 404


# --- collections -----------------------------------------------------------------------------------------


def test_offers_come_in_pages_of_fifty(here, client):
    for number in range(103):
        factories.offer(here, f"Offre {number}")
    head = get(client, "/u/alix/offers").json()
    assert (head["type"], head["totalItems"]) == ("OrderedCollection", 103)
    found, page, pages = [], head["first"], 0
    while page:
        document = get(client, path(page)).json()
        assert len(document["orderedItems"]) <= 50
        found, page, pages = found + document["orderedItems"], document.get("next"), pages + 1
    assert (pages, len(set(found))) == (3, 103)
    assert get(client, "/actor/offers").json()["totalItems"] == 103


@pytest.mark.parametrize("key", ["x", "-1", "9" * 30, "9" * 5000, "٣"])
def test_a_page_that_is_none(here, client, key):
    assert get(client, f"/u/alix/offers?before={quote(key)}").status_code == 400


def test_followers_are_a_number(here, client):
    document = get(client, "/u/alix/followers").json()
    assert document["totalItems"] == 0
    assert "orderedItems" not in document
    assert "first" not in document


def test_the_outbox_lists_what_is_public(offer, client):
    page = get(client, path(get(client, "/u/alix/outbox").json()["first"])).json()
    assert page["orderedItems"] == [f"{offer.uri}/note/create", f"{offer.uri}/create"]


def test_inboxes_are_not_read(here, client):
    for address in ("/inbox", "/u/alix/inbox", "/actor/inbox", "/g/cooperative-demo/inbox"):
        assert get(client, address).status_code == 405


# --- names -----------------------------------------------------------------------------------------------


def finger(client, resource, rel=""):
    return get(client, f"/.well-known/webfinger?resource={quote(resource, safe='')}{rel}", "*/*")


@pytest.mark.parametrize(
    ("resource", "subject"),
    [
        ("acct:alix@localhost:8000", "/u/alix"),
        ("http://localhost:8000/u/alix", "/u/alix"),
        ("acct:cooperative-demo@localhost:8000", "/g/cooperative-demo"),
        ("http://localhost:8000", "/actor"),
        ("http://localhost:8000/", "/actor"),
        ("acct:noeud@localhost:8000", "/actor"),
    ],
)
def test_webfinger(here, client, resource, subject):
    answer = finger(client, resource)
    links = {link["rel"]: link for link in answer.json()["links"]}
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/jrd+json"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert links["self"] == {"rel": "self", "type": AP, "href": ORIGIN + subject}
    assert answer.json()["subject"].startswith("acct:")


def test_webfinger_of_a_page(here, client):
    assert finger(client, f"{ORIGIN}/membres/{here.pk}").json()["links"][0]["href"] == here.uri


def test_webfinger_filters_by_rel(here, client):
    answer = finger(client, "acct:alix@localhost:8000", "&rel=self").json()
    assert [link["rel"] for link in answer["links"]] == ["self"]


@pytest.mark.parametrize("resource", ["", "alix", "acct:alix", "acct:", "mailto:a@b"])
def test_webfinger_malformed(here, client, resource):
    assert finger(client, resource).status_code == 400


@pytest.mark.parametrize(
    "resource",
    ["acct:alix@localhost", "acct:alix@localhost:8001", "acct:nobody@localhost:8000", "https://localhost:8000/u/alix",
     "http://localhost:8000/u/nobody", "http://localhost:8000.evil.example/u/alix"],
)  # fmt: skip
def test_webfinger_unknown(here, client, resource):
    assert finger(client, resource).status_code == 404


def test_host_meta_names_the_template(here, client):
    answer = get(client, "/.well-known/host-meta", "*/*")
    assert answer["Content-Type"] == "application/xrd+xml"
    assert f'template="{ORIGIN}/.well-known/webfinger?resource={{uri}}"' in answer.content.decode()


def test_nodeinfo(here, client):
    links = get(client, "/.well-known/nodeinfo", "*/*").json()["links"]
    assert [link["rel"][-3:] for link in links] == ["2.0", "2.1"]
    for link in links:
        content = get(client, path(link["href"]), "*/*").json()
        assert content["software"]["name"] == "toile"
        assert content["protocols"] == ["activitypub"]
        assert content["usage"]["users"]["total"] == 10  # one member, rounded
    assert get(client, "/nodeinfo/1.0").status_code == 404


def test_reading_writes_nothing(offer, client, django_capture_on_commit_callbacks):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        for address in ("/actor", "/u/alix", "/u/alix/outbox", "/u/alix/offers", "/actor/followers", "/nodeinfo/2.1"):
            get(client, address)
        finger(client, "acct:alix@localhost:8000")
    assert not [query["sql"] for query in queries if not query["sql"].startswith("SELECT")]
    assert not [query["sql"] for query in queries if "activitypub_" in query["sql"]]


def test_while_federation_is_off_nothing_is_there(offer, client, settings):
    settings.FEDERATION_ON = False
    addresses = ["/actor", "/u/alix", path(offer.uri), "/nodeinfo/2.1", "/.well-known/nodeinfo", "/u/alix/outbox"]
    for address in addresses:
        assert get(client, address).status_code == 404
    assert client.post("/inbox", b"{}", content_type=AP, headers={"Host": "localhost:8000"}).status_code == 404
    assert finger(client, "acct:alix@localhost:8000").status_code == 404
