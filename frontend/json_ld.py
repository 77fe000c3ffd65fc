"""What a page says to programs: a schema.org data block, which no browser runs."""

import json
from collections.abc import Iterable
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from network.formats.schema_org import CONTEXT, node_of
from network.queries.exports import card_of

__all__ = ["json_ld", "safe_block"]

DANGEROUS = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def json_ld(member: Any, offers: Iterable[Any]) -> SafeString:
    """Return the data block of a member's page; of the offers only those for everybody are in it, whoever reads."""
    public = [offer for offer in offers if offer.visibility == "public"]
    return safe_block({"@context": CONTEXT, **node_of(card_of(member, public))})


def safe_block(value: object) -> SafeString:
    """Return JSON that cannot end its element, whatever people wrote.

    >>> safe_block({"name": "</script><b>"})
    '{"name": "\\\\u003C/script\\\\u003E\\\\u003Cb\\\\u003E"}'
    """
    return mark_safe(json.dumps(value, ensure_ascii=False).translate(DANGEROUS))  # noqa: S308 - escaped above
