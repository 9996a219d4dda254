"""The worker's exceptions; their root stands in feeds/errors.py.

FeedmillError
├── ConfigError       feedmill.toml: every problem at once
├── StoreError        the database cannot be used as it is
│   ├── SchemaError   made by a newer Feedmill
│   └── BusyError     another worker holds it
└── DropError         the drop folder cannot be used as it is
"""

from feeds.errors import FeedmillError

__all__ = ["BusyError", "ConfigError", "DropError", "FeedmillError", "SchemaError", "StoreError"]


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


class DropError(FeedmillError):
    """The drop folder cannot be used as it is."""
