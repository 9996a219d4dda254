"""Compares the installed units with the configuration: can the service write where it must?

Reads unit files and drop-ins in the order of systemd.unit(5); does not ask a running systemd.
"""

import os
import re
import shlex
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feeds.errors import FeedmillError
from worker.admin.findings import Finding
from worker.admin.unit_files import (
    HOMES,
    UNITS,
    ServicePaths,
    read_only_folders,
    service_files,
    templates,
)
from worker.config.model import Config

UNIT = "feedmill.service"
OLDEST_BACKUP = timedelta(days=2)
_FOLDERS = (
    *("etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system"),
    *("usr/lib/systemd/system", "lib/systemd/system"),
)
_SETTING = re.compile(r"^([A-Za-z]+)=(.*)$", re.MULTILINE)


def unit_findings(config: Config, root: Path) -> Iterator[Finding]:
    """Findings about the installed worker unit."""
    what = "unit"
    text = unit_text(root)
    if text is None:
        cure = "To install it, run feedmill install-service as root."
        yield Finding("note", what, f"{UNIT} is not installed", cure)
        return
    missing = [path for path in _folders_written(config) if not _is_writable(path, text)]
    for path in missing:
        cure = f"systemctl edit feedmill: [Service] ReadWritePaths={path}; or run install-service."
        yield Finding("bad", what, f"{UNIT} does not let the worker write to {path}", cure)
    for path in filter(lambda path: _is_hidden(path, text), read_only_folders(config)):
        cure = f"systemctl edit feedmill: [Service] BindReadOnlyPaths={path}; or install-service."
        yield Finding("bad", what, f"{UNIT} does not let the worker read {path}", cure)
    absent = [path for path in _required_paths(text) if not (root / path.relative_to("/")).exists()]
    for path in absent:
        cure = f"systemd-tmpfiles --create feedmill.conf, or mkdir {path}, or mount it."
        yield Finding("bad", what, f"{UNIT} cannot start: {path} does not exist", cure)
    config_path = config.path
    if config_path and str(config_path) not in text:
        cure = "Name that file with --config, or run feedmill install-service again."
        yield Finding("warning", what, f"{UNIT} does not use {config_path}", cure)
    elif not missing and not absent:
        yield Finding("ok", what, f"{UNIT} lets the worker write where it must")
    yield from _outdated(config, root)


def backup_findings(root: Path, now: datetime) -> Iterator[Finding]:
    """Whether the installed nightly backup really runs. A timer that is not enabled, or a full
    disk, goes unnoticed until a backup is needed."""
    what, unit = "backup", root / UNITS / "feedmill-backup.service"
    command = _values(unit.read_text("utf-8", "replace"), "ExecStart") if unit.is_file() else []
    if not command:
        return
    folder = Path(shlex.split(command[-1])[-1].replace("%%", "%")).parent
    try:
        with os.scandir(root / folder.relative_to("/")) as entries:
            times = [entry.stat().st_mtime for entry in entries if entry.name.endswith(".db")]
    except OSError as error:
        yield Finding("note", what, f"{folder}: {error.strerror}", "Run doctor as root.")
        return
    cure = "systemctl enable --now feedmill-backup.timer; systemctl start feedmill-backup"
    if not times:
        yield Finding("note", what, f"no backup in {folder} yet", cure)
        return
    last = datetime.fromtimestamp(max(times), UTC)
    if now - last > OLDEST_BACKUP:
        cure += "; see why it fails: journalctl -u feedmill-backup"
        yield Finding("warning", what, f"the last backup in {folder} is from {last:%Y-%m-%d}", cure)
    else:
        yield Finding("ok", what, f"the last backup in {folder} is from {last:%Y-%m-%d %H:%M:%SZ}")


def unit_user(root: Path) -> str:
    """The user that the service runs as; empty if there is none."""
    found = _values(unit_text(root) or "", "User")
    return found[-1] if found else ""


def unit_text(root: Path) -> str | None:
    """The text of the unit and its drop-ins, in systemd's order; None if not installed."""
    units = [root / folder / UNIT for folder in _FOLDERS]
    unit = next((path for path in units if path.is_file()), None)
    if unit is None:
        return None
    found = (
        path
        for folder in reversed(_FOLDERS)
        for path in (root / folder / f"{UNIT}.d").glob("*.conf")
    )
    drop_ins = {path.name: path for path in found}
    parts = [unit, *(path for _, path in sorted(drop_ins.items()))]
    return "\n".join(path.read_text("utf-8", "replace") for path in parts)


def _values(text: str, key: str) -> list[str]:
    """A setting's values; an empty value removes those before it."""
    found: list[str] = []
    for name, value in _SETTING.findall(text):
        if name == key:
            found = [*found, value.strip()] if value.strip() else []
    return found


def _paths(text: str, key: str) -> list[Path]:
    return [Path(word.lstrip("-+").replace("%%", "%")) for word in _words(text, key)]


def _words(text: str, key: str) -> list[str]:
    return [word for value in _values(text, key) for word in shlex.split(value)]


def _is_hidden(path: Path, text: str) -> bool:
    """Is the path in a home directory, or in /tmp, that the unit hides?"""
    shown = [*_paths(text, "BindPaths"), *_paths(text, "BindReadOnlyPaths")]
    hidden = [Path("/tmp"), Path("/var/tmp")] if _values(text, "PrivateTmp")[-1:] == ["yes"] else []  # noqa: S108
    if _values(text, "ProtectHome")[-1:] not in ([], ["no"], ["read-only"]):
        hidden += map(Path, HOMES)
    return any(path.is_relative_to(home) for home in hidden) and not any(
        path.is_relative_to(place) for place in shown
    )


def _required_paths(text: str) -> Iterator[Path]:
    """Paths without which systemd does not even start the program (226/NAMESPACE)."""
    for key in ("ReadWritePaths", "BindPaths", "BindReadOnlyPaths"):
        for word in _words(text, key):
            path = Path(word.replace("%%", "%").lstrip("+").partition(":")[0])
            # "-" means "if it exists"; other specifiers than %% are not resolved here.
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


def _folders_written(config: Config) -> Iterator[Path]:
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


def _outdated(config: Config, root: Path) -> Iterator[Finding]:
    """Installed files that differ from what this version's install-service would write."""
    try:
        program = Path(sys.prefix, "bin", "feedmill")
        paths = ServicePaths.from_config(config, program, Path(sys.base_prefix))
    except FeedmillError as error:
        yield Finding("warning", "unit", error.which, error.fix)
        return
    differ = []
    for path, text in service_files(templates(), paths).items():
        target = root / path
        if target.is_file() and target.read_text("utf-8", "replace") != text:
            differ.append(f"/{path}")
    if differ:
        cure = "Run feedmill install-service, unless you changed them on purpose."
        text = f"not as this version would write them: {', '.join(differ)}"
        yield Finding("note", "unit", text, cure)
