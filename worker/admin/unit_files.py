"""systemd's files for the paths in use: made from the templates that the package brings.

Pure but for reading these. What stands in a template beside the paths is never changed, so
that reading ``systemd/`` tells what is installed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path

from feeds.errors import FeedmillError
from worker.config.checks import next_port
from worker.config.model import Config
from worker.core.paths import printable

# What the templates call things.
_EXECUTABLE = "/opt/feedmill/bin/feedmill"
_CONFIG = "/etc/feedmill/feedmill.toml"
_DROP, _PUBLIC, _STORE = "/srv/feedmill/drop", "/srv/feedmill/public", "/var/lib/feedmill"
_TOP = "/srv/feedmill"
_DATABASE = f"{_STORE}/feedmill.db"
_NAMES = "|".join((_EXECUTABLE, _CONFIG, _DROP, _PUBLIC, _DATABASE, _STORE))
# With the minus for "if it is there", and with what follows a database's name.
_PATH = re.compile(rf"(-?)({_NAMES})([^\s]*)")
_LISTEN, _LISTEN_LOCAL = "127.0.0.1:8000", "127.0.0.1:8001"
HOMES = ("/home", "/root", "/run/user")

HEADER = (
    "# Put here by `feedmill install-service`. Changes belong into a drop-in: systemctl edit.\n"
)

# Where each kind of file goes.
UNITS = "etc/systemd/system"
_PLACES = {
    "feedmill.sysusers.conf": "etc/sysusers.d/feedmill.conf",
    "feedmill.tmpfiles.conf": "etc/tmpfiles.d/feedmill.conf",
}


@dataclass(frozen=True, slots=True)
class Places:
    """The paths in use, all absolute. ``python``: where the interpreter and its library lie.
    ``listen``: the web server's address; ``listen_local``: that for this machine, where
    ``is_local`` says that something is served there. ``extra``: further folders that the worker
    writes."""

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

    @classmethod
    def of(cls, config: Config, executable: Path, python: Path = Path("/usr")) -> "Places":
        """The places of a configuration. Raises FeedmillError for those in which no confined
        service could work."""
        if config.path is None:
            cure = "Write /etc/feedmill/feedmill.toml first, and name it with --config."
            raise FeedmillError("service", "configuration", "there is no file", cure)
        extra = [config.drop.receipts_folder] if config.drop.receipts_folder else []
        if config.metrics.file:
            extra.append(config.metrics.file.parent)
        known = (Path("/run/feedmill"), config.store_path.parent)
        places = cls(
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
        )
        if wrong := _impossible(places):
            raise FeedmillError("service", wrong, "", "Choose other paths in the configuration.")
        return places

    def all(self) -> tuple[Path, ...]:
        """Every path, for checks."""
        read = (self.executable, self.python, self.config)
        return *read, self.drop, self.public, self.store, *self.extra


def templates() -> dict[str, str]:
    """The templates by name: those in the installed package, or of a checkout."""
    packaged = files("worker") / "_systemd"
    folder = packaged if packaged.is_dir() else files("worker") / ".." / "systemd"
    suffixes = (".service", ".socket", ".timer", ".path", ".conf")
    return {
        entry.name: entry.read_text("utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.is_file() and entry.name.endswith(suffixes)
    }


def service_files(templates: Mapping[str, str], places: Places) -> dict[str, str]:
    """Path below the root to text, for everything that these places need."""
    found = {}
    for name, text in templates.items():
        if name.startswith("feedmill-ping") and not places.pings:
            continue
        if name not in _PLACES:
            found[f"{UNITS}/{name}"] = HEADER + _unit(name, text, places)
        else:
            found[_PLACES[name]] = HEADER + _placed(_folders(text, places), places, _quoted)
            if "tmpfiles" in name:
                found[_PLACES[name]] += "".join(
                    f"d {_quoted(path)} :0755 :feedmill :feedmill -\n" for path in places.extra
                )
    return found


def _listen(host: str, port: int) -> str:
    """An address as systemd.socket(5) has it. Raises FeedmillError for a name, which it has not."""
    try:
        address = ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError as error:
        cure = "Write an IP address."
        raise FeedmillError("service", f"serve.host is {host}", "it is a name", cure) from error
    port = port or 8000  # "any that is free" is for tests
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def _impossible(places: Places) -> str:
    """Why a confined service could not work in these places; empty where it could."""
    for path in places.all():
        if not str(path).isprintable():
            return f"{printable(str(path))} has characters in it that no unit can name"
        if ":" in str(path):
            return f"{path} has a colon in it, which units take for the end of a path"
        if path.is_relative_to("/tmp") or path.is_relative_to("/var/tmp"):  # noqa: S108
            return f"{path} is temporary: a service has its own /tmp and /var/tmp (PrivateTmp=)"
    return ""


def next_steps(places: Places) -> list[str]:
    """The commands that begin to use what was put in place."""
    units = ["feedmill.service", "feedmill-web.socket", "feedmill-backup.timer"]
    if places.is_local:
        units.append("feedmill-web-local.socket")
    if places.pings:
        units.append("feedmill-ping.path")
    return [
        "systemd-sysusers feedmill.conf",
        "systemd-tmpfiles --create feedmill.conf",
        "systemctl daemon-reload",
        f"systemctl enable --now {' '.join(units)}",
    ]


def _unit(name: str, text: str, places: Places) -> str:
    lines = []
    for line in text.splitlines():
        key, equals, _ = line.partition("=")
        if equals and key in ("ExecStart", "ExecReload"):
            lines.append(_placed(line, places, lambda path: _quoted(path).replace("$", "$$")))
        elif key == "ListenStream":
            listen = line.replace(_LISTEN, places.listen)
            lines.append(listen.replace(_LISTEN_LOCAL, places.listen_local))
        elif key == "DirectoryNotEmpty":  # one path to the end of the line
            lines.append(_placed(line, places, _escaped))
        elif equals and key.startswith("StateDirectory") and str(places.store.parent) != _STORE:
            continue  # that is where systemd would make a folder nobody uses
        else:
            lines.append(_placed(line, places, _quoted))
    text = "\n".join(lines) + "\n"
    if name == "feedmill.service":
        text = _writable(text, places)
    if name == "feedmill-web.service":
        text = _hidden_database(text, places)
    return _homes(text, places, name)


def _placed(line: str, places: Places, spell: Callable[[str], str]) -> str:
    """The line with the paths in use instead of the templates'."""
    paths = {
        _EXECUTABLE: places.executable,
        _CONFIG: places.config,
        _DROP: places.drop,
        _PUBLIC: places.public,
        _DATABASE: places.store,
        _STORE: places.store.parent,
    }
    return _PATH.sub(lambda match: spell(f"{match[1]}{paths[match[2]]}{match[3]}"), line)


