"""WS, in this process: who listens, odd frames, missed messages, crossed rooms.

WS-02, WS-04 and WS-07 through a node's own front door: `test_ws_live.py`. Socket and rights end together, whole state
on connect, each kind of malformed frame alone: `tests/governance/test_sockets.py`.
"""

import asyncio
import json
import logging
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from governance import consumers, drawing, hub
from governance.actions.assemblies import act, convene
from governance.actions.circles import open_circle
from governance.live_room import Socket
from governance.models import Assembly, RoomStep, Step
from governance.queries.sockets import Entrance
from network.actions.collectives import admit_member, found_collective
from network.clock import now
from network.models import Membership, MembershipState
from tests.governance.conftest import make_cast, make_member
from tests.governance.phones import GUARD, Phone, cookie_of, phone, state

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db):
    return make_cast()


@pytest.fixture(autouse=True)
def plain_frames(monkeypatch):
    """Frames as JSON, whatever draws them on a node."""
    monkeypatch.setattr(drawing, "_hand", [drawing.PLAIN])


# --- WS-02: a stranger listens


def _strangers(cast) -> list[str]:
    """Somebody of another collective, a guest (who asked to join), one whose membership ended, one of no collective."""
    elsewhere = found_collective(name="Les Voisins")
    for name, collective, standing in (
        ("gaston", elsewhere, MembershipState.ACTIVE),
        ("hana", cast.collective, MembershipState.CANDIDATE),
        ("jo", cast.collective, MembershipState.ENDED),
    ):
        member = make_member(name.capitalize())
        admit_member(collective=collective, member=member)
        Membership.objects.filter(member=member).update(state=standing)
    return ["gaston", "hana", "jo", "fanny"]


async def test_ws_02_strangers_and_guests_hear_nothing_and_the_refusal_is_logged(cast, caplog):
    caplog.set_level(logging.INFO, "toile.security")
    await sync_to_async(cast.convene)()
    assert not await Phone(cast.assembly.pk).open()
    assert not await Phone(cast.assembly.pk, "a" * 32).open()  # an invented session
    for handle in await sync_to_async(_strangers)(cast):
        for query in ("", "?ecran=1"):
            stranger = Phone(cast.assembly.pk, await sync_to_async(cookie_of)(handle), query)
            assert not await stranger.open(), handle
            assert stranger.code == consumers.NO_ROOM
    assert len([each for each in caplog.messages if each.startswith("socket refused: role")]) == 10
    assert hub.hub().rooms == {}


async def test_ws_02_who_was_invited_and_is_a_member_no_more_acts_in_no_room(cast, monkeypatch):
    """Each frame is judged again: the notice of the assembly gives no right that outlives membership."""
    monkeypatch.setattr(hub, "RIGHTS_SECONDS", 3600.0)  # nobody has looked yet
    await sync_to_async(cast.enter)()
    alix = await phone(cast, "alix")
    await alix.next(state)
    before = await sync_to_async(RoomStep.objects.count)()
    await sync_to_async(Membership.objects.filter(member=cast.alix).update)(state=MembershipState.ENDED)
    refused = await alix.say("ask_to_speak")
    assert (refused["ok"], refused["error"]) == (False, "assembly_unknown")
    assert await sync_to_async(RoomStep.objects.count)() == before
    again = Phone(cast.assembly.pk, alix.session)
    assert not await again.open()
    await alix.line.disconnect(timeout=GUARD)


async def test_ws_02_who_is_suspended_is_heard_and_takes_no_other_act(cast):
    await sync_to_async(cast.enter)()
    alix = await phone(cast, "alix")
    await alix.next(state)
    await sync_to_async(Membership.objects.filter(member=cast.alix).update)(state=MembershipState.SUSPENDED)
    refused = await alix.say("note_incident", text="Je note.")
    assert (refused["ok"], refused["error"]) == (False, "membership_suspended")
    assert (await alix.say("ask_to_speak"))["ok"]
    await alix.line.disconnect(timeout=GUARD)


# --- WS-05: malformed frames

