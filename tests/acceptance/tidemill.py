"""Sites for the acceptance tests: the samples, an article in Arabic, and a broken file."""

import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seeds.demo import CONFIG as DEMO_CONFIG
from tests.e2e.process import free_port

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
def published(base: Path) -> Iterator[str]:
    """The site's address, while it is published and served in ``base``."""
    files = {"arabic.md": ARABIC, "broken.md": BROKEN}
    with _served(base, CONFIG, files, status=1) as url:  # the broken one
        yield url


@contextmanager
def served_demo(base: Path) -> Iterator[str]:
    """The address of the samples as `make demo` publishes them, and of the article in Arabic."""
    with _served(base, DEMO_CONFIG, {"arabic.md": ARABIC}, status=0) as url:
        yield url


@contextmanager
def _served(base: Path, config: str, files: dict[str, str], status: int) -> Iterator[str]:
    port = free_port()
    (base / "feedmill.toml").write_text(config.format(port=port), encoding="utf-8")
    shutil.copytree(ROOT / "seeds", base / "drop", ignore=shutil.ignore_patterns("*.py"))
    for name, text in files.items():
        (base / "drop" / name).write_text(text, encoding="utf-8")
    feedmill = [sys.executable, "-m", "worker", "--config", str(base / "feedmill.toml")]
    done = subprocess.run([*feedmill, "once"], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    with subprocess.Popen(
        [*feedmill, "serve", "--status", "all"], stderr=subprocess.DEVNULL
    ) as server:
        url = f"http://127.0.0.1:{port}/"
        try:
            _wait_for(url)
            yield url
        finally:
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
