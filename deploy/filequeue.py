"""The queue of plain files, with messages that appear whole or not at all.

kombu's transport writes a message under its final name, so a reader may find it half written. Here it is written
under another name first; the rename is atomic. An unreadable file is set aside: the sweeps do its work.
"""

import json
import logging
import os
import uuid
from time import monotonic
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps

log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """A channel whose messages are never seen half written."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # kombu's own two names
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        draft = os.path.join(self.data_folder_out, f"{name}.part")
        with open(draft, "wb") as file:
            file.write(str_to_bytes(dumps(payload)))
        os.replace(draft, os.path.join(self.data_folder_out, name))

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
