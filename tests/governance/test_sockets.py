"""The socket of a room: who comes in, what frames do, what is told to whom, and when it ends."""

import asyncio
import json
from threading import Event
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client

from governance import consumers, drawing, hub
from governance.actions.assemblies import act
from governance.models import Assembly, RoomStep
from governance.queries.sockets import Entrance, standing
from network.actions.collectives import end_membership
from tests.governance.conftest import OBJECTION
from tests.governance.phones import GUARD, Phone, cookie_of, phone, state

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def plain_frames(monkeypatch):
    """Frames as JSON, whatever draws them on a node."""
    monkeypatch.setattr(drawing, "_hand", [drawing.PLAIN])


async def test_strangers_are_refused(lasting_cast):
    await sync_to_async(lasting_cast.convene)()
    assert not await Phone(lasting_cast.assembly.pk).open()
    fanny = Phone(lasting_cast.assembly.pk, await sync_to_async(cookie_of)("fanny"))
    assert not await fanny.open()
    assert fanny.code == consumers.NO_ROOM
    elsewhere = Phone(999_999, await sync_to_async(cookie_of)("alix"))
    assert not await elsewhere.open()


async def test_whole_state_on_connect_then_every_act_reaches_everybody(lasting_cast):
    cast = lasting_cast
    await sync_to_async(cast.convene)()
    alix, bachir = await phone(cast, "alix"), await phone(cast, "bachir")
    first = await alix.next(state)
    assert (first["seq"], first["state"]["audience"]) == (0, "member")
    mine = (await alix.next(lambda found: "mine" in found))["mine"]
    assert (mine["role"], mine["person"]) == ("member", None)  # drawn once for all who see the same
    assert (await bachir.next(state))["state"]["audience"] == "facilitator"
    answer = await alix.say("check_in")
    assert answer["ok"]
    assert answer["receipt"]["code"] == "recorded"
    told = await bachir.next(lambda found: state(found) and found["seq"] >= 1)
    assert [person["name"] for person in told["state"]["present"]] == ["Alix"]
    for each in (alix, bachir):
        await each.line.disconnect(timeout=GUARD)
    assert hub.hub().rooms == {}


async def test_acts_of_form_reach_sockets(lasting_cast):
    cast = lasting_cast
    await sync_to_async(cast.convene)()
    alix = await phone(cast, "alix")
    await sync_to_async(cast.do)(cast.bachir, "check_in")
    told = await alix.next(lambda found: state(found) and found["seq"] >= 1)
    assert told["state"]["present_count"] == 1
    await alix.line.disconnect(timeout=GUARD)


async def test_rows_written_elsewhere_are_noticed_by_asking(lasting_cast, monkeypatch):
    cast = lasting_cast
    await sync_to_async(cast.convene)()
    alix = await phone(cast, "alix")
    await alix.next(state)
    monkeypatch.setattr("governance.receivers.notify", lambda *args: None)  # as if another process had acted
    await sync_to_async(cast.do)(cast.bachir, "check_in")
    assert (await alix.next(lambda found: state(found) and found["seq"] >= 1))["state"]["present_count"] == 1
    await alix.line.disconnect(timeout=GUARD)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"bytes_data": b"\x00\x01"}, "frame_binary"),
        ({"text_data": "pas du JSON"}, "frame_malformed"),
        ({"text_data": "[" * 60_000}, "frame_malformed"),
        ({"text_data": "[]"}, "frame_malformed"),
        ({"text_data": '{"kind": "check_in"}'}, "frame_malformed"),
        ({"text_data": '{"kind": ["check_in"], "payload": {}, "key": "k"}'}, "frame_malformed"),
        ({"text_data": '{"kind": "check_in", "payload": {}, "key": "pas un uuid"}'}, "key_malformed"),
        ({"text_data": '{"kind": "adopter", "payload": {}, "key": "%s"}'}, "unknown_act"),
        ({"text_data": '{"kind": "check_in", "payload": {"person": 1}, "key": "%s"}'}, "unknown_field"),
        ({"text_data": '{"kind": "check_in", "payload": [], "key": "%s"}'}, "not_an_object"),
        ({"text_data": '{"kind": "reveal", "payload": {"version": NaN, "call": 1}, "key": "%s"}'}, "field_malformed"),
        ({"text_data": '{"kind": "open", "payload": {}, "key": "%s"}'}, "not_facilitator"),
    ],
)
async def test_malformed_frames_change_nothing_and_the_socket_stays(lasting_cast, frame, code):
    cast = lasting_cast
    await sync_to_async(cast.convene)()
    alix = await phone(cast, "alix")
    if "%s" in frame.get("text_data", ""):
        frame = {"text_data": frame["text_data"] % uuid4()}
    await alix.line.send_to(**frame)
    refused = await alix.next(lambda found: "ok" in found)
    assert (refused["ok"], refused["error"]) == (False, code)
    assert await sync_to_async(lambda: Assembly.objects.get().seq)() == 0
    assert (await alix.say("check_in"))["ok"]
    await alix.line.disconnect(timeout=GUARD)


