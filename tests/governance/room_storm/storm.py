"""A storm over one assembly: many browsers on a bad line, servers killed while people act."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import services
from tests.governance.room_storm.browser import SILENCE, Browser
from tests.governance.room_storm.person import PASSING, Act, Person
from tests.governance.room_storm.proxy import Proxy
from tests.governance.room_storm.weather import Redis, Weather
from tests.services import GUARD_SECONDS, Node, new_node

LAST = 3  # acts that everybody presses once more in the end


@dataclass(frozen=True)
class Storm:
    """How many people, and how hard it blows. Seconds are real."""

    seed: int
    people: int
    items: int  # proposals to decide on
    kills: int
    kill_every: float
    pace: float  # mean pause of a person between two acts
    loss: float = 0.3
    deaf: tuple[float, float] = (5.0, 15.0)  # seconds without any receipt, seconds with
    cut_every: float = 3.0
    guard: float = 900.0


@dataclass
class Outcome:
    """What there is to judge."""

    storm: Storm
    people: list[Person]
    counts: Counter[str]
    kills: Counter[str]
    facts: dict[str, Any] = field(default_factory=dict)
    drawn: dict[str, str] = field(default_factory=dict)  # the room as a fresh process draws it
    seconds: float = 0.0
    stormy: float = 0.0  # seconds until the calm
    printed: str = ""


def run(storm: Storm, folder: Path) -> Outcome:
    """Let it blow, then calm down; return what everybody did and saw, and what the journals hold."""
    redis, port = Redis(folder / "redis"), services.free_port()
    nodes = _nodes(folder, port, redis)
    room = ask(nodes[0][0], f"convene({storm.people}, {storm.items})")
    weather = Weather(random.Random(f"{storm.seed} weather"), nodes, redis)
    proxy = Proxy(random.Random(f"{storm.seed} line"), [node.port for node, _ in nodes], storm.loss)
    people = _people(storm, room, port, proxy.counts)
    outcome = Outcome(storm, people, proxy.counts, weather.kills)

    def look() -> None:
        for what in ("facts", "drawn"):
            setattr(outcome, what, ask(nodes[0][0], f"{what}({room['assembly']})"))

    try:
        weather.start_all()
        start = time.monotonic()
        with ThreadPoolExecutor(1) as alone:  # this thread may have a browser's event loop
            alone.submit(asyncio.run, _blow(outcome, proxy, weather, port, look)).result()
        outcome.seconds = time.monotonic() - start
    finally:
        weather.end()
        outcome.printed = "".join(node.printed() for node, _ in nodes)
    return outcome


def ask(node: Node, call: str) -> Any:
    """Call a function of `setting` on the node's data; return what it said."""
    code = f"from tests.governance.room_storm import setting; setting.say(setting.{call})"
    return json.loads(node.manage("shell", "--no-imports", "-c", code).stdout.rpartition("the storm says ")[2])


def _nodes(folder: Path, port: int, redis: Redis) -> list[tuple[Node, tuple[str, ...]]]:
    """Two web processes on one database, as behind a balancer: what one takes, the other tells through Redis."""
    env = {"TOILE_REDIS_URL": redis.url, "TOILE_HALL_NETWORKS": "127.0.0.1"}
    first = new_node(folder / "node", origin=f"http://localhost:{port}", env=env)
    second = new_node(folder / "node", origin=first.origin, env=env)
    second.log = folder / "second.log"
    return [(first, ()), (second, ("--web-only",))]


def _people(storm: Storm, room: dict[str, Any], port: int, counts: Counter[str]) -> list[Person]:
    people = []
    for number, name, session in room["people"]:
        chance = random.Random(f"{storm.seed} {name}")
        browser = Browser(name, port, room["assembly"], session, chance, counts)
        people.append(Person(number, browser, chance))
    return people


async def _blow(outcome: Outcome, proxy: Proxy, weather: Weather, port: int, look: Callable[[], None]) -> None:
    storm, people, over, began = outcome.storm, outcome.people, asyncio.Event(), time.monotonic()
    await proxy.start(port)
    pages = [asyncio.create_task(person.browser.live()) for person in people]
    lives = [asyncio.create_task(_live(person, _pace(storm, place), over)) for place, person in enumerate(people)]
    winds = [asyncio.create_task(each) for each in (_deafen(storm, proxy), _cut(storm, proxy))]
    try:
        await asyncio.wait_for(weather.blow(storm.kills, storm.kill_every), storm.guard)
        for wind in winds:
            wind.cancel()
        proxy.calm, proxy.deaf, outcome.stormy = True, False, time.monotonic() - began
        await _until(lambda: _decided(people[0], storm), storm.guard, lives)
        over.set()
        await asyncio.wait_for(asyncio.gather(*lives), storm.guard)
        await asyncio.gather(*(_again(person) for person in people))
        await _settle(people)
        await asyncio.to_thread(look)  # while the pages are open: once they are closed their people are soon away
    finally:
        for task in (*winds, *lives, *pages):
            task.cancel()
        await asyncio.gather(*winds, *lives, *pages, return_exceptions=True)
        await proxy.end()


def _pace(storm: Storm, place: int) -> float:
    """Whoever facilitates or proposes looks at the page more often than others."""
    return storm.pace / 4 if place <= storm.items else storm.pace


async def _live(person: Person, pace: float, over: asyncio.Event) -> None:
    while not over.is_set():
        await asyncio.sleep(person.chance.uniform(0.5 * pace, 1.5 * pace))
        act = await person.next_act()
        if act is not None:
            await person.press(act)


async def _deafen(storm: Storm, proxy: Proxy) -> None:
    without, with_them = storm.deaf
    while True:
        await asyncio.sleep(with_them)
        proxy.deaf = True
        await asyncio.sleep(without)
        proxy.deaf = False


async def _cut(storm: Storm, proxy: Proxy) -> None:
    while True:
        await asyncio.sleep(storm.cut_every)
        proxy.cut()


def _decided(facilitator: Person, storm: Storm) -> bool:
    page = facilitator.browser.page
    return page.heading == f"Proposition {storm.items}" and page.at_rest()


async def _again(person: Person) -> None:
    """Take the hand down; then press the last acts once more: each must give the receipt it gave before."""
    await person.press(Act("lower_signal", {}, person.number))
    taken = [act for act in person.acts if act.taken and act.kind not in PASSING]
    for act in taken[-LAST:]:
        await person.repeat(act)


async def _settle(people: list[Person]) -> None:
    """Wait until every page shows one state, hands have faded, and nothing has moved for longer than a page waits."""
    limit, since, before = time.monotonic() + GUARD_SECONDS, time.monotonic(), None
    while time.monotonic() - since < SILENCE + 3:
        assert time.monotonic() < limit, sorted({person.browser.page.seq for person in people})
        await asyncio.sleep(0.5)
        shown = [(person.browser.page.shared(), person.browser.page.own()) for person in people]
        if shown != before or any(shared != shown[0][0] for shared, _ in shown):
            since, before = time.monotonic(), shown


async def _until(true: Callable[[], bool], guard: float, lives: list[asyncio.Task[None]]) -> None:
    limit = time.monotonic() + guard
    while not true():
        assert time.monotonic() < limit, "the decisions did not come to their end"
        for task in lives:
            if task.done():
                task.result()
        await asyncio.sleep(0.5)
