"""Chromium of the system, and real nodes to visit."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import services


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as engine:
        chromium = engine.chromium.launch(executable_path=services.chromium(), args=services.CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def two_nodes(tmp_path_factory) -> Iterator[tuple[services.Node, services.Node]]:
    """Two fresh nodes that may reach each other, as on the day of their installation."""
    ports = services.free_port(), services.free_port()
    env = {"TOILE_FEDERATION_TEST_PEERS": " ".join(f"127.0.0.1:{port}" for port in ports)}
    folders = [tmp_path_factory.mktemp(name) for name in ("lille", "tours")]
    nodes = [services.new_node(folder, port=port, env=env) for folder, port in zip(folders, ports, strict=True)]
    try:
        for node in nodes:
            node.start()
        yield nodes[0], nodes[1]
    finally:
        for node in nodes:
            node.stop()
