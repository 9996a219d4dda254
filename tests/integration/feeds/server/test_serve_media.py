"""Pictures below media/: cached for ever, drawings confined."""

import pytest

from feeds.server.file_headers import MEDIA_TYPES as SERVED
from worker.media.kinds import MEDIA_TYPES


@pytest.mark.parametrize("extension", MEDIA_TYPES)
def test_media_are_served_with_their_type_and_for_ever(server, client, extension):
    server.write(f"media/{'0' * 32}.{extension}", b"x" * 500)
    answer = client.get(f"media/{'0' * 32}.{extension}", headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == MEDIA_TYPES[extension]
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_pictures_are_not_compressed_again(server, client):
    server.write(f"media/{'0' * 32}.png", b"x" * 5000)
    answer = client.get(f"media/{'0' * 32}.png", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in answer.headers


def test_our_own_drawing_is_served_as_before(client):
    answer = client.get("feedmill.svg")
    assert answer.headers["cache-control"] == "public, max-age=86400"
    assert "sandbox" not in answer.headers["content-security-policy"]


def test_every_kind_has_a_type():
    assert {f".{extension}" for extension in MEDIA_TYPES} <= SERVED.keys()


# -- byte ranges (RFC 9110, section 14)

SOUND = f"media/{'a' * 32}.mp3"
# Larger than what the server keeps in memory.
LONG = bytes(range(256)) * 40_000


@pytest.fixture(params=[b"0123456789" * 100, LONG], ids=["kept", "streamed"])
def sound(request, server):
    server.write(SOUND, request.param)
    return request.param


@pytest.mark.parametrize(
    ("wanted", "first", "end"),
    [("0-0", 0, 1), ("5-499", 5, 500), ("900-", 900, None), ("-7", -7, None), ("0-", 0, None)],
)
def test_a_part_of_a_sound_is_sent_alone(client, sound, wanted, first, end):
    answer = client.get(SOUND, headers={"range": f"bytes={wanted}"})
    part = sound[first:end]
    assert answer.status_code == 206
    assert answer.content == part
    assert answer.headers["content-length"] == str(len(part))
    start = first % len(sound)
    told = f"bytes {start}-{start + len(part) - 1}/{len(sound)}"
    assert answer.headers["content-range"] == told
    assert answer.headers["content-type"] == "audio/mpeg"


def test_head_offers_ranges_and_sends_nothing(client, sound):
    answer = client.head(SOUND, headers={"range": "bytes=0-1"})
    assert answer.status_code == 200
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(len(sound))
    assert answer.content == b""


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=-0"])
def test_a_part_beyond_the_end_is_refused_with_the_size(client, sound, wanted):
    answer = client.get(SOUND, headers={"range": wanted})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(sound)}"


@pytest.mark.parametrize("wanted", ["bytes=0-1,4-5", "bytes=5-2", "lines=1-2", "bytes=x"])
def test_several_ranges_or_none_give_the_whole_file(client, sound, wanted):
    answer = client.get(SOUND, headers={"range": wanted})
    assert answer.status_code == 200
    assert answer.content == sound


def test_a_part_is_sent_only_of_the_version_that_the_client_has(client, server, sound):
    etag = client.head(SOUND).headers["etag"]
    asked = {"range": "bytes=0-1", "if-range": etag}
    assert client.get(SOUND, headers=asked).status_code == 206
    server.write(SOUND, sound[::-1])
    answer = client.get(SOUND, headers=asked)
    assert answer.status_code == 200
    assert answer.content == sound[::-1]


def test_a_known_part_is_not_sent_again(client, sound):
    etag = client.head(SOUND).headers["etag"]
    asked = {"range": "bytes=0-1", "if-none-match": etag}
    assert client.get(SOUND, headers=asked).status_code == 304


def test_feeds_have_no_ranges(client):
    answer = client.get("topics/mills.rss", headers={"range": "bytes=0-1"})
    assert answer.status_code == 200
    assert "accept-ranges" not in answer.headers


def test_a_client_that_goes_on_gets_the_rest_over_a_plain_socket(server):
    server.write(SOUND, LONG)
    answer = server.get(f"/{SOUND}", f"Range: bytes={len(LONG) - 300_000}-")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 206 ")
    assert body == LONG[-300_000:]
