"""The root of Feedmill's exceptions, and the ones that publishing raises.

FeedmillError
├── AuditError        feeds/formats/audit.py: a rendered feed that no reader should see
├── PublishError      feeds/public_folder.py: the public folder cannot be written
├── ListenError       feeds/server/sockets.py: an address or a socket that cannot be listened on
└── (the worker's)    worker/core/errors.py
"""

import errno


class FeedmillError(Exception):
    """What went wrong, with which thing, why, and what to do about it.

    ``what`` is always there, or a whole sentence that needs no more; the others may be empty.
    """

    def __init__(self, what: str, which: str = "", cause: str = "", fix: str = "") -> None:
        super().__init__(what, which, cause, fix)
        self.what, self.which, self.cause, self.fix = what, which, cause, fix

    def __str__(self) -> str:
        text = ": ".join(part for part in (self.what, self.which, self.cause) if part)
        return f"{text}. {self.fix}" if self.fix else text


class AuditError(FeedmillError):
    """A rendered feed breaks a rule; the last good one stays.

    ``problems`` names every broken rule; ``suspects`` are the ids of the entries that break
    one, so that a feed can be made without them.
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
    """The web server cannot listen where it should."""


def fix_for(error: OSError, folder: object) -> str:
    """How to make ``folder`` writable after ``error``; empty if the cause is unknown."""
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