def _quoted(path: Path | str) -> str:
    """systemd.syntax(7): % begins a specifier; spaces, quotes and backslashes need quotes."""
    text = _escaped(path)
    if not re.search(r"[\s\"'\\;]", text):
        return text
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def _escaped(path: Path | str) -> str:
    return str(path).replace("%", "%%")


def _writable(text: str, places: Places) -> str:
    """The folders that the worker writes; StateDirectory= allows the database's by itself."""
    folders = [places.drop, places.public, *places.extra]
    if str(places.store.parent) != _STORE:
        folders.append(places.store.parent)
    line = f"ReadWritePaths={' '.join(map(_quoted, dict.fromkeys(folders)))}"
    return re.sub("^ReadWritePaths=.*$", lambda _: line, text, flags=re.MULTILINE)


def _hidden_database(text: str, places: Places) -> str:
    """The database's folder is hidden from the web server; where it holds the public folder
    too, the files of the database themselves are."""
    if not places.public.is_relative_to(places.store.parent):
        return text
    ends = ("", "-wal", "-shm")
    hidden = [_quoted(f"-{places.drop}"), *(_quoted(f"-{places.store}{end}") for end in ends)]
    line = f"InaccessiblePaths={' '.join(hidden)}"
    return re.sub("^InaccessiblePaths=.*$", lambda _: line, text, flags=re.MULTILINE)


def _homes(text: str, places: Places, name: str) -> str:
    """Of home directories a service sees what it needs, and nothing else."""
    used = {"feedmill.service": places.all(), "feedmill-web.service": (places.public,)}
    wanted = [*used.get(name, (places.store.parent,)), places.executable.parent.parent]
    # pyenv, uv and the like keep interpreters in somebody's home.
    wanted += [places.python, places.config]
    at_home = [path for path in wanted if any(path.is_relative_to(home) for home in HOMES)]
    if not at_home:
        return text
    writable = {places.drop, places.public, places.store.parent, *places.extra}
    lines = ["ProtectHome=tmpfs"]
    for path in dict.fromkeys(_folder(path, places) for path in at_home):
        may_write = path in writable and name != "feedmill-web.service"
        lines.append(f"{'BindPaths' if may_write else 'BindReadOnlyPaths'}={_quoted(path)}")
    return text.replace("ProtectHome=yes", "\n".join(lines))


def _folder(path: Path, places: Places) -> Path:
    return path.parent if path == places.store else path


def _folders(text: str, places: Places) -> str:
    """tmpfiles.d without a line for a top folder that is not in use, or is the database's; that
    lets others through where what they use lies below it."""
    store, users = places.store.parent, (places.drop, places.public)
    if store == Path(_TOP) or Path(_TOP) not in [path.parent for path in users]:
        text = re.sub(rf"^d\s+{_TOP}\s.*\n", "", text, flags=re.MULTILINE)
    if any(path.is_relative_to(store) for path in users):
        text = text.replace(f"d {_STORE} :0750", f"d {_STORE} :0755")
    return text


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
