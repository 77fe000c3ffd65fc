"""As a newcomer does it: a bare copy, an empty home, `make node`, and from the first page to the register.

The virtual environment is made and filled by `make` itself, so this takes a minute or two.
"""

import http.client
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services
from tests.browser.people import Person
from tests.browser.test_story import live_consent, propose_and_convene, welcome

INSTALLING = 600  # seconds: a guard, on a slow line
# What a machine may need to reach its package index; nothing of Toile, and no service.
KEPT = ("PATH", "LANG", "PIP_", "SSL_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run `make node` in a copy of what the repository holds; yield the node's address."""
    clone, home = tmp_path_factory.mktemp("clone") / "toile", tmp_path_factory.mktemp("home")
    for name in _files_of_the_repository():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(services.BASE / name, clone / name)
    port, log = services.free_port(), clone.parent / "make.log"
    environ = {name: value for name, value in os.environ.items() if name.startswith(KEPT)} | {"HOME": str(home)}
    with log.open("wb") as out:
        made = subprocess.Popen(
            ["make", "node", f"PORT={port}"], cwd=clone, env=environ, stdout=out, stderr=out, start_new_session=True
        )
    try:
        _wait_until_it_answers(port, made, log)
        yield f"http://localhost:{port}"
    finally:
        os.killpg(made.pid, signal.SIGTERM)
        made.wait(timeout=60)


def _files_of_the_repository() -> list[str]:
    """Return what a clone would hold once the present work is committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=services.BASE, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.splitlines() if (services.BASE / name).is_file()]


def _wait_until_it_answers(port: int, made: subprocess.Popen[bytes], log: Path) -> None:
    started = time.monotonic()
    while time.monotonic() - started < INSTALLING and made.poll() is None:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            link.request("GET", "/healthz", headers={"Host": f"localhost:{port}"})
            link.getresponse()
        except (OSError, http.client.HTTPException):
            time.sleep(0.3)
        else:
            print(f"\nFrom a bare copy to the first answer: {time.monotonic() - started:.0f} s.")
            return
        finally:
            link.close()
    raise AssertionError(f"`make node` did not serve:\n{log.read_text(errors='replace')[-4000:]}")


def test_check_9_from_a_bare_clone_to_the_register(browser, installed):
    alix = Person(browser, installed).sets_up("Nœud neuf", "Fil neuf", "Alix Delporte", "alix", "Lens")
    bachir = Person(browser, installed).joins(alix.invites(), "Bachir Lemaire", "bachir")
    camille = Person(browser, installed, 390).joins(alix.invites(), "Atelier Camille", "camille", "company")
    for name in ("Bachir Lemaire", "Atelier Camille"):
        welcome(alix, name)
    number = propose_and_convene(alix, bachir, 1280)
    for person in (alix, bachir, camille):
        person.goes(f"/assemblees/{number}").does("J’entre dans l’assemblée").notes()
    alix.does("Ouvrir l’assemblée").notes()
    alix.does("Passer au point « Partager un onduleur 1280 »").notes()
    live_consent(alix, bachir, camille)
    camille.goes("/registre").page.get_by_role("link", name="Partager un onduleur 1280").first.click()
    camille.reads("Alix Delporte").reads("Bachir Lemaire").reads("À revoir le")
