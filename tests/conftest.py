"""What every test may count on: only loopback answers, time stands still when asked, services are real."""

import gc
import ipaddress
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests under tests/browser need Chromium: they carry the mark by their place. What asks no database is the same
    on all of them: the run on PostgreSQL leaves it to the run on SQLite."""
    for item in items:
        if HERE / "browser" in item.path.parents:
            item.add_marker("browser")
    if os.environ.get("TOILE_TEST_DATABASE") == "postgresql":
        elsewhere = [item for item in items if not (_asks_the_database(item) or _starts_something(item))]
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in set(elsewhere)]


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for garbage, again and again, costs a good part of a long run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _asks_the_database(item: pytest.Item) -> bool:
    asked = {"db", "transactional_db", "django_db_setup"} & set(getattr(item, "fixturenames", ()))
    return bool(asked) or item.get_closest_marker("django_db") is not None


def _starts_something(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None or item.get_closest_marker("processes") is not None


# --- only loopback answers -------------------------------------------------------------------------------


class OutsideWorld(OSError):
    """A test tried to leave this machine."""


def _is_loopback(host: object) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.split("%")[0]).is_loopback
    except ValueError:
        return False


def _is_number(host: object) -> bool:
    try:
        ipaddress.ip_address(str(host).split("%")[0])
    except ValueError:
        return False
    return True


@pytest.fixture(scope="session", autouse=True)
def _only_loopback():
    """Refuse every connection and name lookup that would leave this machine."""
    true_connect, true_connect_ex, true_lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guard(link: socket.socket, address: object) -> None:
        if link.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):  # type: ignore[index]
            raise OutsideWorld(f"tests reach only loopback, not {address}")

    def connect(link: socket.socket, address: object) -> None:
        guard(link, address)
        return true_connect(link, address)  # type: ignore[arg-type]

    def connect_ex(link: socket.socket, address: object) -> int:
        guard(link, address)
        return true_connect_ex(link, address)  # type: ignore[arg-type]

    def lookup(host, *args, **kwargs):
        if not (_is_loopback(host) or _is_number(host)):
            raise socket.gaierror(socket.EAI_NONAME, f"tests look up no names: {host}")
        return true_lookup(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        patch.setattr(socket.socket, "connect_ex", connect_ex)
        patch.setattr(socket, "getaddrinfo", lookup)
        yield


# --- time ------------------------------------------------------------------------------------------------


class Clock:
    """The instant that `network.clock.now()` answers; it moves only when told."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant

    def set(self, instant: datetime) -> datetime:
        self.instant = instant
        return instant

    def advance(self, **span: float) -> datetime:
        """Move on, for example `clock.advance(days=3)`, and return the new instant."""
        return self.set(self.instant + timedelta(**span))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Freeze the house's clock at a Saturday morning of 2026 (UTC)."""
    frozen = Clock(datetime(2026, 11, 21, 9, 0, tzinfo=UTC))
    monkeypatch.setattr("network.clock.time", SimpleNamespace(time=lambda: frozen.instant.timestamp()))
    return frozen


# --- keys ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _keys_made_before():
    """Making an RSA key takes longer than most tests: actors of ours are given true keys from a stock, in turn."""
    if not os.environ.get("DJANGO_SETTINGS_MODULE"):
        yield
        return
    from federation import keys
    from tests.stock import Stock

    stock = Stock(keys.generate_private_key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "generate_private_key", stock.key)
        yield


# --- the database ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings):
    """Start from the tables that an earlier run kept, where there are any and nothing changed since."""
    from tests import tables

    return tables.fetch()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """Keep the tables for later runs as soon as they are built."""
    from tests import tables

    tables.keep()


@pytest.fixture(scope="session", autouse=True)
def _emptied_quickly():
    """Emptying the tables after a test: only those that hold something, and never the gazetteer, to which nothing
    points; Django's permissions need not be made again, nothing here asks for them."""
    from django.core.management.commands import flush

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_, **__: None)
        patch.setattr(flush, "sql_flush", lambda _style, connection, **_options: _deletions(connection))
        yield


def _deletions(connection) -> list[str]:
    """Return what empties the tables that hold something: keys between them are looked at when all is done."""
    from network.models import Alias, Gazetteer, Locality, Postcode

    kept = {model._meta.db_table for model in (Alias, Gazetteer, Locality, Postcode)}
    tables = [name for name in connection.introspection.django_table_names(only_existing=True) if name not in kept]
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in tables)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [f"DELETE FROM {name}" for (name,) in cursor.fetchall()]  # noqa: S608


@pytest.fixture(scope="module")
def lasting_db(django_db_setup, django_db_blocker):
    """For a long story that many tests of a module only read on from: what is written here lasts until the module ends.
    Each test goes on inside a savepoint (`db`), with a copy of what the story returned."""
    from django.db import transaction

    with django_db_blocker.unblock():
        held = transaction.atomic()
        held._from_testcase = True  # type: ignore[attr-defined] - as in Django's own tests: it is never committed
        held.__enter__()
        yield
        transaction.set_rollback(True)
        held.__exit__(None, None, None)


# --- the gazetteer ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _gazetteer_loaded(django_db_setup, django_db_blocker):
    from network.actions.places import load_gazetteer

    with django_db_blocker.unblock():
        load_gazetteer()


@pytest.fixture
def gazetteer(_gazetteer_loaded, db):
    """The 53,000 places that the product ships with, loaded once."""


# --- services --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _translations():
    """Pages are tried in English too: its sentences are compiled, as a node does when it is prepared."""
    if os.environ.get("DJANGO_SETTINGS_MODULE"):
        from deploy.preparation import compile_translations

        compile_translations()


@pytest.fixture(autouse=True)
def _empty_cache():
    """Leave nothing in the cache for the next test (each xdist worker has a Redis database of its own)."""
    yield
    if os.environ.get("DJANGO_SETTINGS_MODULE"):
        from django.core.cache import cache

        cache.clear()


@pytest.fixture
def node(tmp_path: Path):
    """A real node process, web and worker, on a free port with its own data folder."""
    from tests.services import start_node

    with start_node(tmp_path / "node") as started:
        yield started
