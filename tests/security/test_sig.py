"""SIG: every message is authenticated before anything of it is kept, in either form of signature (security.md 9)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory

from federation import gate
from federation.models import Envelope, RemoteKey, Replay
from federation.rules import cavage, rfc9421
from tests.peers import ACTIVITY_JSON, encoded, new_key, sign
from tests.security.conftest import INBOX, ORIGIN, effects, in_both_forms, knock, request, unsigned
from tests.signing import RFC9421

pytestmark = pytest.mark.django_db


@in_both_forms
def test_genuine_post_is_admitted_once(alice):
    activity = alice.note()

    admitted = knock(alice, activity)

    envelope = Envelope.objects.get()
    assert (admitted.activity_id, admitted.actor_uri, admitted.repeated) == (activity["id"], alice.uri, False)
    assert (envelope.pk, envelope.activity, envelope.actor) == (admitted.envelope_id, activity["id"], alice.uri)
    assert bytes(envelope.body) == encoded(activity) == admitted.raw
    assert Replay.objects.get().key_id == alice.key_id
    assert RemoteKey.objects.get().owner == alice.uri


@in_both_forms
def test_second_message_fetches_no_key(p1, alice):
    knock(alice, alice.note())
    knock(alice, alice.note())

    assert len(p1.asked()) == 1
    assert effects() == 2


@in_both_forms
def test_same_message_again_has_no_second_effect(alice, caplog):
    activity = alice.note()
    body = encoded(activity)
    headers = sign(alice, INBOX, body)

    first = gate.admit(request(body, headers))
    with caplog.at_level("INFO", "toile.security"):
        again = gate.admit(request(body, headers))

    assert again.repeated
    assert again.envelope_id == first.envelope_id
    assert effects() == 1
    assert "code=replay" in caplog.text


@in_both_forms
def test_same_activity_to_another_inbox_and_signed_afresh_has_no_second_effect(alice):
    activity = alice.note()

    knock(alice, activity)
    again = knock(alice, activity, url=f"{ORIGIN}/inbox")

    assert again.repeated
    assert effects() == 1


def test_same_activity_signed_in_the_other_form_has_no_second_effect(alice):
    activity = alice.note()

    first = knock(alice, activity, form="rfc9421")
    again = knock(alice, activity, form="cavage")

    assert (first.repeated, again.repeated) == (False, True)
    assert effects() == 1


@in_both_forms
def test_check_1_forged_copy_first_then_the_genuine_one_takes_effect(alice, mallory, p2, refused):
    activity = alice.note()
    stranger = p2.actor("stranger")

    refused("sig-missing", 401, lambda: unsigned(encoded(activity)))
    refused("sig-invalid", 401, lambda: knock(alice, activity, private=new_key()))
    refused("key-owner", 401, lambda: knock(mallory, activity))
    refused("origin", 403, lambda: knock(stranger, activity))

    assert not knock(alice, activity).repeated
    assert effects() == 1


@in_both_forms
def test_another_actors_own_message_does_not_take_an_id_away(alice, mallory):
    activity = alice.note()
    squatted = {**mallory.note(), "id": activity["id"]}

    knock(mallory, squatted)

    assert not knock(alice, activity).repeated


@in_both_forms
def test_check_2_body_changed_and_digest_header_kept(alice, refused):
    activity = alice.note()
    changed = encoded({**activity, "type": "Announce"})

    refused("digest", 401, lambda: knock(alice, activity, sent=changed))
    assert not knock(alice, activity).repeated


@in_both_forms
def test_body_and_digest_changed_after_signing(p1, alice, refused):
    activity = alice.note()
    changed = encoded({**activity, "type": "Announce"})
    name = "Content-Digest" if p1.form == RFC9421 else "Digest"
    headers = {name: sign(alice, INBOX, changed)[name]}

    refused("sig-invalid", 401, lambda: knock(alice, activity, sent=changed, headers=headers))


@in_both_forms
def test_sig_08_replay_elsewhere(alice, refused):
    activity = alice.note()
    body = encoded(activity)
    headers = sign(alice, INBOX, body)
    for url in (f"{ORIGIN}/u/carol/inbox", f"{ORIGIN}/inbox", f"{INBOX}?x=1"):
        refused("sig-invalid", 401, lambda url=url: gate.admit(request(body, headers, url)))

    refused("sig-invalid", 401, lambda: gate.admit(request(body, {**headers, "Host": "localhost:8001"})))
    refused("sig-coverage", 401, lambda: gate.admit(request(body, headers, method="PUT")))
    assert not gate.admit(request(body, headers)).repeated


@in_both_forms
def test_sig_08_message_signed_for_another_node(alice, refused):
    elsewhere = "http://localhost:8009/u/bob/inbox"
    body = encoded(alice.note())
    headers = sign(alice, elsewhere, body)

    refused("sig-invalid", 401, lambda: gate.admit(request(body, headers)))


@in_both_forms
def test_key_of_another_actor_of_the_same_origin(alice, mallory, refused):
    refused("key-owner", 401, lambda: knock(mallory, alice.note()))


@in_both_forms
def test_signed_get_names_its_signer_and_an_unsigned_one_nobody(alice):
    url = f"{ORIGIN}/p/1"
    signed = sign(alice, url, method="GET")

    assert gate.signer_of(RequestFactory().get("/p/1", headers=signed)) == alice.uri
    assert gate.signer_of(RequestFactory().get("/p/1")) is None


@in_both_forms
def test_signed_get_with_a_wrong_signature(alice, refused):
    signed = sign(alice, f"{ORIGIN}/p/1", method="GET", private=new_key())

    refused("sig-invalid", 401, lambda: gate.signer_of(RequestFactory().get("/p/1", headers=signed)))


@in_both_forms
def test_nobody_signs_a_get_in_our_name(alice, refused):
    """Nor does asking for our own key send us asking ourselves."""
    url, own = f"{ORIGIN}/p/1", f"{ORIGIN}/actor#main-key"
    signed = sign(alice, url, method="GET", key_id=own)

    refused("origin", 403, lambda: gate.signer_of(RequestFactory().get("/p/1", headers=signed)))


@in_both_forms
def test_signature_of_a_get_is_none_for_a_post(alice, refused):
    body = encoded(alice.note())
    headers = {**sign(alice, INBOX, method="GET"), "Content-Type": ACTIVITY_JSON}

    refused("sig-coverage", 401, lambda: gate.admit(request(body, headers)))


@pytest.mark.parametrize("name", ["Signature", "Signature-Input"])
def test_one_half_of_a_signature_is_refused_and_not_taken_for_none(alice, refused, name):
    half = {"Content-Type": ACTIVITY_JSON, name: "sig1=:AAAA:"}
    url = f"{ORIGIN}/p/1"

    refused("sig-malformed", 401, lambda: gate.admit(request(encoded(alice.note()), half)))
    refused("sig-malformed", 401, lambda: gate.signer_of(RequestFactory().get(url, headers={name: "sig1=:AAAA:"})))


@in_both_forms
def test_database_away_answers_try_again(alice, monkeypatch, refused):
    def away(*_rows, **_options):
        raise OperationalError("gone")

    monkeypatch.setattr(Replay.objects, "bulk_create", away)

    assert refused("unavailable", 503, lambda: knock(alice, alice.note())).retry_after


@in_both_forms
def test_a_step_that_breaks_refuses(alice, monkeypatch, refused):
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(cavage, "read", broken)
    monkeypatch.setattr(rfc9421, "read", broken)

    refused("sig-malformed", 401, lambda: knock(alice, alice.note()))


def test_too_many_at_once(alice, monkeypatch, refused):
    from network.rates import Crowd

    monkeypatch.setattr(gate, "crowd", Crowd(working=1, waiting=0))
    with gate.crowd.place():
        assert refused("rate", 503, lambda: knock(alice, alice.note())).retry_after


@in_both_forms
@pytest.mark.django_db(transaction=True)
def test_eight_copies_at_once_have_one_effect(alice):
    activity = alice.note()
    knock(alice, alice.note())  # the key is known

    def send(_number):
        try:
            return knock(alice, activity).repeated
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        repeated = list(pool.map(send, range(8)))

    assert sorted(repeated) == [False] + [True] * 7
    assert Envelope.objects.filter(activity=activity["id"]).count() == 1
