"""Checks the values of the configuration, one by one and in combination.

Pure except for the system's list of time zones and SQLite in memory. A check of one value
returns what was expected instead, or "". ``combinations`` checks the finished ``Config``.
"""

import os.path
import re
import zoneinfo
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from feeds.formats import normalize
from worker.config.toml_table import Table, found, not_empty
from worker.core.suggestions import did_you_mean
from worker.core.topic_names import topic_key

if TYPE_CHECKING:
    from worker.config.model import Config, TopicRule
    from worker.store.queries import Misread

# RFC 5646, section 2.1, as far as its shape goes; which subtags exist is a registry's business.
_LANGUAGE = re.compile(
    r"(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(?:-[A-WYZa-wyz0-9](?:-[A-Za-z0-9]{2,8})+)*)?"
    r"(?:(?:^|-)[Xx](?:-[A-Za-z0-9]{1,8})+)?"
)
EDITOR = re.compile(
    r"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?: +\(([^()]+)\))?"
)
"""An email address, and a name in parentheses, which may be missing."""
LONGEST_FOOTER = 5_000
_WEB = "an address that starts with https:// or http://"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:[.][A-Za-z0-9-]+)*[.]?")
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def url_is_right(text: str) -> str:
    """The check for [site] url, the base of every address that readers fetch."""
    if _is_web_url(text) and not urlsplit(text).query and not urlsplit(text).fragment:
        return ""
    return f"{_WEB}, without ? and #"


def web_url_is_right(text: str) -> str:
    """The check for [site] hub and home."""
    return "" if not text or _is_web_url(text) else _WEB


def editor_is_right(text: str) -> str:
    """The check for [site] editor (RSS 2.0: managingEditor)."""
    if not text or EDITOR.fullmatch(text):
        return ""
    return 'an email address and a name, such as "ann@example.org (Ann Miller)"'


def footer_is_right(text: str) -> str:
    """The check for [site] footer."""
    most = f"at most {LONGEST_FOOTER:,} characters"
    return "" if len(text) <= LONGEST_FOOTER else most


def icon_is_right(text: str) -> str:
    """The check for [site] icon."""
    relative = not text.startswith("//") and not _SCHEME.match(text)
    if _is_web_url(text) or (relative and not re.search(r"\s", text)):
        return ""
    return f"{_WEB}, or a path below [site] url"


def language_is_right(text: str) -> str:
    """The check for [site] language (BCP 47)."""
    if text and _LANGUAGE.fullmatch(text):
        return ""
    return 'a language tag such as "en", "de-AT" or "zh-Hans"'


def timezone_is_right(text: str) -> str:
    """The check for [site] timezone; reads the system's time zone data."""
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        close = did_you_mean(text, zoneinfo.available_timezones())
        return 'a time zone such as "UTC" or "Europe/Vienna"' + (close and f".{close}")
    return ""


def host_is_right(text: str) -> str:
    """The check for [serve] host."""
    if _HOST_NAME.fullmatch(text) or _is_ip(text):
        return ""
    return 'a host name or an IP address, such as "127.0.0.1" or "::"'


def topic_is_right(text: str) -> str:
    """The check for the name of a topic."""
    return "" if topic_key(text) else "the name of a topic"


def path_is_right(text: str) -> str:
    """The check for every path."""
    if text.startswith("~"):
        return "a path without ~, because ~ is different for each user"
    return not_empty(text)


def derived_url(host: str, port: int) -> str:
    """The embedded server's address on this machine: the default of [site] url."""
    host = _EVERYWHERE.get(host, host)
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}/" if port == 80 else f"http://{host}:{port or 8000}/"


def next_port(port: int) -> int:
    """The default of [serve] local_port; 0 lets the system choose both ports."""
    return port and (port + 1 if port < 65_535 else port - 1)


def report_unknown(file: Table, sections: Mapping[str, Table], known: tuple[str, ...]) -> None:
    """Report unknown sections, and keys that are above the first section."""
    for key in file.others():
        home = [name for name, table in sections.items() if key in table.known]
        if file.is_table(key):
            meant = did_you_mean(key, known, quotes="[]")
            file.problems.append(f"[{key}]: unknown section.{meant}")
        elif home:
            file.report(key, f"it is above the first section; move it below [{home[0]}].")
        else:
            file.report(key, "unknown key.")


def combinations(config: "Config") -> list[str]:
    """Every problem between values that are valid on their own."""
    parts = (_folders, _own_files, _times, _names, _search_names, _podcast)
    return [problem for part in parts for problem in part(config)]


