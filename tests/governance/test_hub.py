"""The hub's own tasks end when nobody is left, whatever the channel layer makes of that."""

import asyncio

from governance import hub


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
