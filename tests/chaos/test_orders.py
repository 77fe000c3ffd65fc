"""Random orders of events by form and by API, more than the suite has time for: none adopts what it should not.

The short version is tests/governance/test_orders_by_doors.py.
"""

import os
import time

import pytest

from tests.governance.conftest import cast  # noqa: F401  (a fixture)
from tests.governance.test_orders_by_doors import by_api, by_form, walk

ORDERS = int(os.environ.get("TOILE_CHAOS_ORDERS", "400"))
SEED = 20_261_122


@pytest.mark.parametrize("door", [by_form, by_api])
def test_hundreds_of_orders_adopt_nothing_that_they_should_not(cast, door):  # noqa: F811
    began = time.monotonic()
    adoptions, taken = walk(cast, door, ORDERS, f"{SEED} {door.__name__}")
    print(f"\n{door.__name__}: {ORDERS} orders, {taken} acts taken, {adoptions} adoptions, all rightly;", end=" ")
    print(f"{time.monotonic() - began:.0f} s, seed {SEED}")
    assert adoptions
