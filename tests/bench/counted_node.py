"""A node that counts its statements: `python -m tests.bench.counted_node FILE …`, the rest as for `manage.py node`.

The count is the first eight bytes of FILE, shared with whoever reads it: no file is read, nothing asked of the node.
"""

import mmap
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

SIZE = 8


def shared(path: Path) -> mmap.mmap:
    """Return the counter kept in that file, made if need be."""
    if not path.exists():
        path.write_bytes(bytes(SIZE))
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), SIZE)


def statements(counter: mmap.mmap) -> int:
    """Return how many statements there were."""
    return int(struct.unpack("<Q", counter[:SIZE])[0])


def _count_in(counter: mmap.mmap) -> None:
    from django.db.backends.signals import connection_created

    lock = Lock()

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        with lock:
            counter[:SIZE] = struct.pack("<Q", statements(counter) + 1)
        return execute(sql, params, many, context)

    def wrap(connection: Any, **_: Any) -> None:
        if count not in connection.execute_wrappers:
            connection.execute_wrappers.insert(0, count)  # outermost: whoever wraps for a while takes the last away

    connection_created.connect(wrap, weak=False)


if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    _count_in(shared(Path(sys.argv[1])))
    execute_from_command_line(["manage.py", "node", *sys.argv[2:]])
