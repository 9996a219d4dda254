"""nginx before the bucket, as a CDN is: with the shipped server block and nothing else."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.acceptance.cloud.site import MirroredSite
from tests.acceptance.cloud.stores import Proxy, SeaweedFS
from tests.acceptance.programs import program
from tests.acceptance.webservers import WEB, _running
from tests.e2e.process import free_port

pytestmark = pytest.mark.acceptance


@contextmanager
def cache(base: Path, origin: str, bucket: str) -> Iterator[str]:
    """A running nginx; gives its address."""
    port = free_port()
    text = (WEB / "nginx-bucket.conf").read_text("utf-8")
    for shipped, here in (
        ("    listen 80;\n    listen [::]:80;\n", f"    listen 127.0.0.1:{port};\n"),
        ("server_name feeds.example.org;", "server_name _;"),
        ("https://s3.example.org", origin),
        ("/example-feeds/site/", f"/{bucket}/site/"),
        ("/var/cache/nginx/feedmill", str(base / "cache")),
    ):
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    temporary = "".join(
        f"    {name}_temp_path {base / name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    base.mkdir()
    (base / "server.conf").write_text(text, encoding="utf-8")
    (base / "nginx.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {base / 'pid'};\nerror_log {base / 'error.log'};\n"
        f"events {{}}\nhttp {{\n    access_log off;\n{temporary}"
        f"    include {base / 'server.conf'};\n}}\n",
        encoding="utf-8",
    )
    command = [program("nginx"), "-p", str(base), "-c", str(base / "nginx.conf")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr, checked.stderr
    with _running(command, f"http://127.0.0.1:{port}/none.txt", base):
        yield f"http://127.0.0.1:{port}"


def test_readers_are_served_by_a_cache_before_the_bucket(
    site: MirroredSite, store: SeaweedFS, bucket_name: str, tmp_path: Path
) -> None:
    site.mirrored()
    with (
        Proxy(store.url) as origin,
        cache(tmp_path / "nginx", origin.url, bucket_name) as url,
        httpx.Client(base_url=url) as client,
    ):
        origin.requests.clear()
        answers = [client.get("/all.atom") for _ in range(20)]
        assert {answer.status_code for answer in answers} == {200}
        assert len(origin.requests) == 1, "one fetch for all readers"
        first = answers[0]
        assert first.content == (site.public / "all.atom").read_bytes()
        assert first.headers["content-type"] == "application/atom+xml; charset=utf-8"
        assert first.headers["cache-control"] == "public, max-age=300"
        assert first.headers["access-control-allow-origin"] == "*"
        assert first.headers["content-encoding"] == "gzip"
        for name, header in (("if-none-match", "etag"), ("if-modified-since", "last-modified")):
            again = client.get("/all.atom", headers={name: first.headers[header]})
            assert (again.status_code, again.content) == (304, b"")
        assert client.get("/").content == (site.public / "index.html").read_bytes()
        assert client.get("/none").status_code == 404
        picture = next(path for path in site.folder() if path.endswith(".png"))
        policy = client.get(f"/{picture}").headers["content-security-policy"]
        assert policy.startswith("sandbox;")
        assert client.post("/all.atom").status_code == 403


def test_old_feeds_are_served_while_the_store_is_down(
    site: MirroredSite, store: SeaweedFS, bucket_name: str, tmp_path: Path
) -> None:
    site.config.write_text(f"{site.config.read_text()}feeds_max_age = 0\n")
    site.mirrored()
    with (
        Proxy(store.url) as origin,
        cache(tmp_path / "nginx", origin.url, bucket_name) as url,
        httpx.Client(base_url=url) as client,
    ):
        archive = next(path for path in site.folder() if path.startswith("archive/"))
        before = client.get(f"/{archive}").content
        origin.refuses = True
        for _ in range(3):
            answer = client.get(f"/{archive}")
            assert (answer.status_code, answer.content) == (200, before)
        assert client.get("/all.rss").status_code == 503, "it was never fetched"
