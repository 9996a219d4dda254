"""The measurements: what is timed, from which start to which end.

Each function takes one sample. How often, and in which order among the tools, is for
``session`` to say; what the samples mean, for ``table`` and ``plots``.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace

from watchdog.events import FileMovedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from benchmarks.feedmill import ROOT, Feedmill
from benchmarks.site import LONGEST_WAIT, Site, hold, wait_for
from benchmarks.tool import Cost, Process, timed, tree_seconds

IDLE_SHARE = 0.05
LOOK_SECONDS = 0.5
LARGEST_WHOLE = 20_000
ONE_BY_ONE = 100


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
    seconds: float = 60.0

    def more(self, series: Series) -> bool:
        """Whether there is to be another sample."""
        if len(series.samples) < self.least:
            return True
        return len(series.samples) < self.samples and sum(series.samples) < self.seconds


def cold(site: Site) -> tuple[float, Cost, bool]:
    """From an empty output folder and an empty database: seconds until the last topic's RSS
    and Atom hold the newest fifty articles, and what the command took, and whether that was all
    of it: Feedmill's long history of a large archive, which nobody else writes, is not waited
    for."""
    site.tool.forget(site.folder)
    since = time.perf_counter()
    process = Process(site.tool.build(site.folder), site.folder, site.tool.environment())
    try:
        seconds = wait_for(site.wanted(), since, every=0.02, alive=process.is_alive)
        if site.count > LARGEST_WHOLE and isinstance(site.tool, Feedmill):
            return seconds, process.stop(), False
        return seconds, process.wait(), True
    finally:
        process.kill()


def one_by_one(site: Site, count: int) -> float:
    """``count`` new files, each as soon as the previous one is in the last feed of its topics:
    seconds for each."""
    items = [site.new_article() for _ in range(count)]
    beside = [(site.put_beside(item), site.place(item)) for item in items]
    began = time.perf_counter()
    for item, (source, target) in zip(items, beside, strict=True):
        source.rename(target)
        wait_for(site.holding(item.topics, item.marker), began)
    return (time.perf_counter() - began) / count


def drop(site: Site) -> float:
    """From the rename of one new file into the watched folder until the last RSS or Atom feed
    of its topics on the disk holds it."""
    item = site.new_article()
    wanted = site.holding(item.topics, item.marker)
    return wait_for(wanted, site.move_in(item))


class Edits:
    """From the replacement of one article that stands in its feeds, with a new title, until
    the last RSS or Atom feed of its topics holds the title."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._item = site.new_article()
        self._number = 0
        site.move_in(self._item)

    def sample(self) -> float:
        """One edit."""
        self._number += 1
        edited = replace(self._item, title=f"Edition {self._number}q")
        wanted = self._site.holding(edited.topics, edited.title.encode())
        return wait_for(wanted, self._site.move_in(edited))


def begin(site: Site) -> Process:
    """The tool following changes. Some miss what comes before they are ready, so a new file is
    put in again and again until it is answered with feeds."""
    process = Process(site.tool.watch(site.folder), site.folder, site.tool.environment())
    item = site.new_article()
    wanted = site.holding(item.topics, item.marker)
    until = time.monotonic() + LONGEST_WAIT
    while process.is_alive() and time.monotonic() < until:
        site.move_in(item)
        for _ in range(50):
            if hold(wanted):
                return process
            time.sleep(0.2)
        until_idle(process)
    process.kill()
    raise TimeoutError(f"{site.tool.name} does not begin to work")


def until_idle(process: Process) -> None:
    """Until the tool has done all that it does after a change: its feeds are often followed by
    other work, which would slow down whoever is measured next."""
    until = time.monotonic() + LONGEST_WAIT
    quiet, last = 0, tree_seconds(process.pid)
    while quiet < 2 and time.monotonic() < until and process.is_alive():
        time.sleep(LOOK_SECONDS)
        now = tree_seconds(process.pid)
        quiet = quiet + 1 if now - last < IDLE_SHARE * LOOK_SECONDS else 0
        last = now


def restart(site: Site) -> tuple[Cost, int]:
    """A whole run of the program when nothing has changed, and how many files it wrote."""
    before = site.state()
    cost = timed(site.tool, site.tool.build(site.folder), site.folder)
    return cost, len(site.state() ^ before)


def restart_parts(site: Site) -> dict[str, float]:
    """Seconds of the parts of Feedmill's restart, and of a bare walk with stat in a process of
    its own, which begins as cold (see benchmarks/restart.py)."""
    argv = [sys.executable, "-m", "benchmarks.restart", str(site.folder)]
    ended = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    parts: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return parts


class _Writes(FileSystemEventHandler):
    """How often each file was put in place."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def on_moved(self, event: FileSystemEvent) -> None:
        if isinstance(event, FileMovedEvent):
            self.counts[os.fsdecode(event.dest_path)] += 1


def burst(site: Site, process: Process, size: int) -> tuple[float, int]:
    """``size`` new files, renamed into the watched folder of a running worker one after the
    other: seconds from the first rename until the last feed holds all that it should, and how
    often the feed that was written most often was written."""
    items = [site.new_article() for _ in range(size)]
    beside = [(site.put_beside(item), site.place(item)) for item in items]
    wanted = site.wanted(dict.fromkeys(topic for item in items for topic in item.topics))
    writes, observer = _Writes(), Observer()
    observer.schedule(writes, str(site.folder / site.tool.output), recursive=True)
    observer.start()
    try:
        since = time.perf_counter()
        for source, target in beside:
            source.rename(target)
        seconds = wait_for(wanted, since, every=0.01)
        until_idle(process)
    finally:
        observer.stop()
        observer.join()
    return seconds, max(writes.counts[str(path)] for path in wanted)
