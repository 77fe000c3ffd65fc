"""Our keys are sealed at rest and told to others in two forms."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from federation import keys
from federation.models import LocalKey

pytestmark = pytest.mark.django_db
OWNER = "https://n.example/u/alix"
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
