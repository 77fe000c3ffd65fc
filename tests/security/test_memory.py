"""INB: what strangers send does not stay in our memory."""

import pytest

from federation import contexts
from federation.errors import Refused
from federation.rules import terms
from tests.peers import AS2


def test_large_inline_contexts_are_judged_and_not_remembered():
    terms._check_inline.cache_clear()
    for number in range(3):
        contexts.check({"@context": [AS2, {f"term{number}": "https://x.example/" + "a" * 100_000}]})
        with pytest.raises(Refused):
            contexts.check({"@context": [AS2, {"actor": "https://x.example/" + "a" * 100_000}]})
    assert terms._check_inline.cache_info().currsize == 0
    contexts.check({"@context": [AS2, {"term": "https://x.example/a"}]})
    assert terms._check_inline.cache_info().currsize == 1
