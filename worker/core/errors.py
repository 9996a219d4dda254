"""The worker's exceptions; their root is in feeds/errors.py.

FeedmillError
├── ConfigError       feedmill.toml: every problem at once
├── StoreError        the database cannot be used as it is
│   ├── SchemaError   made by a newer Feedmill
│   ├── BusyError     another worker holds it
│   ├── DamagedError  the file is not a valid database
│   └── PassingError  locked, full or not accessible now; may work later
├── DropError         the drop folder cannot be used as it is
│   └── RootChanged   it was replaced by another folder
├── ReadersError      the children that parse files cannot be kept running
├── RequestError      a command cannot do what was asked
└── DraftError        a draft cannot be written as asked
"""

from feeds.errors import FeedmillError as FeedmillError  # noqa: PLC0414 - the worker names it here


class ConfigError(FeedmillError):
    """The configuration cannot be used; ``problems`` holds every reason."""

    def __init__(self, which: str, problems: tuple[str, ...]) -> None:
        super().__init__("configuration", which, "\n  ".join(("", *problems)).rstrip())
        self.problems = problems


class StoreError(FeedmillError):
    """The database cannot be used as it is."""


class SchemaError(StoreError):
    """The database was made by a newer Feedmill."""


class BusyError(StoreError):
    """Another worker holds the database."""


class DamagedError(StoreError):
    """The database's file is damaged or not a file."""


class PassingError(StoreError):
    """The database cannot be used now: it is locked, full or not accessible."""


class DropError(FeedmillError):
    """The drop folder cannot be used as it is."""


class RootChanged(DropError):  # noqa: N818 - the worker handles it as an event
    """Another folder is at the drop folder's path: recreated, mounted or unmounted."""


class ReadersError(FeedmillError):
    """The children that parse files cannot be kept running."""


class RequestError(FeedmillError):
    """A command cannot do what was asked; nothing has changed."""


class DraftError(FeedmillError):
    """A draft cannot be written as asked; nothing was written."""
