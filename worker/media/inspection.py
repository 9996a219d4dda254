"""What a file is by its first bytes, and how large the picture is. Runs in a parser child only.

The name of the file counts for nothing: a page that is called ``a.png`` is refused.
"""

from io import BytesIO
from typing import Final

from worker.media.kinds import MOST_SVG_BYTES, TAKEN, is_picture
from worker.media.svg import NotSvgError, read_svg
from worker.parsing.sandbox.jobs import Inspection

# filetype's extension to ours. An animated PNG is a PNG, an M4V an MP4 of Apple's.
_EXTENSIONS: Final = {
    **{name: name for name in ("png", "jpg", "gif", "webp", "avif")},
    **{name: name for name in ("mp3", "m4a", "ogg", "wav", "mp4", "webm")},
    "apng": "png",
    "m4v": "mp4",
}


def inspect(head: bytes, _name: str = "", _rules: None = None) -> Inspection:
    """What the file is that begins with ``head``: of an SVG drawing, the whole file, or one byte
    more than it may have."""
    if is_text(head):
        return _drawing(head)
    import filetype  # loaded with the first picture: most children never see one

    found = filetype.guess(head)
    extension = _EXTENSIONS.get(found.extension, "") if found else ""
    if not extension:
        what = f"It is a file of the type {found.mime}" if found else "It is of an unknown kind"
        return Inspection("", refused=f"{what}; taken are {TAKEN}.")
    if not is_picture(extension):
        return Inspection(extension)
    return Inspection(extension, *_size(head))


def is_text(head: bytes) -> bool:
    """Does it begin like a file in XML or HTML?"""
    return head[:200].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def _drawing(data: bytes) -> Inspection:
    if len(data) > MOST_SVG_BYTES:
        text = f"A file that begins with “<” may have at most {MOST_SVG_BYTES:,} bytes."
        return Inspection("", refused=text)
    try:
        drawing = read_svg(data)
    except NotSvgError as error:
        return Inspection("", refused=str(error))
    return Inspection("svg", drawing.width, drawing.height)


def _size(head: bytes) -> tuple[int | None, int | None]:
    """Width and height in pixels, as the picture is shown: a camera may have lain on its side."""
    import imagesize

    try:
        width, height = imagesize.get(BytesIO(head))
    except Exception:
        return None, None
    return (width, height) if width > 0 and height > 0 else (None, None)
