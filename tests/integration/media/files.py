"""Small pictures, made here, and a parser that takes an article's mentions from its text."""

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from tests.integration import house as house_module
from worker.core.article import Image, Mention
from worker.core.problems import Place
from worker.parsing.article_reader import read_article

_NAMED = re.compile(r"feedmill:(?:media|asset)/[^\s\"<>@]+")


def png(width: int = 3, height: int = 2, shade: int = 0) -> bytes:
    """A valid grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([shade]) * width) * height
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def svg(inner: str = "<circle r='3'/>", attributes: str = "width='30' height='20'") -> bytes:
    """A small drawing."""
    return f"<svg xmlns='http://www.w3.org/2000/svg' {attributes}>{inner}</svg>".encode()


def reading_with_mentions(data: bytes, name: str, rules: Any) -> Any:
    """What the parser will give: ``@img ADDRESS@`` in the text becomes a picture that is
    mentioned, ``@cover ADDRESS@`` one of the front matter."""
    reading = read_article(data, name, rules)
    if reading.article is None:
        return reading
    lines = data.decode().splitlines()
    mentions: dict[str, Mention] = {}
    for number, line in enumerate(lines, 1):
        for found in _NAMED.finditer(line):
            mention = Mention(found[0], Place(number, found.start() + 1))
            mentions.setdefault(found[0], mention)
    html = re.sub(r"@img ([^\s@]+)@", r'<img src="\1" alt="A boat">', reading.article.content_html)
    covers = re.findall(r"@cover ([^\s@]+)@", html)
    article = replace(
        reading.article,
        content_html=re.sub(r"@cover [^\s@]+@", "", html),
        images=tuple(map(Image, covers)),
        mentions=tuple(mentions.values()),
    )
    return replace(reading, article=article)


@contextmanager
def parser_with_mentions() -> Iterator[None]:
    """Until the parser itself writes deferred addresses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house_module, "read_article", reading_with_mentions)
        yield
