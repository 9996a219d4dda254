"""Pictures below media/: cached for ever, drawings confined."""

import pytest

from feeds.server.documents import MEDIA_TYPES as SERVED
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
