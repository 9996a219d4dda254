"""Writes systemd's files for the configured paths, from the templates in ``systemd/``.

Only paths and addresses in a template are replaced: ``systemd/`` shows what is installed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path

from feeds.errors import FeedmillError
from worker.cloud.mirror.memory import state_folder
from worker.config.checks import next_port
from worker.config.model import Config
from worker.core.paths import printable

# The paths that the templates use.
_EXECUTABLE = "/opt/feedmill/bin/feedmill"
_CONFIG = "/etc/feedmill/feedmill.toml"
_DROP, _PUBLIC, _STORE = "/srv/feedmill/drop", "/srv/feedmill/public", "/var/lib/feedmill"
_TOP = "/srv/feedmill"
_DATABASE = f"{_STORE}/feedmill.db"
_NAMES = "|".join((_EXECUTABLE, _CONFIG, _DROP, _PUBLIC, _DATABASE, _STORE))
# Includes a leading "-" ("if it exists") and what follows the database's name.
_PATH = re.compile(rf"(-?)({_NAMES})([^\s]*)")
_LISTEN, _LISTEN_LOCAL = "127.0.0.1:8000", "127.0.0.1:8001"
_READERS = ("feedmill-web.service", "feedmill-mirror.service")
HOMES = ("/home", "/root", "/run/user")

HEADER = (
    "# Put here by `feedmill install-service`. Changes belong into a drop-in: systemctl edit.\n"
)

# Where each kind of file goes, below the root.
UNITS = "etc/systemd/system"
_TARGETS = {
    "feedmill.sysusers.conf": "etc/sysusers.d/feedmill.conf",
    "feedmill.tmpfiles.conf": "etc/tmpfiles.d/feedmill.conf",
}


@dataclass(frozen=True, slots=True)
class ServicePaths:
    """The paths and addresses that the units name; all paths are absolute.

    ``python`` holds the interpreter and its library. ``listen`` is the web server's address;
    ``listen_local`` is the one for this machine, used if ``is_local``. ``extra`` are more
    folders that the worker writes to.
    """

    executable: Path
    config: Path
    drop: Path
    public: Path
    store: Path
    python: Path = Path("/usr")
    listen: str = _LISTEN
    listen_local: str = _LISTEN_LOCAL
    is_local: bool = False
    extra: tuple[Path, ...] = ()
    pings: bool = False
    mirrors: bool = False
    read_only: tuple[Path, ...] = ()

    @classmethod
    def from_config(
        cls, config: Config, executable: Path, python: Path = Path("/usr")
    ) -> "ServicePaths":
        """The paths of a configuration. Raises FeedmillError for paths with which a confined
        service cannot work."""
        if config.path is None:
            cure = "Write /etc/feedmill/feedmill.toml first and name it with --config."
            raise FeedmillError("service", "configuration", "there is no configuration file", cure)
        extra = [config.drop.receipts_folder] if config.drop.receipts_folder else []
        if config.metrics.file:
            extra.append(config.metrics.file.parent)
        known = (Path("/run/feedmill"), config.store_path.parent)
        paths = cls(
            executable=executable,
            config=config.path,
            drop=config.drop.folder,
            public=config.feeds.folder,
            store=config.store_path,
            python=python,
            listen=_listen(config.host, config.port),
            listen_local=_listen("127.0.0.1", config.local_port or next_port(config.port or 8000)),
            is_local=config.metrics.serve == "local",
            extra=tuple(path for path in extra if path not in known),
            pings=bool(config.site.hub),
            mirrors=config.mirror is not None,
            read_only=tuple(read_only_folders(config)),
        )
        if wrong := _impossible(paths):
            raise FeedmillError("service", wrong, "", "Choose other paths in the configuration.")
        return paths

    def all(self) -> tuple[Path, ...]:
        """Every path, for checks."""
        read = (self.executable, self.python, self.config, *self.read_only)
        return *read, self.drop, self.public, self.store, *self.extra


def read_only_folders(config: Config) -> Iterator[Path]:
    """The folders of files that the worker reads beside the articles."""
    css = config.site.css
    yield from filter(None, (config.drop.assets, css and css.parent, config.pages.templates))


def templates() -> dict[str, str]:
    """The templates by name, from the installed package or a checkout."""
    packaged = files("worker") / "_systemd"
    folder = packaged if packaged.is_dir() else files("worker") / ".." / "systemd"
    suffixes = (".service", ".socket", ".timer", ".path", ".conf")
    return {
        entry.name: entry.read_text("utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.is_file() and entry.name.endswith(suffixes)
    }


def service_files(templates: Mapping[str, str], paths: ServicePaths) -> dict[str, str]:
    """All files to install: path below the root to text."""
    found = {}
    for name, text in templates.items():
        if name.startswith("feedmill-ping") and not paths.pings:
            continue
        if name.startswith("feedmill-mirror") and not paths.mirrors:
            continue
        if name not in _TARGETS:
            found[f"{UNITS}/{name}"] = HEADER + _unit(name, text, paths)
        else:
            found[_TARGETS[name]] = HEADER + _with_paths(_used_folders(text, paths), paths, _quoted)
            if "tmpfiles" in name:
                found[_TARGETS[name]] += "".join(
                    f"d {_quoted(path)} :0755 :feedmill :feedmill -\n" for path in paths.extra
                )
    return found


def _listen(host: str, port: int) -> str:
    """An address for systemd.socket(5). Raises FeedmillError for a host name, which it lacks."""
    try:
        address = ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError as error:
        cure = "Write an IP address."
        raise FeedmillError("service", f"serve.host is {host}", "it is a name", cure) from error
    port = port or 8000  # 0, any free port, is for tests
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def _impossible(paths: ServicePaths) -> str:
    """Why a confined service cannot work with these paths; empty if it can."""
    for path in paths.all():
        if not str(path).isprintable():
            return f"{printable(str(path))} has characters that no unit can name"
        if ":" in str(path):
            return f"{path} has a colon, which ends a path in a unit"
        if path.is_relative_to("/tmp") or path.is_relative_to("/var/tmp"):  # noqa: S108
            return f"{path} is temporary: a service has its own /tmp and /var/tmp (PrivateTmp=)"
    return ""


def next_steps(paths: ServicePaths) -> list[str]:
    """The commands that enable what was installed."""
    units = ["feedmill.service", "feedmill-web.socket", "feedmill-backup.timer"]
    if paths.is_local:
        units.append("feedmill-web-local.socket")
    if paths.pings:
        units.append("feedmill-ping.path")
    if paths.mirrors:
        units.append("feedmill-mirror.service")
    return [
        "systemd-sysusers feedmill.conf",
        "systemd-tmpfiles --create feedmill.conf",
        "systemctl daemon-reload",
        f"systemctl enable --now {' '.join(units)}",
    ]


def _unit(name: str, text: str, paths: ServicePaths) -> str:
    lines = []
    for line in text.splitlines():
        key, equals, _ = line.partition("=")
        if equals and key in ("ExecStart", "ExecReload"):
            lines.append(_with_paths(line, paths, lambda path: _quoted(path).replace("$", "$$")))
        elif key == "ListenStream":
            listen = line.replace(_LISTEN, paths.listen)
            lines.append(listen.replace(_LISTEN_LOCAL, paths.listen_local))
        elif key == "DirectoryNotEmpty":  # one path to the end of the line
            lines.append(_with_paths(line, paths, _escaped))
        elif equals and key.startswith("StateDirectory") and str(paths.store.parent) != _STORE:
            continue  # systemd would create a folder that is not used
        else:
            lines.append(_with_paths(line, paths, _quoted))
    text = "\n".join(lines) + "\n"
    if name == "feedmill.service":
        text = _allow_writes(text, paths)
    if name == "feedmill-web.service":
        text = _hide_database(text, paths)
    return _show_homes(text, paths, name)


def _with_paths(line: str, paths: ServicePaths, quote: Callable[[str], str]) -> str:
    """The line with the templates' paths replaced."""
    replacements = {
        _EXECUTABLE: paths.executable,
        _CONFIG: paths.config,
        _DROP: paths.drop,
        _PUBLIC: paths.public,
        _DATABASE: paths.store,
        _STORE: paths.store.parent,
    }
    return _PATH.sub(lambda match: quote(f"{match[1]}{replacements[match[2]]}{match[3]}"), line)


