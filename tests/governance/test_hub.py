"""The hub's own tasks end when nobody is left, whatever the channel layer makes of that."""

import asyncio

from governance import hub
from governance.queries.sockets import Entrance
from network.models import Member


class Clumsy:
    """A channel layer that answers a cancellation with an error of its own, as channels-redis does in a race."""

    async def new_channel(self):
        return "one"

    async def group_add(self, *_):
        pass

    async def receive(self, _channel):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            raise AssertionError("a task could not be cancelled") from None


async def test_a_cancelled_listener_ends_though_its_layer_fails_at_that(monkeypatch):
    monkeypatch.setattr(hub, "get_channel_layer", Clumsy)
    monkeypatch.setattr(hub, "POLL_SECONDS", 0.01)
    each = hub.Hub()
    task = asyncio.create_task(each._listen())
    await asyncio.sleep(0.05)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=5)
    for thread in (each.acts, each.reads):
        thread.close()
    assert done


class Deaf(Clumsy):
    """A channel layer on which the first cancellations get lost, as they do in `asyncio.wait_for` of Python 3.11."""

    def __init__(self):
        self.lost = 3

    async def receive(self, _channel):
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                self.lost -= 1
                if not self.lost:
                    raise


async def test_tasks_end_with_the_last_socket_though_cancellations_get_lost(monkeypatch):
    """They would go on listening for nobody, and an event loop that closes would wait for them for ever."""
    layer = Deaf()
    monkeypatch.setattr(hub, "get_channel_layer", lambda: layer)
    monkeypatch.setattr(hub, "ENDING_SECONDS", 0.01)
    each, someone = hub.Hub(), hub.Socket(1, "member", "fr", Member(pk=7), Entrance("", 7, 7), None, None)
    monkeypatch.setattr(each, "_work_on", lambda assembly_id, room: None)
    each.join(someone)
    tasks = each.tasks
    await asyncio.sleep(0.05)
    each.leave(someone)
    _done, pending = await asyncio.wait(tasks, timeout=5)
    layer.lost = 1
    for task in pending:
        task.cancel()
    assert not pending


class Away:
    """A channel layer that fails after each message it brings."""

    def __init__(self):
        self.made, self.added = 0, []

    async def new_channel(self):
        self.made += 1
        return f"channel {self.made}"

    async def group_add(self, _group, channel):
        self.added.append(channel)

    async def receive(self, _channel):
        raise OSError("gone")


async def test_whoever_listens_again_keeps_their_one_channel(monkeypatch):
    """Else the group grows with every failure, and every act is sent to channels on which nobody listens."""
    layer = Away()
    monkeypatch.setattr(hub, "get_channel_layer", lambda: layer)
    monkeypatch.setattr(hub, "POLL_SECONDS", 0.001)
    each = hub.Hub()
    task = asyncio.create_task(each._listen())
    while len(layer.added) < 3:
        await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    assert set(layer.added) == {"channel 1"}


async def test_everybody_gets_their_own_part_again_now_and_then(monkeypatch):
    """A lively room never falls silent, so whoever lost their part would not ask for it."""
    monkeypatch.setattr(hub, "_beats", lambda assembly_id, members: None)
    each, room = hub.Hub(), hub.LiveRoom()
    someone = hub.Socket(1, "member", "fr", Member(pk=7), Entrance("", 7, 7), None, None)
    room.sockets.add(someone)
    each.rooms[1] = room
    monkeypatch.setattr(each, "_work_on", lambda assembly_id, room: None)
    await each._beat()
    for thread in (each.acts, each.reads):
        thread.close()
    assert room.owed == {someone: True}
