"""The measurements: what is timed, from when until when, and how often.

Each gives samples; what they mean is for ``table`` and ``plots`` to say.
"""

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from watchdog.events import FileMovedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from benchmarks.corpus import Article, article, articles, slug, topic_names
from benchmarks.tool import Cost, Tool, running, timed

LONGEST_WAIT = 600.0
QUIET_SECONDS = 1.0
WINDOW = 50


@dataclass(slots=True)
class Series:
    """One measurement's samples in seconds, and the costs of the processes they came from."""

    tool: str
    what: str
    articles: int
    samples: list[float] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    notes: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """How often each is measured: ``samples`` times, but after ``least`` no longer than
    ``seconds`` in all."""

    samples: int = 10
    least: int = 3
    seconds: float = 300.0

    def more(self, done: int, since: float) -> bool:
        """Whether there is to be another sample."""
        if done < self.least:
            return True
        return done < self.samples and time.monotonic() - since < self.seconds


class Site:
    """One tool's folder with its articles, and how many topics they are on."""

    def __init__(self, tool: Tool, folder: Path, count: int, topics: int) -> None:
        self.tool, self.folder, self.count, self.topics = tool, folder, count, topics
        self.next_number = count
        shutil.rmtree(folder, ignore_errors=True)
        tool.lay_out(folder)
        (folder / "outbox").mkdir()
        for item in articles(count, topics):
            tool.write(folder, item)

    def new_article(self) -> Article:
        """The next one, newer than all that are there."""
        self.next_number += 1
        return article(self.next_number - 1, self.topics)

    def feeds_of(self, topics: Iterable[str]) -> list[Path]:
        """The RSS and Atom files of some topics."""
        paths = (path for topic in topics for path in self.tool.feeds(slug(topic)))
        return [self.folder / path for path in paths]

    def move_in(self, item: Article, text: str | None = None) -> float:
        """Rename the article's finished file into its place; the moment at which it was."""
        beside = self.folder / "outbox" / item.name
        beside.write_text(text or self.tool.spell(item), encoding="utf-8")
        moment = time.perf_counter()
        beside.rename(self.folder / self.tool.path(item))
        return moment


def wait_for(wanted: dict[Path, list[bytes]], since: float) -> float:
    """Seconds from ``since`` until each file holds all of its markers. Looks at the files'
    stats, twice a millisecond, and reads a file only when it was replaced."""
    seen: dict[Path, tuple[int, int, int]] = {}
    missing = dict(wanted)
    while missing:
        for path, markers in list(missing.items()):
            if _has_changed(path, seen) and _holds(path, markers):
                del missing[path]
        if time.perf_counter() - since > LONGEST_WAIT:
            raise TimeoutError(f"not in the feeds after {LONGEST_WAIT:g} s: {list(missing)[:3]}")
        if missing:
            time.sleep(0.0005)
    return time.perf_counter() - since


def _has_changed(path: Path, seen: dict[Path, tuple[int, int, int]]) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    print_ = status.st_ino, status.st_mtime_ns, status.st_size
    if seen.get(path) == print_:
        return False
    seen[path] = print_
    return True


def _holds(path: Path, markers: Sequence[bytes]) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return all(marker in data for marker in markers)


def cold(site: Site, limits: Limits) -> Series:
    """From an empty output folder and an empty database to all feeds."""
    series = Series(site.tool.name, "cold", site.count)
    began = time.monotonic()
    while limits.more(len(series.samples), began):
        site.tool.forget(site.folder)
        cost = timed(site.tool, site.tool.build(site.folder), site.folder)
        series.samples.append(cost.wall)
        series.costs.append(cost)
    return series


def drop(site: Site, limits: Limits) -> Series:
    """From the rename of one new file into the watched folder until the last RSS or Atom feed
    of its topics on the disk holds it."""
    series = Series(site.tool.name, "drop", site.count)
    with running(site.tool, site.folder) as process:
        _until_listening(site)
        began = time.monotonic()
        while limits.more(len(series.samples), began):
            time.sleep(QUIET_SECONDS)
            series.samples.append(_drop_one(site))
        series.costs.append(process.stop())
    return series


def _drop_one(site: Site) -> float:
    item = site.new_article()
    wanted = {path: [item.marker] for path in site.feeds_of(item.topics)}
    return wait_for(wanted, site.move_in(item))


