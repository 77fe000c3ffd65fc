"""SIG: keys that are good enough, are their owner's, change, and cost few fetches (security.md 5)."""

import hmac
from datetime import timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from federation.errors import Refused
from federation.models import RemoteKey
from network.clock import now
from tests.peers import new_key, pem
from tests.security.conftest import in_both_forms, knock
from tests.signing import CAVAGE, RFC9421, multibase

pytestmark = pytest.mark.django_db
SMALL_ORDER = bytes(32)  # the point (√-1, 0), of order four
NOT_REDUCED = (2**255 - 19 + 3).to_bytes(32, "little")  # y = 3, written a second way
NOWHERE = (2).to_bytes(32, "little")  # no point of the curve has y = 2


class Signs:
    """Signs as told, whatever padding and hash the peer asks for."""

    def __init__(self, how):
        self.how = how

    def sign(self, base, *_usual):
        return self.how(base)


@in_both_forms
def test_sig_10_pss_is_not_pkcs1(alice, refused):
    pss = Signs(lambda base: alice.private.sign(base, PSS(MGF1(SHA256()), 32), SHA256()))

    refused("sig-invalid", 401, lambda: knock(alice, alice.note(), private=pss))


@in_both_forms
def test_sig_10_another_hash(alice, refused):
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    longer = Signs(lambda base: alice.private.sign(base, PKCS1v15(), SHA512()))

    refused("sig-invalid", 401, lambda: knock(alice, alice.note(), private=longer))


@in_both_forms
def test_sig_10_hmac_with_the_public_pem(alice, refused):
    mac = Signs(lambda base: hmac.new(pem(alice.private).encode(), base, sha256).digest())

    refused("sig-invalid", 401, lambda: knock(alice, alice.note(), private=mac))


def spki(raw: bytes) -> str:
    """Return a raw Ed25519 public key, whatever it is worth, as PEM."""
    return (
        Ed25519PublicKey.from_public_bytes(raw).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    )


@in_both_forms
@pytest.mark.parametrize("name", ["short", "exponent", "small-order", "not-reduced", "nowhere", "nonsense", "number"])
def test_sig_10_weak_keys(alice, refused, name):
    weak = {
        "short": lambda: pem(new_key(bits=1024)),
        "exponent": lambda: pem(new_key(exponent=3)),
        "small-order": lambda: spki(SMALL_ORDER),
        "not-reduced": lambda: spki(NOT_REDUCED),
        "nowhere": lambda: spki(NOWHERE),
        "nonsense": lambda: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "number": lambda: 5,
    }[name]()
    alice.extra = {"publicKey": {"id": alice.key_id, "owner": alice.uri, "publicKeyPem": weak}}

    refused("key-owner", 401, lambda: knock(alice, alice.note()))


@pytest.fixture
def edwards(alice):
    """Alice has an Ed25519 key too, as a Multikey that her document lists; return the private half."""
    private = Ed25519PrivateKey.generate()
    alice.key_id = f"{alice.uri}#ed25519-key"
    list_multikey(alice, private.public_key().public_bytes_raw())
    return private


def list_multikey(actor, raw: bytes, name: str = "assertionMethod", **more: object) -> None:
    """Let the actor's document list this key, and its RSA key."""
    rsa = {"id": f"{actor.uri}#main-key", "owner": actor.uri, "publicKeyPem": pem(actor.private)}
    key = {"id": actor.key_id, "type": "Multikey", "controller": actor.uri, "publicKeyMultibase": multibase(raw)}
    actor.extra = {"publicKey": [rsa], name: [*([rsa] if name == "publicKey" else []), {**key, **more}]}


@pytest.mark.parametrize("algorithm", ["", ';alg="ed25519"'])
def test_ed25519_key_signs_messages(alice, edwards, algorithm):
    parameters = ';created={created};keyid="{key_id}"' + algorithm

    assert knock(alice, alice.note(), form=RFC9421, private=edwards, parameters=parameters)
    assert RemoteKey.objects.get().key_id == alice.key_id


def test_ed25519_key_under_public_key(alice, edwards):
    list_multikey(alice, edwards.public_key().public_bytes_raw(), name="publicKey")

    assert knock(alice, alice.note(), form=RFC9421, private=edwards)


def test_ed25519_key_as_pem(alice, edwards):
    alice.extra = {"publicKey": {"id": alice.key_id, "owner": alice.uri, "publicKeyPem": pem(edwards)}}

    assert knock(alice, alice.note(), form=RFC9421, private=edwards)


def test_sig_10_the_key_decides_the_algorithm(alice, edwards, refused):
    as_rsa = ';created={created};keyid="{key_id}";alg="rsa-v1_5-sha256"'
    as_edwards = ';created={created};keyid="{key_id}";alg="ed25519"'
    main = f"{alice.uri}#main-key"

    refused("sig-invalid", 401, lambda: knock(alice, alice.note(), form=RFC9421, private=edwards, parameters=as_rsa))
    refused("sig-invalid", 401, lambda: knock(alice, alice.note(), form=RFC9421, key_id=main, parameters=as_edwards))
    refused("sig-invalid", 401, lambda: knock(alice, alice.note(), form=CAVAGE, private=edwards))
    assert knock(alice, alice.note(), form=RFC9421, key_id=main)


@pytest.mark.parametrize("raw", [SMALL_ORDER, NOT_REDUCED, NOWHERE, b"short"])
def test_sig_10_weak_multikey_is_refused_and_spoils_no_other(alice, edwards, refused, raw):
    list_multikey(alice, raw)

    refused("key-owner", 401, lambda: knock(alice, alice.note(), form=RFC9421, private=edwards))
    assert knock(alice, alice.note(), key_id=f"{alice.uri}#main-key")


