"""SIG: HTTP Message Signatures, their coverage, digest and window (security.md 5; RFC 9421, RFC 9530)."""

from datetime import UTC, datetime, timedelta

import pytest

from federation import keys
from federation.rules import rfc9421
from tests.peers import encoded, sign
from tests.security.conftest import INBOX, ORIGIN, knock
from tests.signing import RFC9421

pytestmark = pytest.mark.django_db
COVERED = "@method @target-uri content-digest"
KEY = 'keyid="https://p1.example/k"'


@pytest.fixture
def p1(p1):
    p1.form = RFC9421
    return p1


@pytest.mark.parametrize(
    "covered",
    [
        COVERED,
        "@method @authority @path @query content-digest",
        "@method @target-uri @authority host date content-digest",
        "content-digest @target-uri @method content-type @scheme @request-target content-length",
    ],
)
@pytest.mark.parametrize("query", ["", "?x=1&y=%20"])
def test_what_peers_cover(alice, covered, query):
    body = encoded(alice.note())
    change = {"Content-Length": str(len(body))} if "content-length" in covered else {}

    assert knock(alice, body, url=INBOX + query, covered=covered, change=change)


@pytest.mark.parametrize(
    "covered",
    [
        "@target-uri content-digest",
        "@method content-digest",
        "@method @target-uri",
        "@method @target-uri content-type date",
        "@method @authority @path content-digest",
        "@method @authority @query content-digest",
        "@method @path @query content-digest",
        "@method @request-target content-digest",
    ],
)
def test_signature_that_covers_too_little(alice, refused, covered):
    refused("sig-coverage", 401, lambda: knock(alice, alice.note(), covered=covered))


def test_nothing_covered(alice, refused):
    headers = {"Signature-Input": f"sig1=();created=1;{KEY}"}

    refused("sig-coverage", 401, lambda: knock(alice, alice.note(), headers=headers))


@pytest.mark.parametrize(
    "given",
    [
        "",
        "sha-256=::",
        "sha-256=:AAAA:",
        "sha-256=AAAA",
        "sha-256",
        "sha-512=:AAAA:",
        "SHA-256=:AAAA:",
        "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
        "sha-256=:%:",
        "=",
        "sha-256=:" + "A" * 5000 + ":",
    ],
)
def test_digest_that_is_not_the_bodys_sha_256(alice, refused, given):
    refused("digest", 401, lambda: knock(alice, alice.note(), change={"Content-Digest": given}))


def test_digest_given_twice_or_beside_another(alice, refused):
    body = encoded(alice.note())
    right = sign(alice, INBOX, body)["Content-Digest"]

    refused("digest", 401, lambda: knock(alice, body, change={"Content-Digest": f"sha-256=:AAAA:, {right}"}))
    refused("digest", 401, lambda: knock(alice, body, change={"Content-Digest": f"{right}, sha-256=:AAAA:"}))
    assert knock(alice, body, change={"Content-Digest": f"sha-512=:AAAA:, {right}"})


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        "sig1",
        "sig1=1",
        'sig1="(created)"',
        f'sig1=("@method" "@target-uri" "content-digest");{KEY}',
        'sig1=("@method" "@target-uri" "content-digest");created=1',
        'sig1=("@method" "@target-uri" "content-digest");created=1;keyid=""',
        'sig1=("@method" "@target-uri" "content-digest");created=1;keyid="not an address"',
        'sig1=("@method" "@target-uri" "content-digest");created=1;keyid=token',
        'sig1=("@method" "@target-uri" "content-digest");created=1;keyid',
        f'sig1=("@method" "@target-uri" "content-digest");created;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest");created=?1;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest");created=1.5;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest");created="1";{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest");created=@1;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest");created=999999999999999;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest");created=9999999999999999;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest");created=1;expires=999999999999999;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest");created=1;expires="2";{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest");created=1;created=2;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest");created=1;{KEY};{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest" "@method");created=1;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest";sf);created=1;{KEY}',
        f'sig1=("@method";req "@target-uri" "content-digest");created=1;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest" "@query-param";name="x");created=1;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest" "@status");created=1;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest" "@signature-params");created=1;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest" "Date");created=1;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest" "x-absent");created=1;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest" date);created=1;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest" 5);created=1;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest" "");created=1;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest" "a\\"b");created=1;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest";created=1;{KEY}',
        f'sig1=("@method" "@target-uri" "content-digest");created=1;{KEY},',
        f'sig1=("@method" "@target-uri" "content-digest");created=1;{KEY}, sig2=("@method");created=1;{KEY}',
        f'sig2=("@method" "@target-uri" "content-digest");created=1;{KEY}',
        'sig1=("@method");created=1;keyid="' + "a" * 5000 + '"',
        'sig1=("@method");created=1;keyid="https://p1.example/\u00e9"',
    ],
)
def test_malformed_signature_input_costs_no_storage(alice, refused, given):
    refused("sig-malformed", 401, lambda: knock(alice, alice.note(), headers={"Signature-Input": given}))


