"""The embedded server's ASGI application: public files and extra endpoints.

Answers GET, HEAD, and OPTIONS for other sites' pages. No request changes anything.
"""

import asyncio
import copy
import ipaddress
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode

from feeds.formats.normalize import is_web_url
from feeds.model import FORMATS
from feeds.public_folder import MOVED
from feeds.server.documents import (
    SECURITY,
    SHARING,
    SHOWN_BY_BROWSERS_AS_XML,
    Document,
    Documents,
    Headers,
    identity,
    pieces,
)
from feeds.server.negotiation import precondition, prefers_xml, wants_gzip
from feeds.server.safe_open import open_below, segments
from feeds.server.search_queue import RETRY_SECONDS, SearchQueue

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_HTML = "text/html; charset=utf-8"
_METHODS = b"GET, HEAD, OPTIONS"
# The endpoint of searches, and how much of a query string such as "q=mills+dams" is read.
SEARCH = "/search.html"
LONGEST_QUERY = 4_000
# Where people and programs look for a site's feed, and its format.
_GUESSED = {"feed": "rss", "rss": "rss", "rss.xml": "rss", "feed.xml": "rss", "index.xml": "rss"}
_GUESSED |= {"atom": "atom", "atom.xml": "atom", "feed.json": "json"}
_PREFLIGHT: Headers = [
    *SHARING,
    (b"allow", _METHODS),
    (b"access-control-allow-methods", _METHODS),
    (b"access-control-allow-headers", b"If-None-Match, If-Modified-Since"),
    (b"access-control-max-age", b"86400"),
]


