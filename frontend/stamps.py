"""A stamp in a form that anybody may send: which form it is, when it was drawn, and a key of its own, signed by us.

It takes the place of a puzzle: a form sent faster than anybody reads, or kept for a day, is asked for once more.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core import signing

from network.clock import now

__all__ = ["Stamp", "new_stamp", "read_stamp"]

SALT = "frontend.stamps"


@dataclass(frozen=True)
class Stamp:
    """What a stamp says. `key`: 192 bits of chance, the same each time this form is sent."""

    key: str
    drawn: datetime


def new_stamp(form: str) -> str:
    """Return a stamp for `form`, drawn now."""
    return signing.dumps([form, secrets.token_hex(24), int(now().timestamp())], salt=SALT)


def read_stamp(text: str, form: str) -> Stamp | None:
    """Return what a stamp says; None if it is not ours, or of another form."""
    try:
        named, key, seconds = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Stamp(str(key), datetime.fromtimestamp(seconds, UTC)) if named == form else None
