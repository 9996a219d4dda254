"""Changed feeds are told to a real hub on loopback, once each, and again until it listens."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from click.testing import CliRunner

from feeds.websub import Spool, publish_to_hub, send_waiting
from tests.integration.house import article
from worker.cli.main import main
from worker.config.model import spool_of


@dataclass
class Hub:
    """A hub that notes what it is told, and answers as it is bid."""

    url: str = ""
    status: int = 204
    told: list[str] = field(default_factory=list)
    modes: set[str] = field(default_factory=set)


@pytest.fixture
def hub() -> Iterator[Hub]:
    found = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            found.modes.update(form["hub.mode"])
            if found.status < 300:
                found.told += form["hub.url"]
            self.send_response(found.status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/hub"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_the_hub_is_told_of_each_changed_feed_and_of_no_other(house, hub):
    house.restart(site=replace(house.config.site, hub=hub.url))
    house.write("a.md", article("One", topics="X"))
    house.write("b.md", article("Two", topics="Y"))
    house.reconcile()
    spool = spool_of(house.config)
    assert send_waiting(spool, hub.url) == {}
    assert "https://house.example/topics/x.atom" in hub.told
    assert hub.modes == {"publish"}
    hub.told.clear()
    house.write("c.md", article("Three", topics="Y"))
    house.reconcile(60)
    assert send_waiting(spool, hub.url) == {}
    names = {url.removeprefix("https://house.example/") for url in hub.told}
    assert names == {
        f"{key}.{ext}" for key in ("all", "topics/y") for ext in ("rss", "atom", "json")
    }
    assert spool.waiting() == []


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_a_hub_does_not_take_waits_and_is_told_again(tmp_path, hub, status):
    spool = Spool(tmp_path / "pings")
    spool.add(["https://a.example/all.atom"])
    hub.status = status
    assert send_waiting(spool, hub.url) == {
        "https://a.example/all.atom": f"the hub answered {status}"
    }
    hub.status = 202
    assert send_waiting(spool, hub.url) == {}
    assert hub.told == ["https://a.example/all.atom"]


def test_an_absent_hub_is_a_reason_not_an_exception():
    assert "refused" in publish_to_hub("http://127.0.0.1:9/", "https://a.example/").lower()


def test_the_command_tells_the_hub_and_says_when_it_would_not_listen(tmp_path, hub):
    config = tmp_path / "feedmill.toml"
    config.write_text(f'[site]\nhub = "{hub.url}"\n')
    Spool(tmp_path / "feedmill.db.pings").add(["https://a.example/all.atom"])
    hub.status = 500
    failed = CliRunner().invoke(main, ["--config", str(config), "ping"])
    assert failed.exit_code == 1
    assert "500" in failed.output
    hub.status = 200
    assert CliRunner().invoke(main, ["--config", str(config), "ping"]).exit_code == 0
    assert hub.told == ["https://a.example/all.atom"]


def test_feeds_name_the_hub_in_every_format(house, hub):
    house.restart(site=replace(house.config.site, hub=hub.url))
    house.write("a.md", article("One"))
    house.reconcile()
    for extension in ("rss", "atom", "json"):
        assert hub.url.encode() in (house.public / f"all.{extension}").read_bytes()
