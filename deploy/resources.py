"""How much memory a node takes: PSS (shared pages divided among their users) of every process of it."""

from dataclasses import dataclass
from pathlib import Path

import psutil

KIB = 1024


@dataclass(frozen=True)
class Use:
    """One process: what it is for, its pid, its proportional set size in bytes."""

    name: str
    pid: int
    pss: int


def running(pidfile: Path) -> dict[int, str]:
    """Return the live processes that the node noted: pid → name; empty when the node is off."""
    if not pidfile.exists():
        return {}
    noted = [line.split(" ", 1) for line in pidfile.read_text().splitlines()]
    found = {int(pid): name for pid, name in noted if psutil.pid_exists(int(pid))}
    return found if "node" in found.values() else {}


def uses(pidfile: Path) -> list[Use]:
    """Measure every process of the node, children that nobody noted included."""
    noted = running(pidfile)
    family = dict(noted)
    for pid, name in noted.items():
        for child in psutil.Process(pid).children(recursive=True):
            family.setdefault(child.pid, f"{name}: {child.name()}")
    return [Use(name, pid, pss(pid)) for pid, name in sorted(family.items())]


def pss(pid: int) -> int:
    """Return the proportional set size of a process in bytes, as the kernel says (Linux, `smaps_rollup`)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * KIB
    raise ValueError(f"the kernel says nothing of the memory of process {pid}")
