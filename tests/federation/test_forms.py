"""The double knock: RFC 9421 first, the older form upon 400 or 401, remembered for each origin."""

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from federation import client, forms, keys
from federation.errors import Unreachable
from federation.models import Host
from tests.peers import Page
from tests.signing import CAVAGE, RFC9421, checked, form_of, pem

pytestmark = pytest.mark.django_db
OWNER = "http://localhost:8000/actor"


@pytest.fixture
def key():
    return keys.signing_key(OWNER)


def asked(peer) -> list[tuple[str, str]]:
    """Verify every request that the peer has received; return method and form of each."""
    public = load_pem_public_key(keys.public_documents(OWNER).rsa["publicKeyPem"].encode())
    found = [(seen.method, checked(seen, peer.origin, public)) for seen in peer.seen]
    peer.seen.clear()
    return found


def note(peer) -> str:
    return peer.serve("/n/1", {"id": f"{peer.origin}/n/1", "type": "Note"})


def test_rfc9421_is_tried_first_and_stays(p1, key):
    for _time in range(2):
        assert client.post(f"{p1.origin}/inbox?x=1", b"{}", signer=key).status == 202
        assert client.get_document(note(p1), signer=key)

    assert asked(p1) == [("POST", RFC9421), ("GET", RFC9421)] * 2
    assert Host.objects.get().form == RFC9421


def test_headers_of_both_forms_name_the_key_and_cover_what_was_agreed(p1, key):
    client.post(f"{p1.origin}/inbox", b"{}", signer=key)
    [first] = p1.seen

    assert f'keyid="{OWNER}#main-key";alg="rsa-v1_5-sha256"' in first.headers["signature-input"]
    assert "digest" not in first.headers
    assert "content-digest" in first.headers


@pytest.mark.parametrize("refusal", [400, 401])
def test_whoever_wants_the_older_form_gets_it_at_once_and_from_then_on(p1, key, refusal):
    p1.pages["/inbox"] = lambda handler: answer(handler, 202 if form_of(handler.seen.headers) == CAVAGE else refusal)

    assert client.post(f"{p1.origin}/inbox", b"{}", signer=key).status == 202
    assert asked(p1) == [("POST", RFC9421), ("POST", CAVAGE)]
    assert client.post(f"{p1.origin}/inbox", b"{}", signer=key).status == 202
    assert asked(p1) == [("POST", CAVAGE)]


def answer(handler, status: int) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def test_what_one_path_taught_holds_for_the_origin_and_for_no_other(p1, p2, key):
    p1.reads = (CAVAGE,)
    client.post(f"{p1.origin}/u/a/inbox", b"{}", signer=key)
    asked(p1)

    client.get_document(note(p1), signer=key)
    client.get_document(note(p2), signer=key)

    assert asked(p1) == [("GET", CAVAGE)]
    assert asked(p2) == [("GET", RFC9421)]


def test_a_get_teaches_without_leaving_a_row(p1, key):
    p1.reads = (CAVAGE,)
    url = note(p1)

    client.get_document(url, signer=key)
    assert asked(p1) == [("GET", RFC9421), ("GET", CAVAGE)]
    client.get_document(url, signer=key)
    assert asked(p1) == [("GET", CAVAGE)]
    assert not Host.objects.exists()


def test_after_thirty_days_rfc9421_is_tried_again(p1, key, clock):
    p1.reads = (CAVAGE,)
    client.post(f"{p1.origin}/inbox", b"{}", signer=key)
    asked(p1)

    clock.advance(days=29, hours=23)
    client.post(f"{p1.origin}/inbox", b"{}", signer=key)
    assert asked(p1) == [("POST", CAVAGE)]

    clock.advance(hours=1)
    p1.reads = (RFC9421,)
    client.post(f"{p1.origin}/inbox", b"{}", signer=key)
    assert asked(p1) == [("POST", RFC9421)]
    assert forms.form_for(p1.origin) == Host.objects.get().form == RFC9421


def test_who_no_longer_reads_the_older_form_gets_the_newer_before_the_thirty_days(p1, key):
    forms.learn_form(p1.origin, CAVAGE)
    p1.reads = (RFC9421,)

    assert client.post(f"{p1.origin}/inbox", b"{}", signer=key).status == 202
    assert asked(p1) == [("POST", CAVAGE), ("POST", RFC9421)]
    assert forms.form_for(p1.origin) == RFC9421


def test_refused_twice_teaches_nothing(p1, key):
    p1.reads = ()

    assert client.post(f"{p1.origin}/inbox", b"{}", signer=key).status == 401
    with pytest.raises(Unreachable):
        client.get_document(note(p1), signer=key)
    assert asked(p1) == [("POST", RFC9421), ("POST", CAVAGE), ("GET", RFC9421), ("GET", CAVAGE)]
    assert not Host.objects.exists()
    assert forms.form_for(p1.origin) == RFC9421


@pytest.mark.parametrize("status", [500, 502, 503, 403, 404, 410, 415, 429, 307])
def test_no_second_knock_after_other_answers(p1, key, status):
    p1.pages["/inbox"] = Page(b"", status=status, headers={"Location": "/elsewhere", "Retry-After": "9"})

    answer = client.post(f"{p1.origin}/inbox", b"{}", signer=key)

    assert (answer.status, answer.retry_after) == (status, 9)
    assert asked(p1) == [("POST", RFC9421)]


def test_unsigned_requests_are_not_repeated(p1):
    p1.serve("/n/1", b"", status=401)

    with pytest.raises(Unreachable):
        client.get_document(f"{p1.origin}/n/1")
    assert len(p1.seen) == 1
    assert "signature" not in p1.seen[0].headers


def test_each_knock_is_signed_afresh(p1, key, clock):
    p1.reads = ()
    client.post(f"{p1.origin}/inbox", b"{}", signer=key)
    clock.advance(seconds=5)
    client.post(f"{p1.origin}/inbox", b"{}", signer=key)

    dates = [seen.headers["date"] for seen in p1.seen]
    assert dates[0] == dates[1] != dates[2] == dates[3]
    assert p1.seen[0].headers["signature-input"] != p1.seen[2].headers["signature-input"]


def test_ed25519_signs_in_the_newer_form_too(p1):
    client.post(f"{p1.origin}/inbox", b"{}", signer=keys.signing_key(OWNER, "ed25519"))
    public = keys.signing_key(OWNER, "ed25519").private.public_key()

    assert checked(p1.seen[0], p1.origin, public) == RFC9421
    assert 'alg="ed25519"' in p1.seen[0].headers["signature-input"]


def test_forms_of_many_origins_cost_one_query(django_assert_num_queries):
    forms.learn_form("https://a.example", CAVAGE)
    forms.learn_form("https://b.example", RFC9421)
    forms.learn_form("https://c.example", CAVAGE, kept=False)
    Host.objects.create(origin="https://d.example")

    with django_assert_num_queries(1):
        found = forms.forms_for(f"https://{name}.example" for name in "abcde")
    assert list(found.values()) == [CAVAGE, RFC9421, CAVAGE, RFC9421, RFC9421]


def test_the_pem_that_peers_see_is_that_of_the_signer(key):
    assert keys.public_documents(OWNER).rsa["publicKeyPem"] == pem(key.private)
