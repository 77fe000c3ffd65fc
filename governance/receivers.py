"""News of rooms, on the way to the hubs: this process's at once, the others' through the channel layer."""

import logging

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer

from governance.hub import GROUP, notify, stir

log = logging.getLogger("toile.rooms")


def on_room_changed(assembly_id: int, seq: int, **facts: object) -> None:
    """Pass on that a room has moved. Failing costs a second: the hubs ask by themselves."""
    notify(assembly_id, seq)
    _elsewhere({"type": "room", "assembly_id": assembly_id, "seq": seq})


def on_room_stirred(assembly_id: int, **facts: object) -> None:
    """Pass on that hands or moods have changed. Failing costs nothing but time: the next state shows them."""
    stir(assembly_id)
    _elsewhere({"type": "room", "assembly_id": assembly_id, "seq": 0, "stirred": True})


def _elsewhere(message: dict[str, object]) -> None:
    layer = get_channel_layer()
    if layer is None or isinstance(layer, InMemoryChannelLayer):
        return
    try:
        async_to_sync(layer.group_send)(GROUP, message)
    except Exception as error:  # noqa: BLE001  the layer's library has errors of its own, not loaded to name them
        log.warning("the channel layer did not take the news of a room: %s", type(error).__name__)
