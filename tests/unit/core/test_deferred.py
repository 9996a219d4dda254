"""Addresses that only the database can resolve: written, read and resolved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.deferred import KINDS, Deferred, deferred_id, parse, resolve

WEB = {
    "file": "https://a.example/tides",
    "note": "https://a.example/note?a=1&b=2",
    "media": "https://a.example/media/1.png",
    "here": "https://a.example/self",
}


def address_of(deferred: Deferred) -> str:
    known = "missing" not in deferred.target and WEB.get(deferred.kind, "")
    return f"{known}#{deferred.part}" if known and deferred.part else known or ""


def resolved(html: str) -> str:
    return resolve(html, "x-", address_of)


@given(st.sampled_from(KINDS), st.text(), st.text())
def test_an_address_is_read_as_it_was_written(kind: str, target: str, part: str) -> None:
    target = "" if kind == "here" else target
    deferred = Deferred(kind, target, part)
    expected = None if ".." in target.split("/") else deferred
    assert parse(deferred.address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://a.example/",
        "feedmill:",
        "feedmill:other/a",
        "feedmill:file",
        "feedmill:here/a",
        "feedmill:media/../../etc/passwd",
        "feedmill:media/a%2F..%2F..%2Fb",
        "feedmill:file/a b",
    ],
)
def test_other_text_names_nothing(address: str) -> None:
    assert parse(address) is None


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>feedmill:file/a</p>", "<p>feedmill:file/a</p>"),
        ('<a title="feedmill:file/a">x</a>', '<a title="feedmill:file/a">x</a>'),
        ('<a href="feedmill:file/a#b">x</a>', '<a href="https://a.example/tides#b">x</a>'),
        (
            '<a href="feedmill:note/a">x</a>',
            '<a href="https://a.example/note?a=1&amp;b=2">x</a>',
        ),
        ('<a href="feedmill:here#b">x</a>', '<a href="https://a.example/self#b">x</a>'),
        ('<h2 id="feedmill:b">x</h2>', '<h2 id="x-b">x</h2>'),
        (
            '<a href="feedmill:file/missing">x <b>y</b></a> <a href="/z">z</a>',
            'x <b>y</b> <a href="/z">z</a>',
        ),
        ('<a href="feedmill:file/missing" id="feedmill:b">x</a>', '<a id="x-b">x</a>'),
        ('<a href="feedmill:nonsense">x</a>', "x"),
        (
            '<img src="feedmill:media/a.png" alt="b">',
            '<img src="https://a.example/media/1.png" alt="b">',
        ),
        ('<img src="feedmill:media/missing" alt="A &amp; b">', "A &amp; b"),
        ('<img src="feedmill:asset/a.png">', ""),
        (
            '<img src="/a" srcset="feedmill:media/a 1x, feedmill:media/missing 2x, /b 3x">',
            '<img src="/a" srcset="https://a.example/media/1.png 1x, /b 3x">',
        ),
        ('<video><source src="feedmill:media/missing"></video>', "<video></video>"),
        (
            '<video src="/v" poster="feedmill:media/missing"></video>',
            '<video src="/v"></video>',
        ),
    ],
)
def test_resolved(html: str, expected: str) -> None:
    assert resolved(html) == expected


def test_an_id_of_a_heading_is_found_by_the_link_to_it() -> None:
    assert (
        resolved(f'<h2 id="{deferred_id("Über uns")}">x</h2>') == '<h2 id="x-%C3%9Cber-uns">x</h2>'
    )
