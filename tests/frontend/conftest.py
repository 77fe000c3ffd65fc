"""What tests of the pages share: a small collective, and people before their browsers."""

from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import translation

from tests import factories


@pytest.fixture(autouse=True)
def _french_again():
    """A page asked for in English leaves its language behind in the thread; each test begins in French."""
    translation.activate("fr")
    yield
    translation.deactivate()


@pytest.fixture
def town(db):
    """A node with a collective of four: Alix (operator), Bachir, Camille, and Élise, whom Bachir and Camille know."""
    factories.node("Nœud Démo")
    collective = factories.collective("Coopérative Démo")
    alix, bachir, camille, elise = (
        factories.member(name, belongs_to=collective) for name in ("Alix", "Bachir", "Camille", "Élise")
    )
    factories.web(collective, (alix, bachir), (alix, camille), (bachir, elise), (camille, elise))
    account = factories.account(alix, operator=True)
    client = Client()
    client.force_login(account)
    return SimpleNamespace(
        collective=collective, alix=alix, bachir=bachir, camille=camille, elise=elise, account=account, client=client,
        visitor=Client(),
    )  # fmt: skip
