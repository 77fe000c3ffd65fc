"""What the outside tests need is pinned, comes once, and is named when it cannot be had."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.outside import install


def test_the_locks_pin_everything_and_name_no_registry():
    packages = json.loads((install.HERE / "fedify" / "package-lock.json").read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert "node_modules/@fedify/fedify" in installed
    assert all(package["integrity"].startswith("sha512-") for package in installed.values())
    assert not [name for name, package in installed.items() if "resolved" in package]
    lines = [line for line in (install.HERE / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert all("==" in line for line in lines if line[:1].isalpha())
    assert not [line for line in lines if "index-url" in line or "find-links" in line or "http://" in line]


def test_what_cannot_be_had_is_named(tmp_path):
    with pytest.raises(install.Missing, match="the moon, which could not be had"):
        install._run("the moon", [sys.executable, "-c", "raise SystemExit('out of reach')"], tmp_path)


def test_two_at_once_install_once_and_a_failure_is_tried_again(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(install, "_found", lambda folder: folder)
    tried = []

    def fails(folder):
        tried.append(folder)
        raise install.Missing("no network")

    monkeypatch.setattr(install, "_install", fails)
    with pytest.raises(install.Missing):
        install.installed()
    monkeypatch.setattr(install, "_install", tried.append)
    with ThreadPoolExecutor(8) as threads:
        found = {future.result() for future in [threads.submit(install.installed) for _ in range(8)]}
    assert len(tried) == 2
    assert found == {tried[0]}
