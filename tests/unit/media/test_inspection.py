"""What a file is, its bytes decide."""

import pytest

from tests.integration.media.files import png, svg
from worker.media.inspection import inspect
from worker.media.kinds import MEDIA_TYPES, MOST_SVG_BYTES
from worker.parsing.sandbox.jobs import Inspection

HEADS = {
    "gif": b"GIF89a\x03\x00\x02\x00",
    "jpg": b"\xff\xd8\xff\xe0",
    "webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "avif": b"\0\0\0\x20ftypavif\0\0\0\0avifmif1",
    "mp3": b"ID3\x04",
    "m4a": b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42",
    "ogg": b"OggS",
    "wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "mp4": b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41",
    "webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm",
}


@pytest.mark.parametrize("extension", HEADS)
def test_every_kind_is_known_by_its_bytes(extension: str) -> None:
    assert inspect(HEADS[extension] + bytes(400)).extension == extension


def test_the_tests_know_every_kind() -> None:
    assert {*HEADS, "png", "svg"} == MEDIA_TYPES.keys()


def test_pictures_have_a_size() -> None:
    assert inspect(png(30, 20)) == Inspection("png", 30, 20)
    assert inspect(svg()) == Inspection("svg", 30, 20)
    assert inspect(b"\xef\xbb\xbf \n" + svg()).extension == "svg"


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_a_cut_picture_has_no_size_and_raises_nothing(cut: int) -> None:
    found = inspect(png()[:cut])
    assert found.extension in ("", "png")


@pytest.mark.parametrize(
    "head", [b"", b"\0" * 500, b"%PDF-1.7", b"PK\x03\x04", b"MZ", b"#!/bin/sh", b"\x7fELF"]
)
def test_other_files_are_refused_with_what_is_taken(head: bytes) -> None:
    found = inspect(head)
    assert found.extension == ""
    assert "PNG" in found.refused


def test_a_page_in_the_place_of_a_picture_is_refused() -> None:
    assert "page" in inspect(b"<html><body>Not found</body></html>").refused


def test_a_drawing_that_is_too_large_is_refused() -> None:
    found = inspect(svg("<g/>" * (MOST_SVG_BYTES // 4)))
    assert f"{MOST_SVG_BYTES:,}" in found.refused
