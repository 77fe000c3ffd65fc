"""Addresses as QR codes, drawn here as SVG: a phone in the hall opens the room by looking at the screen."""

from functools import lru_cache

import segno
from django.utils.safestring import SafeString, mark_safe

__all__ = ["qr_code"]

DOT, MARGIN = 6, 4  # pixels a module; modules of white around, as ISO/IEC 18004 asks


@lru_cache(maxsize=64)
def qr_code(address: str, dot: int = DOT) -> SafeString:
    """Return an `<svg>` that holds this address; black on white whatever the page's colours, for cameras.

    `dot`: pixels a module.
    """
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(scale=dot, border=MARGIN, dark="#000", light="#fff", svgclass=None, lineclass=None)
    return mark_safe(drawn)  # noqa: S308  made of numbers alone
