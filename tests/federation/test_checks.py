"""The operator learns what is wrong with federation."""

import pytest
from cryptography.fernet import Fernet

from federation import contexts, keys
from federation.checks import check_federation

pytestmark = pytest.mark.django_db


def found() -> list[str]:
    return [message.id for message in check_federation()]


@pytest.fixture(autouse=True)
def _https(settings):
    settings.ORIGIN = "https://n.example"


def test_nothing_to_say():
    keys.ensure_keys("https://n.example/actor")
    assert found() == []


def test_wrapping_key_of_another_node(settings):
    keys.ensure_keys("https://n.example/actor")
    settings.WRAPPING_KEY = Fernet.generate_key().decode()
    assert found() == ["federation.E002"]


def test_contexts_not_locked(monkeypatch):
    monkeypatch.setattr(contexts, "is_locked", lambda: False)
    assert found() == ["federation.E003"]


def test_switches_of_tests(settings):
    settings.FEDERATION_TEST_PEERS = ["127.0.0.1:8001"]
    settings.FEDERATION_CA_FILE = "/nowhere"
    assert found() == ["federation.W001", "federation.W002", "federation.E004"]


def test_plain_http(settings):
    settings.ORIGIN = "http://localhost:8000"
    assert found() == ["federation.W003"]
    settings.FEDERATION_ON = False
    assert found() == []
