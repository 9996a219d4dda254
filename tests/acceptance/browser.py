"""Debian's Chromium, driven headless, on the samples' site; and what it must never report."""

import base64
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from struct import pack
from typing import Any

from playwright.sync_api import Browser, Page, Request, Response, Route, sync_playwright

from tests.acceptance.programs import program

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
DESK = {"width": 1200, "height": 900}
# A newer axe-core than the package has: the path of its axe.min.js.
AXE_VARIABLE = "FEEDMILL_AXE"

# Nothing of the browser's own business reaches the network.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`);
});
window.shift = 0;
new PerformanceObserver((list) => {
  // The words for a picture, which it covers when it comes, are of no element.
  for (const entry of list.getEntries())
    if (entry.sources.some((source) => source.node)) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@dataclass
class Visit:
    """A tab, and all that happened in it."""

    page: Page
    site: str
    console: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.site + path, wait_until="load")

    @property
    def elsewhere(self) -> list[str]:
        """What was asked of other hosts."""
        return [
            request.url
            for request in self.requests
            if not request.url.startswith((self.site, "data:", "blob:"))
        ]

    @property
    def is_too_wide(self) -> bool:
        """Does the page scroll sideways?"""
        return bool(self.page.evaluate("document.scrollingElement.scrollWidth > window.innerWidth"))

    def note(self, request: Request) -> None:
        self.requests.append(request)

    def note_answer(self, answer: Response) -> None:
        if answer.status >= 400:
            self.failures.append((answer.url, str(answer.status)))

    def check(self) -> None:
        """Nothing was complained of, by the console or by the security policy."""
        assert self.console == []
        assert self.page.evaluate("window.violations") == []

    def axe(self) -> list[dict[str, Any]]:
        """What axe-core finds on the page as it is."""
        path = os.environ.get(AXE_VARIABLE)
        source = Path(path) if path else files("axe_core_python").joinpath("axe.min.js")
        self.page.evaluate(source.read_text(encoding="utf-8"))
        result = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return list(result["violations"])

    def shoot(self, name: str) -> None:
        """A screenshot of the whole page, for people to look at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        # Not by its own ``path``: Playwright would leave threads behind.
        (SCREENSHOTS / f"{name}.png").write_bytes(self.page.screenshot(full_page=True))

    def shoot_xml(self, name: str) -> None:
        """The same for a document that has no body."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        shot = self.page.context.new_cdp_session(self.page).send("Page.captureScreenshot")
        (SCREENSHOTS / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, with a fresh profile."""
    path = program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(browser: Browser, site: str, **settings: Any) -> Iterator[Visit]:
    """A tab of its own. Pictures of articles, which lie on hosts that do not exist, are made
    here; nothing else leaves this machine."""
    context = browser.new_context(**{"viewport": DESK, **settings})
    context.route(lambda url: not url.startswith(site), draw)
    context.add_init_script(WATCH)
    page = context.new_page()
    found = Visit(page, site)
    page.on("console", lambda said: found.console.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: found.console.append(str(error)))
    page.on("request", found.note)
    page.on("requestfailed", lambda request: found.failures.append((request.url, "failed")))
    page.on("response", found.note_answer)
    try:
        yield found
    finally:
        context.close()


def draw(route: Route) -> None:
    """Some picture; nothing for what is no picture."""
    if route.request.resource_type != "image":
        route.abort()
        return
    shade = zlib.crc32(route.request.url.encode()) % 160
    route.fulfill(body=picture(640, 400, shade), content_type="image/png")


def picture(width: int, height: int, shade: int) -> bytes:
    """A PNG of sky over water."""
    lines = []
    for y in range(height):
        far = y / height
        if far < 0.6:
            colour = (int(90 + 120 * far), int(140 + 90 * far), 220 - shade // 4)
        else:
            colour = (30 + shade // 4, int(150 - 60 * far), int(190 - 60 * far))
        lines.append(b"\0" + bytes(colour) * width)
    parts = [(b"IHDR", pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))]
    parts += [(b"IDAT", zlib.compress(b"".join(lines))), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n"
    for kind, body in parts:
        data += pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))
    return data
