"""Canonical bytes and chain, with published check values, and any JSON that hypothesis can think of."""

import json
import unicodedata

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import Invalid
from governance.rules.register import START, Line, canonical, commitment, digest, link, plain, verify

ONE, TWO = {"seq": 1, "type": "test"}, {"seq": 2, "type": "test"}
text = st.text(st.characters(exclude_categories=["Cs"])).map(lambda t: unicodedata.normalize("NFC", t))
keys = st.text(st.characters(max_codepoint=127))
whole = st.integers(-(2**53) + 1, 2**53 - 1)
values = st.recursive(
    st.none() | st.booleans() | whole | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def test_check_values():
    first = link(START, digest(ONE))
    assert first.hex() == "06898be2c1728e8132a944f4a107be556fa5706bd70b8571b8f0523635f2be3c"
    assert link(first, digest(TWO)).hex() == "7143ed693ddd6bc13b89f9a2e7b2f8e6bf057bb13d99f5df7c58047c569fab45"


@given(values)
def test_same_bytes_as_rfc_8785(value):
    assert canonical(value) == rfc8785.dumps(value)
    assert json.loads(canonical(value)) == value


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, {"é": 1}, {1: 1}, "e\u0301", "\ud800", b"x", (1,)])
def test_what_has_no_one_form_is_refused(value):
    with pytest.raises(Invalid):
        canonical(value)


def test_depth_is_bounded():
    deep = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(Invalid):
        canonical(deep)


def test_plain_makes_text_whole():
    assert plain({"a": ("e\u0301",)}) == {"a": ["é"]}


def chain(*documents):
    lines, head = [], START
    for document in documents:
        head = link(head, digest(document))
        lines.append(Line(document["seq"], document, digest(document), head.hex()))
    return lines


@pytest.mark.parametrize("bad", [1, 2, 3])
def test_first_altered_entry_is_named(bad):
    lines = chain(*({"seq": number, "type": "test"} for number in (1, 2, 3)))
    line = lines[bad - 1]
    lines[bad - 1] = Line(line.seq, {**line.document, "type": "false"}, line.digest, line.head)
    assert verify(lines).first_bad == bad


def test_missing_last_is_named_by_the_head():
    lines = chain(ONE, TWO)
    assert verify(lines[:1], last=2, head=lines[1].head).first_bad == 2
    assert verify(lines, last=2, head=lines[1].head).first_bad is None
    assert verify(lines, last=1, head=lines[0].head).first_bad == 2
    assert verify([]).count == 0


def test_commitment_depends_on_salt_and_name():
    assert len({commitment("00" * 32, "Alix"), commitment("11" * 32, "Alix"), commitment("00" * 32, "Ali")}) == 3
