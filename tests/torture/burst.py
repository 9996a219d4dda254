"""A burst: many files moved into a running worker's folder at once, and what it costs.

    python -m tests.torture.burst [FILES [TOPICS]]        (make burst N=20000)

Looks on from outside only: at the database, at the public files, and at /proc. Ends with 1 where
not every file became public, or some feed was not brought up to date.
"""

import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from tests.e2e.process import Feedmill, feedmill

FIRST = datetime(2010, 1, 1, tzinfo=UTC)
WORDS = ("mill", "feed", "stone", "wheel", "river", "grain", "sack", "flour", "water", "storm")
LOOK_EVERY = 0.2
COUNT_EVERY = 2.0
PATIENCE = 120.0  # where nothing more happens for so long, something is wrong


@dataclass(slots=True)
class Witness:
    """What was seen of a worker and of its feeds, look by look."""

    mill: Feedmill
    peak_kib: dict[int, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    versions: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _stamps: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def look(self) -> None:
        worker = self.mill.process.pid
        for pid in (worker, *_children(worker)):
            self.peak_kib[pid] = max(self.peak_kib.get(pid, 0), _peak_kib(pid))
        now = time.monotonic()
        for path in (self.mill.public / "all.atom", *self.mill.public.glob("topics/*.atom")):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
            if self._stamps.get(path.stem) != stamp:
                self._stamps[path.stem] = stamp
                self.versions[path.stem].append(now)

    def lines(self, began: float, ended: float) -> list[str]:
        """The figures, for people. The burst ``ended`` when all files were live; the feeds'
        history is written after that.
        """
        worker, *children = [f"{peak / 1024:.0f}" for peak in self.peak_kib.values()]
        counts = sorted(len(times) for name, times in self.versions.items() if name != "all")
        gaps = [
            later - earlier
            for times in self.versions.values()
            for earlier, later in pairwise([began, *times])
            if earlier < ended
        ]
        return [
            f"peak memory: worker {worker} MiB, parsers {', '.join(children)} MiB (VmHWM)",
            f"versions of a topic's feed: {counts[0]} to {counts[-1]}"
            f" in {len(counts)} feeds; of all.atom: {len(self.versions['all'])}",
            f"longest time that a feed was without a new version amid the burst: {max(gaps):.0f} s",
        ]


def _children(pid: int) -> list[int]:
    """The processes that a process has started, as far as they live."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _peak_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def _write_files(folder: Path, count: int, topics: int) -> list[Path]:
    chance = random.Random(1)
    folder.mkdir()
    paths: list[Path] = []
    for number in range(count):
        text = " ".join(chance.choices(WORDS, k=60))
        date = FIRST + timedelta(minutes=20 * number)
        head = f"title: Article {number}\ndate: {date:%Y-%m-%dT%H:%M:%SZ}\n"
        head += f"topics: [Topic {number % topics}]\n"
        path = folder / f"{number:06}.md"
        path.write_text(f"---\n{head}---\n\n{text}\n")
        paths.append(path)
    chance.shuffle(paths)
    return paths


def _count(mill: Feedmill) -> tuple[int, int]:
    """How many articles are live, and how many feeds, pages and documents wait."""
    with closing(sqlite3.connect(f"file:{mill.store}?mode=ro", uri=True, timeout=10)) as database:
        (live,) = database.execute("SELECT count(*) FROM articles WHERE state = 'live'").fetchone()
        (behind,) = database.execute(
            "SELECT (SELECT count(*) FROM feeds WHERE touched + page_due > 0)"
            " + (SELECT count(*) FROM archives WHERE touched > 0)"
        ).fetchone()
    return live, behind


def _until_done(mill: Feedmill, witness: Witness, files: int, began: float) -> tuple[float, float]:
    """Seconds until all were live, and until all was published; minus one for what never came."""
    live_after = done_after = -1.0
    last, moved, next_count = (0, 0), began, 0.0
    while (now := time.monotonic()) < moved + PATIENCE:
        witness.look()
        if now >= next_count:
            found = _count(mill)
            moved, last = (now, found) if found != last else (moved, last)
            if found[0] == files and live_after < 0:
                live_after = now - began
            if found == (files, 0):
                done_after = now - began
                break
            next_count = time.monotonic() + COUNT_EVERY
        time.sleep(LOOK_EVERY)
    return live_after, done_after


def main(files: int, topics: int) -> int:
    with tempfile.TemporaryDirectory(prefix="burst-") as base, feedmill(Path(base)) as mill:
        paths = _write_files(Path(base) / "staging", files, topics)
        mill.start()
        mill.watching()
        witness = Witness(mill)
        began = time.monotonic()
        for path in paths:
            path.rename(mill.drop / path.name)
        moved_in = time.monotonic() - began
        live_after, done_after = _until_done(mill, witness, files, began)
        live, behind = _count(mill)
        stopped = mill.stop()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        lines = [
            f"{files} files in {topics} topics, moved in within {moved_in:.1f} s",
            f"live: {live}, waiting: {behind}; all live after {live_after:.0f} s,"
            f" everything published after {done_after:.0f} s",
            *witness.lines(began, began + live_after),
            f"processor time of worker and parsers: {used.ru_utime + used.ru_stime:.0f} s",
            f"stopped with status {stopped}",
        ]
        sys.stdout.write("\n".join([*lines, ""]))
        return int(live != files or behind > 0 or stopped != 0)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*[*numbers, *[20_000, 100][len(numbers) :]]))