async def test_what_was_sent_again_meanwhile_waits_for_no_other_act(lasting_cast):
    await sync_to_async(lasting_cast.convene)()
    alix, busy, free = await phone(lasting_cast, "alix"), Event(), Event()
    frame = json.dumps({"kind": "check_in", "payload": {}, "key": str(uuid4())})
    await alix.line.send_to(text_data=frame)
    first = await alix.next(lambda found: "ok" in found)
    held = asyncio.ensure_future(hub.hub().acts.call(lambda: busy.set() or free.wait(GUARD)))  # somebody's slow act
    try:
        assert await asyncio.to_thread(busy.wait, GUARD)
        await alix.line.send_to(text_data=frame)
        assert await alix.next(lambda found: "ok" in found) == first
        assert not held.done()
    finally:
        free.set()
        await held
    assert await sync_to_async(RoomStep.objects.count)() == 1
    await alix.line.disconnect(timeout=GUARD)


async def test_what_was_refused_is_judged_anew(lasting_cast):
    cast = lasting_cast
    await sync_to_async(cast.convene)()
    bachir = await phone(cast, "bachir")
    frame = json.dumps({"kind": "leave", "payload": {}, "key": str(uuid4())})
    await bachir.line.send_to(text_data=frame)
    assert not (await bachir.next(lambda found: "ok" in found))["ok"]
    assert (await bachir.say("check_in"))["ok"]
    await bachir.line.send_to(text_data=frame)
    assert (await bachir.next(lambda found: "ok" in found))["ok"]
    await bachir.line.disconnect(timeout=GUARD)


async def test_heavy_frame_closes(lasting_cast):
    await sync_to_async(lasting_cast.convene)()
    alix = await phone(lasting_cast, "alix")
    await alix.line.send_to(text_data="x" * (consumers.MAX_FRAME + 1))
    assert await alix.closed() == consumers.TOO_BIG


async def test_flood_closes(lasting_cast):
    await sync_to_async(lasting_cast.convene)()
    alix = await phone(lasting_cast, "alix")
    for _ in range(consumers.BURST * 4):
        await alix.line.send_to(text_data="{}")
    assert await alix.closed() == consumers.TOO_OFTEN


async def test_too_many_sockets_of_one_account_are_refused(lasting_cast):
    await sync_to_async(lasting_cast.convene)()
    phones = [await phone(lasting_cast, "alix") for _ in range(consumers.SOCKETS_PER_ACCOUNT)]
    one_more = Phone(lasting_cast.assembly.pk, phones[0].session)
    assert not await one_more.open()
    assert one_more.code == consumers.TOO_MANY
    for each in phones:
        await each.line.disconnect(timeout=GUARD)
    assert await one_more_after(lasting_cast)


async def one_more_after(cast) -> bool:
    again = await phone(cast, "alix")
    await again.line.disconnect(timeout=GUARD)
    return True


@pytest.mark.parametrize("how", ["logout", "membership", "password"])
async def test_socket_ends_with_its_rights(lasting_cast, how, monkeypatch):
    cast = lasting_cast
    await sync_to_async(cast.convene)()
    alix = await phone(cast, "alix")
    await alix.next(state)
    await sync_to_async(_end)(cast, how, alix.session)
    assert await alix.closed() == hub.GONE


@pytest.mark.parametrize("how", ["logout", "membership", "password"])
async def test_no_frame_passes_once_rights_have_ended(lasting_cast, how, monkeypatch):
    """Not even before the hub next asks who may stay."""
    monkeypatch.setattr(hub, "RIGHTS_SECONDS", 3600.0)
    cast = lasting_cast
    await sync_to_async(cast.convene)()
    alix = await phone(cast, "alix")
    await alix.next(state)
    await sync_to_async(_end)(cast, how, alix.session)
    answer = await alix.say("check_in")
    assert (answer["ok"], answer["error"]) == (False, "assembly_unknown")
    assert not await sync_to_async(RoomStep.objects.filter(kind="check_in").exists)()
    await alix.line.disconnect(timeout=GUARD)


@pytest.mark.parametrize("how", ["logout", "membership", "password"])
async def test_who_was_found_good_before_is_judged_by_what_stands_now(lasting_cast, how):
    cast = lasting_cast
    await sync_to_async(cast.convene)()
    client = await sync_to_async(_logged_in)(cast)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    here = Entrance(session, cast.alix.account.pk, cast.alix.pk)
    lent = Entrance(session, cast.bachir.account.pk, cast.bachir.pk)
    for _ in range(2):
        assert await sync_to_async(standing)(cast.assembly.pk, [here, lent]) == {here}
    await sync_to_async(_end)(cast, how, session)
    assert await sync_to_async(standing)(cast.assembly.pk, [here]) == frozenset()


