"""The demonstration has people who ask to join: one announced, the others still looking for sponsors."""

import pytest

from deploy import demo
from deploy.demo_data import NORTH
from governance.actions.circles import open_circle
from governance.models import Candidacy
from tests import factories
from tests.governance.conftest import make_cast

pytestmark = pytest.mark.django_db


def test_one_candidacy_is_announced(monkeypatch):
    cast = make_cast()
    cast.collective.memberships.update(since=factories.clock.now() - factories.LONG_AGO)
    open_circle(actor=cast.alix, collective=cast.collective, name="Cercle Accueil", members=cast.three)
    monkeypatch.setattr(demo, "_describe", lambda member, person: None)
    assert len(list(demo._candidates(NORTH, [cast.alix, cast.bachir, cast.camille]))) == len(NORTH.candidates)
    stages = list(Candidacy.objects.order_by("pk").values_list("stage", flat=True))
    assert stages == ["evaluation", *["expression"] * (len(NORTH.candidates) - 1)]
