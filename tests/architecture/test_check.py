"""The checks of templates and translations can fail: each sees a fault put before it."""

from pathlib import Path

import polib
import pytest

from tests import check, outgoing


def test_an_open_tag_is_seen(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.html", tmp_path / "bad.html"
    good.write_text("<main>\n    <p>{{ name }}</p>\n</main>\n")
    bad.write_text("<main>\n    <section><p>{{ name }}</p>\n</main>\n")
    assert list(check._open_tags([good])) == []
    (problem,) = check._open_tags([good, bad])
    assert "bad.html" in problem


def test_missing_and_doubtful_sentences_are_seen(tmp_path: Path) -> None:
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="Oui", msgstr="Yes"))
    catalogue.append(polib.POEntry(msgid="Non", msgstr=""))
    catalogue.append(polib.POEntry(msgid="Peut-être", msgstr="Yes", flags=["fuzzy"]))
    catalogue.append(polib.POEntry(msgid="Jamais", msgstr="", obsolete=True))
    catalogue.save(str(tmp_path / "django.po"))
    found = list(check._incomplete(tmp_path / "django.po", Path("django.po")))
    assert found == ["django.po: missing: 'Non'", "django.po: doubtful: 'Peut-être'"]


def test_every_template_is_looked_at() -> None:
    names = {path.name for path in check._templates()}
    assert "base.html" in names


def test_only_the_window_reaches_the_network() -> None:
    assert list(outgoing.outgoing()) == []


@pytest.mark.parametrize(
    ("code", "way"),
    [
        ("import socket", "socket"),
        ("def f():\n    import socket as s", "socket"),
        ("from socket import create_connection as c", "socket"),
        ("import http.client", "http.client"),
        ("from http import client", "http.client"),
        ("from http.client import HTTPSConnection", "http.client"),
        ("import urllib.request as r", "urllib.request"),
        ("from urllib import request", "urllib.request"),
        ("import urllib\nurllib.request.urlopen('x')", "urlopen"),
        ("import asyncio\nasyncio.open_connection('a', 1)", "open_connection"),
        ("from asyncio import open_connection", "open_connection"),
        ("async def f(loop):\n    await loop.create_connection(P, 'a', 1)", "create_connection"),
        ("import smtplib", "smtplib"),
        ("import websockets.sync.client", "websockets"),
        ("from requests import get", "requests"),
        ("import httpx", "httpx"),
        ("import importlib\nimportlib.import_module('httpx')", "httpx"),
        ("__import__('socket')", "socket"),
    ],
)
def test_a_way_to_the_network_is_seen(tmp_path: Path, code: str, way: str) -> None:
    (tmp_path / "network").mkdir()
    (tmp_path / "network" / "leak.py").write_text(code)

    assert way in outgoing.ways_out(code)
    (problem,) = outgoing.outgoing(tmp_path, {})
    assert problem.startswith("network/leak.py: ")
    assert way in problem
    assert list(outgoing.outgoing(tmp_path, {"network/leak.py": outgoing.ways_out(code)})) == []


@pytest.mark.parametrize(
    "code",
    [
        "import http\nhttp.HTTPStatus.OK",
        "from http import HTTPStatus",
        "from urllib.parse import urlsplit",
        "import asyncio\nasyncio.start_server(f, 'localhost', 1)",
        "from django.http import request",
        "socket = 5",
    ],
)
def test_what_reaches_nothing_is_left_alone(code: str) -> None:
    assert outgoing.ways_out(code) == set()


def test_a_permission_that_nobody_uses_is_seen(tmp_path: Path) -> None:
    (problem,) = outgoing.outgoing(tmp_path, {"deploy/gone.py": {"socket"}})
    assert "not used any more" in problem
