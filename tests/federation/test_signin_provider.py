"""This node says who its members are: registration, consent, code, tokens, and what they may be used for."""

import base64
import hashlib
import json
from datetime import timedelta
from html import unescape
from io import StringIO
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from joserfc import jwt
from joserfc.jwk import KeySet

from federation.errors import Refused
from federation.models import Node, SignedAct, SignInClient, SignInCode, SignInToken, Standing
from federation.rules import proofs
from federation.rules.multibase import from_multikey
from federation.signin import clients, id_tokens, issuer
from network import clock
from network.models import Account, Member
from tests import factories
from tests.homes import b64

ORIGIN = "http://localhost:8000"
BACK = "https://collectif.example/entrer/retour"
VERIFIER = "v" * 64
CHALLENGE = b64(hashlib.sha256(VERIFIER.encode()).digest())


@pytest.fixture
def alix(here):
    """Alix before her browser, at her own node."""
    browser = Client(headers={"host": "localhost:8000"})
    browser.force_login(factories.account(here))
    browser.member = here
    return browser


@pytest.fixture
def software(here):
    """A registered client, and how it speaks to us."""
    return Software()


class Software:
    def __init__(self, redirect=BACK):
        self.browser = Client(headers={"host": "localhost:8000"})
        answer = self.post("signin_register", {"redirect_uris": [redirect], "client_name": "Collectif"}, as_json=True)
        assert answer.status_code == 201, answer.content
        self.id, self.secret = answer.json()["client_id"], answer.json()["client_secret"]
        self.redirect = redirect

    def post(self, name, fields, *, as_json=False, token="", **more):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if as_json:
            return self.browser.post(
                reverse(name), json.dumps(fields), content_type="application/json", headers=headers
            )
        return self.browser.post(reverse(name), fields, headers=headers, **more)

    def request(self, **changes):
        asked = {
            "response_type": "code", "client_id": self.id, "redirect_uri": self.redirect,
            "scope": "openid profile acts",
            "state": "etat", "nonce": uuid4().hex, "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        } | changes  # fmt: skip
        return {name: value for name, value in asked.items() if value is not None}

    def code(self, person, **changes):
        """Have a person agree; return the code."""
        answer = person.post(reverse("signin_agree"), self.request(**changes) | {"agree": "1"})
        assert answer.status_code == 302, answer.content
        return parse_qs(urlsplit(answer["Location"]).query)["code"][0]

    def exchange(self, code, **changes):
        fields = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect, "code_verifier": VERIFIER,
            "client_id": self.id, "client_secret": self.secret,
        } | changes  # fmt: skip
        pair = base64.b64encode(f"{fields.pop('client_id')}:{fields.pop('client_secret')}".encode()).decode()
        return self.browser.post(reverse("signin_token"), fields, headers={"Authorization": f"Basic {pair}"})

    def token(self, person, **changes):
        answer = self.exchange(self.code(person, **changes))
        assert answer.status_code == 200, answer.content
        return answer.json()


def test_configuration_names_only_our_own_addresses(db, client):
    said = client.get("/.well-known/openid-configuration").json()
    assert said["issuer"] == ORIGIN
    assert all(value.startswith(ORIGIN) for name, value in said.items() if name.endswith(("endpoint", "_uri")))
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert said["authorization_response_iss_parameter_supported"] is True
    assert said["request_uri_parameter_supported"] is False
    assert client.get("/.well-known/oauth-authorization-server").json() == said


def test_nothing_is_offered_while_federation_is_off(db, client, settings):
    settings.FEDERATION_ON = False
    assert client.get("/.well-known/openid-configuration").status_code == 404
    assert client.post(reverse("signin_token")).status_code == 404


def test_whole_way_says_who_she_is_and_nothing_else(alix, software):
    page = alix.get(reverse("signin_agree"), software.request())
    assert page.status_code == 200
    assert "collectif.example" in page.content.decode()
    assert alix.member.uri in page.content.decode()
    assert "https://collectif.example" in page["Content-Security-Policy"]
    answer = alix.post(reverse("signin_agree"), software.request() | {"agree": "1"})
    sent = parse_qs(urlsplit(answer["Location"]).query)
    assert answer["Location"].startswith(BACK + "?")
    assert (sent["state"], sent["iss"]) == (["etat"], [ORIGIN])
    given = software.exchange(sent["code"][0]).json()
    keys = KeySet.import_key_set(software.browser.get(reverse("signin_keys")).json())
    token = jwt.decode(given["id_token"], keys, algorithms=["RS256"])
    assert token.claims["sub"] == alix.member.uri
    assert (token.claims["iss"], token.claims["aud"]) == (ORIGIN, software.id)
    assert set(token.claims) == {
        "iss", "sub", "aud", "iat", "exp", "auth_time", "nonce", "at_hash", "name", "preferred_username",
    }  # fmt: skip
    who = software.browser.get(reverse("signin_who"), headers={"Authorization": f"Bearer {given['access_token']}"})
    assert who.json() == {"sub": alix.member.uri, "name": alix.member.name, "preferred_username": "alix"}


