"""The embedded server as curl sees it, by the options that feed scripts use."""

import gzip
import subprocess
import xml.etree.ElementTree as ET

import pytest

from tests.acceptance.programs import program

pytestmark = pytest.mark.acceptance


def curl(*words: str) -> str:
    """What curl writes with ``-w '%{http_code} %{content_type} %{size_download}'``."""
    command = [program("curl"), "-s", "-S", "-o", "/dev/null", "--max-time", "20"]
    shown = ["-w", "%{http_code} %{content_type} %{size_download}"]
    done = subprocess.run([*command, *shown, *words], check=True, capture_output=True, text=True)
    return done.stdout


def test_a_saved_tag_spares_the_second_download(site, tmp_path):
    tag = str(tmp_path / "etag")
    first = curl("--etag-save", tag, f"{site}all.rss")
    assert first.startswith("200 application/rss+xml; charset=utf-8 ")
    assert int(first.split()[-1]) > 1000
    assert curl("--etag-compare", tag, f"{site}all.rss").split()[0] == "304"


def test_a_saved_file_s_time_spares_the_second_download(site, tmp_path):
    saved = tmp_path / "all.atom"
    fetch = [program("curl"), "-s", "-R", "-o", str(saved), f"{site}all.atom"]
    subprocess.run(fetch, check=True)
    assert ET.parse(saved).getroot().tag.endswith("feed")
    assert curl("-z", str(saved), f"{site}all.atom").split()[0] == "304"


def test_compression_is_real(site, tmp_path):
    packed = tmp_path / "all.json.gz"
    subprocess.run(
        [
            program("curl"),
            "-s",
            "-H",
            "Accept-Encoding: gzip",
            "-o",
            str(packed),
            f"{site}all.json",
        ],
        check=True,
    )
    plain = subprocess.run(
        [program("curl"), "-s", f"{site}all.json"], check=True, capture_output=True
    )
    assert gzip.decompress(packed.read_bytes()) == plain.stdout


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["-I", "index.html"], "200"),
        (["topics/tidal-energy.html"], "200"),
        (["feeds.opml"], "200"),
        (["-X", "POST", "-d", "x", "all.rss"], "405"),
        (["--path-as-is", "../feedmill.toml"], "404"),
        (["--path-as-is", "topics/../../feedmill.toml"], "404"),
        (["%2e%2e/feedmill.toml"], "404"),
        (["..%2ffeedmill.toml"], "404"),
        (["topics/"], "404"),
        (["nothing.rss"], "404"),
        (["-H", f"X-Long: {'a' * 20_000}", "all.rss"], "431"),
    ],
)
def test_every_request_gets_the_right_status(site, words, status):
    *options, path = words
    assert curl(*options, f"{site}{path}").split()[0] == status
