"""What tests of the directory share: the gazetteer, loaded once into the test database."""

import pytest

from network.actions.places import load_gazetteer


@pytest.fixture(scope="session")
def _gazetteer_loaded(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        load_gazetteer()


@pytest.fixture
def gazetteer(_gazetteer_loaded, db):
    """The 53,000 places; loaded again only when a test emptied the tables."""
    load_gazetteer()
