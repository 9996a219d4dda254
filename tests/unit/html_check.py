"""What must hold of any page: well formed, ids once, nothing inline that a strict policy stops."""

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
# SVG is XML in HTML: its empty elements close themselves.
SELF_CLOSED = {"path", "circle", "rect", "line"}


@dataclass
class Element:
    """An element as it was met."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Document(HTMLParser):
    """A parsed page; parsing fails at the first thing that is not in order."""

    elements: list[Element] = field(default_factory=list)
    doctype: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []

    def handle_decl(self, decl: str) -> None:
        self.doctype = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice in {tag}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SELF_CLOSED, tag
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> without a beginning"
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def finish(self) -> None:
        assert not self._open, [element.tag for element in self._open]

    # -- looking for things

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements of a tag that have these attributes; ``class_`` is one of the classes."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.tag == tag
            and all(
                value in element.attributes.get(name, "").split() for name, value in wanted.items()
            )
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def data(self) -> dict[str, Any]:
        """What the page says to programs."""
        found: dict[str, Any] = json.loads(self.one("script", type="application/ld+json").text)
        return found


def parse(page: bytes) -> Document:
    """The page, checked."""
    document = Document()
    document.feed(page.decode())
    document.close()
    document.finish()
    assert document.doctype == "doctype html"
    ids = [element.attributes["id"] for element in document.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids)), "an id twice"
    for element in document.elements:
        check_policy(element)
    return document


def check_policy(element: Element) -> None:
    """Nothing that a Content-Security-Policy without inline code forbids."""
    for name, value in element.attributes.items():
        assert not name.startswith("on"), (element.tag, name)
        assert name != "style", element.tag
        if name in ("href", "src"):
            assert not re.match(r"\s*(?:javascript|data|vbscript):", value, re.IGNORECASE), value
    assert element.tag not in ("style", "iframe", "object", "embed", "base")
    if element.tag == "script":
        is_data = element.attributes.get("type") == "application/ld+json"
        assert is_data != ("src" in element.attributes), element
