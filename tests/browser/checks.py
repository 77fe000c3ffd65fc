"""What every page must keep: no accessibility violation, a small budget, one host, no error in the console.

EcoIndex is the work of GreenIT.fr and the Collectif conception numérique responsable; the quantiles are theirs.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

AXE = (Path(__file__).parent / "axe.min.js").read_text()
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

DOM = [0, 47, 75, 159, 233, 298, 358, 417, 476, 537, 603, 674, 753, 843, 949, 1076, 1237, 1459, 1801, 2479, 594601]
REQUESTS = [0, 2, 15, 25, 34, 42, 49, 56, 63, 70, 78, 86, 95, 105, 117, 130, 147, 170, 205, 281, 3920]
KB = [
    0, 1.37, 144.7, 319.53, 479.46, 631.97, 783.38, 937.91, 1098.62, 1265.47, 1448.32, 1648.27, 1876.08, 2142.06,
    2465.37, 2866.31, 3401.59, 4155.73, 5400.08, 8037.54, 223212.26,
]  # fmt: skip


@dataclass(frozen=True)
class Budget:
    """Upper limits of one page: elements, requests, kB on the wire with an empty cache; lower limit of EcoIndex."""

    elements: int
    requests: int
    kb: float
    ecoindex: float


FORM = Budget(120, 5, 20, 90)
RESULTS = Budget(300, 6, 60, 80)
PROVIDER = Budget(250, 6, 50, 85)
LIVE = Budget(250, 7, 60, 85)
REGISTER = Budget(350, 5, 60, 80)


def quantile(table: list[float], value: float) -> float:
    """Return the place of `value` in the table of quantiles, 0 to 20, interpolated."""
    i = bisect_right(table, value)
    return 20.0 if i == len(table) else i - 1 + (value - table[i - 1]) / (table[i] - table[i - 1])


def ecoindex(elements: int, requests: int, kb: float) -> float:
    """Return the EcoIndex score, 0 to 100.

    >>> round(ecoindex(143, 4, 11.6), 1), ecoindex(0, 0, 0)
    (90.2, 100.0)
    """
    return 100 - 5 * (3 * quantile(DOM, elements) + 2 * quantile(REQUESTS, requests) + quantile(KB, kb)) / 6


@dataclass
class Seen:
    """What the browser saw while loading one page cold."""

    elements: int = 0
    bytes: int = 0
    urls: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def ecoindex(self) -> float:
        return ecoindex(self.elements, len(self.urls), self.bytes / 1000)


def violations(page: Page) -> list[str]:
    """Return axe's violations as lines, and fail if axe looked at almost nothing."""
    page.evaluate(AXE)
    result = page.evaluate("tags => axe.run(document, {runOnly: tags})", AXE_TAGS)
    assert len(result["passes"]) > 10, "axe hardly ran"
    return [f"{v['id']}: {node['html'][:160]}" for v in result["violations"] for node in v["nodes"]]


def load_cold(browser: Browser, url: str, *, state: dict | None = None, width: int = 1280, scheme: str = "light"):
    """Open `url` in a fresh browser with the login of `state`; return (context, page, Seen)."""
    context: BrowserContext = browser.new_context(
        storage_state=state,
        locale="fr-FR",
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        service_workers="block",
    )
    page, seen = context.new_page(), Seen()
    cdp = context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.on("Network.loadingFinished", lambda e: setattr(seen, "bytes", seen.bytes + int(e["encodedDataLength"])))
    page.on("request", lambda r: seen.urls.append(r.url) if not r.url.startswith("data:") else None)
    page.on("console", lambda m: seen.errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: seen.errors.append(str(e)))
    page.goto(url)
    page.wait_for_load_state("networkidle" if "/assemblees/" not in url else "load")
    seen.elements = page.evaluate("document.getElementsByTagName('*').length")
    return context, page, seen


def check_page(browser: Browser, url: str, budget: Budget, *, state: dict | None = None) -> Seen:
    """Check one page whole: budget cold at 1280 px, hosts, console, axe in light and dark, no sideways scroll."""
    context, page, seen = load_cold(browser, url, state=state)
    own = urlsplit(url).netloc
    assert {urlsplit(u).netloc for u in seen.urls} == {own}, f"{url} calls others: {seen.urls}"
    assert not seen.errors, f"{url}: {seen.errors}"
    assert seen.elements <= budget.elements, f"{url}: {seen.elements} elements > {budget.elements}"
    assert len(seen.urls) <= budget.requests, f"{url}: {len(seen.urls)} requests: {seen.urls}"
    assert seen.bytes / 1000 <= budget.kb, f"{url}: {seen.bytes / 1000:.1f} kB > {budget.kb}"
    assert seen.ecoindex >= budget.ecoindex, f"{url}: EcoIndex {seen.ecoindex:.1f} < {budget.ecoindex}"
    assert violations(page) == [], url
    for width in (320, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{url} scrolls sideways at {width}"
    page.set_viewport_size({"width": 390, "height": 800})
    assert violations(page) == [], f"{url} at 390 px"
    page.emulate_media(color_scheme="dark")
    assert violations(page) == [], f"{url} in the dark"
    context.close()
    return seen
