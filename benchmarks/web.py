"""Compares the embedded server with nginx and Caddy on the same files: ``make bench-http``.

Requests per second by wrk at 64 connections, for whole answers, packed ones and 304. Rounds of
all servers alternate, so that a busy moment of the machine falls on all of them; the ratios
count, not the numbers.
"""

import gzip
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.feedmill import ROOT
from benchmarks.results import commit

CONNECTIONS, SECONDS, ROUNDS = 64, 3, 3
ARTICLES = 60
PEERS = ("nginx", "caddy")
KEPT = ROOT / "build" / "bench-http.json"
TICKS = os.sysconf("SC_CLK_TCK")

ARTICLE = """\
---
title: "Article {number} on mills"
date: 2026-03-{day:02}T10:{minute:02}:00Z
topics: [Mills, Topic {topic}]
link: https://mills.example.com/{number}
---

{body}
"""
PARAGRAPH = "The wheel turns {number} times an hour when the river is low, and nobody minds. "

NGINX = """\
daemon off; worker_processes 1; pid {base}/nginx.pid; error_log {base}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  client_body_temp_path {base}; proxy_temp_path {base}; fastcgi_temp_path {base};
  uwsgi_temp_path {base}; scgi_temp_path {base};
  types {{ application/atom+xml atom; application/rss+xml rss; text/html html; }}
  server {{ listen 127.0.0.1:{port}; root {public}; index index.html; gzip_static on; }}
}}
"""
CADDY = """\
{{
  admin off
  auto_https off
  storage file_system {base}/caddy
}}
http://127.0.0.1:{port} {{
  root * {public}
  file_server {{
    precompressed gzip
  }}
}}
"""


class Case(NamedTuple):
    """A kind of request: what it is called, the path, headers, the status that is expected."""

    name: str
    path: str
    headers: tuple[str, ...]
    status: int


class Server(NamedTuple):
    """A running server."""

    name: str
    process: "subprocess.Popen[bytes]"
    port: int


def main() -> None:
    """Measure, and print a table and the ratios."""
    for program in ("wrk", *PEERS):
        if not shutil.which(program):
            sys.exit(f"{program} is missing: apt-get install wrk nginx-light caddy")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        base = Path(folder)
        public = publish(base)
        servers = [
            stack.enter_context(started(name, base, public)) for name in ("feedmill", *PEERS)
        ]
        results = measure(servers, cases(servers[0]))
    report(results)
    KEPT.parent.mkdir(exist_ok=True)
    kept = {"commit": commit(), "results": results}
    KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def ratios(now: str) -> dict[str, float]:
    """What was kept of this commit: by case, our processor time for a request over Caddy's."""
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    if not isinstance(kept, dict) or kept.get("commit") != now:
        return {}
    micros = {
        (row["case"], row["server"]): statistics.median(row["micros"]) for row in kept["results"]
    }
    return {
        case: ours / micros[case, "caddy"]
        for (case, server), ours in micros.items()
        if server == "feedmill"
    }


def publish(base: Path) -> Path:
    """A public folder as ``feedmill once`` makes it; with ``.gz`` beside, for the peers."""
    (base / "drop").mkdir()
    for number in range(ARTICLES):
        body = PARAGRAPH.format(number=number) * 30
        text = ARTICLE.format(
            number=number, day=number % 28 + 1, minute=number, topic=number % 5, body=body
        )
        (base / "drop" / f"{number}.md").write_text(text, encoding="utf-8")
    (base / "feedmill.toml").write_text('[site]\ntitle = "Bench"\n', encoding="utf-8")
    subprocess.run([*feedmill(base), "once"], check=True, capture_output=True)
    for path in [*base.glob("public/**/*.*")]:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 6))
    # nginx's worker is another user.
    base.chmod(0o755)
    return base / "public"


def feedmill(base: Path) -> list[str]:
    return [sys.executable, "-m", "worker", "--config", str(base / "feedmill.toml")]


