"""[mirror], [inbox] and [standby]: what is in them, and what is refused."""

from pathlib import Path

import pytest

from worker.config.loading import parse_config
from worker.config.model import BucketSettings, Config
from worker.config.origins import settings_of
from worker.core.errors import ConfigError

MIRROR = '[mirror]\nto = "s3://feeds/site"\n'
INBOX = '[inbox]\nfrom = "s3://inbox"\n'
STANDBY = '[standby]\nstate = "s3://state"\n'


def config(text: str) -> Config:
    return parse_config(text, None, Path("/x"))


def problems(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config(text)
    return "\n".join(caught.value.problems)


def test_without_the_sections_nothing_of_it_exists() -> None:
    found = config("")
    assert (found.mirror, found.inbox, found.standby) == (None, None, None)
    assert found.checkpoints == "own"


def test_all_sections_with_their_defaults() -> None:
    found = config(MIRROR + INBOX + STANDBY)
    assert found.mirror
    assert found.inbox
    assert found.standby
    assert found.mirror.bucket == BucketSettings("s3://feeds/site")
    assert (found.mirror.feeds_max_age, found.mirror.requests) == (300, 16)
    assert (found.inbox.poll_seconds, found.inbox.part) == (10, (1, 1))
    assert (found.standby.ttl_seconds, found.standby.litestream) == (15, "litestream")


def test_every_value_is_taken() -> None:
    found = config(
        MIRROR + 'endpoint = "http://127.0.0.1:8333"\nregion = "eu-central-1"\n'
        "timeout_seconds = 2.5\nfeeds_max_age = 60\nrequests = 4\n"
        + INBOX
        + 'part = "3/16"\nreceipts = true\n'
    )
    assert found.mirror
    assert found.inbox
    assert found.mirror.bucket == BucketSettings(
        "s3://feeds/site", "http://127.0.0.1:8333", "eu-central-1", 2.5
    )
    assert found.inbox.part == (3, 16)
    assert found.inbox.receipts


def test_a_slash_at_the_end_of_an_address_does_not_count() -> None:
    found = config('[mirror]\nto = "gs://feeds/"').mirror
    assert found
    assert found.bucket.url == "gs://feeds"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[mirror]\n", "mirror.to: is missing"),
        ("mirror = 3", "mirror: found 3, expected a section that starts with [mirror]"),
        ('[mirror]\nto = "feeds"', 'such as "s3://BUCKET/FOLDER"'),
        ('[mirror]\nto = "s3://key:secret@feeds"', 'such as "s3://BUCKET/FOLDER"'),
        ('[mirror]\nto = "memory:///"', 'such as "s3://BUCKET/FOLDER"'),
        (MIRROR + 'endpoint = "127.0.0.1:8333"', "starts with https:// or http://"),
        (MIRROR + 'endpoint = "https://me:secret@store.example"', "without secrets"),
        (MIRROR + 'region = "Frankfurt am Main"', "a region such as"),
        (MIRROR + "requests = 0", "from 1 to 256"),
        (MIRROR + "timeout_seconds = 0", "timeout_seconds"),
        (MIRROR + "max_age = 5", "mirror.max_age: unknown key"),
        (INBOX + 'part = "17/16"', "the third of sixteen"),
        (INBOX + 'part = "0/16"', "the third of sixteen"),
        (INBOX + "poll_seconds = 0", "inbox.poll_seconds"),
        (MIRROR + STANDBY, "it needs [inbox], which is missing"),
        (STANDBY + "ttl_seconds = 0", "standby.ttl_seconds"),
        (MIRROR + '[inbox]\nfrom = "s3://feeds/site/in"', "are one place or inside each other"),
        (MIRROR + '[inbox]\nfrom = "s3://feeds/site"', "are one place or inside each other"),
        ('[mirror]\nto = "file:///x/public"', "is the public folder /x/public"),
        ('[inbox]\nfrom = "file:///x"', "is the drop folder /x/drop, inside or around it"),
        ('[store]\ncheckpoints = "none"', 'store.checkpoints: found "none"'),
        ("[mirrors]\n", "did you mean [mirror]?"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    assert said.lower() in problems(text).lower()


def test_neighbours_in_one_bucket_are_fine() -> None:
    assert config(MIRROR + '[inbox]\nfrom = "s3://feeds/sites"').inbox


def test_the_settings_in_use_can_be_shown(tmp_path: Path) -> None:
    file = tmp_path / "feedmill.toml"
    file.write_text(MIRROR)
    shown = {setting.keys: setting.value for setting in settings_of(file)}
    assert shown["mirror", "to"] == "s3://feeds/site"
    assert shown["mirror", "feeds_max_age"] == 300
    assert ("inbox", "from") not in shown
