"""The root of Feedmill's exceptions, and those that publishing raises.

FeedmillError
├── AuditError        feeds/formats/audit.py: a rendered feed that no reader should see
├── PublishError      feeds/public_folder.py: the public folder cannot be written
├── ListenError       feeds/server/sockets.py: an address or a socket that cannot be listened on
└── (the worker's)    worker/core/errors.py
"""

import errno


class FeedmillError(Exception):
    """What went wrong, with which thing, why, and what to do about it.

    ``what`` and ``which`` are always there; ``cause`` and ``fix`` may be empty.
    """

    def __init__(self, what: str, which: str, cause: str = "", fix: str = "") -> None:
        super().__init__(what, which, cause, fix)
        self.what, self.which, self.cause, self.fix = what, which, cause, fix

    def __str__(self) -> str:
        text = f"{self.what}: {self.which}"
        if self.cause:
            text += f": {self.cause}"
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
    """What lets a folder be written where ``error`` says that it cannot be; empty where that is
    anything's guess."""
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
