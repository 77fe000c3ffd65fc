"""FET: nothing makes the node contact what it should not; every fetch ends (security.md 3 and 9)."""

import gzip
import socket
import time
import zlib

import pytest

from federation import client, keys
from federation.errors import Unreachable
from tests.peers import ACTIVITY_JSON, Peer

PUBLIC_ADDRESS = "93.184.215.14"


def fails(code: str, url: str, **options: object) -> Unreachable:
    """Expect that `url` cannot be fetched, for this reason."""
    with pytest.raises(Unreachable) as caught:
        client.get_document(url, **options)
    assert caught.value.code == code
    return caught.value


def answering(*answers):
    """Return a resolver that gives these addresses, one list a question; the last for ever."""
    asked = []

    def resolve(host, port, *_args, **_kwargs):
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        families = [socket.AF_INET6 if ":" in ip else socket.AF_INET for ip in found]
        return [(family, socket.SOCK_STREAM, 6, "", (ip, port)) for family, ip in zip(families, found, strict=True)]

    resolve.asked = asked
    return resolve


def document(peer: Peer, path: str = "/n/1") -> dict[str, str]:
    return {"id": peer.origin + path, "type": "Note"}


def test_document_of_a_test_peer(p1):
    url = p1.serve("/n/1", document(p1))

    fetched = client.get_document(url)

    assert (fetched.url, fetched.document) == (url, document(p1))
    [seen] = p1.seen
    assert seen.headers["host"] == f"localhost:{p1.port}"
    assert ACTIVITY_JSON in seen.headers["accept"]
    assert "signature" not in seen.headers


def test_fragment_is_not_sent(p1):
    client.get_document(p1.serve("/n/1", document(p1)) + "#main-key")

    assert p1.seen[0].path == "/n/1"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("file:///etc/passwd", "url"),
        ("data:application/activity+json,{}", "url"),
        ("ftp://localhost/", "url"),
        ("gopher://localhost/", "url"),
        ("//localhost/", "url"),
        ("", "url"),
        ("http://user@localhost/", "url"),
        ("http://[::1", "url"),
        ("http://localhost:99999/", "url"),
        ("http://localhost\\@p9.example/", "url"),
        ("http://0x7f000001/", "url"),
        ("http://2130706433/", "url"),
        ("http://127.1/", "url"),
    ],
)
def test_fet_11_addresses_that_are_none(p1, url, code):
    fails(code, url)
    assert p1.seen == []


def test_off_means_off(p1, settings):
    url = p1.serve("/n/1", document(p1))
    settings.FEDERATION_ON = False

    fails("federation-off", url)
    assert client.post(url, b"{}", signer=None).error == "federation-off"
    assert p1.seen == []


def test_fet_10_plain_http_without_allowlist(p1, settings):
    url = p1.serve("/n/1", document(p1))
    settings.FEDERATION_TEST_PEERS = []

    fails("scheme", url)
    assert p1.seen == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_allowlist_is_exact(p1, settings, host):
    with Peer() as sink:
        fails("address", f"http://{host}:{sink.port}/")
        fails("address", f"https://{host}:{sink.port}/")
        assert sink.seen == []