OTHERS = 999_999_999
ODD = [
    " ",
    "\x00",
    "null",
    "true",
    "5",
    '"check_in"',
    "{}",
    "[" * 30_000 + "]" * 30_000,
    '{"kind": "check_in", "payload": ' + '{"a":' * 5_000 + "1" + "}" * 5_000 + ', "key": "%s"}',
    '{"kind": "check_in", "payload": {}, "key": "%s", "actor": 1}',
    '{"kind": "check_in", "payload": {}, "key": "%s", "assembly_id": 1}',
    '{"kind": "check_in", "payload": {"at": "2020-01-01"}, "key": "%s"}',
    '{"kind": "__class__", "payload": {}, "key": "%s"}',
    '{"kind": "\\ud800", "payload": {}, "key": "%s"}',
    '{"kind": "take_turn", "payload": {"round": 1, "text": "\\ud800"}, "key": "%s"}',
    '{"kind": "take_turn", "payload": {"round": 1, "text": "a\\u0000b"}, "key": "%s"}',
    '{"kind": "take_turn", "payload": {"round": 1, "text": {"$ne": ""}}, "key": "%s"}',
    '{"kind": "position", "payload": {"version": 1, "call": 1e400, "choice": "consent"}, "key": "%s"}',
    '{"kind": "position", "payload": {"version": 1, "call": 1, "choice": ["consent"]}, "key": "%s"}',
    '{"kind": "position", "payload": {"version": true, "call": 1, "choice": "consent"}, "key": "%s"}',
    f'{{"kind": "go_to_item", "payload": {{"item": {OTHERS}}}, "key": "%s"}}',
    f'{{"kind": "judge", "payload": {{"objection": {OTHERS}, "wording": 0, "agree": "yes"}}, "key": "%s"}}',
    f'{{"kind": "position", "payload": {{"version": {OTHERS}, "call": 1, "choice": "consent"}}, "key": "%s"}}',
]


async def test_ws_05_odd_frames_get_an_error_frame_the_socket_stays_and_nothing_changes(cast):
    await sync_to_async(cast.to_call)()
    before = await sync_to_async(_rows)()
    alix = await phone(cast, "alix")
    for text in ODD:
        await alix.line.send_to(text_data=text.replace("%s", str(uuid4())))
        refused = await alix.next(lambda found: "ok" in found)
        assert (refused["ok"], bool(refused["message"])) == (False, True), text[:80]
    assert await sync_to_async(_rows)() == before
    assert (await alix.say("position", version=1, call=1, choice="consent"))["ok"]
    await alix.line.disconnect(timeout=GUARD)


def _rows() -> tuple[int, int, list[int]]:
    return RoomStep.objects.count(), Step.objects.count(), list(Assembly.objects.values_list("seq", flat=True))


# --- WS-08: missed messages


def _by_http(cast, handle: str) -> dict:
    client = Client()
    client.login(username=handle, password="motdepasse-1")
    return client.get(f"/api/v1/assemblies/{cast.assembly.pk}").json()


DRAWN = {"at", "lapses_at", "number", "spent", "left", "seconds"}  # what the clock says when it is drawn


def _settled(document: object) -> object:
    """Without the instants at which the one and the other were drawn, and with one spelling of instants."""
    if isinstance(document, dict):
        return {name: _settled(value) for name, value in document.items() if name not in DRAWN}
    if isinstance(document, list):
        return [_settled(each) for each in document]
    if isinstance(document, str) and re.match(r"\d{4}-\d\d-\d\d[T ]\d", document):
        return document[:19].replace(" ", "T")
    return document


async def test_ws_08_who_was_away_during_an_opening_comes_back_to_the_state_that_http_tells(cast):
    await sync_to_async(cast.to_call)()
    alix = await phone(cast, "alix")
    await alix.next(state)
    await alix.line.disconnect(timeout=GUARD)
    await sync_to_async(cast.answer)()
    await sync_to_async(cast.do)(cast.bachir, "reveal", version=1, call=1)
    back = await phone(cast, "alix")
    told = await back.next(state)
    mine = (await back.next(lambda found: "mine" in found))["mine"]
    asked = await sync_to_async(_by_http)(cast, "alix")
    assert told["state"]["consent"]["stage"] == "adopted"
    assert _settled(told["state"]) == _settled(asked["state"])
    personal = ("role", "position", "entitled", "present", "proposer")
    assert {name: mine[name] for name in personal} == {name: asked["mine"][name] for name in personal}
    assert {each["kind"] for each in mine["acts"]} == {each["kind"] for each in asked["mine"]["acts"]}
    await back.line.disconnect(timeout=GUARD)


