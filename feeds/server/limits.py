"""HTTP/1.1 on uvicorn with limits: on the size of a request's head, on clients that send or
read too slowly, on how many there are at once, on requests that wait. Uvicorn itself would wait
for ever, and queue without end.
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
# A reader must take this much in this time, or its connection is given to another.
READ_SECONDS = 15.0
READ_BYTES = 16_384
# What is read of a client at once, and so what waits of it at most while it is answered.
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


def host_is_right(headers: Iterable[tuple[bytes, bytes]], *, needed: bool) -> bool:
    """Whether a request names its host once and well, as RFC 9112, section 3.2, wants it."""
    hosts = [value.strip(b" \t") for name, value in headers if name == b"host"]
    return not (needed or hosts) or (len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None)


class LimitedProtocol(HttpToolsProtocol):
    """One connection. A request has a head of ``LARGEST_HEAD`` bytes at most, which arrives
    within ``HEAD_SECONDS``; a response is read at ``READ_BYTES`` in ``READ_SECONDS`` at least.
    Requests are answered one after the other; of those that wait, ``PIECE`` bytes are held.
    """

    most_connections_more = 0

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

    # -- a client's coming and going

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a client, or send it away where there are too many."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS + self.most_connections_more:
            self._refuse(_BUSY)
            return
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self._end_head()
        self._stop_watching()
        self._held.clear()
        super().connection_lost(exc)

    def _refuse(self, answer: bytes) -> None:
        self._end_head()
        self.transport.write(answer)
        self._close()

    def _close(self) -> None:
        """Close when the last bytes are sent, but do not wait for ever for that."""
        self.transport.close()
        self.loop.call_later(READ_SECONDS, self.transport.abort)

    def timeout_keep_alive_handler(self) -> None:
        """The client was idle for too long."""
        if not self.transport.is_closing():
            self._close()

    # -- one request after the other

    def data_received(self, data: bytes) -> None:
        """Take what the client sent; what comes behind a request waits for its answer."""
        self._held += data
        self._take_next()

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client sends no more; what it asked for is still answered."""
        self._is_last = self._is_busy() or bool(self._held)
        return self._is_last

    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _take_next(self) -> None:
        """Read held bytes up to the end of a head. Uvicorn would make a task for each request of
        a whole piece at once: a client that sends thousands would take memory and time for all
        of them."""
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
        """A head, or a part of one; one that does not end is cut off."""
        self._begin_head()  # also for what is not even the beginning of a head
        self._head_bytes += len(piece)
        super().data_received(piece)
        if self._head_timer is not None and self._head_bytes > LARGEST_HEAD:
            self._refuse(_TOO_LARGE)

    def on_response_complete(self) -> None:
        """An answer is out, or on its way; the next request has its turn after other clients."""
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
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def _end_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self._refuse(_TIMEOUT if self._head_bytes else b"")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._begin_head()
        self._field_bytes = 0
        self._refusal = _BAD

    def on_url(self, url: bytes) -> None:
        """The target of the request, or a part of it."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header line; a whole head may come in one piece."""
        super().on_header(name, value)
        self._count(len(name) + len(value))
        if name.lower() in (b"content-length", b"transfer-encoding") and value != b"0":
            self._has_body = True

    def _count(self, size: int) -> None:
        self._field_bytes += size
        if self._field_bytes > LARGEST_HEAD:
            self._stop_parser(_TOO_LARGE)

    def _stop_parser(self, refusal: bytes) -> NoReturn:
        """Answer with a refusal: the parser stops at any error, and send_400_response answers."""
        self._refusal = refusal
        raise ValueError

    def send_400_response(self, msg: str) -> None:
        """The head cannot be read, or is too large."""
        del msg
        self._refuse(self._refusal)

    def on_headers_complete(self) -> None:
        """Answer. Nobody reads the body of a request: its connection ends with the answer."""
        self._end_head()
        version = self.parser.get_http_version()
        if version not in ("1.1", "1.0"):
            self._stop_parser(_BAD if version == "0.9" else _VERSION)
        if not host_is_right(self.headers, needed=version == "1.1"):
            self._stop_parser(_BAD)
        super().on_headers_complete()
        # What follows an Upgrade that was ignored cannot be told from the other protocol.
        if self._has_body or self.parser.should_upgrade():
            self.cycle.keep_alive = False

    # -- the reading of an answer

    def pause_writing(self) -> None:
        """The client reads more slowly than the answer is written: watch it."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """The client caught up."""
        self._stop_watching()
        super().resume_writing()

    def _watch(self, left: int) -> None:
        self._stop_watching()
        self._read_timer = self.loop.call_later(READ_SECONDS, self._look_again, left)

    def _look_again(self, left_last: int) -> None:
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
    """A connection of this machine's own: the operator gets in while readers fill the rest."""

    most_connections_more = 20


class SmallReads(asyncio.BufferedProtocol):
    """Hands a protocol what its client sends in pieces of ``PIECE`` bytes; uvloop alone would
    read 256 kB at once, which a thousand clients could make it hold."""

    # All connections share it: it is filled and emptied within one step of the loop.
    _buffer = memoryview(bytearray(PIECE))

    def __init__(self, protocol: LimitedProtocol) -> None:
        self._protocol = protocol
        self.connection_lost = protocol.connection_lost  # type: ignore[method-assign]
        self.eof_received = protocol.eof_received  # type: ignore[method-assign]
        self.pause_writing = protocol.pause_writing  # type: ignore[method-assign]
        self.resume_writing = protocol.resume_writing  # type: ignore[method-assign]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there."""
        self._protocol.connection_made(transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next piece goes."""
        del sizehint
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """The next piece is there."""
        self._protocol.data_received(bytes(self._buffer[:nbytes]))
