"""The documents of events are answered ahead of Django like the others; their activities are not."""

import pytest

from deploy.documents import ADDRESS


@pytest.mark.parametrize("path", ["/e/0a1b/2027-03-06", "/e/0a1b/2027-03-06-3"])
def test_the_cached_door_knows_dates_of_events(path):
    assert ADDRESS.fullmatch(path)


@pytest.mark.parametrize("path", ["/e/0a1b", "/e/0a1b/2027-03-06/create", "/evenements/1", "/agenda"])
def test_and_nothing_beside_them(path):
    assert not ADDRESS.fullmatch(path)