def test_refusing_sends_back_without_a_code(alix, software):
    answer = alix.post(reverse("signin_agree"), software.request() | {"refuse": "1"})
    sent = parse_qs(urlsplit(answer["Location"]).query)
    assert sent == {"error": ["access_denied"], "state": ["etat"], "iss": [ORIGIN]}
    assert SignInCode.objects.count() == 0


def test_secrets_are_not_kept_in_clear(alix, software):
    given = software.token(alix)
    kept = [*SignInToken.objects.values(), *SignInClient.objects.values(), *SignInCode.objects.values()]
    assert software.secret not in str(kept)
    assert given["access_token"] not in str(kept)


def test_visitor_is_sent_to_log_in_first(software):
    answer = Client().get(reverse("signin_agree"), software.request())
    assert answer.status_code == 302
    assert answer["Location"].startswith("/compte/connexion?next=")


@pytest.mark.parametrize(
    "uri",
    [
        "https://collectif.example/entrer/retour/", "https://collectif.example/entrer/retour?x=1",
        "https://collectif.example:444/entrer/retour", "https://evil.example/entrer/retour", "javascript:alert(1)",
        "https://collectif.example@evil.example/entrer/retour", "//evil.example", "https://collectif.example/",
    ],
)  # fmt: skip
def test_nobody_is_sent_to_another_address(alix, software, uri):
    for answer in (
        alix.get(reverse("signin_agree"), software.request(redirect_uri=uri)),
        alix.post(reverse("signin_agree"), software.request(redirect_uri=uri) | {"agree": "1"}),
    ):
        assert answer.status_code == 404
        assert "Location" not in answer
    assert SignInCode.objects.count() == 0


def test_missing_or_unknown_client_sends_nobody_anywhere(alix, software):
    for changes in ({"client_id": "autre"}, {"client_id": None}, {"redirect_uri": None}):
        assert alix.get(reverse("signin_agree"), software.request(**changes)).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None}, {"code_challenge_method": None}, {"code_challenge_method": "plain"},
        {"code_challenge": "court"}, {"response_type": "token"}, {"response_type": "code id_token"},
        {"scope": "profile"}, {"nonce": None}, {"prompt": "none"}, {"request_uri": "http://127.0.0.1:1/x"},
        {"request": "eyJhbGciOiJub25lIn0.e30."},
    ],
)  # fmt: skip
def test_weaker_requests_are_refused_and_a_link_alone_sends_nobody_to_the_client(alix, software, changes):
    """Any software may register any address of its own: whoever follows a link is asked before they go there."""
    answer = alix.get(reverse("signin_agree"), software.request(**changes))
    assert (answer.status_code, answer.get("Location")) == (400, None)
    way = unescape(answer.content.decode())
    assert f'href="{BACK}?error=' in way
    assert f"iss={urlencode({'': ORIGIN})[1:]}" in way
    pressed = alix.post(reverse("signin_agree"), software.request(**changes) | {"agree": "1"})
    assert pressed["Location"].startswith(BACK + "?error=")
    assert SignInCode.objects.count() == 0


def test_code_is_good_once_and_its_second_use_takes_all_back(alix, software):
    code = software.code(alix)
    given = software.exchange(code).json()
    again = software.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    held = software.browser.get(reverse("signin_who"), headers={"Authorization": f"Bearer {given['access_token']}"})
    assert held.status_code == 401


@pytest.mark.parametrize(
    "changes",
    [{"code_verifier": "w" * 64}, {"code_verifier": ""}, {"redirect_uri": "https://collectif.example/"},
     {"client_secret": "faux"}, {"code": "faux"}],
)  # fmt: skip
def test_code_without_what_belongs_to_it_is_worth_nothing(alix, software, changes):
    answer = software.exchange(**{"code": software.code(alix)} | changes)
    assert answer.status_code in {400, 401}
    assert "access_token" not in answer.json()
    assert SignInToken.objects.count() == 0


