"""Origins are equal or hostile; what can be read in two ways is not compared."""

import pytest

from federation.errors import OriginError
from federation.rules.origins import host_of, origin_of, same_origin

SAME = [
    ("https://p1.example", "https://p1.example"),
    ("https://P1.Example/u/alice?x#y", "https://p1.example"),
    ("https://p1.example:443/", "https://p1.example"),
    ("HTTP://p1.example:80", "http://p1.example"),
    ("http://localhost:8001/actor", "http://localhost:8001"),
    ("https://xn--caf-dma.example/", "https://xn--caf-dma.example"),
    ("https://[2001:DB8::0:1]:8443/x", "https://[2001:db8::1]:8443"),
    ("https://192.0.2.7/", "https://192.0.2.7"),
]
NONE = [
    "",
    "p1.example",
    "//p1.example/",
    "https:p1.example",
    "https:/p1.example",
    "https:///p1.example",
    "https://",
    "https://:443/",
    "ftp://p1.example/",
    "file:///etc/passwd",
    "data:,x",
    "javascript://p1.example/%0aalert(1)",
    "https://user@p1.example/",
    "https://user:pass@p1.example/",
    "https://p1.example@evil.example/",
    "https://p1.example./",
    "https://p1..example/",
    "https://.p1.example/",
    "https://café.example/",
    "https://p1\u3002example/",
    "https://p1.exаmple/",
    "https://p1.example:0/",
    "https://p1.example:65536/",
    "https://p1.example:/",
    "https://p1.example:443x/",
    "https://p1.example:+443/",
    "https://p1.example\\@evil.example/",
    "https://evil.example\\.p1.example/",
    "https://p1.example\t/",
    "https://p1.exa\nmple/",
    " https://p1.example/",
    "https://p1%2eexample/",
    "https://-p1.example/",
    "https://p1_x.example/",
    "https://[::1",
    "https://::1/",
    "https://[fe80::1%25eth0]/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.01/",
    "https://127.1/",
    "https://2130706433/",
    "https://" + "a" * 64 + ".example/",
    "https://p1.example/" + "a" * 500,
]


@pytest.mark.parametrize(("uri", "origin"), SAME)
def test_normalised(uri, origin):
    assert origin_of(uri) == origin


@pytest.mark.parametrize("uri", NONE)
def test_not_an_address_we_compare(uri):
    with pytest.raises(OriginError):
        origin_of(uri)
    assert not same_origin(uri, uri)


def test_scheme_host_and_port_all_count():
    base = "https://p1.example/"
    for other in ("http://p1.example/", "https://p1.example:8443/", "https://p2.example/", "https://a.p1.example/"):
        assert not same_origin(base, other)


def test_host_leaves_the_port_out():
    assert host_of("https://P1.example:8443/x") == "p1.example"