class BrokenLayer:
    """A channel layer whose Redis has gone."""

    async def new_channel(self):
        raise ConnectionError("gone")

    async def group_send(self, *of):
        raise ConnectionError("gone")


async def test_ws_08_nothing_depends_on_a_push(cast, monkeypatch):
    """Redis gone or begun anew, and no word from the process that acted: the state arrives by asking."""
    await sync_to_async(cast.to_call)()
    monkeypatch.setattr(hub, "get_channel_layer", BrokenLayer)
    monkeypatch.setattr("governance.receivers.notify", lambda *of: None)
    alix = await phone(cast, "alix")
    await alix.next(state)
    await sync_to_async(cast.answer)()
    receipt = await sync_to_async(cast.do)(cast.bachir, "reveal", version=1, call=1)
    told = await alix.next(lambda found: state(found) and found["seq"] >= receipt.seq)
    assert told["state"]["consent"]["stage"] == "adopted"
    await alix.line.disconnect(timeout=GUARD)


# --- WS-09: crossed rooms


def _twin(cast) -> Assembly:
    """A second room of the same name, in a circle of the same collective: Dominique and Fanny."""
    admit_member(collective=cast.collective, member=cast.fanny)
    pair = [cast.dominique, cast.fanny]
    circle = open_circle(actor=cast.dominique, collective=cast.collective, name="Autre cercle", members=pair)
    return convene(
        actor=cast.dominique, circle_id=circle.pk, title=cast.assembly.title, starts_at=now() + timedelta(hours=1),
        place=cast.assembly.place, agenda=[("Questions diverses", None)],
    )  # fmt: skip


class Ear:
    """A socket without a wire: what the hub writes to it is kept."""

    def __init__(self, assembly: Assembly, member) -> None:
        self.heard: list[str] = []
        entrance = Entrance("", member.account.pk, member.pk)
        self.socket = Socket(assembly.pk, "member", "fr", member, entrance, self.hear, self.close)

    async def hear(self, text: str) -> None:
        self.heard.append(text)

    async def close(self, code: int) -> None:
        raise AssertionError(f"closed: {code}")


async def test_ws_09_ten_thousand_frames_of_two_rooms_of_one_name_and_none_crosses(cast, monkeypatch):
    monkeypatch.setattr(hub, "STATES_PER_SECOND", 10_000)
    monkeypatch.setattr(hub, "RIGHTS_SECONDS", 3600.0)
    monkeypatch.setattr(hub, "SLOW_SECONDS", 3600.0)  # nobody is slow here but the machine
    await sync_to_async(cast.convene)()
    first, second = cast.assembly, await sync_to_async(_twin)(cast)
    rooms = {
        first.pk: [Ear(first, each) for each in cast.three * 40],
        second.pk: [Ear(second, each) for each in (cast.dominique, cast.fanny) * 60],
    }
    the_hub = hub.hub()
    for ears in rooms.values():
        for ear in ears:
            the_hub.join(ear.socket)
    acting = {first.pk: cast.alix, second.pk: cast.fanny}
    for number in range(40):
        for pk, actor in acting.items():
            kind = ("check_in", "leave")[number % 2]
            receipt = await sync_to_async(act)(assembly_id=pk, actor=actor, kind=kind, payload={}, key=uuid4())
            the_hub.notice(pk, receipt.seq)
    for pk, ears in rooms.items():
        seq = await sync_to_async(lambda pk=pk: Assembly.objects.get(pk=pk).seq)()
        await _until(lambda ears=ears, seq=seq: all(f'{{"seq": {seq},' in "".join(ear.heard[-9:]) for ear in ears))
    heard = {pk: [text for ear in ears for text in ear.heard] for pk, ears in rooms.items()}
    for pk, texts in heard.items():
        told = [json.loads(text) for text in set(texts)]
        states = [each["state"] for each in told if "state" in each]
        assert {each["assembly_id"] for each in states} == {pk}
        assert {person["name"] for each in states for person in each["present"]} == {acting[pk].name}
        assert {each["title"] for each in states} == {first.title}
    for ear in (ear for ears in rooms.values() for ear in ears):
        the_hub.leave(ear.socket)
    assert sum(len(texts) for texts in heard.values()) >= 10_000


async def _until(done) -> None:
    for _ in range(GUARD * 100):
        if done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come")