def _quoted(path: Path | str) -> str:
    """systemd.syntax(7): % begins a specifier; spaces, quotes and backslashes need quotes."""
    text = _escaped(path)
    if not re.search(r"[\s\"'\\;]", text):
        return text
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def _escaped(path: Path | str) -> str:
    return str(path).replace("%", "%%")


def _allow_writes(text: str, paths: ServicePaths) -> str:
    """Name the folders that the worker writes to; StateDirectory= already allows its own."""
    folders = [paths.drop, paths.public, *paths.extra]
    if str(paths.store.parent) != _STORE:
        folders.append(paths.store.parent)
    line = f"ReadWritePaths={' '.join(map(_quoted, dict.fromkeys(folders)))}"
    return re.sub("^ReadWritePaths=.*$", lambda _: line, text, flags=re.MULTILINE)


def _hide_database(text: str, paths: ServicePaths) -> str:
    """Hide the database from the web server: its folder, or only its files if the public folder
    is inside that folder."""
    if not paths.public.is_relative_to(paths.store.parent):
        return text
    ends = ("", "-wal", "-shm")
    hidden = [_quoted(f"-{paths.drop}"), *(_quoted(f"-{paths.store}{end}") for end in ends)]
    line = f"InaccessiblePaths={' '.join(hidden)}"
    return re.sub("^InaccessiblePaths=.*$", lambda _: line, text, flags=re.MULTILINE)


