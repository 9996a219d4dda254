"""An independent reading of HTML that is said to be safe, by another parser than nh3's."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

from worker.core.deferred import MEDIA_KINDS, SCHEME, parse

VOID = {"br", "col", "hr", "img", "source", "track", "wbr"}
FORBIDDEN = {
    "applet", "base", "body", "button", "canvas", "embed", "form", "frame", "frameset", "head",
    "html", "iframe", "input", "link", "math", "meta", "noscript", "object", "option", "plaintext",
    "script", "select", "style", "svg", "template", "textarea", "title", "xmp",
}  # fmt: skip
ADDRESSES = {"href", "src", "poster", "cite", "action", "formaction", "data", "background"}


class Reading(HTMLParser):
    """Asserts while it reads; ``tags``, ``addresses`` and ``text`` tell what was seen."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in FORBIDDEN
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert name not in {"style", "class", "target", "srcdoc"}
            assert name != "id" or (value or "").startswith(SCHEME)
            if name in ADDRESSES:
                self._address(tag, value or "")
            if name == "srcset":
                for candidate in (value or "").split(", "):
                    self._address(tag, candidate.split()[0])
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")

    def _address(self, tag: str, url: str) -> None:
        self.addresses.append(url)
        parts = urlsplit(url)
        if parts.scheme == "mailto":
            assert tag == "a"
        elif parts.scheme + ":" == SCHEME:
            found = parse(url)
            assert found is not None
            assert found.address == url
            assert tag == "a" or found.kind in MEDIA_KINDS
        else:
            assert parts.scheme in {"http", "https"}, url
            assert parts.hostname, url
        assert url.isprintable(), url
        assert " " not in url