def wrong_queries(config: "Config") -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every invalid full-text query: its keys in the file, and the problem."""
    from worker.store.queries import wrong_query  # loads SQLite, which --version does without

    for at, search in enumerate(config.searches):
        if search.query and (wrong := wrong_query(search.query, "query = '{}'".format)):
            yield ("searches", at, "query"), _query_problem(search.query, wrong)
    for rule in config.topics:
        if rule.match and (wrong := wrong_query(rule.match, "match = '{}'".format)):
            yield ("topics", rule.name, "match"), _query_problem(rule.match, wrong)


def _query_problem(query: str, wrong: "Misread") -> str:
    return f"found {found(query)}: {wrong.cause}. {wrong.fix}"


def _folders(config: "Config") -> Iterator[str]:
    drop, public = config.drop.folder, config.feeds.folder
    if _plain(drop) == _plain(public):
        yield f"drop.folder, feeds.folder: both are {drop}. Use two different folders."
    elif _is_below(public, drop):
        yield (
            f"feeds.folder: {public} is inside the drop folder {drop}, where its pages would be "
            "read as articles. Choose a folder outside."
        )
    elif _is_below(drop, public):
        yield (
            f"drop.folder: {drop} is inside the public folder {public}, where everyone could "
            "read unpublished articles. Choose a folder outside."
        )
    for key, path in (
        ("store.path", config.store_path),
        ("metrics.file", config.metrics.file),
        ("drop.receipts_folder", config.drop.receipts_folder),
    ):
        if path is None:
            continue
        if _plain(path) == _plain(public) or _is_below(path, public):
            yield (
                f"{key}: {path} is inside the public folder {public}, where everyone could "
                "download it. Choose a path outside."
            )
        may_be_below = key == "drop.receipts_folder"
        if _plain(path) == _plain(drop) or (_is_below(path, drop) and not may_be_below):
            yield f"{key}: {path} is in the drop folder. Choose a path outside."
    assets = config.drop.assets
    if assets and (_plain(assets) == _plain(public) or _is_below(assets, public)):
        yield (
            f"drop.assets: {assets} is inside the public folder {public}, where the worker "
            "removes and replaces files. Choose a folder outside."
        )


def _own_files(config: "Config") -> Iterator[str]:
    drop, public = config.drop.folder, config.feeds.folder
    for key, own in (("site.css", config.site.css), ("pages.templates", config.pages.templates)):
        for where, folder in (("drop", drop), ("public", public)):
            if own and (_plain(own) == _plain(folder) or _is_below(own, folder)):
                yield f"{key}: {own} is in the {where} folder {folder}. Choose a path outside."


def _times(config: "Config") -> Iterator[str]:
    drop = config.drop
    if drop.settle_seconds >= drop.rescan_seconds:
        yield (
            f"drop.settle_seconds: found {drop.settle_seconds:g}, expected less than "
            f"drop.rescan_seconds, which is {drop.rescan_seconds:g}."
        )


def _names(config: "Config") -> Iterator[str]:
    """Names and aliases that two topics share."""
    owners: dict[str, TopicRule] = {}
    for rule in config.topics:
        where = f'topics."{rule.name}"'
        if not topic_key(rule.name) or not rule.name.isprintable():
            yield f"{where}: the name of the topic is empty or not printable."
        elif other := owners.get(topic_key(rule.name)):
            yield f'{where}: is the same topic as topics."{other.name}". Keep one of the two.'
        owners.setdefault(topic_key(rule.name), rule)
    for rule in config.topics:
        for alias in rule.aliases:
            other = owners.setdefault(topic_key(alias), rule)
            if other is not rule:
                yield (
                    f'topics."{rule.name}".aliases: "{alias}" already belongs to '
                    f'topics."{other.name}". Use an alias for one topic only.'
                )


def _search_names(config: "Config") -> Iterator[str]:
    names: set[str] = set()
    for search in config.searches:
        if search.name and topic_key(search.name) in names:
            yield f'searches: the name "{search.name}" is used twice. Give each its own name.'
        names.add(topic_key(search.name))


def _is_web_url(text: str) -> bool:
    if not text.isascii() or re.search(r"[\s<>\"{}|\\^`]", text):
        return False
    try:
        parts = urlsplit(text)
        # Reading the port checks it.
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _plain(path: Path) -> str:
    return os.path.normpath(path)


def _is_below(path: Path, folder: Path) -> bool:
    return Path(_plain(path)).is_relative_to(_plain(folder))


def _podcast(config: "Config") -> Iterator[str]:
    if config.feeds.podcast is None:
        return
    if "rss" not in config.feeds.formats:
        yield 'feeds.formats: a podcast is an RSS feed. Add "rss", or remove [feeds.podcast].'
    if not normalize.language(config.site.language):
        yield (
            f"site.language: {found(config.site.language)} is no language that feeds can name, "
            'which directories need for every podcast. Write one such as "en".'
        )
