"""Each case of the groups that are written down as tests is found by its id: `test_web_11_…` for WEB-11."""

import re

import pytest

from tests.services import BASE

CASES = {
    "sig": "08 10 11 12 13 15 16",
    "ori": "03 06 07 08 09 12 13 14",
    "fet": "03 08 09 10 11 12",
    "inb": "01 04 05 06 07 08 09 11 12 14",
    "ws": "02 04 05 07 08 09",
    "web": "03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18",
    "tru": "02 04 05 06 07 08 09 10 11 12",
}


@pytest.mark.parametrize("group", CASES)
def test_every_case_has_a_test_of_its_name(group: str) -> None:
    named = re.compile(rf"^ *(?:async )?def test_{group}_(\d\d)_(?:and_(\d\d)_)?", re.MULTILINE)
    texts = (path.read_text() for path in (BASE / "tests").rglob("test_*.py"))
    found = {number for text in texts for numbers in named.findall(text) for number in numbers}
    assert set(CASES[group].split()) - found == set()
