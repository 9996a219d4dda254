"""Notifies a WebSub hub of changed feeds: a spool of URLs, and sending it.

The worker only adds URLs to the spool. A short-lived process (``feedmill ping``) sends them, so
that the worker needs no network and never waits for one.
"""

import contextlib
import hashlib
from collections.abc import Iterable
from pathlib import Path

from feeds.atomic_file import replace_file

TIMEOUT_SECONDS = 10.0
_SUFFIX = ".ping"


class Spool:
    """The changed feeds that the hub does not know of yet: one small file per URL."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, urls: Iterable[str]) -> None:
        """Add URLs; one that is already waiting is kept once. Raises OSError."""
        for url in urls:
            self._folder.mkdir(parents=True, exist_ok=True)
            replace_file(self._file(url), url.encode())

    def waiting(self) -> list[str]:
        """The waiting URLs, sorted."""
        found = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            with contextlib.suppress(FileNotFoundError):
                found.append(path.read_text(encoding="utf-8"))
        return sorted(found)

    def remove(self, url: str) -> None:
        """Remove a URL."""
        self._file(url).unlink(missing_ok=True)

    def _file(self, url: str) -> Path:
        name = hashlib.sha256(url.encode()).hexdigest()[:32]
        return self._folder / f"{name}{_SUFFIX}"


def send_waiting(spool: Spool, hub: str) -> dict[str, str]:
    """Send all waiting URLs to the hub; gives the reason for each URL that failed.

    A URL is removed before it is sent and added again if that fails: a feed that changes
    meanwhile is sent again.
    """
    failed: dict[str, str] = {}
    for url in spool.waiting():
        spool.remove(url)
        if reason := publish_to_hub(hub, url):
            failed[url] = reason
            spool.add([url])
    return failed


def publish_to_hub(hub: str, url: str) -> str:
    """Notify ``hub`` that the feed at ``url`` changed; gives the reason if it refuses.

    Sends a form with hub.mode=publish and hub.url, which hubs agree on (PubSubHubbub 0.4,
    section 7; WebSub leaves it to hubs). Any 2xx response is success.
    """
    # An HTTP client with TLS, which the worker does without.
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.parse import urlencode
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class NoRedirect(HTTPRedirectHandler):
        """Refuses redirects: a redirected POST becomes a GET and looks like a success."""

        def redirect_request(self, *_: object) -> None:
            return None

    form = urlencode({"hub.mode": "publish", "hub.url": url, "hub.topic": url})
    request = Request(hub, form.encode(), method="POST")  # noqa: S310
    try:
        with build_opener(NoRedirect).open(request, timeout=TIMEOUT_SECONDS) as response:
            return "" if 200 <= response.status < 300 else f"the hub answered {response.status}"
    except HTTPError as error:
        error.close()
        return f"the hub answered {error.code}"
    except (OSError, HTTPException) as error:
        return str(error) or type(error).__name__
