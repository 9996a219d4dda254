"""The embedded server as it may be set up: sockets of systemd, a log of requests, a search box."""

import socket

import httpx
import pytest

from tests.integration.feeds.server.webfiles import FEED
from tests.integration.feeds.server.webserver import served

# -- sockets that systemd opened

ACTIVATED = """
os.dup2({descriptor}, 3)
os.environ["LISTEN_PID"] = str(os.getpid() {wrong})
os.environ["LISTEN_FDS"] = "1"
"""
ACTIVATED_LOCAL = """
os.dup2({local}, 4)
os.environ["LISTEN_FDS"] = "2"
os.environ["LISTEN_FDNAMES"] = "feedmill-web.socket:local"
"""


def test_a_handed_over_socket_is_served(tmp_path):
    (tmp_path / "index.html").write_bytes(FEED)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        before = ACTIVATED.format(descriptor=listener.fileno(), wrong="")
        with served(tmp_path, log=True, before=before, pass_fds=(listener.fileno(),)) as server:
            assert server.port == listener.getsockname()[1]
            assert httpx.get(server.url).content == FEED
            assert httpx.get(f"{server.url}local").status_code == 404
    assert "no-local-socket" in server.said, "what is for this machine is nowhere, and that is said"


def test_a_handed_over_unix_socket_is_served(tmp_path):
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "index.html").write_bytes(FEED)
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as local:
        for number, name in ((listener, "web.socket"), (local, "local.socket")):
            number.bind(str(tmp_path / name))
            number.listen()
        fds = listener.fileno(), local.fileno()
        # Copied out of the way first: any of them may be number 3 or 4.
        before = f"import fcntl; first, second = [fcntl.fcntl(n, 0, 50) for n in {fds}]"
        before += ACTIVATED.format(descriptor="first", wrong="")
        before += ACTIVATED_LOCAL.format(local="second")
        with served(tmp_path / "public", before=before, pass_fds=fds) as server:
            assert server.url == f"unix:{tmp_path}/web.socket"
            for name, status in (("web.socket", 404), ("local.socket", 200)):
                transport = httpx.HTTPTransport(uds=str(tmp_path / name))
                with httpx.Client(transport=transport, base_url="http://x/") as client:
                    assert client.get("/").content == FEED
                    assert client.get("local").status_code == status


def test_sockets_for_another_process_are_left_alone(tmp_path):
    (tmp_path / "index.html").write_bytes(FEED)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        before = ACTIVATED.format(descriptor=listener.fileno(), wrong="+ 1")
        with served(tmp_path, before=before, pass_fds=(listener.fileno(),)) as server:
            assert server.port != listener.getsockname()[1]
            assert httpx.get(server.url).status_code == 200


def test_a_socket_that_does_not_listen_is_named(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        before = ACTIVATED.format(descriptor=datagrams.fileno(), wrong="")
        with (
            pytest.raises(AssertionError, match="not a listening stream socket"),
            served(tmp_path, before=before, pass_fds=(datagrams.fileno(),)),
        ):
            pass


# -- the log of requests


def test_one_line_for_each_request_where_it_is_asked_for(tmp_path):
    (tmp_path / "index.html").write_bytes(FEED)
    setting = "import logging; logging.basicConfig(level=logging.INFO, format='%(message)s')"
    with served(tmp_path, log=True, before=setting) as server:
        server.get("/", 'User-Agent: a "b" \\ \u00e9')
        server.get("/%0aforged")
    lines = server.said.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith('request status=200 method=GET path="/" bytes=')
    assert lines[0].endswith(r'client=127.0.0.1 agent="a \"b\" \\ \xe9"')
    assert 'status=404 method=GET path="/%0aforged"' in lines[1]
