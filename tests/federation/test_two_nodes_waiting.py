"""One list over two real nodes: Alix belongs to a collective of each; her home node reads the other one for her.

Waiting has a generous guard; the time it took is printed (`pytest -s`), never asserted.
"""

import re
import time
from urllib.parse import urlencode

import pytest

from tests.federation.test_two_nodes import rows, wait_for
from tests.federation.test_two_nodes_quotes import Browser
from tests.services import free_port, new_node

pytestmark = pytest.mark.processes


def ask(node, call):
    """Run a function of tests/federation/seed_waiting.py on the node's data; return what it tells."""
    code = f"from tests.federation import seed_waiting as s; s.{call}"
    return node.tells(code)[-1]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    folder, ports = tmp_path_factory.mktemp("waiting"), (free_port(), free_port())
    env = {"TOILE_FEDERATION_TEST_PEERS": ",".join(f"127.0.0.1:{port}" for port in ports)}
    lille, tours = (
        new_node(folder / name, port=port, env=env) for name, port in zip(("lille", "tours"), ports, strict=True)
    )
    try:
        for node, name in ((lille, "Lille"), (tours, "Tours")):
            ask(node, f"set_up({name!r}, 'alix', 'Proposition de {name}')")
            node.start()
        yield lille, tours
    finally:
        for node in (lille, tours):
            node.stop()


def test_one_list_over_two_nodes_and_its_age_when_one_is_dead(nodes):
    lille, tours = nodes
    there, here = Browser(tours, "alix"), Browser(lille, "alix")
    collective = rows(tours, "SELECT id FROM network_collective WHERE local")[0][0]
    made = _posted(there, "/a-faire/reglages", "/a-faire/reglages/adresses", collective=str(collective))
    address = re.search(rf'value="({tours.origin}/flux/attente/[^"]+\.json)"', made)[1]
    assert "Proposition de Tours" not in here.get("/a-faire")
    told = _posted(here, "/a-faire/reglages", "/a-faire/reglages/ailleurs", address=address)
    assert "tiré au hasard" in told
    ask(lille, "due_now()")
    begun = time.monotonic()
    wait_for(lambda: rows(lille, "SELECT 1 FROM governance_waitingsource WHERE read_at IS NOT NULL"), "the reading")
    print(f"\nread by the other node's worker after {time.monotonic() - begun:.1f} s")  # noqa: T201
    page = here.get("/a-faire")
    assert "Proposition de Lille" in page
    assert "Proposition de Tours" in page
    assert f"{tours.origin}/propositions/" in page
    assert "Lille" not in there.get("/a-faire")
    assert lille.origin not in there.get("/a-faire/reglages")
    secret = address.rpartition("/")[2].encode()
    assert secret not in (lille.data / "toile.sqlite3").read_bytes(), "the address is sealed"
    tours.stop()
    ask(lille, "due_now()")
    wait_for(lambda: rows(lille, "SELECT 1 FROM governance_waitingsource WHERE failure <> ''"), "the failure")
    page = here.get("/a-faire")
    assert "Proposition de Tours" in page
    assert "n’a pas répondu" in page


def _posted(browser, form, path, **fields):
    """Send a form that the page `form` shows, to the address `path`."""
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(form))[1]
    return browser._send("POST", path, urlencode({**fields, "csrfmiddlewaretoken": token}).encode())
