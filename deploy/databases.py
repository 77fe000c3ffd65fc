"""Addresses of services, as Django wants them."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

SQLITE_START = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8000; PRAGMA foreign_keys=ON; "
    "PRAGMA secure_delete=ON;"  # what is erased is overwritten in the file too
)


def database_from_url(url: str, data: Path, *, password_file: str = "") -> dict[str, Any]:
    """Return Django's settings for `postgresql://user:password@host:port/name`, or for SQLite in `data` if empty.

    A password file (a container's secret) stands for the password that the address leaves out.

    >>> database_from_url("postgresql://u:p%40ss@db:5433/toile", Path("."))["PASSWORD"]
    'p@ss'
    """
    if not url:
        options = {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": SQLITE_START}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": data / "toile.sqlite3", "OPTIONS": options}
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"TOILE_DATABASE_URL must begin with postgresql://, not {parts.scheme}://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": Path(password_file).read_text().strip() if password_file else unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }
