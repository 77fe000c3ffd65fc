"""Reading what waits at other nodes: what a request carries (nothing of the reader), when, and what failures do."""

import pytest

from federation.waiting import read_due
from governance.actions import inbox
from governance.models import WaitingSource
from governance.queries.inbox import lines_for, sources_of
from governance.rules.inbox import FeedItem, feed_document, line_key
from network.clock import now
from tests import factories
from tests.peers import Peer

PATH = "/flux/attente/{}.json"
TOKENS = ("lillelillelillelillelille1", "tourstourstourstourstours2")
ALLOWED = {"host", "accept", "accept-encoding", "connection", "user-agent"}


@pytest.fixture
def places(settings, db, clock):
    """Alix belongs here; two other nodes keep a feed for her, each with one line."""
    settings.FEDERATION_ON = True
    alix = factories.member("Alix", belongs_to=factories.collective())
    with Peer() as lille, Peer() as tours:
        settings.FEDERATION_TEST_PEERS = [lille.address, tours.address]
        for peer, token, name in zip((lille, tours), TOKENS, ("La Fournée", "Le Rucher"), strict=True):
            serve(peer, token, name)
            inbox.add_source(actor=alix, address=peer.origin + PATH.format(token))
        yield alix, lille, tours


def serve(peer, token, name, **page):
    line = FeedItem(line_key(name), "position", f"Texte de {name}", name, now(), now(), f"{peer.origin}/p/1", (7,))
    document = feed_document(peer.origin, name, (line,))
    return peer.serve(PATH.format(token), document, content_type="application/json", **page)


def read_all(clock, hours=30):
    for _ in range(hours * 2):
        clock.advance(minutes=30)
        read_due()


def test_one_list_over_all_nodes(places, clock):
    alix, *_ = places
    read_all(clock)
    assert sorted(line.collective for line in lines_for(alix, now())) == ["La Fournée", "Le Rucher"]
    assert all(line.host.startswith("localhost:") for line in lines_for(alix, now()))


def test_no_node_learns_of_another(places, clock):
    """What each node was sent, whole: the request line, all headers, the body."""
    alix, lille, tours = places
    read_all(clock)
    for peer, other, token, foreign in ((lille, tours, *TOKENS), (tours, lille, *reversed(TOKENS))):
        assert len(peer.seen) >= 3
        for seen in peer.seen:
            assert (seen.method, seen.path, seen.body) == ("GET", PATH.format(token), b"")
            assert set(seen.headers) <= ALLOWED
            said = repr((seen.path, seen.headers))
            for word in (foreign, other.origin, str(other.port), "Alix", alix.handle, alix.uri, "signature", "cookie"):
                assert word not in said
        agents = {seen.headers["user-agent"] for seen in (*peer.seen, *other.seen)}
        assert len(agents) == 1, "the agent is the node's, whoever reads"


def test_readings_of_one_person_are_never_together(places, clock):
    """Even after the node was away for a day, with everything due."""
    _alix, lille, tours = places
    clock.advance(days=1)
    together, last = 0, (0, 0)
    for _ in range(200):
        read_due()
        count = len(lille.seen), len(tours.seen)
        together += count[0] > last[0] and count[1] > last[1]
        last = count
        clock.advance(minutes=5)
    assert min(last) >= 2
    assert together == 0


def test_the_hours_are_drawn_by_chance(places, clock):
    hours = []
    for _ in range(12):
        clock.advance(hours=7)
        read_due()
        row = WaitingSource.objects.order_by("pk").first()
        hours.append((row.next_at - now()).total_seconds())
    assert len(set(hours)) >= 6


def test_a_node_that_is_gone_leaves_its_last_list(places, clock):
    alix, lille, _tours = places
    read_all(clock)
    before = sources_of(alix)[0]
    lille.serve(PATH.format(TOKENS[0]), {}, status=410)
    clock.advance(days=1)
    read_all(clock)
    after = sources_of(alix)[0]
    assert (after.failure, after.lines, after.read_at) == ("gone", 1, before.read_at)
    serve(lille, TOKENS[0], "La Fournée")
    read_all(clock)
    assert sources_of(alix)[0].failure == ""


@pytest.mark.parametrize(
    ("page", "code"),
    [
        ({"document": {"items": []}, "content_type": "application/json"}, "json"),
        ({"document": b"{", "content_type": "application/json"}, "json"),
        ({"document": b"<html>", "content_type": "text/html"}, "media-type"),
        ({"document": {}, "status": 500, "content_type": "application/json"}, "status"),
    ],
)
def test_what_is_no_list_is_said_and_changes_nothing(places, clock, page, code):
    alix, lille, _tours = places
    read_all(clock)
    lille.serve(PATH.format(TOKENS[0]), page.pop("document"), **page)
    read_all(clock)
    assert (sources_of(alix)[0].failure, sources_of(alix)[0].lines) == (code, 1)


def test_another_node_cannot_be_had_to_answer_instead(places, clock):
    alix, lille, tours = places
    serve(tours, "elsewhere", "Le Rucher")
    lille.redirect(PATH.format(TOKENS[0]), tours.origin + PATH.format("elsewhere"))
    read_all(clock)
    assert sources_of(alix)[0].failure == "origin"
    assert [line.collective for line in lines_for(alix, now())] == ["Le Rucher"]


def test_what_is_kept_cannot_be_read_in_the_tables(places, clock):
    read_all(clock)
    stored = repr([{name: bytes(v) if isinstance(v, memoryview) else v for name, v in row.items()}
                   for row in WaitingSource.objects.values()])  # fmt: skip
    assert not any(word in stored for word in ("Fournée", "Rucher", "localhost", *TOKENS))


def test_nothing_is_read_for_somebody_who_left(places, clock):
    alix, lille, tours = places
    alix.gone_at = now()
    alix.save()
    clock.advance(hours=1)
    assert read_due() == 0
    assert lille.seen == tours.seen == []
