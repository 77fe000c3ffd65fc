"""Options that settings depend on, and what settings make of the environment."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from channels_redis.core import RedisChannelLayer

from deploy.databases import database_from_url
from deploy.keyfiles import secret
from deploy.options import options_to_environment
from tests.services import BASE


def settings_with(tmp_path: Path, *names: str, **variables: str) -> dict[str, object]:
    """Load the real settings in a fresh interpreter with exactly these TOILE_ variables; return the named ones."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("TOILE_", "DJANGO_"))}
    environ |= {"TOILE_DATA": str(tmp_path), **{f"TOILE_{name}": value for name, value in variables.items()}}
    code = f"import json; from deploy import settings as s; print(json.dumps({{n: getattr(s, n) for n in {names!r}}}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BASE, env=environ, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["manage.py", "node"], {}),
        (["manage.py", "node", "--port", "8001"], {"TOILE_PORT": "8001", "TOILE_ORIGIN": "http://localhost:8001"}),
        (["manage.py", "node", "--origin=https://toile.example"], {"TOILE_ORIGIN": "https://toile.example"}),
        (["manage.py", "doctor", "--data", "/srv/x"], {"TOILE_DATA": "/srv/x"}),
        (
            ["manage.py", "node", "--port=9", "--origin", "https://toile.example"],
            {"TOILE_PORT": "9", "TOILE_ORIGIN": "https://toile.example"},
        ),
    ],
)
def test_options_become_environment(argv: list[str], expected: dict[str, str]) -> None:
    environ: dict[str, str] = {}
    options_to_environment(argv, environ)
    assert environ == expected


def test_a_port_does_not_replace_an_origin_that_was_set() -> None:
    environ = {"TOILE_ORIGIN": "https://toile.example"}
    options_to_environment(["manage.py", "node", "--port", "8001"], environ)
    assert environ["TOILE_ORIGIN"] == "https://toile.example"


def test_cookies_on_plain_http_carry_the_port_so_that_two_nodes_get_along(tmp_path: Path) -> None:
    names = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME", "SESSION_COOKIE_SECURE")
    found = settings_with(tmp_path, *names, ORIGIN="http://localhost:8002")
    assert [found[name] for name in names] == ["toile-8002-session", "toile-8002-csrf", "toile-8002-language", False]


def test_cookies_on_https_are_bound_to_host_and_secure(tmp_path: Path) -> None:
    names = ("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "DEBUG")
    found = settings_with(tmp_path, *names, ORIGIN="https://toile.example")
    assert [found[name] for name in names] == ["__Host-toile-session", True, True, 31_536_000, False]


@pytest.mark.parametrize(
    ("origin", "on"),
    [("http://localhost:8000", True), ("https://toile.example", True), ("http://192.168.1.20:8000", False)],
)
def test_federation_is_off_by_itself_where_it_could_not_be_safe(tmp_path: Path, origin: str, on: bool) -> None:
    assert settings_with(tmp_path, "FEDERATION_ON", ORIGIN=origin) == {"FEDERATION_ON": on}


def test_services_come_by_variables_alone(tmp_path: Path) -> None:
    names = ("DATABASES", "CHANNEL_LAYERS", "CACHES", "CELERY_BROKER_URL")
    found = settings_with(
        tmp_path,
        *names,
        DATABASE_URL="postgresql://t:p@db:5433/toile",
        REDIS_URL="redis://r:6379/0",
        BROKER_URL="amqp://b",
    )
    text = json.dumps(found)
    assert '"HOST": "db"' in text
    assert "channels_redis" in text
    assert "deploy.caches.Cache" in text
    assert found["CELERY_BROKER_URL"] == "amqp://b"
    (host,) = found["CHANNEL_LAYERS"]["default"]["CONFIG"]["hosts"]
    assert host["socket_timeout"] > RedisChannelLayer.brpop_timeout  # else quiet rooms lose their line


def test_forwarding_is_believed_only_with_a_proxy(tmp_path: Path) -> None:
    code = "from deploy import settings; print(hasattr(settings, 'SECURE_PROXY_SSL_HEADER'))"
    for proxies, believed in (("", "False"), ("127.0.0.1", "True")):
        environ = {**os.environ, "TOILE_DATA": str(tmp_path), "TOILE_TRUSTED_PROXIES": proxies}
        done = subprocess.run([sys.executable, "-c", code], cwd=BASE, env=environ, capture_output=True, text=True)
        assert done.stdout.strip() == believed


def test_a_password_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret\n")
    found = database_from_url("postgresql://toile@db/toile", tmp_path, password_file=str(file))
    assert found["PASSWORD"] == "s3cret"


def test_other_databases_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="postgresql"):
        database_from_url("mysql://x/y", tmp_path)


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    first = secret("SOMETHING", tmp_path / "new")
    assert secret("SOMETHING", tmp_path / "new") == first
    assert len(first) == 44
    assert (tmp_path / "new" / "something.secret").stat().st_mode & 0o777 == 0o600


def test_a_secret_may_live_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOILE_SOMETHING_FILE", str(tmp_path / "elsewhere"))
    found = secret("SOMETHING", tmp_path / "data")
    assert (tmp_path / "elsewhere").read_text() == found
    assert not (tmp_path / "data").exists()
