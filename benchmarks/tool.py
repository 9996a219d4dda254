"""The interface of a measured tool, and running programs with their cost."""

import os
import shutil
import signal
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import Article

TICKS = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.05
LOOK_PAUSE = 20  # times as long as a look took, so that looking costs the tool little
STOP_SECONDS = 60.0
INSTALL_SECONDS = 300.0


class MissingError(Exception):
    """The tool cannot be had on this machine; says why."""


class Tool(ABC):
    """One program that makes feeds of a folder of articles. All paths are below ``site``."""

    name = ""
    version = ""

    @abstractmethod
    def install(self, build: Path) -> None:
        """Make it ready below ``build``, and know its ``version``. Raises MissingError."""

    @abstractmethod
    def lay_out(self, site: Path) -> None:
        """Everything but the articles: configuration and templates."""

    @abstractmethod
    def path(self, article: Article) -> str:
        """Where the article's file belongs."""

    @abstractmethod
    def spell(self, article: Article) -> str:
        """The article's file."""

    @abstractmethod
    def build(self, site: Path) -> Sequence[str]:
        """The command that makes all feeds, and ends."""

    @abstractmethod
    def watch(self, site: Path) -> Sequence[str]:
        """The command that follows changes, until stopped."""

    @abstractmethod
    def feeds(self, slug: str) -> tuple[str, ...]:
        """A topic's RSS and Atom files."""

    output = "public"
    is_watching = True  # whether it can follow changes

    def environment(self) -> Mapping[str, str]:
        """What to add to the environment."""
        return {}

    def forget(self, site: Path) -> None:
        """Undo what building did, so that the next build is a first one again."""
        shutil.rmtree(site / self.output, ignore_errors=True)

    def write(self, site: Path, article: Article) -> Path:
        """Put the article's file into its place."""
        target = site / self.path(article)
        target.write_text(self.spell(article), encoding="utf-8")
        return target


def newest(argv: Sequence[str], program: Path) -> None:
    """Install or update a program with a package manager. Raises MissingError with its last words
    if there is none afterwards, not even an older one."""
    try:
        installed(argv)
    except MissingError:
        if not program.exists():
            raise


def debian(program: str, *packages: str) -> str:
    """The path of a program, from Debian's packages if this machine does not have it. Raises
    MissingError."""
    if shutil.which(program) is None:
        installed(["apt-get", "update", "-qq"])
        installed(["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages])
    found = shutil.which(program)
    if found is None:
        raise MissingError(f"`{program}` is in none of {', '.join(packages)}")
    return found


def installed(argv: Sequence[str]) -> None:
    """Run a package manager. Raises MissingError with its last words."""
    try:
        subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        raise MissingError(" ".join(error.stderr.split()[-40:])) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took: seconds, processor seconds of the process itself and of its children,
    and the most memory of all in bytes."""

    wall: float
    own: float
    children: float
    peak: int


class Process:
    """A running program and its children, watched for their memory and processor time."""

    def __init__(self, argv: Sequence[str], site: Path, environment: Mapping[str, str]) -> None:
        self._argv = argv
        self._log = (site / "output.log").open("wb")
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            argv,
            cwd=site,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._peak = 0
        self._spent: dict[int, float] = {}
        self._is_ended_by_us = False
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def _watch(self) -> None:
        pause = LOOK_SECONDS
        while not self._ended.wait(pause):
            began = time.perf_counter()
            self._peak = max(self._peak, tree_bytes(self.pid))
            for member in _tree(self.pid):
                self._spent[member] = max(self._spent.get(member, 0.0), own_seconds(member))
            pause = max(LOOK_SECONDS, LOOK_PAUSE * (time.perf_counter() - began))

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether it runs still."""
        if self._process.returncode is not None:
            return False
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def wait(self) -> Cost:
        """Its cost, when it has ended. Raises RuntimeError where it failed."""
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        wall = time.perf_counter() - self._began
        own = own_seconds(self.pid)
        # Before its number may go to another: whatever it has left behind.
        os.killpg(self._process.pid, signal.SIGKILL)
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._ended.set()
        self._watching.join()
        self._log.close()
        if self._process.returncode and not self._is_ended_by_us:
            text = Path(self._log.name).read_text(errors="replace")[-2000:]
            command = " ".join(self._argv)
            raise RuntimeError(f"{command}: status {self._process.returncode}: {text}")
        # A child that was killed at the end, or by another's hand, was never waited for.
        self._spent.pop(self.pid, None)
        reaped = max(0.0, usage.ru_utime + usage.ru_stime - own)
        # Not ``ru_maxrss``: for a moment before the program began, that is our own memory.
        return Cost(wall, own, max(reaped, sum(self._spent.values())), self._peak)

    def stop(self) -> Cost:
        """Its cost, after asking it, and then forcing it, to end."""
        self._is_ended_by_us = True
        os.killpg(self._process.pid, signal.SIGINT)
        until = time.monotonic() + STOP_SECONDS
        while self.is_alive() and time.monotonic() < until:
            time.sleep(0.02)
        if self.is_alive():
            os.killpg(self._process.pid, signal.SIGKILL)
        return self.wait()

    def pause(self) -> None:
        """Let it and what it has started stand still, until ``resume``."""
        if self.is_alive():
            os.killpg(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        if self.is_alive():
            os.killpg(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it, if it still runs, and whatever it has started."""
        if self._process.returncode is None:
            self._is_ended_by_us = True
            os.killpg(self._process.pid, signal.SIGKILL)
            self.wait()


def timed(tool: Tool, argv: Sequence[str], site: Path) -> Cost:
    """Run a command to its end."""
    process = Process(argv, site, tool.environment())
    try:
        return process.wait()
    finally:
        process.kill()


def tree_bytes(pid: int) -> int:
    """The memory of a process and its descendants: the sum of their proportional set sizes, in
    which a page that several processes share counts once."""
    found = 0
    for member in _tree(pid):
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue  # it has ended
        found += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return found * 1024


def tree_seconds(pid: int) -> float:
    """The processor time that a process and its descendants have used."""
    return sum(own_seconds(member) for member in _tree(pid))


def own_seconds(pid: int) -> float:
    """The processor time of a process without its children; 0.0 if there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = listing.read_text(encoding="ascii").split()
        except OSError:
            continue
        for child in children:
            yield from _tree(int(child))
