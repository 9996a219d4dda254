"""The feeds of ``seeds/``, to the byte. UPDATE_GOLDEN=1 writes them anew, to be looked at."""

import os
import shutil
from pathlib import Path

import pytest

from feeds.pages.search import INDEX_PATH

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden" / "seeds"
FEEDS = (".rss", ".atom", ".json", ".opml")
UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"


@pytest.fixture
def seeded(make_house):
    """A house that published the sample articles, which all came at one moment."""
    house = make_house(unpublished="publish")
    for source in sorted((ROOT / "seeds").rglob("*")):
        if source.suffix in (".md", ".txt", ".html", ".png", ".mp3"):
            path = source.relative_to(ROOT / "seeds").as_posix()
            house.write(path, source.read_bytes(), age=3600)
    house.reconcile()
    return house


def test_the_samples_give_the_golden_feeds(seeded):
    found = {
        path: data
        for path, (data, _) in seeded.public_files().items()
        if Path(path).suffix in FEEDS and path != INDEX_PATH
    }
    if UPDATE:
        shutil.rmtree(GOLDEN, ignore_errors=True)
        for path, data in found.items():
            (GOLDEN / path).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / path).write_bytes(data)
    expected = {
        path.relative_to(GOLDEN).as_posix(): path.read_bytes()
        for path in GOLDEN.rglob("*")
        if path.is_file()
    }
    assert found.keys() == expected.keys()
    for path, data in expected.items():
        assert found[path] == data, f"{path} differs from {GOLDEN / path}"


def test_every_sample_is_accepted_or_held_by_its_author_s_word(seeded):
    verdicts = dict(seeded.rows("SELECT name, verdict FROM ledger"))
    assert len(verdicts) >= 8
    assert set(verdicts.values()) == {"accepted", "held"}


def test_the_opaque_blobs_of_the_samples_are_nowhere(seeded):
    seeded.stop()
    for source in (ROOT / "seeds").rglob("*.txt"):
        for line in source.read_text("utf-8").splitlines():
            if not line.startswith("secured:"):
                continue
            secret = line.partition('"')[2][:40].encode()
            for path in [*seeded.base.glob("feedmill.db*"), *seeded.public.rglob("*")]:
                assert not path.is_file() or secret not in path.read_bytes()
