"""Nothing that an author writes runs in a reader's browser, even without a security policy.

Real files go through the real program; what it published is opened in Chromium, with the
policy taken away: pages as they are, and what stands in feeds as the simplest feed reader would
show it, by ``innerHTML`` and by a document of its own.
"""

import json
import mimetypes
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import feedparser
import pytest

from tests.attack.budget import rounds, tell
from tests.attack.vectors import markdown, vector
from tests.e2e.process import Feedmill, feedmill

pytest.importorskip("playwright")

from playwright.sync_api import Page, Route

from tests.acceptance.browser import chromium

pytestmark = [pytest.mark.attack, pytest.mark.timeout(900)]

SITE = "https://house.example/"
FILES = 150
CSP = re.compile(rb"<meta[^>]*content-security-policy[^>]*>", re.IGNORECASE)
HOOK = """
window.ran = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
  window[name] = (...said) => { window.top.ran.push(`${name}(${said})`); };
}
"""
# What would run with a click or a key; and what chance may have kept from running.
LOOK = r"""
() => {
  const spaced = ["javascript", "vbscript"].map((name) => [...name].join("\\s*")).join("|");
  const SCRIPTED = new RegExp(`^[\\u0000-\\u0020]*(${spaced})\\s*:|^\\s*data:text`, "i");
  const found = [...window.ran];
  for (const element of document.querySelectorAll("*")) {
    for (const {name, value} of element.attributes) {
      if (/^on/i.test(name)) found.push(`${element.localName} ${name}=${value}`);
      if (/^(href|src|action|formaction|data|poster|srcset|cite|.*:href|ping)$/i.test(name)
          && SCRIPTED.test(value))
        found.push(`${element.localName} ${name}=${value}`);
    }
    if (element.localName === "script" && element.type !== "application/ld+json"
        && !(element.src.startsWith("https://house.example/") && !element.text))
      found.push(`script: ${element.outerHTML}`);
    if (["iframe", "object", "embed", "base", "form", "frame", "portal"].includes(element.localName)
        && element.closest("article, [data-entry]"))
      found.push(element.outerHTML);
  }
  return found.slice(0, 5).map((each) => each.slice(0, 300));
}
"""
READER = b"""
for (const html of JSON.parse(document.getElementById("data").value)) {
  const element = document.createElement("div");
  element.dataset.entry = "";
  element.innerHTML = html;
  document.body.append(element);
}
"""
POKE = """
() => {
  for (const element of document.querySelectorAll("article *, [data-entry] *")) {
    if (element.localName === "details") element.open = true;
    for (const name of ["mouseover", "focus", "toggle", "animationstart", "scroll", "error"])
      element.dispatchEvent(new Event(name));
  }
}
"""


