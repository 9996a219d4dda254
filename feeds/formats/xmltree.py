"""Builds, writes and parses XML trees: the only module of ``feeds`` that imports lxml.

Parsing resolves no entities, loads no DTD and opens no connection.
"""

from collections.abc import Iterable, Mapping
from typing import NoReturn
from xml.parsers import expat

from lxml import etree

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
HISTORY = "http://purl.org/syndication/history/1.0"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

VERSION = "{}.{}.{}".format(*etree.LXML_VERSION[:3])

Element = etree._Element


class MalformedError(ValueError):
    """The bytes are not well-formed XML, or have a document type."""


_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
_REFERENCES = {"&": "#x26", "<": "#x3C"}


def new(tag: str, namespaces: Mapping[str, str] | None = None) -> Element:
    """A root element."""
    return etree.Element(tag, nsmap=dict(namespaces or {}))


def add(
    parent: Element, tag: str, text: str = "", attributes: Iterable[tuple[str, str]] = ()
) -> Element:
    """A new last child of ``parent``, without attributes that have no value."""
    element = etree.SubElement(parent, tag)
    if text:
        element.text = text
    for name, value in attributes:
        if value:
            element.set(name, value)
    return element


def escape_as_references(element: Element) -> None:
    """Write the element's ``&`` and ``<`` as hexadecimal references.

    The RSS profile asks for ``&#x26;`` and ``&#x3C;`` in plain text, so that readers that
    guess whether a title is HTML take it for text.
    """
    text = element.text or ""
    if "&" not in text and "<" not in text:
        return
    start, last = 0, None
    element.text = ""
    for end, character in enumerate(text):
        if character in _REFERENCES:
            _append_text(element, last, text[start:end])
            last = etree.Entity(_REFERENCES[character])
            element.append(last)
            start = end + 1
    _append_text(element, last, text[start:])


def _append_text(element: Element, last: etree._Entity | None, text: str) -> None:
    if last is None:
        element.text = text
    else:
        last.tail = text


def add_stylesheet(root: Element, url: str) -> None:
    """Put a CSS stylesheet instruction before the root (xml-stylesheet, W3C)."""
    href = url.replace("&", "&amp;").replace('"', "&quot;")
    root.addprevious(
        etree.ProcessingInstruction("xml-stylesheet", f'type="text/css" href="{href}"')
    )


def document(root: Element) -> bytes:
    """The whole document, indented, in UTF-8 with its XML declaration."""
    return etree.tostring(
        root.getroottree(), encoding="UTF-8", xml_declaration=True, pretty_print=True
    )


def fragment(element: Element, outer: Element, parent: Element) -> bytes:
    """The bytes of ``element`` inside the document ``outer``.

    Moves ``element`` to the end of ``parent``, a part of ``outer``. The bytes declare no
    namespace. Cutting them out is safe: ``<`` is always escaped in text and attributes, so
    ``<`` and the tag's name can only be the element's own start and end.
    """
    parent.append(element)
    data = etree.tostring(outer, encoding="UTF-8", pretty_print=True)
    name = etree.QName(element).localname.encode()
    end = b"</" + name + b">"
    return data[data.index(b"<" + name) : data.rindex(end) + len(end)]


def parse(data: bytes) -> Element:
    """The root of a document. Raises MalformedError, also for a document type."""
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        raise MalformedError(str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise MalformedError("a document type is not allowed")
    return root


def check(data: bytes) -> None:
    """Check by another parser, expat, that a document is well-formed, and that it has neither a
    document type nor comments nor CDATA. Raises MalformedError."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = parser.StartCdataSectionHandler = _refuse
    parser.CommentHandler = _refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise MalformedError(str(error)) from error


def _refuse(*_: object) -> NoReturn:
    raise MalformedError("a document type, a comment or CDATA is not allowed")


def attributes(elements: Iterable[Element], *names: str) -> tuple[str, ...]:
    """The values of the elements' attributes ``names``."""
    return tuple(
        [str(value) for element in elements for name, value in element.items() if name in names]
    )
