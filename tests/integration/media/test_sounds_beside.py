"""A sound beside an article is its enclosure, whatever comes first and whatever the way."""

import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.house import House, article, build
from tests.integration.media.test_enclosures import MP3, address, codes, item
from tests.integration.service.test_convergence import EXAMPLES, small_house
from worker.inbox import sounds

OGG = b"OggS\x00\x02" + bytes(22) + b"\x01\x1e\x01vorbis" + bytes(500)


def urls(house: House) -> list[str]:
    return [each["url"] for each in item(house).get("attachments", ())]  # type: ignore[attr-defined]


def published(house: House) -> dict[str, bytes]:
    """What a new store says of the same folder."""
    return {
        name: data
        for name, (data, _) in house.public_files().items()
        if name.startswith(("media/", "all."))
    }


def events(house: House, *paths: str) -> None:
    """Turns after events, without a scan."""
    house.turn(*paths)
    for _ in range(8):
        house.clock.pass_time(0.5)
        house.turn()


@pytest.mark.parametrize("text", ["e.md", "e.html", "e.rst", "e.txt", "night/index.md"])
@pytest.mark.parametrize("is_first", [True, False])
def test_it_is_the_enclosure_whatever_comes_first(house: House, text: str, is_first: bool) -> None:
    sound = "night/any name #1 100%.mp3" if "index" in text else "e.mp3"
    both = [(sound, MP3), (text, "Night train\n\nSome text.\n")]
    for path, data in both if is_first else reversed(both):
        house.write(path, data)
        events(house, path)
    assert urls(house) == [address(MP3)]
    assert codes(house, text) == []
    assert house.worker.ledger.count() == 1, "the sound is no file that is not read"


def test_keys_of_an_episode_count_beside_it(house: House) -> None:
    house.write("e.MP3", MP3)
    house.write("e.md", article(duration="1:02", season="2", episode="7"))
    house.reconcile()
    (found,) = item(house)["attachments"]  # type: ignore[misc]
    assert (found["duration_in_seconds"], found["size_in_bytes"]) == (62, len(MP3))
    ((episode,),) = house.rows("SELECT episode FROM articles")
    assert json.loads(episode)["season"] == 2


@pytest.mark.parametrize("way", ["events", "scan", "restart"])
def test_it_may_come_change_and_go_later(house: House, tmp_path: Path, way: str) -> None:
    def settle(*paths: str) -> None:
        if way == "events":
            events(house, *paths)
            return
        if way == "restart":
            house.restart()
        house.reconcile(2)

    house.write("e.md", article(date="2026-04-01"))
    settle("e.md")
    before = item(house)
    for data in (MP3, MP3 + b"more"):
        house.write("e.mp3", data)
        settle("e.mp3")
        assert urls(house) == [address(data)]
    (house.drop / "e.mp3").rename(house.drop / "f.mp3")
    settle("e.mp3", "f.mp3")
    assert item(house) == before, "without a trace, the date of an update included"
    (house.drop / "f.mp3").rename(house.drop / "e.ogg")
    house.write("e.ogg", OGG)
    settle("f.mp3", "e.ogg")
    assert urls(house) == [address(OGG, "ogg")]
    other = build(tmp_path / "other")
    for path in house.drop.iterdir():
        other.write(path.name, path.read_bytes())
        os.utime(other.drop / path.name, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.start()
    other.reconcile()
    assert published(other) == published(house)
    other.stop()
    (house.drop / "e.ogg").unlink()
    settle("e.ogg")
    assert item(house) == before
    assert not list((house.public / "media").iterdir())


@pytest.mark.parametrize("order", list(itertools.permutations(["e.md", "e.mp3"])))
def test_both_renamed_are_the_same_article(house: House, order: tuple[str, ...]) -> None:
    house.write("e.md", article())
    house.write("e.mp3", MP3)
    house.reconcile()
    before = item(house)
    for name in order:
        (house.drop / name).rename(house.drop / name.replace("e", "f"))
        events(house, name, name.replace("e", "f"))
    after = item(house)
    assert after["id"] == before["id"]
    assert urls(house) == [address(MP3)]


def test_a_named_one_counts_instead(house: House) -> None:
    house.write("e.mp3", MP3)
    house.write("e.md", article(audio="https://example.com/a.mp3", duration="5"))
    house.reconcile()
    assert urls(house) == ["https://example.com/a.mp3"]


def test_of_two_with_the_same_stem_the_better_kind_counts_with_a_warning(house: House) -> None:
    house.write("e.ogg", OGG)
    house.write("e.md", article())
    house.reconcile()
    house.write("e.mp3", MP3)
    house.reconcile(2)
    assert urls(house) == [address(MP3)]
    assert codes(house, "e.md") == ["enclosure"]
    (problem,) = house.worker.ledger.at("e.md").problems
    text = "`e.mp3` and `e.ogg` lie beside the file; only the first is published."
    assert problem.message == text
    assert "e.mp3" in (house.drop / "e.md.feedmill.txt").read_text()
    (house.drop / "e.mp3").unlink()
    house.reconcile(2)
    assert (urls(house), codes(house, "e.md")) == ([address(OGG, "ogg")], [])


def test_of_several_in_a_bundle_none_counts(house: House) -> None:
    house.write("night/index.md", article())
    house.write("night/a.mp3", MP3)
    house.reconcile()
    assert urls(house) == [address(MP3)]
    house.write("night/b.mp3", MP3 + b"b")
    events(house, "/night/a.mp3")  # below drop.assets
    assert urls(house) == [address(MP3)]
    events(house, "night/b.mp3")
    assert (urls(house), codes(house, "night/index.md")) == ([], [])
    (house.drop / "night/a.mp3").unlink()
    events(house, "night/a.mp3")
    assert urls(house) == [address(MP3 + b"b")]


@pytest.mark.parametrize("what", ["empty", "link", "pipe", "folder", "page"])
def test_what_is_no_sound_is_not_published(house: House, what: str) -> None:
    path = house.drop / "e.mp3"
    if what == "link":
        path.symlink_to("/etc/passwd")
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"" if what == "empty" else b"<html><script>alert(1)</script>")
    house.write("e.md", article())
    house.reconcile()
    assert urls(house) == []
    assert codes(house, "e.md") == ([] if what == "folder" else ["bad-media"])
    assert not list(house.public.glob("media/*"))
    read = house.worker.loop.progress.verdicts["accepted"]
    house.reconcile(2)
    assert house.worker.loop.progress.verdicts["accepted"] == read, "and it is not read again"


