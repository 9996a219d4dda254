"""Limits uvicorn's HTTP/1.1: head size, slow clients, connections, waiting requests.

Uvicorn itself would wait forever and queue without limit.
"""

import asyncio
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_CONNECTIONS = 1000
LARGEST_HEAD = 16_384
HEAD_SECONDS = 10.0
IDLE_SECONDS = 10
# A client must read this much in this time, or its connection is closed.
READ_SECONDS = 15.0
READ_BYTES = 16_384
# Bytes read from a client at once, and so the most that waits while it is answered.
PIECE = 16_384
END_OF_HEAD = b"\r\n\r\n"

_END = b"content-length: 0\r\nconnection: close\r\n\r\n"
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n" + _END
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + _END
_BAD = b"HTTP/1.1 400 Bad Request\r\n" + _END
_VERSION = b"HTTP/1.1 505 HTTP Version Not Supported\r\n" + _END
_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\n" + _END

# uri-host [":" port] (RFC 9110, section 7.2); an http address has a host that is not empty.
_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::[0-9]*)?")


def has_valid_host(headers: Iterable[tuple[bytes, bytes]], *, needed: bool) -> bool:
    """Whether a request has one valid Host header (RFC 9112, section 3.2)."""
    hosts = [value.strip(b" \t") for name, value in headers if name == b"host"]
    return not (needed or hosts) or (len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None)


