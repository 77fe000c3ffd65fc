"""The draw in the browser: our JavaScript, written apart, draws what Python draws, on ten thousand seeds."""

import json
from hashlib import md5, sha256
from pathlib import Path

import pytest

from governance.rules.lot import commitment, permutation, rfc3797, seed

BASE = Path(__file__).parents[2]
SCRIPT = BASE / "frontend" / "static" / "lots.js"
VECTORS = json.loads((BASE / "tests" / "vectors" / "lots.json").read_text())
SEEDS = 10_000


@pytest.fixture(scope="module")
def page(browser):
    context = browser.new_context()
    opened = context.new_page()
    opened.add_script_tag(path=str(SCRIPT))
    yield opened
    context.close()


def plain_md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def pool_of(number: int) -> list[str]:
    """Names of one to twelve, some of them beyond ASCII, so that the order of bytes shows."""
    return [f"{'éàzZ𝔸'[(number + each) % 5]}-{each * number % 97}-{each}" for each in range(1 + number % 12)]


def test_javascript_draws_what_python_draws_on_ten_thousand_seeds(page):
    cases = [[sha256(str(n).encode()).hexdigest(), pool_of(n)] for n in range(SEEDS)]
    drawn = page.evaluate("cases => cases.map(([sown, pool]) => toileLots.permutation(sown, pool))", cases)
    wrong = [
        sown
        for (sown, pool), order in zip(cases, drawn, strict=True)
        if order != permutation(bytes.fromhex(sown), pool)
    ]
    assert len(drawn) == SEEDS
    assert wrong == []


def test_seeds_commitments_and_digests_agree(page):
    texts = ["", "a", "é" * 40, "x" * 55, "x" * 56, "x" * 64, "y" * 1_000]
    assert page.evaluate("t => t.map(toileLots.sha256)", texts) == [sha256(t.encode()).hexdigest() for t in texts]
    assert page.evaluate("t => t.map(toileLots.md5)", texts) == [plain_md5(t) for t in texts]
    key = sha256(b"1").digest() + sha256(b"2").digest()
    assert page.evaluate("k => toileLots.commitment(k)", key.hex()) == commitment(key[:32], key[32:])
    line, other = f"{commitment(key[:32], key[32:])} {key.hex()}", sha256(b"3").hexdigest()
    cases = [([line], [key.hex()[64:]]), ([line], [other]), ([line], []), ([f"{other} {key.hex()}"], [key.hex()[64:]])]
    assert page.evaluate("c => c.map(([e, s]) => toileLots.opened(e, s))", cases) == [True, False, False, False]
    secrets = [sha256(bytes([n])).digest() for n in range(7)]
    sown = page.evaluate("s => toileLots.seed('lot-é', s, 'dice:1-2')", [each.hex() for each in secrets])
    assert sown == seed("lot-é", secrets, "dice:1-2").hex()


def test_the_published_checks_in_javascript(page):
    known = VECTORS["beacon"]
    sown = page.evaluate("v => toileLots.seed(v.identifier, v.secrets, v.beacon)", known)
    assert sown == known["seed"]
    assert page.evaluate("([s, p]) => toileLots.permutation(s, p)", [sown, known["pool"]]) == known["order"]
    rfc = VECTORS["rfc3797"]
    assert page.evaluate("v => toileLots.rfc3797(v.key, v.size, 5)", rfc) == rfc["first_five"]
    assert page.evaluate("v => toileLots.rfc3797(v.key, v.size, v.size)", rfc) == rfc3797(rfc["key"], rfc["size"])