class Window:
    """A tab that shows bytes as they are, and whatever ran in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.shown: dict[str, tuple[bytes, str]] = {}
        self.dialogs: list[str] = []
        page.context.route("**/*", self._answer)
        page.context.add_init_script(HOOK)
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))

    def _answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        found = self.shown.get(unquote(url.path)) if url.hostname == "house.example" else None
        if found is None:
            route.abort()
        else:
            route.fulfill(body=CSP.sub(b"", found[0]), content_type=found[1])

    def see(self, path: str) -> list[str]:
        """Open it and do what a reader may do by chance; gives what ran or could."""
        self.page.goto(SITE + path, wait_until="load")
        if self.page.evaluate("document.contentType") == "text/html":
            self.page.evaluate(POKE)
            self.page.wait_for_timeout(50)
        return self.page.evaluate(LOOK) + self.dialogs


@pytest.fixture(scope="module")
def window() -> Iterator[Window]:
    with chromium() as browser:
        context = browser.new_context()
        try:
            yield Window(context.new_page())
        finally:
            context.close()


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<article><details ontoggle=alert(1)>x</details></article>",
        "<a href='java\tscript:alert(1)'>x</a>",
    ],
)
def test_what_does_run_is_seen(window: Window, html: str) -> None:
    """Without this, the other test could not fail."""
    window.shown["/it.html"] = (f"<!doctype html>{html}".encode(), "text/html; charset=utf-8")
    assert window.see("it.html")


def test_no_vector_runs_in_a_page_or_a_feed(window: Window, tmp_path: Path) -> None:
    vectors = entries = 0
    for each in rounds("scripts"):
        with each.play() as chance:
            base = tmp_path / str(each.number)
            with feedmill(base, feeds={"min_entries": "1000"}) as mill:
                vectors += write(mill, chance)
                mill.once()
                window.shown = published(mill)
                found = shown_by_readers(mill)
                entries += len(found)
                assert found, "nothing was published"
                for path in sorted(window.shown):
                    if path.endswith((".html", ".rss", ".atom")):
                        assert window.see(path.lstrip("/")) == [], path
                window.shown["/reader.js"] = (READER, "text/javascript")
                for way in (by_inner_html, by_document):
                    window.shown["/reader.html"] = way(found)
                    assert window.see("reader.html") == [], way.__name__
            shutil.rmtree(base)
    tell(f"scripts: {vectors} vectors in {entries} entries of feeds, in a real browser")


def write(mill: Feedmill, chance: random.Random) -> int:
    """Articles with vectors in every field that is shown, and most in the body."""
    count = 0
    for number in range(FILES):
        kind = chance.choice(("html", "md", "txt"))
        make = markdown if kind == "md" and chance.random() < 0.5 else vector
        found = [make(chance) for _ in range(chance.choice((1, 1, 2, 4)))]
        count += len(found)
        body = "\n\n".join(found) if kind == "md" else " ".join(found)
        fields = {"title": f"Title {number}", "tags": ["a" if chance.random() < 0.9 else "b"]}
        if chance.random() < 0.6:
            fields |= adorned(chance, number)
            count += 1
        head = json.dumps(fields) + "\n" if chance.random() < 0.9 else ""
        data = f"{head}\n{body}\n".encode("utf-8", "replace")
        mill.write(f"{number}.{kind}", data)
    return count


def adorned(chance: random.Random, number: int) -> dict[str, object]:
    """One field that holds a vector, or an address that is one."""
    said, address = vector(chance), vector(chance) if chance.random() < 0.3 else _href(chance)
    return chance.choice(
        [
            {"title": f"{number} {said}"[:900]},
            {"excerpt": said},
            {"tags": [said[:80]]},
            {"authors": [{"name": said, "url": address, "email": address}]},
            {"link": address},
            {"images": [{"url": address, "title": said, "width": 5, "height": 5}]},
            {"provider": {"name": said, "domain": said}},
            {"related": [{"title": said, "webUrl": address, "excerpt": said}]},
            {"category": said, "language": said},
            {"originalUrl": address, "ampWebUrl": address},
            {"id": address},
        ]
    )


def _href(chance: random.Random) -> str:
    return "https://x.example/" + vector(chance) if chance.random() < 0.5 else "javascript:alert(1)"


def published(mill: Feedmill) -> dict[str, tuple[bytes, str]]:
    """Every public file, with the media type that browsers take for theirs."""
    types = {".rss": "application/xml", ".atom": "application/xml"}
    return {
        f"/{path}": (
            data,
            types.get(Path(path).suffix) or mimetypes.guess_type(path)[0] or "text/plain",
        )
        for path, data in mill.public_files().items()
    }


def shown_by_readers(mill: Feedmill) -> list[str]:
    """What feeds say is HTML, of every format, as it stands there."""
    found = []
    for path in sorted(mill.public.rglob("*")):
        if path.suffix in (".rss", ".atom"):
            parsed = feedparser.parse(path.read_bytes(), sanitize_html=False)
            for entry in parsed.entries:
                texts = [*entry.get("content", ()), entry.get("summary_detail", {})]
                found += [text["value"] for text in texts if "html" in text.get("type", "")]
        if path.suffix == ".json" and path.name != ".moved.json":
            items = json.loads(path.read_bytes()).get("items", ())
            found += [item["content_html"] for item in items if "content_html" in item]
    return found


def by_inner_html(entries: list[str]) -> tuple[bytes, str]:
    """Each entry is put into an element by a script, which parses it as a fragment."""
    data = json.dumps(entries).replace("&", "&amp;").replace("<", "&lt;")
    page = f"<script src={SITE}reader.js defer></script><textarea id=data>{data}</textarea>"
    return _page(page), "text/html; charset=utf-8"


def by_document(entries: list[str]) -> tuple[bytes, str]:
    """All entries are in one document, each in an element of its own."""
    return _page("\n".join(f"<div data-entry>{each}</div>" for each in entries)), (
        "text/html; charset=utf-8"
    )


def _page(body: str) -> bytes:
    return f"<!doctype html><meta charset=utf-8><body>{body}".encode("utf-8", "replace")