def _logged_in(cast) -> Client:
    client = Client()
    client.force_login(cast.alix.account)
    return client


def _end(cast, how: str, session: str) -> None:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    if how == "logout":
        client.logout()
    if how == "membership":
        end_membership(collective=cast.collective, member=cast.alix)
    if how == "password":
        cast.alix.account.set_password("un-autre-mot-1")
        cast.alix.account.save()


async def test_who_comes_in_while_rights_are_asked_stays(lasting_cast, monkeypatch):
    """Rights are asked for those who were there; the answer says nothing of who came since."""
    asked, answer, again = Event(), Event(), Event()
    real = hub.standing

    def slowly(assembly_id, entrances):
        if not asked.is_set():
            asked.set()
            assert answer.wait(GUARD)
        elif answer.is_set():
            again.set()
        return real(assembly_id, entrances)

    await sync_to_async(lasting_cast.convene)()
    alix = await phone(lasting_cast, "alix")
    await alix.next(state)
    monkeypatch.setattr(hub, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(hub, "RIGHTS_SECONDS", 0.0)
    monkeypatch.setattr(hub, "standing", slowly)
    assert await asyncio.to_thread(asked.wait, GUARD)
    bachir = await phone(lasting_cast, "bachir")
    answer.set()
    assert await asyncio.to_thread(again.wait, GUARD)  # the first answer has been followed
    (room,) = hub.hub().rooms.values()
    assert {socket.member.name for socket in room.sockets} == {"Alix", "Bachir"}
    assert (await bachir.next(state))["state"]["audience"] == "facilitator"
    assert (await bachir.say("check_in"))["ok"]
    for each in (alix, bachir):
        await each.line.disconnect(timeout=GUARD)


async def test_newest_state_alone_is_told_and_drawn_once_for_all(lasting_cast, monkeypatch):
    """However many acts in a fifth of a second: everybody hears of the last, and one drawing served them."""
    cast, drawn = lasting_cast, []
    monkeypatch.setattr(hub, "STATES_PER_SECOND", 1)
    await sync_to_async(cast.convene)()
    phones = [await phone(cast, handle) for handle in ("alix", "camille", "alix", "camille")]
    for each in phones:
        await each.next(state)
        await each.next(lambda found: "mine" in found)
    plain = drawing.PLAIN.state
    counting = drawing.Hand(lambda *of: drawn.append(of[0].seq) or plain(*of), drawing.PLAIN.mine, str)
    monkeypatch.setattr(drawing, "_hand", [counting])
    await sync_to_async(cast.do)(cast.bachir, "check_in")
    first = [(await each.next(state))["seq"] for each in phones]
    for member, kind in ((cast.alix, "check_in"), (cast.camille, "check_in"), (cast.bachir, "open")):
        await sync_to_async(cast.do)(member, kind)
    second = [(await each.next(state))["seq"] for each in phones]
    assert (set(first), set(second)) == ({1}, {4})
    assert drawn == [1, 4]
    for each in phones:
        await each.line.disconnect(timeout=GUARD)


async def test_sealed_choices_reach_nobody_else(lasting_cast):
    cast = lasting_cast
    await sync_to_async(cast.to_call)()
    hall = await phone(cast, "dominique", "?ecran=1")
    alix, camille = await phone(cast, "alix"), await phone(cast, "camille")
    answer = await camille.say("position", version=1, call=1, **OBJECTION)
    assert answer["ok"]
    seq = answer["receipt"]["seq"]
    for other in (alix, hall):
        told = await other.next(lambda found: state(found) and found["seq"] >= seq)
        assert told["state"]["consent"]["answered_count"] == 1
        assert OBJECTION["text"] not in json.dumps(told, ensure_ascii=False)
    for each in (hall, alix, camille):
        await each.line.disconnect(timeout=GUARD)


async def test_rooms_never_cross(lasting_cast):
    cast = lasting_cast
    first = await sync_to_async(cast.convene)()
    here = await phone(cast, "alix")
    await sync_to_async(cast.convene)()
    there = await phone(cast, "alix")
    await here.next(state)
    await sync_to_async(cast.do)(cast.bachir, "check_in")
    told = await there.next(lambda found: state(found) and found["seq"] >= 1)
    assert told["state"]["assembly_id"] != first.pk
    await sync_to_async(act)(assembly_id=first.pk, actor=cast.camille, kind="check_in", payload={}, key=uuid4())
    mine = await here.next(lambda found: state(found) and found["seq"] >= 1)
    assert (mine["state"]["assembly_id"], mine["state"]["present"][0]["name"]) == (first.pk, "Camille")
    for each in (here, there):
        await each.line.disconnect(timeout=GUARD)
