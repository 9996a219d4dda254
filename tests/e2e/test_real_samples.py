"""The real sample documents, where this machine has them: articles as they come in the wild."""

import re
from pathlib import Path

import feedparser
import pytest

from tests.e2e.process import Feedmill


@pytest.fixture
def house(make_mill, shared_seeds: Path) -> Feedmill:
    """A house that took in the samples, and will say nothing new."""
    mill: Feedmill = make_mill(drop={"unpublished": '"publish"'})
    for sample in sorted(shared_seeds.glob("*.txt")):
        mill.write(sample.name, sample.read_bytes())
    assert mill.once().returncode == 0
    return mill


def test_the_samples_stand_in_their_topics_feeds_which_parse_without_a_complaint(house):
    for extension in ("rss", "atom"):
        counts = {
            key: len(house.entries(key, extension)) for key in ("topics/aws-ai", "topics/ai", "all")
        }
        assert counts == {"topics/aws-ai": 2, "topics/ai": 2, "all": 3}
    assert house.ids("topics/ai") == house.ids("topics/aws-ai")
    feeds = [path for path in house.public_files() if path.endswith((".rss", ".atom"))]
    assert len(feeds) >= 6
    for path in feeds:
        parsed = feedparser.parse((house.public / path).read_bytes())
        assert not parsed.bozo, (path, parsed.bozo_exception)
        for entry in parsed.entries:
            assert entry.title
            assert entry.id.startswith("urn:uuid:")
            assert entry.get("summary") or entry.get("content")


@pytest.mark.slow
def test_a_second_run_on_the_samples_writes_no_file(house):
    before = house.stamps()
    house.once()
    assert house.stamps() == before


def test_the_secured_value_is_in_no_feed_log_or_database_file(house, shared_seeds: Path):
    samples = "".join(path.read_text() for path in shared_seeds.glob("*.txt"))
    secrets = re.findall(r"^\s*secured: [\"']?([^\s\"']{20,})", samples, re.MULTILINE)
    assert secrets
    house.start()
    house.write("again.txt", samples)  # a rejected or a strange file is logged of, too
    house.until(lambda: house.said("path=again.txt"), "a verdict")
    house.kill()  # leaves the write-ahead log as it is
    files = [path for path in house.base.rglob("*") if path.is_file()]
    files = [path for path in files if house.drop not in path.parents]
    assert {house.log_path, house.store, house.public / "all.atom"} <= set(files)
    for secret in secrets:
        for piece in (secret[:40], secret[-40:]):
            assert [path for path in files if piece.encode() in path.read_bytes()] == []
