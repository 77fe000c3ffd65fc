"""Ten thousand entries: the stand-alone verifier finds each of a thousand changes, at the right line."""

import random
import time

import pytest

from federation.bundles import bundle
from governance.rules.register import canonical
from tests.federation.test_bundles import run
from tests.governance.conftest import make_cast
from tests.governance.registers import lengthen

ENTRIES, CHANGES = 10_000, 1_000


@pytest.fixture
def long(db, alone):
    """A bundle of 10,000 entries, where each begins, and the state of the chain before it."""
    cast = make_cast()
    lengthen(cast.collective, ENTRIES - 1)
    text = bundle(cast.collective).decode()
    begin, states, head = text.index('"entries":[') + len('"entries":['), [], bytes(32)
    entries, end = alone.read_entries(text, begin - 1, "", "entries")
    for seq, item in enumerate(entries, start=1):
        states.append((begin, seq - 1, head))
        begin, head = begin + len(canonical(item).decode()) + 1, bytes.fromhex(item["head"])
    return text, states, end - 1


def span(long, number):
    """Return where entry `number` begins and ends in the text."""
    text, states, end = long
    return states[number - 1][0], states[number][0] - 1 if number < len(states) else end


def changed(entry, kind, following, dice):
    """Return what stands for an entry, and the one that follows, after one change."""
    if kind == "flip":
        at = dice.randrange(len(entry))
        raw = entry[at].encode()
        turned = bytes([raw[0] ^ (1 << dice.randrange(8)), *raw[1:]]).decode("utf-8", "surrogateescape")
        return [entry[:at] + turned + entry[at + 1 :], following]
    if kind == "alter":
        return [entry.replace("nous ouvrons", "nous fermons"), following]
    if kind == "delete":
        return [following]
    return [entry, entry, following] if kind == "insert" else [following, entry]


def window(long, number, kind, dice):
    """Return the text from two entries before the changed one to some after it, and the chain's state before that."""
    text, states, _end = long
    first, beyond = max(1, number - 2), min(number + 6, ENTRIES)
    entries = [text[slice(*span(long, each))] for each in range(first, beyond + 1)]
    at = number - first
    entries[at : at + 2] = changed(entries[at], kind, entries[at + 1], dice) if number < ENTRIES else []
    return f"[{','.join(entries)}]", states[first - 1][1:], beyond


def said(alone, text, state, count):
    """Return what the verifier says when it reads on from a state that it had itself reached before."""
    try:
        seq = state[0] + len(alone.read_entries(text, 0, "", "entries", *state)[0])
    except alone.Bad as bad:
        return str(bad)
    return "" if seq == count else f"inscription n° {seq + 1} : manque"


def test_a_thousand_changes_of_a_long_register_are_all_found_at_the_right_line(long, alone, tmp_path):
    """What lies before a change is the same bytes and was read once: each try reads on from there."""
    dice, wrong = random.Random(20261122), []
    for turn in range(CHANGES):
        kind = ("flip", "flip", "alter", "delete", "insert", "swap")[turn % 6]
        number = ENTRIES if kind == "delete" and turn % 5 == 0 else dice.randrange(2, ENTRIES)
        answer = said(alone, *window(long, number, kind, dice))
        if f"inscription n° {number + (kind == 'insert')}" not in answer.partition(" :")[0].split(","):
            wrong.append((turn, kind, number, answer))
    assert wrong == []
    whole_files(long, tmp_path, dice)


def whole_files(long, tmp_path, dice):
    """Some of these changes again, in the whole file and through the command line; its time is printed."""
    text, _states, _end = long
    file = tmp_path / "long.json"
    file.write_text(text)
    start = time.perf_counter()
    assert run(file).returncode == 0
    print(f"\n{ENTRIES} entries, {file.stat().st_size / 1e6:.1f} MB: verified in {time.perf_counter() - start:.2f} s")
    for kind in ("flip", "insert", "swap"):
        number = dice.randrange(2, ENTRIES)
        (first, last), (second, end) = span(long, number), span(long, number + 1)
        parts = changed(text[first:last], kind, text[second:end], dice)
        file.write_text(text[:first] + ",".join(parts) + text[end:], errors="surrogateescape")
        bad = run(file)
        assert bad.returncode == 1
        assert f"inscription n° {number + (kind == 'insert')}" in bad.stdout
    first, last = span(long, ENTRIES)
    file.write_text(text[: first - 1] + text[last:])
    assert f"inscription n° {ENTRIES} : manque" in run(file).stdout
