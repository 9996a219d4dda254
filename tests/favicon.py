"""Draws ``favicon.ico`` as ``feedmill.svg`` looks: ``python -m tests.favicon`` writes it.

Programs ask for that address whatever a page links. The format: two PNG pictures in an ICO.
"""

import zlib
from math import hypot
from pathlib import Path
from struct import pack

PATH = Path(__file__).parents[1] / "feeds" / "pages" / "static" / "favicon.ico"
SIZES = (16, 32)
SAMPLES = 4
# The drawing's units, as in the SVG.
SIDE, CORNER, STROKE = 48.0, 11.0, 4.6
CENTRE, RADII, DOT = (13.5, 34.5), (12.0, 22.0), (15.0, 33.0, 3.6)
BACKGROUND, FOREGROUND = (0xB5, 0x41, 0x0E), (0xFF, 0xFF, 0xFF)


def _is_inside(x: float, y: float) -> bool:
    """Is the point in the rounded square?"""
    far_x, far_y = (max(CORNER - at, at - SIDE + CORNER, 0.0) for at in (x, y))
    return hypot(far_x, far_y) <= CORNER


def _is_white(x: float, y: float) -> bool:
    """Is the point in the dot, or in one of the two quarter circles with round ends?"""
    if hypot(x - DOT[0], y - DOT[1]) <= DOT[2]:
        return True
    right, down = x - CENTRE[0], y - CENTRE[1]
    for radius in RADII:
        far = abs(hypot(right, down) - radius)
        if right < 0 or down > 0:
            far = min(hypot(right, down + radius), hypot(right - radius, down))
        if far <= STROKE / 2:
            return True
    return False


def _pixel(column: int, row: int, size: int) -> bytes:
    """RGBA, by samples in a grid."""
    shares = [(at + 0.5) / SAMPLES for at in range(SAMPLES)]
    points = [((column + x) * SIDE / size, (row + y) * SIDE / size) for x in shares for y in shares]
    inside = [point for point in points if _is_inside(*point)]
    white = sum(_is_white(*point) for point in inside)
    if not inside:
        return bytes(4)
    share = white / len(inside)
    mixed = (round(b + (f - b) * share) for b, f in zip(BACKGROUND, FOREGROUND, strict=True))
    return bytes((*mixed, round(255 * len(inside) / len(points))))


def _png(size: int) -> bytes:
    rows = (b"".join(_pixel(column, row, size) for column in range(size)) for row in range(size))
    parts = [
        (b"IHDR", pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)),
        (b"tEXt", b"Software\0Feedmill"),
        (b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9)),
        (b"IEND", b""),
    ]
    chunks = (
        pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def drawn() -> bytes:
    """The icon's bytes."""
    pictures = [_png(size) for size in SIZES]
    offset = 6 + 16 * len(pictures)
    head = pack("<HHH", 0, 1, len(pictures))
    for size, picture in zip(SIZES, pictures, strict=True):
        head += pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(picture), offset)
        offset += len(picture)
    return head + b"".join(pictures)


if __name__ == "__main__":
    PATH.write_bytes(drawn())
