"""The mirror with a real store: killed, cut off, lied to, while a reader follows every link."""

import random
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL

import httpx
import pytest

from feeds.atomic_file import replace_file
from tests.acceptance.cloud.site import MirroredSite, Reader, until_equal
from tests.acceptance.cloud.stores import Proxy, SeaweedFS, seaweedfs
from tests.e2e.process import soon
from worker.core.fault_points import MIRROR_POINTS

pytestmark = pytest.mark.acceptance

ROUNDS = 30


@contextmanager
def authors(site: MirroredSite, first: int = 100, pause: float = 0.25) -> Iterator[None]:
    """Somebody who drops an article every moment, and changes another, beside a running worker.

    No article is withdrawn: a link to what was withdrawn meets 410 in the folder too, for a moment.
    """
    over = threading.Event()

    def write() -> None:
        number = first
        while not over.wait(pause):
            site.post(number)
            if number % 3 == 0:
                site.post(first + (number - first) // 2, f"Changed with {number}.")
            number += 1

    site.start()
    site.watching()
    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join(30)
        site.stop()


def test_the_first_upload(site: MirroredSite) -> None:
    done = site.mirror("--once")
    assert done.returncode == 0, done.stderr
    count = len(site.folder())
    assert done.stdout.startswith(f"{count} files sent")
    assert site.equals()
    answer = httpx.get(f"{site.bucket_url}all.json")
    assert answer.headers["content-type"] == "application/feed+json; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=300"
    picture = next(path for path in site.folder() if path.endswith(".png"))
    assert "immutable" in httpx.get(site.bucket_url + picture).headers["cache-control"]


def test_only_what_changed_is_sent_and_a_lost_memory_costs_one_list(
    site: MirroredSite, store: SeaweedFS
) -> None:
    with Proxy(store.url) as proxy:
        site.config.write_text(site.config.read_text().replace(store.url, proxy.url))
        site.mirrored()
        proxy.requests.clear()
        site.mirrored()
        assert proxy.puts() == []
        shutil.rmtree(site.base / "feedmill.db.mirror")
        proxy.requests.clear()
        site.mirrored()
        asked = [path for method, path in proxy.requests if method == "GET" and "probe" not in path]
        assert (len(asked), proxy.puts()) == (1, [])
        site.post(50)
        site.once()
        proxy.requests.clear()
        site.mirrored()
        assert 5 < len(proxy.puts()) < 45
        assert site.equals()


def test_a_rehearsal_says_what_would_be_sent(site: MirroredSite) -> None:
    done = site.mirror("--dry-run")
    assert done.returncode == 0, done.stderr
    assert f"{len(site.folder())} files to send, 0 to delete" in done.stdout
    assert site.bucket.list() == {}


@pytest.mark.parametrize("point", MIRROR_POINTS)
def test_killed_at_every_fault_point(site: MirroredSite, point: str) -> None:
    for number in (1, 30):
        done = site.mirror("--once", environ={"FEEDMILL_FAULT": f"{point}:{number}"})
        assert done.returncode == -SIGKILL, done.stderr
    site.mirrored()
    assert site.equals()
    for name in ("all.atom", "all.rss", "all.html", "topics/new.html"):
        replace_file(site.public / name, name.encode())
    done = site.mirror("--once", environ={"FEEDMILL_FAULT": f"{point}:2"})
    assert done.returncode == -SIGKILL, done.stderr
    site.mirrored()
    assert site.equals()


@pytest.mark.timeout(200)
def test_killed_at_random_while_a_reader_follows_every_link(
    fresh: MirroredSite,
) -> None:
    site = fresh
    site.once()
    chance = random.Random(17)
    site.mirrored()
    with Reader(site.bucket_url) as reader:
        with authors(site):
            for _ in range(ROUNDS):
                site.start_mirror()
                time.sleep(chance.uniform(0.3, 1.8))
                site.end_mirror(SIGKILL)
        site.mirrored()
        walked = reader.rounds
        assert soon(lambda: reader.rounds > walked + 1, 60)
    print(f"{reader.fetched} fetches, {reader.rounds} walks, {len(site.folder())} files")  # noqa: T201
    assert not reader.broken, "\n".join(reader.broken[:20])
    assert reader.torn == []
    assert reader.fetched > 300
    assert site.equals()


@pytest.mark.timeout(200)
def test_the_store_is_killed(tmp_path: Path) -> None:
    with seaweedfs(tmp_path / "store") as store:
        store.make("killed")
        site = MirroredSite(tmp_path / "site", store, "killed")
        try:
            for number in range(5):
                site.post(number)
            with authors(site):
                site.start_mirror()
                assert soon(lambda: len(site.bucket.list()) > 50, 60), site.mirror_log.read_text()
                store.kill()
                time.sleep(2)
                assert site.troubles() == {}, "the worker does not notice"
                assert soon(lambda: "trouble what=mirror" in site.mirror_log.read_text(), 90)
                found = site.status()
                assert "does not answer" in found["troubles"]["mirror"]
                store.start()
            until_equal(site, 90)
            assert soon(lambda: "mirror" not in site.status()["troubles"])
            assert site.end_mirror() == 0
        finally:
            site.close()


def test_an_answer_that_is_lost_on_its_way(site: MirroredSite, store: SeaweedFS) -> None:
    """The store has the object, the mirror does not know: the second PUT gets a 412."""
    eaten: set[str] = set()

    def judge(method: str, path: str) -> str:
        if method != "PUT" or "probe" in path or path in eaten:
            return "pass"
        eaten.add(path)
        return "eat" if len(eaten) % 2 else "pass"

    with Proxy(store.url) as proxy:
        site.config.write_text(site.config.read_text().replace(store.url, proxy.url))
        proxy.judge = judge
        done = site.mirror("--once", "-v")
        assert done.returncode == 0, done.stderr
        assert proxy.eaten > 20
        assert "mirror-conflict" not in done.stderr
        assert site.equals()


def test_withdrawn_articles_are_gone_from_feeds_at_once_and_their_files_later(
    site: MirroredSite,
) -> None:
    text = site.config.read_text()
    site.config.write_text(f"{text}feeds_max_age = 3\n")
    site.mirrored()
    page = next(path for path in site.folder() if path.startswith("articles/a3-"))
    done = site.call("withdraw", "a3.md")
    assert done.returncode == 0, done.stderr
    site.once()
    assert page not in site.folder()
    site.mirrored()
    assert "Article 3<" not in httpx.get(f"{site.bucket_url}all.atom").text
    assert httpx.get(site.bucket_url + page).status_code == 200
    time.sleep(4.1)
    site.mirrored()
    assert httpx.get(site.bucket_url + page).status_code == 404
    assert site.equals()


def test_wrong_keys_are_said(site: MirroredSite) -> None:
    done = site.mirror("--once", environ={"AWS_SECRET_ACCESS_KEY": "wrong"})
    assert done.returncode == 2
    assert "SignatureDoesNotMatch. Check the access key" in done.stderr
    assert "Check the access key" in site.status()["troubles"]["mirror"]
    assert "mirror" in site.call("doctor").stdout
    assert site.equals() is False


def test_a_bucket_that_is_not_there_is_said(tmp_path: Path) -> None:
    with seaweedfs(tmp_path / "store", creates_buckets=False) as store:
        site = MirroredSite(tmp_path / "site", store, "nowhere")
        site.post(1)
        site.once()
        done = site.mirror("--once")
        assert done.returncode == 2
        assert "Create the bucket, or correct its name." in done.stderr


def test_a_folder_is_a_bucket_too(site: MirroredSite, tmp_path: Path) -> None:
    text = site.config.read_text()
    text = text[: text.index("[mirror]")]
    site.config.write_text(f'{text}[mirror]\nto = "file://{tmp_path}/copy"\n')
    site.mirrored()
    site.post(60)
    site.once()
    site.mirrored()
    copied = {
        str(path.relative_to(tmp_path / "copy")): path.read_bytes()
        for path in (tmp_path / "copy").rglob("*")
        if path.is_file()
    }
    assert copied == site.folder()
