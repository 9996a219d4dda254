"""Which drawings are published: none that could run or load anything."""

import pytest

from worker.media.svg import Drawing, NotSvgError, read_svg

NS = "xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'"


def drawing(inner: str = "", attributes: str = "") -> bytes:
    return f"<svg {NS} {attributes}>{inner}</svg>".encode()


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ("width='30' height='20px'", (30, 20)),
        ("viewBox='0 0 640 480'", (640, 480)),
        ("viewBox='0,0,640,480' width='100%'", (640, 480)),
        ("width='5cm'", (None, None)),
        ("width='1e9' height='0'", (None, None)),
        ("width='10' height='99999999'", (None, None)),
        ("viewBox='0 0 nan inf'", (None, None)),
    ],
)
def test_the_size(attributes: str, size: tuple[int | None, int | None]) -> None:
    assert read_svg(drawing(attributes=attributes)) == Drawing(*size)


@pytest.mark.parametrize(
    "inner",
    [
        "<g><path d='M0 0'/></g>",
        "<use xlink:href='#a'/>",
        "<image href='data:image/png;base64,AAAA'/>",
        "<style>.a { fill: url(#b) }</style>",
        "<rect fill='url(#b)' style='stroke: red'/>",
        "<title>on and on</title>",
        "<foreignObject><div xmlns='http://www.w3.org/1999/xhtml'>A <b>b</b></div></foreignObject>",
    ],
)
def test_harmless_drawings(inner: str) -> None:
    read_svg(drawing(inner))


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        "<SCRIPT/>",
        "<s:script xmlns:s='http://www.w3.org/2000/svg'/>",
        "<g onclick='x()'/>",
        "<g OnLoad='x()'/>",
        '<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>',
        "<a href='javascript:x()'/>",
        "<a xlink:href='https://evil.example/'/>",
        "<image href='//evil.example/a.png'/>",
        "<image href='data:image/svg+xml;base64,AAAA'/>",
        "<use href='other.svg#a'/>",
        "<set attributeName='href' to='javascript:x()'/>",
        "<animate attributeName='href'/>",
        "<style>@import 'https://evil.example/'</style>",
        "<style>@im<!-- -->port 'x'</style>",
        "<style>@im&#112;ort 'x'</style>",
        "<style>a { b: url( https://evil.example/ ) }</style>",
        "<style>a { b: \\75rl(x) }</style>",
        "<rect fill='url(https://evil.example/)'/>",
        "<rect style='background: image-set(\"x\" 1x)'/>",
        "<?xml-stylesheet href='https://evil.example/'?>",
        "<g>" * 300 + "</g>" * 300,
    ],
)
def test_hostile_drawings(inner: str) -> None:
    with pytest.raises(NotSvgError):
        read_svg(drawing(inner))


@pytest.mark.parametrize(
    "data",
    [
        b"<html><script/></html>",
        b"<svg><script/></svg>",
        b"<svg",
        b"",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]>" + drawing("&a;"),
        b"<!DOCTYPE svg [<!ENTITY % a SYSTEM 'file:///etc/passwd'> %a;]>" + drawing(),
        b"<?xml version='1.0' encoding='utf-7'?>" + drawing(),
        b"<?xml version='1.0' encoding='no-such'?>" + drawing(),
        "<?xml version='1.0' encoding='utf-16'?>".encode("utf-16") + b"x",
        drawing() + b"<script/>",
    ],
)
def test_what_is_no_drawing(data: bytes) -> None:
    with pytest.raises(NotSvgError):
        read_svg(data)


def test_a_plain_doctype_is_harmless() -> None:
    doctype = b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://www.w3.org/svg11.dtd'>"
    assert read_svg(doctype + drawing()) == Drawing(None, None)
