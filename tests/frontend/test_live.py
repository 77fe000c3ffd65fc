"""What travels over the room's socket: fragments of the page itself, the same for an audience, and nothing too much."""

import json
import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.urls import reverse

from deploy.asgi import application
from frontend.live import draw_mine, draw_state
from frontend.qr import qr_code
from governance.queries.parts import parts_of
from governance.queries.rooms import load, room_view, state_for
from governance.queries.shapes import AUDIENCES
from tests.frontend.room_cast import OBJECTION, Room, make_room

GUARD = 30  # seconds; a guard against hanging, never a measurement
SEQ = re.compile(r' data-seq="\d+"')
TARGET = re.compile(r'<hx-partial hx-target="#(\w+)"')
CLOSES = re.compile(r'data-closes="([^"]+)" data-says="([^"]+)"')


class Fields(HTMLParser):
    """Collects everything in which somebody could type or choose."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag in {"textarea", "input", "select"} or "contenteditable" in dict(attrs):
            self.found.append(tag)


def draw_shared(pk: int, audience: str, language: str = "fr") -> str:
    return draw_state(state_for(load(pk), audience), language)


def draw_personal(pk: int, member, language: str = "fr") -> str:
    return draw_mine(room_view(pk, viewer=member), language)


def drawn(room: Room) -> dict[str, str]:
    """Every fragment of the room, by audience and by person."""
    pk = room.alix.pk
    people = {desk.name: getattr(room.cast, desk.name) for desk in (*room.three, room.dominique)}
    shared = {audience: draw_shared(pk, audience) for audience in AUDIENCES}
    return shared | {name: draw_personal(pk, member) for name, member in people.items()}


def walk(room: Room):
    """Bring a room through every stage of a decision with an objection, yielding at each."""
    cast = room.cast
    yield "convened"
    room.enter()
    yield "draft"
    room.alix.press("act-submit")
    yield "driver_check"
    for member in cast.three:
        cast.do(member, "answer_driver", version=1, answer="clear")
    cast.do(cast.bachir, "accept_driver", version=1)
    yield "presented"
    cast.do(cast.bachir, "start", version=1)
    cast.do(cast.camille, "ask_to_speak")
    yield "clarify"
    for member in cast.three:
        cast.do(member, "pass_turn", round=1)
    cast.do(cast.bachir, "close_round", round=1)
    for member in cast.three:
        cast.do(member, "take_turn", round=2, text="Cela me va.")
    yield "react"
    cast.do(cast.bachir, "close_round", round=2)
    yield "amend"
    cast.do(cast.alix, "keep", version=1)
    cast.answer(cast.alix, cast.bachir)
    cast.do(cast.camille, "position", version=1, call=1, **OBJECTION)
    yield "objection_call"
    cast.do(cast.bachir, "reveal", version=1, call=1)
    yield "test"
    for member in (cast.alix, cast.bachir):
        cast.do(member, "judge", objection=1, agree="yes")
    cast.do(cast.bachir, "close_test", objection=1)
    cast.do(cast.alix, "offer_amendment", version=1, text="Nous nous réunissons au local à 18 h.")
    yield "integrate"
    cast.do(cast.camille, "confirm_resolved", objection=1)
    cast.do(cast.bachir, "accept_amendment", version=1, objection=1)
    cast.answer(version=2)
    cast.do(cast.bachir, "reveal", version=2, call=1)
    yield "adopted"
    cast.do(cast.bachir, "close")
    cast.do(cast.bachir, "draw_up_minutes")
    yield "minutes_draft"


@pytest.fixture
def room(db) -> Room:
    return make_room()


def test_no_fragment_of_any_stage_holds_a_field_or_misses_the_page(room):
    stages = []
    for stage in walk(room):
        stages.append(stage)
        page, hall = room.alix.look(), room.alix.client.get(reverse("assembly_hall", args=[room.alix.pk]))
        for name, text in drawn(room).items():
            assert Fields(text).found == [], (stage, name)
            where = hall.content.decode() if name == "hall" else page
            for target in TARGET.findall(text):
                assert where.count(f'id="{target}"') == 1, (stage, name, target)
    assert len(stages) == 12


def test_the_last_minute_of_a_stage_is_told_in_a_region_that_no_push_redraws(room):
    room.to_call()
    page, parts = room.alix.look(), drawn(room)
    assert re.search(r'<div role="status">.*<p id="closing"></p>', page)
    assert not any('id="closing"' in text for text in parts.values())
    for text in (page, parts["member"]):
        ends, said = CLOSES.search(text).groups()
        assert datetime.fromisoformat(ends) == load(room.alix.pk).state.ends_at
        assert said == "Moins d’une minute avant la fin de cette étape."


def test_part_drawn_for_several_is_what_each_would_get_alone(room):
    """Parts are drawn once for all who see the same; in every stage, each gets what is theirs, and every change."""
    people = {desk.name: getattr(room.cast, desk.name) for desk in (*room.three, room.dominique)}
    last: dict[str, tuple[object, str]] = {}
    for stage in walk(room):
        loaded = load(room.alix.pk)
        came_in = {member: "observer" if member == room.cast.dominique else "member" for member in people.values()}
        parts = parts_of(loaded, came_in)
        for name, member in people.items():
            part = parts[member.pk]
            text = draw_mine(part.view, "fr")
            alone = room_view(room.alix.pk, viewer=member)
            came_as = replace(alone, mine=replace(alone.mine, role=part.view.mine.role))
            assert text == draw_mine(came_as, "fr"), (stage, name)
            told = (part.mark, SEQ.sub("", text))
            if name in last and last[name][0] == told[0]:
                assert last[name][1] == told[1], (stage, name)
            last[name] = told
        assert len(set(parts.values())) <= len(people)
    assert parts[room.cast.alix.pk] is parts[room.cast.camille.pk]  # to approve: the same for both


def test_fragments_speak_the_language_of_who_reads(room):
    room.enter()
    french, english = (draw_shared(room.alix.pk, "member", language) for language in ("fr", "en"))
    assert ("File de parole" in french, "Speaking queue" in french) == (True, False)
    assert ("File de parole" in english, "Speaking queue" in english) == (False, True)


def test_every_button_of_every_stage_has_its_own_name(room):
    for stage in walk(room):
        for desk in room.three:
            page = desk.look()
            names = re.findall(r' id="([^"]+)"', page)
            assert len(names) == len(set(names)), stage
            assert page.count("button main") + page.count('class="main"') <= 1, stage


def test_sealed_call_shows_nobodys_choice_but_to_themselves(room):
    for stage in walk(room):
        if stage != "objection_call":
            continue
        fragments = drawn(room)
        for name, text in fragments.items():
            assert OBJECTION["text"] not in text, name
            assert text.count('aria-pressed="true"') == (1 if name in {"alix", "bachir", "camille"} else 0), name
        assert 'id="act-position-objection"' in fragments["camille"]
        assert "3 personnes sur 3 ont répondu." in fragments["member"]
        return
    pytest.fail("the call was never reached")


def test_screen_of_the_hall_names_nobody_who_does_not_speak(room):
    room.enter()
    hall = draw_shared(room.alix.pk, "hall")
    assert "Se réunir au local" in hall
    for name in ("Alix", "Bachir", "Camille"):
        assert name not in hall


def test_speaker_is_the_only_name_on_the_screen_of_the_hall(room):
    room.enter()
    room.camille.press("act-ask_to_speak")
    room.bachir.press("act-give_floor")
    hall = draw_shared(room.alix.pk, "hall")
    assert "Camille" in hall
    assert "Alix" not in hall
    assert "Vous avez la parole." in draw_personal(room.alix.pk, room.cast.camille)
    assert "Vous avez la parole." not in draw_personal(room.alix.pk, room.cast.alix)


# --- over real sockets, through the door of the node -------------------------------------------------------


class Phone:
    """Somebody's socket, as a browser opens it."""

    def __init__(self, room: Room, name: str, *, query: str = "", origin: str = "", language: str = "") -> None:
        cookie = getattr(room, name).client.cookies[settings.SESSION_COOKIE_NAME].value
        headers = [
            (b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()),
            (b"origin", (origin or settings.ORIGIN).encode()),
            (b"accept-language", language.encode()),
        ]
        self.line = WebsocketCommunicator(application, f"/ws/assemblees/{room.alix.pk}{query}", headers=headers)
        self.heard: list[str] = []

    async def open(self) -> bool:
        opened, _ = await self.line.connect(timeout=GUARD)
        return opened

    async def until(self, wanted: str) -> str:
        """Listen until a frame holds these words; keep everything heard."""
        while True:
            self.heard.append(await self.line.receive_from(timeout=GUARD))
            if wanted in self.heard[-1]:
                return self.heard[-1]

    async def say(self, kind: str, **payload: object) -> None:
        await self.line.send_to(text_data=json.dumps({"kind": kind, "payload": payload, "key": str(uuid4())}))


