"""Enclosures beside the article: copied, and named with length and type of the file's bytes."""

import hashlib
import json
import os

import feedparser
import pytest

from tests.integration.house import House
from tests.integration.media.files import png

MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + bytes(2000)
SITE = "https://house.example/"


def address(data: bytes, extension: str = "mp3") -> str:
    return f"{SITE}media/{hashlib.sha256(data).hexdigest()[:32]}.{extension}"


def episode(matter: str = "audio: {url: one.mp3, title: Part one, duration: 62}") -> str:
    return f"---\ntitle: Title\n{matter}\n---\n\nSome text.\n"


def item(house: House) -> dict[str, object]:
    found: dict[str, object] = json.loads((house.public / "all.json").read_bytes())["items"][0]
    return found


def codes(house: House, path: str) -> list[str]:
    return [problem.code for problem in house.worker.ledger.at(path).problems]


def test_a_sound_beside_the_article_is_an_enclosure_in_every_format(house: House) -> None:
    house.write("pod/one.mp3", MP3)
    house.write("pod/one.md", episode())
    house.reconcile()
    assert codes(house, "pod/one.md") == []
    told = {"href": address(MP3), "type": "audio/mpeg", "length": str(len(MP3))}
    for name in ("all.rss", "all.atom"):
        (found,) = feedparser.parse((house.public / name).read_bytes()).entries[0].enclosures
        assert told.items() <= found.items()
    assert item(house)["attachments"] == [
        {
            "url": address(MP3),
            "mime_type": "audio/mpeg",
            "title": "Part one",
            "size_in_bytes": len(MP3),
            "duration_in_seconds": 62,
        }
    ]
    (page,) = (house.public / "articles").glob("*.html")
    text = page.read_text()
    assert f'<audio controls preload="none" src="{address(MP3)}"></audio>' in text
    assert "(2 kB)" in text


def test_a_new_sound_gets_a_new_address_and_a_lost_one_is_left_out(house: House) -> None:
    house.write("one.mp3", MP3)
    house.write("one.md", episode())
    house.reconcile()
    house.write("one.mp3", MP3 + b"more")
    house.reconcile()
    assert item(house)["attachments"][0]["url"] == address(MP3 + b"more")  # type: ignore[index]
    (house.drop / "one.mp3").unlink()
    house.reconcile()
    assert "attachments" not in item(house)
    assert codes(house, "one.md") == ["missing-media"]


def test_the_bytes_say_what_the_file_is(house: House) -> None:
    house.write("one.mp3", png())
    house.write("one.md", episode("audio: {url: one.mp3, type: audio/mpeg, length: 7}"))
    house.reconcile()
    (found,) = item(house)["attachments"]  # type: ignore[misc]
    assert (found["mime_type"], found["size_in_bytes"]) == ("image/png", len(png()))


@pytest.mark.parametrize(("size", "code"), [(0, "bad-media"), (2_000_000_000, "large-media")])
def test_an_empty_or_huge_file_is_left_out_with_a_warning(
    house: House, size: int, code: str
) -> None:
    house.write("one.mp3", b"")
    os.truncate(house.drop / "one.mp3", size)
    house.write("one.md", episode())
    house.reconcile()
    assert "attachments" not in item(house)
    (problem,) = house.worker.ledger.at("one.md").problems
    assert problem.code == code
    assert problem.place is not None


def test_an_enclosure_elsewhere_stands_as_it_is_with_what_is_known(house: House) -> None:
    house.write("one.md", episode("enclosure: https://cdn.example/a.mp3"))
    house.reconcile()
    assert codes(house, "one.md") == ["enclosure"]
    (found,) = feedparser.parse((house.public / "all.rss").read_bytes()).entries[0].enclosures
    assert (found.href, found.type, found.length) == (
        "https://cdn.example/a.mp3",
        "audio/mpeg",
        "0",
    )
    assert b'rel="enclosure"' in (house.public / "all.atom").read_bytes()
