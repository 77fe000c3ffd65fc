"""ORI-13: an actor owns itself, whoever it says runs it; anything else with two owners is nobody's."""

import pytest

from federation.errors import Refused
from federation.rules.ownership import check_ownership

CHANNEL, RUNS, OTHER = (f"https://tube.example/{name}" for name in ("c/films", "u/film", "u/other"))


def update(actor, **thing):
    return {"type": "Update", "actor": actor, "object": {"id": CHANNEL, "type": "Group", **thing}}


def test_a_channel_that_names_who_runs_it_updates_itself():
    for owners in (RUNS, [{"type": "Person", "id": RUNS}], [RUNS, OTHER]):
        check_ownership(update(CHANNEL, attributedTo=owners), {})


@pytest.mark.parametrize(
    "activity",
    [
        update(RUNS, attributedTo=RUNS),
        update(OTHER, attributedTo=[RUNS, OTHER]),
        update(CHANNEL, type="Note", attributedTo=RUNS),
        update(CHANNEL, type=["Group", "Note"], attributedTo=RUNS),
        update(CHANNEL, id=OTHER, attributedTo=CHANNEL),
    ],
)
def test_nobody_else_does(activity):
    with pytest.raises(Refused):
        check_ownership(activity, {})
