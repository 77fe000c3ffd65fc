"""A peer whose people and collective prove what they say."""

import json

import pytest

from federation import tasks
from federation.models import Envelope
from tests.federation.conftest import make_peer
from tests.federation.proving import (
    around,
    proves,
)


@pytest.fixture
def peer(here, p1):
    make_peer(p1)
    p1.actor("bob")
    return p1


@pytest.fixture
def alice(peer):
    return proves(peer.actor("alice"))


@pytest.fixture
def group(peer):
    return proves(peer.actor("lilas", "Group"))


@pytest.fixture
def deliver(send, clock):
    """Send around a signed object, as of now; return outcome and detail."""

    def delivering(actor, kind, thing, **more):
        envelope = send(actor, around(actor, kind, thing, **more), at=clock.instant)
        return (envelope.outcome, envelope.detail) if envelope else None

    return delivering


@pytest.fixture
def arrive(here):
    """Let a message, as the gate would have admitted it, have its effect; return outcome and detail."""

    def arriving(actor, kind, thing):
        message = around(actor, kind, thing)
        row = Envelope.objects.create(activity=message["id"], actor=actor.uri, body=json.dumps(message).encode())
        tasks.process(row.pk)
        row.refresh_from_db()
        return row.outcome, row.detail

    return arriving
