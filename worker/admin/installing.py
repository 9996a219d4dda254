"""Puts a service's files in place, and never over what somebody else wrote there."""

from collections.abc import Mapping
from pathlib import Path

from feeds.errors import FeedmillError
from worker.admin.unit_files import HEADER


def install(wanted: Mapping[str, str], root: Path) -> list[Path]:
    """Write the files, by their paths below ``root``; gives those that are new or changed.

    Raises FeedmillError, before anything is written, for a file that was not put there by us,
    and where one cannot be written.
    """
    strangers = [root / path for path in wanted if not _is_ours(root / path)]
    if strangers:
        cause = "somebody else wrote it"
        cure = "Move it away, or keep it and use `--dry-run` to compare."
        raise FeedmillError("service file", ", ".join(map(str, strangers)), cause, cure)
    made = []
    for path, text in wanted.items():
        target = root / path
        try:
            if _text(target) != text:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
                made.append(target)
        except OSError as error:
            cause = error.strerror or str(error)
            raise FeedmillError("service file", str(target), cause, "Are you root?") from error
    return made


def _is_ours(path: Path) -> bool:
    text = _text(path)
    return text is None or text.startswith(HEADER)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
