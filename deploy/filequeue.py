"""The queue of plain files, with messages that appear whole or not at all.

kombu's transport writes a message, and the list of queues, under their final names, so a reader may find them half
written. Here they are written under another name first; the rename is atomic. An unreadable message is set aside: the
sweeps do its work.
"""

import fcntl
import json
import logging
import os
import threading
import uuid
from time import monotonic
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps

log = logging.getLogger(__name__)
_binding = threading.Lock()


class Channel(filesystem.Channel):
    """A channel whose messages are never seen half written."""

    def queue_bind(self, *about: Any, **more: Any) -> None:
        """As kombu's, one thread at a time: it takes a queue for bound before the list says so, and others send."""
        with _binding:
            super().queue_bind(*about, **more)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        self.control_folder.mkdir(exist_ok=True)
        wanted = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with open(self.control_folder / "binding", "w") as turn:  # one after the other: none forgets another's queue
            fcntl.flock(turn, fcntl.LOCK_EX)
            bound = self.get_table(exchange)
            if wanted not in bound:
                self._write(str(self._exchange_file(exchange)), dumps([wanted, *bound]))

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # kombu's own two names
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        self._write(os.path.join(self.data_folder_out, name), dumps(payload))

    def _write(self, path: str, text: str) -> None:
        with open(f"{path}.part", "wb") as file:
            file.write(str_to_bytes(text))
        os.replace(f"{path}.part", path)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        while True:
            try:
                return super()._get(queue)
            except json.JSONDecodeError:
                log.warning("a message could not be read and is dropped; the next sweep does its work")


class Transport(filesystem.Transport):
    """kombu's file transport with the channel above."""

    Channel = Channel


def install() -> None:
    """Let `filesystem://` mean this transport."""
    TRANSPORT_ALIASES["filesystem"] = "deploy.filequeue:Transport"