def _show_homes(text: str, paths: ServicePaths, name: str) -> str:
    """Show a service only those parts of home directories that it needs."""
    own = state_folder(paths.store)
    used = {
        "feedmill.service": paths.all(),
        "feedmill-web.service": (paths.public,),
        "feedmill-mirror.service": (paths.public, own),
    }
    wanted = [*used.get(name, (paths.store.parent,)), paths.executable.parent.parent]
    # pyenv and uv keep interpreters in home directories.
    wanted += [paths.python, paths.config]
    at_home = [path for path in wanted if any(path.is_relative_to(home) for home in HOMES)]
    if not at_home:
        return text
    writable = {paths.drop, paths.public, paths.store.parent, *paths.extra}
    lines = ["ProtectHome=tmpfs"]
    # Of the database, its whole folder: SQLite writes beside it.
    shown = (path.parent if path == paths.store else path for path in at_home)
    for path in dict.fromkeys(shown):
        may_write = path == own or (path in writable and name not in _READERS)
        lines.append(f"{'BindPaths' if may_write else 'BindReadOnlyPaths'}={_quoted(path)}")
    return text.replace("ProtectHome=yes", "\n".join(lines))


def _used_folders(text: str, paths: ServicePaths) -> str:
    """tmpfiles.d without the top folder's line if it is not used or holds the database. Other
    users may enter the database's folder if folders that they use are inside it."""
    store, users = paths.store.parent, (paths.drop, paths.public)
    if store == Path(_TOP) or Path(_TOP) not in [path.parent for path in users]:
        text = re.sub(rf"^d\s+{_TOP}\s.*\n", "", text, flags=re.MULTILINE)
    if not paths.mirrors:
        text = re.sub(r"^d\s+\S+\.mirror\s.*\n", "", text, flags=re.MULTILINE)
    if any(path.is_relative_to(store) for path in users):
        text = text.replace(f"d {_STORE} :0750", f"d {_STORE} :0755")
    return text


def install(wanted: Mapping[str, str], root: Path) -> list[Path]:
    """Write the files below ``root``; gives the new and changed ones.

    Raises FeedmillError if a file cannot be written, and, before it writes anything, if
    somebody else wrote one of the files.
    """
    strangers = [root / path for path in wanted if not _is_ours(root / path)]
    if strangers:
        cause = "somebody else wrote it"
        cure = "Move it away, or compare it with the output of --dry-run."
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
