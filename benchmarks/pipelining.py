"""Pipelined requests against the embedded server and nginx: ``make bench-pipelining``.

Each connection sends 250 kB of HEAD requests at once. What counts: the server's memory before,
at its most and afterwards, and how long one other client waits for each of its answers.
"""

import http.client
import shutil
import socket
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from benchmarks.web import Server, children, publish, started

REQUEST = b"HEAD /all.rss HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"HEAD /all.rss HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
LOAD = REQUEST * (250_000 // len(REQUEST)) + LAST
CONNECTIONS = (1, 10, 100)
SECONDS = 300.0


class Result(NamedTuple):
    """Memory in MB, delays in milliseconds."""

    answers: int
    seconds: float
    before: float
    most: float
    after: float
    median: float
    longest: float


def main() -> None:
    """Measure, and print a table."""
    if not shutil.which("nginx"):
        sys.exit("nginx is missing: apt-get install nginx-light")
    print("| server | connections | answers | s | MB before | most | after | median ms | longest |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        base = Path(folder)
        public = publish(base)
        servers = [
            stack.enter_context(started(name, base, public)) for name in ("feedmill", "nginx")
        ]
        for count in CONNECTIONS:
            for server in servers:
                found = measure(server, count)
                figures = " | ".join(f"{value:,.0f}" for value in found[2:])
                head = f"{found.answers:,} | {found.seconds:.1f}"
                print(f"| {server.name} | {count} | {head} | {figures} |", flush=True)


def measure(server: Server, count: int) -> Result:
    """The load of ``count`` connections, and another client beside it."""
    before, started_at = memory(server), time.monotonic()
    answers: list[int] = []
    clients = [
        threading.Thread(target=flood, args=(server.port, answers), daemon=True)
        for _ in range(count)
    ]
    for client in clients:
        client.start()
    delays, most = [delay(server.port)], memory(server)
    while any(client.is_alive() for client in clients):
        if time.monotonic() - started_at > SECONDS:
            sys.exit(f"{server.name} is not done after {SECONDS:.0f} s")
        delays.append(delay(server.port))
        most = max(most, memory(server))
        time.sleep(0.005)
    seconds = time.monotonic() - started_at
    time.sleep(0.5)
    delays.sort()
    median, longest = delays[len(delays) // 2] * 1000, delays[-1] * 1000
    return Result(sum(answers), seconds, before, most, memory(server), median, longest)


def flood(port: int, answers: list[int]) -> None:
    """One connection: send everything, count the answers. A server may close before the end."""
    with socket.create_connection(("127.0.0.1", port), SECONDS) as wire:
        sender = threading.Thread(target=send, args=(wire,), daemon=True)
        sender.start()
        count, rest = 0, b""
        try:
            while data := wire.recv(262_144):
                data = rest + data
                count += data.count(b"HTTP/1.1 200")
                rest = data[-11:]
        except ConnectionResetError:
            pass
        sender.join(10)
    answers.append(count)


def send(wire: socket.socket) -> None:
    try:
        wire.sendall(LOAD)
    except OSError:  # the server closed
        return


def delay(port: int) -> float:
    """Seconds that a client with a connection of its own waits for an answer."""
    begun = time.monotonic()
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    client.request("HEAD", "/all.rss")
    client.getresponse().read()
    client.close()
    return time.monotonic() - begun


def memory(server: Server) -> float:
    """Resident megabytes of the server and its children."""
    total = 0
    for pid in (server.process.pid, *children(server.process.pid)):
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return total / 1024


if __name__ == "__main__":
    main()