@pytest.mark.parametrize(
    "ended",
    [
        lambda: {"revoked": now().isoformat()},
        lambda: {"expires": (now() - timedelta(minutes=1)).isoformat()},
        lambda: {"expires": "soon"},
        lambda: {"expires": 5},
        lambda: {"expires": "2099-01-01T00:00:00"},
        lambda: {"controller": "https://p9.example/u/x"},
        lambda: {"controller": 5},
        lambda: {"type": "Other"},
    ],
)
def test_key_that_is_over_or_is_somebody_elses_signs_no_message(alice, edwards, refused, ended):
    list_multikey(alice, edwards.public_key().public_bytes_raw(), **ended())

    refused("key-owner", 401, lambda: knock(alice, alice.note(), form=RFC9421, private=edwards))


@pytest.mark.parametrize("later", [lambda: (now() + timedelta(days=9)).isoformat(), lambda: None])
def test_key_that_will_expire_or_never_does_still_signs(alice, edwards, later):
    list_multikey(alice, edwards.public_key().public_bytes_raw(), expires=later(), revoked=None)

    assert knock(alice, alice.note(), form=RFC9421, private=edwards)


@in_both_forms
def test_sig_11_key_rotation(p1, alice, refused):
    knock(alice, alice.note())
    old = alice.rotate()

    assert knock(alice, alice.note())
    refused("sig-invalid", 401, lambda: knock(alice, alice.note(), private=old))
    assert len(p1.asked()) == 2


@in_both_forms
def test_sig_11_new_key_under_a_new_id(p1, alice, refused):
    knock(alice, alice.note())
    old, old_id = alice.rotate(), alice.key_id
    alice.key_id = f"{alice.uri}#key-2"

    assert knock(alice, alice.note())
    assert [row.key_id for row in RemoteKey.objects.all()] == [alice.key_id]
    refused("key-owner", 401, lambda: knock(alice, alice.note(), private=old, key_id=old_id))


@in_both_forms
def test_sig_11_failures_do_not_cause_fetches_without_end(p1, alice, refused):
    knock(alice, alice.note())
    for _time in range(5):
        refused("sig-invalid", 401, lambda: knock(alice, alice.note(), private=new_key()))

    assert len(p1.asked()) == 2


@in_both_forms
def test_sig_12_key_fetches_of_one_peer_are_few(p1, p2, alice, refused):
    honest, started = p2.actor("honest"), now()
    codes = []
    for number in range(1000):
        with pytest.raises(Refused) as caught:
            knock(alice, alice.note(), key_id=f"{p1.origin}/u/none{number}#main-key")
        codes.append((caught.value.status, caught.value.retry_after is not None))

    minutes = int(now().timestamp() // 60) - int(started.timestamp() // 60) + 1
    assert 10 <= len(p1.asked()) <= 10 * minutes
    assert codes[:10] == [(401, False)] * 10
    assert codes.count((401, False)) == len(p1.asked())
    assert codes.count((429, True)) == 1000 - len(p1.asked())
    assert knock(honest, honest.note())


@in_both_forms
def test_sig_12_a_failed_fetch_is_remembered(p1, alice, refused):
    for _time in range(3):
        refused("sig-invalid", 401, lambda: knock(alice, alice.note(), key_id=f"{p1.origin}/u/none#main-key"))

    assert len(p1.asked()) == 1


def test_key_document_apart_from_the_actor(p1, alice):
    alice.key_id = f"{alice.uri}/main-key"
    p1.serve("/u/alice/main-key", {**alice.document(), "type": "Person"})

    assert knock(alice, alice.note())
    assert [seen.path for seen in p1.asked()] == ["/u/alice/main-key", "/u/alice"]


def test_key_that_the_actor_does_not_list(p1, alice, mallory, refused):
    forged = f"{p1.origin}/files/key"
    key = {"id": forged, "owner": alice.uri, "publicKeyPem": pem(mallory.private)}
    p1.serve("/files/key", {"@context": "https://w3id.org/security/v1", "type": "Key", **key})

    refused("key-owner", 401, lambda: knock(alice, alice.note(), private=mallory.private, key_id=forged))


def test_key_document_that_says_otherwise_than_the_actor(p1, alice, mallory, refused):
    alice.key_id = f"{alice.uri}/main-key"
    other = {"id": alice.key_id, "owner": alice.uri, "publicKeyPem": pem(mallory.private)}
    p1.serve("/u/alice/main-key", {**alice.document(), "publicKey": other})

    refused("key-owner", 401, lambda: knock(alice, alice.note(), private=mallory.private))


def test_document_at_another_place_cannot_speak_for_the_actor(p1, alice, mallory, refused):
    forged = f"{p1.origin}/files/alice#main-key"
    key = {"id": forged, "owner": alice.uri, "publicKeyPem": pem(mallory.private)}
    p1.serve("/files/alice", {**alice.document(), "publicKey": key})

    refused("key-owner", 401, lambda: knock(alice, alice.note(), private=mallory.private, key_id=forged))


def test_key_listed_twice_in_two_ways(alice, refused):
    other = {"id": alice.key_id, "owner": alice.uri, "publicKeyPem": pem(new_key())}
    mine = {**other, "publicKeyPem": pem(alice.private)}
    alice.extra = {"publicKey": [mine, other]}

    refused("key-owner", 401, lambda: knock(alice, alice.note()))
