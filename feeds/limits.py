"""HTTP/1.1 on uvicorn with limits: on the size of a request's head, on clients that send or
read too slowly, on how many there are at once. Uvicorn itself would wait for ever.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_CONNECTIONS = 1000
LARGEST_HEAD = 16_384
HEAD_SECONDS = 10.0
IDLE_SECONDS = 10
# A reader must take this much in this time, or its connection is given to another.
READ_SECONDS = 15.0
READ_BYTES = 16_384

_END = b"content-length: 0\r\nconnection: close\r\n\r\n"
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n" + _END
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + _END
_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\n" + _END


class LimitedProtocol(HttpToolsProtocol):
    """One connection. A request has a head of ``LARGEST_HEAD`` bytes at most, which arrives
    within ``HEAD_SECONDS``; a response is read at ``READ_BYTES`` in ``READ_SECONDS`` at least.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._read_timer: asyncio.TimerHandle | None = None
        self._field_bytes = 0
        self._has_body = False

    # -- a client's coming and going

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a client, or send it away where there are too many."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(_BUSY)
            return
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self._end_head()
        self._stop_watching()
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

    def on_response_complete(self) -> None:
        """An answer is out, or on its way."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._close()

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

    def data_received(self, data: bytes) -> None:
        """Take what the client sent; a head that does not end is cut off."""
        if self.cycle is None or self.cycle.response_complete:
            self._begin_head()  # also for what is not even the beginning of a head
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_timer is not None and self._head_bytes > LARGEST_HEAD:
            self._refuse(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request begins, perhaps behind another one."""
        super().on_message_begin()
        self._begin_head()
        self._field_bytes = 0

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
            raise ValueError  # the parser stops, and send_400_response answers

    def send_400_response(self, msg: str) -> None:
        """The head cannot be read, or is too large."""
        if self._field_bytes > LARGEST_HEAD:
            self._refuse(_TOO_LARGE)
            return
        self._end_head()
        super().send_400_response(msg)
        self._close()

    def on_headers_complete(self) -> None:
        """Answer. Nobody reads the body of a request: its connection ends with the answer."""
        self._end_head()
        super().on_headers_complete()
        if self._has_body:
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
