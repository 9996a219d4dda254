"""``make bench-profile``: where the processor time of taking in a folder goes, from nothing.

Looks at the stack of the running process a few hundred times a second of its own processor time,
and counts for which part of the work it stands there; the parsers' work is done again in this
process, and looked at likewise.
"""

import contextlib
import os
import resource
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from benchmarks.feedmill import ROOT, Feedmill
from benchmarks.site import Site
from worker.config.loading import load_config
from worker.parsing.article_reader import read_article
from worker.parsing.rules import ReadingRules
from worker.parsing.sandbox.codec import encode
from worker.service.composition import open_worker
from worker.service.once import once

EVERY = 0.003

# What a function is for; the innermost one that stands here counts. First of the parent.
WORK = {
    ("render.py", "render_entry"): "rendering entries (feedgen, lxml)",
    ("snippets.py", "render_snippet"): "rendering snippets for pages (Jinja2)",
    ("feed_contents.py", "entry"): "looking up articles for them",
    ("feeds.py", "find"): "kept entries, read and written",
    ("feeds.py", "keep"): "kept entries, read and written",
    ("audit.py", "audit"): "reading each feed back (audit)",
    ("public_files.py", "write"): "writing files",
    ("render.py", "render_feed"): "heads of feeds, putting feeds together",
    ("site_pages.py", "publish"): "pages and the index",
    ("ingestor.py", "_store_batch"): "deciding and storing (SQLite)",
    ("child_pool.py", "_poll"): "checking what the parsers answer",
    ("batches.py", "batches"): "reading files, handing them out",
}
PHASES = {
    ("publisher.py", "_publish_document"): "archive documents",
    ("publisher.py", "publish"): "feeds and pages",
    ("ingestor.py", "take"): "taking in",
}
PARSING = {
    ("markdown.py", "parsed"): "Markdown (comrak)",
    ("render.py", "render_body"): "the rest of the body: sanitising (nh3), text, summary, title",
    ("yaml_reader.py", "read_yaml"): "YAML (libyaml's events)",
    ("splitter.py", "split_front_matter"): "finding the front matter",
    ("fields.py", "read_fields"): "checking values (pydantic)",
    ("assemble.py", "assemble"): "what the fields say together",
    ("translate.py", "translate"): "other tools' dialects",
    ("codec.py", "encode"): "the answer",
}
Labels = dict[tuple[str, str], str]


def main(count: int, folder: Path) -> None:
    """Measure, and print."""
    site = Site(Feedmill(), folder, count, 100)
    work, phases = Counter[str](), Counter[str]()

    def look(frame: FrameType | None) -> None:
        _note(frame, WORK, work)
        _note(frame, PHASES, phases)

    with _looking(look):
        with open_worker(load_config(folder / "feedmill.toml")) as worker:
            once(worker)
        own = _seconds(resource.RUSAGE_SELF)
    children = _seconds(resource.RUSAGE_CHILDREN)
    parsing = Counter[str]()
    with _looking(lambda frame: _note(frame, PARSING, parsing)):
        _parse(site)
    print(f"{count:,} articles, milliseconds of processor time for each\n")
    _table("worker, by phase", phases, own / count)
    _table("worker, by kind of work", work, own / count)
    _table("parsers", parsing, children / count)


def _parse(site: Site) -> None:
    rules = ReadingRules()
    for path in sorted((site.folder / "drop").iterdir()):
        encode(read_article(path.read_bytes(), path.name, rules))


@contextlib.contextmanager
def _looking(look: Callable[[FrameType | None], object]) -> Iterator[None]:
    signal.signal(signal.SIGPROF, lambda _, frame: look(frame))
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _note(frame: FrameType | None, names: Labels, counts: Counter[str]) -> None:
    while frame:
        code = frame.f_code
        name = names.get((code.co_filename.rpartition("/")[2], code.co_name))
        if name:
            counts[name] += 1
            return
        frame = frame.f_back
    counts["the rest"] += 1


def _seconds(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def _table(title: str, counts: Counter[str], seconds: float) -> None:
    print(f"| {title} | ms | |\n|---|--:|--:|")
    for name, found in counts.most_common():
        share = found / counts.total()
        print(f"| {name} | {1000 * seconds * share:.2f} | {share:.0%} |")
    print(f"| **all** | **{1000 * seconds:.2f}** | |\n")


if __name__ == "__main__":
    place = ROOT / "build" / "bench" / f"profile-{os.getpid()}"
    try:
        main(int(sys.argv[1]) if sys.argv[1:] else 10_000, place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
