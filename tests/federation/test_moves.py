"""This node moves to another address (OPS-12): ids, followers, follows, what stays and what others are told."""

import json
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import CharField, JSONField, TextField
from django.test import Client, override_settings

from federation import actors, dispatch, moves, outbox, tasks
from federation.models import Announced, Follow, FollowState, MovedId, Node, RemoteActor, Rendered, SignedObject
from federation.queries import node_actor
from network.actions.trust import withdraw_vouch
from network.clock import now
from network.errors import WrongState
from network.models import Member, Offer, Vouch
from network.queries.webs import load
from network.rules.facts import DEFAULT_TERMS
from tests import factories
from tests.federation.conftest import ORIGIN, make_follower, make_peer

pytestmark = pytest.mark.django_db

NEW = "http://localhost:8123"


@pytest.fixture
def town(here, p1, settings):
    """Alix with an offer, known to p1, whose node we follow and whose bob follows her."""
    settings.LIVE_AT = NEW
    make_peer(p1)
    actors.remote_actor(p1.actor("node").uri, now=now())
    make_follower(p1.actor("bob"), here.uri)
    offer = factories.offer(here)
    tasks.announce("offer", offer.pk)
    dispatch.deliver_due()
    p1.seen.clear()
    return p1


def posts(peer):
    return [json.loads(seen.body) for seen in peer.seen if seen.method == "POST"]


def at_home():
    """The settings with which the node starts at its new address."""
    return override_settings(ORIGIN=NEW, OLD_ORIGINS=[ORIGIN])


def started_anew():
    """What the node does when it starts: prepare, then one sweep."""
    actors.ensure_node_actor()
    actors.render_missing()
    tasks.sweep()


def test_every_id_is_rewritten_and_remembered(town, here):
    moves.move(NEW, now=now())
    here.refresh_from_db()
    assert (here.uri, here.origin) == (f"{NEW}/u/alix", NEW)
    offer = Offer.objects.get(local=True)
    assert offer.uri.startswith(f"{NEW}/p/")
    old = {row.old_uri: row.new_uri for row in MovedId.objects.all()}
    for new in (here.uri, f"{NEW}/actor", f"{NEW}/g/cooperative-demo", offer.uri, f"{offer.uri}/note"):
        assert old[new.replace(NEW, ORIGIN)] == new
    assert Follow.objects.get(outgoing=False).followed == here.uri


KNOWS_THE_OLD = {  # why a table may still name the old address
    "MovedId": "where ids went",
    "LocalKey": "the old keys sign the Move",
    "Rendered": "old actors, marked as moved",
    "Activity": "what was said, was said there",
    "Delivery": "what is still to be sent of it",
    "Tombstone": "hashes only",
}


def test_nothing_else_names_the_old_address(town, here, django_capture_on_commit_callbacks):
    factories.vouch_between(here, factories.member("Bachir", belongs_to=here.memberships.get().collective))
    with django_capture_on_commit_callbacks(execute=True):
        moves.move(NEW, now=now())
    for app in ("network", "governance", "federation"):
        for model in apps.get_app_config(app).get_models():
            columns = [f.name for f in model._meta.fields if isinstance(f, CharField | TextField | JSONField)]
            if model.__name__ in KNOWS_THE_OLD or not columns:
                continue
            named = [str(value) for row in model.objects.values_list(*columns) for value in row]
            assert [value for value in named if ORIGIN in value] == [], model.__name__


def test_followers_hear_a_move_signed_by_the_old_actor(town, here):
    moves.move(NEW, now=now())
    with at_home():
        started_anew()
    told = [message for message in posts(town) if message["type"] == "Move"]
    assert [(m["actor"], m["object"], m["target"]) for m in told] == [(here.uri, here.uri, f"{NEW}/u/alix")]
    signed = next(seen for seen in town.seen if b'"Move"' in seen.body)
    assert f"{ORIGIN}/u/alix#main-key" in str(signed.headers)
    assert told[0]["id"].startswith(ORIGIN)


