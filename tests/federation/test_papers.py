"""Where a proven attestation comes from: by id and author, tombstones and other kinds left out."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from federation.models import SignedKind, SignedObject
from federation.papers import papers_of
from tests.factories import day

pytestmark = pytest.mark.django_db

ALICE, AT = "https://a.example/u/alice", day("2026-11-20")


def signed(uri, owner=ALICE, kind=SignedKind.ATTESTATION, via=""):
    return SignedObject.objects.create(
        uri=uri, owner=owner, kind=kind, body=b"{}", digest="0" * 64, key_id=f"{owner}#key", made_at=AT,
        verified_at=day("2026-11-21"), via=via,
    )  # fmt: skip


def test_who_signed_when_and_when_it_was_verified():
    signed("https://a.example/att/1")
    (paper,) = papers_of(["https://a.example/att/1", "https://a.example/att/2"]).values()
    assert (paper.owner, paper.origin, paper.via) == (ALICE, "https://a.example", "")
    assert (paper.signed_at, paper.verified_at) == (AT, day("2026-11-21"))


def test_another_node_that_handed_it_on_is_named_its_own_is_not():
    signed("https://a.example/att/1", via="https://b.example/actor")
    signed("https://a.example/att/2", via="https://a.example/actor")
    found = papers_of(["https://a.example/att/1", "https://a.example/att/2"])
    assert [paper.via for paper in found.values()] == ["https://b.example", ""]


def test_the_same_id_by_another_author_is_another_paper():
    signed("https://a.example/att/1", owner="https://a.example/u/mallory")
    assert (("https://a.example/att/1", ALICE)) not in papers_of(["https://a.example/att/1"])


def test_what_is_revoked_or_no_attestation_is_none():
    signed("https://a.example/att/1", kind=SignedKind.TOMBSTONE)
    signed("https://a.example/m/1", kind=SignedKind.MEMBERSHIP)
    assert papers_of(["https://a.example/att/1", "https://a.example/m/1"]) == {}


def test_one_query_whatever_the_number():
    with CaptureQueriesContext(connection) as asked:
        papers_of(f"https://a.example/att/{n}" for n in range(50))
    assert len(asked) == 1
