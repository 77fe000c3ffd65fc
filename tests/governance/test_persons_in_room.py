"""Decisions about somebody, in a room: people without a device, and the person whom the decision is about."""

import pytest

from governance.errors import DomainError
from governance.models import PersonObjection
from governance.queries.rooms import room_view
from tests.governance.candidacy_cast import OBJECTION, Candidate, Clock


@pytest.fixture
def way(cast, monkeypatch):
    return Candidate(cast, Clock(monkeypatch))


def without_device(way):
    """Camille came to the call with a phone, which is dead now; Bachir keeps the record, Dominique confirms."""
    cast = way.cast
    way.heard().on_the_table()
    way.acts(cast.bachir, "name_secretary", person=cast.bachir.pk)
    way.acts(cast.dominique, "check_in")
    way.acts(cast.camille, "leave")
    way.acts(cast.bachir, "check_in_person", person=cast.camille.pk)
    return way


def written_down(way, **position):
    cast = way.cast
    given = {"person": cast.camille.pk, "second": cast.dominique.pk, "means": "paper", "version": 1, "call": 1}
    return way.acts(cast.bachir, "enter_position", **given, **position)


def test_somebody_without_a_device_objects_to_a_person(way):
    without_device(way)
    written_down(way, **OBJECTION)
    way.acts(way.cast.dominique, "confirm_position", entry=1)
    sealed = way.session_state().sealed[way.cast.camille.pk]
    assert (sealed.choice, sealed.fact, sealed.means) == ("objection", OBJECTION["fact"], "paper")
    noted = PersonObjection.objects.get(author=way.cast.camille)
    assert (noted.article, noted.fact, noted.nature) == ("partage", OBJECTION["fact"], "values")


@pytest.mark.parametrize(("changes", "code"), [({"fact": ""}, "field_missing"), ({"nature": "price"}, "ground_void")])
def test_an_objection_entered_for_somebody_meets_what_their_own_would(way, changes, code):
    without_device(way)
    with pytest.raises(DomainError, match=code):
        written_down(way, **{**OBJECTION, **changes})
    assert not room_view(way.room.pk, viewer=way.cast.bachir).mine.entries


def test_who_confirms_sees_the_whole_of_what_they_confirm(way):
    without_device(way)
    written_down(way, **OBJECTION)
    for member in (way.cast.bachir, way.cast.dominique):
        (entry,) = room_view(way.room.pk, viewer=member).mine.entries
        assert (entry.article, entry.fact, entry.nature) == ("partage", OBJECTION["fact"], "values")
    assert not room_view(way.room.pk, viewer=way.cast.alix).mine.entries
