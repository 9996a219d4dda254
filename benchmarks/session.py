"""One run at one size: all tools in rounds, so that other load on the machine affects them
equally. Limited in time; leaves no process behind."""

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import measure
from benchmarks.feedmill import Feedmill
from benchmarks.measure import Limits, Series
from benchmarks.results import Run, begun
from benchmarks.site import Site
from benchmarks.stock import multiply
from benchmarks.tool import Process, Tool, timed

BURST = 1000
REPEATS = 3
LONG = 5.0
STOCK = 10_000


class Session:
    """Measures ``tools`` with ``count`` articles on ``topics`` topics.

    Of an archive of more than ``STOCK`` articles Feedmill's is made quickly (see ``stock``) for
    all but the cold measurement, which ``is_cold`` asks for.
    """

    def __init__(
        self, folder: Path, tools: Sequence[Tool], count: int, topics: int, *, is_cold: bool = True
    ) -> None:
        self._folder, self._tools = folder, tools
        self._count, self._topics, self._is_cold = count, topics, is_cold
        self.run = begun(count, topics, {tool.name: tool.version for tool in tools})
        self.run.load.append(os.getloadavg()[1])
        self._sites: list[Site] = []

    def measure(self, limits: Limits, deadline: float) -> Run:
        """Everything, until ``deadline`` on the monotonic clock: what then is not begun is left
        out, and a remark says so."""
        self._deadline = deadline
        try:
            self._prepare()
            self._cold(limits)
            self._restock()
            self._restart(limits)
            self._commands(limits)
            self._running(limits)
        finally:
            self.run.load.append(os.getloadavg()[1])
            shutil.rmtree(self._folder, ignore_errors=True)
        return self.run

    def _prepare(self) -> None:
        for tool in self._tools:
            count = self._count if self._is_cold or not isinstance(tool, Feedmill) else STOCK
            _say(f"{count} articles for {tool.name}")
            self._sites.append(Site(tool, self._folder / tool.name, count, self._topics))

    def _restock(self) -> None:
        """In the place of an archive with a long history that is still to be written, which would
        be in the way of all that follows: one in which all is done."""
        times = self._count // STOCK
        if times < 2:
            return
        for at, site in enumerate(self._sites):
            if isinstance(site.tool, Feedmill):
                stocked = Site(site.tool, site.folder, STOCK, self._topics)
                measure.cold(stocked)
                _say(f"{self._count} articles made of {STOCK}")
                multiply(site.folder / "feedmill.db", site.folder / "drop", times)
                self._sites[at] = stocked
                self._remark(
                    f"Feedmill, all but cold: {STOCK:,} articles taken in from files, and"
                    f" {times - 1} copies of each made within the database"
                )

    def _series(self, site: Site, what: str) -> Series:
        series = Series(site.tool.name, what, self._count)
        self.run.series.append(series)
        return series

    def _rounds(
        self,
        what: str,
        limits: Limits,
        sites: Iterable[Site],
        sample: Callable[[Site, Series], None],
    ) -> None:
        """Samples of each site in turn, as many as the limits want. A tool that fails is left
        out from there on."""
        left = [(site, self._series(site, what)) for site in sites]
        while left:
            for site, series in list(left):
                if time.monotonic() > self._deadline:
                    self._remark(f"{what}: no time left")
                    return
                try:
                    sample(site, series)
                except (TimeoutError, RuntimeError) as error:
                    self._remark(f"{site.tool.name}, {what}: {error}")
                    left.remove((site, series))
                    continue
                _say(f"{what} of {self._count}: {site.tool.name} {series.samples[-1]:.3f} s")
                if not limits.more(series):
                    left.remove((site, series))

    def _cold(self, limits: Limits) -> None:
        sites = [site for site in self._sites if site.count == self._count]
        whole = {site.tool.name: self._series(site, "whole") for site in sites}

        def sample(site: Site, series: Series) -> None:
            seconds, cost, is_whole = measure.cold(site)
            series.samples.append(seconds)
            if not is_whole:
                series.costs.append(cost)
            else:
                whole[site.tool.name].samples.append(cost.wall)
                whole[site.tool.name].costs.append(cost)

        self._rounds("cold", limits, sites, sample)

    def _restart(self, limits: Limits) -> None:
        """Of Feedmill only: the others have nothing of the kind but building anew."""

        def sample(site: Site, series: Series) -> None:
            cost, written = measure.restart(site)
            series.samples.append(cost.wall)
            series.costs.append(cost)
            series.notes["files written"] = max(written, series.notes.get("files written", 0))

        parts: dict[str, Series] = {}

        def sample_parts(site: Site, series: Series) -> None:
            for part, seconds in measure.restart_parts(site).items():
                if part not in parts:
                    parts[part] = self._series(site, f"restart, {part}")
                parts[part].samples.append(seconds)
            series.samples.append(parts["open"].samples[-1] + parts["look"].samples[-1])

        self._rounds("restart", limits, self._ours(), sample)
        self._rounds("restart, inside", limits, self._ours(), sample_parts)

    def _commands(self, limits: Limits) -> None:
        """The commands that a person waits for."""
        for site in self._ours():
            for what, argv in Feedmill().commands(site.folder).items():

                def sample(site: Site, series: Series, argv: Sequence[str] = argv) -> None:
                    cost = timed(site.tool, argv, site.folder)
                    series.samples.append(cost.wall)
                    series.costs.append(cost)

                self._rounds(what, limits, [site], sample)

    def _ours(self) -> list[Site]:
        return [site for site in self._sites if isinstance(site.tool, Feedmill)]

    def _running(self, limits: Limits) -> None:
        """What a running tool makes of new, edited and many files. All tools have begun, and
        while one is asked, the others stand still."""
        running: dict[str, Process] = {}
        with ExitStack() as stack:
            for site in self._sites:
                if not site.tool.is_watching:
                    continue
                if time.monotonic() > self._deadline:
                    self._remark(f"{site.tool.name}, running: no time left")
                    continue
                try:
                    process = measure.begin(site)
                except (TimeoutError, RuntimeError) as error:
                    self._remark(f"{site.tool.name}, running: {error}")
                    continue
                stack.callback(process.kill)
                running[site.tool.name] = process
            sites = [site for site in self._sites if site.tool.name in running]
            self._ask(running, sites, limits)
            for site in sites:
                series = self.run.find(site.tool.name, "drop")
                cost = running[site.tool.name].stop()
                if series is not None:
                    series.costs.append(cost)

    def _ask(self, running: dict[str, Process], sites: list[Site], limits: Limits) -> None:
        ours = [site for site in sites if isinstance(site.tool, Feedmill)]
        self._one_by_one(running, ours)
        self._drops(running, sites, limits)
        self._edits(running, ours, limits)
        if self._count <= STOCK:
            self._bursts(running, ours)

    def _drops(self, running: dict[str, Process], sites: list[Site], limits: Limits) -> None:
        """One file after a rest, in which the others worked, and one right behind it."""
        again: dict[str, Series] = {}

        def drop(site: Site, series: Series) -> None:
            name = site.tool.name
            if name not in again:
                again[name] = self._series(site, "drop, again")
            with _alone(name, running):
                measure.until_idle(running[name])
                series.samples.append(measure.drop(site))
                # A pause of a second is nothing to a tool that needs many.
                if series.samples[-1] < LONG:
                    measure.until_idle(running[name])
                    again[name].samples.append(measure.drop(site))
                measure.until_idle(running[name])

        self._rounds("drop", limits, sites, drop)

    def _edits(self, running: dict[str, Process], sites: list[Site], limits: Limits) -> None:
        edits: dict[str, measure.Edits] = {}

        def edit(site: Site, series: Series) -> None:
            name = site.tool.name
            with _alone(name, running):
                if name not in edits:
                    edits[name] = measure.Edits(site)
                measure.until_idle(running[name])
                series.samples.append(edits[name].sample())
                measure.until_idle(running[name])

        self._rounds("edit", limits, sites, edit)

    def _one_by_one(self, running: dict[str, Process], sites: list[Site]) -> None:
        def sample(site: Site, series: Series) -> None:
            with _alone(site.tool.name, running):
                measure.until_idle(running[site.tool.name])
                series.samples.append(measure.one_by_one(site, measure.ONE_BY_ONE))
                measure.until_idle(running[site.tool.name])

        self._rounds("one by one", Limits(REPEATS, REPEATS), sites, sample)

    def _bursts(self, running: dict[str, Process], sites: list[Site]) -> None:
        """Each after a cold start with as many files, in a folder of its own."""
        beside: list[tuple[Site, Series]] = []

        def burst(site: Site, series: Series) -> None:
            if not beside:
                small = Site(site.tool, self._folder / "burst", BURST, self._topics)
                beside.append((small, self._series(site, "burst, cold")))
            small, cold = beside[0]
            with _alone(site.tool.name, running):
                cold.samples.append(measure.cold(small)[0])
                measure.until_idle(running[site.tool.name])
                seconds, writes = measure.burst(site, running[site.tool.name], BURST)
            series.samples.append(seconds)
            most = max(writes, series.notes.get("most writes of a feed", 0))
            series.notes["most writes of a feed"] = most

        self._rounds("burst", Limits(REPEATS, REPEATS), sites, burst)

    def _remark(self, text: str) -> None:
        _say(text)
        self.run.remarks.append(text)


@contextmanager
def _alone(name: str, running: Mapping[str, Process]) -> Iterator[None]:
    others = [process for other, process in running.items() if other != name]
    for process in others:
        process.pause()
    try:
        yield
    finally:
        for process in others:
            process.resume()


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)
