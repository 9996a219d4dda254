"""Reads an SVG drawing with expat and refuses one that could run or load anything.

Pure. An allowed drawing is published as it is: nothing is rewritten. Entities are refused whole,
so that nothing can grow while it is parsed.
"""

import re
from typing import Final, NamedTuple
from xml.parsers import expat

_NAMESPACE = "http://www.w3.org/2000/svg"
# What runs, or holds another document. Animations may set an address or a handler.
_REFUSED: Final = frozenset(
    {
        *("script", "handler", "listener", "iframe", "embed", "object", "audio"),
        *("video", "animate", "animatetransform", "animatemotion", "set", "discard", "link"),
    }
)
_HTML_NAMESPACE: Final = "http://www.w3.org/1999/xhtml "
# What drawing programs write for labels, within <foreignObject>.
_LABELS: Final = frozenset(
    [
        "b",
        "body",
        "br",
        "code",
        "div",
        "em",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "li",
        "ol",
        "p",
        "pre",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
_ADDRESSES: Final = frozenset({"href", "src", "base", "data", "action", "formaction"})
_INLINE = re.compile(r"#|data:image/(?:png|jpeg|gif|webp|avif);base64,", re.IGNORECASE)
_STYLE_LOADS = re.compile(
    r"@import|url\(\s*['\"]?(?![\s'\"#]|data:image/(?:png|jpeg))|image(?:-set)?\(|src\(|\\",
    re.IGNORECASE,
)
_ENCODINGS = ("utf-8", "utf8", "us-ascii", "ascii")
_PIXELS = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)(?:px)?\s*")
_MOST_DEEP = 200


class NotSvgError(ValueError):
    """Not a drawing, or one that is not published; the text is a sentence for its author."""


class Drawing(NamedTuple):
    """The size in pixels; None where the drawing has none."""

    width: int | None
    height: int | None


def read_svg(data: bytes) -> Drawing:
    """The size of a harmless drawing. Raises NotSvgError for anything else."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.XmlDeclHandler = reader.declaration
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.ProcessingInstructionHandler = reader.instruction
    parser.EntityDeclHandler = reader.entity
    parser.ExternalEntityRefHandler = reader.entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        if reader.root != f"{_NAMESPACE} svg":
            raise NotSvgError("It is text, not a picture.") from None
        raise NotSvgError(f"The drawing is not valid XML: {error}.") from None
    except (LookupError, ValueError) as error:  # an unknown encoding
        if isinstance(error, NotSvgError):
            raise
        raise NotSvgError("It is text in an unknown encoding, not a picture.") from None
    return reader.drawing


class _Reader:
    """Expat's handlers."""

    def __init__(self) -> None:
        self.root = ""
        self.drawing = Drawing(None, None)
        self._depth = 0
        self._style: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        local = name.rpartition(" ")[2].lower()
        if not self.root:
            self.root = name
            if name != f"{_NAMESPACE} svg":
                raise NotSvgError("It is text or a page, not a picture.")
            self.drawing = _size(attributes)
        is_html = name.startswith(_HTML_NAMESPACE)
        if local in _REFUSED or (is_html and local not in _LABELS):
            raise NotSvgError(f"The drawing has an element <{local}>, which could run or load.")
        if self._depth > _MOST_DEEP:
            raise NotSvgError(f"The drawing has more than {_MOST_DEEP} levels within each other.")
        for key, value in attributes.items():
            _check(key.rpartition(" ")[2].lower(), value)
        if local == "style":
            self._style = []

    def end(self, name: str) -> None:
        self._depth -= 1
        if self._style is not None and name.rpartition(" ")[2].lower() == "style":
            _check_style("".join(self._style))
            self._style = None

    def text(self, text: str) -> None:
        if self._style is not None:
            self._style.append(text)  # expat gives it in parts

    @staticmethod
    def declaration(_version: str, encoding: str | None, _standalone: int) -> None:
        # Served as UTF-8: in another encoding the browser would see other text than expat.
        if encoding and encoding.lower() not in _ENCODINGS:
            raise NotSvgError(f"The drawing is in the encoding {encoding}; save it as UTF-8.")

    @staticmethod
    def instruction(target: str, _data: str) -> None:
        raise NotSvgError(f"The drawing has an instruction <?{target}?>, which could load a file.")

    @staticmethod
    def entity(*_: object) -> int:
        raise NotSvgError("The drawing has a DOCTYPE with entities; save it as plain SVG.")


def _check(name: str, value: str) -> None:
    if name.startswith("on"):
        raise NotSvgError(f"The drawing has a script: {name}.")
    if name in _ADDRESSES and not _INLINE.match(value.strip()):
        raise NotSvgError(f"The drawing refers to something outside of it: {name}.")
    if "(" in value or name == "style":
        _check_style(value)


def _check_style(text: str) -> None:
    if _STYLE_LOADS.search(text):
        raise NotSvgError("The drawing's style refers to something outside of it.")


def _size(attributes: dict[str, str]) -> Drawing:
    """From ``width`` and ``height``, else from ``viewBox``."""
    sizes = [_PIXELS.fullmatch(attributes.get(key, "")) for key in ("width", "height")]
    numbers = [float(found[1]) if found else 0.0 for found in sizes]
    if not all(numbers):
        box = attributes.get("viewBox", "").replace(",", " ").split()
        try:
            numbers = [float(box[2]), float(box[3])]
        except (IndexError, ValueError):
            return Drawing(None, None)
    if not all(1 <= number <= 100_000 for number in numbers):
        return Drawing(None, None)
    return Drawing(round(numbers[0]), round(numbers[1]))
