"""The public folder over HTTP, for demos, small sites and trying things out.

Reads files at the moment they are asked for; knows nothing of how they came to be there.
"""

import signal
import socket
import stat
import sys
import threading
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from feeds.errors import FeedmillError

# Python's own table calls RSS "application/x-rss+xml" and does not know JSON Feed.
MEDIA_TYPES = {
    ".rss": "application/rss+xml; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".json": "application/feed+json; charset=utf-8",
    ".opml": "text/x-opml; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


def public_file(folder: Path, path: str) -> Path | None:
    """The published file at a URL's path, or None where there is nothing to be served: no
    dot files, nothing outside the folder, whatever symlinks say."""
    parts = [part for part in path.split("/") if part] or ["index.html"]
    if any(part.startswith(".") or "\0" in part or "\\" in part for part in parts):
        return None
    target = folder.joinpath(*parts)
    try:
        real = target.resolve(strict=True)
        if real.is_relative_to(folder.resolve()) and stat.S_ISREG(real.stat().st_mode):
            return real
    except OSError:
        pass
    return None


def make_app(folder: Path) -> Starlette:
    """The application that serves one public folder."""

    async def serve_file(request: Request) -> Response:
        found = public_file(folder, request.path_params["path"])
        if found is None:
            return PlainTextResponse("There is nothing here.\n", status_code=404)
        media_type = MEDIA_TYPES.get(found.suffix, "application/octet-stream")
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "max-age=60"}
        if found.suffix in (".rss", ".atom", ".json", ".opml"):
            headers["Access-Control-Allow-Origin"] = "*"
        return FileResponse(found, media_type=media_type, headers=headers)

    return Starlette(routes=[Route("/{path:path}", serve_file, methods=["GET", "HEAD"])])


def serve(folder: Path, host: str, port: int, *, until_eof: bool = False) -> None:
    """Serve until SIGINT or SIGTERM; with ``until_eof`` also until standard input ends, which
    it does when the process that started this one is gone. Raises FeedmillError if the
    address is in use."""
    listener = _listen(host, port)
    config = uvicorn.Config(
        make_app(folder), log_level="warning", access_log=False, server_header=False
    )
    server = uvicorn.Server(config)
    _stop_cleanly(server)
    if until_eof:
        threading.Thread(target=_stop_at_eof, args=(server,), daemon=True).start()
    try:
        server.run(sockets=[listener])
    finally:
        listener.close()


def _stop_cleanly(server: uvicorn.Server) -> None:
    """Uvicorn stops at these signals, then raises them anew: with the usual handlers a clean
    stop would end in a traceback, or as a death by the signal."""

    def stop(*_: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        cure = "Choose another [serve] port, or stop what uses it."
        raise FeedmillError("address", f"{host}:{port}", error.strerror or "", cure) from error
    return listener


def _stop_at_eof(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True


def main() -> None:
    """``python -m feeds.serve FOLDER HOST PORT``, as ``feedmill run`` starts it."""
    folder, host, port = sys.argv[1:4]
    try:
        serve(Path(folder), host, int(port), until_eof=True)
    except FeedmillError as error:
        sys.exit(f"feedmill: {error}")


if __name__ == "__main__":
    main()
