"""SIG-13: who is blocked, or not on the list of a closed node, is refused before anything is fetched."""

import pytest
from django.test import RequestFactory

from federation import gate
from federation.models import Node, Policy, Standing
from tests.peers import sign
from tests.security.conftest import ORIGIN, in_both_forms, knock

pytestmark = pytest.mark.django_db
BLOCKED = ("https://p9.example", "https://example", "https://P9.example:8443", "https://xn--p9-qia.example")


def named(actor, host: str) -> dict[str, object]:
    """Return a message that says it comes from `host`."""
    return {**actor.note(), "id": f"{host}/a/1", "actor": f"{host}/u/x"}


@in_both_forms
@pytest.mark.parametrize("blocked", BLOCKED[:3])
@pytest.mark.parametrize(
    "host",
    [
        "https://p9.example",
        "https://P9.EXAMPLE",
        "https://sub.p9.example:99",
        "http://p9.example",
        "https://p9.example:8443",
        "https://a.b.c.p9.example",
        "https://p9.example:443",
    ],
)
def test_sig_13_blocked_host(p1, alice, refused, blocked, host):
    Node.objects.create(origin=blocked, standing=Standing.BLOCKED)

    refused("blocked", 403, lambda: knock(alice, named(alice, host), key_id=f"{host}/u/x#main-key"))
    assert p1.seen == []


@in_both_forms
@pytest.mark.parametrize(
    "host",
    [
        "https://p9.example.",
        "https://p9.example.:443",
        "https://ｐ９.example",
        "https://p9。example",
        "https://р9.example",
        "https://p9%2Eexample",
        "https://p9.example\u00ad",
        "https://p9.example@x.example",
        "https://x.example\\@p9.example",
        "https://p9.example:0443",
        "https://-p9.example",
        "https://p9..example",
    ],
)
def test_sig_13_host_written_to_look_like_another(p1, alice, refused, host):
    """No such name is an address to us: neither as the key's nor as the actor's host does it reach a resolver."""
    Node.objects.create(origin="https://p9.example", standing=Standing.BLOCKED)
    key = "https://p8.example/u/x#main-key"

    refused("origin", 403, lambda: knock(alice, named(alice, host), key_id=key))
    with pytest.raises((gate.Refused, UnicodeEncodeError)):  # the last: no header can hold it
        knock(alice, alice.note(), key_id=f"{host}/u/x#main-key")
    assert p1.seen == []


@in_both_forms
@pytest.mark.parametrize(
    "host", ["https://xn--p9-qia.example", "https://XN--P9-QIA.example", "https://a.xn--p9-qia.example"]
)
def test_sig_13_blocked_name_in_a_labels(p1, alice, refused, host):
    Node.objects.create(origin="https://xn--p9-qia.example", standing=Standing.BLOCKED)

    refused("blocked", 403, lambda: knock(alice, named(alice, host), key_id=f"{host}/u/x#main-key"))
    assert p1.seen == []


@in_both_forms
def test_sig_13_no_fetch_for_a_blocked_sender(p1, alice, refused):
    Node.objects.create(origin=p1.origin, standing=Standing.BLOCKED)

    refused("blocked", 403, lambda: knock(alice, alice.note()))
    refused("blocked", 403, lambda: signed_get(alice))
    assert p1.seen == []


def signed_get(actor) -> str | None:
    """Ask with a signed GET; return whom the gate took it to be from."""
    headers = sign(actor, f"{ORIGIN}/p/1", method="GET")
    return gate.signer_of(RequestFactory().get("/p/1", headers=headers))


@in_both_forms
def test_sig_13_blocked_after_its_key_was_known(p1, alice, refused):
    knock(alice, alice.note())
    Node.objects.create(origin=p1.origin, standing=Standing.BLOCKED)

    refused("blocked", 403, lambda: knock(alice, alice.note()))


@in_both_forms
def test_closed_node_admits_only_its_list(p1, alice, refused):
    Policy.objects.create(id=1, closed=True)

    refused("blocked", 403, lambda: knock(alice, alice.note()))
    refused("blocked", 403, lambda: signed_get(alice))
    assert p1.seen == []

    node = Node.objects.create(origin=p1.origin, allowed=True)
    assert knock(alice, alice.note())
    assert signed_get(alice) == alice.uri

    Node.objects.filter(pk=node.pk).update(allowed=False, standing=Standing.PEER)
    assert knock(alice, alice.note())
    Node.objects.filter(pk=node.pk).update(allowed=True, standing=Standing.BLOCKED)
    refused("blocked", 403, lambda: knock(alice, alice.note()))


def test_open_node_admits_strangers(alice):
    Policy.objects.create(id=1, closed=False)

    assert knock(alice, alice.note())