def test_whom_we_follow_is_asked_again_from_the_new_address(town):
    moves.move(NEW, now=now())
    with at_home():
        started_anew()
        follow = Follow.objects.get(outgoing=True)
        assert (follow.follower, follow.state) == (node_actor(), FollowState.PENDING)
    asked = [message for message in posts(town) if message["type"] == "Follow"]
    assert [(message["actor"], message["id"]) for message in asked] == [(f"{NEW}/actor", follow.activity)]
    signed = next(seen for seen in town.seen if b'"Follow"' in seen.body)
    assert f"{NEW}/actor#main-key" in str(signed.headers)


def test_offers_are_told_anew_under_their_new_id(town):
    moves.move(NEW, now=now())
    with at_home():
        started_anew()
    told = [message for message in posts(town) if message["type"] == "Create"]
    assert told
    assert all(message["object"]["id"].startswith(f"{NEW}/p/") for message in told)


def test_the_old_address_marks_actors_as_moved_and_leads_on(town, here, client):
    offer = Offer.objects.get(local=True)
    old_key = json.loads(client.get("/u/alix", headers={"accept": "application/activity+json"}).content)["publicKey"]
    moves.move(NEW, now=now())
    with at_home():
        started_anew()
        old, new = Client(headers={"host": "localhost:8000"}), Client(headers={"host": "localhost:8123"})
        was = json.loads(old.get("/u/alix", headers={"accept": "application/activity+json"}).content)
        assert (was["id"], was["movedTo"], was["publicKey"]) == (here.uri, f"{NEW}/u/alix", old_key)
        assert actors.expanded(was)["https://www.w3.org/ns/activitystreams#movedTo"] == [{"@id": f"{NEW}/u/alix"}]
        is_now = json.loads(new.get("/u/alix", headers={"accept": "application/activity+json"}).content)
        assert (is_now["id"], is_now["alsoKnownAs"]) == (f"{NEW}/u/alix", [here.uri])
        assert is_now["publicKey"]["publicKeyPem"] != old_key["publicKeyPem"]
        path = urlsplit(offer.uri).path
        led = old.get(path, headers={"accept": "application/activity+json"})
        assert (led.status_code, led["Location"]) == (301, NEW + path)
        assert json.loads(new.get(path, headers={"accept": "application/activity+json"}).content)["id"] == NEW + path
        assert old.get("/annuaire?q=v%C3%A9lo")["Location"] == f"{NEW}/annuaire?q=v%C3%A9lo"
        assert old.post("/u/alix/inbox", b"{}", content_type="application/json").status_code == 308
        found = old.get("/.well-known/webfinger?resource=acct:alix@localhost:8000")
        answer = new.get(found["Location"].removeprefix(NEW))
        assert json.loads(answer.content)["subject"] == "acct:alix@localhost:8123"


def test_a_withdrawn_offer_stays_gone_at_both_addresses(town, here, client):
    from network.actions.offers import withdraw_offer

    offer = Offer.objects.get(local=True)
    withdraw_offer(actor=here, offer_id=offer.pk)
    outbox.announce_offer(offer.pk)
    moves.move(NEW, now=now())
    with at_home():
        started_anew()
        for host in ("localhost:8000", "localhost:8123"):
            path = urlsplit(offer.uri).path
            accept = {"host": host, "accept": "application/activity+json"}
            assert client.get(path, headers=accept).status_code == 410


def test_what_was_withdrawn_does_not_come_back(town, here):
    bachir = factories.member("Bachir", belongs_to=here.memberships.get().collective)
    kept, dropped = factories.vouch_between(here, bachir), factories.vouch_between(bachir, here)
    withdraw_vouch(actor=bachir, vouch_id=dropped.pk)
    moves.move(NEW, now=now())
    counting = load().facts.counting(now(), DEFAULT_TERMS, seen_by="")
    assert [(fact.issuer, fact.subject) for fact in counting] == [(f"{NEW}/u/alix", bachir.uri.replace(ORIGIN, NEW))]
    assert Vouch.objects.get(pk=kept.pk).uri.startswith(NEW)


def test_sessions_survive(town, here):
    account = factories.account(here)
    client = Client()
    client.force_login(account)
    moves.move(NEW, now=now())
    with at_home():
        assert client.get("/compte", headers={"host": "localhost:8123"}).status_code == 200