async def opened(room: Room, name: str, **more: str) -> Phone:
    phone = Phone(room, name, **more)
    assert await phone.open()
    return phone


@pytest.mark.django_db(transaction=True)
async def test_act_by_form_reaches_the_sockets_of_others():
    room = await sync_to_async(make_room)()
    await sync_to_async(room.enter)()
    alix = await opened(room, "alix")
    assert alix.line.scope == {}  # what was said at the door is not kept
    first = await alix.until('hx-target="#state"')
    assert first.startswith("<hx-partial")
    await alix.until('hx-target="#mine"')
    await sync_to_async(room.camille.press)("act-ask_to_speak")
    told = await alix.until("Camille</li>")
    assert 'hx-target="#mine"' not in told
    await alix.line.disconnect(timeout=GUARD)


@pytest.mark.django_db(transaction=True)
async def test_frames_of_others_hold_no_choice_before_the_reveal():
    room = await sync_to_async(make_room)()
    await sync_to_async(room.to_call)()
    alix, hall = await opened(room, "alix"), await opened(room, "dominique", query="?ecran=1")
    camille = await opened(room, "camille")
    await camille.say("position", version=1, call=1, **OBJECTION)
    own = await camille.until('aria-pressed="true"')
    assert "act-position-objection" in own
    for other in (alix, hall):
        await other.until("1 personne sur 3 a répondu.")
        assert OBJECTION["text"] not in "".join(other.heard)
        assert 'aria-pressed="true"' not in "".join(other.heard)
    await sync_to_async(room.alix.press)("act-position-consent")
    await sync_to_async(room.bachir.press)("act-position-consent")
    await sync_to_async(room.bachir.fill)("act-reveal")
    await alix.until(OBJECTION["text"])
    for phone in (alix, hall, camille):
        await phone.line.disconnect(timeout=GUARD)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("origin", ["http://localhost:8001", "https://localhost:8000", "http://pirate.example"])
