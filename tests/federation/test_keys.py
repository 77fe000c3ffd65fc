"""Our keys are sealed at rest and told to others in two forms."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from django.db import connection

from federation import contexts, keys
from federation.models import LocalKey
from federation.rules.vocabulary import ACTOR_CONTEXT
from tests.signing import pem

pytestmark = pytest.mark.django_db
OWNER = "https://n.example/u/alix"
EXPIRES, REVOKED = "https://w3id.org/security#expiration", "https://w3id.org/security#revoked"
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def test_keys_are_made_once():
    keys.ensure_keys(OWNER)
    first = list(LocalKey.objects.values_list("key_id", "public_pem"))
    keys.ensure_keys(OWNER)

    assert list(LocalKey.objects.values_list("key_id", "public_pem")) == first
    assert {key_id for key_id, _pem in first} == {f"{OWNER}#main-key", f"{OWNER}#ed25519-key"}


def test_no_private_key_lies_in_the_clear():
    keys.ensure_keys(OWNER)

    for row in LocalKey.objects.all():
        assert b"PRIVATE" not in bytes(row.private_sealed)


def test_signing_key_fits_the_public_one():
    key = keys.signing_key(OWNER)
    told = keys.public_documents(OWNER).rsa

    public = key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert told == {"id": key.key_id, "owner": OWNER, "publicKeyPem": public}
    assert key.private.key_size == 2048


def test_multikey_holds_the_ed25519_key():
    [multikey] = keys.public_documents(OWNER).multikeys
    row = LocalKey.objects.get(algorithm="ed25519")
    number = 0
    for char in multikey["publicKeyMultibase"].removeprefix("z"):
        number = number * 58 + ALPHABET.index(char)
    key = load_pem_public_key(row.public_pem.encode())

    assert isinstance(key, Ed25519PublicKey)
    assert number.to_bytes(34) == b"\xed\x01" + key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert (multikey["id"], multikey["controller"]) == (row.key_id, OWNER)


# --- rotation -------------------------------------------------------------------------------------------------


def listed() -> list[tuple[str, str, str]]:
    """Return fragment, `expires` and `revoked` of each Multikey that the document lists, in order."""
    found = keys.public_documents(OWNER).multikeys
    return [(key["id"].partition("#")[2], key.get("expires", ""), key.get("revoked", "")) for key in found]


def test_rotation_gives_new_keys_under_new_fragments(clock):
    old = keys.signing_key(OWNER), keys.signing_key(OWNER, "ed25519")

    keys.rotate_keys(OWNER, now=clock.advance(days=400))

    new = keys.signing_key(OWNER), keys.signing_key(OWNER, "ed25519")
    assert [key.key_id for key in new] == [f"{OWNER}#main-key-2", f"{OWNER}#ed25519-key-2"]
    assert [pem(key.private) for key in new] != [pem(key.private) for key in old]
    assert keys.public_documents(OWNER).rsa["id"] == new[0].key_id
    assert keys.public_documents(OWNER).rsa["publicKeyPem"] == pem(new[0].private)


def test_retired_multikeys_stay_listed_with_the_date_until_which_they_count(clock):
    keys.ensure_keys(OWNER)
    for _time in range(2):
        keys.rotate_keys(OWNER, now=clock.advance(days=1))

    assert listed() == [
        ("ed25519-key-3", "", ""),
        ("ed25519-key-2", "2026-11-23T09:00:00Z", ""),
        ("ed25519-key", "2026-11-22T09:00:00Z", ""),
    ]


def test_stolen_keys_are_listed_as_revoked_and_the_earlier_ones_only_as_retired(clock):
    keys.ensure_keys(OWNER)
    keys.rotate_keys(OWNER, now=clock.advance(days=1))
    keys.rotate_keys(OWNER, stolen=True, now=clock.advance(days=1))

    assert listed() == [
        ("ed25519-key-3", "", ""),
        ("ed25519-key-2", "", "2026-11-23T09:00:00Z"),
        ("ed25519-key", "2026-11-22T09:00:00Z", ""),
    ]
    stolen = LocalKey.objects.filter(revoked_at__isnull=False)
    assert {row.key_id for row in stolen} == {f"{OWNER}#main-key-2", f"{OWNER}#ed25519-key-2"}


def test_rotation_before_there_is_a_key_makes_the_first_ones(clock):
    keys.rotate_keys(OWNER, now=clock.now())

    assert keys.signing_key(OWNER).key_id == f"{OWNER}#main-key"
    assert LocalKey.objects.count() == 2


def test_rotation_concerns_one_owner(clock):
    other = f"{OWNER}2"
    keys.ensure_keys(other)
    before = keys.public_documents(other)

    keys.rotate_keys(OWNER, now=clock.now())

    assert keys.public_documents(other) == before


def test_the_node_signs_its_gets_with_its_newest_key(clock, settings):
    node = f"{settings.ORIGIN}/actor"
    assert keys.node_key() is None
    keys.ensure_keys(node)
    keys.rotate_keys(node, now=clock.now())

    assert keys.node_key().key_id == f"{node}#main-key-2"


def test_ended_keys_are_read_as_linked_data(clock):
    """`expires` and `revoked` are terms of the Multikey context: no reader of JSON-LD loses them."""
    keys.rotate_keys(OWNER, now=clock.now())
    keys.rotate_keys(OWNER, now=clock.advance(days=1))
    keys.rotate_keys(OWNER, stolen=True, now=clock.advance(days=1))
    document = {"@context": ACTOR_CONTEXT, "id": OWNER, "assertionMethod": keys.public_documents(OWNER).multikeys}

    [actor] = contexts.expand(document)
    found = actor["https://w3id.org/security#assertionMethod"]
    dates = {name: [key[name][0]["@value"] for key in found if name in key] for name in (EXPIRES, REVOKED)}
    assert dates == {EXPIRES: ["2026-11-22T09:00:00Z"], REVOKED: ["2026-11-23T09:00:00Z"]}


@pytest.mark.django_db(transaction=True)
def test_rotations_at_once_leave_one_live_pair(clock):
    keys.ensure_keys(OWNER)

    def rotate(_number):
        try:
            keys.rotate_keys(OWNER, now=clock.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(rotate, range(4)))

    assert LocalKey.objects.count() == 10
    live = LocalKey.objects.filter(retired_at=None).values_list("key_id", flat=True)
    assert sorted(live) == [f"{OWNER}#ed25519-key-5", f"{OWNER}#main-key-5"]
