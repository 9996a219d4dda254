"""Sites for the acceptance tests: the samples, an article in Arabic, and a broken file."""

import shutil
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from seeds.demo import CONFIG as DEMO_CONFIG
from tests.e2e.process import free_port

ROOT = Path(__file__).parents[2]
NOTHING: Mapping[str, str] = MappingProxyType({})

CONFIG = """\
[site]
title = "The Tidemill"
description = "What turns with the tide: mills, harbours, night trains, and who minds them"
timezone = "Europe/Vienna"
[drop]
unpublished = "publish"
withdraw_after_seconds = 0.01
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

# Whatever could make a page scroll sideways on a phone.
WIDE = f"""\
---
title: Wide
date: 2025-02-01
topics: [Tidal Energy, "{"Donaudampfschifffahrt" * 4}"]
authors: ["{"Wolfeschlegelstein" * 5}"]
summary: {"Rindfleischetikettierung" * 8}
---

{"Sesquipedalian" * 20} and https://tideline.example.org/{"path/" * 40}

| {" | ".join(f"column {n}" for n in range(20))} |
|{"---|" * 20}
| {" | ".join(f"number-{n}" for n in range(20))} |

```
{"code " * 60}
```

- {"> " * 6} {"quoted" * 30}

`{"inline_code_" * 20}`
"""
# Published, then withdrawn.
GONE = "articles/a-mistake-32cc94daa030.html"
MISTAKE = """\
---
id: tag:tidemill.example,2026:mistake
title: A mistake
date: 2025-01-01
topics: Food
---
Sold out.
"""


@contextmanager
def published(base: Path, more: str = "", files: Mapping[str, str] = NOTHING) -> Iterator[str]:
    """The site's address, while it is published and served in ``base``; ``more`` is added to its
    configuration, ``files`` to its articles."""
    own = {"arabic.md": ARABIC, "wide.md": WIDE, "a-mistake.md": MISTAKE}
    feedmill = _prepare(base, CONFIG + more, own | dict(files))
    _once(feedmill, 0)
    (base / "drop" / "a-mistake.md").unlink()
    (base / "drop" / "broken.md").write_text(BROKEN, encoding="utf-8")
    _once(feedmill, 1)
    with _serving(feedmill) as url:
        yield url


@contextmanager
def served_demo(base: Path) -> Iterator[str]:
    """The address of the samples as `make demo` publishes them, and of the article in Arabic."""
    feedmill = _prepare(base, DEMO_CONFIG, {"arabic.md": ARABIC})
    _once(feedmill, 0)
    with _serving(feedmill) as url:
        yield url


def _prepare(base: Path, config: str, files: dict[str, str]) -> list[str]:
    """Fill the drop folder; gives the command."""
    path = base / "feedmill.toml"
    path.write_text(config.format(port=free_port()), encoding="utf-8")
    shutil.copytree(ROOT / "seeds", base / "drop", ignore=shutil.ignore_patterns("*.py"))
    for name, text in files.items():
        (base / "drop" / name).write_text(text, encoding="utf-8")
    return [sys.executable, "-m", "worker", "--config", str(path)]


def _once(feedmill: list[str], status: int) -> None:
    done = subprocess.run([*feedmill, "once"], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr


@contextmanager
def _serving(feedmill: list[str]) -> Iterator[str]:
    config = tomllib.loads(Path(feedmill[-1]).read_text("utf-8"))
    with subprocess.Popen(
        [*feedmill, "serve", "--status", "all"], stderr=subprocess.DEVNULL
    ) as server:
        url = f"http://127.0.0.1:{config['serve']['port']}/"
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
