"""News of rooms, on the way to the hubs: this process's at once, the others' through the channel layer."""

import logging

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer

from governance.hub import GROUP, notify

log = logging.getLogger("toile.rooms")


def on_room_changed(assembly_id: int, seq: int, **facts: object) -> None:
    """Pass on that a room has moved. Failing costs a second: the hubs ask by themselves."""
    notify(assembly_id, seq)
    layer = get_channel_layer()
    if layer is None or isinstance(layer, InMemoryChannelLayer):
        return
    try:
        async_to_sync(layer.group_send)(GROUP, {"type": "room", "assembly_id": assembly_id, "seq": seq})
    except Exception as error:  # noqa: BLE001  the layer's library has errors of its own, not loaded to name them
        log.warning("the channel layer did not take the news of room %s: %s", assembly_id, type(error).__name__)