def test_the_register_is_untouched(town, here):
    from governance.actions.register import enter, sealed
    from governance.models import Entry
    from governance.queries.register import check_register

    collective = here.memberships.get().collective
    enter(collective=collective, kind="note", body={"by": sealed(collective, here.pk)}, terms="sha256:x", at=now())
    before = Entry.objects.values().get()
    moves.move(NEW, now=now())
    assert Entry.objects.values().get() == before
    assert before["node"] == ORIGIN
    collective.refresh_from_db()
    with at_home():
        enter(collective=collective, kind="note", body={"by": None}, terms="sha256:x", at=now())
    assert check_register(collective).first_bad is None


def test_moving_back_leads_back(town, here):
    moves.move(NEW, now=now())
    with at_home():
        started_anew()
        moves.move(ORIGIN, now=now())
    here.refresh_from_db()
    assert here.uri == f"{ORIGIN}/u/alix"
    assert MovedId.objects.get(old_uri=f"{NEW}/u/alix").new_uri == here.uri
    assert not MovedId.objects.filter(old_uri__startswith=ORIGIN).exists()
    started_anew()
    assert "movedTo" not in json.loads(bytes(Rendered.objects.get(uri=here.uri).body))
    assert Announced.objects.filter(uri=Offer.objects.get(local=True).uri).exists()


@pytest.mark.parametrize(
    ("to", "why"),
    [
        (ORIGIN, "present address"),
        ("http://elsewhere.example", "https://"),
        ("https://new.example/sous-dossier", "more than an origin"),
        ("not an address", "http"),
        ("https://known.example", "known as another node"),
    ],
)
def test_trouble_moves_nothing(town, here, to, why, capsys):
    Node.objects.create(origin="https://known.example")
    with pytest.raises(WrongState, match="move_refused"):
        moves.move(to, now=now())
    with pytest.raises(CommandError, match=why):
        call_command("move_node", to=to)
    assert Member.objects.get(local=True).uri == here.uri
    assert not MovedId.objects.exists()


def test_a_dry_run_counts_and_changes_nothing(town, here, capsys):
    call_command("move_node", "--to", NEW, "--dry-run")
    said = capsys.readouterr().out
    assert "1 offers" in said
    assert "1 followers to tell" in said
    assert "Nothing was changed" in said
    assert not MovedId.objects.exists()
    call_command("move_node", "--to", NEW)
    assert "TOILE_OLD_ORIGINS" in capsys.readouterr().out
    assert MovedId.objects.exists()


def test_a_failure_in_the_middle_leaves_everything(town, here, monkeypatch):
    def broken(*_args):
        raise RuntimeError

    monkeypatch.setattr(moves, "_ask_anew", broken)
    with pytest.raises(RuntimeError):
        moves.move(NEW, now=now())
    assert Member.objects.get(local=True).uri == here.uri
    assert not MovedId.objects.exists()
    assert "movedTo" not in json.loads(bytes(Rendered.objects.get(uri=here.uri).body))


def test_signed_papers_are_signed_anew(town, here):
    bachir = factories.member("Bachir", belongs_to=here.memberships.get().collective)
    vouch = factories.vouch_between(here, bachir)
    tasks.sweep()
    assert SignedObject.objects.filter(uri=vouch.uri).exists()
    moves.move(NEW, now=now())
    with at_home():
        started_anew()
    vouch.refresh_from_db()
    again = json.loads(bytes(SignedObject.objects.get(uri=vouch.uri).body))
    assert again["attributedTo"] == f"{NEW}/u/alix"
    assert again["proof"]["verificationMethod"].startswith(f"{NEW}/u/alix#")
    assert not SignedObject.objects.filter(uri__startswith=ORIGIN, kind="attestation").exists()


def test_remote_actor_rows_are_left_alone(town):
    before = set(RemoteActor.objects.values_list("uri", flat=True))
    moves.move(NEW, now=now())
    assert set(RemoteActor.objects.values_list("uri", flat=True)) == before
