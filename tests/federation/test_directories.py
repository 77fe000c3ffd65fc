"""Reading another directory file by file: the chain, its bounds, what servers let us keep, and what is never asked."""

import pytest

from federation import directories
from network.actions.imports import apply_import, start_directory
from network.errors import Invalid, NotEntitled, WrongState
from network.models import ImportRun, Member, SourceFile
from network.queries.imports import import_page
from tests import factories
from tests.peers import Peer

pytestmark = pytest.mark.django_db

ORGANISATION = """file.class = Organization
file.datetime = 2026-07-06T14:23:20
organization.name = 'Étage 12'
organization.type = ASSOCIATION
organization.geolocation.latitude = 50,4216
organization.geolocation.longitude = 2.7848
organization.wings = two
subs.mail = "{origin}/mail.properties?a=b&c=d"
"""
SERVICE = "service.name = Courriel\nservice.registration = Free\nservice.registration.load = OPEN\n"


@pytest.fixture
def peer(settings):
    with Peer() as peer:
        settings.FEDERATION_ON = True
        settings.FEDERATION_TEST_PEERS = [*settings.FEDERATION_TEST_PEERS, peer.address]
        yield peer


@pytest.fixture
def operator(db):
    member = factories.member("Alix", belongs_to=factories.collective())
    factories.account(member, operator=True)
    return member


def serve(peer, path, text, **headers):
    peer.serve(path, text.format(origin=peer.origin).encode(), content_type="text/plain", headers=headers)


def serve_json(peer, path, document):
    peer.serve(path, document, content_type="application/json")


def chain(peer, **headers):
    serve(peer, "/node.properties", "file.class = Federation\nsubs.a = {origin}/a.properties\n", **headers)
    serve(peer, "/a.properties", ORGANISATION, **headers)
    serve(peer, "/mail.properties?a=b&c=d", SERVICE, **headers)
    return f"{peer.origin}/node.properties"


def read(operator, url, kind="chatons"):
    run = start_directory(actor=operator, kind=kind, url=url)
    directories.read_directory(run.pk)
    return ImportRun.objects.get(pk=run.pk)


def test_a_chain_becomes_entries_with_their_services(peer, operator):
    run = read(operator, chain(peer))
    assert (run.state, run.progress["read"], run.progress["failed"]) == ("read", 3, [])
    page = import_page(run.pk, viewer=operator)
    assert [(step.does, step.label) for step in page.plan.steps] == [("create", "Étage 12")]
    assert page.plan.unknown == ("organization.wings",)
    apply_import(actor=operator, run_id=run.pk)
    entry = Member.objects.get(unclaimed=True)
    assert (entry.name, entry.lat, entry.lon, entry.origin) == ("Étage 12", 50.4216, 2.7848, peer.origin)
    assert [(offer.title, offer.price, offer.remote) for offer in entry.offers.all()] == [("Courriel", "unsaid", True)]
    again = read(operator, f"{peer.origin}/node.properties")
    assert [step.does for step in import_page(again.pk, viewer=operator).plan.steps] == ["same"]


def test_nothing_is_applied_before_the_reading_ends(peer, operator):
    run = start_directory(actor=operator, kind="chatons", url=chain(peer))
    assert directories.read_directory(run.pk, most=1)
    with pytest.raises(WrongState):
        apply_import(actor=operator, run_id=run.pk)
    page = import_page(run.pk, viewer=operator)
    assert (page.read, page.waiting, page.plan) == (1, 1, None)


@pytest.mark.parametrize(
    ("headers", "kept_minutes"),
    [({}, 60), ({"Cache-Control": "max-age=7200"}, 120), ({"Cache-Control": "no-store"}, 10),
     ({"Cache-Control": "max-age=99999999"}, 24 * 60), ({"Cache-Control": "max-age=x"}, 60)],
)  # fmt: skip
def test_files_are_kept_as_long_as_their_server_lets_us(peer, operator, clock, headers, kept_minutes):
    url = chain(peer, **headers)
    read(operator, url)
    clock.advance(minutes=kept_minutes - 1)
    read(operator, url)
    assert len(peer.asked("/a.properties")) == 1
    clock.advance(minutes=2)
    read(operator, url)
    assert len(peer.asked("/a.properties")) == 2


