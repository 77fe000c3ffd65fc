"""FET-10: https, with a certificate that holds, or nothing (security.md 3)."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from federation import client, keys
from federation.errors import Unreachable
from tests.peers import Peer, new_key
from tests.signing import RFC9421, checked


def certificate(folder, name: str, *, days: int = 1):
    """Write a self-signed certificate and its key; return both paths."""
    private, subject = new_key(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(subject, subject, private.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=9))
        .not_valid_after(today + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, SHA256())
    )
    crt, key = folder / "node.crt", folder / "node.key"
    crt.write_bytes(built.public_bytes(Encoding.PEM))
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return crt, key


@pytest.fixture
def secure(tmp_path, settings):
    """Start a peer that speaks https with a certificate for `name`."""
    started = []

    def start(name="localhost", *, days=1, trusted=True):
        crt, key = certificate(tmp_path, name, days=days)
        peer = Peer()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(crt, key)
        peer._server.socket = context.wrap_socket(peer._server.socket, server_side=True)
        peer.origin = peer.origin.replace("http:", "https:")
        settings.FEDERATION_TEST_PEERS = [peer.address]
        settings.FEDERATION_CA_FILE = str(crt) if trusted else ""
        started.append(peer.__enter__())
        return peer

    yield start
    for peer in started:
        peer.__exit__()


def note(peer: Peer) -> str:
    return peer.serve("/n/1", {"id": f"{peer.origin}/n/1", "type": "Note"})


def test_https_with_a_test_root(secure):
    peer = secure()

    assert client.get_document(note(peer)).url == f"{peer.origin}/n/1"


@pytest.mark.parametrize("how", [{"trusted": False}, {"name": "other.example"}, {"days": -1}])
def test_fet_10_bad_certificates(secure, how):
    peer = secure(**how)

    with pytest.raises(Unreachable) as caught:
        client.get_document(note(peer))
    assert caught.value.code == "tls"
    assert peer.seen == []


@pytest.mark.django_db
@pytest.mark.parametrize("how", [{"trusted": False}, {"name": "other.example"}, {"days": -1}])
def test_fet_10_nothing_is_delivered_under_a_bad_certificate(secure, how):
    peer = secure(**how)
    key = keys.signing_key("http://localhost:8000/u/bob")

    assert client.post(f"{peer.origin}/inbox", b"{}", signer=key) == client.Answer(0, None, "tls")
    assert peer.seen == []


@pytest.mark.django_db
def test_signed_over_https(secure):
    peer = secure()
    key = keys.signing_key("http://localhost:8000/u/bob")

    assert client.post(f"{peer.origin}/inbox", b"{}", signer=key).status == 202
    assert peer.origin.startswith("https://")
    assert checked(peer.seen[0], peer.origin, key.private.public_key()) == RFC9421


@pytest.mark.parametrize("status", [301, 302, 307])
def test_fet_10_redirect_from_https_to_plain_http(secure, status, settings):
    peer = secure()
    with Peer() as sink:
        url = peer.redirect("/a", f"{sink.origin}/n/1", status=status)
        with pytest.raises(Unreachable) as caught:
            client.get_document(url)
        assert caught.value.code == "address"
        assert sink.seen == []
