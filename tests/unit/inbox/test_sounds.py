"""Which names beside an article are its sound."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.core.fingerprint import Fingerprint
from worker.inbox.sounds import is_sound, sounds_beside, stem, with_sounds


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize(
    ("name", "there", "expected"),
    [
        ("a.md", "a.mp3", "a.mp3"),
        ("a.md", "a.WAV a.m4a a.mp4 a.flac a.png b.mp3", "a.m4a a.WAV a.mp4"),
        ("a.md", "a.mp3 a.MP3", "a.mp3"),
        ("a.de.md", "a.mp3", ""),
        ("a.md", "b.mp3", ""),
        ("a.pdf", "a.mp3", ""),
        ("index.md", "b.mp3 b.png", "b.mp3"),
        ("index.de.md", "B.Mp3", "B.Mp3"),
        ("index.md", "b.mp3 index.ogg", "index.ogg"),
        ("index.md", "b.mp3 c.mp3", ""),
        ("index.md", ".b.mp3", ""),
    ],
)
def test_the_same_stem_or_the_only_one_of_a_bundle(
    tmp_path: Path, folder: int, name: str, there: str, expected: str
) -> None:
    for each in there.split():
        (tmp_path / each).touch()
    assert sounds_beside(folder, name) == tuple(expected.split())
    known = {stem(each) for each in there.split() if is_sound(each)}
    assert sounds_beside(folder, name, known) == tuple(expected.split())


def test_another_name_is_another_fingerprint_and_no_name_changes_nothing() -> None:
    own = Fingerprint(-5, 1, 2, 3)
    assert with_sounds(own, ()) == own
    found = {
        with_sounds(own, names).inode for names in (("a.mp3",), ("a.ogg",), ("a.mp3", "a.ogg"))
    }
    assert len(found) == 3
    assert all(0 <= inode < 2**63 for inode in found)