class LimitedProtocol(HttpToolsProtocol):
    """One connection with limits.

    A request's head has at most ``LARGEST_HEAD`` bytes and arrives within ``HEAD_SECONDS``. A
    client reads at least ``READ_BYTES`` in ``READ_SECONDS``. Requests are answered one after
    the other; at most ``PIECE`` bytes of waiting ones are held.
    """

    extra_connections = 0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._read_timer: asyncio.TimerHandle | None = None
        self._field_bytes = 0
        self._has_body = False
        self._refusal = _BAD
        self._held = bytearray()
        self._is_last = False

    # -- connecting and closing

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept a client, or refuse it if there are too many."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS + self.extra_connections:
            self._refuse(_BUSY)
            return
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all timers of the client."""
        self._end_head()
        self._stop_watching()
        self._held.clear()
        super().connection_lost(exc)

    def _refuse(self, answer: bytes) -> None:
        self._end_head()
        self.transport.write(answer)
        self._close()

    def _close(self) -> None:
        """Close after the last bytes are sent, but wait for that only ``READ_SECONDS``."""
        self.transport.close()
        self.loop.call_later(READ_SECONDS, self.transport.abort)

    def timeout_keep_alive_handler(self) -> None:
        """Close a client that was idle for too long."""
        if not self.transport.is_closing():
            self._close()

    # -- one request after the other

    def data_received(self, data: bytes) -> None:
        """Take the client's bytes; those after a request wait for its response."""
        self._held += data
        self._take_next()

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client sends no more; its requests are still answered."""
        self._is_last = self._is_busy() or bool(self._held)
        return self._is_last

    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _take_next(self) -> None:
        """Read held bytes up to the end of a head. Uvicorn would start a task for every request in
        a piece at once: a client that sends thousands would use memory and time for all."""
        while self._held and not self._is_busy() and not self.transport.is_closing():
            end = self._held.find(END_OF_HEAD)
            size = len(self._held) if end < 0 else end + len(END_OF_HEAD)
            piece = bytes(self._held[:size])
            del self._held[:size]
            self._read(piece)
        if self.transport.is_closing():
            self._held.clear()
        elif self._held:
            self.flow.pause_reading()
        elif self._is_last and not self._is_busy():
            self._close()

    def _go_on(self) -> None:
        self.flow.resume_reading()
        self._take_next()

    def _read(self, piece: bytes) -> None:
        """Read a head or a part of it; refuse a head that is too large."""
        self._begin_head()  # also for bytes that start no head
        self._head_bytes += len(piece)
        super().data_received(piece)
        if self._head_timer is not None and self._head_bytes > LARGEST_HEAD:
            self._refuse(_TOO_LARGE)

    def on_response_complete(self) -> None:
        """A response is sent or on its way; the next request waits for other clients' turns."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._close()
        elif self._held or self._is_last:
            self._unset_keepalive_if_required()
            self.flow.pause_reading()
            self.loop.call_soon(self._go_on)

    # -- the head of a request

    def _begin_head(self) -> None:
        if self._head_timer is None:
            self._head_bytes = 0
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_timed_out)

    def _end_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_timed_out(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self._refuse(_TIMEOUT if self._head_bytes else b"")

    def on_message_begin(self) -> None:
        """A request starts."""
        super().on_message_begin()
        self._begin_head()
        self._field_bytes = 0
        self._refusal = _BAD

    def on_url(self, url: bytes) -> None:
        """The target of the request, or a part of it."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header line; a whole head may arrive in one piece."""
        super().on_header(name, value)
        self._count(len(name) + len(value))
        if name.lower() in (b"content-length", b"transfer-encoding") and value != b"0":
            self._has_body = True

    def _count(self, size: int) -> None:
        self._field_bytes += size
        if self._field_bytes > LARGEST_HEAD:
            self._stop_parser(_TOO_LARGE)

    def _stop_parser(self, refusal: bytes) -> NoReturn:
        """Refuse the request: the parser stops at an error, and send_400_response answers."""
        self._refusal = refusal
        raise ValueError

    def send_400_response(self, msg: str) -> None:
        """Refuse a head that is invalid or too large."""
        del msg
        self._refuse(self._refusal)

    def on_headers_complete(self) -> None:
        """Answer the request. Its body is not read: the connection closes after the response."""
        self._end_head()
        version = self.parser.get_http_version()
        if version not in ("1.1", "1.0"):
            self._stop_parser(_BAD if version == "0.9" else _VERSION)
        if not has_valid_host(self.headers, needed=version == "1.1"):
            self._stop_parser(_BAD)
        super().on_headers_complete()
        # After an ignored Upgrade, the next bytes may belong to the other protocol.
        if self._has_body or self.parser.should_upgrade():
            self.cycle.keep_alive = False

    # -- slow readers

    def pause_writing(self) -> None:
        """The client reads more slowly than the response is written: watch it."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """The client caught up."""
        self._stop_watching()
        super().resume_writing()

    def _watch(self, left: int) -> None:
        self._stop_watching()
        self._read_timer = self.loop.call_later(READ_SECONDS, self._check_progress, left)

    def _check_progress(self, left_last: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left_last - left < READ_BYTES:
            self.transport.abort()
        else:
            self._watch(left)

    def _stop_watching(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None


class LocalProtocol(LimitedProtocol):
    """A connection from this machine; has a reserve, for when readers use all others."""

    extra_connections = 20


class SmallReads(asyncio.BufferedProtocol):
    """Passes a client's bytes to a protocol in pieces of ``PIECE`` bytes. uvloop alone would read
    256 kB at once, which a thousand clients could fill."""

    # Shared by all connections: filled and emptied within one step of the event loop.
    _buffer = memoryview(bytearray(PIECE))

    def __init__(self, protocol: LimitedProtocol) -> None:
        self._protocol = protocol
        self.connection_lost = protocol.connection_lost  # type: ignore[method-assign]
        self.eof_received = protocol.eof_received  # type: ignore[method-assign]
        self.pause_writing = protocol.pause_writing  # type: ignore[method-assign]
        self.resume_writing = protocol.resume_writing  # type: ignore[method-assign]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client connected."""
        self._protocol.connection_made(transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """The buffer for the next piece."""
        del sizehint
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """The next piece is in the buffer."""
        self._protocol.data_received(bytes(self._buffer[:nbytes]))
