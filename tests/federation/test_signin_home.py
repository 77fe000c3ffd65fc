"""People of other nodes enter here with theirs, and nobody else does: every lie that a home could tell."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from federation import measures, tasks
from federation.models import Entrance, Node, SignInIssuer, Standing
from governance.queries.polls import entered_at
from network.clock import now
from network.models import Account, Member
from tests import factories
from tests.homes import SECRET, Home

ORIGIN = "http://localhost:8000"


@pytest.fixture
def home(p1, here):
    """Another node, where Bachir lives."""
    made = Home(p1)
    made.resident("bachir")
    return made


@pytest.fixture
def browser(here):
    return Client(headers={"host": "localhost:8000"})


def leave(browser, home, written="", **more):
    """Say which node is theirs; return the address of the link to it."""
    answer = browser.post(reverse("enter"), {"home": written or home.peer.origin.partition("://")[2], **more})
    assert answer.status_code == 200, answer.content
    found = re.search(r'href="([^"]*/entrer/accord\?[^"]*)"', answer.content.decode())
    assert found, answer.content.decode()
    return unescape(found[1])


def come_back(browser, said):
    return browser.get(reverse("enter_return"), said)


def enter(browser, home, written="", **more):
    return come_back(browser, home.agree(leave(browser, home, written, **more)))


def is_visitor(browser):
    return browser.get(reverse("account")).status_code == 302


def nothing_was_made(browser):
    assert is_visitor(browser)
    assert Entrance.objects.count() == 0
    assert not Account.objects.filter(member__local=False).exists()


def said(answer):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_bachir_enters_with_his_node(browser, home):
    answer = enter(browser, home)
    assert answer.status_code == 302, said(answer)
    assert answer["Location"] == reverse("account")
    account = Account.objects.get(member__uri=home.person.uri)
    assert not account.has_usable_password()
    assert not account.operator
    assert account.member.local is False
    page = said(browser.get(reverse("account")))
    assert "Bachir" in page
    assert home.peer.origin.partition("://")[2] in page
    kept = str([*Entrance.objects.values(), *SignInIssuer.objects.values()])
    assert "jeton-" not in kept
    assert SECRET not in kept


def test_his_name_is_enough(browser, home):
    host = home.peer.origin.partition("://")[2]
    assert enter(browser, home, f"@bachir@{host}").status_code == 302
    assert not is_visitor(browser)


def test_what_we_ask_for_is_bound_to_this_browser(browser, home):
    asked = parse_qs(urlsplit(leave(browser, home)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [ORIGIN + "/entrer/retour"]
    assert len(asked["state"][0]) > 30
    assert len(asked["nonce"][0]) > 30
    again = parse_qs(urlsplit(leave(browser, home)).query)
    assert {again[name][0] for name in ("state", "nonce", "code_challenge")}.isdisjoint(
        asked[name][0] for name in ("state", "nonce", "code_challenge")
    )
    assert home.registrations == 1


def test_session_has_a_new_key_after_the_entry(browser, home):
    address = leave(browser, home)
    before = browser.session.session_key
    come_back(browser, home.agree(address))
    assert browser.session.session_key != before
    assert browser.session.get_expiry_age() <= 12 * 3600
    assert now() - timedelta(minutes=1) < entered_at(browser.session) <= now()


def test_he_comes_back_to_the_page_he_wanted_if_it_is_here(browser, home):
    assert enter(browser, home, next="/propositions")["Location"] == "/propositions"
    for evil in ("//evil.example/", "https://evil.example/", "javascript:alert(1)", "\\\\evil.example", "/%0d%0aX: y"):
        other = Client(headers={"host": "localhost:8000"})
        answer = enter(other, home, next=evil)
        assert urlsplit(answer["Location"]).netloc == ""
        assert "evil" not in answer["Location"].partition("?")[0].replace("/%0d%0aX", "")


def test_answer_nobody_asked_for_is_refused(browser, home):
    """CSRF of login: an attacker's answer, in the victim's browser."""
    attacker = Client(headers={"host": "localhost:8000"})
    stolen = home.agree(leave(attacker, home))
    assert come_back(browser, stolen).status_code == 409
    nothing_was_made(browser)


def test_answer_counts_once(browser, home):
    back = home.agree(leave(browser, home))
    assert come_back(browser, back).status_code == 302
    browser.post(reverse("account_logout"))
    assert come_back(browser, back).status_code == 409
    assert is_visitor(browser)


def test_answer_is_late_after_ten_minutes(browser, home, clock):
    back = home.agree(leave(browser, home))
    clock.advance(minutes=11)
    assert come_back(browser, back).status_code == 409


@pytest.mark.parametrize("change", [{"iss": "https://evil.example"}, {"iss": ""}, {"iss": ORIGIN}])
def test_answer_of_somebody_else_is_refused(browser, home, change):
    back = home.agree(leave(browser, home)) | change
    assert come_back(browser, back).status_code == 409
    nothing_was_made(browser)
    assert [seen.path for seen in home.peer.seen if seen.method == "POST"] == ["/entrer/logiciels"]


def test_two_homes_are_not_mixed_up(browser, home, p2):
    """The state of one home with the answer, and the code, of another."""
    evil = Home(p2)
    evil.resident("mallory")
    honest, hostile = leave(browser, home), leave(browser, evil)
    code = home.agree(honest)["code"]
    state = parse_qs(urlsplit(hostile).query)["state"][0]
    answer = come_back(browser, {"code": code, "state": state, "iss": home.peer.origin})
    assert answer.status_code == 409
    assert not any("code=" + code in seen.body.decode() for seen in p2.seen)


def test_refusing_at_home_does_nothing(browser, home):
    state = parse_qs(urlsplit(leave(browser, home)).query)["state"][0]
    answer = come_back(browser, {"error": "access_denied", "state": state, "iss": home.peer.origin})
    assert "pas donné votre accord" in said(answer)
    nothing_was_made(browser)


# --- what a home may say ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "https://evil.example"}, {"iss": None}, {"aud": "autre"}, {"aud": None}, {"aud": ["client-1", "autre"]},
        {"nonce": "autre"}, {"nonce": None}, {"exp": 1}, {"exp": None}, {"iat": 1}, {"iat": None},
        {"iat": 4102444800}, {"sub": None}, {"azp": "autre"}, {"at_hash": "faux"}, {"nbf": 4102444800},
    ],
)  # fmt: skip
def test_false_id_token_lets_nobody_in(browser, home, lies):
    home.lies = lies
    answer = enter(browser, home)
    assert answer.status_code in {403, 409}
    assert "Rien n’a été fait" in said(answer)
    nothing_was_made(browser)


def forgeries():
    from tests.peers import pem
    from tests.signing import new_key

    return {
        "none": lambda home, claims: home.jws(claims, header={"alg": "none"}),
        "public key as a secret": lambda home, claims: home.jws(
            claims, header={"alg": "HS256"}, key=pem(home.key).encode()
        ),
        "another key": lambda home, claims: home.jws(claims, key=new_key()),
        "key in the header": lambda home, claims: home.jws(
            claims, header={"jwk": home.jwk(), "jku": "https://evil.example/", "kid": "autre"}
        ),
        "no signature": lambda home, claims: home.jws(claims).rpartition(".")[0] + ".",
        "cut": lambda home, claims: home.jws(claims)[:-4],
        "changed": lambda home, claims: (
            home.jws(claims | {"sub": home.peer.origin + "/u/mallory"}).rpartition(".")[0]
            + "."
            + home.jws(claims).rpartition(".")[2]
        ),
        "not one": lambda home, claims: "bonjour",
        "empty": lambda home, claims: "",
        "huge": lambda home, claims: home.jws(claims | {"x": "y" * 20_000}),
    }


@pytest.mark.parametrize("how", sorted(forgeries()))
def test_forged_id_token_lets_nobody_in(browser, home, how):
    home.forge = lambda claims: forgeries()[how](home, claims)
    answer = enter(browser, home)
    assert answer.status_code == 409
    assert "n’est pas valable" in said(answer)
    nothing_was_made(browser)


def test_home_speaks_for_its_own_people_only(browser, home, p2, here):
    """A malicious issuer that names our own member, another node's, or nobody's address."""
    other = p2.actor("camille")
    for sub in (
        here.uri,
        other.uri,
        f"{ORIGIN}/u/alix",
        "alix",
        home.peer.origin + "@evil.example/u/x",
        "https://x/ y",
    ):
        home.lies = {"sub": sub}
        answer = enter(browser, home)
        assert answer.status_code == 403, sub
        assert "propres membres" in said(answer)
        nothing_was_made(browser)
    assert p2.seen == []


def test_home_cannot_pass_off_a_collective_or_a_machine_as_a_person(browser, home):
    for kind in ("Group", "Application", "Service"):
        actor = home.peer.actor(f"x{kind.lower()}", kind)
        home.lies = {"sub": actor.uri}
        assert enter(browser, home).status_code == 403
    nothing_was_made(browser)


def test_actor_must_be_there_under_its_own_address(browser, home):
    home.lies = {"sub": f"{home.peer.origin}/u/personne"}
    assert enter(browser, home).status_code in {403, 409}
    nothing_was_made(browser)


def test_who_says_another_name_than_their_own_is_told_so(browser, home):
    host = home.peer.origin.partition("://")[2]
    home.resident("camille")
    home.resident("bachir")
    address = leave(browser, home, f"@camille@{host}")
    answer = come_back(browser, home.agree(address))
    assert answer.status_code == 403
    assert "quelqu’un d’autre" in said(answer)
    nothing_was_made(browser)


def test_weak_or_strange_keys_are_not_believed(browser, home):
    from tests.signing import new_key

    home.key = new_key(1024)
    assert enter(browser, home).status_code == 409
    nothing_was_made(browser)


# --- the way there ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", "Ce champ est nécessaire"), ("pas une adresse", "Écrivez l’adresse"), ("@bachir", "Écrivez l’adresse"),
        ("javascript:alert(1)", "Écrivez l’adresse"), ("http://127.0.0.1:1/", "ne répond pas"),
        ("http://169.254.169.254/", "ne répond pas"), ("https://10.0.0.1/", "ne répond pas"),
        ("http://[::1]:8000/", "ne répond pas"), ("localhost:8000", "C’est ce nœud-ci"),
        ("https://nulle-part.example", "ne répond pas"), ("x" * 299, "Écrivez l’adresse"),
    ],
)  # fmt: skip
def test_unusable_home_is_said_next_to_the_field_and_kept(browser, written, expected, settings):
    settings.FEDERATION_TEST_PEERS = ["127.0.0.1:9"]
    answer = browser.post(reverse("enter"), {"home": written})
    assert answer.status_code == 400
    assert expected in said(answer), said(answer)
    assert unescape(answer.content.decode()).count(f'value="{written}"') >= (1 if written else 0)
    assert SignInIssuer.objects.count() == 0


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"}, {"token_endpoint": "http://127.0.0.1:1/x"}, {"jwks_uri": ORIGIN + "/x"},
        {"authorization_endpoint": "javascript:alert(1)"}, {"registration_endpoint": None},
        {"userinfo_endpoint": "https://10.0.0.1/"}, {"code_challenge_methods_supported": ["plain"]},
        {"authorization_response_iss_parameter_supported": False}, {"act_signature_endpoint": "file:///etc/passwd"},
        {"revocation_endpoint": 5}, {"token_endpoint": "http://localhost@evil.example/"},
    ],
)  # fmt: skip
def test_home_that_leads_elsewhere_is_not_followed(browser, home, metadata):
    home.metadata = metadata
    answer = browser.post(reverse("enter"), {"home": home.peer.origin})
    assert answer.status_code == 400
    assert "ne permet pas d’entrer" in said(answer)
    assert {seen.path for seen in home.peer.seen} == {"/.well-known/openid-configuration"}


def test_redirects_of_a_home_carry_nothing_away(browser, home, p2):
    back = home.agree(leave(browser, home))
    home.peer.redirect("/entrer/jeton", f"{p2.origin}/vol", 307)
    assert come_back(browser, back).status_code == 409
    assert p2.seen == []
    nothing_was_made(browser)


def test_home_that_refuses_or_is_broken_is_told_plainly(browser, home):
    home.register_status = 403
    assert "ne veut pas" in said(browser.post(reverse("enter"), {"home": home.peer.origin}))
    home.register_status = 201
    home.token_status = 400
    assert "n’a pas pu vous faire entrer" in said(enter(browser, home))
    home.token_status = 503
    assert "ne répond pas" in said(enter(browser, home))
    home.peer.serve("/.well-known/openid-configuration", b"{}", status=404)
    assert "ne permet pas d’entrer" in said(browser.post(reverse("enter"), {"home": home.peer.origin}))
    nothing_was_made(browser)


def test_node_that_forgot_us_is_asked_again(browser, home):
    leave(browser, home)
    forgets = [401]
    true = home.peer.pages["/entrer/jeton/retirer"]

    def once(handler):
        from tests.homes import _say

        if forgets:
            _say(handler, {"error": "invalid_client"}, forgets.pop())
        else:
            true(handler)

    home.peer.pages["/entrer/jeton/retirer"] = once
    assert enter(browser, home).status_code == 302
    assert home.registrations == 2


def test_blocked_node_is_refused_before_any_question(browser, home):
    Node.objects.create(origin=home.peer.origin, standing=Standing.BLOCKED)
    answer = browser.post(reverse("enter"), {"home": home.peer.origin})
    assert "n’échange pas avec" in said(answer)
    assert home.peer.seen == []


def test_block_between_leaving_and_coming_back(browser, home):
    back = home.agree(leave(browser, home))
    Node.objects.create(origin=home.peer.origin, standing=Standing.BLOCKED)
    assert come_back(browser, back).status_code == 403
    nothing_was_made(browser)


def test_closed_account_stays_closed(browser, home):
    enter(browser, home)
    Account.objects.filter(member__local=False).update(is_active=False)
    other = Client(headers={"host": "localhost:8000"})
    answer = enter(other, home)
    assert answer.status_code == 403
    assert is_visitor(other)


def test_no_password_opens_such_an_account(browser, home):
    enter(browser, home)
    name = Account.objects.get(member__local=False).username
    other = Client(headers={"host": "localhost:8000"})
    for password in ("", "!", "x"):
        answer = other.post(reverse("account_login"), {"login": name, "password": password})
        assert answer.status_code == 400


# --- how long it lasts ------------------------------------------------------------------------------------------


def test_session_ends_within_minutes_when_home_says_no(browser, home, clock):
    enter(browser, home)
    tasks.keep_entrances()
    assert not is_visitor(browser)
    home.who_status = 401
    clock.advance(seconds=61)
    tasks.keep_entrances()
    assert is_visitor(browser)
    assert Entrance.objects.get().why_ended == "revoked"


def test_session_holds_while_home_is_silent_and_entering_says_why_not(browser, home, clock):
    enter(browser, home)
    home.who_status = 503
    clock.advance(minutes=5)
    tasks.keep_entrances()
    assert not is_visitor(browser)
    home.peer.serve("/.well-known/openid-configuration", b"", status=503)
    other = Client(headers={"host": "localhost:8000"})
    assert "ne répond pas" in said(other.post(reverse("enter"), {"home": home.peer.origin}))


def test_session_ends_at_the_latest_after_twelve_hours(browser, home, clock):
    enter(browser, home)
    home.who_status = 503
    clock.advance(hours=12, seconds=1)
    tasks.keep_entrances()
    assert is_visitor(browser)


def test_block_ends_the_session_at_once(browser, home, here):
    enter(browser, home)
    node = Node.objects.get_or_create(origin=home.peer.origin)[0]
    operator = factories.account(factories.member("Opérateur"), operator=True)
    measures.block(node_id=node.pk, actor=operator, reason="essai")
    assert "n’est pas, ou plus" in said(browser.get(reverse("account")))
    tasks.keep_entrances()
    assert is_visitor(browser)
    assert Member.objects.get(uri=home.person.uri).muted


def test_leaving_tells_home(browser, home):
    enter(browser, home)
    browser.post(reverse("account_logout"))
    assert Entrance.objects.get().why_ended == "left"
    tasks.keep_entrances()
    told = [seen for seen in home.peer.seen if seen.path == "/entrer/jeton/retirer" and b"jeton-code" in seen.body]
    assert len(told) == 1
    assert Entrance.objects.get().token_sealed == b""


def test_home_that_names_another_later_ends_the_session(browser, home, clock):
    enter(browser, home)
    home.resident("mallory")
    clock.advance(minutes=2)
    tasks.keep_entrances()
    assert is_visitor(browser)


def test_tokens_stay_out_of_logs_and_referrers(browser, home, caplog):
    with caplog.at_level(1):
        address = leave(browser, home)
        answer = come_back(browser, home.agree(address))
    from deploy.logs import NoTokens

    for record in caplog.records:
        NoTokens().filter(record)
    lines = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("toile", "django")))
    secrets = ("jeton-code", "code-0", SECRET, parse_qs(urlsplit(address).query)["state"][0])
    assert not [secret for secret in secrets if secret in lines]
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


def test_many_tries_from_one_address_are_slowed_down(browser, home, monkeypatch):
    monkeypatch.setattr("frontend.pages.entering.TRIES", 2)
    answers = [come_back(browser, {"state": "x", "code": "y", "iss": "z"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [409, 409, 429]
