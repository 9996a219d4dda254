"""Addresses of the front matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.urls import LinkError, absolute_url

SITE = "https://site.example/blog/"


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://x.example/a?b=c%2Cd#e", "https://x.example/a?b=c%2Cd#e"),
        ("HTTPS://X.Example/A", "https://x.example/A"),
        (
            "https://bücher.example/ä b?q=ü#ö",
            "https://xn--bcher-kva.example/%C3%A4%20b?q=%C3%BC#%C3%B6",
        ),
        ("https://x.example/100%", "https://x.example/100%25"),
        ("https://x.example/[a]", "https://x.example/%5Ba%5D"),
        ("https://[::1]:8000/a", "https://[::1]:8000/a"),
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/a"),
        ("/a/b c", "https://site.example/a/b%20c"),
        ("a.png", "https://site.example/blog/a.png"),
        ("img/a.png", "https://site.example/blog/img/a.png"),
        ("//cdn.example/a", "https://cdn.example/a"),
        ("?q=1", "https://site.example/blog/?q=1"),
        ("/web/2020/https://x.example/", "https://site.example/web/2020/https://x.example/"),
    ],
)
def test_addresses_become_absolute_and_ascii(written: str, url: str) -> None:
    assert absolute_url(written, SITE) == url
    assert absolute_url(url, SITE) == url


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("www.example.com", "https://"),
        ("example.com/page", "https://"),
        ("localhost:8000/a", "https://"),
        ("javascript:alert(1)", "https://"),
        ("data:text/html,x", "https://"),
        ("file:///etc/passwd", "https://"),
        ("mailto:a@x.example", "https://"),
        ("http:/x.example", "https://"),
        ("https://", "https://"),
        ("https://x..example/", "https://"),
        ("https://x y.example/", "https://"),
        ("https://x.example:99999/", "https://"),
        ("https://[v1.<x>]/", "https://"),
        ("https://me:secret@x.example/", "Remove"),
        ("https:\\\\x.example", "/"),
        ('https://x.example/a"', "both sides"),
        ("https://x.example/\na", "one line"),
        (f"https://x.example/{'a' * 5000}", "Shorten"),
        ("“https://x.example/a”", "curly quotes"),
        ("<https://x.example/a>", "brackets"),
        ("see https://x.example/a", "without words"),
        ("", "https://"),
    ],
)
def test_what_a_reader_could_not_or_should_not_follow_is_refused(written: str, hint: str) -> None:
    with pytest.raises(LinkError) as error:
        absolute_url(written, SITE)
    assert hint in error.value.hint
    assert "secret" not in str(error.value)


@given(st.text(max_size=40) | st.text(alphabet="htps:/.@[]%?#ax\\ é", max_size=30))
def test_any_text_gives_an_ascii_http_address_or_a_reason(text: str) -> None:
    for written in (text, "https://x.example/" + text, "https://" + text):
        try:
            url = absolute_url(written, SITE)
        except LinkError:
            continue
        assert url.isascii()
        assert url.startswith(("https://", "http://"))
        assert not set(url) & set(' "<>\\^`{|}\n\t')
        assert absolute_url(url, SITE) == url
