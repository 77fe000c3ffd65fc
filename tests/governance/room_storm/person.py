"""Somebody in the room: looks at the page, presses what it offers, presses again until told that it is taken."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.governance.room_storm.browser import Browser
from tests.governance.room_storm.page import Button, hidden

LEADS = (  # what whoever facilitates or proposes does as soon as the page offers it, the first first
    "open", "resume_meeting", "submit", "accept_driver", "start", "close_round", "keep", "reveal", "close_decision",
    "go_to_item",
)  # fmt: skip
DUE = frozenset({"check_in", "answer_driver", "take_turn", "pass_turn", "position"})  # what the process waits for
SPEECH = frozenset({"ask_to_speak", "withdraw_request", "end_turn", "give_floor", "signal", "undo"})
PASSING = frozenset({"signal", "lower_signal"})  # leaves no row
WORDS = {"take_turn": "text", "position": "text"}  # acts with a text, and its name in the act
PATIENCE, LONGEST = (1.5, 4.0), 15.0  # seconds before somebody presses again; each time they wait a little longer
WAVES = 2
AGAIN = 0.1  # of those who have their receipt press once more
BY_FORM = 0.15  # of what is pressed leaves by the form and not by the socket
BUSY = frozenset({"busy"})


@dataclass
class Act:
    """What was pressed under one key, and what came back."""

    kind: str
    payload: dict[str, str]
    author: int
    about: tuple[str, ...] = ()  # of several acts about the same, one answers
    key: str = field(default_factory=lambda: str(uuid4()))
    sent: int = 0
    sent_at: datetime | None = None  # the last time
    receipts: list[dict[str, Any]] = field(default_factory=list)  # by socket
    pages: int = 0  # answers to the form that said that it is taken
    refused: str = ""

    @property
    def taken(self) -> bool:
        return bool(self.receipts or self.pages)


@dataclass
class Person:
    """One member, their browser, and everything that they did."""

    number: int
    browser: Browser
    chance: random.Random
    acts: list[Act] = field(default_factory=list)

    async def press(self, act: Act) -> None:
        """Do one act: the same key until its receipt or a refusal comes; now and then once more after that.

        Nobody waves for long: a hand that is not seen is let down.
        """
        self.acts.append(act)
        while not (act.taken or act.refused or (act.kind in PASSING and act.sent >= WAVES)):
            await self._send(act)
        if act.taken and self.chance.random() < AGAIN:
            await self._send(act)

    async def _send(self, act: Act) -> None:
        patience = min(self.chance.uniform(*PATIENCE) * 1.3**act.sent, LONGEST)
        act.sent, act.sent_at = act.sent + 1, datetime.now(UTC)
        if self.browser.socket is None or self.chance.random() < BY_FORM:
            if not await self._by_form(act):
                await asyncio.sleep(patience)
            return
        told = await self.browser.send(act.kind, act.payload, act.key, patience)
        if told is not None and told["ok"]:
            act.receipts.append(told["receipt"])
        elif told is not None and told["error"] not in BUSY:
            self._refuse(act, told["error"])

    async def _by_form(self, act: Act) -> bool:
        """Send the page's form; return whether an answer came."""
        fields = {"act": "", "kind": act.kind, **act.payload, "key": act.key}
        status = await self.browser.post(fields)
        if status == 200:
            act.pages += 1
        elif 400 <= status < 500:
            self._refuse(act, str(status))
        return bool(status)

    def _refuse(self, act: Act, why: str) -> None:
        """Take note of a refusal. Of what was taken before, it would be a lie."""
        act.refused = act.refused or (f"after its receipt: {why}" if act.taken else why)

    async def repeat(self, act: Act) -> None:
        """Press again what was taken long ago, on a good line."""
        sent = len(act.receipts)
        while len(act.receipts) == sent and not act.refused:
            await self._send(act)

    async def next_act(self) -> Act | None:
        """Choose what to do next from what the page offers; None if there is nothing."""
        buttons = self.browser.page.buttons()
        lead = await self._lead(buttons)
        if lead is not None:
            return lead
        due = [each for each in buttons if each.kind in DUE and self._wants(each)]
        speech = [each for each in buttons if each.kind in SPEECH]
        some = due if due and (not speech or self.chance.random() < 0.8) else speech
        return self._act(self.chance.choice(some)) if some else None

    async def _lead(self, buttons: list[Button]) -> Act | None:
        offered = {each.kind: each for each in reversed(buttons)}
        links = self.browser.page.links()
        for kind in LEADS if self.browser.page.at_rest() else LEADS[:-1]:
            if kind in offered:
                return self._act(offered[kind])
            if kind in links:
                return await self._from_form(kind, links[kind])
        return None

    async def _from_form(self, kind: str, address: str) -> Act | None:
        status, form = await self.browser.fetch("GET", address)
        carried = hidden(form)
        carried.pop("csrfmiddlewaretoken", None)
        if status != 200 or carried.pop("kind", kind) != kind:
            return None
        key = carried.pop("key", "")
        carried.pop("page", None)
        return Act(kind, carried, self.number, **({"key": key} if key else {}))

    def _wants(self, button: Button) -> bool:
        """Tell whether somebody would press that: nobody is against, most say a thing once, some speak in rounds."""
        carried = dict(button.payload)
        if button.kind == "take_turn":
            return carried["round"] != "1" and self.chance.random() < 0.1  # a question would open one more round
        if carried.get("choice") == "objection" or carried.get("answer", "clear") != "clear":
            return False
        return not self._said(button) or self.chance.random() < 0.05

    def _said(self, button: Button) -> bool:
        """Return whether this person has answered already, for all that they know."""
        about = self._about(button.kind, dict(button.payload))
        return any(act.taken and act.about == about for act in self.acts)

    def _about(self, kind: str, payload: dict[str, str]) -> tuple[str, ...]:
        where = [f"{name} {payload[name]}" for name in ("version", "call", "round") if name in payload]
        return (kind, self.browser.page.heading, *where)

    def _act(self, button: Button) -> Act:
        payload = dict(button.payload)
        if button.kind in WORDS and payload.get("choice") != "consent":
            payload[WORDS[button.kind]] = f"Voilà ce que dit {self.browser.name}."
        return Act(button.kind, payload, self.number, about=self._about(button.kind, payload))


def acts_of(people: list[Person]) -> Iterator[Act]:
    """Yield every act that anybody pressed."""
    for person in people:
        yield from person.acts