def test_code_for_another_client_is_worth_nothing_and_stays_good_for_its_own(alix, software):
    code = software.code(alix)
    other = Software("https://autre.example/retour")
    assert other.exchange(code).status_code == 400
    assert other.exchange(code, redirect_uri=BACK).status_code == 400
    assert software.exchange(code).status_code == 200


def test_code_ends_after_a_minute(alix, software, clock):
    code = software.code(alix)
    clock.advance(seconds=61)
    assert software.exchange(code).status_code == 400


def test_token_ends_and_purge_forgets(alix, software, clock):
    given = software.token(alix)["access_token"]
    clock.advance(hours=13)
    held = software.browser.get(reverse("signin_who"), headers={"Authorization": f"Bearer {given}"})
    assert held.status_code == 401
    assert "invalid_token" in held["WWW-Authenticate"]
    clients.purge(now=clock.advance(days=2))
    assert (SignInToken.objects.count(), SignInCode.objects.count(), SignInClient.objects.count()) == (0, 0, 1)
    clients.purge(now=clock.advance(days=181))
    assert SignInClient.objects.count() == 0


def test_member_takes_it_back_on_their_page(alix, software):
    given = software.token(alix)["access_token"]
    page = alix.get(reverse("my_nodes")).content.decode()
    assert "https://collectif.example" in page
    answer = alix.post(reverse("my_nodes"), {"origin": "https://collectif.example"})
    assert answer.status_code == 302
    held = software.browser.get(reverse("signin_who"), headers={"Authorization": f"Bearer {given}"})
    assert held.status_code == 401
    assert "Ne peut plus rien demander" in alix.get(reverse("my_nodes")).content.decode()


def by_the_page(browser, account):
    new = {"password1": "un-nouveau-mot-9", "password2": "un-nouveau-mot-9"}
    answer = browser.post(reverse("account_change_password"), {"oldpassword": factories.PASSWORD, **new})
    assert answer.status_code == 302


def by_the_operator(browser, account):
    with patch("getpass.getpass", return_value="un-nouveau-mot-9"):
        call_command("changepassword", account.username, stdout=StringIO())


@pytest.mark.parametrize("change", [by_the_page, by_the_operator])
def test_a_new_password_ends_what_the_old_one_let_others_do(alix, software, change):
    given, waiting = software.token(alix)["access_token"], software.code(alix)
    other = Client(headers={"host": "localhost:8000"})
    bachir = factories.account(factories.member("bachir"))
    other.force_login(bachir)
    kept = software.token(other)["access_token"]
    account = Account.objects.get(member=alix.member)
    account.first_name = "Alix"
    account.save()  # anything but the password
    assert signed_by(software, given, alix.member.uri) == 200
    change(alix, account)
    assert signed_by(software, given, alix.member.uri) == 401
    held = software.browser.get(reverse("signin_who"), headers={"Authorization": f"Bearer {given}"})
    assert held.status_code == 401
    assert software.exchange(waiting).status_code == 400
    assert signed_by(software, kept, bachir.member.uri) == 200


def signed_by(software, token, actor):
    return software.post("signin_sign", act(Member.objects.get(uri=actor)), as_json=True, token=token).status_code


def test_client_withdraws_its_own_token_only(alix, software):
    given = software.token(alix)["access_token"]
    other = Software("https://autre.example/retour")
    for who, ends in ((other, False), (software, True)):
        fields = {"token": given, "client_id": who.id, "client_secret": who.secret}
        pair = base64.b64encode(f"{who.id}:{who.secret}".encode()).decode()
        software.browser.post(reverse("signin_revoke"), fields, headers={"Authorization": f"Basic {pair}"})
        assert (SignInToken.objects.get().revoked_at is not None) is ends


def test_blocked_node_gets_nothing_any_more(alix, software):
    given = software.token(alix)["access_token"]
    Node.objects.create(origin="https://collectif.example", standing=Standing.BLOCKED)
    assert alix.get(reverse("signin_agree"), software.request()).status_code == 404
    held = software.browser.get(reverse("signin_who"), headers={"Authorization": f"Bearer {given}"})
    assert held.status_code == 401
    again = software.post("signin_register", {"redirect_uris": [BACK]}, as_json=True)
    assert again.status_code == 403


def test_who_has_left_is_vouched_for_no_more(alix, software):
    given, code = software.token(alix)["access_token"], software.code(alix)
    alix.member.gone_at = clock.now()
    alix.member.save()
    assert software.exchange(code).status_code == 400
    held = software.browser.get(reverse("signin_who"), headers={"Authorization": f"Bearer {given}"})
    assert held.status_code == 401


