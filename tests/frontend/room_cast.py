"""Three people before their browsers: each presses only what their own page offers."""

import re
from dataclasses import dataclass, field
from html import unescape
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from tests import factories
from tests.governance.conftest import OBJECTION, Cast, make_cast

__all__ = ["OBJECTION", "Desk", "Room", "make_room"]

BUTTON = re.compile(r'<button form="act" name="act" id="([^"]+)" value="([^"]*)"')
LINK = re.compile(r'<a class="button[^"]*" id="([^"]+)" href="([^"]+)" data-dialog')
HIDDEN = re.compile(r'<input type="hidden"[^>]*name="(\w+)" value="([^"]*)"')


@dataclass
class Desk:
    """One person's browser, without script: a page, its buttons by id, its forms."""

    name: str
    client: Client
    pk: int
    page: str = ""
    status: int = 0
    seen: list[str] = field(default_factory=list)

    def look(self) -> str:
        """Load the room."""
        return self._keep(self.client.get(reverse("assembly", args=[self.pk])))

    def _keep(self, response) -> str:
        self.page, self.status = response.content.decode(), response.status_code
        self.seen.append(self.page)
        return self.page

    def buttons(self) -> dict[str, str]:
        """Return the buttons of the page: id → value."""
        return {name: unescape(value) for name, value in BUTTON.findall(self.page)}

    def links(self) -> dict[str, str]:
        """Return the acts that have a form of their own: id → address."""
        return {name: unescape(address) for name, address in LINK.findall(self.page)}

    def key(self) -> str:
        """Return the key of the page's form."""
        return re.search(r'id="key-act" name="key" value="([^"]+)"', self.page).group(1)

    def press(self, button: str, **typed: str) -> str:
        """Load the room, press a button, and follow the answer home."""
        self.look()
        value = self.buttons()[button]
        data = {"key": self.key(), "act": value, **typed}
        return self._keep(self.client.post(reverse("assembly_act", args=[self.pk]), data, follow=True))

    def fill(self, link: str, **typed: object) -> str:
        """Load the room, open the form of an act, fill it and send it."""
        self.look()
        form = self._keep(self.client.get(self.links()[link]))
        hidden = dict(HIDDEN.findall(form))
        return self._keep(self.client.post(reverse("assembly_act", args=[self.pk]), {**hidden, **typed}, follow=True))


@dataclass
class Room:
    """The cast of `tests.governance`, each before a browser."""

    cast: Cast
    alix: Desk
    bachir: Desk
    camille: Desk
    dominique: Desk

    @property
    def three(self):
        return (self.alix, self.bachir, self.camille)

    def enter(self) -> None:
        """All three come in; Bachir opens and comes to the proposal."""
        for desk in self.three:
            desk.press("act-check_in")
        self.bachir.press("act-open")
        self.bachir.press("act-go_to_item")

    def to_call(self) -> None:
        """Everything up to the call, by buttons alone."""
        self.enter()
        self.alix.press("act-submit")
        for desk in self.three:
            desk.press("act-answer_driver-clear")
        self.bachir.press("act-accept_driver")
        self.bachir.press("act-start")
        for desk in self.three:
            desk.press("act-pass_turn")
        self.bachir.press("act-close_round")
        for desk in self.three:
            desk.press("act-take_turn", words=f"Cela me va, dit {desk.name}.")
        self.bachir.press("act-close_round")
        self.alix.press("act-keep")


def make_room() -> Room:
    """Convene the assembly and log everybody in."""
    cast = make_cast()
    factories.node()
    cast.convene()
    desks = {}
    for name in ("alix", "bachir", "camille", "dominique"):
        client = Client()
        assert client.login(username=name, password="motdepasse-1")
        desks[name] = Desk(name, client, cast.assembly.pk)
    return Room(cast, **desks)


def fresh_key() -> str:
    return str(uuid4())
