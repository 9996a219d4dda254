"""Converts times: aware UTC datetimes in code, ISO 8601 text in the database."""

from datetime import UTC, datetime


def to_text(moment: datetime) -> str:
    """``2026-11-22T09:30:00Z``: whole seconds in UTC, so that texts sort by time."""
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z"


def from_text(text: str) -> datetime:
    """The inverse of ``to_text``."""
    return datetime.fromisoformat(text)


def from_seconds(seconds: float) -> datetime:
    """A POSIX time as an aware UTC datetime without a fraction of a second."""
    return datetime.fromtimestamp(int(seconds), UTC)
