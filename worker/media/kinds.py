"""The kinds of files that articles may show, by their extension in public."""

from typing import Final

MEDIA_TYPES: Final[dict[str, str]] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "svg": "image/svg+xml",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "mp4": "video/mp4",
    "webm": "video/webm",
}
"""The media type that the file is served with, and named with in feeds."""

TAKEN: Final = "PNG, JPEG, GIF, WebP, AVIF, SVG, MP3, M4A, Ogg, WAV, MP4 and WebM"

HEAD_BYTES: Final = 256 * 1024
"""How much of a file is inspected; an SVG drawing is inspected as a whole."""
MOST_SVG_BYTES: Final = 1_000_000


def is_picture(extension: str) -> bool:
    """Is it a picture, not sound or film?"""
    return MEDIA_TYPES.get(extension, "").startswith("image/")