def test_a_circle_is_read_once_and_depth_is_bounded(peer, operator):
    for n in range(6):
        serve(
            peer,
            f"/{n}.properties",
            f"subs.next = {{origin}}/{n + 1}.properties\nsubs.back = {{origin}}/0.properties\n",
        )
    run = read(operator, f"{peer.origin}/0.properties")
    assert run.progress["read"] == directories.DEPTH_MAX + 1
    assert len(peer.asked("/0.properties")) == 1
    assert not peer.asked("/5.properties")


def test_the_number_of_files_is_bounded(peer, operator, monkeypatch):
    monkeypatch.setattr(directories, "FILES_MAX", 4)
    names = "".join(f"subs.s{n} = {{origin}}/{n}.properties\n" for n in range(20))
    serve(peer, "/node.properties", names)
    for n in range(20):
        serve(peer, f"/{n}.properties", f"organization.name = O{n}\n")
    run = read(operator, f"{peer.origin}/node.properties")
    assert (run.progress["read"], run.progress.get("capped"), run.state) == (4, True, "read")


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(peer, operator):
    serve(
        peer, "/node.properties",
        "subs.a = {origin}/a.properties\nsubs.b = {origin}/missing.properties\nsubs.c = http://192.0.2.1/x.properties\n"
        "subs.d = {origin}/page.properties\nsubs.e = {origin}/bin.properties\n",
    )  # fmt: skip
    serve(peer, "/a.properties", ORGANISATION)
    peer.serve("/page.properties", b"<html></html>", content_type="text/html")
    peer.serve("/bin.properties", b"PK\x03\x04", content_type="text/plain")
    run = read(operator, f"{peer.origin}/node.properties")
    failed = {url.rsplit("/", 1)[1]: why for url, why in run.progress["failed"]}
    assert failed == {
        "missing.properties": "status", "x.properties": "address", "page.properties": "media-type",
        "bin.properties": "file_packed", "mail.properties?a=b&c=d": "status",
    }  # fmt: skip
    assert [step.does for step in import_page(run.pk, viewer=operator).plan.steps] == ["create"]


def test_a_librehost_directory_and_a_murmurations_index(peer, operator):
    serve_json(peer, "/librehost.json", {"name": "A", "directory": {"B": f"{peer.origin}/b.json"}})
    serve_json(peer, "/b.json", {"name": "B"})
    run = read(operator, f"{peer.origin}/librehost.json", "librehost")
    assert [step.label for step in import_page(run.pk, viewer=operator).plan.steps] == ["A", "B"]
    serve_json(peer, "/nodes", {"data": [{"profile_url": f"{peer.origin}/p.json", "linked_schemas": ["x"]}]})
    serve_json(
        peer, "/p.json", {"linked_schemas": ["organizations_schema-v1.0.0"], "name": "P", "primary_url": "p.example"}
    )
    run = read(operator, f"{peer.origin}/nodes", "murmurations")
    assert [step.label for step in import_page(run.pk, viewer=operator).plan.steps] == ["P"]


def test_only_operators_and_only_addresses(operator, settings):
    with pytest.raises(NotEntitled):
        start_directory(actor=factories.member("Bachir"), kind="chatons", url="https://a.example/x")
    for kind, url in (("csv", "https://a.example/x"), ("chatons", "file:///etc/passwd"), ("chatons", "x")):
        with pytest.raises(Invalid):
            start_directory(actor=operator, kind=kind, url=url)


def test_old_files_are_forgotten(peer, operator, clock):
    read(operator, chain(peer))
    assert SourceFile.objects.count() == 3
    clock.advance(days=8)
    assert directories.tidy_files() == 3