def test_fet_10_plain_http_to_a_public_address_even_with_an_allowlist(p1, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", answering([PUBLIC_ADDRESS]))

    fails("address", "http://p9.example/")


def test_check_3_fet_03_dns_answers_public_then_loopback(monkeypatch):
    """The name is asked once, and the connection goes to the address that was judged: the sink stays silent.

    Only the resolver is replaced; that tests reach nothing but loopback is what stops the first connection.
    """
    with Peer() as sink:
        resolver = answering([PUBLIC_ADDRESS], ["127.0.0.1"])
        monkeypatch.setattr(socket, "getaddrinfo", resolver)

        failure = fails("connect", f"https://rebind.example:{sink.port}/")
        assert PUBLIC_ADDRESS in str(failure.__cause__)
        assert resolver.asked == ["rebind.example"]

        fails("address", f"https://rebind.example:{sink.port}/")
        assert sink.seen == []


def test_fet_03_public_and_private_address_of_one_name(monkeypatch):
    connected = []

    def connect(_link, address):
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", answering(["::1", "127.0.0.1", PUBLIC_ADDRESS, "10.0.0.1"]))
    monkeypatch.setattr(socket.socket, "connect", connect)

    fails("connect", "https://both.example/")
    assert connected == [PUBLIC_ADDRESS]


def test_fet_03_name_of_this_machine(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", answering(["127.0.0.1", "::1", "169.254.169.254"]))

    fails("address", "https://metadata.example/")


def test_name_that_does_not_resolve():
    fails("dns", "https://nowhere.invalid/")


def test_redirect_to_a_sink(p1):
    with Peer() as sink:
        fails("address", p1.redirect("/a", f"{sink.origin}/secret"))
        fails("url", p1.redirect("/b", "file:///etc/passwd"))
        fails("url", p1.redirect("/c", "data:,x"))
        fails("address", p1.redirect("/d", f"https://127.0.0.1:{sink.port}/"))
        assert sink.seen == []


def test_three_redirects_are_followed_and_four_are_not(p1):
    p1.serve("/end", document(p1, "/end"))
    for step, after in (("/1", "/2"), ("/2", "/3"), ("/3", "/end"), ("/0", "/1")):
        p1.redirect(step, after)

    assert client.get_document(f"{p1.origin}/1").url == f"{p1.origin}/end"
    fails("redirects", f"{p1.origin}/0")


def test_redirect_loop_ends(p1):
    fails("redirects", p1.redirect("/loop", "/loop"))

    assert len(p1.seen) == 4


def test_document_must_come_from_the_origin_of_its_id(p1, p2):
    fails("origin", p1.serve("/x", document(p2)))
    fails("origin", p1.redirect("/y", p2.serve("/n/2", document(p1))))
    fails("origin", p1.serve("/z", {"type": "Note"}))

    assert client.get_document(p1.redirect("/w", p2.serve("/n/1", document(p2)))).url == f"{p2.origin}/n/1"


@pytest.mark.parametrize("kind", ["application/json", "text/html", "application/ld+json", "image/png"])
def test_only_the_activitypub_types_make_a_document(p1, kind):
    fails("media-type", p1.serve("/n/1", document(p1), content_type=kind))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"id": NaN}', b"[" * 5000, b'{"a":1,"a":2}', b"\xff"])
def test_body_that_is_no_document(p1, body):
    fails("json", p1.serve("/n/1", body))


@pytest.mark.parametrize("status", [404, 410, 401, 500, 204])
def test_other_answers(p1, status):
    failure = fails("status", p1.serve("/n/1", b"", status=status, headers={"Retry-After": "7"}))

    assert (failure.status, failure.retry_after, failure.gone) == (status, 7, status in {404, 410})


def test_body_too_large(p1):
    fails("size", p1.serve("/n/1", b" " * (client.MAX_BODY + 1)))


def test_body_too_large_in_pieces_without_end(p1):
    sent = []

    def pour(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", ACTIVITY_JSON)
        handler.send_header("Connection", "close")
        handler.end_headers()
        while len(sent) < 1000:
            handler.wfile.write(b" " * 65536)
            sent.append(1)

    p1.pages["/n/1"] = pour

    fails("size", f"{p1.origin}/n/1")
    assert len(sent) < 200


def test_gzip_is_read_and_a_bomb_is_not(p1):
    packed = {"Content-Encoding": "gzip"}
    url = p1.serve("/n/1", gzip.compress(b'{"id": "%s/n/1"}' % p1.origin.encode()), headers=packed)
    layers = zlib.compressobj(wbits=31)
    bomb = b"".join(layers.compress(b"\0" * 1_000_000) for _time in range(200)) + layers.flush()

    assert client.get_document(url).document["id"] == url
    fails("size", p1.serve("/bomb", bomb, headers=packed))
    fails("protocol", p1.serve("/broken", b"not gzip", headers=packed))
    fails("protocol", p1.serve("/other", b"{}", headers={"Content-Encoding": "br"}))


def test_headers_too_large(p1):
    fails("headers", p1.serve("/n/1", document(p1), headers={f"X-{number}": "x" * 1000 for number in range(70)}))


def test_slow_drip_ends_at_the_deadline(p1, monkeypatch):
    """A byte now and then keeps no connection open: the deadline counts from the start."""
    monkeypatch.setattr(client, "DEADLINE", 0.5)

    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", ACTIVITY_JSON)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        for _time in range(300):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)

    def silent(_handler):
        time.sleep(5)

    p1.pages["/drip"], p1.pages["/silent"] = drip, silent

    fails("timeout", f"{p1.origin}/drip")
    fails("timeout", f"{p1.origin}/silent")


def test_resolver_that_never_answers_ends_at_the_deadline(monkeypatch):
    monkeypatch.setattr(client, "DEADLINE", 0.3)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: time.sleep(5))

    fails("timeout", "https://slow.example/")


def test_peer_that_hangs_up_or_speaks_something_else(p1):
    p1.pages["/closed"] = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    p1.pages["/other"] = lambda handler: handler.wfile.write(b"SSH-2.0-x\r\n\r\n")

    fails("protocol", f"{p1.origin}/closed")
    fails("protocol", f"{p1.origin}/other")


def test_nobody_listens(settings):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        settings.FEDERATION_TEST_PEERS = [f"127.0.0.1:{port}"]
        fails("connect", f"http://localhost:{port}/")


def test_proxy_variables_are_ignored(p1, monkeypatch):
    with Peer() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        client.get_document(p1.serve("/n/1", document(p1)))
        assert proxy.seen == []


def test_json_of_other_types(p1):
    url = p1.serve("/.well-known/webfinger?resource=x", {"subject": "x"}, content_type="application/jrd+json")

    assert client.get_json(url).document == {"subject": "x"}
    with pytest.raises(Unreachable):
        client.get_json(p1.serve("/html", {}, content_type="text/html"))


@pytest.mark.django_db
def test_post_is_signed_and_tells_the_answer(p1):
    key = keys.signing_key("http://localhost:8000/u/bob")

    answer = client.post(f"{p1.origin}/inbox", b'{"id": "x"}', signer=key)

    [seen] = p1.seen
    assert (answer.status, answer.error) == (202, "")
    assert (seen.method, seen.body, seen.headers["content-type"]) == ("POST", b'{"id": "x"}', ACTIVITY_JSON)
    assert 'keyid="http://localhost:8000/u/bob#main-key"' in seen.headers["signature-input"]
    assert seen.headers["content-digest"].startswith("sha-256=:")


@pytest.mark.django_db
def test_post_follows_no_redirect_and_reports_failures(p1, p2):
    key = keys.signing_key("http://localhost:8000/u/bob")
    p1.redirect("/inbox", f"{p2.origin}/inbox", status=307)
    p1.serve("/busy", b"", status=503, headers={"Retry-After": "120"})

    assert client.post(f"{p1.origin}/inbox", b"{}", signer=key).status == 307
    assert client.post(f"{p1.origin}/busy", b"{}", signer=key) == client.Answer(503, 120)
    assert client.post("https://127.0.0.1/", b"{}", signer=key) == client.Answer(0, None, "address")
    assert p2.seen == []
