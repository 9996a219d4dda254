"""The server's listening sockets: opened here, or inherited from systemd."""

import os
import socket
from collections.abc import MutableMapping
from dataclasses import dataclass

from feeds.errors import ListenError

FIRST_INHERITED = 3
BACKLOG = 1024
# systemd's name of the local socket (FileDescriptorName=), and the local address.
LOCAL = "local"
LOCAL_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening socket. ``is_local``: its clients are on this machine and may see more than
    readers. Only the listener decides this, never what a client sends."""

    socket: socket.socket
    is_local: bool = False


def systemd_listeners(environ: MutableMapping[str, str]) -> list[Listener]:
    """The listening sockets that systemd opened for this process (sd_listen_fds(3)), TCP or Unix.

    One with ``FileDescriptorName=local`` is for this machine only. Removes the variables from
    ``environ``, so that no child process uses the sockets. Raises ListenError for a descriptor
    that is not a listening socket.
    """
    owner, count = environ.pop("LISTEN_PID", ""), environ.pop("LISTEN_FDS", "")
    names = environ.pop("LISTEN_FDNAMES", "").split(":")
    if owner != str(os.getpid()) or not count.isascii() or not count.isdigit():
        return []
    return [
        inherited_listener(FIRST_INHERITED + number, is_local=names[number : number + 1] == [LOCAL])
        for number in range(int(count))
    ]


def inherited_listener(descriptor: int, *, is_local: bool) -> Listener:
    """A listening socket opened by another process. Raises ListenError for anything else."""
    which = f"file descriptor {descriptor}"
    try:
        os.set_inheritable(descriptor, False)
        found = socket.socket(fileno=descriptor)
        listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        fix = "Check the Listen… lines of the socket unit."
        raise ListenError("socket", which, error.strerror or "", fix) from error
    if found.type != socket.SOCK_STREAM or not listens:
        found.detach()
        fix = "Use ListenStream= and Accept=no in the socket unit."
        raise ListenError("socket", which, "it is not a listening stream socket", fix)
    return Listener(found, is_local)


def bound_socket(host: str, port: int, key: str = "port") -> socket.socket:
    """A socket that listens on an address; port 0 lets the system choose. Raises ListenError,
    which names ``key``, the setting in [serve] of the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        fix = f"Choose another [serve] {key}, or stop the program that uses it."
        raise ListenError("address", f"{host}:{port}", error.strerror or "", fix) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """A socket's address as text."""
    name = listener.getsockname()
    if listener.family == socket.AF_UNIX:
        return f"unix:{name}"
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    return f"http://{host}:{name[1]}/"
