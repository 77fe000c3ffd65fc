"""What people write to name somebody elsewhere."""

import pytest

from federation.rules.handles import Asked, read, read_account


@pytest.mark.parametrize(
    ("written", "origin", "resource"),
    [
        ("@alix@n.example", "https://n.example", "acct:alix@n.example"),
        ("acct:alix@N.example:8443", "https://n.example:8443", "acct:alix@n.example:8443"),
        ("alix@localhost:8002", "http://localhost:8002", "acct:alix@localhost:8002"),
        ("https://n.example/", "https://n.example", "https://n.example"),
        ("n.example", "https://n.example", "https://n.example"),
        ("localhost:8002", "http://localhost:8002", "http://localhost:8002"),
        ("http://localhost:8002/u/alix", "http://localhost:8002", "http://localhost:8002/u/alix"),
    ],
)
def test_names(written, origin, resource):
    assert read(written, plain_http=True) == Asked(origin, resource)


@pytest.mark.parametrize("written", ["", "ftp://n.example", "https://u@n.example/", "@@", "https://", "a b"])
def test_what_names_nobody(written):
    with pytest.raises(ValueError):  # noqa: PT011 - the class is the contract
        read(written)


def test_plain_http_is_for_loopback_only():
    assert read("n.example", plain_http=True).origin == "https://n.example"
    assert read("localhost:8002").origin == "https://localhost:8002"


@pytest.mark.parametrize(
    "resource", ["acct:", "acct:alix", "acct:alix@", "alix@n.example", "acct:a b@n.example", "acct:a@n.example/x"]
)
def test_malformed_accounts(resource):
    assert read_account(resource) is None
