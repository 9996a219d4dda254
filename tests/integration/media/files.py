"""Small pictures, made here."""

import struct
import zlib


def png(width: int = 3, height: int = 2, shade: int = 0) -> bytes:
    """A valid grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([shade]) * width) * height
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def svg(inner: str = "<circle r='3'/>", attributes: str = "width='30' height='20'") -> bytes:
    """A small drawing."""
    return f"<svg xmlns='http://www.w3.org/2000/svg' {attributes}>{inner}</svg>".encode()