@pytest.mark.parametrize(
    "given",
    ["", "x", "sig1", "sig1=::", "sig1=:%:", "sig1=AAAA", 'sig1="AAAA"', "sig1=(:AAAA:)", "sig2=:AAAA:", "sig1=:AAAA"],
)
def test_malformed_signature_costs_no_storage(alice, refused, given):
    refused("sig-malformed", 401, lambda: knock(alice, alice.note(), headers={"Signature": given}))


def test_exactly_one_signature(alice, refused):
    body = encoded(alice.note())
    one, two = sign(alice, INBOX, body), sign(alice, INBOX, body, label="sig2")
    both = {name: f"{one[name]}, {two[name]}" for name in ("Signature-Input", "Signature")}
    again = {name: f"{one[name]}, {one[name]}" for name in ("Signature-Input", "Signature")}

    refused("sig-malformed", 401, lambda: knock(alice, body, headers=both))
    refused("sig-malformed", 401, lambda: knock(alice, body, headers=again))
    refused("sig-malformed", 401, lambda: knock(alice, body, headers={"Signature": both["Signature"]}))


@pytest.mark.parametrize("label", ["sig1", "a", "*label-9.x", "proxy_sig"])
def test_any_label(alice, label):
    assert knock(alice, alice.note(), label=label)


def test_parameters_count_in_the_order_and_form_in_which_they_came(alice):
    parameters = (
        ';keyid="{key_id}";nonce="n\\"1";tag="x";created={created};alg="rsa-v1_5-sha256";more=?0;else=tok;b=:AA==:'
    )

    assert knock(alice, alice.note(), parameters=parameters)


@pytest.mark.parametrize("name", ["created", "nonce", "keyid"])
def test_parameters_are_part_of_what_is_signed(alice, refused, name):
    body = encoded(alice.note())
    given = sign(alice, INBOX, body, parameters=';created={created};keyid="{key_id}";nonce="1"')["Signature-Input"]
    created = given.partition("created=")[2].partition(";")[0]
    changed = {
        "created": given.replace(created, str(int(created) - 1)),
        "nonce": given.replace('nonce="1"', 'nonce="2"'),
        "keyid": given.replace("#main-key", "#main-key2"),
    }[name]

    code = "key-owner" if name == "keyid" else "sig-invalid"
    refused(code, 401, lambda: knock(alice, body, headers={"Signature-Input": changed}))


@pytest.mark.parametrize(
    "algorithm",
    ["hmac-sha256", "none", "rsa-v1_5-sha512", "rsa-pss-sha512", "rsa-sha256", "ecdsa-p256-sha256", "hs2019"],
)
def test_sig_10_other_algorithms(alice, refused, algorithm):
    parameters = ';created={created};keyid="{key_id}";alg="' + algorithm + '"'

    refused("sig-malformed", 401, lambda: knock(alice, alice.note(), parameters=parameters))


@pytest.mark.parametrize("age", [362, 3600, 86_400 * 400, -62, -86_400])
def test_signature_outside_its_window(alice, refused, age):
    at = datetime.now(UTC) - timedelta(seconds=age)

    refused("sig-stale", 401, lambda: knock(alice, alice.note(), at=at))


@pytest.mark.parametrize("age", [340, -50])
def test_signature_at_the_edge_of_its_window(alice, age):
    assert knock(alice, alice.note(), at=datetime.now(UTC) - timedelta(seconds=age))


def test_window_in_whole_seconds(clock, alice, refused):
    """Sixty seconds of skew at both ends of five minutes, or of a shorter life that the sender chose."""
    made = clock.now()
    brief = f';created={{created}};expires={int(made.timestamp()) + 10};keyid="{{key_id}}"'
    long = f';created={{created}};expires={int(made.timestamp()) + 86_400};keyid="{{key_id}}"'

    for seconds in (-60, 0, 360):
        clock.set(made + timedelta(seconds=seconds))
        assert knock(alice, alice.note(), at=made)
        assert knock(alice, alice.note(), at=made, parameters=long)
    for seconds in (-61, 361):
        clock.set(made + timedelta(seconds=seconds))
        refused("sig-stale", 401, lambda: knock(alice, alice.note(), at=made))
        refused("sig-stale", 401, lambda: knock(alice, alice.note(), at=made, parameters=long))
    clock.set(made + timedelta(seconds=70))
    assert knock(alice, alice.note(), at=made, parameters=brief)
    clock.set(made + timedelta(seconds=71))
    refused("sig-stale", 401, lambda: knock(alice, alice.note(), at=made, parameters=brief))


def test_our_signatures_are_what_others_expect(alice):
    """Rebuilt without our writer, from the headers that were sent, and equal: this algorithm is deterministic."""
    body, url, at = b'{"id": 1}', "http://localhost:8001/u/x/inbox?y=1", datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
    key = keys.signing_key(f"{ORIGIN}/actor")
    headers = rfc9421.headers_for("POST", url, body, key=key, now=at)

    parameters = ';created={created};keyid="{key_id}";alg="rsa-v1_5-sha256"'
    mine = sign(alice, url, body, at=at, private=key.private, key_id=key.key_id, parameters=parameters)
    assert headers["Date"] == "Sun, 22 Nov 2026 09:05:00 GMT"
    assert {name: headers[name] for name in mine} == mine
