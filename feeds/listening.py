"""The sockets that the server listens on: bound here, or handed over by systemd."""

import os
import socket
from collections.abc import MutableMapping

from feeds.errors import FeedmillError

FIRST_HANDED_OVER = 3
BACKLOG = 1024


def handed_over(environ: MutableMapping[str, str]) -> list[socket.socket]:
    """The listening sockets that the service manager opened for this process (sd_listen_fds(3)),
    TCP or Unix; none where it opened none. Takes the variables out of ``environ``, so that no
    child takes the sockets for its own. Raises FeedmillError for what cannot be listened on.
    """
    owner, count = environ.get("LISTEN_PID", ""), environ.get("LISTEN_FDS", "")
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        environ.pop(name, None)
    if owner != str(os.getpid()) or not count.isascii() or not count.isdigit():
        return []
    return [_adopted(FIRST_HANDED_OVER + number) for number in range(int(count))]


def _adopted(descriptor: int) -> socket.socket:
    which = f"file descriptor {descriptor}"
    try:
        os.set_inheritable(descriptor, False)
        found = socket.socket(fileno=descriptor)
        listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        cure = "Look at the socket unit's Listen… lines."
        raise FeedmillError("socket", which, error.strerror or "", cure) from error
    if found.type != socket.SOCK_STREAM or not listens:
        found.detach()
        cure = "Use ListenStream= and Accept=no in the socket unit."
        raise FeedmillError("socket", which, "it is not a listening stream socket", cure)
    return found


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens at an address; port 0 lets the system choose. Raises FeedmillError
    where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        cure = "Choose another [serve] port, or stop what uses it."
        raise FeedmillError("address", f"{host}:{port}", error.strerror or "", cure) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Where a socket listens, as people write it."""
    name = listener.getsockname()
    if listener.family == socket.AF_UNIX:
        return f"unix:{name}"
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    return f"http://{host}:{name[1]}/"
