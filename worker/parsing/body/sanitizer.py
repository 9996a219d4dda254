"""Untrusted HTML to what a feed may carry (nh3), its addresses made absolute."""

import nh3

from worker.parsing.body.allowlist import ATTRIBUTES, TAGS, WITHOUT_CONTENT, allowed_value, mended


class _Sanitiser:
    """One for all bodies: to set nh3 up takes as long as to sanitise an article."""

    def __init__(self) -> None:
        self._base_url = ""
        self._cleaner = nh3.Cleaner(
            tags=TAGS,
            clean_content_tags=WITHOUT_CONTENT,
            attributes=ATTRIBUTES,
            attribute_filter=lambda tag, name, value: allowed_value(
                tag, name, value, self._base_url
            ),
            # Without controls, a reader shows nothing of a sound at all.
            set_tag_attribute_values={tag: {"controls": ""} for tag in ("audio", "video")},
            link_rel=None,
            url_schemes={"http", "https", "mailto"},
        )

    def clean(self, html: str, base_url: str) -> str:
        """Safe HTML, its addresses made absolute by ``base_url``."""
        self._base_url = base_url
        return self._cleaner.clean(html)


_SANITISER = _Sanitiser()


def sanitised(html: str, base_url: str) -> str:
    """Safe HTML of any; ``base_url`` is what its relative addresses are relative to."""
    return _SANITISER.clean(html, base_url)


def settled(html: str, base_url: str) -> str:
    """HTML with tags of the author's own, sanitised once, until doing it again changes nothing.

    An element that is left out still steers the first parsing: ``<a><object><a>`` leaves a link
    within a link, which the next parser, a reader's, would read in another way.
    """
    html = mended(html)
    for _ in range(3):
        before, html = html, mended(sanitised(html, base_url))
        if html == before:
            break
    return html
