"""What the tests of the drop folder do and ask."""

import contextlib
from pathlib import Path

from worker.core.fingerprint import Fingerprint
from worker.inbox.folder import DropFolder
from worker.inbox.safe_open import Look
from worker.inbox.scanner import Folder

NOBODY = 65534


def put(root: Path, path: str, text: str = "text") -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def found(inbox: DropFolder, under: str = "") -> dict[str, list[str]]:
    return {
        item.path: [file[0] for file in item.files]
        for item in inbox.scan(under)
        if isinstance(item, Folder)
    }


def fingerprint(inbox: DropFolder, path: str) -> Fingerprint:
    look = inbox.look(path)
    assert isinstance(look, Look)
    return look.fingerprint


def open_descriptors() -> list[Path]:
    paths = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            paths.append(descriptor.readlink())
    return paths
