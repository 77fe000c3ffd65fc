"""Ed25519 keys that are worth nothing are known for it."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Refused
from federation.rules.edwards import P, edwards_key

SIGN = 1 << 255
# The eight points of small order (RFC 7748 and 8032 share the curve): y = 1, -1, 0, and two values of order eight.
OF_ORDER_EIGHT = [
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]
SMALL = [0, 1, P - 1, *(int.from_bytes(bytes.fromhex(text), "little") for text in OF_ORDER_EIGHT)]


@pytest.mark.parametrize("y", SMALL)
@pytest.mark.parametrize("sign", [0, SIGN])
def test_points_of_small_order(y, sign):
    with pytest.raises(Refused):
        edwards_key((y | sign).to_bytes(32, "little"))


@pytest.mark.parametrize("y", [P, P + 1, P + 3, P + 4, 2**255 - 1])
def test_encodings_that_are_not_reduced(y):
    with pytest.raises(Refused):
        edwards_key(y.to_bytes(32, "little"))


def test_a_number_that_is_no_point():
    with pytest.raises(Refused):
        edwards_key((2).to_bytes(32, "little"))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_other_lengths(length):
    with pytest.raises(Refused):
        edwards_key(b"\x09" * length)


@given(st.binary(min_size=32, max_size=32))
def test_every_key_that_is_made_is_taken(seed):
    raw = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()

    assert edwards_key(raw).public_bytes_raw() == raw