@contextmanager
def started(name: str, base: Path, public: Path) -> Iterator[Server]:
    """The server, answering, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = f'[site]\ntitle = "Bench"\n[serve]\nport = {port}\n'
    command = [*feedmill(base), "serve"]
    if name == "nginx":
        text = NGINX.format(base=base, port=port, public=public)
        command = ["nginx", "-c", str(base / name)]
    elif name == "caddy":
        text = CADDY.format(base=base, port=port, public=public)
        command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(base / name)]
    (base / ("feedmill.toml" if name == "feedmill" else name)).write_text(text, encoding="utf-8")
    with (base / f"{name}.out").open("wb") as log:
        environment = {**os.environ, "HOME": str(base), "GOMAXPROCS": "2"}
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    with process:
        try:
            wait_for(f"http://127.0.0.1:{port}/all.atom")
            yield Server(name, process, port)
        finally:
            process.terminate()


def wait_for(url: str) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def cases(any_server: Server) -> list[Case]:
    """What is asked for; ``ETAG`` stands for each server's own."""
    small = len(urllib.request.urlopen(f"http://127.0.0.1:{any_server.port}/").read())
    return [
        Case("200, a whole feed", "/all.atom", (), 200),
        Case("200, the same in gzip", "/all.atom", ("Accept-Encoding: gzip",), 200),
        Case(f"200, the index of {small // 1000} kB", "/", (), 200),
        Case("304 by If-None-Match", "/all.atom", ("If-None-Match: ETAG",), 304),
    ]


def measure(servers: list[Server], wanted: list[Case]) -> list[dict[str, Any]]:
    """Requests per second, and processor time for each, of every server in every case."""
    results: list[dict[str, Any]] = []
    for case in wanted:
        for server in servers:
            results.append({"case": case.name, "server": server.name, "rates": [], "micros": []})
        for _ in range(ROUNDS):
            for server, result in zip(servers, results[-len(servers) :], strict=True):
                rate, micros = wrk(server, case)
                result["rates"].append(rate)
                result["micros"].append(micros)
    return results


def wrk(server: Server, case: Case) -> tuple[float, float]:
    """One round: requests per second, and microseconds of the server's processor time each."""
    url = f"http://127.0.0.1:{server.port}{case.path}"
    headers = [header.replace("ETAG", etag(url)) for header in case.headers]
    check(url, headers, case.status)
    options = [option for header in headers for option in ("-H", header)]
    before = spent(server.process.pid)
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *options, url],
        check=True,
        capture_output=True,
        text=True,
    )
    used = spent(server.process.pid) - before
    assert "Non-2xx" not in done.stdout, done.stdout
    assert "Socket errors" not in done.stdout, done.stdout
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", done.stdout)[0])
    count = int(re.findall(r"(\d+) requests in", done.stdout)[0])
    return rate, used / TICKS / count * 1e6


def etag(url: str) -> str:
    with urllib.request.urlopen(urllib.request.Request(url, method="HEAD")) as answer:
        return str(answer.headers["ETag"])


def check(url: str, headers: list[str], status: int) -> None:
    pairs = dict(header.split(": ", 1) for header in headers)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=pairs)) as answer:
            found = answer.status
            packed = answer.headers["Content-Encoding"] == "gzip"
    except urllib.error.HTTPError as error:
        found, packed = error.code, False
    assert found == status, (url, found)
    assert packed == ("Accept-Encoding" in pairs), url


def spent(pid: int) -> int:
    """Processor time of a process and its children, in ticks."""
    total = 0
    for task in [pid, *children(pid)]:
        fields = Path(f"/proc/{task}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def report(results: list[dict[str, Any]]) -> None:
    """One table: medians with the range, processor time, ratio to Caddy and nginx."""
    print(f"{CONNECTIONS} connections, median of {ROUNDS} rounds of {SECONDS} s (min to max)\n")
    print("| case | server | requests/s | range | µs of processor each | feedmill's ratio |")
    print("|---|---|---:|---:|---:|---:|")
    for case in dict.fromkeys(result["case"] for result in results):
        rows = [result for result in results if result["case"] == case]
        ours = statistics.median(rows[0]["rates"])
        for row in rows:
            rates = row["rates"]
            middle = statistics.median(rates)
            micros = statistics.median(row["micros"])
            print(
                f"| {case} | {row['server']} | {middle:,.0f} | {min(rates):,.0f} to"
                f" {max(rates):,.0f} | {micros:.0f} | {ours / middle:.2f} |"
            )


if __name__ == "__main__":
    main()
