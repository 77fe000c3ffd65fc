"""True RSA keys, made once and handed out in turn: a test that needs one need not wait for it."""

from collections.abc import Callable
from sys import getrefcount

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

USUAL = (65537, 2048)  # exponent, bits
SIZE = 32  # far more than one test uses


class Stock:
    """Makes usual keys until there are enough, then hands out those that nobody holds; others are always made."""

    def __init__(self, make: Callable[[int, int], RSAPrivateKey]) -> None:
        self.make = make
        self.keys: list[RSAPrivateKey] = []
        self.turn = 0

    def key(self, exponent: int, bits: int) -> RSAPrivateKey:
        """Return a key of this kind, different from those of the last uses and from all that are still held."""
        if (exponent, bits) != USUAL:
            return self.make(exponent, bits)
        if len(self.keys) < SIZE:
            self.keys.append(self.make(exponent, bits))
            return self.keys[-1]
        for _ in range(SIZE):
            self.turn = (self.turn + 1) % SIZE
            if getrefcount(self.keys[self.turn]) <= 2:  # the list, and the call itself
                return self.keys[self.turn]
        return self.make(exponent, bits)
