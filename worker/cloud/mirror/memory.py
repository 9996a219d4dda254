"""What the mirror has sent, kept over its restarts: a file with a line for each change.

Appended to, so that a large bucket costs nothing; rewritten when half of it is outdated. A line
that a crash cut off is left out: what is then unknown is read back from the bucket.
"""

import contextlib
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from feeds.atomic_file import replace_file
from worker.cloud.bucket import ObjectVersion
from worker.cloud.mirror.folder import FileIdentity
from worker.cloud.mirror.plan import SentObject
from worker.core.clock import from_text, to_text
from worker.core.events import event

log = logging.getLogger("feedmill.mirror")

_FEW_LINES = 1_000


class MirrorMemory:
    """The sent objects by key, of one bucket: another bucket's are forgotten. ``is_lost`` says
    that nothing was known at the start."""

    def __init__(self, path: Path, bucket: str) -> None:
        self._path = path
        self._head = json.dumps({"bucket": bucket})
        self._sent = dict(self._read())
        self.is_lost = not self._sent
        self._lines, self._error = 0, ""
        self._rewrite()

    @property
    def sent(self) -> Mapping[str, SentObject]:
        """Everything known, by key."""
        return self._sent

    def note(self, changes: Mapping[str, SentObject | None]) -> None:
        """Remember objects; None forgets one. A disk that is full is only logged: what is then
        unknown at the next start is read back from the bucket."""
        if not changes:
            return
        for key, sent in changes.items():
            if sent is None:
                self._sent.pop(key, None)
            else:
                self._sent[key] = sent
        self._lines += len(changes)
        if self._lines > _FEW_LINES + 2 * len(self._sent):
            self._rewrite()
            return
        text = "".join(f"{_line(key, sent)}\n" for key, sent in changes.items())
        with self._logged_errors(), self._path.open("a", encoding="utf-8") as file:
            file.write(text)

    def _rewrite(self) -> None:
        lines = [self._head, *(_line(key, sent) for key, sent in self._sent.items())]
        with self._logged_errors():
            replace_file(self._path, ("\n".join(lines) + "\n").encode())
        self._lines = len(self._sent)

    @contextlib.contextmanager
    def _logged_errors(self) -> Iterator[None]:
        try:
            yield
            self._error = ""
        except OSError as error:
            if (cause := str(error)) != self._error:
                log.warning(event("mirror-memory", path=self._path, cause=cause))
            self._error = cause

    def _read(self) -> Iterator[tuple[str, SentObject]]:
        try:
            lines = self._path.read_bytes().decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return
        if not lines or lines[0] != self._head:
            return
        found: dict[str, SentObject] = {}
        for line in lines[1:]:
            try:
                key, sent = _from_line(line)
            except (ValueError, KeyError, TypeError):
                continue
            if sent is None:
                found.pop(key, None)
            else:
                found[key] = sent
        yield from found.items()


def _line(key: str, sent: SentObject | None) -> str:
    found: dict[str, Any] = {"key": key}
    if sent is not None:
        found |= {"etag": sent.version.etag, "digest": sent.digest, "headers": sent.headers}
        if sent.version.generation:
            found["generation"] = sent.version.generation
        if sent.identity is not None:
            found["identity"] = list(sent.identity)
        if sent.gone_since is not None:
            found["gone"] = to_text(sent.gone_since)
    return json.dumps(found, separators=(",", ":"))


def _from_line(line: str) -> tuple[str, SentObject | None]:
    found = json.loads(line)
    if "etag" not in found:
        return found["key"], None
    return found["key"], SentObject(
        version=ObjectVersion(found["etag"], found.get("generation", "")),
        digest=found["digest"],
        headers=found["headers"],
        identity=FileIdentity(*found["identity"]) if "identity" in found else None,
        gone_since=from_text(found["gone"]) if "gone" in found else None,
    )


def state_folder(store_path: Path) -> Path:
    """The mirror's own folder, beside the database."""
    return store_path.with_name(f"{store_path.name}.mirror")


def make_folder(path: Path) -> None:
    """Create the folder if it is missing. Raises OSError."""
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
