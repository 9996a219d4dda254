"""The root of Feedmill's exceptions, and those of ``feeds``.

FeedmillError
├── AuditError        feeds/formats/audit.py: a rendered feed that no reader should see
├── PublishError      feeds/public_folder.py: the public folder cannot be written
├── ListenError       feeds/server/sockets.py: an address or a socket that cannot be listened on
└── (the worker's)    worker/core/errors.py
"""

import errno


class FeedmillError(Exception):
    """An error in four parts: what failed, which thing, the cause and the fix.

    ``cause`` and ``cure`` (the fix) may be empty.
    """

    def __init__(self, what: str, which: str, cause: str = "", cure: str = "") -> None:
        super().__init__(what, which, cause, cure)
        self.what, self.which, self.cause, self.cure = what, which, cause, cure

    def __str__(self) -> str:
        text = f"{self.what}: {self.which}"
        if self.cause:
            text += f": {self.cause}"
        return f"{text}. {self.cure}" if self.cure else text


class AuditError(FeedmillError):
    """A rendered feed breaks a rule and is not published; the last good one stays.

    ``problems`` lists every broken rule. ``suspects`` are the ids of the entries that break
    one, so that the caller can leave them out.
    """

    def __init__(
        self,
        which: str,
        problems: tuple[str, ...],
        suspects: tuple[str, ...] = (),
        cure: str = "The last good file stays in place.",
    ) -> None:
        super().__init__("refused to publish", which, "; ".join(problems), cure)
        self.problems, self.suspects = problems, suspects


class PublishError(FeedmillError):
    """A file below the public folder could not be written."""


class ListenError(FeedmillError):
    """The web server cannot listen on an address or a socket."""


def cure_of(error: OSError, folder: object) -> str:
    """The fix for a folder that cannot be written because of ``error``; empty if unknown."""
    if error.errno == errno.EROFS:
        return (
            f"The file system is read-only here; under systemd, the unit lacks "
            f"ReadWritePaths={folder} (systemctl edit feedmill)."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"Let the worker's user write to {folder}; under systemd it must also be named by "
            f"ReadWritePaths={folder}."
        )
    return "Make room on the disk." if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
