"""What one person's browser shows of a room, as htmx and `live.js` keep it: parts by id, older states dropped."""

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qsl, urlsplit

PART = re.compile(r'<hx-partial hx-target="#([\w-]+)"[^>]*>(.*?)</hx-partial>', re.DOTALL)
SEQ = re.compile(r'<[^>]*\bdata-seq="(\d+)"')
BUTTON = re.compile(r'<button form="act" name="act" id="[^"]+" value="([^"]*)"([^>]*)>')
LINK = re.compile(r'<a class="button[^"]*" id="[^"]+" href="([^"]+)" data-dialog')
HIDDEN = re.compile(r'<input type="hidden"[^>]*name="(\w+)" value="([^"]*)"')
SHARED = ("top", "progress", "matter", "state")
OWN = ("ask", "mine", "speech", "gestures", "panel")
# What differs without anybody's act: the server's clock, spans of speech, what can still be undone.
CLOCKS = re.compile(
    r' data-(now|seq)="[^"]*"|<button[^>]*data-until=.*?</button>|<span class="number">[^<]*</span>', re.DOTALL
)


@dataclass(frozen=True)
class Button:
    """One thing to press: an act with what it carries."""

    kind: str
    payload: tuple[tuple[str, str], ...]
    pressed: bool = False
    place: str = ""


@dataclass
class Page:
    """The parts shown, and the number of the state that each belongs to."""

    parts: dict[str, str] = field(default_factory=dict)
    older: int = 0  # states dropped because a newer one stood there

    def swap(self, text: str) -> bool:
        """Take in what a socket or an answer brought; return whether it held parts."""
        found = PART.findall(text)
        for target, body in found:
            old, new = _seq(self.parts.get(target, "")), _seq(body)
            if old is not None and new is not None and new < old:
                self.older += 1
            elif target in (*SHARED, *OWN, "passing"):
                self.parts[target] = body
        return bool(found)

    @property
    def seq(self) -> int:
        """The number of the state shown; 0 before the first."""
        return _seq(self.parts.get("top", "")) or 0

    @property
    def heading(self) -> str:
        """What is on the table."""
        found = re.search(r"<h1>(.*?)</h1>", self.parts.get("top", ""), re.DOTALL)
        return unescape(found[1]) if found else ""

    def at_rest(self) -> bool:
        """Whether nothing is on the table, or what is there is in the register, for all that this page knows: one's own
        part may be newer than the state, if that was lost on the way."""
        if (_seq(self.parts.get("panel", "")) or 0) > (_seq(self.parts.get("state", "")) or 0):
            return False
        return "aria-current" not in self.parts.get("state", "") or "done-note" in self.parts.get("matter", "")

    def shared(self) -> dict[str, str]:
        """What everybody sees, without clocks."""
        return {name: still(self.parts.get(name, "")) for name in (*SHARED, "passing")}

    def own(self) -> dict[str, str]:
        """What is this person's, without clocks."""
        return {name: still(self.parts.get(name, "")) for name in OWN}

    def buttons(self) -> list[Button]:
        """Everything that can be pressed now."""
        return [button for place in OWN for button in _buttons(place, self.parts.get(place, ""))]

    def links(self) -> dict[str, str]:
        """Acts with a form of their own: kind → address."""
        found = [unescape(address) for address in LINK.findall("".join(self.parts.get(name, "") for name in OWN))]
        return {urlsplit(address).path.rpartition("/")[2]: address for address in found}


def still(text: str) -> str:
    """Return a part without what only the clock changes.

    >>> still('<p data-now="2026-11-22T20:00:00" data-seq="3">a  b</p>')
    '<p>a b</p>'
    """
    return " ".join(CLOCKS.sub("", text).split())


def hidden(form: str) -> dict[str, str]:
    """Return what a form carries unseen."""
    return {name: unescape(value) for name, value in HIDDEN.findall(form)}


def _seq(text: str) -> int | None:
    found = SEQ.match(text.lstrip())
    return int(found[1]) if found else None


def _buttons(place: str, text: str) -> list[Button]:
    buttons = []
    for value, attributes in BUTTON.findall(text):
        carried = dict(parse_qsl(unescape(value), keep_blank_values=True))
        buttons.append(Button(carried.pop("kind"), tuple(carried.items()), 'aria-pressed="true"' in attributes, place))
    return buttons
