"""Messages in the shapes that other software documents, with invented names: what becomes of them here.

`tests/payloads/<software>/actor.json` is the sender; its key and the hosts are put in here. Every other file there is
a message, signed by that sender. None may ever fail, whatever we make of it.
"""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from federation import tasks
from federation.models import Envelope, Follow, FollowState
from tests.peers import PeerActor, deliver, pem

FOLDER = Path(__file__).parent.parent / "payloads"
ORIGIN = "http://localhost:8000"
BECOMES = {
    ("applied", "accepted"): """akkoma/follow gotosocial/accept-follow gotosocial/follow lemmy/accept-follow
        lemmy-person/follow-group mastodon/accept-follow mastodon/follow mobilizon/follow-group takahe/follow""",
    ("applied", "rejected"): "mastodon/reject-follow",
    ("applied", ""): "gotosocial/delete-note mastodon/delete-note mastodon/delete-person mastodon/undo-follow",
    ("ignored", "note"): """akkoma/create-note friendica/create-note gotosocial/create-note mastodon/create-note
        mastodon/update-note misskey/create-note mitra/create-note pixelfed/create-note takahe/create-note""",
    ("ignored", "activity-type"): """akkoma/emoji-react friendica/dislike gotosocial/like lemmy-person/dislike
        mastodon/block mastodon-instance/flag mastodon/like misskey/flag misskey/like-with-emoji mitra/add-subscriber
        mitra/emoji-react mobilizon/invite mobilizon/join mobilizon/leave peertube/view""",
    ("ignored", "object-type"): """lemmy/announce-create-page lemmy/announce-like lemmy-person/private-message
        mastodon/create-question wordpress/create-article""",
    ("ignored", "not-followed"): "gancio/create-event mobilizon/create-event wordpress-event/update-event",
    ("ignored", "ours"): "mastodon/announce",
    ("ignored", "gone"): "mobilizon-group/announce-event peertube/announce-video",
    ("ignored", "nothing-to-undo"): "mastodon/undo-announce pixelfed/undo-like",
    ("ignored", "unknown"): "mastodon/update-person",
    ("untranslatable", "reciprocal.resourceConformsTo"): "mitra/create-proposal",  # a currency that we do not know
    ("waiting", "dns"): "mastodon/move",  # the new address cannot be asked here
    ("refused", "owner"): "peertube/create-video",  # a thing of several owners has none
}
EXPECTED = {f"{name}.json": became for became, names in BECOMES.items() for name in names.split()}
MESSAGES = sorted(
    str(path.relative_to(FOLDER))
    for folder in FOLDER.iterdir()
    if (folder / "actor.json").exists()
    for path in folder.glob("*.json")
    if path.name != "actor.json"
)


@pytest.fixture
def read(p1, here):
    """Read a payload as it would come from `p1` to this node."""

    def reading(name):
        host = f"https://{name.partition('/')[0]}.example"
        text = (FOLDER / name).read_text("utf-8").replace(host, p1.origin).replace("https://toile.example", ORIGIN)
        return json.loads(text.replace(f"{ORIGIN}/g/lievin", here.memberships.first().collective.uri))

    return reading


@pytest.fixture
def sender(p1, read):
    """Serve the actor of a software at its own address; return it, with the key to sign with."""

    def serving(software):
        document = read(f"{software}/actor.json")
        actor = PeerActor(p1, document["preferredUsername"], document["type"])
        actor.uri, actor.key_id = document["id"], document["publicKey"]["id"]
        document["publicKey"]["publicKeyPem"] = pem(actor.private)
        for uri in {actor.uri, actor.key_id.partition("#")[0]}:
            parts = urlsplit(uri)
            p1.serve(parts.path + (f"?{parts.query}" if parts.query else ""), document)
        return actor

    return serving


@pytest.fixture
def handle(client, read, sender, here):
    """Deliver messages of one software, in turn, and act on them; return what became of the last.

    Alix has asked to follow their sender before, with the Follow that an answer to it names.
    """

    def handling(*names):
        actor = sender(names[0].partition("/")[0])
        Follow.objects.create(
            follower=here.uri, followed=actor.uri, activity=f"{ORIGIN}/a/f1", outgoing=True, state=FollowState.PENDING
        )
        return [_handled(client, actor, read(name)) for name in names][-1]

    return handling


def _handled(client, actor, activity):
    answer = deliver(client, actor, "/inbox", activity, ORIGIN)
    if answer.status_code != 202:
        return "refused", answer.json()["code"]
    envelope = Envelope.objects.get(activity=activity["id"])
    tasks.process(envelope.pk)
    envelope.refresh_from_db()
    return envelope.outcome, envelope.detail


def before(name):
    """Return what the sender must have said before this message makes sense."""
    follow = f"{name.partition('/')[0]}/follow.json"
    return [follow] if name.endswith(("/undo-follow.json", "/delete-person.json")) else []


def test_every_message_has_its_outcome_here():
    assert sorted(EXPECTED) == MESSAGES


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_of_other_software_is_understood_or_left_alone(handle, name):
    assert handle(*before(name), name) == EXPECTED[name]
