"""The personal parts that go over sockets: what each may press is what their page offers."""

from dataclasses import replace

import pytest

from governance.permissions import HEARD
from governance.queries.parts import parts_of
from governance.queries.rooms import load, room_view
from network.actions.collectives import suspend_membership


@pytest.mark.parametrize("came_as", ["member", "facilitator"])
def test_who_is_suspended_is_shown_what_is_left_to_them(cast, came_as):
    cast.to_call()
    people = {cast.alix: "member", cast.camille: "member"} if came_as == "member" else {cast.bachir: "facilitator"}
    away = next(each for each in people if each != cast.alix)
    before = parts_of(load(cast.assembly.pk), people)[away.pk]
    suspend_membership(collective=cast.collective, member=away)
    parts = parts_of(load(cast.assembly.pk), people)
    part, page = parts[away.pk], room_view(cast.assembly.pk, viewer=away)
    assert part.view.mine.acts
    assert {act.kind for act in part.view.mine.acts} <= HEARD
    assert part.view.mine == replace(page.mine, person=None, lapses_at=None)
    assert (part.view.audience, part.mark == before.mark) == (came_as, False)  # kept, for the day they are back
    if came_as == "member":
        assert "position" in {act.kind for act in parts[cast.alix.pk].view.mine.acts}