def test_ten_thousand_sounds_make_no_look_longer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (house.drop / "night").mkdir()
    for number in range(10_000):
        (house.drop / f"night/{number}.mp3").touch()
    house.write("night/index.md", article())
    house.write("night/7.md", article("Seven"))
    names = 0
    is_sound = sounds.is_sound

    def counted(name: str) -> bool:
        nonlocal names
        names += 1
        return is_sound(name)

    monkeypatch.setattr(sounds, "is_sound", counted)
    house.reconcile()
    assert codes(house, "night/7.md") == ["bad-media"]
    assert names < 100, "a bundle's folder is looked through up to its second sound"
    took = house.worker.loop.progress.verdicts["accepted"]
    house.turn(*(f"night/{number}.mp3" for number in range(10_000)))
    house.reconcile()
    assert house.worker.loop.progress.verdicts["accepted"] == took == 2


def test_the_archive_keeps_the_enclosure_and_leaves_the_sound(
    make_house: Callable[..., House],
) -> None:
    house = make_house(after="archive")
    house.write("s/e.mp3", MP3)
    house.write("s/e.md", article())
    house.reconcile()
    house.reconcile()
    assert urls(house) == [address(MP3)]
    assert (house.drop / "archive/s/e.md").is_file()
    assert (house.drop / "s/e.mp3").is_file()


PATHS = st.sampled_from(["e.md", "e.mp3", "e.OGG", "n/index.md", "n/a.mp3", "n/index.mp3"])
STEPS = st.lists(st.tuples(PATHS, st.sampled_from(["put", "other", "remove"]), st.booleans()))


@settings(max_examples=EXAMPLES)
@given(steps=STEPS)
def test_any_history_ends_as_a_new_store_of_the_same_folder(
    steps: list[tuple[str, str, bool]],
) -> None:
    with small_house() as house, small_house() as new:
        for path, step, is_heard in steps:
            if path.endswith(".md"):
                house.write(
                    path, article(path, date="2026-04-01", link=f"https://x.example/{path}")
                )
            elif step == "remove":
                (house.drop / path).unlink(missing_ok=True)
            else:
                house.write(path, (OGG if "OGG" in path else MP3) + step.encode())
            house.turn(*([path] if is_heard else []))
            house.clock.pass_time(0.7)
        house.reconcile(60)
        house.reconcile(5)
        for each in house.drop.rglob("*.*"):
            if each.is_file() and not each.name.endswith(".feedmill.txt"):
                new.write(str(each.relative_to(house.drop)), each.read_bytes())
        new.reconcile()
        assert [published(each).keys() for each in (house, new)] == [published(new).keys()] * 2
        assert items(house) == items(new)


def items(house: House) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((house.public / "all.json").read_bytes())["items"]
    return sorted(found, key=lambda each: str(each["id"]))
