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

    ``cause`` and ``fix`` (the fix) may be empty.
    """

    def __init__(self, what: str, which: str = "", cause: str = "", fix: str = "") -> None:
        super().__init__(what, which, cause, fix)
        self.what, self.which, self.cause, self.fix = what, which, cause, fix

    def __str__(self) -> str:
        text = ": ".join(part for part in (self.what, self.which, self.cause) if part)
        return f"{text}. {self.fix}" if self.fix else text


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
        fix: str = "The last good file stays in place.",
    ) -> None:
        super().__init__("refused to publish", which, "; ".join(problems), fix)
        self.problems, self.suspects = problems, suspects


class PublishError(FeedmillError):
    """A file below the public folder could not be written."""


class ListenError(FeedmillError):
    """The web server cannot listen on an address or a socket."""


def fix_for(error: OSError, folder: object) -> str:
    """The fix for a folder that cannot be written because of ``error``; empty if unknown."""
    if error.errno == errno.EROFS:
        return (
            f"The file system is read-only. Under systemd, add ReadWritePaths={folder} to the unit "
            f"(systemctl edit feedmill)."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"Give the worker's user write access to {folder}. Under systemd, also add "
            f"ReadWritePaths={folder} to the unit."
        )
    return "Make room on the disk." if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
