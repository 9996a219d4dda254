"""A site with a bucket: a worker, a mirror, and a reader who follows every link."""

import contextlib
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from tests.acceptance.cloud.stores import KEYS, SeaweedFS
from tests.e2e.process import DEADLINE, Feedmill, article, environment, soon
from worker.cloud.bucket import Bucket

SITE = "https://house.example/"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6260606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
_LINKED = re.compile(r"""(?:href|src|url)\s*[=:]\s*["']([^"']+)["']""")
_TOO_MUCH = 60.0
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)


class MirroredSite(Feedmill):
    """A Feedmill with small feeds, whose public folder is mirrored to a bucket."""

    def __init__(self, base: Path, store: SeaweedFS, name: str, endpoint: str = "") -> None:
        feeds = {"min_entries": "2", "min_days": "0"}
        super().__init__(base, feeds=feeds)
        self.bucket_url = f"{store.url}/{name}/site/"
        self.bucket: Bucket = store.bucket(f"{name}/site")
        self._mirror: subprocess.Popen[bytes] | None = None
        self.mirror_log = base / "mirror.log"
        with self.config.open("a") as file:
            file.write('[pages]\narticles = "all"\n')
            file.write(f'[mirror]\nto = "s3://{name}/site"\nendpoint = "{endpoint or store.url}"\n')

    def post(self, number: int, more: str = "") -> None:
        """An author's article with a picture."""
        name = f"a{number}"
        self.write(f"{name}.png", PIXEL + str(number).encode())
        text = f"![One]({name}.png)\n\nText {number}. {more}"
        topics = f"[Topic {number % 3}, News]"
        # Each is newer than those before: one from the past would shift the whole history.
        date = (_FIRST + timedelta(hours=number)).isoformat()
        self.write(f"{name}.md", article(f"Article {number}", text, topics=topics, date=date))

    # -- the mirror

    def mirror(self, *words: str, environ: Mapping[str, str] | None = None) -> Any:
        """Run ``feedmill mirror`` to its end."""
        return subprocess.run(
            self.command("mirror", *words),
            cwd=self.base,
            env=environment({**KEYS, **(environ or {})}),
            capture_output=True,
            text=True,
            timeout=_TOO_MUCH,
            check=False,
        )

    def mirrored(self) -> None:
        """Bring the bucket up to date; fails where that fails."""
        done = self.mirror("--once")
        assert done.returncode == 0, done.stderr

    def start_mirror(self) -> None:
        """Start ``feedmill mirror``."""
        with self.mirror_log.open("ab") as log:
            self._mirror = subprocess.Popen(
                self.command("mirror"),
                cwd=self.base,
                env=environment(KEYS),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def end_mirror(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the mirror a signal and wait for its end; gives its exit status."""
        assert self._mirror
        self._mirror.send_signal(number)
        status = self._mirror.wait(DEADLINE)
        self._mirror = None
        return status

    def close(self) -> None:
        if self._mirror:
            self._mirror.kill()
            self._mirror.wait(DEADLINE)
        super().close()

    # -- what is where

    def folder(self) -> dict[str, bytes]:
        """Every public file that readers may fetch."""
        return {
            str(path.relative_to(self.public)): path.read_bytes()
            for path in self.public.rglob("*")
            if path.is_file() and not any(part.startswith(".") for part in path.parts)
        }

    def differences(self) -> list[str]:
        """The files that are not in the bucket as they are in the folder."""
        from hashlib import md5

        there = self.bucket.list()
        return [
            path
            for path, data in self.folder().items()
            if path not in there or there[path].version.etag != f'"{md5(data).hexdigest()}"'
        ]

    def equals(self) -> bool:
        """Whether every file of the folder is in the bucket."""
        return not self.differences()


class Reader:
    """Follows every link of the site in the bucket, from the feeds and the front page."""

    def __init__(self, site: str) -> None:
        self._site = site
        self.fetched = self.rounds = 0
        self.broken: list[str] = []
        self.torn: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> "Reader":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()

    def _read(self) -> None:
        with httpx.Client(timeout=10) as client:
            while not self._over.is_set():
                with contextlib.suppress(httpx.TransportError):
                    self.walk(client)
                    self.rounds += 1

    def walk(self, client: httpx.Client) -> None:
        """One walk through all that can be reached."""
        seen: set[str] = set()
        waiting = [(self._site + name, "a start") for name in ("all.atom", "all.rss", "index.html")]
        while waiting and not self._over.is_set():
            url, source = waiting.pop()
            if url in seen:
                continue
            seen.add(url)
            answer = client.get(url)
            self.fetched += 1
            if answer.status_code >= 500:
                return
            if answer.status_code != 200:
                if source != "a start":
                    self.broken.append(f"{answer.status_code} {url} from {source}")
                continue
            waiting += [(link, url) for link in self._links(url, answer)]

    def _links(self, url: str, answer: httpx.Response) -> Iterator[str]:
        suffix = Path(url).suffix
        if suffix not in (".html", ".atom", ".rss", ".json", ".opml", ".xml"):
            return
        text = answer.text
        ends = {".html": "</html>", ".atom": "</feed>", ".rss": "</rss>", ".json": "}"}
        if not text.rstrip().endswith(ends.get(suffix, ">")):
            self.torn.append(url)
        # In the folder too, a document of a long history may be there before its newer neighbour.
        text = re.sub(r"<[^<>]*next-archive[^<>]*>", "", text)
        found = re.findall(rf"{SITE}[^\s\"'<>&\\]*", unescape(text).replace("\\/", "/"))
        if suffix == ".html":
            own = url.replace(self._site, SITE)
            found += [urljoin(own, unescape(link)) for link in _LINKED.findall(text)]
        for link in (link.partition("#")[0].partition("?")[0] for link in found):
            path = link.removeprefix(SITE)
            if link.startswith(SITE) and not path.startswith("search"):
                yield self._site + (path or "index.html")


def until_equal(site: MirroredSite, seconds: float = DEADLINE) -> None:
    """Wait until the bucket equals the folder."""
    assert soon(site.equals, seconds), (
        site.differences(),
        site.mirror_log.read_text()[-2000:] if site.mirror_log.exists() else "",
    )
