"""Runs the command line as on Windows: ``python windows.py WORD...`` in place of ``feedmill``.

Takes away the modules, functions and flags that Python does not have there, as far as the
interpreter itself does without; the separator of paths stays.
"""

import importlib
import importlib.abc
import os
import select
import selectors
import signal
import sys
import types

MODULES = {
    *("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "readline"),
    *("watchdog", "uvloop", "_posixsubprocess", "_posixshmem"),
}
OF_OS = """
O_CLOEXEC O_DIRECTORY O_NOCTTY O_NOFOLLOW O_NONBLOCK O_PATH O_SYNC O_TMPFILE WNOHANG
chown fchmod fchown fork forkpty fwalk geteuid getegid getgid getuid getloadavg getpgid killpg
lchown link memfd_create mkfifo mknod posix_fadvise posix_fallocate pread preadv pwrite pwritev
register_at_fork sched_getaffinity sched_setaffinity sendfile set_blocking statvfs fstatvfs sync
uname wait waitid waitstatus_to_exitcode fdatasync
"""
OF_SIGNAL = "pthread_sigmask pthread_kill sigwait setitimer SIGHUP SIGKILL SIGURG SIGUSR1 SIGALRM"


class Hidden(importlib.abc.MetaPathFinder):
    """Finds no module of another system."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return


def without_folder(function, name):
    """The function, which refuses a folder's descriptor as Windows does."""

    def called(*arguments, dir_fd=None, src_dir_fd=None, dst_dir_fd=None, **more):
        if any(fd is not None for fd in (dir_fd, src_dir_fd, dst_dir_fd)):
            raise NotImplementedError(f"{name}: dir_fd unavailable on this platform")
        if name in ("scandir", "listdir") and arguments and isinstance(arguments[0], int):
            raise TypeError(f"{name}: path should be string, bytes, os.PathLike or None, not int")
        if name == "open" and os.path.isdir(arguments[0]):  # noqa: PTH112
            raise PermissionError(13, "Permission denied", arguments[0])
        return function(*arguments, **more)

    return called


def msvcrt():
    """The lock that Windows has, by that of this system."""
    import fcntl

    made = types.ModuleType("msvcrt")
    made.LK_NBLCK = 2
    made.locking = lambda fd, _mode, _size: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return made


def become_windows() -> None:
    """Change this process; there is no way back."""
    sys.modules["msvcrt"] = msvcrt()
    for name in MODULES:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, Hidden())
    for name in OF_OS.split():
        if hasattr(os, name):
            delattr(os, name)
    for name in OF_SIGNAL.split():
        if hasattr(signal, name):
            delattr(signal, name)
    for name in ("open", "stat", "unlink", "mkdir", "rename", "replace", "scandir", "access"):
        setattr(os, name, without_folder(getattr(os, name), name))
    for name in ("PollSelector", "EpollSelector"):
        delattr(selectors, name)
    del select.poll, select.epoll
    os.supports_dir_fd = os.supports_fd = set()


if __name__ == "__main__":
    # They import what is taken away, and need none of it there.
    for module in ("importlib.metadata", "logging.handlers", "pathlib", "socket", "subprocess"):
        importlib.import_module(module)
    become_windows()
    sys.path.insert(0, os.path.abspath(f"{__file__}/../../.."))  # noqa: PTH100
    from feedmill.__main__ import main

    main()
