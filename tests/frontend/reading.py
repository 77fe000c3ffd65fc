"""Reading a page as a checker does: its elements in order, with what they hold. Standard library only."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
TYPED = {"input", "select", "textarea"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""
    path: tuple[str, ...] = ()


@dataclass
class Page(HTMLParser):
    """The elements of a page, in order. `text` of an element includes that of those inside it."""

    html: str
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        path = tuple(element.tag for element in self._open)
        element = Element(tag, {name: value or "" for name, value in attrs}, path=path)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def with_id(self, name: str) -> Element | None:
        return next((element for element in self.elements if element.attributes.get("id") == name), None)

    @property
    def programs(self) -> list[Element]:
        """The scripts that a browser runs: a block of data (JSON-LD) is none."""
        return [each for each in self.all("script") if each.attributes.get("type") != "application/ld+json"]

    @property
    def words(self) -> str:
        """The text of the body, spaces made plain, so that sentences can be looked for."""
        return plain(" ".join(element.text for element in self.all("body")))


def plain(text: str) -> str:
    """Return a text with every kind of space as one plain space."""
    return " ".join(text.split())


def page_of(response) -> Page:
    return Page(response.content.decode())


def faults(page: Page) -> list[str]:
    """Return what every page of ours must not have."""
    return [
        *_script_faults(page),
        *_heading_faults(page),
        *_label_faults(page),
        *_form_faults(page),
        *_link_faults(page),
    ]


def _script_faults(page: Page) -> list[str]:
    found = []
    for element in page.elements:
        if "style" in element.attributes or element.tag == "style":
            found.append(f"inline style in <{element.tag}>")
        if element in page.programs and not element.attributes.get("src", "").startswith("/static/"):
            found.append("inline or foreign script")
        found += [f"{name} on <{element.tag}>" for name in element.attributes if name.startswith("on")]
        for name in ("src", "href", "action"):
            if element.attributes.get(name, "").lower().startswith("javascript:"):
                found.append(f"javascript: in {name}")
    return found


def _heading_faults(page: Page) -> list[str]:
    levels = [int(element.tag[1]) for element in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    found = [] if levels.count(1) == 1 else [f"{levels.count(1)} h1"]
    return found + [f"h{b} after h{a}" for a, b in zip(levels, levels[1:], strict=False) if b > a + 1]


def _label_faults(page: Page) -> list[str]:
    labelled = {element.attributes.get("for") for element in page.all("label")}
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    found = [f"id {name} twice" for name in set(ids) if ids.count(name) > 1]
    for element in page.all(*TYPED):
        named = (
            element.attributes.get("id") in labelled or "label" in element.path or "aria-label" in element.attributes
        )
        if element.attributes.get("type") != "hidden" and not named:
            found.append(f"no label for {element.attributes}")
        for name in element.attributes.get("aria-describedby", "").split():
            if name not in ids:
                found.append(f"aria-describedby {name} leads nowhere")
    return found + [f"<img> without alt: {e.attributes}" for e in page.all("img") if "alt" not in e.attributes]


def _form_faults(page: Page) -> list[str]:
    posts = [form for form in page.all("form") if form.attributes.get("method") == "post"]
    tokens = page.html.count('name="csrfmiddlewaretoken"')
    without = sum(form.attributes.get("action", "").endswith("/langue") for form in posts)
    return [] if tokens == len(posts) - without else [f"{len(posts)} forms, {tokens} tokens"]


def _link_faults(page: Page) -> list[str]:
    ids = {element.attributes.get("id") for element in page.elements}
    anchors = [a.attributes.get("href", "") for a in page.all("a")]
    found = [f"link to {href}, which is not there" for href in anchors if href.startswith("#") and href[1:] not in ids]
    return found + [
        "link without text" for a in page.all("a") if not a.text.strip() and "aria-label" not in a.attributes
    ]
