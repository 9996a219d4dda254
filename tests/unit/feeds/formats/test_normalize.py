"""URLs, languages, addresses and dates: spelt validly, or left out."""

import pytest

from feeds.formats import normalize


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org", "https://example.org"),
        ("https://example.org/a?b=1&c=%20#d", "https://example.org/a?b=1&c=%20#d"),
        ("HTTPS://Example.org/A", "https://Example.org/A"),
        (" https://example.org/a b\n", "https://example.org/a%20b"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/[1]?a[]=2", "https://example.org/%5B1%5D?a%5B%5D=2"),
        (
            "https://bücher.example:8080/ä?ö#ü",
            "https://xn--bcher-kva.example:8080/%C3%A4?%C3%B6#%C3%BC",
        ),
        ("https://user:pass@example.org/", "https://user:pass@example.org/"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
        ("http://127.0.0.1:8000/all.rss", "http://127.0.0.1:8000/all.rss"),
        ("mailto:ada@example.org", "mailto:ada@example.org"),
        ("mailto:ada müller@example.org", "mailto:ada%20m%C3%BCller@example.org"),
        ("https://example.org/a\x00b", "https://example.org/ab"),
    ],
)
def test_an_absolute_url_is_escaped_and_otherwise_left_alone(url: str, expected: str) -> None:
    assert normalize.uri(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/relative",
        "//example.org/",
        "example.org",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org/",
        "https://",
        "https:///path",
        "https://[bad/",
        "https://a b.example/",
        "https://\u2100.example/",
        "https://..ü/",
        "urn:uuid:7e0b9a54-13dc-5f67-8c2a-5d3344aa1702",
    ],
)
def test_what_is_no_web_address_is_left_out(url: str) -> None:
    assert normalize.uri(url) == ""


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "en"),
        (" pt_BR ", "pt-BR"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("gsw-CH", "gsw-CH"),
        ("English", ""),
        ("xx", ""),
        ("uk", "uk"),
        ("e", ""),
        ("", ""),
        ("en us", ""),
    ],
)
def test_a_language_is_one_of_bcp_47_or_left_out(tag: str, expected: str) -> None:
    assert normalize.language(tag) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ada@mills.example.com", "ada@mills.example.com"),
        ("Ada <ada@mills.example.com>", ""),
        ("ada@localhost", ""),
        ("ädä@mills.example.com", ""),
        ("ada", ""),
    ],
)
def test_a_mail_address_is_plain(address: str, expected: str) -> None:
    assert normalize.email(address) == expected


def test_illegal_characters_go_and_all_others_stay() -> None:
    illegal = [*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF]
    for point in set(illegal) - {0x09, 0x0A, 0x0D}:
        assert normalize.clean(f"a{chr(point)}b") == "ab"
    kept = "\t\n\r ~\xa0\u200f\u202e\ud7ff\ue000\ufffd\U00010000\U0010ffff"
    assert normalize.clean(kept) == kept
