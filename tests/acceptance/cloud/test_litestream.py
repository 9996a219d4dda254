"""Litestream beside a worker: its copy is sound where only Litestream writes the log back."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.cloud.stores import beside_python
from tests.e2e.process import Feedmill, article, environment, feedmill, soon

pytestmark = pytest.mark.acceptance

SECONDS = 20.0


@contextlib.contextmanager
def replicated(mill: Feedmill) -> Iterator[str]:
    """Litestream copies the database to a folder; gives the path of its configuration."""
    config, socket = mill.base / "litestream.yml", mill.base / "ls.sock"
    config.write_text(
        f"socket:\n  enabled: true\n  path: {socket}\n"
        f"dbs:\n  - path: {mill.store}\n    replica:\n      path: {mill.base}/replica\n"
    )
    environ = environment({})
    environ.pop("AWS_CA_BUNDLE", None)
    with (mill.base / "litestream.log").open("wb") as log:
        process = subprocess.Popen(
            [beside_python("litestream"), "replicate", "-config", str(config)],
            env=environ,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        assert soon(socket.exists), (mill.base / "litestream.log").read_text()
        yield str(config)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


def sync(mill: Feedmill) -> bool:
    """Force all changes into the copy, and wait for it."""
    command = [beside_python("litestream"), "sync", "-wait", "-timeout", "10"]
    command += ["-socket", str(mill.base / "ls.sock"), str(mill.store)]
    done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    return done.returncode == 0


def restored(mill: Feedmill, config: str, number: int) -> Path:
    """The database as the copy has it."""
    target = mill.base / f"restored-{number}.db"
    command = [beside_python("litestream"), "restore", "-config", config, "-o", str(target)]
    done = subprocess.run(
        [*command, str(mill.store)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return target


def integrity(path: Path) -> str:
    """What SQLite says of a database; "ok" if it is sound."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


@pytest.mark.timeout(150)
def test_the_copy_is_sound_if_only_litestream_checkpoints(tmp_path: Path) -> None:
    with feedmill(tmp_path / "mill") as mill:
        text = mill.config.read_text().replace("[store]", '[store]\ncheckpoints = "outside"')
        mill.config.write_text(text)
        mill.start()
        mill.watching()
        with replicated(mill) as config:
            # As seldom as this, the worker would write the log back between two forced syncs:
            # with its own checkpoints the copy is damaged within ten seconds.
            until, checks, syncs, number = time.monotonic() + SECONDS, 0, 0, 0
            while time.monotonic() < until:
                mill.write(f"a{number}.md", article(f"Article {number}", "Text. " * 50))
                syncs += sync(mill)
                number += 1
                if number % 20 == 0:
                    found = integrity(restored(mill, config, number))
                    assert found == "ok", (number, found)
                    checks += 1
            mill.until(lambda: len(mill.titles()) >= 40, "articles are published")
            assert soon(lambda: sync(mill))
            last = restored(mill, config, number + 1)
            assert integrity(last) == "ok"
            assert syncs > 5
            with contextlib.closing(sqlite3.connect(last)) as connection:
                (count,) = connection.execute("SELECT count(*) FROM articles").fetchone()
            assert count == mill.rows("SELECT count(*) FROM articles")[0][0]
            print(f"{count} articles, {syncs} syncs, {checks + 1} restores")  # noqa: T201
            mill.stop()
        assert integrity(mill.store) == "ok"


def test_doctor_warns_of_litestream_beside_the_default_setting(tmp_path: Path) -> None:
    with feedmill(tmp_path / "mill") as mill:
        mill.write("a.md", article())
        mill.once()
        said = "Litestream replicates the database, and its copy is damaged"
        assert said not in mill.call("doctor").stdout
        with replicated(mill):
            assert soon((mill.base / ".feedmill.db-litestream").is_dir)
        done = mill.call("doctor")
        assert said in done.stdout
        assert done.returncode == 1
        mill.config.write_text(
            mill.config.read_text().replace("[store]", '[store]\ncheckpoints = "outside"')
        )
        assert said not in mill.call("doctor").stdout
