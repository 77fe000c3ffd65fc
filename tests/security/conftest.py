"""Two peers: p1 with alice and mallory, p2; and a way to knock at the gate and see what is left behind."""

import logging

import pytest
from django.apps import apps
from django.test import RequestFactory

from federation import gate
from federation.errors import Refused
from federation.models import Envelope
from tests.governance.conftest import Cast, make_cast
from tests.peers import ACTIVITY_JSON, Peer, encoded, sign
from tests.signing import BOTH, CAVAGE

ORIGIN = "http://localhost:8000"
INBOX = f"{ORIGIN}/u/bob/inbox"

in_both_forms = pytest.mark.parametrize("p1", BOTH, indirect=True)


@pytest.fixture
def p1(settings, request):
    """The first peer; its actors sign in the older form, or in those that the test is parametrized with."""
    with Peer() as peer:
        peer.form = getattr(request, "param", CAVAGE)
        settings.FEDERATION_TEST_PEERS = [*settings.FEDERATION_TEST_PEERS, peer.address]
        yield peer


@pytest.fixture
def p2(settings):
    with Peer() as peer:
        settings.FEDERATION_TEST_PEERS = [*settings.FEDERATION_TEST_PEERS, peer.address]
        yield peer


@pytest.fixture
def cast(db) -> Cast:
    """Those who decide together, as in the tests of decisions."""
    return make_cast()


@pytest.fixture
def alice(p1):
    return p1.actor("alice")


@pytest.fixture
def mallory(p1):
    return p1.actor("mallory")


def request(body: bytes, headers: dict[str, str], url: str = INBOX, method: str = "POST", **meta: str):
    """Return the request that the gate sees."""
    headers = {"Host": "localhost:8000", **headers}
    content_type = headers.pop("Content-Type", "")
    path = url.removeprefix(ORIGIN)
    made = RequestFactory().generic(method, path, body, content_type=content_type, headers=headers, **meta)
    made.META["CONTENT_TYPE"] = content_type  # which the factory leaves out with an empty body
    return made


def knock(actor, activity, *, headers=None, url=INBOX, method="POST", meta=None, sent=None, **signing):
    """Sign and hand over a message; `sent` replaces the body, `headers` some headers, after the signing."""
    body = encoded(activity)
    signed = {**sign(actor, url, body, **signing), **(headers or {})}
    return gate.admit(request(body if sent is None else sent, signed, url, method, **(meta or {})))


def unsigned(body: bytes, content_type: str = ACTIVITY_JSON):
    """Hand over a body without signature."""
    return gate.admit(request(body, {"Content-Type": content_type}))


def rows() -> dict[str, int]:
    """Return how many rows each table of ours has."""
    ours = [model for app in ("federation", "network", "governance") for model in apps.get_app_config(app).get_models()]
    return {model.__name__: model.objects.count() for model in ours}


@pytest.fixture
def refused(caplog):
    """Expect a refusal with this code and status, one line about it in the security log, and no trace in any table."""

    def expect(code, status, act):
        before = rows()
        caplog.clear()
        with caplog.at_level(logging.INFO, "toile.security"), pytest.raises(Refused) as caught:
            act()
        assert (caught.value.code, caught.value.status) == (code, status), caught.value.why
        assert rows() == before
        lines = [record.getMessage() for record in caplog.records if record.name == "toile.security"]
        assert len(lines) == 1
        assert f"code={code} status={status}" in lines[0]
        return caught.value

    return expect


def effects() -> int:
    """Return how many messages were let in."""
    return Envelope.objects.count()
