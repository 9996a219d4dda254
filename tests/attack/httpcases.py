"""Raw HTTP requests, each with the statuses that are right for it.

``None`` among the statuses stands for a connection that is closed without an answer. Numbers of
sections are of RFC 9112, if not said otherwise.
"""

from typing import NamedTuple

LINE = b"GET /index.html HTTP/1.1\r\n"
HOST = b"Host: x\r\n"
CLOSE = b"Connection: close\r\n"
END = b"\r\n"
GET = LINE + HOST + CLOSE + END
BAD = frozenset({400, None})
REFUSED = frozenset({400, 404, None})


class Case(NamedTuple):
    name: str
    sent: bytes
    statuses: frozenset[int | None]


def _line(line: bytes, *statuses: int | None) -> tuple[bytes, frozenset[int | None]]:
    return line + END + HOST + CLOSE + END, frozenset(statuses)


def _header(*lines: bytes) -> bytes:
    return LINE + b"".join(line + END for line in lines) + CLOSE + END


_LINES = {
    "no version": _line(b"GET /index.html", 400, 505),
    "version 0.9": _line(b"GET /index.html HTTP/0.9", 400, 505),
    "version 2": _line(b"GET /index.html HTTP/2.0", 400, 505),
    "version 3": _line(b"GET /index.html HTTP/3", 400, 505),
    "version 9.9": _line(b"GET /index.html HTTP/9.9", 400, 505),
    "version without dot": _line(b"GET /index.html HTTP/11", 400, 505),
    "version in lower case": _line(b"GET /index.html http/1.1", 400, 505),
    "version of words": _line(b"GET /index.html HTTP/one", 400, 505),
    "other protocol": _line(b"GET /index.html ICY/1.1", 400, 505),
    "no target": _line(b"GET  HTTP/1.1", 400),
    "no method": _line(b" /index.html HTTP/1.1", 400),
    "space in the target": _line(b"GET /index.html x HTTP/1.1", 400),
    "relative target": _line(b"GET index.html HTTP/1.1", 400, 404),
    "null in the target": _line(b"GET /index.html\x00 HTTP/1.1", 400, 404),
    "control in the target": _line(b"GET /index\x1b.html HTTP/1.1", 400, 404),
    "high bytes in the target": _line(b"GET /\xff\xfe HTTP/1.1", 400, 404),
    "fragment": _line(b"GET /index.html#x HTTP/1.1", 200, 400, 404),
    "asterisk": _line(b"GET * HTTP/1.1", 400, 404),
    "options asterisk": _line(b"OPTIONS * HTTP/1.1", 204, 400),
    "connect": _line(b"CONNECT x:443 HTTP/1.1", 400, 405),
    "unknown method": _line(b"BREW /index.html HTTP/1.1", 400, 405, 501),
    "method in lower case": _line(b"get /index.html HTTP/1.1", 400, 405, 501),
    "method of signs": _line(b"G@T /index.html HTTP/1.1", 400, 405, 501),
    "endless method": _line(b"A" * 5_000 + b" / HTTP/1.1", 400, 431, 501, None),
    "endless target": _line(b"GET /" + b"a" * 40_000 + b" HTTP/1.1", 414, 431, None),
    "other host in the target": _line(b"GET http://y/index.html HTTP/1.1", 200, 400, 404),
    "status of this machine": _line(b"GET /status HTTP/1.1", 404),
    "numbers of this machine": _line(b"GET /metrics HTTP/1.1", 404),
    "status by absolute target": _line(b"GET http://127.0.0.1/status HTTP/1.1", 400, 404),
}
_HOSTS = {
    "no Host": ((), {400}),
    "two Hosts": ((b"Host: x", b"Host: y"), {400}),
    "two equal Hosts": ((b"Host: x", b"Host: x"), {400}),
    "Host with a space": ((b"Host: x y",), {400}),
    "Host with a slash": ((b"Host: x/y",), {400}),
    "Host with a user": ((b"Host: a@x",), {400}),
    "Host with a list": ((b"Host: x, y",), {400}),
    "Host with a wrong port": ((b"Host: x:port",), {400}),
    "Host with high bytes": ((b"Host: \xff",), {400}),
    "Host before a blank": ((b"Host : x",), {400}),
    "Host with a port": ((b"Host: x:8000",), {200}),
    "Host of IPv6": ((b"Host: [::1]:8000",), {200}),
}
_FIELDS = {
    "no colon": (b"Nonsense", BAD),
    "blank name": (b": x", BAD),
    "blank in a name": (b"A b: x", BAD),
    "null in a name": (b"A\x00: x", BAD),
    "null in a value": (b"A: \x00", BAD),
    "bare CR in a value": (b"A: x\rB: y", BAD),
    "folded line": (b"A: x\r\n y", frozenset({200, 400, None})),
    "huge value": (b"A: " + b"x" * 40_000, frozenset({431, None})),
    "many fields": (
        b"\r\n".join(b"A%d: x" % number for number in range(4_000)),
        frozenset({431, None}),
    ),
    "wrong range": (b"Range: bytes=9-1,-,a", frozenset({200, 416})),
    "many ranges": (b"Range: bytes=" + b",".join([b"0-"] * 1_000), frozenset({200, 416})),
    "wrong date": (b"If-Modified-Since: soon", frozenset({200})),
    "date out of range": (
        b"If-Modified-Since: Mon, 01 Jan 99999 00:00:00 GMT",
        frozenset({200, 304}),
    ),
    "wrong tag": (b'If-None-Match: "', frozenset({200})),
    "wrong quality": (b"Accept: text/html;q=x, */*;q=1e9, ;;;", frozenset({200})),
    "wrong coding": (b"Accept-Encoding: gzip;q=nan, \xff", frozenset({200, 400})),
    "upgrade": (b"Upgrade: websocket\r\nSec-WebSocket-Version: 13", frozenset({200, 400, 426})),
    "upgrade to 2": (
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
        frozenset({200, 400}),
    ),
    "expectation": (b"Expect: 100-continue", frozenset({200, 417})),
    "forwarded": (b"X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1", frozenset({200})),
}
# Whatever of a body: what stands behind it must never be answered as a request of its own (6.3).
_BODIES = {
    "both lengths": b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both lengths, turned": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
    "a list of lengths": b"Content-Length: 0, 5\r\n\r\n",
    "a negative length": b"Content-Length: -1\r\n\r\n",
    "a signed length": b"Content-Length: +5\r\n\r\n",
    "a length of 20 digits": b"Content-Length: 99999999999999999999\r\n\r\n",
    "a hexadecimal length": b"Content-Length: 0x5\r\n\r\n",
    "an unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding before a blank": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "coding with a tab": b"Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n",
    "coding twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "coding in a folded line": b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a chunk without size": b"Transfer-Encoding: chunked\r\n\r\n\r\n\r\n",
    "a chunk of wrong size": b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
    "a chunk of 17 digits": b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n",
    "a chunk with an extension": b"Transfer-Encoding: chunked\r\n\r\n0;a\nb\r\n\r\n",
}
HIDDEN = b"GET /hidden.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def cases() -> list[Case]:
    """All of them, in an order that stays."""
    found = [Case(name, *case) for name, case in _LINES.items()]
    found += [
        Case(name, _header(*lines), frozenset(statuses))
        for name, (lines, statuses) in _HOSTS.items()
    ]
    found += [
        Case(name, LINE + HOST + field + END + CLOSE + END, statuses)
        for name, (field, statuses) in _FIELDS.items()
    ]
    found += [
        Case("without Host in 1.0", b"GET /index.html HTTP/1.0\r\n\r\n", frozenset({200})),
        Case("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc" + bytes(500), BAD),
        Case(
            "HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", frozenset({400, 405, 505, None})
        ),
        Case("nothing but line ends", b"\r\n" * 50 + GET, frozenset({200, 400, None})),
        Case("line feeds alone", GET.replace(b"\r\n", b"\n"), frozenset({200, 400})),
        Case("carriage returns alone", GET.replace(b"\r\n", b"\r"), BAD),
        Case("a proxy's preface", b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n" + GET, BAD),
        Case("zeros", bytes(5_000), BAD),
    ]
    return found


def smuggled() -> list[tuple[str, bytes]]:
    """Requests with a body whose end is in doubt, and a second request behind it."""
    found = []
    for method in (b"GET", b"POST"):
        for name, rest in _BODIES.items():
            head = method + b" /index.html HTTP/1.1\r\n" + HOST
            found.append((f"{method.decode()} with {name}", head + rest + HIDDEN))
    return found


TRAVERSALS = [
    *(
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
    ),
    *(
        "/%252e%252e/secret.txt",
        "/....//secret.txt",
        "//secret.txt",
        "/./../secret.txt",
        "/.%2e/secret.txt",
    ),
    *(
        "/topics/../../secret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/..;/secret.txt",
        "/%u002e%u002e/secret.txt",
    ),
    *(
        "/..%00/secret.txt",
        "/..%0d%0a/secret.txt",
        "/link/secret.txt",
        "/link.txt",
        "file:///../secret.txt",
    ),
    *(
        "http://x/../secret.txt",
        "/.hidden",
        "/index.html/../../secret.txt",
        "/%2e%2e%2f%2e%2e%2fsecret.txt",
    ),
]
