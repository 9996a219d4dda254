"""A site for the acceptance tests: the samples, an article in Arabic, and a broken file."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]

CONFIG = """\
[site]
title = "The Tidemill"
description = "What turns with the tide: mills, harbours, night trains, and who minds them"
timezone = "Europe/Vienna"
[drop]
unpublished = "publish"
[feeds]
min_entries = 3
min_days = 0
[topics."Tidal Energy"]
description = "Water that comes twice a day, and what people make of it"
[topics."Locks and Weirs"]
description = "Nothing yet"
[[searches]]
name = "Salt"
query = "salt"
[serve]
port = {port}
"""
ARABIC = """\
---
title: طاحونة المد تعود إلى العمل
date: 2026-09-01T08:00:00Z
language: ar
topics: [Tidal Energy, مطاحن]
summary: بعد مئة عام من الصمت تدور العجلة القديمة من جديد مع كل مد.
image: https://tideline.example.org/pictures/mill.jpg
---
نص المقال.
"""
BROKEN = "---\ntitle: Tickets: who pays?\n---\n\nNobody knows.\n"


@contextmanager
def published(base: Path, more: str = "") -> Iterator[str]:
    """The site's address, while it is published and served in ``base``; ``more`` is added to its
    configuration."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (base / "feedmill.toml").write_text(CONFIG.format(port=port) + more, encoding="utf-8")
    shutil.copytree(ROOT / "seeds", base / "drop", ignore=shutil.ignore_patterns("*.py"))
    (base / "drop" / "arabic.md").write_text(ARABIC, encoding="utf-8")
    (base / "drop" / "broken.md").write_text(BROKEN, encoding="utf-8")
    feedmill = [sys.executable, "-m", "worker", "--config", str(base / "feedmill.toml")]
    done = subprocess.run([*feedmill, "once"], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr  # the broken one
    with subprocess.Popen(
        [*feedmill, "serve", "--status", "all"], stderr=subprocess.DEVNULL
    ) as server:
        url = f"http://127.0.0.1:{port}/"
        _wait_for(url)
        yield url
        server.terminate()


def _wait_for(url: str) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(f"{url}healthz", timeout=5).close()
        except OSError:
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.05)
        else:
            return
