"""One tool's article folder, the expected feeds, and waiting for them."""

import shutil
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.corpus import Article, article, articles, slug
from benchmarks.tool import Tool

LONGEST_WAIT = 600.0
WINDOW = 50

Wanted = dict[Path, Sequence[bytes]]
"""What each file must hold."""


class Site:
    """A tool's folder with its articles, and how many topics they are on."""

    def __init__(self, tool: Tool, folder: Path, count: int, topics: int) -> None:
        self.tool, self.folder, self.count, self.topics = tool, folder, count, topics
        self._next = count
        self._newest: dict[str, deque[bytes]] = defaultdict(lambda: deque(maxlen=WINDOW))
        shutil.rmtree(folder, ignore_errors=True)
        tool.lay_out(folder)
        (folder / "outbox").mkdir()
        for item in articles(count, topics):
            tool.write(folder, item)
            self._shelve(item)

    def _shelve(self, item: Article) -> None:
        for topic in item.topics:
            self._newest[topic].append(item.marker)

    def new_article(self) -> Article:
        """The next one, newer than all that are there."""
        self._next += 1
        item = article(self._next - 1, self.topics)
        self._shelve(item)
        return item

    def feeds_of(self, topics: Iterable[str]) -> list[Path]:
        """The RSS and Atom files of some topics."""
        paths = (path for topic in topics for path in self.tool.feeds(slug(topic)))
        return [self.folder / path for path in paths]

    def wanted(self, topics: Iterable[str] | None = None) -> Wanted:
        """What the feeds (of some topics) must hold by now: the newest fifty of each."""
        names = self._newest.keys() if topics is None else topics
        return {path: list(self._newest[name]) for name in names for path in self.feeds_of([name])}

    def holding(self, topics: Iterable[str], marker: bytes) -> Wanted:
        """The feeds of some topics, to hold one marker."""
        return {path: [marker] for path in self.feeds_of(topics)}

    def put_beside(self, item: Article) -> Path:
        """The article's finished file, outside of the watched folder."""
        beside = self.folder / "outbox" / item.name
        beside.write_text(self.tool.spell(item), encoding="utf-8")
        return beside

    def place(self, item: Article) -> Path:
        """Where the article's file belongs."""
        return self.folder / self.tool.path(item)

    def move_in(self, item: Article) -> float:
        """Rename the article's finished file into its place; the moment at which it was."""
        beside = self.put_beside(item)
        moment = time.perf_counter()
        beside.rename(self.place(item))
        return moment

    def state(self) -> set[tuple[str, int, int]]:
        """The public files as they are now; one that is written again is another."""
        found = set()
        for path in (self.folder / self.tool.output).rglob("*"):
            status = path.stat()
            if not path.is_dir():
                found.add((str(path), status.st_ino, status.st_mtime_ns))
        return found


def wait_for(
    wanted: Wanted,
    since: float,
    *,
    every: float = 0.0005,
    alive: Callable[[], bool] = lambda: True,
) -> float:
    """Seconds from ``since`` until each file holds all that it must. Looks at the files' stats
    at ``every`` so many seconds, and reads a file only when it was replaced.

    Raises TimeoutError, also where the tool is no longer ``alive`` and they still do not.
    """
    seen: dict[Path, tuple[int, int, int]] = {}
    missing = dict(wanted)
    while missing:
        was_alive = alive()
        for path, markers in list(missing.items()):
            if _has_changed(path, seen) and _holds(path, markers):
                del missing[path]
        late = time.perf_counter() - since > LONGEST_WAIT
        if missing and (late or not was_alive):
            names = ", ".join(path.name for path in list(missing)[:3])
            raise TimeoutError(f"{len(missing)} feeds do not hold what they must: {names}")
        if missing:
            time.sleep(every)
    return time.perf_counter() - since


def hold(wanted: Mapping[Path, Sequence[bytes]]) -> bool:
    """Whether each file holds all that it must."""
    return all(_holds(path, markers) for path, markers in wanted.items())


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
