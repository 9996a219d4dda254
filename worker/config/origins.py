"""Every setting in use, and where it comes from: for ``feedmill config``.

Reads the configuration as ``load_config`` does, so that it shows what that uses. Values that look
like a secret are masked.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.config.loading import load_config
from worker.config.toml_table import Keys

MASK = "***"
_SECRET = re.compile(r"passw|secret|token|api_?key|credential", re.IGNORECASE)
_USER_INFO = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_KEY = r"(?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|[A-Za-z0-9_-]+)"
_KEYS = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEYS})\s*\]")
_ENTRY = re.compile(rf"\s*({_KEYS})\s*=")


@dataclass(frozen=True, slots=True)
class Setting:
    """One key with the value in use, None if it is not set; ``origin`` is "default" or the file
    and line."""

    keys: Keys
    value: Any
    origin: str

    def plain(self) -> dict[str, Any]:
        """The setting as JSON values."""
        return {"key": _dotted(self.keys), "value": self.value, "from": self.origin}


def settings_of(path: Path | None) -> list[Setting]:
    """All settings; None stands for the defaults. Raises ConfigError."""
    in_use: dict[Keys, object] = {}
    load_config(path, in_use=in_use)
    lines = _lines(path.read_text("utf-8-sig")) if path else {}
    return [
        Setting(keys, _masked(keys, value), _origin(path, lines, keys))
        for keys, value in in_use.items()
    ]


def as_toml(settings: Sequence[Setting], source: str) -> str:
    """The settings as a configuration file, with the origin of each behind it."""
    sections: dict[Keys, list[Setting]] = {}
    for setting in settings:
        sections.setdefault(setting.keys[:-1], []).append(setting)
    lines = [f"# From {source}."]
    for section, some in sections.items():
        lines += ["", _header(section)]
        for setting in some:
            name = _name(setting.keys[-1])
            text = f"#{name} = (not set)" if setting.value is None else f"{name} = "
            lines.append(f"{text}{_toml(setting.value)}  # {setting.origin}")
    return "\n".join(lines) + "\n"


def _origin(path: Path | None, lines: dict[Keys, int], keys: Keys) -> str:
    """The place of the key, else that of the inline table it is in, else "default"."""
    for number in range(len(keys), 1, -1):
        if keys[:number] in lines:
            return f"{path}:{lines[keys[:number]]}"
    return "default"


def _lines(text: str) -> dict[Keys, int]:
    """On which line each key is set for the first time; the text is valid TOML."""
    found: dict[Keys, int] = {}
    section: Keys = ()
    counts: dict[Keys, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            section = tuple(_parts(header[2]))
            if header[1] == "[[":
                counts[section] = counts.get(section, -1) + 1
                section = (*section, counts[section])
        elif entry := _ENTRY.match(line):
            found.setdefault((*section, *_parts(entry[1])), number)
    return found


def _parts(keys: str) -> Iterator[str]:
    for part in re.findall(_KEY, keys):
        yield json.loads(part) if part.startswith('"') else part.strip("'")


def _masked(keys: Keys, value: object) -> object:
    if isinstance(value, str) and value and _SECRET.search(str(keys[-1])):
        return MASK
    return _USER_INFO.sub(MASK, value) if isinstance(value, str) else value


def _header(section: Keys) -> str:
    if isinstance(section[-1], int):
        return f"[[{'.'.join(_name(key) for key in section[:-1])}]]"
    return f"[{'.'.join(map(_name, section))}]"


def _dotted(keys: Keys) -> str:
    """As messages name a key: searches[1].query."""
    parts = (f"[{key + 1}]" if isinstance(key, int) else f".{_name(key)}" for key in keys)
    return "".join(parts).removeprefix(".")


def _name(key: str | int) -> str:
    return str(key) if _BARE.fullmatch(str(key)) else json.dumps(key, ensure_ascii=False)


def _toml(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
