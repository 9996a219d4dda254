"""Loads ``feedmill.toml`` into one frozen ``Config`` and reports every problem at once.

This module knows the keys, their types and their defaults; worker/config/checks.py knows which
values are valid. Only ``load_config`` reads the file.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from urllib.parse import urljoin

from worker.config.checks import (
    combinations,
    derived_url,
    editor_is_right,
    footer_is_right,
    host_is_right,
    icon_is_right,
    language_is_right,
    next_port,
    path_is_right,
    report_unknown,
    timezone_is_right,
    topic_is_right,
    url_is_right,
    web_url_is_right,
    wrong_queries,
)
from worker.config.cloud import cloud_problems, inbox_of, mirror_of, standby_of
from worker.config.model import (
    Config,
    Content,
    Drop,
    Feeds,
    Media,
    Metrics,
    PageSettings,
    Search,
    Site,
    TopicRule,
)
from worker.config.podcast import podcast_of
from worker.config.toml_table import Keys, Table, not_empty
from worker.core.errors import ConfigError

CONFIG_NAME = "feedmill.toml"
CONFIG_VARIABLE = "FEEDMILL_CONFIG"


def find_config(option: Path | None, environ: Mapping[str, str], folder: Path) -> Path | None:
    """The configuration's path: ``option``, else $FEEDMILL_CONFIG, else ./feedmill.toml.

    ``folder`` is the current one. None if none of these exists; ``load_config`` reports a named
    file that is missing.
    """
    named = option or environ.get(CONFIG_VARIABLE)
    if named:
        return folder / named
    usual = folder / CONFIG_NAME
    return usual if usual.is_file() else None


def load_config(
    path: Path | None,
    serve: Mapping[str, object] = MappingProxyType({}),
    in_use: dict[Keys, object] | None = None,
) -> Config:
    """The configuration at ``path``; with None, the defaults in the current folder.

    ``serve`` has the options of a command, which count instead of keys of [serve]. ``in_use`` gets
    the value of every key.
    Raises ConfigError with every problem, each naming its key.
    """
    if path is None:
        return parse_config("", None, Path.cwd(), serve, in_use)
    path = path.absolute()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        cause = error.strerror or type(error).__name__
        raise ConfigError(str(path), (f"The file cannot be read: {cause}.",)) from error
    except UnicodeDecodeError as error:
        cause = f"The file is not UTF-8 text: byte {error.start + 1} cannot be read."
        raise ConfigError(str(path), (cause,)) from error
    return parse_config(text, path, serve=serve, in_use=in_use)


def parse_config(
    text: str,
    path: Path | None,
    folder: Path | None = None,
    serve: Mapping[str, object] = MappingProxyType({}),
    in_use: dict[Keys, object] | None = None,
) -> Config:
    """The configuration in ``text``, which was read from the absolute ``path``.

    Relative paths start at ``folder``, else at the folder of ``path``; one of the two is given.
    ``serve``, which overrides [serve], changes the derived [site] url, but no article's id.
    Reads nothing except the system's list of time zones.
    Raises ConfigError with every problem, each naming its key.
    """
    base = folder or (path.parent if path else Path("/"))
    which = str(path) if path else "the defaults"
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(which, (_syntax(str(error)),)) from error
    problems: list[str] = []
    config = _config(Table("", values, problems, in_use), path, base)
    if serve and not problems:
        given = {**values, "serve": {**values.get("serve", {}), **serve}}
        other = _config(Table("", given, problems), path, base)
        config = replace(other, configured_url=config.site.url)
    problems += [*combinations(config), *cloud_problems(config)]
    problems += (_placed(text, path, keys, problem) for keys, problem in wrong_queries(config))
    if problems:
        raise ConfigError(which, tuple(problems))
    return config


def _syntax(error: str) -> str:
    """tomllib's message with line and column in front, as editors expect it."""
    message, _, place = error.rpartition(" (at ")
    return f"{place.rstrip(')')}: {message}." if message else f"{error}."


def _placed(text: str, path: Path | None, keys: tuple[str | int, ...], problem: str) -> str:
    """A problem with the value at ``keys``, after its file, line and dotted name."""
    section, item, key = keys
    name = f"{section}[{item + 1}].{key}" if isinstance(item, int) else f'{section}."{item}".{key}'
    line = _line_of(text, keys)
    return f"{path}:{line}: {name}: {problem}" if path and line else f"{name}: {problem}"