def test_keys_rotate_and_a_stolen_one_is_served_no_more(db, clock):
    first = issuer.key_set()["keys"][0]["kid"]
    issuer.rotate(now=clock.advance(days=1))
    assert [key["kid"] for key in issuer.key_set()["keys"]][1:] == [first]
    assert issuer.signing_key().kid != first
    clock.advance(days=2)
    assert first not in [key["kid"] for key in issuer.key_set()["keys"]]
    stolen = issuer.signing_key().kid
    issuer.rotate(stolen=True, now=clock.now())
    assert stolen not in [key["kid"] for key in issuer.key_set()["keys"]]
    assert all("d" not in key for key in issuer.key_set()["keys"])


def test_tokens_made_before_a_rotation_still_verify_and_sessions_go_on(alix, software, clock):
    """What another node would check, as it would (id_tokens.py): old tokens, new ones, stolen ones."""
    given, nonce = software.token(alix, nonce="n-1"), "n-1"

    def verified(brought, nonce):
        return id_tokens.read(
            brought["id_token"], jwks=software.browser.get(reverse("signin_keys")).json(), issuer=ORIGIN,
            client_id=software.id, nonce=nonce, access_token=brought["access_token"],
        )  # fmt: skip

    call_command("rotate_keys", "--sign-in")
    assert verified(given, nonce)["sub"] == alix.member.uri
    again = software.token(alix, nonce="n-2")
    assert verified(again, "n-2")["sub"] == alix.member.uri
    held = {"Authorization": f"Bearer {given['access_token']}"}
    assert software.browser.get(reverse("signin_who"), headers=held).status_code == 200
    call_command("rotate_keys", "--sign-in", "--stolen")
    assert verified(given, nonce)["sub"] == alix.member.uri
    with pytest.raises(Refused):
        verified(again, "n-2")


# --- registering ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        {}, {"redirect_uris": []}, {"redirect_uris": "https://a.example/"}, {"redirect_uris": [5]},
        {"redirect_uris": ["http://a.example/"]}, {"redirect_uris": ["http://localhost:9/x"]},
        {"redirect_uris": ["https://a.example/#x"]}, {"redirect_uris": ["https://*.example/"]},
        {"redirect_uris": ["https://a.example/x", "https://b.example/x"]}, {"redirect_uris": [ORIGIN + "/x"]},
        {"redirect_uris": ["https://u@a.example/"]}, {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": [BACK], "grant_types": ["implicit"]}, {"redirect_uris": [BACK], "response_types": ["token"]},
        {"redirect_uris": [BACK], "token_endpoint_auth_method": "private_key_jwt"},
    ],
)  # fmt: skip
def test_registration_of_anything_else_is_refused(client, db, said):
    answer = client.post(reverse("signin_register"), json.dumps(said), content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_redirect_uri", "invalid_client_metadata"}
    assert SignInClient.objects.count() == 0


def test_registration_fetches_nothing_it_names(client, db, p1):
    named = {name: f"{p1.origin}/{name}" for name in ("jwks_uri", "logo_uri", "client_uri", "sector_identifier_uri")}
    said = {"redirect_uris": [f"{p1.origin}/retour"], "request_uris": [f"{p1.origin}/r"], **named}
    answer = client.post(reverse("signin_register"), json.dumps(said), content_type="application/json")
    assert answer.status_code == 201
    assert p1.seen == []
    assert not any(p1.origin in str(row.get("name")) for row in SignInClient.objects.values())


def test_strangers_do_not_end_the_entry_of_somebody_on_the_way(clock, alix, software, monkeypatch):
    monkeypatch.setattr("federation.views.signin.REGISTRATIONS", 1000)
    flood = [Software() for _ in range(clients.MOST_OF_ONE * 2)]
    clock.advance(minutes=10)  # to find one's password again
    Software()
    assert software.token(alix)["access_token"]
    clock.advance(hours=1)
    later = Software()
    known = SignInClient.objects.filter(origin="https://collectif.example")
    assert set(known.filter(client_id__in=[software.id, later.id]).values_list("client_id", flat=True)) == {
        software.id, later.id,
    }  # fmt: skip
    assert known.count() <= clients.MOST_OF_ONE < len(flood)


def test_registration_flood_is_slowed_down_and_bounded(client, db, settings, monkeypatch):
    said = {"redirect_uris": [BACK]}
    answers = [
        client.post(reverse("signin_register"), json.dumps(said), content_type="application/json") for _ in range(8)
    ]
    assert [answer.status_code for answer in answers][-1] == 429
    assert int(answers[-1]["Retry-After"]) > 0
    monkeypatch.setattr("federation.views.signin.REGISTRATIONS", 1000)
    for number in range(60):
        said = {"redirect_uris": [BACK if number % 2 else f"https://n{number}.example/retour"]}
        full = client.post(reverse("signin_register"), json.dumps(said), content_type="application/json")
    assert SignInClient.objects.filter(origin="https://collectif.example").count() == clients.MOST_ON_THE_WAY
    assert full.status_code == 429
    monkeypatch.setattr(clients, "MOST", 8)
    SignInClient.objects.update(used_at=clock.now())
    full = client.post(reverse("signin_register"), json.dumps(said), content_type="application/json")
    assert full.status_code == 429


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"a":1,"a":2}', b"\xff", b"x" * 20_000, b"5"])
def test_registration_reads_strictly(client, db, body):
    answer = client.post(reverse("signin_register"), body, content_type="application/json")
    assert answer.status_code in {400, 413}


