"""Secrets of a node: made at first use, kept in DATA (mode 0600) or where `TOILE_<NAME>_FILE` says."""

import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path


def secret(name: str, data: Path) -> str:
    """Return the secret `name`, making it if there is none: 32 random bytes, URL-safe base64.

    Several processes may ask at once: the first to create the file wins, the others read it.
    """
    path = Path(os.environ.get(f"TOILE_{name}_FILE") or data / f"{name.lower()}.secret")
    if not path.exists():
        _create(path, urlsafe_b64encode(secrets.token_bytes(32)))
    return path.read_text().strip()


def _create(path: Path, value: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(value)
    try:
        os.link(draft, path)  # atomic: fails if another process was first
    except FileExistsError:
        pass
    finally:
        draft.unlink()
