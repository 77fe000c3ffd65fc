"""Whether the storm left everything whole: views, receipts, journals, counts. `judge` fails or says the figures."""

import json
from collections import Counter
from datetime import datetime
from typing import Any

from tests.governance.room_storm.page import Page
from tests.governance.room_storm.person import PASSING, acts_of
from tests.governance.room_storm.storm import Outcome

BY_ITSELF = frozenset({"invite", "lapse", "back", "prepare", "presence", "close_decision"})  # without anybody's key

SAID = {
    f"status {code}" for code in (200, 403, 409, 422, 503)
}  # what a page may answer in a storm: never a fault of ours

FAULTS = ("could not be told", "could not be watched", "Internal Server Error", "database is locked")


def judge(outcome: Outcome) -> str:
    """Fail unless all is whole; return the line of figures."""
    assert not [person.browser.shut for person in outcome.people if person.browser.shut], "a page was shut out"
    _views(outcome)
    _journals(outcome)
    _receipts(outcome)
    _decisions(outcome)
    assert not [line for line in outcome.printed.splitlines() if any(word in line for word in FAULTS)]
    assert {name for name in outcome.counts if name.startswith("status")} <= SAID, outcome.counts
    return json.dumps(_figures(outcome))


def _views(outcome: Outcome) -> None:
    """Every page shows what a process that was not there draws from the journals."""
    everybody = _drawn(outcome.drawn[""])
    for person in outcome.people:
        shown, own = person.browser.page, _drawn(outcome.drawn[str(person.number)])
        assert shown.seq == outcome.facts["seq"], person.browser.name
        assert (person.browser.name, shown.shared()) == (person.browser.name, everybody.shared())
        assert (person.browser.name, shown.own()) == (person.browser.name, own.own())


def _drawn(text: str) -> Page:
    page = Page()
    page.swap(text)
    return page


def _journals(outcome: Outcome) -> None:
    """Nothing stands twice, nothing is there that nobody sent, no number is missing."""
    rows, sent = outcome.facts["rows"], {act.key: act for act in acts_of(outcome.people)}
    for journal in {_journal(row) for row in rows}:
        numbers = [row["seq"] for row in rows if _journal(row) == journal]
        assert numbers == list(range(1, len(numbers) + 1)), journal
    keys = Counter(row["key"] for row in rows if row["key"])
    assert not [key for key, times in keys.items() if times > 1]
    for row in rows:
        if not row["key"]:
            assert row["kind"] in BY_ITSELF, row
            continue
        act = sent[row["key"]]
        assert (act.kind, act.author) == (row["kind"], row["actor"])
        assert all(str(row["payload"][name]) == value for name, value in act.payload.items()), (row, act)
    told = sorted(row["receipt"]["seq"] for row in rows)
    assert told == list(range(1, outcome.facts["seq"] + 1))


def _journal(row: dict[str, Any]) -> str:
    return f"{row['journal']} {row.get('decision', '')}"


def _receipts(outcome: Outcome) -> None:
    """Every act that somebody was told is taken stands in a journal, under that number; a refusal was never a lie."""
    kept = {row["key"]: row for row in outcome.facts["rows"] if row["key"]}
    for act in acts_of(outcome.people):
        if act.kind in PASSING:
            continue
        assert not act.refused.startswith("after"), act
        if act.refused and not act.taken and act.key in kept:  # taken after the refusal, never before
            assert datetime.fromisoformat(kept[act.key]["receipt"]["at"]) >= act.sent_at, act
        if act.taken:
            row = kept[act.key]
            for receipt in act.receipts:
                assert {name: row["receipt"][name] for name in receipt} == receipt, act


def _decisions(outcome: Outcome) -> None:
    """Every proposal is adopted and recorded once; what was counted is what people pressed last before the reveal."""
    facts, storm = outcome.facts, outcome.storm
    assert facts["present"] == facts["attendance"]
    assert facts["present"] == sorted(person.number for person in outcome.people)
    assert all(copy == true for copy, true in facts["copies"])
    assert len(facts["decisions"]) == storm.items
    for decision in facts["decisions"]:
        assert decision["stage"] in {"adopted", "closed"}, decision
        assert decision["recorded"] == 1
        rows = [
            row for row in facts["rows"] if row.get("decision") == decision["session"] and row["kind"] == "position"
        ]
        call = max(row["payload"]["call"] for row in rows)
        last = {str(row["actor"]): row["payload"]["choice"] for row in rows if row["payload"]["call"] == call}
        assert decision["positions"] == last


def _figures(outcome: Outcome) -> dict[str, object]:
    acts, counts = list(acts_of(outcome.people)), outcome.counts
    return {
        "seed": outcome.storm.seed,
        "clients": len(outcome.people),
        "acts": len(acts),
        "sent": sum(act.sent for act in acts),
        "repeats": sum(max(0, act.sent - 1) for act in acts),
        "receipts": sum(len(act.receipts) + act.pages for act in acts),
        "refused": sum(bool(act.refused) for act in acts),
        "acts in the journals": sum(bool(row["key"]) for row in outcome.facts["rows"]),
        "decisions adopted": len(outcome.facts["decisions"]),
        "frames": counts["frames"],
        "frames dropped": counts["frames dropped"],
        "receipts dropped": counts["receipts dropped"],
        "requests and answers lost": counts["requests lost"] + counts["answers lost"],
        "kills": sum(outcome.kills.values()),
        "by kind": dict(outcome.kills),
        "connections": counts["connections"],
        "lines cut": counts["lines cut"],
        "pages asked": counts["pages asked"],
        "seconds": round(outcome.seconds),
        "of these stormy": round(outcome.stormy),
    }
