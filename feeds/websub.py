"""Telling a WebSub hub which feeds changed: a spool of addresses, and the sending of it.

The worker only leaves addresses in the spool; sending is done by a short-lived process of its
own (``feedmill ping``), so that the worker needs no network and never waits for one.
"""

import contextlib
import hashlib
import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path

from feeds.atomic_file import replace_file

TIMEOUT_SECONDS = 10.0
_SUFFIX = ".ping"


class Spool:
    """The changed feeds that the hub was not told of yet: one small file an address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, urls: Iterable[str]) -> None:
        """Leave addresses to be told; one that waits already waits once. Raises OSError."""
        for url in urls:
            self._folder.mkdir(parents=True, exist_ok=True)
            replace_file(self._file(url), url.encode())

    def waiting(self) -> list[str]:
        """The addresses that wait, in a fixed order."""
        return sorted(url for _, url in self._entries())

    def remove(self, url: str) -> None:
        """The hub was told of this address."""
        self._file(url).unlink(missing_ok=True)

    def _file(self, url: str) -> Path:
        name = hashlib.sha256(url.encode()).hexdigest()[:32]
        return self._folder / f"{name}{_SUFFIX}"

    def _entries(self) -> Iterator[tuple[Path, str]]:
        for path in self._folder.glob(f"*{_SUFFIX}"):
            with contextlib.suppress(FileNotFoundError):
                yield path, path.read_text(encoding="utf-8")


def send_waiting(spool: Spool, hub: str) -> dict[str, str]:
    """Tell the hub of everything that waits. Returns address to reason for what failed.

    An address is struck off before it is sent and put back when that fails: a feed that
    changes meanwhile is told of again, never forgotten.
    """
    failed: dict[str, str] = {}
    for url in spool.waiting():
        spool.remove(url)
        reason = publish_to_hub(hub, url)
        if reason:
            failed[url] = reason
            spool.add([url])
    return failed


def publish_to_hub(hub: str, url: str) -> str:
    """Tell ``hub`` that the feed at ``url`` changed; the reason where it did not take it.

    The request that hubs agree on: a form with hub.mode=publish and hub.url (PubSubHubbub
    0.4, section 7; WebSub leaves it to hubs). Any 2xx answer means that it was taken.
    """
    form = urllib.parse.urlencode({"hub.mode": "publish", "hub.url": url, "hub.topic": url})
    request = urllib.request.Request(hub, form.encode(), method="POST")  # noqa: S310
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            return "" if 200 <= response.status < 300 else f"the hub answered {response.status}"
    except urllib.error.HTTPError as error:
        error.close()
        return f"the hub answered {error.code}"
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would arrive as a GET, and look like a success."""

    def redirect_request(self, *_: object) -> None:
        return None
