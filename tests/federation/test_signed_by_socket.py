"""Acts of people of other nodes by the room's socket: their nodes are asked, and nobody else waits for the answer."""

import asyncio
import json
import threading
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings

from governance import drawing
from governance.models import ActSignature, SignatureState, Step
from governance.threads import SideThreads
from tests.federation.test_signed_acts import far, wait_hours  # noqa: F401 - fixture
from tests.federation.test_signin_home import browser, home  # noqa: F401 - fixtures
from tests.governance.phones import GUARD, Phone, phone

pytestmark = pytest.mark.django_db(transaction=True)


class Slow:
    """A home that signs only once it is told to."""

    def __init__(self, home):  # noqa: F811
        self.asked, self.answering, self.sign = threading.Event(), threading.Event(), home.sign
        home.sign = self

    def __call__(self, said):
        self.asked.set()
        self.answering.wait(GUARD)
        return self.sign(said)


@pytest.fixture
def called(far, monkeypatch):  # noqa: F811
    """A call at which no signature may wait. Frames as JSON, whatever draws them on a node."""
    monkeypatch.setattr(drawing, "_hand", [drawing.PLAIN])
    wait_hours(far, 0)
    far.to_call()
    return far


async def remote_phone(cast, browser):  # noqa: F811
    found = Phone(cast.assembly.pk, browser.cookies[settings.SESSION_COOKIE_NAME].value)
    assert await found.open()
    return found


async def consent(line):
    return await line.say("position", version=1, call=1, choice="consent")


async def test_nobody_waits_for_the_node_of_somebody_else(called, browser):  # noqa: F811
    far_line, near = await remote_phone(called, browser), await phone(called, "camille")
    slow, order = Slow(called.home), []

    async def answered(line, name):
        answer = await consent(line)
        order.append(name)
        return answer

    waiting = asyncio.create_task(answered(far_line, "far"))
    assert await asyncio.to_thread(slow.asked.wait, GUARD)
    assert (await answered(near, "near"))["ok"]
    slow.answering.set()
    assert (await waiting)["ok"]
    assert order == ["near", "far"]
    rows = await sync_to_async(lambda: list(ActSignature.objects.all()))()
    assert [(row.state, row.kind) for row in rows] == [(SignatureState.SIGNED, "position")]
    assert len(called.home.signed) == 1
    for line in (far_line, near):
        await line.line.disconnect(timeout=GUARD)


async def test_what_changed_while_their_node_signed_is_refused(called, browser):  # noqa: F811
    line, slow = await remote_phone(called, browser), Slow(called.home)
    waiting = asyncio.create_task(consent(line))
    assert await asyncio.to_thread(slow.asked.wait, GUARD)
    await sync_to_async(called.do)(called.bachir, "pause", reason="Une pause.")
    slow.answering.set()
    answer = await waiting
    assert (answer["ok"], answer["error"]) == (False, "room_not_open")
    assert await sync_to_async(ActSignature.objects.count)() == 0
    await line.line.disconnect(timeout=GUARD)


async def test_a_refusal_of_their_node_is_that_of_the_act_and_the_same_key_may_try_again(called, browser):  # noqa: F811
    line, key = await remote_phone(called, browser), str(uuid4())
    frame = {"kind": "position", "payload": {"version": 1, "call": 1, "choice": "consent"}, "key": key}

    async def answer():
        await line.line.send_to(text_data=json.dumps(frame))
        return await line.next(lambda found: found.get("in_response") == key)

    called.home.sign_status = 503
    assert (await answer())["error"] == "signature_unreachable"
    called.home.sign_status = 200
    first = await answer()
    assert first["ok"]
    assert (await answer())["receipt"] == first["receipt"]
    assert await sync_to_async(Step.objects.filter(key=key).count)() == 1
    await line.line.disconnect(timeout=GUARD)


async def test_one_party_keeps_only_itself_waiting():
    threads, held, entered = SideThreads("test", most=4, most_of_one=2), threading.Event(), threading.Semaphore(0)

    def hold(name):
        entered.release()
        held.wait(GUARD)
        return name

    slow = [asyncio.create_task(threads.call("slow", hold, number)) for number in range(3)]
    for _ in range(2):
        assert await asyncio.to_thread(entered.acquire, timeout=GUARD)
    assert await threads.call("other", str.upper, "here") == "HERE"
    assert not entered.acquire(blocking=False)  # the third of the same party has not begun
    held.set()
    assert await asyncio.gather(*slow) == [0, 1, 2]
    threads.close()
    assert await threads.call("slow", str.upper, "again") == "AGAIN"
    threads.close()