async def test_another_origin_gets_no_socket(origin):
    room = await sync_to_async(make_room)()
    assert not await Phone(room, "alix", origin=origin).open()


@pytest.mark.django_db(transaction=True)
async def test_refused_frame_answers_with_a_sentence():
    room = await sync_to_async(make_room)()
    await sync_to_async(room.enter)()
    alix = await opened(room, "alix")
    await alix.say("open")
    answer = json.loads(await alix.until('"ok": false'))
    assert answer["error"] in {"not_now", "not_facilitator"}
    assert answer["message"] != answer["error"]
    await alix.line.disconnect(timeout=GUARD)


@pytest.mark.django_db(transaction=True)
async def test_each_hears_in_their_own_language():
    """The state, one's own part and a refusal, for two people in one room."""
    room = await sync_to_async(make_room)()
    await sync_to_async(room.enter)()
    alix, camille = await opened(room, "alix", language="en-GB,fr;q=0.5"), await opened(room, "camille")
    assert "Speaking queue" in await alix.until('hx-target="#state"')
    assert "File de parole" in await camille.until('hx-target="#state"')
    await alix.until('hx-target="#mine"')
    await camille.until('hx-target="#mine"')
    await sync_to_async(room.bachir.press)("act-ask_to_speak")
    assert "Speaking queue" in await alix.until("Bachir</li>")
    assert "File de parole" in await camille.until("Bachir</li>")
    for phone in (alix, camille):
        await phone.say("open")
    refusals = [json.loads(await phone.until('"ok": false'))["message"] for phone in (alix, camille)]
    assert refusals[0] != refusals[1]
    for phone in (alix, camille):
        await phone.line.disconnect(timeout=GUARD)


def test_screen_of_the_hall_shows_where_to_enter_to_phones_and_in_words(room):
    room.enter()
    page = room.alix.client.get(reverse("assembly_hall", args=[room.alix.pk])).content.decode()
    address = f"{settings.ORIGIN}{reverse('assembly', args=[room.alix.pk])}"
    assert page.count(f"<strong>{address}</strong>") == 1
    assert re.search(rf'role="img" aria-label="[^"]*{re.escape(address)}"><svg', page)
    assert qr_code(address) in page
    assert qr_code(address) != qr_code(f"{address}/autre")
    assert "<style" not in qr_code(address)
    assert " style=" not in qr_code(address)
