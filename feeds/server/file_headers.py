"""Media types and caching of public files: for the embedded server and for buckets.

Pure. The web servers' own files say the same (systemd/web/).
"""

from pathlib import PurePosixPath

FRESH_SECONDS = 300
ARCHIVE_SECONDS = 86_400
MEDIA = "media/"
FOR_EVER = "max-age=31536000, immutable"
_OTHER = "application/octet-stream"
_SELDOM_CHANGED = (".css", ".js", ".svg", ".ico")

# Python's own table calls RSS "application/x-rss+xml" and does not know JSON Feed.
MEDIA_TYPES = {
    ".rss": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".json": "application/feed+json; charset=utf-8",
    ".opml": "text/x-opml; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    # Below media/, as worker/media/kinds.py knows them.
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".ico": "image/vnd.microsoft.icon",
    ".avif": "image/avif",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
}


def media_type(suffix: str) -> str:
    """The media type of files with this extension, which has its dot; with its charset."""
    return MEDIA_TYPES.get(suffix, _OTHER)


def cache_control(path: str, fresh_seconds: int = FRESH_SECONDS) -> str:
    """Archives rarely change, pages name the version of their style sheet, and the address of a
    picture is made of its bytes; everything else is fresh for ``fresh_seconds``."""
    if path.startswith(MEDIA):
        return f"public, {FOR_EVER}"
    is_old = path.startswith("archive/") or PurePosixPath(path).suffix in _SELDOM_CHANGED
    return f"public, max-age={ARCHIVE_SECONDS if is_old else fresh_seconds}"
