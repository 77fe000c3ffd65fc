"""A real node of ours, and servers of other people's making, together on loopback for the whole run."""

from types import SimpleNamespace

import pytest

from tests.outside import install, peers
from tests.outside.inside import inside
from tests.peers import Peer
from tests.services import free_port, new_node

collect_ignore = ["python", "fedify"]  # they run in environments of their own


@pytest.fixture(scope="session")
def outside():
    """Where the software of others is installed; a missing part fails every test here, with its name."""
    return install.installed()


@pytest.fixture(scope="session")
def world(tmp_path_factory, outside):
    """Our node `toile` and its member Alix; `fedify`, `market` (Fedify too), `apkit`, `pasture`; our own `pirate`."""
    folder = tmp_path_factory.mktemp("outside")
    served = {
        "fedify": peers.fedify(folder / "fedify", outside),
        "market": peers.fedify(folder / "market", outside),
        "apkit": peers.apkit(folder / "apkit", outside),
        "pasture": peers.pasture(folder / "pasture", outside),
    }
    with peers.running(*served.values()), Peer() as pirate:
        port = free_port()
        known = [f"127.0.0.1:{port}", pirate.address, *(one.address for one in served.values())]
        node = new_node(folder / "toile", port=port, env={"TOILE_FEDERATION_TEST_PEERS": ",".join(known)})
        with inside(node) as toile:
            toile.set_up("Lille", "alix")
            try:
                node.start()
                alix = f"{toile.origin}/u/alix"
                yield SimpleNamespace(toile=toile, alix=alix, pirate=pirate, **served)
            finally:
                node.stop()
