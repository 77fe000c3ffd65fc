"""The empty tables of the tests on SQLite, kept beside the project: building them takes far longer than most tests."""

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from django.db import connection

BASE = Path(__file__).resolve().parent.parent
DECIDING = ("requirements.txt", "*/migrations/*.py")  # what the tables are made from: of others, of ours


def fetch() -> bool:
    """Put the tables kept by an earlier run where this run looks for them; tell whether there were any."""
    kept = _kept()
    if connection.vendor != "sqlite" or not kept.exists():
        return False
    shutil.copy(kept, _wanted())
    return True


def keep() -> None:
    """Keep the tables that this run has just built, unless they are kept already."""
    kept = _kept()
    if connection.vendor != "sqlite" or kept.exists():
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    made = kept.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(_wanted())) as tables, closing(sqlite3.connect(made)) as copy:
        tables.backup(copy)
    for outdated in kept.parent.glob("*.sqlite3"):
        outdated.unlink(missing_ok=True)
    made.replace(kept)  # at once whole: another process may be looking for it


def _wanted() -> str:
    return str(connection.creation._get_test_db_name())


def _kept() -> Path:
    digest = hashlib.sha256()
    for pattern in DECIDING:
        for path in sorted(BASE.glob(pattern)):
            digest.update(path.read_bytes())
    return BASE / "build" / "tests" / f"{digest.hexdigest()[:16]}.sqlite3"