# --- signing acts ---------------------------------------------------------------------------------------------


def act(member, **changes):
    return {
        "@context": ["https://w3id.org/security/data-integrity/v2"], "type": "SignedAct", "actor": member.uri,
        "collective": "https://collectif.example/g/collectif", "place": "https://collectif.example/propositions/4",
        "kind": "position", "version": 1, "call": 1, "commitment": "sha256:" + "0" * 64, "key": str(uuid4()),
        "instant": clock.now().isoformat(),
    } | changes  # fmt: skip


def test_act_is_signed_by_the_members_own_key(alix, software):
    given = software.token(alix)["access_token"]
    answer = software.post("signin_sign", asked := act(alix.member), as_json=True, token=given)
    assert answer.status_code == 200, answer.content
    signed = answer.json()
    assert {name: value for name, value in signed.items() if name != "proof"} == asked
    proof = proofs.read(signed, now=clock.now())
    assert proof.method == f"{alix.member.uri}#ed25519-key"
    document = alix.get("/u/alix", headers={"accept": "application/activity+json"}).json()
    listed = {each["id"]: each["publicKeyMultibase"] for each in document["assertionMethod"]}
    assert proofs.verifies(proof, Ed25519PublicKey.from_public_bytes(from_multikey(listed[proof.method])))


def test_same_act_gets_the_same_proof_and_another_under_its_key_none(alix, software):
    given = software.token(alix)["access_token"]
    asked = act(alix.member)
    first = software.post("signin_sign", asked, as_json=True, token=given).json()
    assert software.post("signin_sign", asked, as_json=True, token=given).json() == first
    later = asked | {"instant": clock.now().isoformat()}
    assert software.post("signin_sign", later, as_json=True, token=given).json() == first
    other = software.post("signin_sign", asked | {"commitment": "sha256:" + "1" * 64}, as_json=True, token=given)
    assert other.status_code == 409
    assert SignedAct.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": ORIGIN + "/u/bachir"}, {"collective": ORIGIN + "/g/ours"}, {"place": "https://evil.example/p"},
        {"type": "Create"}, {"@context": ["https://www.w3.org/ns/activitystreams"]}, {"kind": "Adopt!"},
        {"commitment": "oui"}, {"key": "x"}, {"version": -1}, {"version": 1.5}, {"call": True}, {"choice": "consent"},
        {"instant": "2020-01-01T00:00:00+00:00"}, {"instant": "2099-01-01T00:00:00+00:00"}, {"instant": "hier"},
    ],
)  # fmt: skip
def test_nothing_else_is_signed(alix, software, changes):
    given = software.token(alix)["access_token"]
    answer = software.post("signin_sign", act(alix.member, **changes), as_json=True, token=given)
    assert 400 <= answer.status_code < 500
    assert SignedAct.objects.count() == 0


def test_signing_needs_the_consent_to_it(alix, software):
    given = software.token(alix, scope="openid profile")["access_token"]
    assert software.post("signin_sign", act(alix.member), as_json=True, token=given).status_code == 401
    assert software.post("signin_sign", act(alix.member), as_json=True, token="faux").status_code == 401
    assert software.post("signin_sign", act(alix.member), as_json=True).status_code == 401
    assert timedelta(hours=1) < SignInToken.objects.get().expires_at - clock.now()