def _until_listening(site: Site) -> None:
    """Until a new file is answered with feeds: some tools miss what comes before they are
    ready, so it is put in again and again, and then until nothing is written any more."""
    item = site.new_article()
    paths = site.feeds_of(item.topics)
    until = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until:
        site.move_in(item)
        for _ in range(50):
            if all(_holds(path, [item.marker]) for path in paths):
                _until_quiet(paths)
                return
            time.sleep(0.2)
    raise TimeoutError(f"{site.tool.name} does not begin to work")


def _until_quiet(paths: Sequence[Path]) -> None:
    seen: dict[Path, tuple[int, int, int]] = {}
    still = time.monotonic()
    while time.monotonic() < still + 3 * QUIET_SECONDS:
        if any(_has_changed(path, seen) for path in paths):
            still = time.monotonic()
        time.sleep(0.1)


def edit(site: Site, limits: Limits) -> Series:
    """From the replacement of one article that stands in its feeds, with a new title, until
    the last RSS or Atom feed of its topics holds the title."""
    series = Series(site.tool.name, "edit", site.count)
    with running(site.tool, site.folder):
        _until_listening(site)
        item = site.new_article()
        site.move_in(item)
        began = time.monotonic()
        while limits.more(len(series.samples), began):
            time.sleep(QUIET_SECONDS)
            edited = replace(item, title=f"Edition {len(series.samples)}q")
            wanted = {path: [edited.title.encode()] for path in site.feeds_of(item.topics)}
            series.samples.append(wait_for(wanted, site.move_in(edited)))
    return series


def restart(site: Site, limits: Limits) -> Series:
    """A whole run of the program when nothing has changed."""
    series = Series(site.tool.name, "restart", site.count)
    before = _state(site)
    began = time.monotonic()
    while limits.more(len(series.samples), began):
        cost = timed(site.tool, site.tool.build(site.folder), site.folder)
        series.samples.append(cost.wall)
        series.costs.append(cost)
    series.notes["files written"] = len(set(_state(site)) ^ set(before))
    return series


def _state(site: Site) -> list[tuple[str, int, int]]:
    found = []
    for path in (site.folder / site.tool.output).rglob("*"):
        status = path.stat()
        found.append((str(path), status.st_ino, status.st_mtime_ns))
    return found


class _Writes(FileSystemEventHandler):
    """How often each file was put in place."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def on_moved(self, event: FileSystemEvent) -> None:
        if isinstance(event, FileMovedEvent):
            self.counts[os.fsdecode(event.dest_path)] += 1


def burst(site: Site, size: int) -> Series:
    """``size`` new files, renamed into the watched folder of a running worker one after the
    other, from the first rename until the last feed holds all that it should."""
    series = Series(site.tool.name, "burst", site.count)
    writes, observer = _Writes(), Observer()
    with running(site.tool, site.folder) as process:
        _until_listening(site)
        observer.schedule(writes, str(site.folder / site.tool.output), recursive=True)
        observer.start()
        items = [site.new_article() for _ in range(size)]
        wanted = _windows(site, items)
        _put_beside(site, items)
        since = time.perf_counter()
        for item in items:
            (site.folder / "outbox" / item.name).rename(site.folder / site.tool.path(item))
        series.samples.append(wait_for(wanted, since))
        _until_quiet(list(wanted))
        observer.stop()
        observer.join()
        series.costs.append(process.stop())
    feeds = {str(path) for path in wanted}
    series.notes["most writes of a feed"] = max(writes.counts[path] for path in feeds)
    return series


def _windows(site: Site, items: Sequence[Article]) -> dict[Path, list[bytes]]:
    """What each feed must hold after these: the newest of them on each topic."""
    wanted: dict[Path, list[bytes]] = {}
    for topic in topic_names(site.topics):
        newest = [item.marker for item in items if topic in item.topics][-WINDOW:]
        if newest:
            wanted |= dict.fromkeys(site.feeds_of([topic]), newest)
    return wanted


def _put_beside(site: Site, items: Sequence[Article]) -> None:
    for item in items:
        path = site.folder / "outbox" / item.name
        path.write_text(site.tool.spell(item), encoding="utf-8")


def often(what: Callable[[], object], times: int) -> list[float]:
    """Seconds of each of some calls."""
    samples = []
    for _ in range(times):
        began = time.perf_counter()
        what()
        samples.append(time.perf_counter() - began)
    return samples