def _line_of(text: str, keys: tuple[str | int, ...]) -> int:
    """The line on which the value at ``keys`` ends, 0 if not found.

    It is the first line up to which the text is valid TOML and has the value.
    """
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        if str(keys[-1]) not in line:
            continue
        try:
            value: object = tomllib.loads("".join(lines[:number]))
            for key in keys:
                value = value[key]  # type: ignore[index] # what is no table has no keys
        except (tomllib.TOMLDecodeError, LookupError, TypeError):
            continue
        return number
    return 0


_SECTIONS = ("site", "drop", "store", "feeds", "serve", "metrics", "media", "pages")
_CONTENTS: tuple[Content, ...] = ("full", "summary")
_SITE, _DROP, _FEEDS, _DEFAULTS = Site(), Drop(), Feeds(), Config(path=None)


def _config(file: Table, path: Path | None, folder: Path) -> Config:
    known = {name: file.table(name, f"[{name}]") for name in _SECTIONS}
    site, drop, store, feeds, serve, metrics, media, pages = known.values()
    host = serve.text("host", _DEFAULTS.host, host_is_right)
    port = serve.count("port", _DEFAULTS.port, 0, 65_535)
    local_port = serve.count("local_port", next_port(port), 0, 65_535)
    topics, strict, most, translations = _topics(file)
    known_site = _site(site, derived_url(host, port), folder)
    config = Config(
        path=path,
        site=known_site,
        drop=_drop(drop, folder),
        feeds=_feeds(feeds, folder, known_site.url),
        media=Media(media.count("max_bytes", _DEFAULTS.media.max_bytes, 1_000, 10_000_000_000)),
        pages=PageSettings(
            articles=pages.choice("articles", "unlinked", ("unlinked", "all", "none")),
            templates=_optional_path(pages, "templates", folder),
        ),
        store_path=_path(store, "path", _DEFAULTS.store_path, folder),
        checkpoints=store.choice("checkpoints", _DEFAULTS.checkpoints, ("own", "outside")),
        topics=topics,
        strict_topics=strict,
        most_topics=most,
        translations=translations,
        searches=_searches(file),
        host=host,
        port=port,
        local_port=local_port,
        metrics=_metrics(metrics, folder),
        mirror=mirror_of(file),
        inbox=inbox_of(file),
        standby=standby_of(file),
    )
    for table in known.values():
        table.finish()
    report_unknown(file, known, (*known, "topics", "searches", "mirror", "inbox", "standby"))
    return config


def _site(table: Table, url: str, folder: Path) -> Site:
    url = table.text("url", url, url_is_right)
    url = table.use("url", url if url.endswith("/") else f"{url}/")
    icon = table.text("icon", _SITE.icon, icon_is_right)
    return Site(
        title=table.text("title", _SITE.title, not_empty),
        url=url,
        description=table.text("description", _SITE.description),
        language=table.text("language", _SITE.language, language_is_right),
        timezone=table.text("timezone", _SITE.timezone, timezone_is_right),
        author=table.text("author", _SITE.author),
        icon=urljoin(url, icon) if icon else "",
        hub=table.text("hub", _SITE.hub, web_url_is_right),
        home=table.text("home", _SITE.home, web_url_is_right),
        copyright=table.text("copyright", _SITE.copyright),
        editor=table.text("editor", _SITE.editor, editor_is_right),
        css=_optional_path(table, "css", folder),
        footer=table.text("footer", _SITE.footer, footer_is_right, lines=True),
    )


