"""Run the parts of the bench: `python -m tests.bench [--only search,room] [--size 100000] [--json bench.json]`.

A part is a file `bench_<part>.py` beside this one with `SIZE`, its usual size, and `run(size) -> list[Row]` (see
rows.py). Each part runs in a process of its own, with a data folder of its own that is deleted afterwards; Django
is set up on an empty SQLite file (with TOILE_BENCH_DATABASE=postgresql on a database of a server started for the
run) before `run` is called. Parts print their seed in their rows.
"""

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests import services
from tests.bench.rows import Row

HERE = Path(__file__).resolve().parent
PACKAGES = ("django", "channels", "daphne", "networkx", "numpy", "scipy")


def main() -> int:
    """Return 1 when a part failed or gave unequal answers; a missed ratio is only printed."""
    options = _options()
    if options.part:
        return _one_part(options.part, options.size, Path(options.json))
    parts = [part for part in _parts() if not options.only or part in options.only.split(",")]
    if not parts:
        print(f"No such part: {options.only}. There are: {', '.join(_parts())}", file=sys.stderr)  # noqa: T201
        return 1
    outcomes = [_in_own_process(part, options.size) for part in parts]
    rows = [row for found, _ in outcomes for row in found]
    Path(options.json).write_text(json.dumps({"versions": _versions(), "rows": rows}, indent=2) + "\n")
    return 0 if all(ok for _, ok in outcomes) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Speed, as ratios against a reference in the same run.")
    parser.add_argument("--only", default=os.environ.get("ONLY", ""), help="parts, separated by commas")
    parser.add_argument("--size", type=int, default=int(os.environ.get("SIZE") or 0), help="instead of the usual ones")
    parser.add_argument("--json", default="bench.json", help="where the figures go")
    parser.add_argument("--part", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def _parts() -> list[str]:
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def _in_own_process(part: str, size: int) -> tuple[list[dict[str, Any]], bool]:
    with tempfile.TemporaryDirectory(prefix="toile-bench-") as folder:
        figures = Path(folder) / "rows.json"
        command = [sys.executable, "-m", "tests.bench", "--part", part, "--size", str(size), "--json", str(figures)]
        environment = {**os.environ, "TOILE_DATA": folder, "DJANGO_SETTINGS_MODULE": "deploy.settings"}
        for name in ("TOILE_DATABASE_URL", "TOILE_REDIS_URL", "TOILE_BROKER_URL"):
            environment.pop(name, None)
        if os.environ.get("TOILE_BENCH_DATABASE") == "postgresql":
            environment["TOILE_DATABASE_URL"] = services.new_database(f"bench_{part}")
        done = subprocess.run(command, env=environment, check=False, cwd=HERE.parent.parent)  # noqa: S603
        rows = json.loads(figures.read_text()) if figures.exists() else []
    return rows, done.returncode == 0


def _one_part(part: str, size: int, figures: Path) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    module = importlib.import_module(f"tests.bench.bench_{part}")
    rows: list[Row] = module.run(size or module.SIZE)
    figures.write_text(json.dumps([asdict(row) | {"ratio": row.ratio, "verdict": row.verdict} for row in rows]))
    for row in rows:
        print(row.line(), flush=True)  # noqa: T201
    print(f"{part}: seed {', '.join(sorted({str(row.seed) for row in rows}))}", flush=True)  # noqa: T201
    return 0 if all(row.equal for row in rows) else 1
