"""Checks of podcasts: what directories refuse, as far as it shows on this machine.

The rules are in docs/podcasts.md. Fetches nothing; looks at the cover in a parser process.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from feeds.errors import FeedmillError
from feeds.formats import xmltree
from feeds.formats.podcast import ENCLOSURES, ITUNES, has_cover_size
from worker.admin.findings import Finding
from worker.config.model import Config, PodcastSettings
from worker.core.errors import ReadersError
from worker.core.topic_names import topic_key
from worker.ingest.verdicts import reading_rules
from worker.media.kinds import HEAD_BYTES
from worker.parsing.sandbox.fork_server import PARSERS, ForkServer
from worker.parsing.sandbox.jobs import Inspection
from worker.parsing.sandbox.pool import Job, ParserPool
from worker.store.database import open_for_reading
from worker.store.feeds import FeedRow, FeedTable

_WHAT = "podcast"
_KINDS = ("jpg", "png")
_ARTWORK = "a square JPEG or PNG picture of 1,400 to 3,000 pixels"


def podcast_findings(config: Config) -> Iterator[Finding]:
    """What is wrong with [feeds.podcast] and with what is published by it; without it, nothing."""
    settings = config.feeds.podcast
    if settings is None:
        return
    wrong = [*_settings(config, settings), *_cover(config, settings), *_feeds(config, settings)]
    if all(finding.level == "note" for finding in wrong):
        yield Finding("ok", _WHAT, "nothing is found that directories refuse")
    yield from wrong


def _settings(config: Config, settings: PodcastSettings) -> Iterator[Finding]:
    if len(config.site.language.partition("-")[0]) != 2:
        text = f"site.language is “{config.site.language}”; Apple knows two-letter languages only"
        yield Finding("warning", _WHAT, text, "Set site.language to one such as en or pt-BR.")
    for key, url in (("site.url", config.site.url), ("feeds.podcast.cover", settings.cover)):
        if not url.startswith("https:"):
            text = f"{key} is not https, which Podcasting 2.0 requires of every address"
            yield Finding("note", _WHAT, text, f"Correct {key} before you submit the podcast.")
    if not settings.owner_email:
        text = "no owner: directories find no address to write to"
        cure = 'Set feeds.podcast.owner = { name = "…", email = "…" }; the address is public.'
        yield Finding("note", _WHAT, text, cure)


def _cover(config: Config, settings: PodcastSettings) -> Iterator[Finding]:
    cover, site = settings.cover, config.site.url
    if not cover.startswith(site):
        yield Finding("note", _WHAT, f"{cover} is on another site: see that it is {_ARTWORK}")
        return
    path = config.feeds.folder / unquote(urlsplit(cover[len(site) :]).path)
    try:
        found = _inspected(config, path)
    except OSError as error:
        text = f"the cover {path} cannot be read: {error.strerror}"
        yield Finding(
            "warning", _WHAT, text, f"Put {_ARTWORK} there, or correct feeds.podcast.cover."
        )
        return
    except ReadersError as error:
        yield Finding("note", _WHAT, f"the cover was not looked at: {error}", error.fix)
        return
    if wrong := _fault(path, found):
        yield Finding(
            "warning", _WHAT, f"the cover {path} {wrong}", f"Directories require {_ARTWORK}."
        )


def _inspected(config: Config, path: Path) -> Inspection:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    rules = reading_rules(config)
    with ForkServer(PARSERS) as server, ParserPool(server, rules, count=1) as readers:
        found = readers.inspect(Job(path.name, head, "media"))
    return found if isinstance(found, Inspection) else Inspection("", refused="It is damaged.")


def _fault(path: Path, found: Inspection) -> str:
    if found.extension not in _KINDS:
        return f"is no JPEG or PNG picture. {found.refused}".rstrip()
    if path.suffix.lower().replace("jpeg", "jpg") != f".{found.extension}":
        return f"is a {found.extension.upper()} picture by its bytes, but not by its name"
    if not has_cover_size(found.width, found.height):
        return f"has {found.width} x {found.height} pixels"
    return ""


def _feeds(config: Config, settings: PodcastSettings) -> Iterator[Finding]:
    """What the published feeds lack, and the topics that have none."""
    try:
        with open_for_reading(config.store_path) as database:
            feeds = [feed for feed in FeedTable(database).all() if not feed.is_merged]
    except (FeedmillError, OSError):
        return  # the database has a finding of its own
    known = {topic_key(feed.name) for feed in feeds if feed.kind == "topic"}
    for name in settings.topics:
        if topic_key(name) not in known:
            text = f"no article has the topic “{name}”, which feeds.podcast.topics names"
            yield Finding("warning", _WHAT, text, "Correct the name, or publish an episode.")
    for feed in feeds:
        if _is_podcast(feed, settings):
            yield from _episodes(config.feeds.folder / f"{feed.key}.rss", settings)


def _is_podcast(feed: FeedRow, settings: PodcastSettings) -> bool:
    if settings.is_all:
        return feed.kind != "search"
    return feed.kind == "topic" and topic_key(feed.name) in set(map(topic_key, settings.topics))


def _episodes(path: Path, settings: PodcastSettings) -> Iterator[Finding]:
    try:
        items = list(xmltree.parse(path.read_bytes()).iter("item"))
    except (OSError, xmltree.MalformedError):
        return  # not yet published; the worker's findings name what it could not publish
    is_serial = settings.kind == "serial"
    counts = Counter(fault for item in items for fault in _faults(item, is_serial))
    for (text, cure), count in counts.items():
        of = f"{count} of {len(items)} articles in {path.name}"
        yield Finding("warning", _WHAT, f"{of} {text}", cure)


def _faults(item: xmltree.Element, is_serial: bool) -> Iterable[tuple[str, str]]:
    enclosure = item.find("enclosure")
    if enclosure is None:
        yield "have no enclosure: to directories they are no episodes", "Give them another topic."
        return
    if enclosure.get("length") == "0":
        yield "have an enclosure of unknown length", "Write `length` beside its address."
    extension = urlsplit(enclosure.get("url", "")).path.rpartition(".")[2].lower()
    if extension not in ENCLOSURES or enclosure.get("type") not in ENCLOSURES.values():
        kinds = ", ".join(ENCLOSURES)
        yield "have an enclosure of a kind that Apple does not take", f"Use one of {kinds}."
    if is_serial and item.find(f"{{{ITUNES}}}episode") is None:
        yield "have no number, which a serial podcast needs", "Write `episode` in the front matter."
