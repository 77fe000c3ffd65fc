"""A message that `reads_plainly` is read the same by everybody: the shortcut admits nothing that expanding refuses."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import contexts
from federation.errors import Refused
from federation.rules.terms import AS2_CONTEXT, PLAIN_CONTEXTS, READ_ALIKE, reads_plainly, same_reading
from federation.rules.vocabulary import VF_TERMS

TYPES = [
    "Create",
    "Note",
    "Delete",
    "Proposal",
    "orderedItems",
    "as:Delete",
    "Tag",
    "_:x",
    "inbox",
    "https://a.example/T",
]
ADDRESSES = [
    "https://a.example/1",
    "http://b.example:81/2#x",
    "as:Public",
    "urn:x:1",
    "vf:1",
    "relatif",
    "",
    "//c.example/1",
]
TERMS = ["vf", "Tag", "actor", "as", "x", "Proposal", "https", "id", "kind", "object"]
IRIS = [
    "https://a.example/ns#", "as:Delete", "as:Tag", "vf:Proposal", "https://www.w3.org/ns/", "x:activitystreams#Delete",
    "x:activitystreams#Hashtag", "https://www.w3.org/ns/activitystreams#", "https://www.w3.org/ns/activitystreams#Tag",
    "@id", "@type", "_:b", None, "",
]  # fmt: skip
FIELDS = [*READ_ALIKE, "to", "content", "vf:note", "https://a.example/p", "@id", "@type", "tag"]

addresses = st.sampled_from(ADDRESSES)
definitions = st.sampled_from(IRIS) | st.fixed_dictionaries(
    {"@id": st.sampled_from(IRIS)},
    optional={
        "@type": st.sampled_from(["@id", "@vocab"]),
        "@container": st.just("@set"),
        "@reverse": st.just("as:actor"),
    },
)
entries = st.sampled_from([*sorted(PLAIN_CONTEXTS), "https://unknown.example/ns"]) | st.dictionaries(
    st.sampled_from([*TERMS, "@vocab", "@base", "@language"]), definitions, max_size=3
)
things = st.recursive(
    addresses | st.none() | st.integers(0, 3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.fixed_dictionaries(
            {},
            optional={
                "id": addresses,
                "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), max_size=2),
                **dict.fromkeys(FIELDS, inner),
            },
        )
    ),
    max_leaves=6,
)
documents = st.fixed_dictionaries(
    {
        "@context": st.lists(entries, max_size=2).map(lambda some: [AS2_CONTEXT, *some]),
        "id": addresses,
        "type": st.sampled_from(TYPES),
    },
    optional=dict.fromkeys(FIELDS, things),
)


@settings(max_examples=600, deadline=None)
@given(documents)
def test_what_reads_plainly_expands_to_the_same(document):
    try:
        contexts.check(document)
    except Refused:
        return
    if reads_plainly(document):
        expanded = contexts.expand(document)
        assert len(expanded) == 1
        assert same_reading(document, expanded[0])


@pytest.mark.parametrize("context", sorted(PLAIN_CONTEXTS))
def test_plain_contexts_leave_the_words_alone(context):
    document = {
        "@context": [AS2_CONTEXT, context, VF_TERMS],
        "id": "https://a.example/1",
        "type": "Create",
        "actor": "https://a.example/u/x",
        "target": "https://a.example/c",
        "object": {"id": "https://a.example/2", "type": ["Note", "Proposal"], "attributedTo": "https://a.example/u/x"},
    }
    assert reads_plainly(document)
    assert same_reading(document, contexts.expand(document)[0])


@pytest.mark.parametrize(
    "change",
    [
        {"@context": "https://www.w3.org/ns/activitystreams#"},
        {"@context": [AS2_CONTEXT, {"x": "https://www.w3.org/ns/"}]},
        {"@context": [AS2_CONTEXT, {"actor": "https://a.example/ns#actor"}]},
        {"@context": [AS2_CONTEXT, {"@vocab": "https://a.example/ns#"}]},
        {"as:actor": "https://a.example/u/y"},
        {"object": {"@context": {"x": "https://www.w3.org/ns/"}, "id": "https://a.example/2"}},
        {"object": {"id": "as:2"}},
        {"actor": 5},
        {"type": "as:Delete"},
    ],
    ids=json.dumps,
)
def test_whatever_is_not_plain_is_expanded(change):
    document = {
        "@context": AS2_CONTEXT,
        "id": "https://a.example/1",
        "type": "Create",
        "actor": "https://a.example/u/x",
    }
    assert reads_plainly(document)
    assert not reads_plainly(document | change)