class EndpointResponse(NamedTuple):
    """What an endpoint returns."""

    status: int
    media_type: str
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path that is not a public file, or goes before it. ``make`` gets the query string and runs
    in a thread, so it may be slow. ``is_local``: only for this machine, on a separate listener.
    ``is_search``: everybody may ask, so few run at once."""

    make: Callable[[str], EndpointResponse]
    is_local: bool = False
    is_search: bool = False


class Response(NamedTuple):
    """Status, headers and body. If ``file`` is a descriptor, the body is read from it; the
    caller closes it."""

    status: int
    headers: Headers
    body: bytes = b""
    file: int = -1


LogRequest = Callable[[Scope, Response, float], None]
"""Gets each request, its response and the seconds that it took."""


class PublicApp:
    """Serves one public folder, and ``endpoints`` at exact paths such as "/healthz"."""

    def __init__(
        self,
        folder: Path,
        endpoints: Mapping[str, Endpoint] | None = None,
        log_request: LogRequest | None = None,
    ) -> None:
        self._folder = folder
        self._documents = Documents(folder)
        self._searches = SearchQueue()
        self._endpoints = dict(endpoints or {})
        self._log_request = log_request
        self._is_local = False
        self._moved_identity: tuple[int, ...] = ()
        self._moved_known: dict[str, Any] = {}

    def local_app(self, endpoints: Mapping[str, Endpoint]) -> "PublicApp":
        """An application for the local listener: the same cached files, other endpoints.

        The listener decides who can connect. This application also refuses host names other
        than localhost, so that no website can reach it through a browser (DNS rebinding).
        """
        app = copy.copy(self)
        app._endpoints, app._is_local = dict(endpoints), True
        return app

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        started = time.perf_counter() if self._log_request else 0.0
        answer = await self._answer(scope)
        try:
            await send(
                {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
            )
            if answer.file < 0:
                await send({"type": "http.response.body", "body": answer.body})
            else:
                await _send_file(answer.file, send)
        finally:
            if answer.file >= 0:
                os.close(answer.file)
        if self._log_request:
            self._log_request(scope, answer, time.perf_counter() - started)

    async def _answer(self, scope: Scope) -> Response:
        method, path = scope["method"], scope["path"]
        if self._is_local and has_foreign_host(scope):
            return _text(421, "This address works only as localhost or by its IP address.")
        if method == "OPTIONS":
            return Response(204, _PREFLIGHT)
        if method not in ("GET", "HEAD"):
            return _text(405, "Only GET and HEAD are allowed here.", (b"allow", _METHODS))
        endpoint = self._endpoints.get(path)
        if endpoint is not None:
            return await self._ask(endpoint, _query(scope))
        if path == "/" and SEARCH in self._endpoints and (words := _old_search(_query(scope))):
            return _moved_to(f"{SEARCH[1:]}?{urlencode({'q': words})}")
        names = segments(path) or []
        found = await self._documents.find(names) if names else None
        if found is None:
            return await self._missing(names, scope)
        document, file = found
        keep = -1
        try:
            answer = await self._answer_document(document, file, scope)
            keep = answer.file
        finally:
            if keep < 0:
                os.close(file)
        return answer

    async def _ask(self, endpoint: Endpoint, query: str) -> Response:
        if not endpoint.is_search:
            return _made(await asyncio.to_thread(endpoint.make, query))
        made = await self._searches.run(partial(endpoint.make, query))
        if made is None:
            retry = (b"retry-after", str(RETRY_SECONDS).encode())
            return _text(503, "Too many searches at the moment. Please try again.", retry)
        return _made(made)

    async def _answer_document(self, document: Document, file: int, scope: Scope) -> Response:
        headers = _joined(scope["headers"])
        as_xml = document.suffix in SHOWN_BY_BROWSERS_AS_XML and prefers_xml(
            headers.get(b"accept"), document.media_type
        )
        packed = wants_gzip(headers.get(b"accept-encoding"))
        variant = await self._documents.variant(document, as_xml=as_xml, packed=packed)
        verdict = precondition(
            variant.etag,
            document.modified,
            if_match=headers.get(b"if-match"),
            if_unmodified_since=headers.get(b"if-unmodified-since"),
            if_none_match=headers.get(b"if-none-match"),
            if_modified_since=headers.get(b"if-modified-since"),
        )
        if verdict == "not modified":
            return Response(304, variant.not_modified)
        if verdict == "failed":
            return _text(412, "The file has changed: it is not the version that was asked for.")
        if scope["method"] == "HEAD":
            return Response(200, variant.headers)
        if variant.body is None:
            return Response(200, variant.headers, file=file)
        return Response(200, variant.headers, variant.body)

    async def _missing(self, names: list[str], scope: Scope) -> Response:
        """404, 410 for a file that was removed, or 301 if it has another address."""
        moved = self._moved() if names else {}
        path = "/".join(names)
        url = moved.get(path)
        if url is None and path in moved:
            return await self._page(410, "This was removed. It may come back.", scope)
        if isinstance(url, str) and is_web_url(url):
            return _moved_to(url)
        key, dot, extension = path.rpartition(".")
        target = moved.get(key) if dot else None
        if isinstance(target, str):
            return _moved_to(f"{'../' * (len(names) - 1)}{target}.{extension}")
        if feed := self._guessed(scope["path"]):
            return _moved_to(feed)
        return await self._page(404, "There is nothing here.", scope)

    def _guessed(self, path: str) -> str:
        """The feed of all articles for a usual address such as "/feed/", relative to it; empty if
        it is none, or no feed is published."""
        wanted = _GUESSED.get(path[1:].removesuffix("/"))
        for format_ in dict.fromkeys((wanted, *FORMATS)) if wanted else ():
            if opened := open_below(self._folder, [f"all.{format_}"]):
                os.close(opened[0])
                return f"{'../' if path.endswith('/') else ''}all.{format_}"
        return ""

    async def _page(self, status: int, text: str, scope: Scope) -> Response:
        """The published page for a status, for clients that ask for HTML; others get a line."""
        wants_html = b"text/html" in _joined(scope["headers"]).get(b"accept", b"")
        found = await self._documents.find([f"{status}.html"]) if wants_html else None
        if found is None:
            return _text(status, text)
        document, file = found
        os.close(file)
        return _uncached(status, _HTML, document.data) if document.data else _text(status, text)

    def _moved(self) -> dict[str, Any]:
        """The moved and removed files; read again only after a change, because clients may request
        missing files very often."""
        opened = open_below(self._folder, [MOVED])
        if opened is None:
            return {}
        file, found = opened
        try:
            version = identity(found)
            if self._moved_identity != version:
                self._moved_known = _read_moved(file)
                self._moved_identity = version
        finally:
            os.close(file)
        return self._moved_known


def _read_moved(file: int) -> dict[str, Any]:
    try:
        found = json.loads(b"".join(pieces(file)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _old_search(query: str) -> str:
    """The words in the query string of the front page, for bookmarks of its old search."""
    words = parse_qs(query[:LONGEST_QUERY], errors="replace").get("q", [""])[0]
    return " ".join(words.split())


def _moved_to(location: str) -> Response:
    return _text(301, "This has a new address.", (b"location", location.encode()))


async def _send_file(file: int, send: Send) -> None:
    for piece in pieces(file):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _query(scope: Scope) -> str:
    return str(scope["query_string"].decode("ascii", "replace"))


def has_foreign_host(scope: Scope) -> bool:
    """Whether a TCP request names a host other than an IP address or "localhost"."""
    client = scope.get("client")
    if client is None:  # a Unix socket, which no browser opens
        return False
    host = _joined(scope["headers"]).get(b"host", b"localhost").decode("latin-1")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name.lower() == "localhost":
        return False
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return True
    return False


def _joined(headers: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The headers; lines with the same name become one list (RFC 9110, section 5.3)."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        found[name] = b"%b, %b" % (found[name], value) if name in found else value
    return found


def _text(status: int, text: str, *headers: tuple[bytes, bytes]) -> Response:
    answer = _uncached(status, "text/plain; charset=utf-8", f"{text}\n".encode())
    return answer._replace(headers=[*answer.headers, *headers])


def _made(response: EndpointResponse) -> Response:
    answer = _uncached(response.status, response.media_type, response.body)
    return answer._replace(headers=[*answer.headers, *response.headers])


def _uncached(status: int, media_type: str, body: bytes) -> Response:
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *SECURITY,
    ]
    return Response(status, headers, body)
