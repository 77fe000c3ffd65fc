"""The cached door gives the answers that Django gives, and none to whom, or once, they are not for."""

import asyncio
import gzip

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.core.asgi import get_asgi_application

from deploy import documents
from federation import actors, tasks
from federation.models import Policy, Rendered
from network.actions.offers import edit_offer, withdraw_offer
from network.queries.offers import draft_of
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

HOST = [(b"host", b"localhost:8000")]
AP = (b"accept", b"application/activity+json")


class Counted:
    """Django, and how often it was asked."""

    def __init__(self):
        self.app, self.asked = get_asgi_application(), 0

    async def __call__(self, scope, receive, send):
        self.asked += 1
        await self.app(scope, receive, send)


@pytest.fixture
def offer():
    factories.node()
    alix = factories.member("Alix", handle="alix", belongs_to=factories.collective())
    actors.ensure_node_actor()
    tasks.announce("member", alix.pk)
    made = factories.offer(alix, "Vélo")
    tasks.announce("offer", made.pk)
    return made


@pytest.fixture
def django():
    return Counted()


@pytest.fixture
def door(django):
    return documents.Documents(django)


async def ask(app, path, *headers, method="GET", query=b""):
    scope = {"type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
             "query_string": query, "headers": [*HOST, *(headers or (AP,))], "scheme": "http", "root_path": "",
             "client": ["127.0.0.1", 5], "server": ["127.0.0.1", 8000]}  # fmt: skip
    link = ApplicationCommunicator(app, scope)
    await link.send_input({"type": "http.request", "body": b"", "more_body": False})
    start, body, more = await link.receive_output(30), b"", True
    while more:
        part = await link.receive_output(30)
        body, more = body + part.get("body", b""), part.get("more_body", False)
    await link.wait(30)
    headers_sent = sorted((name.lower(), value) for name, value in start["headers"])
    return start["status"], headers_sent, body


def path(uri):
    return uri.removeprefix("http://localhost:8000")


def plain(answer):
    """An answer with its body opened: two packings of the same may differ in length."""
    status, headers, body = answer
    if dict(headers).get(b"content-encoding") == b"gzip":
        return status, [(n, v) for n, v in headers if n != b"content-length"], gzip.decompress(body) if body else b""
    return answer


async def test_every_answer_is_djangos(offer, door, django):
    tag = dict((await ask(django.app, path(offer.uri)))[1])[b"etag"]
    requests = [
        (address, headers, method)
        for address in ("/actor", "/u/alix", path(offer.uri), f"{path(offer.uri)}/note", "/u/nobody", "/p/0")
        for headers in (
            (AP,), (), ((b"accept", b"*/*"),), (AP, (b"accept-encoding", b"gzip, br")), (AP, (b"if-none-match", tag)),
            (AP, (b"if-none-match", b'"x"')), ((b"accept", b"text/html"),), (AP, (b"accept-language", b"en")),
            (AP, (b"user-agent", b"Reader/1")),
        )
        for method in ("GET", "HEAD", "POST")
    ]  # fmt: skip
    for address, headers, method in requests:
        expected = await ask(django.app, address, *headers, method=method)
        for _ in range(2):
            assert plain(await ask(door, address, *headers, method=method)) == plain(expected), (address, headers)


async def test_once_known_django_is_not_asked(offer, door, django):
    for _ in range(5):
        assert (await ask(door, "/u/alix"))[0] == 200
    assert django.asked == 1


@pytest.mark.parametrize(
    "header",
    [(b"cookie", b"x=1"), (b"signature", b'keyId="x"'), (b"authorization", b"x"), (b"accept-language", b"fr"),
     (b"accept", b"text/html"), (b"range", b"bytes=0-1")],
)  # fmt: skip
async def test_what_might_change_the_answer_goes_to_django(offer, door, django, header):
    for _ in range(2):
        await ask(door, "/u/alix", header)
    assert django.asked == 2


async def test_queries_and_other_addresses_go_to_django(offer, door, django):
    for address, query in (("/u/alix", b"x=1"), ("/u/alix/offers", b""), ("/u/alix/outbox", b""), ("/", b"")):
        await ask(door, address, query=query)
        await ask(door, address, query=query)
    assert django.asked == 8


async def until_noticed(door, address, status):
    """Wait for a change to be seen; it may take a quarter of a second."""
    for _ in range(300):
        answer = await ask(door, address)
        if answer[0] == status:
            return answer
        await asyncio.sleep(0.1)
    pytest.fail(f"{address} never answered {status}")


@database_sync_to_async
def change(offer, **columns):
    draft = draft_of(offer)
    edited = edit_offer(actor=offer.owner, offer_id=offer.pk, draft=type(draft)(**{**vars(draft), **columns}))
    for row in factories.Offer.objects.all():
        tasks.announce("offer", row.pk)
    return edited


@database_sync_to_async
def withdraw(offer):
    withdraw_offer(actor=offer.owner, offer_id=offer.pk)
    tasks.announce("offer", offer.pk)


async def test_a_change_is_noticed(offer, door):
    address = path(offer.uri)
    before = await ask(door, address)
    await change(offer, title="Tricycle")
    for _ in range(300):
        answer = await ask(door, address)
        if answer != before:
            break
        await asyncio.sleep(0.1)
    assert "Tricycle" in answer[2].decode()
    await withdraw(offer)
    answer = await until_noticed(door, address, 410)
    assert b"Tombstone" in answer[2]


async def test_what_is_no_longer_for_everybody_is_no_longer_answered(offer, door, django):
    address = path(offer.uri)
    await ask(door, address)
    edited = await change(offer, visibility="members")
    assert b"Tombstone" in (await until_noticed(door, address, 410))[2]
    assert (await ask(door, path(edited.uri)))[0] == 404
    await ask(door, "/u/alix")
    await database_sync_to_async(Policy.objects.create)(id=1, closed=True)
    await until_noticed(door, "/u/alix", 404)


async def test_a_row_made_private_is_noticed(offer, door):
    await ask(door, path(offer.uri))
    await database_sync_to_async(Rendered.objects.filter(uri=offer.uri).update)(public=False)
    await until_noticed(door, path(offer.uri), 404)


async def test_a_known_tombstone_is_kept_too(offer, door, django):
    await withdraw(offer)
    answers = [await ask(door, path(offer.uri)) for _ in range(3)]
    assert answers[0] == answers[2]
    assert (answers[0][0], django.asked) == (410, 1)


async def test_memory_is_bounded(offer, door, django, monkeypatch):
    monkeypatch.setattr(documents, "MOST_BYTES", 20_000)
    for number in range(100):
        await ask(door, "/u/alix", AP, (b"if-none-match", b'"%d"' % number))
        assert door._bytes == sum(kept.size for kept in door._kept.values()) <= 20_000
    assert 1 <= len(door._kept) < 20


async def test_answers_without_a_body_are_bounded_too(offer, door, django, monkeypatch):
    monkeypatch.setattr(documents, "MOST_BYTES", 40_000)
    tag = dict((await ask(door, "/u/alix", AP))[1])[b"etag"].decode()
    for number in range(60):
        status, *_ = await ask(door, "/u/alix", AP, (b"if-none-match", f'{tag}, "{number}"'.encode()))
        assert status == 304
    assert len(door._kept) < 20
