"""The installed unit against the configuration: may the service write where it must?

Reads unit files as systemd.unit(5) orders them, drop-ins included; asks no running manager.
"""

import os
import re
import shlex
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from feeds.errors import FeedmillError
from worker.admin.unit_files import UNITS, Places, service_files, templates
from worker.config.model import Config

Answer = tuple[Literal["ok", "note", "warning", "bad"], str, str, str]

UNIT = "feedmill.service"
OLDEST_BACKUP = timedelta(days=2)
_FOLDERS = (
    *("etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system"),
    *("usr/lib/systemd/system", "lib/systemd/system"),
)
_SETTING = re.compile(r"^([A-Za-z]+)=(.*)$", re.MULTILINE)


def unit_findings(config: Config, root: Path) -> Iterator[Answer]:
    """What is to be said of the installed unit."""
    what = "unit"
    text = unit_text(root)
    if text is None:
        cure = "feedmill install-service puts it in place."
        yield "note", what, f"{UNIT} is not installed", cure
        return
    missing = [path for path in _written(config) if not _is_writable(path, text)]
    for path in missing:
        cure = f"[Service] ReadWritePaths={path}, by systemctl edit feedmill; or install-service."
        yield "bad", what, f"{UNIT} keeps the worker from writing {path}", cure
    absent = [path for path in _needed(text) if not (root / path.relative_to("/")).exists()]
    for path in absent:
        cure = f"systemd-tmpfiles --create feedmill.conf makes it, or mkdir {path}; or mount it."
        yield "bad", what, f"{UNIT} cannot start without {path}, which is not there", cure
    config_path = config.path
    if config_path and str(config_path) not in text:
        cure = "Name that file with --config, or run feedmill install-service."
        yield "warning", what, f"{UNIT} uses another configuration than {config_path}", cure
    elif not missing and not absent:
        yield "ok", what, f"{UNIT} may write where it must", ""
    yield from _outdated(config, root)


def backup_findings(root: Path, now: datetime) -> Iterator[Answer]:
    """Whether the nightly backup that is installed really comes: a timer that nobody enabled, or
    a disk that is full, is noticed by nobody until a backup is needed."""
    what, unit = "backup", root / UNITS / "feedmill-backup.service"
    command = _values(unit.read_text("utf-8", "replace"), "ExecStart") if unit.is_file() else []
    if not command:
        return
    folder = Path(shlex.split(command[-1])[-1].replace("%%", "%")).parent
    try:
        with os.scandir(root / folder.relative_to("/")) as entries:
            times = [entry.stat().st_mtime for entry in entries if entry.name.endswith(".db")]
    except OSError as error:
        yield "note", what, f"{folder}: {error.strerror}", "Ask as root."
        return
    cure = "systemctl enable --now feedmill-backup.timer; systemctl start feedmill-backup"
    if not times:
        yield "note", what, f"there is none in {folder} yet", cure
        return
    last = datetime.fromtimestamp(max(times), UTC)
    if now - last > OLDEST_BACKUP:
        cure += "; journalctl -u feedmill-backup says what is in its way"
        yield "warning", what, f"the last one in {folder} is of {last:%Y-%m-%d}", cure
    else:
        yield "ok", what, f"the last one in {folder} is of {last:%Y-%m-%d %H:%M:%SZ}", ""


def unit_user(root: Path) -> str:
    """Who the service runs as; empty where there is none."""
    found = _values(unit_text(root) or "", "User")
    return found[-1] if found else ""


def unit_text(root: Path) -> str | None:
    """The unit and its drop-ins, in the order in which they count."""
    units = [root / folder / UNIT for folder in _FOLDERS]
    unit = next((path for path in units if path.is_file()), None)
    if unit is None:
        return None
    drop_ins: dict[str, Path] = {}
    for folder in reversed(_FOLDERS):
        for path in sorted((root / folder / f"{UNIT}.d").glob("*.conf")):
            drop_ins[path.name] = path
    parts = [unit, *(path for _, path in sorted(drop_ins.items()))]
    return "\n".join(path.read_text("utf-8", "replace") for path in parts)


def _values(text: str, key: str) -> list[str]:
    """A setting's values; an empty one takes away those before it."""
    found: list[str] = []
    for name, value in _SETTING.findall(text):
        if name == key:
            found = [*found, value.strip()] if value.strip() else []
    return found


def _paths(text: str, key: str) -> list[Path]:
    words = (word for value in _values(text, key) for word in shlex.split(value))
    return [Path(word.lstrip("-+").replace("%%", "%")) for word in words]


def _needed(text: str) -> Iterator[Path]:
    """Paths without which systemd does not even start the program (226/NAMESPACE)."""
    for key in ("ReadWritePaths", "BindPaths", "BindReadOnlyPaths"):
        words = (word for value in _values(text, key) for word in shlex.split(value))
        for word in words:
            path = Path(word.replace("%%", "%").lstrip("+").partition(":")[0])
            # A minus before it: only if it is there. Other specifiers are not ours to read.
            if path.is_absolute() and "%" not in word.replace("%%", ""):
                yield path


def _is_writable(path: Path, text: str) -> bool:
    if _values(text, "ProtectSystem")[-1:] != ["strict"]:
        return True
    allowed = [*_paths(text, "ReadWritePaths"), *_paths(text, "BindPaths")]
    for key, base in (
        ("StateDirectory", "/var/lib"),
        ("RuntimeDirectory", "/run"),
        ("CacheDirectory", "/var/cache"),
        ("LogsDirectory", "/var/log"),
    ):
        allowed += [Path(base, folder) for folder in _paths(text, key)]
    return any(path.is_relative_to(folder) for folder in allowed)


def _written(config: Config) -> Iterator[Path]:
    """The folders that the worker writes to."""
    if config.drop.after == "archive" or (
        config.drop.receipts != "off" and config.drop.receipts_folder is None
    ):
        yield config.drop.folder
    yield config.feeds.folder
    yield config.store_path.parent
    if config.drop.receipts_folder:
        yield config.drop.receipts_folder
    if config.metrics.file:
        yield config.metrics.file.parent


def _outdated(config: Config, root: Path) -> Iterator[Answer]:
    """Files that this version's install-service would write otherwise."""
    try:
        places = Places.of(config, Path(sys.prefix, "bin", "feedmill"), Path(sys.base_prefix))
    except FeedmillError as error:
        yield "warning", "unit", error.which, error.fix
        return
    differ = []
    for path, text in service_files(templates(), places).items():
        target = root / path
        if target.is_file() and target.read_text("utf-8", "replace") != text:
            differ.append(f"/{path}")
    if differ:
        cure = "Run feedmill install-service, unless that is as you want it."
        yield "note", "unit", f"not as this version would make it: {', '.join(differ)}", cure
