"""nginx and Caddy, as Debian packages them, with the shipped configurations and nothing else."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.acceptance.programs import program
from tests.e2e.process import free_port

WEB = Path(__file__).parents[2] / "systemd" / "web"
ROOT = "/srv/feedmill/public"


@contextmanager
def nginx(base: Path, public: Path, *, packed: bool = False) -> Iterator[str]:
    """The shipped server block in an nginx of the test's own; gives its address. ``packed``:
    with the line for files that were compressed beforehand."""
    port = free_port()
    text = (WEB / "nginx.conf").read_text("utf-8")
    for shipped, here in (
        (f"root {ROOT};", f"root {public};"),
        ("    listen 80;\n    listen [::]:80;\n", f"    listen 127.0.0.1:{port};\n"),
        ("server_name feeds.example.org;", "server_name _;"),
        ("/var/log/nginx/feedmill.log", str(base / "access.log")),
        *([("#gzip_static on;", "gzip_static on;")] if packed else []),
    ):
        assert shipped in text
        text = text.replace(shipped, here)
    temporary = "".join(
        f"    {name}_temp_path {base / name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (base / "server.conf").write_text(text, encoding="utf-8")
    (base / "nginx.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {base / 'pid'};\nerror_log {base / 'error.log'};\n"
        f"events {{}}\nhttp {{\n{temporary}    include {base / 'server.conf'};\n}}\n",
        encoding="utf-8",
    )
    # As root, worker processes would be somebody's who may not enter pytest's folders.
    command = [program("nginx"), "-p", str(base), "-c", str(base / "nginx.conf")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr, checked.stderr
    with _running(command, f"http://127.0.0.1:{port}", base):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def caddy(base: Path, public: Path, *, packed: bool = False) -> Iterator[str]:
    """The shipped site in a Caddy of the test's own, without TLS; gives its address.
    ``packed`` as for ``nginx``."""
    port = free_port()
    text = (WEB / "Caddyfile").read_text("utf-8")
    for shipped, here in (
        ("feeds.example.org {", f"http://127.0.0.1:{port} {{"),
        (f"root * {ROOT}", f"root * {public}"),
        *([("#precompressed gzip", "precompressed gzip")] if packed else []),
    ):
        assert shipped in text
        text = text.replace(shipped, here)
    alone = f"{{\n\tadmin off\n\tauto_https off\n\tstorage file_system {base / 'storage'}\n}}\n"
    path = base / "Caddyfile"
    path.write_text(alone + text, encoding="utf-8")
    environment = {"HOME": str(base), "XDG_CONFIG_HOME": str(base), "XDG_DATA_HOME": str(base)}
    command = [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(path)]
    with _running(command, f"http://127.0.0.1:{port}", base, environment):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _running(
    command: list[str], url: str, base: Path, environment: dict[str, str] | None = None
) -> Iterator[None]:
    with (base / "output.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=base, env=environment)
        try:
            _wait_for(url, process, base)
            yield
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes], base: Path) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            httpx.get(url)
        except httpx.TransportError:
            said = (base / "output.log").read_text("utf-8", "replace")
            assert process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.05)
        else:
            return
