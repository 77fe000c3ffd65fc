"""TRU-06: what a flood leaves behind is bounded. TRU-08: two hosts that trade attestations are told of, not judged.

The floods are scaled: quotas of some dozens are met by some hundreds of messages, in place of a hundred thousand.
Signed deliveries meet the same quota in tests/federation/attested/test_attested_inbox.py.
"""

from datetime import timedelta

import pytest

from federation import tasks, trades
from federation.models import Notice
from federation.overview import nodes_page
from frontend.sentences.federation import notice_sentence
from network.actions import attestations
from network.actions.attestations import record_remote_tombstone, record_remote_vouch
from network.clock import now
from network.errors import NotTaken
from network.models import Vouch
from network.queries.trust import trust_lines, viewpoint_for
from network.rules.facts import VouchFact
from tests.factories import collective, member, vouch_between, web

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
ONE, OTHER, THIRD = "https://one.example", "https://other.example", "https://third.example"


def said(issuer, subject, number, **columns) -> VouchFact:
    columns = {"kind": "charte", "level": 3, "charter": ""} | columns
    return VouchFact(
        f"{issuer.origin}/att/{number}", issuer.uri, subject.uri, issued=now(), expires=now() + timedelta(days=700),
        **columns,
    )  # fmt: skip


def flood(issuers, subjects, times) -> dict[str, int]:
    """Send so many attestations; return how many were kept and refused."""
    kept = refused = 0
    for number in range(times):
        issuer, subject = issuers[number % len(issuers)], subjects[number % len(subjects)]
        try:
            kept += record_remote_vouch(said(issuer, subject, number))
        except NotTaken as error:
            refused += error.code == "attestation_quota"
    return {"kept": kept, "refused": refused}


# --- TRU-06 ----------------------------------------------------------------------------------------------


def test_tru_06_one_actor_and_one_host_leave_no_more_than_their_quota(monkeypatch):
    monkeypatch.setattr(attestations, "PER_ISSUER", 20)
    monkeypatch.setattr(attestations, "PER_HOST", 50)
    mallory, *crowd = (member(f"M{n}", origin=ONE) for n in range(6))
    subject = member("Fanny")
    assert flood([mallory], [subject], 300) == {"kept": 20, "refused": 280}
    assert flood(crowd, [subject], 300)["kept"] == 30
    assert Vouch.objects.count() == 50
    honest = member("Honnête", origin=OTHER)
    assert record_remote_vouch(said(honest, subject, 1))  # others are heard as before


def test_tru_06_what_is_kept_can_still_be_renewed_and_a_flood_of_renewals_adds_no_row(monkeypatch, clock):
    monkeypatch.setattr(attestations, "PER_ISSUER", 1)
    mallory, subject = member("Mallory", origin=ONE), member("Fanny")
    for _ in range(50):
        clock.advance(seconds=1)
        assert record_remote_vouch(said(mallory, subject, 1))
    assert Vouch.objects.count() == 1


def test_tru_06_what_was_revoked_leaves_room_though_not_for_ever(monkeypatch):
    monkeypatch.setattr(attestations, "PER_ISSUER", 2)
    monkeypatch.setattr(attestations, "PER_ISSUER_EVER", 5)
    honest, subject, taken = member("Honnête", origin=ONE), member("Fanny"), 0
    assert flood([honest], [subject], 3) == {"kept": 2, "refused": 1}
    for number in range(20):
        record_remote_tombstone(uri=f"{ONE}/att/{number}", issuer=honest.uri, at=now())
        try:
            taken += record_remote_vouch(said(honest, subject, number + 100))
        except NotTaken:
            break
        record_remote_tombstone(uri=f"{ONE}/att/{number + 100}", issuer=honest.uri, at=now())
    assert (taken, Vouch.objects.count()) == (3, 5)


def test_tru_06_revoking_what_never_came_makes_no_room(monkeypatch):
    monkeypatch.setattr(attestations, "PER_ISSUER", 2)
    mallory, subject = member("Mallory", origin=ONE), member("Fanny")
    for number in range(10):
        record_remote_tombstone(uri=f"{ONE}/att/none-{number}", issuer=mallory.uri, at=now())
    assert flood([mallory], [subject], 5) == {"kept": 2, "refused": 3}


def test_tru_06_many_skills_count_towards_the_same_quota(monkeypatch):
    monkeypatch.setattr(attestations, "PER_ISSUER", 10)
    mallory, subject = member("Mallory", origin=ONE), member("Fanny")
    for number in range(200):
        try:
            record_remote_vouch(said(mallory, subject, number, kind=f"competence:https://one.example/s/{number}"))
        except NotTaken:
            continue
    assert Vouch.objects.count() == 10


@pytest.mark.parametrize(
    "column", [{"kind": "competence:" + "x" * 481}, {"charter": "x" * 81}, {"level": 10**9}, {"kind": "x" * 10**6}]
)
def test_tru_06_long_texts_are_not_taken(column):
    mallory, subject = member("Mallory", origin=ONE), member("Fanny")
    with pytest.raises(NotTaken, match="attestation_malformed"):
        record_remote_vouch(said(mallory, subject, 1, **column))
    assert not Vouch.objects.exists()


# --- TRU-08 ----------------------------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(trades, "FORTH_AND_BACK", 5)


def trade(one, other, number, *, back=True, days_ago=0):
    """`number` attestations from people of one node to those of another, and as many back."""
    here, there = ([member(f"T{n}", origin=origin) for n in range(number)] for origin in (one, other))
    instant = now() - timedelta(days=days_ago)
    for u, w in zip(here, there, strict=True):
        vouch_between(u, w, issued=instant)
        if back:
            vouch_between(w, u, issued=instant)


def test_tru_08_two_hosts_that_trade_attestations_are_told_of_once_a_week(few, clock):
    trade(OTHER, ONE, 5)
    trade(ONE, THIRD, 4)
    tasks.tidy()
    tasks.tidy()
    (notice,) = nodes_page().notices
    assert (notice.code, notice.facts) == ("nodes_trade", {"one": ONE, "other": OTHER, "count": 10})
    sentence = notice_sentence(notice)
    assert all(word in sentence for word in (ONE, OTHER, "10"))
    clock.advance(days=8)
    trade(OTHER, ONE, 5)
    tasks.tidy()
    assert Notice.objects.filter(code="nodes_trade").count() == 2


def test_tru_08_one_direction_old_ones_and_what_happens_within_one_host_are_no_trade(few):
    trade(ONE, OTHER, 9, back=False)
    trade(ONE, THIRD, 9, days_ago=8)
    trade(THIRD, THIRD, 9)
    assert trades.watch() == []


def test_tru_08_what_they_attest_weighs_as_before(few):
    """The same facts give the same answer on every node: receipt decides nothing. The bound does not need it."""
    home = collective("Les Terrils")
    alix, bachir = member("Alix", belongs_to=home), member("Bachir", belongs_to=home)
    entry = member("Entrée", origin=ONE, belongs_to=home)
    web(home, (alix, bachir), (alix, entry), (bachir, entry))
    people = [entry, *(member(f"F{n}", origin=OTHER, belongs_to=home) for n in range(6))]
    for each in people[1:]:
        vouch_between(entry, each, issued=now())
        vouch_between(each, entry, issued=now())
    before = trust_lines(viewpoint_for(member=alix), people)
    trades.watch()
    assert trust_lines(viewpoint_for(member=alix), people) == before
    assert {before[each.pk].kappa for each in people[1:]} == {
        1
    }  # six fakes behind one person: one path, whatever they trade