def _drop(table: Table, folder: Path) -> Drop:
    return Drop(
        folder=_path(table, "folder", _DROP.folder, folder),
        after=table.choice("after", _DROP.after, ("keep", "archive")),
        unpublished=table.choice("unpublished", _DROP.unpublished, ("hold", "publish")),
        default_topic=table.text("default_topic", _DROP.default_topic, not_empty),
        settle_seconds=table.number("settle_seconds", _DROP.settle_seconds, 0, above=True),
        rescan_seconds=table.number("rescan_seconds", _DROP.rescan_seconds, 0, above=True),
        poll=table.choice("poll", _DROP.poll, ("auto", "always", "never")),
        max_bytes=table.count("max_bytes", _DROP.max_bytes, 1_000, 50_000_000),
        ignore=table.texts("ignore"),
        withdraw_after_seconds=table.number(
            "withdraw_after_seconds", _DROP.withdraw_after_seconds, 0, above=True
        ),
        withdraw_share=table.number("withdraw_share", _DROP.withdraw_share, 0, 1),
        receipts=table.choice("receipts", _DROP.receipts, ("problems", "all", "off")),
        receipts_folder=_optional_path(table, "receipts_folder", folder),
        assets=_optional_path(table, "assets", folder),
        undo_minutes=table.number("undo_minutes", _DROP.undo_minutes, 0),
    )


def _feeds(table: Table, folder: Path, site_url: str) -> Feeds:
    return Feeds(
        folder=_path(table, "folder", _FEEDS.folder, folder),
        min_entries=table.count("min_entries", _FEEDS.min_entries, 1, 10_000),
        min_days=table.count("min_days", _FEEDS.min_days, 0, 36_500),
        max_bytes=table.count("max_bytes", _FEEDS.max_bytes, 10_000, 100_000_000),
        formats=table.choices("formats", _FEEDS.formats, ("rss", "atom", "json")),
        podcast=podcast_of(table, site_url),
        content=table.choice("content", _FEEDS.content, _CONTENTS),
        authors=table.flag("authors", _FEEDS.authors),
        languages=table.flag("languages", _FEEDS.languages),
    )


def _metrics(table: Table, folder: Path) -> Metrics:
    file = _optional_path(table, "file", folder)
    return Metrics(file=file, serve=table.choice("serve", "off", ("off", "local", "all")))


def _topics(file: Table) -> tuple[tuple[TopicRule, ...], bool, int, Literal["one", "all"]]:
    """The rules of [topics."NAME"], and [topics] strict, most and translations."""
    table = file.table("topics", "[topics]")
    # A topic may have the name "strict", "most" or "translations": then the value is a table.
    strict = False if table.is_table("strict") else table.flag("strict", False)
    most = _DEFAULTS.most_topics
    if not table.is_table("most"):
        most = table.count("most", most, 1, 1_000_000)
    translations = _DEFAULTS.translations
    if not table.is_table("translations"):
        translations = table.choice("translations", translations, ("one", "all"))
    rules = []
    for name in table.others():
        topic = table.table(name, f'[topics."{name}"]')
        rules.append(
            TopicRule(
                name=name,
                description=topic.text("description", ""),
                aliases=topic.texts("aliases"),
                match=topic.text("match", ""),
                content=topic.choice("content", None, _CONTENTS),
            )
        )
        topic.finish()
    return tuple(rules), strict, most, translations


def _searches(file: Table) -> tuple[Search, ...]:
    searches = []
    for table in file.tables("searches"):
        before = len(table.problems)
        name = table.text("name", "", not_empty)
        if not table.has("name"):
            table.report("name", "is missing; every search needs it.")
        search = Search(
            name=name,
            query=table.text("query", ""),
            topics=table.texts("topics", topic_is_right),
            topics_all=table.texts("topics_all", topic_is_right),
            topics_none=table.texts("topics_none", topic_is_right),
            authors=table.texts("authors"),
            provider=table.text("provider", ""),
            language=table.text("language", "", lambda text: text and language_is_right(text)),
            min_quality=table.number("min_quality", None),
        )
        if search == Search(name) and len(table.problems) == before:
            keys = ", ".join(field.name for field in fields(Search)[1:-1])
            table.report("name", f"the search has no condition. Give it at least one of {keys}.")
        searches.append(replace(search, content=table.choice("content", None, _CONTENTS)))
        table.finish()
    return tuple(searches)


def _optional_path(table: Table, key: str, folder: Path) -> Path | None:
    return _path(table, key, Path(key), folder) if table.has(key) else None


def _path(table: Table, key: str, default: Path, folder: Path) -> Path:
    """The path in the file; a relative one starts at ``folder``."""
    path = folder / table.text(key, str(default), path_is_right)
    table.use(key, str(path))
    return path
