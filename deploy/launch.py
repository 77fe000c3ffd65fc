"""How a node starts: what would make it refuse, and its two jobs."""

import multiprocessing
import socketserver
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import get_resolver

from deploy import worker

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
OPENING_SECONDS = 60  # for which the worker waits for the web process at most
TEST_SWITCHES = ("FEDERATION_TEST_PEERS", "FEDERATION_CA_FILE")


def refusal() -> str:
    """Return in plain words why this node cannot start here, or an empty text."""
    if settings.BIND not in LOOPBACK and urlsplit(settings.ORIGIN).hostname in LOOPBACK:
        return (
            f"TOILE_BIND={settings.BIND} opens this node to the network, but its address is {settings.ORIGIN}. "
            "Say by which address others reach it, for example --origin http://192.168.1.20:8000."
        )
    if not _port_is_free():
        return (
            f"Port {settings.PORT} is already taken on this machine, perhaps by another node. "
            f"End that program, or choose another port: --port {settings.PORT + 1}."
        )
    return ""


def switches() -> list[str]:
    """Return the variables in use that exist for tests only; whoever starts a node is told."""
    return [f"TOILE_{name}" for name in TEST_SWITCHES if getattr(settings, name)]


def jobs(*, say: Callable[[str], None], with_worker: bool) -> dict[str, Callable[[], None]]:
    """Load what both processes share, and return what each one does (name → job).

    The worker begins once the web process listens: whoever gets a message of ours asks at once for the key.
    """
    from deploy.asgi import application

    list(get_resolver().url_patterns)  # imports every page now, before the fork
    worker.load()
    opened = multiprocessing.get_context("fork").Event()

    def web() -> None:
        from deploy import server  # makes the event loop: only after the fork

        server.run(application, bind=settings.BIND, port=settings.PORT, ready=tell)

    def work() -> None:
        opened.wait(OPENING_SECONDS)
        worker.run()

    def tell() -> None:
        opened.set()
        say(f"Toile is ready: {settings.ORIGIN}")
        sys.stdout.flush()  # whoever reads a pipe waits for this line

    return {"web": web, "worker": work} if with_worker else {"web": web}


def _port_is_free() -> bool:
    if ":" in settings.BIND:
        return True  # Daphne says it when it listens
    try:
        _Probe((settings.BIND, settings.PORT), socketserver.BaseRequestHandler).server_close()
    except OSError:
        return False
    return True


class _Probe(socketserver.TCPServer):
    allow_reuse_address = True
