"""Fields of acts: every act is known to a machine, every value is judged."""

import pytest

from governance.errors import Invalid
from governance.rules.acts import CONSENT_ACTS, ELECTION_ACTS, ROOM_ACTS, UNDOABLE, clean_act
from governance.rules.assemblies import ROOM_TABLE
from governance.rules.consent import TABLE
from governance.rules.election import TABLE as ELECTION_TABLE

SYSTEM = {"put_election", "prepare", "presence", "review", "lapse", "back", "invite"}
SYSTEM |= {"go_live", "remind", "mailed", "prolong", "clause_ends"}
SYSTEM |= {"drop_electors", "to_vote"}


def test_acts_and_tables_agree():
    assert set(CONSENT_ACTS) == {kind for _, kind in TABLE} - SYSTEM
    assert set(ROOM_ACTS) == set(ROOM_TABLE) - SYSTEM
    assert set(ELECTION_ACTS) == {kind for _, kind in ELECTION_TABLE} - SYSTEM
    assert set(ROOM_ACTS) >= UNDOABLE
    assert not set(ROOM_ACTS) & set(ELECTION_ACTS)
    assert not set(ROOM_ACTS) & set(CONSENT_ACTS)


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        ("adopt", {}, "unknown_act"),
        (None, {}, "unknown_act"),
        ("reveal", None, "not_an_object"),
        ("reveal", {"version": 1}, "field_missing"),
        ("reveal", {"version": True, "call": 1}, "field_malformed"),
        ("reveal", {"version": 1.0, "call": 1}, "field_malformed"),
        ("reveal", {"version": 0, "call": 1}, "field_malformed"),
        ("reveal", {"version": "1e3", "call": 1}, "field_malformed"),
        ("reveal", {"version": "９", "call": 1}, "field_malformed"),
        ("reveal", {"version": 1, "call": 1, "actor": 3}, "unknown_field"),
        ("draw_jury", {"objection": 1, "seed": "mine"}, "unknown_field"),
        ("set_timer", {"minutes": 241}, "field_malformed"),
        ("position", {"version": 1, "call": 1, "choice": "veto"}, "field_malformed"),
        ("withdraw", {"reason": "x" * 10_001}, "field_too_long"),
        ("withdraw", {"reason": "a\x00b"}, "field_malformed"),
        ("withdraw", {"reason": "   "}, "field_missing"),
        ("withdraw", {"reason": "\u200b\u202e"}, "field_missing"),
        ("withdraw", {"reason": ["x"]}, "field_malformed"),
        ("judge", {"objection": 1, "wording": 0, "agree": "peut-être"}, "field_malformed"),
        ("judge", {"objection": 1, "agree": "yes"}, "field_missing"),
        ("judge", {"objection": 1, "wording": 2, "agree": "yes"}, "field_malformed"),
        ("jury_vote", {"objection": 1, "agree": "yes", "reason": "x"}, "field_missing"),
        ("confirm_resolved", {"version": 1, "objection": 1}, "field_missing"),
        ("confirm_resolved", {"objection": 1, "offer": 1}, "field_missing"),
        ("oppose_amendment", {"version": 1, "reason": "x"}, "field_missing"),
        ("accept_amendment", {"version": 1, "objection": 1}, "field_missing"),
        ("relay", {"person": 3, "said": "resolved", "version": 1, "round": 2, "objection": 1}, "field_missing"),
        ("edit_draft", {"review_on": "2026-13-01"}, "field_malformed"),
        ("edit_draft", {"ends_on": "9999-12-31"}, "field_malformed"),
        ("edit_draft", {"review_on": "0001-01-01"}, "field_malformed"),
        ("choose_exit", {"version": 1, "exit": "defer", "reason": "x", "until": "2201-01-01"}, "field_malformed"),
        ("set_new_date", {"round": 1, "until": "9999-12-30"}, "field_malformed"),
        ("choose_exit", {"version": 1, "exit": "adopt", "reason": "x"}, "field_malformed"),
    ],
)
def test_malformed_payloads(kind, payload, code):
    with pytest.raises(Invalid) as refused:
        clean_act(kind, payload)
    assert refused.value.code == code


def test_form_values_are_read():
    payload = {"version": "1", "exit": "delegate", "reason": " x ", "until": "2027-01-01", "persons": ["3", "4"]}
    assert clean_act("choose_exit", payload) == {
        "version": 1,
        "exit": "delegate",
        "reason": "x",
        "until": "2027-01-01",
        "persons": [3, 4],
    }


@pytest.mark.parametrize("day", ["1990-01-01", "2200-12-31"])
def test_the_first_and_the_last_day_are_read(day):
    assert clean_act("edit_draft", {"ends_on": day}) == {"ends_on": day}
