"""``make bench-scale``: figures behind docs/scale.md, of Feedmill alone.

For each number of topics: the first ingest of a folder, then single files, each as soon as the
previous one is in the last feed of its topics.
"""

import os
import shutil
from pathlib import Path

from benchmarks import measure
from benchmarks.feedmill import ROOT, Feedmill
from benchmarks.site import Site
from benchmarks.tool import Process

ARTICLES = 2000
TOPICS = (10, 100, 1000)


def main(folder: Path) -> None:
    """Measure, and print a table."""
    print(f"{ARTICLES:,} articles, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| topics | at once | one by one | written for one | database, an article |")
    print("|--:|--:|--:|--:|--:|")
    for topics in TOPICS:
        print(_row(Site(Feedmill(), folder / str(topics), ARTICLES, topics)), flush=True)


def _row(site: Site) -> str:
    seconds, *_ = measure.cold(site)
    size = (site.folder / "feedmill.db").stat().st_size
    process = measure.begin(site)
    try:
        measure.until_idle(process)
        before = _written(process)
        rate = 1 / measure.one_by_one(site, measure.ONE_BY_ONE)
        measure.until_idle(process)
        one = (_written(process) - before) / measure.ONE_BY_ONE
    finally:
        process.kill()
    return (
        f"| {site.topics:,} | {site.count / seconds:.0f} a second | {rate:.0f} a second"
        f" | {one / 1e6:.1f} MB | {size / site.count / 1e3:.0f} kB |"
    )


def _written(process: Process) -> int:
    """Bytes that the worker has written to files by now, whether or not they are on the disk."""
    lines = Path(f"/proc/{process.pid}/io").read_text(encoding="ascii").splitlines()
    return int(dict(line.split(": ") for line in lines)["wchar"])


if __name__ == "__main__":
    place = ROOT / "build" / "bench" / f"scale-{os.getpid()}"
    try:
        main(place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
